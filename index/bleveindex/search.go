package bleveindex

import (
	"context"
	"slices"
	"sync/atomic"

	"meibo/index"
)

// fewFirst is how many first hits each segment keeps in a heap; more are
// picked out of all matches, which costs memory for each but is linear.
const fewFirst = 2048

// Search orders only what the page needs.
func (s *snapshot) Search(ctx context.Context, q index.Query) (index.Page, error) {
	if err := index.CheckQuery(q); err != nil {
		return index.Page{}, err
	}
	n, err := s.compile(ctx, q.Where)
	if err != nil {
		return index.Page{}, err
	}
	if q.Limit == 0 {
		total, err := s.view.count(ctx, n)
		return index.Page{Total: total}, err
	}
	w := &window{order: newOrder(s.view, q.Sort), skip: min(q.Offset, s.total), take: q.Limit}
	if q.After != nil {
		w.from = w.order.place(*q.After)
	}
	total, err := w.fill(ctx, s.view, n)
	if err != nil {
		return index.Page{}, err
	}
	page := index.Page{Total: total}
	for _, a := range w.page() {
		page.Hits = append(page.Hits, w.order.hit(a))
	}
	return page, nil
}

// A window is the part of an ordered result that a page shows.
type window struct {
	order      *order
	from       *place // nil: from the beginning
	skip, take int
	found      [][]item // by segment, in no order
}

// fill collects what may be in the window and counts all matches.
func (w *window) fill(ctx context.Context, v *view, n node) (total int, err error) {
	w.found = make([][]item, len(v.segments))
	var count atomic.Int64
	err = v.each(ctx, func(ctx context.Context, i int, s *segment) error {
		rows, err := n.rows(ctx, s)
		if err != nil {
			return err
		}
		rows.and(s.live())
		matches := rows.count()
		if count.Add(int64(matches)); matches == 0 {
			return nil
		}
		if err := w.order.load(ctx, i, s); err != nil {
			return err
		}
		if most := w.skip + w.take; most <= fewFirst && most < matches {
			w.found[i] = w.first(i, rows, most)
			return nil
		}
		w.found[i], err = w.all(ctx, i, rows, matches)
		return err
	})
	return int(count.Load()), err
}

// first keeps the first items of a segment in a heap, the last of them on top.
func (w *window) first(segment int, rows bitset, most int) []item {
	h := itemHeap{order: w.order, items: make([]item, 0, most)}
	columns := &w.order.segments[segment]
	rows.each(func(row uint32) bool {
		a := item{rank: w.order.rank(columns, row), segment: uint32(segment), row: row}
		if len(h.items) == most && a.rank > h.items[0].rank {
			return true // the common case, decided without a comparison
		}
		if w.from != nil && !w.order.after(a, w.from) {
			return true
		}
		if len(h.items) < most {
			h.push(a)
		} else if w.order.compare(a, h.items[0]) < 0 {
			h.replace(a)
		}
		return true
	})
	return h.items
}

// all are the items of a segment that come after the place.
func (w *window) all(ctx context.Context, segment int, rows bitset, matches int) ([]item, error) {
	items := make([]item, 0, matches)
	columns := &w.order.segments[segment]
	seen := 0
	done := rows.each(func(row uint32) bool {
		if seen++; seen%65536 == 0 && ctx.Err() != nil {
			return false
		}
		a := item{rank: w.order.rank(columns, row), segment: uint32(segment), row: row}
		if w.from == nil || w.order.after(a, w.from) {
			items = append(items, a)
		}
		return true
	})
	if !done {
		return nil, ctx.Err()
	}
	return items, nil
}

// page are the items of the window in order.
func (w *window) page() []item {
	items := slices.Concat(w.found...)
	low := min(w.skip, len(items))
	high := min(w.skip+w.take, len(items))
	if low == high {
		return nil
	}
	selectRange(items, low, high, w.order.compare)
	page := items[low:high]
	slices.SortFunc(page, w.order.compare)
	return page
}
