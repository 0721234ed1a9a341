package job

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"meibo/store"
)

const steps = 5

// Whatever the step after which the process is killed, a start afterwards ends
// in the state of a run without the kill, and nothing is done twice.
func TestAKilledJobGoesOnWhereItsLastCommitStood(t *testing.T) {
	dir, copies := t.TempDir(), t.TempDir()
	whole := newRig(t, dir, map[string]Kind{"count": {Lane: LaneWrite, Do: counting(func(_ context.Context, _ *Run, next int) error {
		return copyStore(dir, at(copies, next))
	})}})
	number := whole.add("count", count{Upto: steps})
	if err := copyStore(dir, at(copies, 0)); err != nil {
		t.Fatal(err)
	}
	whole.Start()
	want := whole.wait(number, Done)
	if got := whole.counted(number); !slices.Equal(got, upTo(steps)) || string(want.Result) != `{"counted":5}` || want.Done != steps || want.EndedAt == 0 {
		t.Fatalf("%v %+v", got, want)
	}
	for killed := range steps + 1 {
		r := newRig(t, at(copies, killed), map[string]Kind{"count": {Lane: LaneWrite, Do: counting(nil)}})
		if got := r.counted(number); !slices.Equal(got, upTo(killed)) {
			t.Fatalf("killed after %d: the copy has %v", killed, got)
		}
		r.Start()
		j := r.wait(number, Done)
		if got := r.counted(number); !slices.Equal(got, upTo(steps)) || string(j.Result) != string(want.Result) || j.Done != want.Done || j.Total != want.Total {
			t.Errorf("killed after %d: %v %+v", killed, got, j)
		}
	}
}

// Stop ends a job after its step, whose work is kept; the next start goes on.
func TestStopKeepsTheStepUnderWay(t *testing.T) {
	inStep := make(chan struct{})
	stepping := func(ctx context.Context, r *Run) error {
		_, err := r.Commit(ctx, func(s *Step) error {
			close(inStep)
			<-ctx.Done() // until Stop has asked for the end
			s.Done, s.Checkpoint = 1, countPlace{1}
			return s.Audit(store.AuditEntry{Action: "counted", Key: "0", Job: r.Job().Number})
		})
		if err != nil {
			return err
		}
		_, err = r.Commit(ctx, func(*Step) error { return errors.New("a step after the end was asked for") })
		return err
	}
	r := newRig(t, t.TempDir(), map[string]Kind{"count": {Lane: LaneWrite, Do: stepping}})
	number, waiting := r.add("count", count{Upto: 2}), r.add("count", count{Upto: 1})
	r.Start()
	<-inStep
	r.Stop()
	if j := r.job(number); j.State != Running || j.Done != 1 || j.EndedAt != 0 || j.Error != nil {
		t.Fatalf("%+v", j)
	}
	if j := r.job(waiting); j.State != Queued {
		t.Fatalf("%+v", j)
	}
	r = r.restarted(map[string]Kind{"count": {Lane: LaneWrite, Do: counting(nil)}})
	r.Start()
	r.wait(number, Done)
	r.wait(waiting, Done)
	if got := r.counted(number); !slices.Equal(got, upTo(2)) {
		t.Errorf("%v", got)
	}
}

func TestStartAndStopMayBeRepeated(t *testing.T) {
	r := newRig(t, t.TempDir(), map[string]Kind{"count": {Lane: LaneWrite, Do: counting(nil)}})
	r.Stop()
	number := r.add("count", count{Upto: 1})
	r.Start()
	r.Start()
	r.wait(number, Done)
	r.Stop()
	r.Stop()
	number = r.add("count", count{Upto: 1})
	r.Start()
	r.wait(number, Done)
}

