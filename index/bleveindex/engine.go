package bleveindex

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"

	"meibo/index"
)

// An engine is scorch, guarded: no panic of Bleve leaves it, a write does not
// wait for a background goroutine of Bleve that has died, and what is applied
// does not run far ahead of what is on disk.
type engine struct {
	scorch  *scorch.Scorch
	queue   *bleve.AnalysisQueue
	backlog backlog

	failed     chan struct{} // closed at the first failure in the background
	failOnce   sync.Once
	failure    error // set before failed is closed
	writes     sync.WaitGroup
	closeOnce  sync.Once
	closeError error
}

// registering guards Bleve's global table of callbacks, which it reads only
// while an engine is made.
var registering sync.Mutex

// openEngine opens or creates the engine's files in a folder that exists.
// check looks at what was loaded before Bleve's goroutines start to change it.
func openEngine(dir string, o Options, columns *columnCache, check func(*engine) error) (*engine, error) {
	e := &engine{failed: make(chan struct{})}
	if err := e.make(dir, o, columns); err != nil {
		return nil, err
	}
	if err := e.open(check); err != nil {
		_ = e.close() // gives the lock back; what is not open may fail to close
		return nil, err
	}
	return e, nil
}

func (e *engine) open(check func(*engine) error) (err error) {
	defer recovered(&err)
	if err := e.scorch.OpenMeta(); err != nil {
		return err
	}
	if err := check(e); err != nil {
		return err
	}
	return e.scorch.Open()
}

func (e *engine) make(dir string, o Options, columns *columnCache) error {
	registering.Lock()
	defer registering.Unlock()
	useSegmentFormat()
	name := "meibo:" + dir
	scorch.RegistryAsyncErrorCallbacks[name] = func(err error, _ string) { e.fail(err) }
	defer delete(scorch.RegistryAsyncErrorCallbacks, name)
	scorch.RegistryEventCallbacks[name] = func(event scorch.Event) bool {
		if event.Kind == scorch.EventKindPersisterProgress { // in the goroutine that writes
			e.gather()
		}
		return true
	}
	defer delete(scorch.RegistryEventCallbacks, name)
	// Documents come analysed, so one worker only passes them on.
	e.queue = bleve.NewAnalysisQueue(1)
	made, err := scorch.NewScorch(scorch.Name, engineConfig(dir, o, name, columns), e.queue)
	if err != nil {
		e.queue.Close()
		return fmt.Errorf("bleveindex: configure: %w", err)
	}
	e.scorch = made.(*scorch.Scorch)
	return nil
}

// fail notes the first failure of Bleve's background work. Failing to clean up
// old files is none.
func (e *engine) fail(err error) {
	if errors.Is(err, scorch.ErrCleanup) {
		return
	}
	e.failOnce.Do(func() {
		e.failure = fmt.Errorf("bleveindex: %w: %w", index.ErrBroken, err)
		close(e.failed)
	})
}

// broken is the failure after which the engine neither writes nor reads: what
// it holds in memory may be ahead of what is on disk.
func (e *engine) broken() error {
	select {
	case <-e.failed:
		return e.failure
	default:
		return nil
	}
}

// write makes a batch visible. Once it is on disk, reached is called, from a
// goroutine of Bleve, unless it is nil.
func (e *engine) write(b *bleve.Batch, reached func()) error {
	customers := len(b.IndexOps)
	e.backlog.add(customers)
	b.SetPersistedCallback(func(error) { // called after success only
		if reached != nil {
			reached()
		}
		e.backlog.remove(customers)
	})
	done := make(chan error, 1)
	e.writes.Add(1)
	go func() {
		defer e.writes.Done()
		done <- e.batch(b)
	}()
	select {
	case err := <-done:
		if err != nil {
			e.fail(err)
		}
		return err
	case <-e.failed: // the goroutine that would have answered may be gone
		return e.failure
	}
}

func (e *engine) batch(b *bleve.Batch) (err error) {
	defer recovered(&err)
	return e.scorch.Batch(b)
}

// room waits until the backlog leaves room for another batch.
func (e *engine) room(ctx context.Context) error { return e.await(ctx, (*backlog).hasRoom) }

// flush waits until all that was written is on disk.
func (e *engine) flush(ctx context.Context) error {
	e.backlog.change(0, 0, 1)
	defer e.backlog.change(0, 0, -1)
	return e.await(ctx, (*backlog).isEmpty)
}

// gather waits until there is enough to write, but not for long.
func (e *engine) gather() {
	ctx, stop := context.WithTimeout(context.Background(), gatherTime)
	defer stop()
	_ = e.await(ctx, (*backlog).isGathered) // however the wait ends, Bleve goes on
}

func (e *engine) await(ctx context.Context, enough func(*backlog) (bool, <-chan struct{})) error {
	for {
		is, changed := enough(&e.backlog)
		if is {
			return e.broken()
		}
		select {
		case <-changed:
		case <-e.failed:
			return e.failure
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// reader pins the current state.
func (e *engine) reader() (r *scorch.IndexSnapshot, err error) {
	defer recovered(&err)
	reader, err := e.scorch.Reader()
	if err != nil {
		return nil, err
	}
	return reader.(*scorch.IndexSnapshot), nil
}

// merge makes one segment of all, for tests.
func (e *engine) merge(ctx context.Context) (err error) {
	defer recovered(&err)
	if err := e.flush(ctx); err != nil { // what is in memory is not merged
		return err
	}
	return e.scorch.ForceMerge(ctx, nil)
}

// close waits until all is on disk and for Bleve's goroutines, but for nothing
// that hangs on one that has died. Bleve itself would drop what is not on disk.
func (e *engine) close() error {
	e.closeOnce.Do(func() {
		if e.broken() == nil {
			e.writes.Wait()
			_ = e.flush(context.Background()) // a failure here was told, or will be found missing and applied again
		}
		e.closeError = e.closeScorch()
		e.queue.Close()
	})
	return e.closeError
}

func (e *engine) closeScorch() (err error) {
	defer recovered(&err)
	return e.scorch.Close()
}
