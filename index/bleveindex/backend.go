package bleveindex

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"meibo/index"
)

// A Backend is an index in a folder. Open makes one.
type Backend struct {
	engine  *engine
	options Options
	columns *columnCache
	warmer  *warmer // nil: nothing is decoded in the background

	applying  sync.Mutex                     // Apply is one at a time
	persisted atomic.Pointer[index.Position] // of the last batch that is on disk

	mu     sync.Mutex
	closed bool
	view   *view // the newest that was asked for; holds one reference
	held   bool  // view stays as it is while a batch is written in parts
}

var _ index.Backend = (*Backend)(nil)

func newBackend(dir string, e *engine, columns *columnCache, o Options) (*Backend, error) {
	b := &Backend{engine: e, options: o, columns: columns}
	if err := b.refresh(); err != nil {
		return nil, err
	}
	position := b.view.position
	b.persisted.Store(&position)
	if o.Warm {
		b.warmer = startWarmer(dir, o.Workers)
		columns.wanted = b.warmer.want
		b.warmer.warm(b.view, b.warmer.remembered())
	}
	return b, nil
}

// Position is that of the last applied batch.
func (b *Backend) Position() index.Position {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.view == nil {
		return index.Position{}
	}
	return b.view.position
}

// Persisted is the position up to which batches survive a crash.
func (b *Backend) Persisted() index.Position {
	persisted, position := *b.persisted.Load(), b.Position()
	if persisted.Seq > position.Seq { // on disk before Apply has shown it
		return position
	}
	return persisted
}

// Flush waits until all that was applied is on disk, and lets nothing gather
// meanwhile.
func (b *Backend) Flush(ctx context.Context) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	return b.engine.flush(ctx)
}

// usable refuses work that could not succeed.
func (b *Backend) usable(ctx context.Context) error {
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return index.ErrClosed
	}
	if err := b.engine.broken(); err != nil {
		return err
	}
	return ctx.Err()
}

// Snapshot pins the index as it is now. It costs some microseconds for each
// segment, nothing for each customer.
func (b *Backend) Snapshot(ctx context.Context) (index.Snapshot, error) {
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	if err := b.refresh(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, index.ErrClosed
	}
	b.view.acquire()
	return &snapshot{view: b.view}, nil
}

// refresh makes the newest state of the engine the current view, and forgets
// the columns of segments that are in no view any more.
func (b *Backend) refresh() error {
	b.mu.Lock() // also around the reader, so that no older one replaces a newer
	defer b.mu.Unlock()
	if b.closed {
		return index.ErrClosed
	}
	if b.held {
		return nil
	}
	reader, err := b.engine.reader()
	if err != nil {
		return err
	}
	if b.view != nil && b.view.reader == reader {
		return reader.Close()
	}
	next, err := newView(reader, b.columns, b.options)
	if err != nil {
		_ = reader.Close()
		return err
	}
	b.replace(next)
	return nil
}

// replace makes a view the current one; the caller holds mu.
func (b *Backend) replace(next *view) {
	old := b.view
	b.view = next
	if old != nil {
		old.release()
	}
}

// show makes the state after a batch the current view, once the columns of its
// new segments are there. The view is held meanwhile, so that none can come in
// between.
func (b *Backend) show(ctx context.Context) error {
	reader, err := b.engine.reader()
	if err != nil {
		return err
	}
	next, err := newView(reader, b.columns, b.options)
	if err != nil {
		_ = reader.Close()
		return err
	}
	b.warmNew(ctx, next)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		next.release()
		return index.ErrClosed
	}
	b.replace(next)
	return nil
}

// mostWarmNow bounds the segments whose columns a batch waits for: 10 ms for
// ten columns. Larger ones are left to the background.
const mostWarmNow = 10_000

// warmNew decodes, of the segments that a batch has brought, the columns that
// are in use.
func (b *Backend) warmNew(ctx context.Context, next *view) {
	b.mu.Lock()
	before := b.view
	b.mu.Unlock()
	if before == nil {
		return // closed
	}
	seen := map[uint64]bool{}
	for _, s := range before.segments {
		seen[s.id] = true
	}
	var names []string
	for _, s := range next.segments {
		if seen[s.id] {
			continue
		}
		if names == nil {
			names = b.columns.inUse()
		}
		for _, name := range names {
			switch {
			case strings.HasPrefix(name, formTrigrams) && s.rows < fewestTrigrams:
			case s.rows <= mostWarmNow:
				_, _ = s.column(ctx, name) // what fails is told to the question that needs it
			default:
				s.want(name)
			}
		}
	}
}

// Merge makes one segment of all that are on disk and waits for it.
func (b *Backend) Merge(ctx context.Context) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	if err := b.engine.merge(ctx); err != nil {
		return fmt.Errorf("bleveindex: merge: %w", err)
	}
	return b.refresh()
}

// Close waits for an Apply that is under way and until all is on disk.
// Closing twice is harmless.
func (b *Backend) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return b.engine.close()
	}
	b.closed = true
	old := b.view
	b.view = nil
	b.mu.Unlock()
	b.applying.Lock()
	defer b.applying.Unlock()
	if b.warmer != nil {
		b.warmer.remember(b.columns.byUse())
		b.warmer.stop()
	}
	if old != nil {
		old.release()
	}
	defer b.columns.clear() // what was carried to a segment that nobody saw
	if err := b.engine.close(); err != nil {
		return fmt.Errorf("bleveindex: close: %w", err)
	}
	return nil
}
