package service

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"meibo/index"
)

// A pin is a snapshot that counts its releases.
type pin struct {
	index.Snapshot
	seq      uint64
	released int
}

func (p *pin) Position() index.Position { return index.Position{Epoch: "e", Seq: p.seq} }
func (p *pin) Release()                 { p.released++ }

// A heldFixture is a held with time in its hands.
type heldFixture struct {
	*held
	t          *testing.T
	now        time.Time
	generation string
	timer      func() // nil while none runs
	pins       []*pin
}

func newHeldFixture(t *testing.T) *heldFixture {
	f := &heldFixture{t: t, now: time.Unix(1_800_000_000, 0), generation: "one"}
	f.held = newHeld(func() time.Time { return f.now }, func(_ time.Duration, tick func()) func() bool {
		if f.timer != nil {
			t.Error("two timers run")
		}
		f.timer = tick
		return func() bool { f.timer = nil; return true }
	}, func() string { return f.generation })
	return f
}

// search is an answer at a seq that names its state.
func (f *heldFixture) search(seq uint64) {
	p := &pin{seq: seq}
	f.pins = append(f.pins, p)
	f.keep(p, f.generation, false).Release()
}

// jump is a request that names a state.
func (f *heldFixture) jump(seq uint64) bool {
	snap, ok := f.find(seq)
	if ok {
		snap.Release()
	}
	return ok
}

func (f *heldFixture) pass(d time.Duration) { f.now = f.now.Add(d) }

func (f *heldFixture) fire() {
	tick := f.timer
	f.timer = nil
	tick()
}

// holds checks which states are held: every other pin was released, once.
func (f *heldFixture) holds(seqs ...uint64) {
	f.t.Helper()
	var held []uint64
	for _, p := range f.pins {
		switch p.released {
		case 0:
			held = append(held, p.seq)
		case 1:
		default:
			f.t.Errorf("seq %d was released %d times", p.seq, p.released)
		}
	}
	slices.Sort(held)
	if got, want := fmt.Sprint(held), fmt.Sprint(seqs); got != want {
		f.t.Errorf("held: %s, want %s", got, want)
	}
	if f.len() != len(seqs) {
		f.t.Errorf("len %d, want %d", f.len(), len(seqs))
	}
}

func TestSearchesAtOneSeqShareOneState(t *testing.T) {
	f := newHeldFixture(t)
	f.search(1)
	f.search(1)
	f.search(1)
	f.holds(1)
	if f.pins[0].released != 0 || !f.jump(1) || f.jump(2) {
		t.Error("the first pin is the one that is held, and no other")
	}
}

func TestAStateIsHeldAMinuteAfterItsLastUse(t *testing.T) {
	f := newHeldFixture(t)
	f.search(1)
	for range 5 {
		f.pass(50 * time.Second)
		if !f.jump(1) {
			t.Fatal("gone while it is used")
		}
	}
	f.search(2)
	f.pass(heldFor)
	f.holds(1, 2)
	f.pass(time.Millisecond)
	if f.jump(1) {
		t.Error("held for more than a minute")
	}
	f.holds()
}

// A stream may take long: its state is used until it ends.
func TestAStateInUseDoesNotEnd(t *testing.T) {
	f := newHeldFixture(t)
	f.search(1)
	snap, ok := f.find(1)
	f.pass(time.Hour)
	f.sweep()
	f.holds(1)
	if snap.Release(); !ok || !f.jump(1) {
		t.Error("gone with its use")
	}
}

func TestTheTimerLetsGoAndStops(t *testing.T) {
	f := newHeldFixture(t)
	f.search(1)
	f.pass(30 * time.Second)
	f.fire()
	f.holds(1)
	if f.timer == nil {
		t.Fatal("the timer stopped while a state is held")
	}
	f.pass(31 * time.Second)
	f.fire()
	f.holds()
	if f.timer != nil {
		t.Error("the timer runs for nothing")
	}
	f.search(2)
	if f.timer == nil {
		t.Error("the timer was not started again")
	}
}

func TestUnderWritesTheStatesThatNobodyNamedGoFirst(t *testing.T) {
	f := newHeldFixture(t)
	f.search(1)
	f.jump(1)
	for seq := uint64(2); seq <= 100; seq++ {
		f.pass(100 * time.Millisecond)
		f.search(seq)
		if f.len() > maxHeld {
			t.Fatalf("%d are held", f.len())
		}
	}
	f.holds(1, 94, 95, 96, 97, 98, 99, 100)
	for seq := uint64(94); seq <= 100; seq++ {
		f.jump(seq)
	}
	f.jump(1)
	// All are named now: the least recently named ones make room for two at least.
	f.search(101)
	f.search(102)
	f.search(103)
	f.holds(1, 96, 97, 98, 99, 100, 102, 103)
	if f.jump(94) || !f.jump(103) {
		t.Error("94 is gone, 103 is there")
	}
}

func TestAStateThatIsDroppedInUseGoesWithItsLastUser(t *testing.T) {
	f := newHeldFixture(t)
	f.search(1)
	one, _ := f.find(1)
	two, _ := f.find(1)
	f.close()
	f.close()
	if one.Release(); f.pins[0].released != 0 {
		t.Fatal("released under its second user")
	}
	if two.Release(); f.pins[0].released != 1 || f.timer != nil {
		t.Errorf("released %d times, timer %v", f.pins[0].released, f.timer != nil)
	}
	f.search(2) // goes on, and holds nothing
	f.holds()
}

// An index that is to be opened again, or was replaced, waits for its
// snapshots; they may not be found again either.
func TestStatesOfAnIndexOutOfUseGo(t *testing.T) {
	f := newHeldFixture(t)
	f.search(1)
	f.generation = ""
	f.fire()
	f.holds()
	f.generation = "two"
	f.search(1)
	f.generation = "three"
	if f.jump(1) {
		t.Error("the state of another index is found")
	}
	late := &pin{seq: 2} // taken while the index changed
	f.pins = append(f.pins, late)
	f.keep(late, "two", false).Release()
	f.holds()
}

func TestRandomUseHoldsWithinBounds(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	f := newHeldFixture(t)
	var users []index.Snapshot
	for step := range 20_000 {
		seq := uint64(step/7 + random.IntN(4))
		switch random.IntN(6) {
		case 0, 1:
			p := &pin{seq: seq}
			f.pins = append(f.pins, p)
			users = append(users, f.keep(p, f.generation, random.IntN(3) == 0))
		case 2:
			if snap, ok := f.find(seq - uint64(random.IntN(8))); ok {
				users = append(users, snap)
			}
		case 3, 4:
			if len(users) > 0 {
				i := random.IntN(len(users))
				users[i].Release()
				users = slices.Delete(users, i, i+1)
			}
		case 5:
			f.pass(time.Duration(random.IntN(2000)) * time.Millisecond)
			if f.timer != nil && random.IntN(3) == 0 {
				f.fire()
			}
		}
		if f.len() > maxHeld {
			t.Fatalf("step %d: %d are held", step, f.len())
		}
	}
	for _, u := range users {
		u.Release()
	}
	f.close()
	f.holds()
}
