package service

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"meibo/index"
)

// A checkedPin fails the test when it is asked after its release.
type checkedPin struct {
	index.Snapshot
	t        *testing.T
	seq      uint64
	open     *atomic.Int64
	released atomic.Bool
}

func (p *checkedPin) Position() index.Position { return index.Position{Seq: p.seq} }

func (p *checkedPin) Search(context.Context, index.Query) (index.Page, error) {
	if p.released.Load() {
		p.t.Error("asked after its release")
	}
	return index.Page{}, nil
}

func (p *checkedPin) Release() {
	if p.released.Swap(true) {
		p.t.Error("released twice")
	}
	p.open.Add(-1)
}

// Many search, jump and let the timer run at once; run it with -race.
func TestHeldStatesAreSafeForConcurrentUse(t *testing.T) {
	var now, seq, open atomic.Int64
	var ticking sync.Mutex
	after := func(_ time.Duration, tick func()) func() bool {
		return time.AfterFunc(time.Millisecond, func() {
			ticking.Lock()
			defer ticking.Unlock()
			tick()
		}).Stop
	}
	s := newHeld(func() time.Time { return time.Unix(0, now.Load()) }, after,
		func() string { return "one" })
	var users sync.WaitGroup
	for user := range 8 {
		users.Go(func() {
			for range 2000 {
				at := uint64(seq.Load())
				if user == 0 {
					at = uint64(seq.Add(1))
					now.Add(int64(time.Second))
				}
				open.Add(1)
				snap := s.keep(&checkedPin{t: t, seq: at, open: &open}, "one", false)
				_, _ = snap.Search(t.Context(), index.Query{})
				if again, ok := s.find(at - uint64(user)); ok {
					_, _ = again.Search(t.Context(), index.Query{})
					again.Release()
				}
				snap.Release()
			}
		})
	}
	users.Wait()
	if n := s.len(); n > maxHeld {
		t.Errorf("%d are held", n)
	}
	s.close()
	ticking.Lock() // a tick may have been under way
	defer ticking.Unlock()
	if n := open.Load(); n != 0 {
		t.Errorf("%d snapshots stay open", n)
	}
}
