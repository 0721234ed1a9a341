package job

import (
	"context"
	"testing"
	"time"
)

// What is told shows before it is committed, and never falls behind the store.
func TestLiveIsAheadOfTheStoreAndNeverBehind(t *testing.T) {
	do := make(chan func(context.Context, *Run))
	r := newRig(t, t.TempDir(), map[string]Kind{"told": {Lane: LaneWrite, Do: func(ctx context.Context, run *Run) error {
		for step := range do {
			step(ctx, run)
		}
		return nil
	}}})
	number := r.add("told", nil)
	if j, left := r.Live(r.job(number)); j.State != Queued || left != 0 {
		t.Errorf("waiting: %+v %v", j, left)
	}
	r.Start()
	now := func() (Progress, time.Duration) {
		done := make(chan struct{})
		do <- func(context.Context, *Run) { close(done) } // what was asked before is through
		<-done
		j, left := r.Live(r.job(number))
		return Progress{j.Stage, j.Done, j.Total}, left
	}
	tell := func(p Progress) { do <- func(_ context.Context, run *Run) { run.Tell(p) } }
	commit := func(p Progress) {
		do <- func(ctx context.Context, run *Run) {
			if _, err := run.Commit(ctx, func(s *Step) error { s.Progress = p; return nil }); err != nil {
				t.Error(err)
			}
		}
	}
	for i, step := range []struct {
		way   func(Progress)
		p     Progress
		wait  time.Duration // before it
		shown Progress
		left  time.Duration
	}{
		{tell, Progress{"read", 10, 100}, 0, Progress{"read", 10, 100}, 0},                             // a stage begins: no speed yet
		{tell, Progress{"read", 30, 100}, 2 * time.Second, Progress{"read", 30, 100}, 7 * time.Second}, // 20 in 2 s
		{commit, Progress{"read", 30, 100}, 0, Progress{"read", 30, 100}, 7 * time.Second},
		{commit, Progress{"write", 0, 50}, time.Second, Progress{"write", 0, 50}, 0}, // its speed is its own
		{commit, Progress{"write", 10, 50}, time.Second, Progress{"write", 10, 50}, 4 * time.Second},
		{tell, Progress{"write", 50, 50}, time.Second, Progress{"write", 50, 50}, 0},
		{tell, Progress{"write", 5, 0}, time.Second, Progress{"write", 10, 50}, 12 * time.Second}, // what is committed is done
	} {
		r.clock.add(step.wait)
		step.way(step.p)
		if shown, left := now(); shown != step.shown || left != step.left {
			t.Errorf("step %d: %+v %v, want %+v %v", i, shown, left, step.shown, step.left)
		}
	}
	close(do)
	j := r.wait(number, Done)
	if live, left := r.Live(j); live.Done != j.Done || live.State != Done || left != 0 {
		t.Errorf("ended: %+v %v", live, left)
	}
}

// Who takes Changed before looking misses nothing: each of many looks is woken
// by what came after it.
func TestChangedIsClosedByEveryChange(t *testing.T) {
	r := newRig(t, t.TempDir(), map[string]Kind{"count": {Lane: LaneWrite, Do: counting(nil)}})
	before := r.Changed()
	number := r.add("count", count{Upto: 20})
	<-before
	r.Start()
	r.wait(number, Done) // hangs if a change is missed
	before = r.Changed()
	if err := r.Cancel(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	<-before
}
