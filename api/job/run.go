package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"meibo/store"
)

// A Run is one job while it runs in this process. It belongs to the goroutine
// of its Kind's Do.
type Run struct {
	runner *Runner
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	job   store.Job // as it was committed last
	shown Progress  // the newest, told or committed
	ahead bool      // shown is not committed
	first int64     // done when this process, or the stage, began
	since time.Time // when that was
}

// Progress is how far a job is.
type Progress struct {
	Stage       string
	Done, Total int64 // in what the stage counts: rows, customers, bytes
}

// Job is the job as it was committed last.
func (r *Run) Job() store.Job {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.job
}

// Request reads what is asked.
func (r *Run) Request(into any) error { return decoded(r.Job().Request, into) }

// Checkpoint reads what the last Commit left; false where there was none.
func (r *Run) Checkpoint(into any) (bool, error) {
	raw := r.Job().Checkpoint
	if len(raw) == 0 {
		return false, nil
	}
	return true, decoded(raw, into)
}

func decoded(raw json.RawMessage, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("job: %w", err)
	}
	return nil
}

// A Step is one transaction of a job. What it says of progress, checkpoint and
// result is committed with what it writes, or not at all.
type Step struct {
	*store.Tx
	Progress
	Checkpoint any // nil: as before
	Result     any // so far; nil: as before
}

// Commit does one step in a transaction of its own. A step that has begun is
// finished even when ctx ends meanwhile. An error of change takes all back.
func (r *Run) Commit(ctx context.Context, change func(*Step) error) (seq uint64, err error) {
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	var next store.Job
	seq, err = r.runner.config.Store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		j, err := tx.Job(r.job.Number) // as it is: somebody may have asked it to end
		if err != nil {
			return err
		}
		step := Step{Tx: tx, Progress: Progress{j.Stage, j.Done, j.Total}}
		if err := change(&step); err != nil {
			return err
		}
		j.Stage, j.Done, j.Total = step.Stage, step.Done, step.Total
		if err := errors.Join(keep(step.Checkpoint, &j.Checkpoint), keep(step.Result, &j.Result)); err != nil {
			return err
		}
		j.Starts = 0
		next = j
		return tx.PutJob(j)
	})
	if err != nil {
		return 0, err
	}
	r.committed(next)
	return seq, nil
}

// keep puts a value into a job as JSON; nil leaves what is there.
func keep(value any, into *json.RawMessage) error {
	if value == nil {
		return nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("job: %w", err)
	}
	*into = raw
	return nil
}

// Tell shows progress that is not worth a transaction: reading, waiting. It
// costs well under a microsecond.
func (r *Run) Tell(p Progress) {
	r.mu.Lock()
	r.count(p)
	r.ahead = true
	r.mu.Unlock()
	r.runner.tell()
}

func (r *Run) committed(j store.Job) {
	r.mu.Lock()
	r.count(Progress{j.Stage, j.Done, j.Total})
	r.job, r.ahead = j, false
	r.mu.Unlock()
	r.runner.tell()
}

// count begins anew to measure the speed with each stage.
func (r *Run) count(p Progress) {
	if p.Stage != r.shown.Stage || p.Done < r.first {
		r.first, r.since = p.Done, r.runner.config.Clock()
	}
	r.shown = p
}

// start marks the job as running. One that was to be cancelled when an earlier
// process ended is cancelled now.
func (r *Run) start(ctx context.Context) (started bool, err error) {
	next := r.job
	_, err = r.runner.config.Store.Update(ctx, func(tx *store.Tx) error {
		if next, err = tx.Job(r.job.Number); err != nil {
			return err
		}
		now := r.runner.config.Clock().UnixMilli()
		switch {
		case Ended(next.State):
			return nil
		case next.Cancel:
			next.State, next.EndedAt = Cancelled, now
		case next.Starts == maxStarts:
			next.EndedAt = now
			r.runner.fail(ctx, &next, ErrDeadly)
		default:
			next.State = Running
			next.Starts++
			if next.StartedAt == 0 {
				next.StartedAt = now
			}
			started = true
		}
		return tx.PutJob(next)
	})
	if err != nil {
		return false, err
	}
	r.mu.Lock()
	r.job, r.shown = next, Progress{next.Stage, next.Done, next.Total}
	r.first, r.since = next.Done, r.runner.config.Clock()
	r.mu.Unlock()
	r.runner.tell()
	return started, nil
}

// maxStarts is how many processes in a row may end without order in the midst of a
// job that gets no further. A job that kills its process would else do so at
// every start, and nobody could use the register.
const maxStarts = 5

// ErrDeadly is why a job failed that maxStarts processes have ended with.
var ErrDeadly = errors.New("job: the process ended each time that it was run")

// leave keeps that the process ended in order, and not by the job.
func (r *Run) leave(ctx context.Context) error {
	_, err := r.runner.config.Store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		j, err := tx.Job(r.job.Number)
		if err != nil || j.Starts == 0 {
			return err
		}
		j.Starts = 0
		return tx.PutJob(j)
	})
	return err
}

// fail makes a job a failed one.
func (r *Runner) fail(ctx context.Context, j *store.Job, failure error) {
	code, why := r.config.Explain(failure)
	j.State, j.Error = Failed, &store.JobError{Code: code, JA: why.JA, EN: why.EN}
	r.config.Log.WarnContext(ctx, "a job failed", "job", j.Number, "kind", j.Kind, "code", code)
}

// do calls the Kind. Its panic is a failed job, not a dead process.
func (r *Run) do(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.runner.config.Log.ErrorContext(ctx, "panic", "job", r.job.Number, "what", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = errors.New("job: panic")
		}
	}()
	return r.runner.config.Kinds[r.job.Kind].Do(ctx, r)
}

// end keeps how the job ended.
func (r *Run) end(ctx context.Context, failure error) error {
	cancelled := failure != nil && errors.Is(context.Cause(ctx), errCancelled)
	_, err := r.runner.config.Store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		j, err := tx.Job(r.job.Number)
		if err != nil {
			return err
		}
		j.EndedAt = r.runner.config.Clock().UnixMilli()
		switch {
		case cancelled:
			j.State = Cancelled
		case failure != nil:
			r.runner.fail(ctx, &j, failure)
		default:
			j.State = Done
		}
		return tx.PutJob(j)
	})
	return err
}
