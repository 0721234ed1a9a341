package memindex

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"meibo/dsl/schema"
	"meibo/index"
)

// A Backend keeps all customers in memory. Make one with New.
type Backend struct {
	state atomic.Pointer[state] // nil once closed
}

// A state is what an index knows after a batch. It never changes.
type state struct {
	position index.Position
	records  []schema.Record // by the bytes of their ids
}

var _ index.Backend = (*Backend)(nil)

// New is an empty index at the zero position.
func New() *Backend {
	b := &Backend{}
	b.state.Store(&state{})
	return b
}

// Position is that of the last applied batch; zero once closed.
func (b *Backend) Position() index.Position {
	if s := b.state.Load(); s != nil {
		return s.position
	}
	return index.Position{}
}

// Persisted is Position: there is no disk.
func (b *Backend) Persisted() index.Position { return b.Position() }

// Flush has nothing to write.
func (b *Backend) Flush(ctx context.Context) error { return ctx.Err() }

// Figures has nothing to tell.
func (b *Backend) Figures() []index.Figure { return nil }

// Apply copies the state with the changes of the batch. Cost: O(customers).
func (b *Backend) Apply(ctx context.Context, batch index.Batch) error {
	old := b.state.Load()
	if old == nil {
		return index.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	changed, err := changesOf(batch)
	if err != nil {
		return err
	}
	next := &state{position: batch.Position, records: make([]schema.Record, 0, len(old.records)+len(batch.Upserts))}
	for _, r := range old.records {
		if !changed[r.ID()] {
			next.records = append(next.records, r)
		}
	}
	for _, r := range batch.Upserts {
		next.records = append(next.records, r.Clone()) // the caller may change its own
	}
	slices.SortFunc(next.records, func(a, b schema.Record) int { return strings.Compare(a.ID(), b.ID()) })
	if !b.state.CompareAndSwap(old, next) {
		return fmt.Errorf("memindex: Apply was called twice at once, or during Close: %w", index.ErrClosed)
	}
	return nil
}

// changesOf is the set of ids that a batch names; each may be named once.
func changesOf(batch index.Batch) (map[string]bool, error) {
	changed := make(map[string]bool, len(batch.Upserts)+len(batch.Deletes))
	for _, r := range batch.Upserts {
		if r.ID() == "" || changed[r.ID()] {
			return nil, fmt.Errorf("memindex: the batch up to seq %d upserts the id %q twice, or it is empty", batch.Position.Seq, r.ID())
		}
		changed[r.ID()] = true
	}
	upserts := len(changed)
	deleted := make(map[string]bool, len(batch.Deletes))
	for _, id := range batch.Deletes {
		deleted[id] = true
		changed[id] = true
	}
	if len(changed) != upserts+len(deleted) {
		return nil, fmt.Errorf("memindex: the batch up to seq %d upserts and deletes the same id", batch.Position.Seq)
	}
	return changed, nil
}

// Snapshot costs nothing; it holds on to the state until it is released.
func (b *Backend) Snapshot(ctx context.Context) (index.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := b.state.Load()
	if s == nil {
		return nil, index.ErrClosed
	}
	return &snapshot{state: s}, nil
}

// Close drops the state. Closing twice is harmless.
func (b *Backend) Close() error {
	b.state.Store(nil)
	return nil
}
