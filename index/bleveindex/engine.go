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

// An engine is scorch, guarded: no panic of Bleve leaves it, and a write does
// not wait for a background goroutine of Bleve that has died.
type engine struct {
	scorch *scorch.Scorch
	queue  *bleve.AnalysisQueue

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

// write applies a batch and waits until it is durable.
func (e *engine) write(b *bleve.Batch) error {
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
	case <-e.failed: // the goroutine that would have confirmed is gone
		return e.failure
	}
}

func (e *engine) batch(b *bleve.Batch) (err error) {
	defer recovered(&err)
	return e.scorch.Batch(b)
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
	return e.scorch.ForceMerge(ctx, nil)
}

// close waits for Bleve's goroutines, and for a write unless it hangs on one
// that has died.
func (e *engine) close() error {
	e.closeOnce.Do(func() {
		if e.broken() == nil {
			e.writes.Wait()
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
