package bleveindex

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"meibo/index"
)

// How a segment's first rows are found, as an explanation names it:
//
//	walk   through the rows sorted by the key, past those that do not match
//	heap   of the first ones, held against every match
//	sort   of all matches
//	order  of the whole result, kept for the snapshot
const (
	orderWalk  = "walk"
	orderHeap  = "heap"
	orderSort  = "sort"
	orderWhole = "order"
)

// A result is the matches of a query, each segment's in order.
type result struct {
	order     *order
	total     int
	sequences []sequence // by segment; nil: no match
	matches   []int      // by segment
	how       map[string]int
}

// result evaluates a node, counts its matches and puts the first ones of each
// segment in order, from the query's place on; all is less than 0.
func (v *view) result(ctx context.Context, q index.Query, n node, first int) (*result, error) {
	r := &result{order: newOrder(v, q.Sort), sequences: make([]sequence, len(v.segments)), matches: make([]int, len(v.segments)), how: map[string]int{}}
	var from *place
	if q.After != nil {
		from = r.order.place(*q.After)
	}
	within := rangeOn(n, r.order.base())
	var total atomic.Int64
	var mu sync.Mutex
	err := v.each(ctx, func(ctx context.Context, i int, s *segment) error {
		rows, err := liveRowsOf(ctx, n, s)
		if err != nil {
			return err
		}
		matches := rows.count()
		r.matches[i] = matches
		if total.Add(int64(matches)); matches == 0 {
			return nil
		}
		want := matches
		if first >= 0 {
			want = min(first, matches)
		}
		o := ordering{order: r.order, place: i, segment: s, rows: rows, matches: matches, want: want, from: from, within: within}
		found, how, err := o.sequence(ctx)
		mu.Lock()
		defer mu.Unlock()
		r.sequences[i] = found
		r.how[how]++
		return err
	})
	r.total = int(total.Load())
	return r, err
}

// told says how the segments were put in order.
func (r *result) told() string {
	parts := make([]string, 0, len(r.how))
	for _, name := range slices.Sorted(maps.Keys(r.how)) {
		parts = append(parts, fmt.Sprintf("%s in %d segments", name, r.how[name]))
	}
	return strings.Join(parts, ", ")
}

// An ordering puts the matches of one segment in order.
type ordering struct {
	order         *order
	place         int // of the segment in the view
	segment       *segment
	rows          bitset
	matches, want int // want is 1 to matches
	from          *place
	within        *between // what every match lies in by the key; nil: anything
}

// rangeOn is a condition of a node that every match meets and that is a range
// of a column; nil where there is none.
func rangeOn(n node, column string) *between {
	n = bare(n)
	if b, ok := n.(*between); ok && b.name() == column {
		return b
	}
	if parts, ok := n.(all); ok {
		for _, part := range parts {
			if b := rangeOn(part, column); b != nil {
				return b
			}
		}
	}
	return nil
}

// What ordering takes in ns; see the other costs.
const (
	costStep = 2.5  // of a walk
	costItem = 4.0  // held against a heap
	costSort = 12.0 // an item and doubling of what is sorted
)

// sequence chooses the cheapest way.
func (o ordering) sequence(ctx context.Context) (sequence, string, error) {
	if base := o.order.base(); base != "" && o.walks(base) {
		w, err := o.walk(ctx, base)
		return w, orderWalk, err
	}
	if err := o.order.load(ctx, o.place, o.segment, o.rows, o.matches); err != nil {
		return nil, "", err
	}
	if o.want < o.matches && o.want <= fewFirst {
		return o.listed(o.heap()), orderHeap, nil
	}
	items, err := o.all(ctx)
	return o.listed(items), orderSort, err
}

// walks decides whether to walk the rows sorted by a column.
func (o ordering) walks(base string) bool {
	switch o.segment.view.options.force {
	case orderWalk:
		return true
	case orderHeap, orderSort:
		return false
	}
	all, matches, want := float64(o.segment.rows), float64(o.matches), float64(o.want)
	if o.within != nil {
		if sorted, ok := warmColumn[*rowsOrder](o.segment, formOrder+base); ok {
			from, to := sorted.between(o.within.bounds())
			all = float64(to - from)
		}
	}
	// The segments' sequences are merged as they go, so that each is asked for
	// its share of the first rows, and for one more.
	if o.want < o.matches {
		want = 1 + want*float64(o.segment.rows)/float64(o.segment.view.total+1)
	}
	walk := costStep * min(all, want*all/matches)
	other := costItem * matches
	if o.want > fewFirst || o.want == o.matches {
		other = costSort * matches * float64(bitsOf(o.matches))
	}
	if !o.segment.isWarm(formOrder + base) {
		if o.segment.columns.wanted != nil {
			o.segment.want(formOrder + base)
			return false
		}
		walk += costValue * all
	}
	return walk < other
}

func bitsOf(n int) int {
	bits := 1
	for ; n > 1; n /= 2 {
		bits++
	}
	return bits
}

func (o ordering) walk(ctx context.Context, base string) (sequence, error) {
	sorted, err := o.segment.order(ctx, base)
	if err != nil {
		return nil, err
	}
	var byID *rowsOrder
	if base != idName {
		if byID, err = o.segment.order(ctx, idName); err != nil {
			return nil, err
		}
	}
	o.order.adopt(o.place, sorted)
	w := newWalk(o.rows, sorted, byID, len(o.order.keys) > 0 && o.order.keys[0].Desc)
	if o.from != nil {
		w.seek(o.from)
	}
	if o.within != nil {
		w.within(sorted.between(o.within.bounds()))
	}
	return w, nil
}

// heap keeps the first items in a heap, the last of them on top.
func (o ordering) heap() []item {
	h := itemHeap{order: o.order, items: make([]item, 0, o.want)}
	o.rows.each(func(row uint32) bool {
		a := o.order.item(o.place, row)
		if len(h.items) == o.want && a.rank > h.items[0].rank {
			return true // the common case, decided without a comparison
		}
		if o.from != nil && !o.order.after(a, o.from) {
			return true
		}
		if len(h.items) < o.want {
			h.push(a)
		} else if o.order.compare(a, h.items[0]) < 0 {
			h.replace(a)
		}
		return true
	})
	return h.items
}

// all are the items that come after the place.
func (o ordering) all(ctx context.Context) ([]item, error) {
	items := make([]item, 0, o.matches)
	seen := 0
	done := o.rows.each(func(row uint32) bool {
		if seen++; seen%65536 == 0 && ctx.Err() != nil {
			return false
		}
		a := o.order.item(o.place, row)
		if o.from == nil || o.order.after(a, o.from) {
			items = append(items, a)
		}
		return true
	})
	if !done {
		return nil, ctx.Err()
	}
	return items, nil
}

// listed sorts items.
func (o ordering) listed(items []item) sequence {
	slices.SortFunc(items, o.order.compare)
	rows := make(listed, len(items))
	for i, a := range items {
		rows[i] = a.row
	}
	return &rows
}
