package bleveindex

import (
	"bytes"
	"context"
	"slices"
	"sort"
	"strings"
)

// A rowsOrder is the rows of a segment that have a value, by value and then by
// id: a sorted permutation. Ranges of values are ranges of it, and walking it
// gives rows in the order of a result.
//
// A range of the permutation becomes a set of rows by way of the nearest
// prefixes that are kept as sets: of a range of any length, no more than a
// sixteenth of the rows are added or taken away one by one. (Range-encoded
// bitmap indexes with bins, O'Neil and Quass 1997; the permutation takes the
// place of checking candidates.) 4 bytes a row, and 2 for the prefixes.
type rowsOrder struct {
	perm     []uint32
	numbers  numberColumn // of what is sorted: one of the two
	texts    *textColumn
	ids      *textColumn
	starts   []uint32 // where texts repeat: text i is that of perm[starts[i]:starts[i+1]]
	prefixes []bitset // prefix i is the set of perm[:(i+1)*stride]; of numbers only
	stride   int
	rows     int // of the segment
}

// prefixSets is how many prefixes are kept.
const prefixSets = 16

func (o *rowsOrder) bytes() int64 {
	return 4*int64(cap(o.perm)) + 4*int64(cap(o.starts)) + int64(len(o.prefixes))*int64(o.rows)/8
}

func (s *segment) order(ctx context.Context, base string) (*rowsOrder, error) {
	return columnOf[*rowsOrder](ctx, s, formOrder+base)
}

func (s *segment) decodeOrder(base string) (column, error) {
	ctx := context.Background()
	ids, err := s.textColumn(ctx, idName)
	if err != nil {
		return nil, err
	}
	if base == idName {
		return orderTexts(ids, allRows(s.rows), ids), nil
	}
	byID, err := s.order(ctx, idName)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(base, prefixText) {
		texts, err := s.textColumn(ctx, base)
		if err != nil {
			return nil, err
		}
		return orderTexts(texts, byID.perm, ids), nil
	}
	numbers, err := s.numbers(ctx, base)
	if err != nil {
		return nil, err
	}
	return orderNumbers(numbers, byID.perm, ids), nil
}

func allRows(n int) []uint32 {
	rows := make([]uint32, n)
	for i := range rows {
		rows[i] = uint32(i)
	}
	return rows
}

// orderNumbers sorts rows, which come in the order of ids.
func orderNumbers(col numberColumn, byID []uint32, ids *textColumn) *rowsOrder {
	list := make([]keyed, 0, len(byID))
	for _, row := range byID {
		if n := col[row]; n == n {
			list = append(list, keyed{orderedBits(n), row})
		}
	}
	o := &rowsOrder{perm: make([]uint32, len(list)), numbers: col, ids: ids, rows: len(col)}
	for i, r := range sortKeyed(list, make([]keyed, len(list))) {
		o.perm[i] = r.row
	}
	o.keepPrefixes()
	return o
}

func (o *rowsOrder) keepPrefixes() {
	o.stride = max(1, (len(o.perm)+prefixSets-1)/prefixSets)
	set := newBitset(o.rows)
	for i, row := range o.perm {
		set.add(row)
		if (i+1)%o.stride == 0 {
			o.prefixes = append(o.prefixes, slices.Clone(set))
		}
	}
}

// orderTexts sorts rows, which come in the order of ids.
func orderTexts(col *textColumn, byID []uint32, ids *textColumn) *rowsOrder {
	o := &rowsOrder{texts: col, ids: ids, rows: len(byID)}
	if col.which != nil {
		o.countTexts(byID)
		return o
	}
	list := make([]keyed, 0, len(byID))
	for _, row := range byID {
		if t := col.of(row); len(t) > 0 {
			list = append(list, keyed{textRank(t), row})
		}
	}
	list = sortKeyed(list, make([]keyed, len(list)))
	for from := 0; from < len(list); { // texts that begin alike
		to := from + 1
		for to < len(list) && list[to].key == list[from].key {
			to++
		}
		if to-from > 1 {
			slices.SortStableFunc(list[from:to], func(a, b keyed) int { return bytes.Compare(col.of(a.row), col.of(b.row)) })
		}
		from = to
	}
	o.perm = make([]uint32, len(list))
	for i, r := range list {
		o.perm[i] = r.row
	}
	return o
}

