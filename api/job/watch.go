package job

import (
	"time"

	"meibo/store"
)

// Changed is closed when a job comes, goes on or ends. Whoever watches takes it
// before looking, so that nothing is missed, and pauses between two looks as
// long as it likes: however often a job changes, it costs the job nothing.
func (r *Runner) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.changed
}

// tell wakes who watches.
func (r *Runner) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// Live is a job of the store as it is at this moment, which may be further than
// the store has it, and about how long its stage will still take; 0 when nobody
// knows.
func (r *Runner) Live(j store.Job) (now store.Job, left time.Duration) {
	run := r.runOf(j.Number)
	if run == nil || j.State != Running {
		return j, 0
	}
	return run.live(j)
}

func (r *Run) live(j store.Job) (store.Job, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ahead && (r.shown.Stage != j.Stage || r.shown.Done > j.Done) {
		j.Stage, j.Done, j.Total = r.shown.Stage, r.shown.Done, r.shown.Total
	}
	if j.Stage != r.shown.Stage {
		return j, 0 // a stage began this moment
	}
	done, spent := j.Done-r.first, r.runner.config.Clock().Sub(r.since)
	if done <= 0 || j.Total <= j.Done {
		return j, 0
	}
	return j, time.Duration(float64(spent) * float64(j.Total-j.Done) / float64(done))
}
