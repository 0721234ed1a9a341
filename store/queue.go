package store

import (
	"context"
	"slices"
	"sync"
)

// A waiter is a change that waits for its group, and then its result. The
// leader of the group writes the result before it closes done.
type waiter struct {
	ctx    context.Context
	change func(*Tx) error

	done  chan struct{}
	seq   uint64
	err   error
	alone bool // no group could take it: its caller runs it by itself
}

func (w *waiter) over() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// answer ends the wait of a group. A failed commit is everybody's error.
func answer(group []*waiter, commit error) {
	for _, w := range group {
		if commit != nil {
			w.seq, w.err = 0, commit
		}
		close(w.done)
	}
}

// dismiss sends those who have no answer yet to a transaction of their own.
func dismiss(group []*waiter) {
	for _, w := range group {
		if !w.over() {
			w.alone = true
			close(w.done)
		}
	}
}

// A queue holds the changes that no group has taken yet, in their order.
type queue struct {
	mu      sync.Mutex
	waiting []*waiter
}

func (q *queue) join(w *waiter) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, w)
}

// leave takes a waiter out; false when a group has it already.
func (q *queue) leave(w *waiter) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, w)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// take removes the first waiters, up to limit.
func (q *queue) take(limit int) []*waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(limit, len(q.waiting))
	group := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return group
}
