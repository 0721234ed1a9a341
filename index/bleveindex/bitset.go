package bleveindex

import (
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// A bitset is a set of the rows of one segment, 64 to a word. Dense, because
// most conditions match a good part of the customers and a word operation
// costs the same for 64 rows as for one: a million rows are 125 KB, and an
// intersection of two such sets takes some 5 µs. Bits at and after the number
// of rows are 0.
type bitset []uint64

func newBitset(rows int) bitset { return make(bitset, (rows+63)/64) }

// fullBitset holds all rows.
func fullBitset(rows int) bitset {
	b := newBitset(rows)
	b.fill(rows)
	return b
}

func (b bitset) fill(rows int) {
	for i := range b {
		b[i] = ^uint64(0)
	}
	if tail := rows % 64; tail != 0 {
		b[len(b)-1] = 1<<tail - 1
	}
}

func (b bitset) add(row uint32)      { b[row/64] |= 1 << (row % 64) }
func (b bitset) remove(row uint32)   { b[row/64] &^= 1 << (row % 64) }
func (b bitset) has(row uint32) bool { return b[row/64]&(1<<(row%64)) != 0 }

// addAll adds a Bleve bitmap, which may lie in a mapped file: nothing of it is
// kept.
func (b bitset) addAll(m *roaring.Bitmap) {
	if m == nil {
		return
	}
	if int(m.GetCardinality()) > len(b) { // more than one in 64: words cost less than rows
		dense := make(bitset, len(b))
		m.WriteDenseTo(dense)
		b.or(dense)
		return
	}
	it := m.ManyIterator()
	var buffer [256]uint32
	for n := it.NextMany(buffer[:]); n > 0; n = it.NextMany(buffer[:]) {
		for _, row := range buffer[:n] {
			b.add(row)
		}
	}
}

func (b bitset) and(c bitset) {
	for i, w := range c {
		b[i] &= w
	}
}

func (b bitset) or(c bitset) {
	for i, w := range c {
		b[i] |= w
	}
}

func (b bitset) andNot(c bitset) {
	for i, w := range c {
		b[i] &^= w
	}
}

// not is the complement within rows.
func (b bitset) not(rows int) {
	for i := range b {
		b[i] = ^b[i]
	}
	if tail := rows % 64; tail != 0 {
		b[len(b)-1] &= 1<<tail - 1
	}
}

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// countAnd is the size of the intersection.
func (b bitset) countAnd(c bitset) int {
	n := 0
	for i, w := range b {
		n += bits.OnesCount64(w & c[i])
	}
	return n
}

func (b bitset) empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// each yields the rows in ascending order until yield returns false; it
// reports whether it came to the end.
func (b bitset) each(yield func(row uint32) bool) bool {
	for i, w := range b {
		for w != 0 {
			if !yield(uint32(i*64 + bits.TrailingZeros64(w))) {
				return false
			}
			w &= w - 1
		}
	}
	return true
}

// next is the first row at or after from; ok is false when there is none.
func (b bitset) next(from uint32) (row uint32, ok bool) {
	i := int(from / 64)
	if i >= len(b) {
		return 0, false
	}
	w := b[i] >> (from % 64) << (from % 64)
	for w == 0 {
		if i++; i >= len(b) {
			return 0, false
		}
		w = b[i]
	}
	return uint32(i*64 + bits.TrailingZeros64(w)), true
}
