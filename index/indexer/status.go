package indexer

import (
	"context"
	"errors"
	"fmt"

	"meibo/index"
)

// States of an Indexer.
const (
	StateReady      = "ready"      // following
	StateRebuilding = "rebuilding" // a new generation is being built
	StateFailed     = "failed"     // the last attempt failed; there will be another
)

// Status is how an Indexer is doing.
type Status struct {
	State      string
	Stale      bool   // searches are answered by an index that is being replaced
	Applied    uint64 // the seq that searches see; 0 when there is nothing to search in
	Committed  uint64 // the source's
	Generation string // the folder in use; "" when there is none
	Err        error  // of the last attempt, when it failed
	Done       int    // customers that the running rebuild has indexed
	Total      int    // of how many; 0 when not known
}

// Status is a look at the moment. It never waits.
func (x *Indexer) Status() Status {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := Status{State: StateReady, Stale: x.stale, Err: x.err, Committed: x.c.Source.Seq()}
	if x.live == nil || x.stale {
		s.State, s.Done, s.Total = StateRebuilding, x.done, x.total
	}
	if x.err != nil {
		s.State = StateFailed
	}
	if x.live != nil {
		s.Applied, s.Generation = x.live.applied.Load(), x.live.name
	}
	return s
}

// Ready waits until the index is complete and followed, or ctx ends: then the
// error says what is the matter.
func (x *Indexer) Ready(ctx context.Context) error {
	closed := false
	err := x.await(ctx, func() bool {
		closed = x.closed
		return closed || x.live != nil && !x.stale
	})
	switch {
	case err != nil:
		return errors.Join(x.notReady(), err)
	case closed:
		return index.ErrClosed
	}
	return nil
}

// Persisted is the seq up to which the index will not ask for changes again,
// not even after a crash: the log may be trimmed up to it. 0 while that is not
// known.
func (x *Indexer) Persisted() uint64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.live == nil {
		return 0
	}
	return x.live.backend.Persisted().Seq
}

// Figures are what the index in use tells a monitor; nil while there is none.
func (x *Indexer) Figures() []index.Figure {
	x.mu.Lock()
	g := x.live
	if g == nil || x.closed {
		x.mu.Unlock()
		return nil
	}
	g.refs++ // it stays open meanwhile
	x.mu.Unlock()
	defer x.release(g)
	return g.backend.Figures()
}

// Errors that callers tell apart.
var (
	// ErrRebuilding: there is no complete index to answer from.
	ErrRebuilding = errors.New("the index is being built")
	// ErrBehind: the index did not reach a seq in time; see BehindError.
	ErrBehind = errors.New("the index is behind")
)

// A BehindError says how far the index was when the wait ended. It wraps
// ErrBehind and the context's error.
type BehindError struct {
	Wanted, Applied uint64
	Cause           error
}

func (e *BehindError) Error() string {
	return fmt.Sprintf("%v: it has applied seq %d, not yet %d: %v", ErrBehind, e.Applied, e.Wanted, e.Cause)
}

// Unwrap is for errors.Is.
func (e *BehindError) Unwrap() []error { return []error{ErrBehind, e.Cause} }

// An UnknownSeqError refuses a seq that the source has never given.
type UnknownSeqError struct{ Wanted, Committed uint64 }

func (e *UnknownSeqError) Error() string {
	return fmt.Sprintf("there is no write %d; the last one is %d", e.Wanted, e.Committed)
}

// notReady is ErrRebuilding with what went wrong, if something did.
func (x *Indexer) notReady() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		return fmt.Errorf("%w: %w", ErrRebuilding, x.err)
	}
	return ErrRebuilding
}
