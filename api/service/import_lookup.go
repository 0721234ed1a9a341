package service

import (
	"hash/maphash"
	"math/bits"
)

// A keyTable remembers which customers have had a key: the hash of each with
// the customer's number, 16 bytes at a load of at most 4/5, in one array. Keys
// are never taken out, and two may have the same hash: whoever finds a number
// looks at the record. The zero value is empty.
type keyTable struct {
	slots []keySlot
	used  int
}

type keySlot struct {
	hash   uint64
	number uint64 // of a customer; 0: free
}

// firstSlots is the size of a table that has just got its first key.
const firstSlots = 1 << 10

// add notes that a customer has a key. Twice is once.
func (t *keyTable) add(hash, number uint64) {
	if len(t.slots)*4 <= t.used*5 {
		t.grow()
	}
	at := t.start(hash)
	for t.slots[at].number != 0 {
		if t.slots[at] == (keySlot{hash, number}) {
			return
		}
		at = t.next(at)
	}
	t.slots[at] = keySlot{hash, number}
	t.used++
}

// find yields the numbers of the customers that may have a key, until yield
// says false.
func (t *keyTable) find(hash uint64, yield func(number uint64) bool) {
	if len(t.slots) == 0 {
		return
	}
	for at := t.start(hash); t.slots[at].number != 0; at = t.next(at) {
		if t.slots[at].hash == hash && !yield(t.slots[at].number) {
			return
		}
	}
}

// grow makes half as much room again, so that memory follows the customers.
func (t *keyTable) grow() {
	old := t.slots
	t.slots, t.used = make([]keySlot, max(firstSlots, len(old)+len(old)/2)), 0
	for _, slot := range old {
		if slot.number != 0 {
			t.add(slot.hash, slot.number)
		}
	}
}

// start is where the search for a hash begins: its place in the array, scaled.
func (t *keyTable) start(hash uint64) int {
	at, _ := bits.Mul64(hash, uint64(len(t.slots)))
	return int(at)
}

func (t *keyTable) next(at int) int {
	if at++; at == len(t.slots) {
		return 0
	}
	return at
}

// hashKey hashes a key; the seed is the process's, so nobody can choose keys that collide.
func hashKey(seed maphash.Seed, key string) uint64 { return maphash.String(seed, key) }
