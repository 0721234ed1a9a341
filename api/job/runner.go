package job

import (
	"context"
	"errors"
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

	starting sync.Mutex              // of Start and Stop, one at a time; taken before mu
	stop     context.CancelCauseFunc // nil: not started
	running  sync.WaitGroup

	mu      sync.Mutex
	came    chan struct{}   // closed and replaced when there may be something to run
	changed chan struct{}   // closed when a job has changed; nil while nobody waits for it
	now     map[uint64]*Run // those that run in this process
}

// Why the context of a job ends.
var (
	errStopping  = errors.New("job: the process is stopping")
	errCancelled = errors.New("job: cancelled")
)

// NewRunner builds a runner that does nothing before Start.
func NewRunner(c Config) *Runner {
	return &Runner{config: c, came: make(chan struct{}), now: map[uint64]*Run{}}
}

// Start takes up what an earlier process left, then runs what is queued, until
// Stop. A second call does nothing.
func (r *Runner) Start() {
	r.starting.Lock()
	defer r.starting.Unlock()
	if r.stop != nil {
		return
	}
	ctx, stop := context.WithCancelCause(context.Background())
	r.stop = stop
	for _, lane := range []string{LaneWrite, LaneRead} {
		r.running.Go(func() { r.follow(ctx, lane) })
	}
}

// Stop ends what runs, after its step, and waits for it. What has not ended
// goes on at the next Start, of this or another process.
func (r *Runner) Stop() {
	r.starting.Lock()
	defer r.starting.Unlock()
	if r.stop != nil {
		r.stop(errStopping)
		r.running.Wait()
		r.stop = nil
	}
}

// follow runs the jobs of a lane, one after the other.
func (r *Runner) follow(ctx context.Context, lane string) {
	ended := uint64(0) // no job up to this number is left to run in the lane
	for ctx.Err() == nil {
		r.mu.Lock()
		came := r.came
		r.mu.Unlock()
		next, upTo, err := r.next(lane, ended)
		switch {
		case err != nil:
			r.config.Log.ErrorContext(ctx, "the jobs cannot be read", "error", err)
		case next != nil:
			ended = upTo
			r.run(ctx, *next)
			continue
		}
		ended = upTo
		select {
		case <-came:
		case <-ctx.Done():
		}
	}
}

// next is the oldest job of a lane that has not ended, nil for none, among those
// with numbers above ended; and up to which number there is nothing to run. Jobs
// that have ended stay so, and new ones have larger numbers: no job is read
// again and again for as long as it is kept.
func (r *Runner) next(lane string, ended uint64) (next *store.Job, upTo uint64, err error) {
	newest := ended
	err = r.config.Store.Jobs(0, func(j store.Job) bool {
		if j.Number <= ended {
			return false
		}
		newest = max(newest, j.Number)
		kind, known := r.config.Kinds[j.Kind]
		if !Ended(j.State) && known && kind.Lane == lane {
			next = &j
		}
		return true
	})
	switch {
	case err != nil:
		return nil, ended, err
	case next != nil:
		return next, next.Number - 1, nil
	}
	return nil, newest, nil
}

// Wake tells the runner, and who watches, that the store has a new job: after
// the commit of the transaction that added it.
func (r *Runner) Wake() {
	r.mu.Lock()
	close(r.came)
	r.came = make(chan struct{})
	r.mu.Unlock()
	r.tell()
}

// Cancel asks a job to end early. One that waits has ended when Cancel returns,
// one that runs ends after its step. ErrNotFound of the store; an ended job
// stays as it is.
func (r *Runner) Cancel(ctx context.Context, number uint64) error {
	var run *Run
	_, err := r.config.Store.Update(ctx, func(tx *store.Tx) error {
		j, err := tx.Job(number)
		if err != nil || Ended(j.State) {
			return err
		}
		// A run is here before its start is committed, and until its end is: looked
		// for within a transaction, it is missed by neither.
		if run = r.runOf(number); run == nil || j.State == Queued {
			j.State, j.EndedAt = Cancelled, r.config.Clock().UnixMilli()
		}
		j.Cancel = true
		return tx.PutJob(j)
	})
	if err == nil && run != nil {
		run.cancel(errCancelled)
	}
	r.tell()
	return err
}

func (r *Runner) runOf(number uint64) *Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now[number]
}

// run does one job from where it stands to its end, or to that of ctx.
func (r *Runner) run(ctx context.Context, j store.Job) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	run := &Run{runner: r, cancel: cancel, job: j, shown: Progress{j.Stage, j.Done, j.Total}, first: j.Done, since: r.config.Clock()}
	r.mu.Lock()
	r.now[j.Number] = run
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.now, j.Number)
		r.mu.Unlock()
		r.tell()
	}()
	started, err := run.start(ctx)
	if started {
		err = run.do(ctx)
		if err != nil && errors.Is(context.Cause(ctx), errStopping) {
			err = run.leave(ctx) // it goes on later
		} else {
			err = run.end(ctx, err)
		}
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, store.ErrNotFound) {
		return // the last: somebody has taken the job out of the store
	}
	r.config.Log.ErrorContext(ctx, "a job can neither begin nor end", "job", j.Number, "error", err)
	<-ctx.Done() // the store takes no writes: nothing would come of trying again at once
}
