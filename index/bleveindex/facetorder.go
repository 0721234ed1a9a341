package bleveindex

import (
	"context"
	"sort"
)

// countSorted counts the numbers of matches between edges by the rows sorted
// by number: where all rows match, by the places of the edges alone, and else
// by a look at whether each row between two of them does, some 1 ns.
func (p *facetPart) countSorted(o *rowsOrder, edges []float64, rows bitset, matches int) {
	perm, whole := o.perm, matches == o.rows
	count := func(from, to int) int {
		if whole {
			return to - from
		}
		n := uint64(0)
		for _, row := range perm[from:to] {
			n += rows[row/64] >> (row % 64) & 1
		}
		return int(n)
	}
	if edges != nil {
		p.counts = make([]int, len(edges)+1)
	}
	present, from := 0, 0
	for i := range len(edges) + 1 {
		to := len(perm)
		if i < len(edges) {
			to = from + sort.Search(len(perm)-from, func(k int) bool { return o.numbers[perm[from+k]] >= edges[i] })
		}
		n := count(from, to)
		present += n
		if edges != nil {
			p.counts[i] += n
		}
		from = to
	}
	p.missing += matches - present
	for _, row := range perm {
		if rows.has(row) {
			p.min = min(p.min, o.numbers[row])
			break
		}
	}
	for i := len(perm) - 1; i >= 0; i-- {
		if rows.has(perm[i]) {
			p.max = max(p.max, o.numbers[perm[i]])
			break
		}
	}
}

// sortedFor gives the rows sorted by a column, once that is made, where
// counting by them costs less than going through the matches' numbers, some 4
// ns each.
func (s *segment) sortedFor(ctx context.Context, name string, matches int) (o *rowsOrder, ok bool, err error) {
	if s.view.options.force == planPermutation {
		o, err = s.order(ctx, name)
		return o, err == nil, err
	}
	if matches < s.rows/3 {
		return nil, false, nil
	}
	if o, ok = warmColumn[*rowsOrder](s, formOrder+name); !ok {
		s.want(formOrder + name)
	}
	return o, ok, nil
}
