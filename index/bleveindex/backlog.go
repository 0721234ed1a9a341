package bleveindex

import "sync"

// Bounds of what is applied and not on disk yet. A customer waits in memory as
// a part of a segment, at some 1 KB; a batch, or a part of one, waits as a
// segment of its own, which every search looks at.
const (
	mostUnwritten      = 60_000
	mostUnwrittenParts = 256
)

// A backlog counts what is applied and not on disk yet: Bleve takes whatever it
// is given and writes in the background. What is lost in a crash is applied
// again from the change log.
type backlog struct {
	mu               sync.Mutex
	customers, parts int
	changed          chan struct{} // closed, and then nil, when something has reached the disk
}

func (b *backlog) add(customers int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.customers += customers
	b.parts++
}

func (b *backlog) remove(customers int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.customers -= customers
	b.parts--
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

func (b *backlog) is(so func() bool) (is bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return so(), b.changed
}
