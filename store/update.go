package store

import (
	"context"
	"fmt"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// A Tx is one writing transaction. It belongs to the goroutine of its Update
// and is over when that returns.
type Tx struct {
	view
	store    *Store
	millis   int64 // the log's time for everything in here
	seq      uint64
	count    int64
	fields   *schema.Fields
	leaving  []string  // keys of deleted fields that records may have
	settings *Settings // nil: unchanged
	segments *SegmentSet
	dirty    bool     // something was written
	written  []string // the ids of the customers among it
	revived  bool     // see Revived
	failed   error    // a fault inside: what was written must not be committed
	over     bool
}

// Update runs change in a transaction of its own and commits it: when it
// returns without error, everything is on disk. An error of change, or a
// panic, takes everything back. seq is that of the last write, or the store's
// when change wrote nothing. Updates run one after the other; ctx ends the
// wait for one's turn, and is looked at again before the commit.
// Inside change, use tx and not the store.
func (s *Store) Update(ctx context.Context, change func(*Tx) error) (seq uint64, err error) {
	select {
	case s.writer <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-s.writer }()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // see view
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	tx, err := s.begin()
	if err != nil {
		return 0, err
	}
	defer tx.end() // on a panic too
	if err := change(tx); err != nil {
		return 0, err
	}
	if tx.failed != nil {
		return 0, tx.failed
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := s.commit(tx); err != nil {
		return 0, err
	}
	return tx.seq, nil
}

// begin starts a transaction; the caller has the writer's token.
func (s *Store) begin() (*Tx, error) {
	if err := s.Failure(); err != nil {
		return nil, err
	}
	btx, err := s.db.Begin(true)
	if err != nil {
		return nil, boltError(err)
	}
	return &Tx{
		view: view{bolt: btx, numbers: s.numbers.Load(), known: s.known}, store: s, millis: s.clock().UnixMilli(),
		seq: s.seq.Load(), count: s.customers.Load(), fields: s.fields.Load(), leaving: *s.leaving.Load(), segments: s.segments.Load(),
	}, nil
}

// commit makes what the transaction wrote durable, if anything, and the
// store's state.
func (s *Store) commit(tx *Tx) error {
	if !tx.dirty {
		return nil // nothing to wait for the disk for
	}
	if err := tx.putCounters(); err != nil {
		return err
	}
	s.recent.begin(tx.written)
	if err := commitBolt(tx.bolt); err != nil {
		// Whether the disk has it is not known: bbolt may even show it.
		s.failure.Store(&err)
		s.broadcast()
		return fmt.Errorf("store: commit: %w", s.Failure())
	}
	s.written = true
	s.publish(tx)
	return nil
}

// commitBolt commits; a panic of bbolt is a failed commit.
func commitBolt(btx *bolt.Tx) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("bbolt: %v", p)
		}
	}()
	return btx.Commit()
}

// putCounters writes the counters that the transaction has moved.
func (tx *Tx) putCounters() error {
	meta, err := tx.table(bucketMeta)
	if err != nil {
		return err
	}
	if tx.seq != tx.store.Seq() {
		if err := meta.putNumber([]byte(metaSeq), tx.seq); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	if int(tx.count) != tx.store.Len() {
		if err := meta.putNumber([]byte(metaCustomers), uint64(tx.count)); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// publish makes a committed transaction the store's state, then tells who
// waits for changes.
func (s *Store) publish(tx *Tx) {
	s.recent.end()
	s.numbers.Store(tx.numbers)
	s.fields.Store(tx.fields)
	s.leaving.Store(&tx.leaving)
	s.segments.Store(tx.segments)
	if tx.settings != nil {
		s.settings.Store(tx.settings)
	}
	s.customers.Store(tx.count)
	s.seq.Store(tx.seq)
	s.broadcast()
}

// end rolls back what was not committed; after a commit it does nothing. A
// panic of bbolt here follows one in the commit, which was told already.
func (tx *Tx) end() {
	tx.over = true
	defer func() { _ = recover() }()
	_ = tx.bolt.Rollback() // "tx closed" after a commit
}

func (tx *Tx) usable() error {
	if tx.over {
		return ErrTxDone
	}
	return tx.failed
}

// fail remembers a fault in the middle of a write, so that a caller who goes
// on regardless cannot commit half of it.
func (tx *Tx) fail(err error) error {
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// guard turns a panic of bbolt over a damaged page into an error.
func (tx *Tx) guard(err *error) {
	if p := recover(); p != nil {
		*err = tx.fail(&CorruptError{Reason: fmt.Sprint(p)})
	}
}

// Seq is that of the last write that this transaction sees, its own among them.
func (tx *Tx) Seq() uint64 { return tx.seq }

// NewID makes an id for a customer that is new.
func (tx *Tx) NewID() string { return tx.store.newID() }
