package bleveindex

import (
	"sync"
	"time"
)

// Bounds of what is applied and not on disk yet. A customer waits in memory as
// a part of a segment, at some 1 KB; a batch, or a part of one, waits as a
// segment of its own, which every search looks at.
const (
	mostUnwritten      = 60_000
	mostUnwrittenParts = 256
)

// Bleve merges what has gathered in memory and writes it as one file. It waits
// until that is worth it: each write costs some milliseconds, and each small
// file is merged three times with others before it is a large one. Single
// writes come to enough parts within 25 ms, batches of 1,000 within a second.
const (
	gatheredParts     = 16
	gatheredCustomers = 20_000
	gatherTime        = time.Second
)

// A backlog counts what is applied and not on disk yet: Bleve takes whatever it
// is given and writes in the background. What is lost in a crash is applied
// again from the change log.
type backlog struct {
	mu               sync.Mutex
	customers, parts int
	hurry            int           // how many wait until it is empty
	changed          chan struct{} // closed, and then nil, at each change; nil while nobody waits
}

func (b *backlog) add(customers int) { b.change(customers, 1, 0) }

func (b *backlog) remove(customers int) { b.change(-customers, -1, 0) }

func (b *backlog) change(customers, parts, hurry int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.customers += customers
	b.parts += parts
	b.hurry += hurry
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// hasRoom reports whether another batch may be applied; changed is closed when
// it is worth asking again.
func (b *backlog) hasRoom() (is bool, changed <-chan struct{}) {
	return b.is(func() bool { return b.customers < mostUnwritten && b.parts < mostUnwrittenParts })
}

// isEmpty reports whether all is on disk; changed is as in hasRoom.
func (b *backlog) isEmpty() (is bool, changed <-chan struct{}) {
	return b.is(func() bool { return b.parts == 0 })
}

// isGathered reports whether there is no reason to wait for more before
// writing; changed is as in hasRoom.
func (b *backlog) isGathered() (is bool, changed <-chan struct{}) {
	return b.is(func() bool {
		return b.parts == 0 || b.hurry > 0 || b.parts >= gatheredParts || b.customers >= gatheredCustomers
	})
}

func (b *backlog) is(so func() bool) (is bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return so(), b.changed
}
