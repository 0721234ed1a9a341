package service

import (
	"sync"
	"time"

	"meibo/index"
)

const (
	// heldFor is how long a state is held after its last use.
	heldFor = time.Minute
	// maxHeld bounds the states that are held, in use or not. A held state
	// keeps index files on disk that merges have replaced, and the columns of
	// their rows in memory: after many writes, up to a whole index each.
	maxHeld = 8
	// maxNamed of them are states that somebody has come back to.
	maxNamed = 6
	// heldTick is how soon a state goes that is over or whose index is out of use.
	heldTick = 5 * time.Second
)

// held are the states of the index that answers have named, by seq, so that
// the next request can see the same one. Answers at one seq share one state.
//
// When there are too many, one goes: of those that no request has named so far
// the least recently used; of the named ones only while there are more than
// maxNamed of them. A console names its state at each jump, so under a stream
// of writes, each of which is searched, it keeps what it looks at, while states
// that nobody came back to pass through the other places. The last answers
// always have one, even while six consoles jump.
//
// A state whose index is out of use, because it was rebuilt, is damaged or is
// to be opened again, goes too: that index waits for its snapshots.
//
// A timer runs while something is held; it has no goroutine of its own.
type held struct {
	clock      func() time.Time
	after      func(time.Duration, func()) (stop func() bool)
	generation func() string // names the index in use

	mu     sync.Mutex
	states map[uint64]*hold // by seq: the epoch is the store's for as long as it is open
	uses   uint64
	stop   func() bool // of the timer; nil while there is none
	closed bool
}

// A hold is one held state. Callers release each use of it.
type hold struct {
	index.Snapshot
	in         *held
	generation string

	// Guarded by in.mu.
	named   bool
	users   int
	turn    uint64    // of the last use: larger is later
	last    time.Time // end of the last use
	dropped bool      // its last user releases it
}

func newHeld(clock func() time.Time, after func(time.Duration, func()) (stop func() bool), generation func() string) *held {
	return &held{clock: clock, after: after, generation: generation, states: map[uint64]*hold{}}
}

// afterFunc is time.AfterFunc.
func afterFunc(d time.Duration, f func()) (stop func() bool) { return time.AfterFunc(d, f).Stop }

// keep takes over a snapshot and gives the held one of its seq to use, which
// may be another. generation is the index in use as it was before the snapshot
// was taken: a snapshot that may be of another one is given back as it is.
func (s *held) keep(snap index.Snapshot, generation string, named bool) index.Snapshot {
	current := s.generation()
	s.mu.Lock()
	idle := s.expire(current)
	if s.closed || generation != current {
		s.mu.Unlock()
		releaseAll(idle)
		return snap
	}
	seq := snap.Position().Seq
	h := s.states[seq]
	if h == nil {
		h = &hold{Snapshot: snap, in: s, generation: generation}
		s.states[seq] = h
	} else {
		idle = append(idle, snap)
	}
	s.use(h, named)
	idle = append(idle, s.makeRoom()...)
	if s.stop == nil {
		s.stop = s.after(heldTick, s.tick)
	}
	s.mu.Unlock()
	releaseAll(idle)
	return h
}

// find gives the state of a seq to somebody who names it.
func (s *held) find(seq uint64) (index.Snapshot, bool) {
	generation := s.generation()
	s.mu.Lock()
	idle := s.expire(generation)
	h, ok := s.states[seq]
	if ok {
		s.use(h, true)
	}
	s.mu.Unlock()
	releaseAll(idle)
	return h, ok
}

// sweep lets go of what is over.
func (s *held) sweep() {
	generation := s.generation()
	s.mu.Lock()
	idle := s.expire(generation)
	s.mu.Unlock()
	releaseAll(idle)
}

func (s *held) tick() {
	s.sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop = nil; len(s.states) > 0 {
		s.stop = s.after(heldTick, s.tick)
	}
}

// close lets go of all states; those in use go with their last user. From then
// on nothing is held. It waits for nothing; a second time does nothing.
func (s *held) close() {
	s.mu.Lock()
	s.closed = true
	if s.stop != nil {
		s.stop()
	}
	var idle []index.Snapshot
	for _, h := range s.states {
		idle = s.drop(h, idle)
	}
	s.mu.Unlock()
	releaseAll(idle)
}

func (s *held) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.states)
}

// Release ends one use.
func (h *hold) Release() {
	h.in.mu.Lock()
	h.users--
	h.last = h.in.clock()
	over := h.dropped && h.users == 0
	h.in.mu.Unlock()
	if over {
		h.Snapshot.Release()
	}
}

// The methods below are called with mu held. What they drop while nobody uses
// it they give back, to be released without mu: closing files takes a while.

func (s *held) use(h *hold, named bool) {
	s.uses++
	h.turn, h.users, h.named = s.uses, h.users+1, h.named || named
}

func (s *held) expire(generation string) (idle []index.Snapshot) {
	now := s.clock()
	for _, h := range s.states {
		over := h.users == 0 && now.Sub(h.last) > heldFor
		if over || h.generation != generation {
			idle = s.drop(h, idle)
		}
	}
	return idle
}

func (s *held) makeRoom() (idle []index.Snapshot) {
	for len(s.states) > maxHeld {
		idle = s.drop(s.least(), idle)
	}
	return idle
}

// least is the state to drop when there are too many.
func (s *held) least() *hold {
	named := 0
	for _, h := range s.states {
		if h.named {
			named++
		}
	}
	var least *hold
	for _, h := range s.states {
		if h.named == (named > maxNamed) && (least == nil || h.turn < least.turn) {
			least = h
		}
	}
	return least
}

func (s *held) drop(h *hold, idle []index.Snapshot) []index.Snapshot {
	delete(s.states, h.Position().Seq)
	if h.dropped = true; h.users == 0 {
		idle = append(idle, h.Snapshot)
	}
	return idle
}

func releaseAll(idle []index.Snapshot) {
	for _, snap := range idle {
		snap.Release()
	}
}
