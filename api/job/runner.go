package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// The states of a job.
const (
	Queued    = "queued"
	Running   = "running"
	Done      = "done"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Ended reports whether nothing more will happen in a state.
func Ended(state string) bool { return state == Done || state == Failed || state == Cancelled }

// Lanes: of each, one job runs at a time, the oldest first. What writes
// customers waits for the writer anyway; files are written beside it.
const (
	LaneWrite = "write"
	LaneRead  = "read"
)

// A Kind does one kind of job.
type Kind struct {
	Lane string
	// Do does the job, from its checkpoint where it has one. It returns soon
	// after ctx has ended, with the error of that. It may be called again for the
	// same job, in another process: what it does outside of Run.Commit must bear that.
	Do func(ctx context.Context, r *Run) error
	// Final: what has begun is brought to its end. A job with a checkpoint cannot
	// be cancelled.
	Final bool
}

// Config is what a Runner works with.
type Config struct {
	Store *store.Store
	Kinds map[string]Kind
	Clock func() time.Time
	Log   *slog.Logger
	// Explain says why a job failed, to people; it is given what Do returned.
	Explain func(error) (code string, why schema.Words)
}

// A Runner runs the jobs of a store. It owns a goroutine for each lane from
// Start to Stop. Its methods may be called from many goroutines.
type Runner struct {
	config Config

	mu      sync.Mutex
	stop    context.CancelCauseFunc // nil: not started
	running sync.WaitGroup
	wake    chan struct{}   // closed and replaced when a job came or changed
	now     map[uint64]*Run // those that run in this process
	told    time.Time       // when who watches was woken last for progress
}

// Why the context of a job ends.
var (
	errStopping  = errors.New("job: the process is stopping")
	errCancelled = errors.New("job: cancelled")
)

// NewRunner builds a runner that does nothing before Start.
func NewRunner(c Config) *Runner {
	return &Runner{config: c, wake: make(chan struct{}), now: map[uint64]*Run{}}
}

// Start takes up what an earlier process left, then runs what is queued, until
// Stop. A second call does nothing.
func (r *Runner) Start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		return
	}
	ctx, stop := context.WithCancelCause(context.Background())
	r.stop = stop
	for _, lane := range []string{LaneWrite, LaneRead} {
		r.running.Add(1)
		go func() {
			defer r.running.Done()
			r.follow(ctx, lane)
		}()
	}
}

// Stop ends what runs, after its step, and waits for it. What has not ended
// goes on at the next Start, of this or another process.
func (r *Runner) Stop() {
	r.mu.Lock()
	stop := r.stop
	r.stop = nil
	r.mu.Unlock()
	if stop != nil {
		stop(errStopping)
		r.running.Wait()
	}
}

// follow runs the jobs of a lane, one after the other.
func (r *Runner) follow(ctx context.Context, lane string) {
	for ctx.Err() == nil {
		changed := r.Changed()
		next, err := r.next(lane)
		switch {
		case err != nil:
			r.config.Log.ErrorContext(ctx, "the jobs cannot be read", "error", err)
		case next != nil:
			r.run(ctx, *next)
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// next is the oldest job of a lane that has not ended; nil for none.
func (r *Runner) next(lane string) (next *store.Job, err error) {
	err = r.config.Store.Jobs(0, func(j store.Job) bool {
		kind, known := r.config.Kinds[j.Kind]
		if !Ended(j.State) && known && kind.Lane == lane {
			next = &j
		}
		return true
	})
	return next, err
}

// Changed is closed when a job comes, goes on or ends. Whoever watches takes it
// before looking, so that nothing is missed.
func (r *Runner) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wake
}

// Wake tells the runner, and who watches, that the store's jobs have changed:
// after the commit of a transaction that added one.
func (r *Runner) Wake() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.wake)
	r.wake = make(chan struct{})
}

// Cancel asks a job to end early. One that waits has ended when Cancel returns,
// one that runs ends after its step. ErrNotFound of the store; an ended job
// stays as it is, and ended says so; so does one of a final kind that has begun.
func (r *Runner) Cancel(ctx context.Context, number uint64) (ended bool, err error) {
	defer r.Wake()
	r.mu.Lock()
	run := r.now[number]
	r.mu.Unlock()
	final := false
	_, err = r.config.Store.Update(ctx, func(tx *store.Tx) error {
		j, err := tx.Job(number)
		if err != nil {
			return err
		}
		if ended = Ended(j.State); ended {
			return nil
		}
		if final = r.config.Kinds[j.Kind].Final && len(j.Checkpoint) > 0; final {
			return nil
		}
		j.Cancel = true
		if run == nil {
			j.State, j.EndedAt = Cancelled, r.config.Clock().UnixMilli()
		}
		return tx.PutJob(j)
	})
	if err == nil && run != nil && !final {
		run.cancel(errCancelled)
	}
	return ended, err
}

// run does one job from where it stands to its end, or to that of ctx.
func (r *Runner) run(ctx context.Context, j store.Job) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	run := &Run{runner: r, cancel: cancel, job: j, began: r.config.Clock()}
	r.mu.Lock()
	r.now[j.Number] = run
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.now, j.Number)
		r.mu.Unlock()
		r.Wake()
	}()
	started, err := run.start(ctx)
	if !started {
		if err != nil && ctx.Err() == nil {
			r.config.Log.ErrorContext(ctx, "a job cannot begin", "job", j.Number, "error", err)
			<-ctx.Done() // the store takes no writes: nothing would come of trying again at once
		}
		return
	}
	err = run.do(ctx)
	if errors.Is(context.Cause(ctx), errStopping) && err != nil {
		return // it goes on later
	}
	if err := run.end(ctx, err); err != nil {
		r.config.Log.ErrorContext(ctx, "the end of a job cannot be kept", "job", j.Number, "error", err)
		<-ctx.Done()
	}
}

// Live is a job as it is at this moment, which may be further than the store
// has it, and about how long it will still take; 0 when nobody knows.
func (r *Runner) Live(j store.Job) (now store.Job, left time.Duration) {
	r.mu.Lock()
	run := r.now[j.Number]
	r.mu.Unlock()
	if run == nil || Ended(j.State) {
		return j, 0
	}
	return run.live()
}

// encoded is a value as a job keeps it.
func encoded(value any) (json.RawMessage, error) {
	if value == nil {
		return nil, nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("job: %w", err)
	}
	return raw, nil
}
