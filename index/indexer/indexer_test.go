package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/index"
	"meibo/index/indexer"
)

func TestFollows(t *testing.T) {
	r := newRig(t)
	r.start()
	r.want() // nothing is complete too
	r.source.put("a", "b")
	r.want()
	r.source.put("a")
	r.source.delete("b")
	r.want()
	if s := r.x.Status(); s.State != indexer.StateReady || s.Applied != 4 || s.Committed != 4 || s.Generation != "gen-000001" || s.Err != nil || s.Stale {
		t.Errorf("%+v", s)
	}
	if r.x.Persisted() != 4 {
		t.Errorf("persisted %d", r.x.Persisted())
	}
}

// The process dies after the commit and before the index has it.
func TestResumesWhereItWas(t *testing.T) {
	r := newRig(t)
	r.source.put("a", "b", "c")
	r.start()
	r.want()
	r.disk.set(func() { r.disk.hook = func(index.Batch) error { return errors.New("dies here") } })
	r.source.put("d")
	r.source.delete("a")
	r.eventually("the batch fails", func() bool { return r.x.Status().Err != nil })
	r.stop()
	r.disk.set(func() { r.disk.hook = nil })
	r.start()
	r.want()
	if n := len(r.disk.backends); n != 1 {
		t.Errorf("%d generations were built", n)
	}
	if n := r.disk.backends[0].upserts; n != 4 {
		t.Errorf("%d records were applied; 3 before and 1 after are enough", n)
	}
}

func TestRebuilds(t *testing.T) {
	tests := []struct {
		name   string
		spoil  func(r *rig)
		broken bool // the old one is set aside
	}{
		{"the folder is gone", func(r *rig) { r.must(os.RemoveAll(r.dir)) }, false},
		{"the generation is gone", func(r *rig) { r.must(os.RemoveAll(filepath.Join(r.dir, "gen-000001"))) }, false},
		{"CURRENT is gone", func(r *rig) { r.must(os.Remove(filepath.Join(r.dir, "CURRENT"))) }, false},
		{"CURRENT is nonsense", func(r *rig) { r.must(os.WriteFile(filepath.Join(r.dir, "CURRENT"), []byte("../.."), 0o600)) }, false},
		{"another epoch", func(r *rig) { r.source.epoch = "e2" }, true},
		{"ahead of the store", func(r *rig) { r.source.change(func() { r.source.log = r.source.log[:1] }) }, true},
		{"damaged", func(r *rig) {
			r.must(os.WriteFile(filepath.Join(r.dir, "gen-000001", "backend"), []byte("junk"), 0o600))
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t)
			r.source.put("a", "b", "c")
			r.start()
			r.want()
			r.stop()
			test.spoil(r)
			r.start()
			r.want()
			r.source.put("d")
			r.want()
			if n := len(r.disk.backends); n != 2 {
				t.Errorf("%d generations were built in all", n)
			}
			if got := slices.Contains(r.folders(), "gen-000001.broken"); got != test.broken {
				t.Errorf("the folder holds %v", r.folders())
			}
			if got := len(r.folders()); got > 3 {
				t.Errorf("the folder holds %v", r.folders())
			}
			r.stop()
			r.start() // and is found again
			r.want()
			if n := len(r.disk.backends); n != 2 {
				t.Errorf("%d generations were built in all", n)
			}
		})
	}
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// Only the last damaged generation is kept.
func TestOneBrokenGenerationIsKept(t *testing.T) {
	r := newRig(t)
	for i := range 4 {
		r.source.epoch = fmt.Sprint("e", i)
		r.source.put("a")
		r.start()
		r.want()
		r.stop()
	}
	if got := r.folders(); !slices.Equal(got, []string{"CURRENT", "gen-000003.broken", "gen-000004"}) {
		t.Errorf("the folder holds %v", got)
	}
}

// An unfinished build is not taken for an index.
func TestDiesWhileRebuilding(t *testing.T) {
	r := newRig(t)
	r.source.put("a", "b", "c")
	r.source.scanned = func(n int) error {
		if n == 2 {
			return errors.New("dies here")
		}
		return nil
	}
	r.start()
	r.eventually("the build fails", func() bool { return r.x.Status().State == indexer.StateFailed })
	_, err := r.x.Snapshot(r.patience(), 0)
	if !errors.Is(err, indexer.ErrRebuilding) {
		t.Errorf("a snapshot of nothing complete: %v", err)
	}
	if r.x.Persisted() != 0 {
		t.Errorf("persisted %d", r.x.Persisted())
	}
	r.stop()
	r.must(os.MkdirAll(filepath.Join(r.dir, "gen-000077"), 0o700)) // as a kill leaves it
	r.source.change(func() { r.source.scanned = nil })
	r.start()
	r.want()
	if got := r.folders(); len(got) != 2 || slices.Contains(got, "gen-000077") {
		t.Errorf("the folder holds %v", got)
	}
}

