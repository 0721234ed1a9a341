package bleveindex

import (
	"context"
	"slices"
	"sort"

	"meibo/index"
)

// formResult names the order of a whole result, kept for a view.
const formResult = "result "

// A wholeOrder is the order of a query's whole result: each segment's matches
// in order, 4 bytes a match. They are never merged: a place in the result is
// found by splitting all segments there.
type wholeOrder struct {
	total int
	runs  [][]uint32 // by segment
}

func (w *wholeOrder) bytes() int64 { return 4 * int64(w.total) }

// cut cuts a page out of the order of the whole result, which is kept for the
// next page of the snapshot. (q.After is nil.)
func (s *snapshot) cut(ctx context.Context, q index.Query, n node) (page index.Page, how string, err error) {
	build := func() (column, error) { return s.view.wholeOrder(context.WithoutCancel(ctx), q, n) }
	how = "order, made"
	var col column
	switch key := (columnKey{s.view.id, resultName(q)}); {
	case s.options.Forgetful:
		col, err = build()
	default:
		if s.columns.peek(key) != nil {
			how = "order, kept"
		}
		col, err = s.columns.get(ctx, key, build)
	}
	if err != nil {
		return page, "", err
	}
	whole := col.(*wholeOrder)
	page.Total = whole.total
	if q.Offset >= whole.total {
		return page, how, nil
	}
	o := newOrder(s.view, q.Sort)
	sequences := make([]sequence, len(whole.runs))
	for i, run := range whole.runs {
		if len(run) > 0 {
			if err := o.loadRows(ctx, i, s.segments[i], run); err != nil {
				return page, "", err
			}
		}
	}
	for i, at := range o.split(whole.runs, q.Offset) {
		rest := listed(whole.runs[i][at:])
		sequences[i] = &rest
	}
	rows := merge(o, sequences)
	for len(page.Hits) < q.Limit {
		a, ok := rows.next()
		if !ok {
			break
		}
		page.Hits = append(page.Hits, o.hit(a))
	}
	return page, how, nil
}

// wholeOrder drains every segment's sequence.
func (v *view) wholeOrder(ctx context.Context, q index.Query, n node) (*wholeOrder, error) {
	r, err := v.result(ctx, q, n, -1)
	if err != nil {
		return nil, err
	}
	w := &wholeOrder{total: r.total, runs: make([][]uint32, len(v.segments))}
	err = v.each(ctx, func(ctx context.Context, i int, s *segment) error {
		if r.sequences[i] == nil {
			return nil
		}
		if rows, ok := r.sequences[i].(*listed); ok {
			w.runs[i] = *rows
			return nil
		}
		w.runs[i] = make([]uint32, 0, r.matches[i])
		for row, ok := r.sequences[i].next(); ok; row, ok = r.sequences[i].next() {
			w.runs[i] = append(w.runs[i], row)
		}
		return nil
	})
	return w, err
}

// split finds, in runs that are each in order, the places before which the
// first n items of all lie. (Selection from sorted runs by narrowing them
// around a pivot: Varman et al., Merging Multiple Lists on Hierarchical-Memory
// Multiprocessors, 1991.) Some 100 comparisons a run. n is at most the number
// of all items.
func (o *order) split(runs [][]uint32, n int) []int {
	low, high := make([]int, len(runs)), make([]int, len(runs)) // the place of each run is in between
	for i, run := range runs {
		high[i] = len(run)
	}
	for {
		widest, before := 0, 0
		for i := range runs {
			before += low[i]
			if high[i]-low[i] > high[widest]-low[widest] {
				widest = i
			}
		}
		if before == n || high[widest] == low[widest] {
			return low
		}
		middle := (low[widest] + high[widest]) / 2
		pivot := o.item(widest, runs[widest][middle])
		places := slices.Clone(low) // how many of each run come before the pivot
		sum := 0
		for i, run := range runs {
			if i == widest {
				places[i] = middle
			} else {
				places[i] += sort.Search(high[i]-low[i], func(k int) bool { return o.compare(o.item(i, run[low[i]+k]), pivot) > 0 })
			}
			sum += places[i]
		}
		if sum < n { // the pivot is among the first n
			low = places
			low[widest] = middle + 1
		} else {
			high = places
		}
	}
}
