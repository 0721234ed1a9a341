package memindex

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

type snapshot struct {
	*state
	released atomic.Bool
}

func (s *snapshot) Position() index.Position { return s.position }

func (s *snapshot) Total() int { return len(s.records) }

func (s *snapshot) Release() { s.released.Store(true) }

func (s *snapshot) Count(ctx context.Context, e expr.Expr) (int, error) {
	n := 0
	err := s.each(ctx, e, func(schema.Record) bool { n++; return true })
	return n, err
}

func (s *snapshot) IDs(ctx context.Context, e expr.Expr, yield func(id string) bool) error {
	return s.each(ctx, e, func(r schema.Record) bool { return yield(r.ID()) })
}

// each calls yield for every match, in the order of ids, until it returns false.
func (s *snapshot) each(ctx context.Context, e expr.Expr, yield func(schema.Record) bool) error {
	if err := s.check(ctx, e); err != nil {
		return err
	}
	for i, r := range s.records {
		if i%1024 == 1023 && ctx.Err() != nil {
			return ctx.Err()
		}
		if eval.Match(e, r) && !yield(r) {
			return nil
		}
	}
	return nil
}

func (s *snapshot) check(ctx context.Context, e expr.Expr) error {
	switch {
	case s.released.Load():
		return index.ErrClosed
	case e == nil:
		return index.CheckQuery(index.Query{})
	}
	return ctx.Err()
}

func (s *snapshot) Contains(ctx context.Context, e expr.Expr, id string) (bool, error) {
	if err := s.check(ctx, e); err != nil {
		return false, err
	}
	i, ok := slices.BinarySearchFunc(s.records, id, func(r schema.Record, id string) int {
		return strings.Compare(r.ID(), id)
	})
	return ok && eval.Match(e, s.records[i]), nil
}

func (s *snapshot) Explain(ctx context.Context, q index.Query) (string, error) {
	page, err := s.Search(ctx, q)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d records, each evaluated\n  %s\n", page.Total, s.Total(), expr.String(q.Where)), nil
}

func (s *snapshot) Search(ctx context.Context, q index.Query) (index.Page, error) {
	if err := index.CheckQuery(q); err != nil {
		return index.Page{}, err
	}
	total, hits, err := s.ordered(ctx, q)
	return index.Page{Total: total, Hits: hits[:min(q.Limit, len(hits))]}, err
}

// ordered are all matches from where the query begins.
func (s *snapshot) ordered(ctx context.Context, q index.Query) (total int, hits []index.Hit, err error) {
	err = s.each(ctx, q.Where, func(r schema.Record) bool {
		hits = append(hits, index.Hit{Key: keyOf(r, q.Sort)})
		return true
	})
	if err != nil {
		return 0, nil, err
	}
	total = len(hits)
	slices.SortFunc(hits, func(a, b index.Hit) int { return compareKeys(q.Sort, a.Key, b.Key) })
	if q.After != nil {
		hits = slices.DeleteFunc(hits, func(h index.Hit) bool { return compareKeys(q.Sort, h.Key, *q.After) <= 0 })
	}
	return total, hits[min(q.Offset, len(hits)):], nil
}

func (s *snapshot) Walk(ctx context.Context, q index.Query, yield func(index.Hit) bool) error {
	if err := index.CheckQuery(q); err != nil {
		return err
	}
	_, hits, err := s.ordered(ctx, q)
	for i, h := range hits {
		if i%1024 == 1023 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !yield(h) {
			break
		}
	}
	return err
}

// keyOf is the place of a record: a value of another kind than is sorted by
// counts as missing.
func keyOf(r schema.Record, sort []index.SortKey) index.Key {
	k := index.Key{ID: r.ID(), Values: make([]schema.Value, len(sort))}
	for i, s := range sort {
		v := r.Get(s.Field)
		if v.Kind() != s.Kind {
			continue
		}
		if s.Kind == schema.String {
			v = schema.Text(schema.Fold(v.Text()))
		}
		k.Values[i] = v
	}
	return k
}

// compareKeys orders hits: missing values last in either direction, ties by id.
func compareKeys(sort []index.SortKey, a, b index.Key) int {
	for i, s := range sort {
		v, w := a.Values[i], b.Values[i]
		switch {
		case v.IsMissing() && w.IsMissing():
			continue
		case v.IsMissing():
			return 1
		case w.IsMissing():
			return -1
		}
		order := schema.Compare(v, w)
		if s.Desc {
			order = -order
		}
		if order != 0 {
			return order
		}
	}
	return strings.Compare(a.ID, b.ID)
}
