package bleveindex

import (
	"context"
	"sync/atomic"

	"meibo/dsl/expr"
	"meibo/index"
)

// A snapshot is one caller's hold on a view.
type snapshot struct {
	*view
	released atomic.Bool
}

var _ index.Snapshot = (*snapshot)(nil)

func (s *snapshot) Position() index.Position { return s.position }

func (s *snapshot) Total() int { return s.total }

// Release gives the view back. Releasing twice is harmless.
func (s *snapshot) Release() {
	if !s.released.Swap(true) {
		s.view.release()
	}
}

func (s *snapshot) compile(ctx context.Context, e expr.Expr) (node, error) {
	switch {
	case s.released.Load():
		return nil, index.ErrClosed
	case e == nil:
		return nil, index.CheckQuery(index.Query{})
	}
	return compile(e, s.state), ctx.Err()
}

func (s *snapshot) Count(ctx context.Context, e expr.Expr) (int, error) {
	n, err := s.compile(ctx, e)
	if err != nil {
		return 0, err
	}
	return s.view.count(ctx, n)
}

func (v *view) count(ctx context.Context, n node) (int, error) {
	if k, ok := n.(constant); ok {
		if k {
			return v.total, nil
		}
		return 0, nil
	}
	var total atomic.Int64
	err := v.each(ctx, func(ctx context.Context, _ int, s *segment) error {
		rows, err := n.plan(s).rows(ctx)
		if err == nil {
			total.Add(int64(rows.countAnd(s.live())))
		}
		return err
	})
	return int(total.Load()), err
}

func (s *snapshot) IDs(ctx context.Context, e expr.Expr, yield func(id string) bool) error {
	n, err := s.compile(ctx, e)
	if err != nil {
		return err
	}
	sets, err := s.matches(ctx, n)
	if err != nil {
		return err
	}
	for i, rows := range sets {
		if rows.empty() {
			continue
		}
		if more, err := s.yieldIDs(ctx, s.segments[i], rows, yield); err != nil || !more {
			return err
		}
	}
	return nil
}

func (s *snapshot) yieldIDs(ctx context.Context, seg *segment, rows bitset, yield func(id string) bool) (more bool, err error) {
	ids, err := seg.textColumn(ctx, idName)
	if err != nil {
		return false, err
	}
	n := 0
	more = rows.each(func(row uint32) bool {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			err = ctx.Err()
			return false
		}
		return yield(asString(ids.of(row)))
	})
	return more, err
}

// Contains finds the customer's row and decides that row alone.
func (s *snapshot) Contains(ctx context.Context, e expr.Expr, id string) (found bool, err error) {
	defer recovered(&err)
	n, err := s.compile(ctx, e)
	if err != nil {
		return false, err
	}
	for _, seg := range s.segments {
		row, ok, err := seg.row(id)
		if err != nil {
			return false, err
		}
		if ok {
			return n.has(ctx, seg, row)
		}
	}
	return false, nil
}