// Damage noticed by a batch, by pinning and by a search has the index rebuilt.
func TestDamageWhileRunning(t *testing.T) {
	spoil := map[string]func(r *rig){
		"a batch": func(r *rig) {
			once := sync.Once{}
			r.disk.set(func() {
				r.disk.hook = func(index.Batch) (err error) {
					once.Do(func() { err = fmt.Errorf("page 7: %w", index.ErrDamaged) })
					return err
				}
			})
			r.source.put("x")
		},
		"pinning": func(r *rig) {
			r.disk.set(func() { r.disk.snapshot = index.ErrDamaged })
			if _, err := r.x.Snapshot(r.patience(), 0); !errors.Is(err, indexer.ErrRebuilding) {
				r.Errorf("a damaged index: %v", err)
			}
			r.disk.set(func() { r.disk.snapshot = nil })
		},
		"a search": func(r *rig) {
			s, err := r.x.Snapshot(r.patience(), 0)
			r.must(err)
			defer s.Release()
			r.disk.set(func() { r.disk.answer = index.ErrDamaged })
			if _, err := s.Count(r.patience(), expr.Everyone()); !errors.Is(err, index.ErrDamaged) {
				r.Errorf("a damaged index: %v", err)
			}
			r.disk.set(func() { r.disk.answer = nil })
		},
	}
	for name, spoil := range spoil {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.source.put("a", "b")
			r.start()
			r.want()
			spoil(r)
			r.eventually("it is replaced", func() bool { return r.x.Status().Generation == "gen-000002" })
			r.want()
			r.eventually("the old one is set aside", func() bool { return slices.Contains(r.folders(), "gen-000001.broken") })
			if s := r.x.Status(); s.State != indexer.StateReady || s.Err != nil {
				t.Errorf("%+v", s)
			}
		})
	}
}

// Between damage and the new index being complete, a restart must not take the
// damaged one up again.
func TestDamageIsRememberedOverARestart(t *testing.T) {
	r := newRig(t)
	r.source.put("a")
	r.start()
	r.want()
	r.disk.set(func() { r.disk.open, r.disk.snapshot = errors.New("disk full"), index.ErrDamaged })
	if _, err := r.x.Snapshot(r.patience(), 0); !errors.Is(err, indexer.ErrRebuilding) {
		t.Errorf("a damaged index: %v", err)
	}
	r.eventually("the build fails", func() bool { return r.x.Status().State == indexer.StateFailed })
	r.stop()
	r.disk.set(func() { r.disk.open, r.disk.snapshot = nil, nil })
	r.start()
	r.want()
	if s := r.x.Status(); s.Generation == "gen-000001" || len(r.disk.backends) != 2 {
		t.Errorf("%+v, %d generations", s, len(r.disk.backends))
	}
}

// The log was trimmed past the index: it goes on answering, as of then, until
// the new one is complete.
func TestTrimmed(t *testing.T) {
	r := newRig(t)
	r.source.put("a", "b")
	r.start()
	r.want()
	r.stop()
	building := make(chan struct{})
	r.source.put("c", "d")
	r.source.change(func() {
		r.source.trimmed = 3
		r.source.scanned = func(int) error { <-building; return nil }
	})
	r.start()
	r.eventually("it is stale", func() bool { return r.x.Status().Stale })
	if s := r.x.Status(); s.Applied != 2 || s.Generation != "gen-000001" || s.State == indexer.StateReady {
		t.Errorf("%+v", s)
	}
	r.eventually("it rebuilds", func() bool { s := r.x.Status(); return s.Total == 4 })
	if r.x.Persisted() != 2 {
		t.Errorf("persisted %d", r.x.Persisted())
	}
	old, err := r.x.Snapshot(r.patience(), 2)
	r.must(err)
	if old.Total() != 2 {
		t.Errorf("the old one has %d customers", old.Total())
	}
	soon, cancel := context.WithTimeout(r.patience(), 20*time.Millisecond)
	defer cancel()
	var behind *indexer.BehindError
	if _, err := r.x.Snapshot(soon, 3); !errors.As(err, &behind) || behind.Applied != 2 || behind.Wanted != 3 {
		t.Errorf("what the old one does not know: %v", err)
	}
	close(building)
	r.want()
	// The old one answers as long as it is held, then its folder goes.
	if n, err := old.Count(r.patience(), expr.Everyone()); n != 2 || err != nil {
		t.Errorf("the old snapshot counts %d, %v", n, err)
	}
	if !slices.Contains(r.folders(), "gen-000001") {
		t.Error("the old one is deleted under its snapshot")
	}
	old.Release()
	old.Release() // harmless
	r.eventually("the old one is deleted", func() bool { return !slices.Contains(r.folders(), "gen-000001") })
	r.want()
}

