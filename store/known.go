package store

import (
	"hash/maphash"
	"sync/atomic"
)

const (
	knownSlots = 1 << 20 // 8 bytes each; what is never touched takes no memory
	knownTag   = 24      // bits of a slot that tell ids apart; the number has the other 40
)

// A known remembers the numbers of customers that were looked up by id: the
// bucket ids of a million has four levels, and a look-up there is some twenty
// misses of the processor's cache. It is a hint. Whoever takes a number from it
// compares the record's id, so that two ids that meet in a slot and a number
// that a rollback took back do no harm; otherwise an id's number never changes.
// It is safe for concurrent use.
type known struct {
	seed  maphash.Seed
	slots []atomic.Uint64 // number<<knownTag | tag; 0: none
}

func newKnown() *known {
	return &known{seed: maphash.MakeSeed(), slots: make([]atomic.Uint64, knownSlots)}
}

// number is probably that of id; 0 when there is none to try.
func (k *known) number(id string) uint64 {
	slot, tag := k.slot(id)
	if v := slot.Load(); v&(1<<knownTag-1) == tag {
		return v >> knownTag
	}
	return 0
}

func (k *known) note(id string, number uint64) {
	if number < 1<<(64-knownTag) {
		slot, tag := k.slot(id)
		slot.Store(number<<knownTag | tag)
	}
}

func (k *known) slot(id string) (slot *atomic.Uint64, tag uint64) {
	h := maphash.String(k.seed, id)
	return &k.slots[h%knownSlots], h >> (64 - knownTag)
}