// A lane runs one job at a time, the oldest first; the other lane runs beside it.
func TestLanesRunBesideEachOther(t *testing.T) {
	release, began := make(chan struct{}), make(chan uint64, 10)
	held := func(ctx context.Context, r *Run) error {
		began <- r.Job().Number
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	r := newRig(t, t.TempDir(), map[string]Kind{"write": {Lane: LaneWrite, Do: held}, "read": {Lane: LaneRead, Do: held}})
	w1, w2, read := r.add("write", nil), r.add("write", nil), r.add("read", nil)
	r.Start()
	running := []uint64{<-began, <-began}
	slices.Sort(running)
	if !slices.Equal(running, []uint64{w1, read}) {
		t.Fatalf("running: %v", running)
	}
	if j := r.job(w2); j.State != Queued {
		t.Errorf("%+v", j)
	}
	close(release)
	for _, number := range []uint64{w1, w2, read} {
		r.wait(number, Done)
	}
	if next := <-began; next != w2 {
		t.Errorf("then %d", next)
	}
}

func TestCancel(t *testing.T) {
	began := make(chan struct{}, 1)
	untilCancelled := counting(func(ctx context.Context, _ *Run, next int) error {
		if next == 2 {
			began <- struct{}{}
			<-ctx.Done()
		}
		return nil
	})
	r := newRig(t, t.TempDir(), map[string]Kind{"count": {Lane: LaneWrite, Do: untilCancelled}})
	running, queued, after := r.add("count", count{Upto: 3}), r.add("count", count{Upto: 1}), r.add("count", count{Upto: 1})
	cancel := func(number uint64) {
		t.Helper()
		if err := r.Cancel(t.Context(), number); err != nil {
			t.Fatal(err)
		}
	}
	r.Start()
	<-began
	cancel(queued)
	if j := r.job(queued); j.State != Cancelled || j.EndedAt == 0 || j.StartedAt != 0 {
		t.Errorf("queued: %+v", j)
	}
	cancel(running)
	if j := r.wait(running, Cancelled); j.EndedAt == 0 || j.Done != 2 || j.Error != nil {
		t.Errorf("running: %+v", j)
	}
	if got := r.counted(running); !slices.Equal(got, upTo(2)) {
		t.Errorf("what was done stays: %v", got)
	}
	ended := r.wait(after, Done)
	cancel(after)
	if j := r.job(after); j.State != Done || j.EndedAt != ended.EndedAt || j.Cancel {
		t.Errorf("ended: %+v", j)
	}
	if err := r.Cancel(t.Context(), 99); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
}

// What an earlier process left running can be cancelled before it goes on, also
// where that process was asked to and did not come to it.
func TestCancelBeforeGoingOn(t *testing.T) {
	r := newRig(t, t.TempDir(), map[string]Kind{"count": {Lane: LaneWrite, Do: counting(nil)}})
	left, asked, neither := r.add("count", count{Upto: 1}), r.add("count", count{Upto: 1}), r.add("count", count{Upto: 1})
	for number, cancel := range map[uint64]bool{left: false, asked: true, neither: false} {
		j := r.job(number)
		j.State, j.StartedAt, j.Cancel = Running, 1, cancel
		r.update(func(tx *store.Tx) error { return tx.PutJob(j) })
	}
	if err := r.Cancel(t.Context(), left); err != nil {
		t.Fatal(err)
	}
	if j := r.job(left); j.State != Cancelled {
		t.Errorf("%+v", j)
	}
	r.Start()
	r.wait(asked, Cancelled)
	r.wait(neither, Done)
	if got := slices.Concat(r.counted(left), r.counted(asked)); len(got) != 0 {
		t.Errorf("cancelled jobs did %v", got)
	}
}

// Cancels at any moment: every job ends, and one that was cancelled before it
// began has done nothing.
func TestCancelsThatMeetStarts(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	r := newRig(t, t.TempDir(), map[string]Kind{"w": {Lane: LaneWrite, Do: counting(nil)}, "r": {Lane: LaneRead, Do: counting(nil)}})
	r.Start()
	var numbers []uint64
	var cancels sync.WaitGroup
	var cancelled sync.Map // that had ended when Cancel returned
	for range 60 {
		number := r.add([]string{"w", "r"}[random.IntN(2)], count{Upto: random.IntN(4)})
		numbers = append(numbers, number)
		if random.IntN(3) > 0 {
			cancels.Go(func() {
				if err := r.Cancel(t.Context(), number); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
				if j, err := r.store.Job(number); err == nil && j.State == Cancelled {
					cancelled.Store(number, true)
				}
			})
		}
	}
	cancels.Wait()
	for _, number := range numbers {
		j := r.job(number)
		for !Ended(j.State) {
			changed := r.Changed()
			if j = r.job(number); !Ended(j.State) {
				<-changed
			}
		}
		got := r.counted(number)
		_, stays := cancelled.Load(number)
		bad := stays && j.State != Cancelled || j.State != Done && j.State != Cancelled || j.EndedAt == 0 || j.StartedAt == 0 && len(got) > 0 ||
			int64(len(got)) != j.Done || !slices.Equal(got, upTo(len(got))) || j.State == Done && j.Done != j.Total
		if bad {
			t.Errorf("seed %d: %+v did %v", seed, j, got)
		}
	}
}

// A panic and a refusal are ends of a job, with words, and the lane goes on.
func TestFailures(t *testing.T) {
	r := newRig(t, t.TempDir(), map[string]Kind{
		"panics": {Lane: LaneWrite, Do: func(ctx context.Context, r *Run) error {
			_, err := r.Commit(ctx, func(s *Step) error {
				if err := s.Audit(store.AuditEntry{Action: "counted", Job: r.Job().Number}); err != nil {
					return err
				}
				panic("customer tanaka@x.jp")
			})
			return err
		}},
		"refuses": {Lane: LaneWrite, Do: func(context.Context, *Run) error { return errRefused }},
		"unreadable": {Lane: LaneWrite, Do: func(_ context.Context, r *Run) error {
			var asked struct{ Upto []string }
			return r.Request(&asked)
		}},
		"count": {Lane: LaneWrite, Do: counting(nil)},
	})
	panics, refuses, unreadable, count := r.add("panics", nil), r.add("refuses", nil), r.add("unreadable", count{Upto: 1}), r.add("count", count{Upto: 1})
	r.Start()
	r.wait(count, Done)
	for number, code := range map[uint64]string{panics: "internal", refuses: "refused", unreadable: "internal"} {
		if j := r.wait(number, Failed); j.Error == nil || j.Error.Code != code || j.Error.JA == "" || j.Error.EN == "" || j.EndedAt == 0 {
			t.Errorf("%s: %+v", j.Kind, j)
		}
	}
	if got := r.counted(panics); len(got) != 0 {
		t.Errorf("the step that panicked left %v", got)
	}
	if log := r.log.String(); strings.Contains(log, "tanaka") || !strings.Contains(log, "stack") {
		t.Errorf("log: %s", log)
	}
}

// A step whose change fails is taken back with its progress.
func TestAStepIsWholeOrNotAtAll(t *testing.T) {
	r := newRig(t, t.TempDir(), map[string]Kind{"half": {Lane: LaneWrite, Do: func(ctx context.Context, r *Run) error {
		_, err := r.Commit(ctx, func(s *Step) error {
			s.Done, s.Checkpoint, s.Result = 7, countPlace{7}, "half"
			return errors.Join(s.Audit(store.AuditEntry{Action: "counted", Job: r.Job().Number}), errRefused)
		})
		return err
	}}})
	number := r.add("half", nil)
	r.Start()
	j := r.wait(number, Failed)
	if got := r.counted(number); len(got) != 0 || j.Done != 0 || j.Checkpoint != nil || j.Result != nil {
		t.Errorf("%v %+v", got, j)
	}
}

// A store that takes no writes any more ends the lane's work, not its goroutine's
// life nor the process: Stop returns, and the next process goes on.
func TestAStoreThatTakesNoWrites(t *testing.T) {
	began, closed := make(chan struct{}), make(chan struct{})
	r := newRig(t, t.TempDir(), map[string]Kind{"count": {Lane: LaneWrite, Do: counting(func(context.Context, *Run, int) error {
		close(began)
		<-closed
		return nil
	})}})
	number := r.add("count", count{Upto: 3})
	r.Start()
	<-began
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	close(closed)
	r = r.restarted(map[string]Kind{"count": {Lane: LaneWrite, Do: counting(nil)}})
	if j := r.job(number); j.State != Running || j.Done != 1 {
		t.Fatalf("%+v", j)
	}
	r.Start()
	r.wait(number, Done)
	if got := r.counted(number); !slices.Equal(got, upTo(3)) {
		t.Errorf("%v", got)
	}
}

// A kind that this program does not know waits, does not hold up others, and can
// be cancelled.
func TestUnknownKindsWait(t *testing.T) {
	r := newRig(t, t.TempDir(), map[string]Kind{"count": {Lane: LaneWrite, Do: counting(nil)}})
	unknown, known := r.add("future", nil), r.add("count", count{Upto: 1})
	r.Start()
	r.wait(known, Done)
	if j := r.job(unknown); j.State != Queued {
		t.Errorf("%+v", j)
	}
	if err := r.Cancel(t.Context(), unknown); err != nil || r.job(unknown).State != Cancelled {
		t.Errorf("%v", err)
	}
}

// A job that somebody takes out of the store while it runs ends, and the lane goes on.
func TestAJobThatIsForgottenWhileItRuns(t *testing.T) {
	began, gone := make(chan struct{}), make(chan struct{})
	var once sync.Once
	r := newRig(t, t.TempDir(), map[string]Kind{"count": {Lane: LaneWrite, Do: counting(func(context.Context, *Run, int) error {
		once.Do(func() { close(began) })
		<-gone
		return nil
	})}})
	taken, next := r.add("count", count{Upto: 3}), r.add("count", count{Upto: 1})
	r.Start()
	<-began
	r.update(func(tx *store.Tx) error { return tx.DeleteJob(taken) })
	close(gone)
	r.wait(next, Done)
}

// A job that its process ends with, each time, is given up; one that gets a step
// further each time, or whose process ends in order, is not.
func TestAJobThatKillsItsProcessIsGivenUp(t *testing.T) {
	base, n := t.TempDir(), 0
	process := func(from string, do func(context.Context, *Run) error) *rig {
		return newRig(t, from, map[string]Kind{"count": {Lane: LaneWrite, Do: do}})
	}
	// killed runs a job until a moment within it, and gives what a kill then leaves.
	killed := func(from string, do func(context.Context, *Run) error) (to string) {
		n++
		to = at(base, n)
		reached := make(chan error, 1)
		r := process(from, func(ctx context.Context, run *Run) error {
			if err := do(ctx, run); err != nil {
				return err
			}
			reached <- copyStore(from, to)
			<-ctx.Done()
			return context.Cause(ctx)
		})
		r.Start()
		if err := <-reached; err != nil {
			t.Fatal(err)
		}
		r.end()
		return to
	}
	nothing := func(context.Context, *Run) error { return nil }
	one := func(ctx context.Context, run *Run) error {
		_, err := run.Commit(ctx, func(s *Step) error { s.Done++; return nil })
		return err
	}
	first := process(at(base, 0), nothing)
	number := first.add("count", count{Upto: 1})
	first.end()

	dir := at(base, 0)
	for range 2 * maxStarts {
		dir = killed(dir, one)
	}
	for range maxStarts {
		dir = killed(dir, nothing)
	}
	r := process(dir, nothing)
	r.Start()
	if j := r.wait(number, Failed); j.Error == nil || j.EndedAt == 0 || j.Done != 2*maxStarts {
		t.Errorf("%+v", j)
	}

	orderly := process(at(base, 0), nothing) // whose processes all ended in order: the copies were killed
	if j := orderly.job(number); j.State != Running || j.Starts != 0 {
		t.Errorf("%+v", j)
	}
	orderly.Start()
	orderly.wait(number, Done)
}