func TestSnapshotWaits(t *testing.T) {
	r := newRig(t)
	r.start()
	r.ready()
	var unknown *indexer.UnknownSeqError
	if _, err := r.x.Snapshot(r.patience(), 1); !errors.As(err, &unknown) || unknown.Wanted != 1 || unknown.Committed != 0 {
		t.Errorf("a seq that was never given: %v", err)
	}
	gate := make(chan struct{})
	r.disk.set(func() { r.disk.hook = func(index.Batch) error { <-gate; return nil } })
	seq := r.source.put("a")
	soon, cancel := context.WithTimeout(r.patience(), 10*time.Millisecond)
	defer cancel()
	_, err := r.x.Snapshot(soon, seq)
	var behind *indexer.BehindError
	if !errors.Is(err, indexer.ErrBehind) || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &behind) || behind.Wanted != 1 || behind.Applied != 0 {
		t.Errorf("not applied in time: %v", err)
	}
	before, err := r.x.Snapshot(r.patience(), 0) // does not wait
	r.must(err)
	defer before.Release()
	var waiting sync.WaitGroup
	for range 4 {
		waiting.Go(func() {
			s, err := r.x.Snapshot(r.patience(), seq)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Release()
			if s.Total() != 1 {
				t.Errorf("%d customers after waiting", s.Total())
			}
		})
	}
	close(gate)
	waiting.Wait()
	if before.Total() != 0 {
		t.Error("a pinned state changed")
	}
}

// What fails is tried again, less and less often, and searching goes on.
func TestRetries(t *testing.T) {
	r := newRig(t)
	r.source.put("a")
	r.start()
	r.want()
	tries := 0
	r.disk.set(func() {
		r.disk.hook = func(index.Batch) error {
			if tries++; tries < 6 {
				return errors.New("disk full")
			}
			return nil
		}
	})
	start := time.Now()
	r.source.put("b")
	r.eventually("it says so", func() bool {
		s := r.x.Status()
		return s.State == indexer.StateFailed && s.Err != nil || s.Applied == 2
	})
	r.want()
	if took := time.Since(start); took < 15*time.Millisecond { // 1+2+4+4+4
		t.Errorf("six attempts in %v", took)
	}
	if len(r.disk.backends) != 1 {
		t.Error("it was built anew")
	}
	r.eventually("all is well", func() bool { return r.x.Status().State == indexer.StateReady })

	r.source.change(func() { r.source.fault = errors.New("unreadable") })
	r.eventually("the source's fault is told", func() bool { return r.x.Status().State == indexer.StateFailed })
	s, err := r.x.Snapshot(r.patience(), 2)
	r.must(err)
	s.Release()
	r.source.change(func() { r.source.fault = nil })
	r.source.put("c")
	r.want()
}

// A backend that cannot write any more is opened again, not built anew, however
// often it takes, and once nobody reads from it.
func TestBrokenIsOpenedAgain(t *testing.T) {
	r := newRig(t)
	r.source.put("a", "b")
	r.start()
	r.want()
	before, err := r.x.Snapshot(r.patience(), 0)
	r.must(err)
	tries := 0
	r.disk.set(func() {
		r.disk.hook = func(index.Batch) error {
			if tries++; tries < 4 {
				return fmt.Errorf("disk full: %w", index.ErrBroken)
			}
			return nil
		}
	})
	r.source.put("c")
	r.eventually("it says so", func() bool { return r.x.Status().State == indexer.StateFailed })
	if n, err := before.Count(t.Context(), expr.Everyone()); n != 2 || err != nil {
		t.Errorf("a pinned state has %d customers, %v", n, err)
	}
	before.Release()
	r.eventually("it has caught up", func() bool { s := r.x.Status(); return s.Applied == 3 && s.State == indexer.StateReady })
	r.want()
	if tries != 4 || len(r.disk.backends) != 1 {
		t.Errorf("%d tries, %d backends: it was built anew", tries, len(r.disk.backends))
	}
}