// countTexts is a counting sort by the number of the text, which has its
// place in the order of bytes; text 0 is that of none.
func (o *rowsOrder) countTexts(byID []uint32) {
	o.starts = make([]uint32, o.texts.texts()+1)
	for _, t := range o.texts.which {
		if t > 0 {
			o.starts[t+1]++
		}
	}
	for i := 1; i < len(o.starts); i++ {
		o.starts[i] += o.starts[i-1]
	}
	next := slices.Clone(o.starts)
	o.perm = make([]uint32, o.starts[len(o.starts)-1])
	for _, row := range byID {
		if t := o.texts.which[row]; t > 0 {
			o.perm[next[t]] = row
			next[t]++
		}
	}
}

// between are the places of the numbers in [low, high].
func (o *rowsOrder) between(low, high float64) (from, to int) {
	from = sort.Search(len(o.perm), func(i int) bool { return o.numbers[o.perm[i]] >= low })
	to = from + sort.Search(len(o.perm)-from, func(i int) bool { return o.numbers[o.perm[from+i]] > high })
	return from, to
}

// set is the set of the rows at [from, to).
func (o *rowsOrder) set(from, to int) bitset {
	if to-from <= o.stride {
		rows := newBitset(o.rows)
		for _, row := range o.perm[from:to] {
			rows.add(row)
		}
		return rows
	}
	rows := o.prefix(to)
	if from > 0 {
		rows.andNot(o.prefix(from))
	}
	return rows
}

// prefix is the set of the first n rows.
func (o *rowsOrder) prefix(n int) bitset {
	nearest := (n + o.stride/2) / o.stride
	if nearest > len(o.prefixes) {
		nearest = len(o.prefixes)
	}
	rows := newBitset(o.rows)
	if nearest > 0 {
		copy(rows, o.prefixes[nearest-1])
	}
	at := nearest * o.stride
	for ; at < n; at++ {
		rows.add(o.perm[at])
	}
	for ; at > n; at-- {
		rows.remove(o.perm[at-1])
	}
	return rows
}

// numbersAs reports whether the order's texts have the numbers that a column's
// have: it was made of that column, or both of the same one. A column that was
// carried through a merge may number its texts, or keep them, otherwise than
// one that was decoded again after it had been evicted.
func (o *rowsOrder) numbersAs(col *textColumn) bool {
	return o.texts != nil && len(o.texts.which) > 0 && len(col.which) > 0 && &o.texts.which[0] == &col.which[0]
}

// setOfTexts is the set of the rows whose text is one of those found, where
// texts repeat. The numbers must be those of the order's column, see numbersAs.
func (o *rowsOrder) setOfTexts(found bitset) bitset {
	rows := newBitset(o.rows)
	found.each(func(t uint32) bool {
		for _, row := range o.perm[o.starts[t]:o.starts[t+1]] {
			rows.add(row)
		}
		return true
	})
	return rows
}

// compare orders two rows by their values alone.
func (o *rowsOrder) compare(a, b uint32) int {
	if o.numbers != nil {
		switch x, y := o.numbers[a], o.numbers[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	if which := o.texts.which; which != nil {
		return int(which[a]) - int(which[b])
	}
	return bytes.Compare(o.texts.of(a), o.texts.of(b))
}

// groupStart is the place of the first row that has the value of the one at
// place i. It looks close by first: most values are few.
func (o *rowsOrder) groupStart(i int) int {
	row, step := o.perm[i], 1
	same := i // a place of the group
	for same-step >= 0 && o.compare(o.perm[same-step], row) == 0 {
		same -= step
		step *= 2
	}
	before := max(0, same-step)
	return before + sort.Search(same-before, func(k int) bool { return o.compare(o.perm[before+k], row) == 0 })
}
