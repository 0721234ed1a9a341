package bleveindex

import (
	"bytes"
	"sort"
)

// A sequence yields rows of one segment, each once, in the order of a result.
type sequence interface {
	next() (row uint32, ok bool)
}

// listed rows are in order already.
type listed []uint32

func (l *listed) next() (uint32, bool) {
	if len(*l) == 0 {
		return 0, false
	}
	row := (*l)[0]
	*l = (*l)[1:]
	return row, true
}

// A walk goes through the rows sorted by one key and yields those of a set:
// first those with a value, then the others by id. Descending, it goes from
// the last value to the first, and within a value still by ascending ids.
type walk struct {
	set   bitset
	order *rowsOrder
	byID  *rowsOrder // nil where the order itself is by id
	desc  bool

	first          int // where it ends, descending
	start, at, end int // of the rows at hand: a value's, or ascending all of them
	missing        int // the place in byID
}

func newWalk(set bitset, order, byID *rowsOrder, desc bool) *walk {
	w := &walk{set: set, order: order, byID: byID, desc: desc}
	switch {
	case desc:
		w.start, w.at, w.end = len(order.perm), len(order.perm), len(order.perm)
	default:
		w.end = len(order.perm)
	}
	if byID != nil && len(order.perm) == len(byID.perm) {
		w.missing = len(byID.perm) // every row has a value
	}
	return w
}

func (w *walk) next() (uint32, bool) {
	for {
		for w.at < w.end {
			row := w.order.perm[w.at]
			w.at++
			if w.set.has(row) {
				return row, true
			}
		}
		if w.start <= w.first {
			return w.nextMissing()
		}
		w.end = w.start
		w.start = w.order.groupStart(w.end - 1)
		w.at = w.start
	}
}

func (w *walk) nextMissing() (uint32, bool) {
	if w.byID == nil {
		return 0, false
	}
	for w.missing < len(w.byID.perm) {
		row := w.byID.perm[w.missing]
		w.missing++
		if w.set.has(row) && !w.order.hasValue(row) {
			return row, true
		}
	}
	return 0, false
}

// seek goes to the first row after a place.
func (w *walk) seek(p *place) {
	perm := w.order.perm
	afterID := func(rows []uint32) int {
		return sort.Search(len(rows), func(i int) bool { return bytes.Compare(w.order.ids.of(rows[i]), []byte(p.id)) > 0 })
	}
	if w.byID == nil {
		w.at = afterID(perm)
		return
	}
	if p.values[0].missing() {
		w.start, w.at, w.end = 0, 0, 0
		w.missing = max(w.missing, afterID(w.byID.perm))
		return
	}
	compare := func(i int) int { return compareKey(false, w.order.value(perm[i]), p.values[0]) }
	low := sort.Search(len(perm), func(i int) bool { return compare(i) >= 0 })
	high := low + sort.Search(len(perm)-low, func(i int) bool { return compare(low+i) > 0 })
	w.at = low + afterID(perm[low:high])
	if w.desc {
		w.start, w.end = low, high
	}
}

// within keeps the walk to the rows at [from, to), which begin and end with a
// value: no others match. It comes after seek.
func (w *walk) within(from, to int) {
	w.missing = len(w.order.perm)
	if w.byID != nil {
		w.missing = len(w.byID.perm)
	}
	if !w.desc {
		w.at, w.end = max(w.at, from), min(w.end, to)
		return
	}
	w.first = from
	if w.start > to {
		w.start, w.at, w.end = to, to, to
	}
}

func (o *rowsOrder) hasValue(row uint32) bool { return !o.value(row).missing() }

func (o *rowsOrder) value(row uint32) keyValue {
	return keyColumn{numbers: o.numbers, texts: o.texts}.value(row)
}
