package indexer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"meibo/dsl/schema"
	"meibo/index"
)

// A Source is the store as the indexer sees it. An error of Changes or Scan
// that has a method Trimmed() bool which returns true says that the log no
// longer reaches back so far. A Source may also have a method Len() int, the
// number of customers, to tell progress by.
type Source interface {
	// Epoch names the store's history.
	Epoch() string
	// Seq is that of the last committed write.
	Seq() uint64
	// Changes waits for writes after a seq and returns some of them, oldest
	// first, no customer twice. The last one's seq is the last covered.
	Changes(ctx context.Context, after uint64, limit int) ([]schema.Change, error)
	// Scan yields all customers of one moment and returns its seq.
	Scan(ctx context.Context, yield func(schema.Record) error) (seq uint64, err error)
}

// Config is what an Indexer works with. It owns the folder and the backends
// that it opens, not the source.
type Config struct {
	Source Source
	Dir    string                                  // made when missing; nobody else writes in it
	Open   func(dir string) (index.Backend, error) // an empty index in an empty folder
	Fields func() *schema.Fields                   // the current fields
	Log    *slog.Logger                            // nil: nothing is logged

	// The wait before an attempt that follows a failed one doubles from
	// RetryFirst to RetryMost. 0: 100 ms and 30 s.
	RetryFirst, RetryMost time.Duration
}

const (
	// maxBatch and maxBatchBytes bound one batch: 10,000 records of 40 fields
	// are some 40 MB. The source bounds the bytes of Changes.
	maxBatch      = 10_000
	maxBatchBytes = 128 << 20
	// startWait is how long Start waits for an index that is not ready yet. A
	// small store is then searched at once.
	startWait = 500 * time.Millisecond
	// closeWait is how long Close waits for snapshots to be released.
	closeWait = 10 * time.Second
)

// An Indexer owns the index of one store.
type Indexer struct {
	c      Config
	cancel context.CancelFunc
	ended  chan struct{} // closed when the goroutine has ended
	pause  time.Duration // of the goroutine: before its next attempt

	mu         sync.Mutex
	changed    chan struct{} // closed and replaced whenever something below, or a generation's applied, changes
	closed     bool
	live       *generation // complete and in use; nil when there is none
	stale      bool        // live is not followed any more: it is to be replaced
	err        error       // what the last attempt failed with; nil once one succeeds
	open       int         // generations that are not closed yet
	closeErr   error
	done       int                // customers that the rebuild has indexed
	total      int                // of how many; 0 when not known
	stopFollow context.CancelFunc // ends following the live generation
}

// Start opens the index and begins to follow the source. It fails only when
// the folder cannot be used; whatever is wrong with the index is mended in the
// background.
func Start(c Config) (*Indexer, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.RetryFirst <= 0 {
		c.RetryFirst = 100 * time.Millisecond
	}
	if c.RetryMost <= 0 {
		c.RetryMost = 30 * time.Second
	}
	ctx, cancel := context.WithCancel(context.Background())
	x := &Indexer{c: c, cancel: cancel, ended: make(chan struct{}), pause: c.RetryFirst,
		changed: make(chan struct{}), stopFollow: func() {}}
	if err := x.openLive(); err != nil {
		cancel()
		return nil, err
	}
	go x.run(ctx)
	waiting, stop := context.WithTimeout(ctx, startWait)
	defer stop()
	_ = x.Ready(waiting) // else it goes on in the background
	return x, nil
}

// run works until Close; whatever fails is tried again after a pause.
func (x *Indexer) run(ctx context.Context) {
	defer close(x.ended)
	for ctx.Err() == nil {
		if err := x.work(ctx); err != nil && ctx.Err() == nil {
			x.failed(err)
			sleep(ctx, x.pause)
			x.pause = min(2*x.pause, x.c.RetryMost)
		}
	}
}

// work builds a generation when there is none to follow, else follows it.
func (x *Indexer) work(ctx context.Context) error {
	following, stop := context.WithCancel(ctx)
	defer stop()
	x.mu.Lock()
	g := x.live
	build := g == nil || x.stale
	x.stopFollow = stop
	x.mu.Unlock()
	if g == nil {
		if ok, err := x.reopen(ctx); ok || err != nil {
			return err
		}
	}
	if build {
		return x.rebuild(ctx)
	}
	err := x.follow(following, g)
	var trimmed interface{ Trimmed() bool }
	switch {
	case following.Err() != nil: // closed, or taken out of use by a reader: not a failure of its own
		return nil
	case errors.As(err, &trimmed) && trimmed.Trimmed():
		x.set(func() { x.stale = true })
	}
	x.heed(g, err)
	return err
}

// follow applies what the source tells, for ever.
func (x *Indexer) follow(ctx context.Context, g *generation) error {
	for {
		changes, err := x.c.Source.Changes(ctx, g.applied.Load(), maxBatch)
		if err != nil {
			return fmt.Errorf("follow the change log: %w", err)
		}
		if err := x.apply(ctx, g, changes); err != nil {
			return err
		}
		x.set(func() { x.err = nil })
		x.pause = x.c.RetryFirst
	}
}

// apply makes changes one batch of the index.
func (x *Indexer) apply(ctx context.Context, g *generation, changes []schema.Change) error {
	if len(changes) == 0 {
		return errors.New("the change log answered with no change")
	}
	b := index.Batch{
		Position: index.Position{Epoch: x.c.Source.Epoch(), Seq: changes[len(changes)-1].Seq},
		Fields:   x.c.Fields(), // read after the changes: no record is newer than its fields
		Upserts:  make([]schema.Record, 0, len(changes)),
	}
	for _, c := range changes {
		switch {
		case c.ID == "": // was erased, and is out of the index
		case c.Record == nil:
			b.Deletes = append(b.Deletes, c.ID)
		default:
			b.Upserts = append(b.Upserts, *c.Record)
		}
	}
	return g.apply(ctx, b)
}

// failed notes what went wrong, for Status and the log.
func (x *Indexer) failed(err error) {
	x.set(func() { x.err = err })
	x.c.Log.Error("indexing failed; it will be tried again", "error", err, "pause", x.pause)
}

// set changes the state and tells who waits.
func (x *Indexer) set(change func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	change()
	x.broadcast()
}

// broadcast wakes all who wait; the caller holds mu.
func (x *Indexer) broadcast() {
	close(x.changed)
	x.changed = make(chan struct{})
}

// Close ends following, waits until snapshots are released, at most ten
// seconds, and closes the index. Closing twice is harmless.
func (x *Indexer) Close() error {
	x.mu.Lock()
	if x.closed {
		x.mu.Unlock()
		return nil
	}
	x.closed = true
	x.broadcast()
	x.mu.Unlock()
	x.cancel()
	<-x.ended
	x.set(func() {
		if x.live != nil {
			x.unref(x.live)
		}
	})
	ctx, stop := context.WithTimeout(context.Background(), closeWait)
	defer stop()
	err := x.await(ctx, func() bool { return x.open == 0 })
	x.mu.Lock()
	defer x.mu.Unlock()
	if err != nil {
		err = fmt.Errorf("the index stays open: its snapshots were not released within %s", closeWait)
	}
	return errors.Join(err, x.closeErr)
}

// await returns when done says so; it is asked with mu held, after each change.
func (x *Indexer) await(ctx context.Context, done func() bool) error {
	for {
		x.mu.Lock()
		is, changed := done(), x.changed
		x.mu.Unlock()
		if is {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
