package bleveindex

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"golang.org/x/sync/errgroup"

	"meibo/index"
)

// A view is one state of the index, shared by the snapshots of it. It pins
// Bleve's files and the columns of its segments until the last reference is
// released.
type view struct {
	id       uint64 // no segment's number, and not used twice
	reader   *scorch.IndexSnapshot
	segments []*segment
	position index.Position
	state    state
	total    int
	columns  *columnCache
	options  Options
	refs     atomic.Int64
}

// newView takes over the reader, with one reference, unless it fails.
func newView(reader *scorch.IndexSnapshot, columns *columnCache, o Options) (v *view, err error) {
	defer recovered(&err)
	v = &view{id: columns.nextView(), reader: reader, columns: columns, options: o}
	if v.state, v.position, err = readInternal(reader.Internal()); err != nil {
		return nil, damaged("the index", "%v", err)
	}
	first := uint64(0)
	for _, s := range reader.Segments() {
		seg := newSegment(v, s, first)
		first += uint64(seg.rows)
		v.total += seg.liveRows
		v.segments = append(v.segments, seg)
		columns.merges.know(seg.engine, seg.id)
	}
	v.refs.Store(1)
	columns.pin(v.ids())
	return v, nil
}

// ids are the numbers of the segments, and the view's own, under which results
// of it are kept.
func (v *view) ids() []uint64 {
	ids := []uint64{v.id}
	for _, s := range v.segments {
		ids = append(ids, s.id)
	}
	return ids
}

func (v *view) acquire() { v.refs.Add(1) }

func (v *view) release() {
	if v.refs.Add(-1) == 0 {
		v.columns.unpin(v.ids())
		_ = v.reader.Close() // counts a reference down; unmapping has nobody to report to
	}
}

// each calls work for every segment, several at a time, the largest first, and
// waits for all. i is the segment's place in v.segments.
func (v *view) each(ctx context.Context, work func(ctx context.Context, i int, s *segment) error) error {
	if v.options.Workers == 1 || len(v.segments) < 2 || v.total < v.options.fewRows {
		for i, s := range v.segments {
			if err := guardedWork(ctx, i, s, work); err != nil {
				return err
			}
		}
		return nil
	}
	order := make([]int, len(v.segments))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return v.segments[b].rows - v.segments[a].rows })
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(v.options.Workers, len(order)) {
		g.Go(func() error {
			for n := next.Add(1) - 1; n < int64(len(order)); n = next.Add(1) - 1 {
				i := order[n]
				if err := guardedWork(ctx, i, v.segments[i], work); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func guardedWork(ctx context.Context, i int, s *segment, work func(context.Context, int, *segment) error) (err error) {
	defer recovered(&err)
	if err := ctx.Err(); err != nil {
		return err
	}
	return work(ctx, i, s)
}

// matches evaluates a node on every segment: the live rows that match, in sets
// that must not be changed.
func (v *view) matches(ctx context.Context, n node) ([]bitset, error) {
	sets := make([]bitset, len(v.segments))
	err := v.each(ctx, func(ctx context.Context, i int, s *segment) error {
		var err error
		sets[i], err = liveRowsOf(ctx, n, s)
		return err
	})
	return sets, err
}