// An index that does not open for a reason that is not its own stays.
func TestOpensLater(t *testing.T) {
	r := newRig(t)
	r.source.put("a")
	r.start()
	r.want()
	r.must(r.x.Close())
	r.disk.set(func() { r.disk.open = errors.New("too many open files") })
	r.start()
	r.eventually("it says so", func() bool { s := r.x.Status(); return s.State == indexer.StateFailed && s.Applied == 0 })
	r.disk.set(func() { r.disk.open = nil })
	r.eventually("it opens", func() bool { return r.x.Status().State == indexer.StateReady })
	r.want()
	if len(r.disk.backends) != 1 {
		t.Error("it was built anew")
	}
}

func TestClose(t *testing.T) {
	r := newRig(t)
	r.source.put("a")
	r.start()
	r.want()
	held, err := r.x.Snapshot(r.patience(), 0)
	r.must(err)
	closed := make(chan error, 1)
	go func() { closed <- r.x.Close() }()
	r.eventually("no snapshots are given", func() bool {
		s, err := r.x.Snapshot(r.patience(), 0)
		if err == nil {
			s.Release()
		}
		return errors.Is(err, index.ErrClosed)
	})
	select {
	case err := <-closed:
		t.Errorf("closed under a snapshot: %v", err)
	case <-time.After(10 * time.Millisecond):
	}
	if n, err := held.Count(r.patience(), expr.Everyone()); n != 1 || err != nil {
		t.Errorf("the held snapshot counts %d, %v", n, err)
	}
	held.Release()
	r.must(<-closed)
	if !r.disk.backends[0].closed {
		t.Error("the backend is open")
	}
	if err := r.x.Ready(r.patience()); !errors.Is(err, index.ErrClosed) {
		t.Errorf("Ready of a closed one: %v", err)
	}
	r.stop() // harmless
}

// Searches go on while writes come and the index is damaged again and again:
// nobody is given a state that is incomplete or older than asked for.
func TestSearchesDuringEverything(t *testing.T) {
	r := newRig(t)
	for i := range 50 {
		r.source.put(fmt.Sprint("c", i))
	}
	r.start()
	r.ready()
	ctx, stop := context.WithCancel(context.Background())
	defer stop() // also when a wait below gives up
	var all sync.WaitGroup
	answered := make([]atomic.Int64, 4)
	for i := range answered {
		all.Go(func() {
			for ctx.Err() == nil {
				s, err := r.x.Snapshot(r.patience(), r.source.Seq())
				switch {
				case errors.Is(err, indexer.ErrRebuilding):
					time.Sleep(time.Millisecond)
					continue
				case err != nil:
					t.Error(err)
					return
				}
				n, err := s.Count(context.Background(), expr.Everyone())
				if err == nil && n != 50 || err != nil && !errors.Is(err, index.ErrDamaged) {
					t.Errorf("%d customers, %v", n, err)
				}
				s.Release()
				answered[i].Add(1)
			}
		})
	}
	for i := range 60 {
		r.source.put(fmt.Sprint("c", i%50))
		if i%15 == 7 {
			r.disk.set(func() { r.disk.answer = index.ErrDamaged })
			generation := r.x.Status().Generation
			r.eventually("it is replaced", func() bool { return r.x.Status().Generation != generation })
			r.disk.set(func() { r.disk.answer = nil })
		}
	}
	// After the damage everybody gets answers again, however busy the machine.
	for i := range answered {
		before := answered[i].Load()
		r.eventually("everybody is answered", func() bool { return answered[i].Load() > before })
	}
	stop()
	all.Wait()
	r.want()
}

// Figures are those of the index in use, and asking for them leaves it as it is.
func TestFigures(t *testing.T) {
	r := newRig(t)
	r.source.put("a", "b", "c")
	r.start()
	r.want()
	for range 3 {
		if got := r.x.Figures(); len(got) != 1 || got[0].Name != "upserts_total" || got[0].Value != 3 {
			t.Errorf("%+v", got)
		}
	}
	r.stop()
	if got := r.x.Figures(); got != nil {
		t.Errorf("of a closed index: %+v", got)
	}
}
