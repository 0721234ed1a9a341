package bleveindex

import (
	"context"

	"meibo/index"
)

// countNumbers counts a Number or Date field.
func (p *facetPart) countNumbers(ctx context.Context, s *segment, c *facetCount, rows bitset) error {
	name := numberName(c.query.Kind, c.query.Field)
	if c.query.Top == 0 {
		matches := rows.count()
		o, ok, err := s.sortedFor(ctx, name, matches)
		if err != nil {
			return err
		}
		if ok {
			p.countSorted(o, c.query.Edges, rows, matches)
			return nil
		}
	}
	col, err := s.numbers(ctx, name)
	if err != nil {
		return err
	}
	var others []int
	if c.buckets != nil {
		p.counts, others = make([]int, len(c.query.Edges)+1), make([]int, len(c.query.Edges)+1)
	}
	var table *numberTable
	if c.query.Top > 0 {
		table = newNumberTable(&p.values, len(col))
	}
	present, places := make([]float64, runLength), [runLength]uint16{}
	eachRun(rows, col, func(run []float64) {
		n := p.measure(run, present)
		p.missing += len(run) - n
		if c.buckets != nil {
			c.buckets.find(present[:n], &places)
			countPlaces(places[:n], p.counts, others)
		}
		if table != nil {
			table.add(present[:n])
		}
	})
	for i, n := range others {
		p.counts[i] += n
	}
	if table != nil {
		table.finish()
	}
	return nil
}

// measure copies the numbers that are there and counts them, and takes note of
// the smallest and the largest.
func (p *facetPart) measure(run, present []float64) int {
	n := 0
	low, high := p.min, p.max
	for _, v := range run {
		if v != v {
			continue
		}
		present[n] = v
		n++
		if v < low {
			low = v
		}
		if v > high {
			high = v
		}
	}
	p.min, p.max = low, high
	return n
}

// A numberTable counts numbers that occur often before they are handed on:
// small whole ones, as counts mostly are, each at a place of its own; others
// in a hash table that never grows. What finds no place there is handed on by
// itself.
type numberTable struct {
	to    *facetValues
	small [2][smallNumbers]uint32 // counted by turns, see countPlaces
	slots []numberSlot
	shift uint
}

type numberSlot struct {
	rank  uint64 // orderedBits, which are never 0; 0: free
	count uint32
}

// numberSlots is the size of a table, 64 KiB; numberProbes is how many places
// are tried; numbers below smallNumbers are small.
const (
	numberSlots  = 4096
	numberProbes = 8
	smallNumbers = 1024
)

func newNumberTable(to *facetValues, rows int) *numberTable {
	bits := uint(4)
	for 1<<bits < min(2*rows, numberSlots) {
		bits++
	}
	return &numberTable{to: to, slots: make([]numberSlot, 1<<bits), shift: 32 - bits}
}

func (t *numberTable) add(run []float64) {
	even, odd := &t.small[0], &t.small[1]
	for _, v := range run {
		if n := int(v); float64(n) == v && uint(n) < smallNumbers {
			even[n]++
			even, odd = odd, even
			continue
		}
		t.addOther(orderedBits(v), 1)
	}
}

func (t *numberTable) addOther(rank uint64, count uint32) {
	hash := hashNumber(rank)
	at := hash >> t.shift
	for range numberProbes {
		slot := &t.slots[at]
		if slot.rank == rank || slot.rank == 0 {
			slot.rank = rank
			slot.count += count
			return
		}
		at = (at + 1) & uint32(len(t.slots)-1)
	}
	t.to.add(facetValue{rank: rank, hash: hash, count: count})
}

func (t *numberTable) finish() {
	for _, s := range t.slots {
		if s.rank != 0 {
			t.to.add(facetValue{rank: s.rank, hash: hashNumber(s.rank), count: s.count})
		}
	}
	for i := range smallNumbers {
		if n := t.small[0][i] + t.small[1][i]; n > 0 {
			rank := orderedBits(float64(i))
			t.to.add(facetValue{rank: rank, hash: hashNumber(rank), count: n})
		}
	}
}

// hashNumber spreads numbers: the upper bits of a product depend on all lower
// ones.
func hashNumber(rank uint64) uint32 {
	const odd = 0x9e3779b97f4a7c15
	rank *= odd
	return uint32((rank ^ rank>>29) * odd >> 32)
}

// countBooleans counts a Boolean field by its two postings.
func (p *facetPart) countBooleans(s *segment, q index.FacetQuery, rows bitset) error {
	matches := denseBitmap(rows)
	p.missing = rows.count()
	for rank, suffix := range []string{suffixFalse, suffixTrue} {
		n := 0
		err := s.eachList(flagsName, []string{prefixBoolean + q.Field + suffix}, func(list hits) { n = list.countAnd(rows, matches) })
		if err != nil {
			return err
		}
		p.missing -= n
		if n > 0 {
			p.values.add(facetValue{rank: uint64(rank), hash: uint32(rank), count: uint32(n)})
		}
	}
	return nil
}
