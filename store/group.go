package store

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
)

// Bounds of a group: how many changes share a commit, and how often they are
// run again because one of them took what it had written back. After that each
// runs alone, so that a group costs no more than changes alone would.
const (
	maxGroup   = 256
	maxRetries = 4
)

// UpdateGrouped is Update for a small change: those of all callers that wait
// at the same time share one transaction and one sync of the disk. Each has a
// result of its own: an error, a panic or the end of a ctx takes nothing into
// the file and harms no other change. seq is that of the change's last write,
// or of the last write that it has seen when it wrote nothing.
//
// change may run more than once, and on another caller's goroutine while this
// one waits: what it builds outside of tx it must build from the start each
// time. ctx ends the wait for one's turn, not a change that has begun.
//
// Update stays for what must run once and on its own: an import's batches
// would hold up every small change of their group, and would all be written
// again where one of these failed.
func (s *Store) UpdateGrouped(ctx context.Context, change func(*Tx) error) (seq uint64, err error) {
	w := &waiter{ctx: ctx, change: change, done: make(chan struct{})}
	s.queue.join(w)
	select {
	case <-w.done:
	case s.writer <- struct{}{}:
		s.lead(w)
	case <-ctx.Done():
		if s.queue.leave(w) {
			return 0, ctx.Err()
		}
		<-w.done // it has begun, and uses what its caller gave it
	}
	if w.alone {
		return s.Update(ctx, change)
	}
	return w.seq, w.err
}

// lead runs groups until w has been in one: the first, unless there is a queue.
// The caller has the writer's token, which lead gives back.
func (s *Store) lead(w *waiter) {
	defer func() { <-s.writer }()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // see view
	for !w.over() {
		// Those whom the last commit woke write again at once: let them join,
		// or every second group would be of one.
		runtime.Gosched()
		s.commitGroup(s.queue.take(maxGroup))
	}
}

// commitGroup commits the changes that can share a transaction and sends the
// others to one of their own.
func (s *Store) commitGroup(group []*waiter) {
	// Also when a change ends this goroutine (runtime.Goexit): nobody is left.
	defer func() { dismiss(group) }()
	for range 1 + maxRetries {
		failed := s.tryGroup(group)
		if failed < 0 {
			return
		}
		dismiss(group[failed : failed+1])
		group = slices.Delete(group, failed, failed+1)
	}
}

// tryGroup runs the changes one after the other and commits them. A change that
// cannot stay, because it panicked or failed with something written, is
// returned, and nothing has been committed: bbolt has no savepoints.
func (s *Store) tryGroup(group []*waiter) (failed int) {
	tx, err := s.begin()
	if err != nil {
		answer(group, err)
		return -1
	}
	defer tx.end() // of bbolt's transaction, which all copies share
	for i, w := range group {
		next, ok := tx.run(w)
		if !ok {
			return i
		}
		tx = next
	}
	// Refusals and reads may rest on what others of the group wrote: where that
	// is not on disk, nobody is told anything else.
	answer(group, s.commit(tx))
	return -1
}

// run is one change of a group, with a Tx of its own. next is the transaction
// after it: unchanged when the change failed before it wrote anything.
func (tx *Tx) run(w *waiter) (next *Tx, ok bool) {
	if w.seq, w.err = 0, w.ctx.Err(); w.err != nil {
		return tx, true
	}
	own := *tx
	own.dirty, own.over = false, false
	defer func() {
		own.over = true
		if p := recover(); p != nil {
			ok = false // its caller will meet it, alone and on its own goroutine
		}
	}()
	w.err = w.change(&own)
	switch {
	case own.failed != nil, w.err != nil && own.dirty:
		return nil, false
	case w.err != nil:
		return tx, true
	}
	w.seq = own.seq
	own.dirty = own.dirty || tx.dirty
	return &own, true
}
