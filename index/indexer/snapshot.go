package indexer

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"meibo/dsl/expr"
	"meibo/index"
)

// Snapshot pins the index once it has applied minSeq, and must be released.
// When ctx ends before, the error is a *BehindError; an *UnknownSeqError when
// minSeq is beyond the source's last write; ErrRebuilding, at once, while there
// is no complete index.
func (x *Indexer) Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	if committed := x.c.Source.Seq(); minSeq > committed {
		return nil, &UnknownSeqError{Wanted: minSeq, Committed: committed}
	}
	for {
		g, err := x.acquire(ctx, minSeq)
		if err != nil {
			return nil, err
		}
		inner, err := g.backend.Snapshot(ctx)
		if err == nil {
			return &snapshot{x: x, g: g, inner: inner}, nil
		}
		x.release(g)
		x.heed(g, err)
		if !errors.Is(err, index.ErrDamaged) && !errors.Is(err, index.ErrBroken) {
			return nil, fmt.Errorf("pin the index: %w", err)
		}
	}
}

// acquire waits for a generation that has applied minSeq and takes a reference.
func (x *Indexer) acquire(ctx context.Context, minSeq uint64) (g *generation, err error) {
	var applied uint64
	closed, none := false, false
	err = x.await(ctx, func() bool {
		if closed, none = x.closed, x.live == nil; closed || none {
			return true
		}
		if applied = x.live.applied.Load(); applied < minSeq {
			return false
		}
		g = x.live
		g.refs++
		return true
	})
	switch {
	case err != nil:
		return nil, &BehindError{Wanted: minSeq, Applied: applied, Cause: err}
	case closed:
		return nil, index.ErrClosed
	case none:
		return nil, x.notReady()
	}
	return g, nil
}

// release tells nobody: every search does it.
func (x *Indexer) release(g *generation) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.unref(g)
}

// A snapshot holds its generation open, and notices when that is damaged or
// broken.
type snapshot struct {
	x     *Indexer
	g     *generation
	inner index.Snapshot
	once  sync.Once
}

func (s *snapshot) Position() index.Position { return s.inner.Position() }

func (s *snapshot) Total() int { return s.inner.Total() }

func (s *snapshot) Count(ctx context.Context, e expr.Expr) (int, error) {
	n, err := s.inner.Count(ctx, e)
	return n, s.heed(err)
}

func (s *snapshot) Search(ctx context.Context, q index.Query) (index.Page, error) {
	page, err := s.inner.Search(ctx, q)
	return page, s.heed(err)
}

func (s *snapshot) IDs(ctx context.Context, e expr.Expr, yield func(id string) bool) error {
	return s.heed(s.inner.IDs(ctx, e, yield))
}

func (s *snapshot) Contains(ctx context.Context, e expr.Expr, id string) (bool, error) {
	in, err := s.inner.Contains(ctx, e, id)
	return in, s.heed(err)
}

func (s *snapshot) Values(ctx context.Context, q index.ValuesQuery) (index.ValuesPage, error) {
	page, err := s.inner.Values(ctx, q)
	return page, s.heed(err)
}

func (s *snapshot) Walk(ctx context.Context, q index.Query, yield func(index.Hit) bool) error {
	return s.heed(s.inner.Walk(ctx, q, yield))
}

func (s *snapshot) Facets(ctx context.Context, e expr.Expr, queries []index.FacetQuery) ([]index.Facet, error) {
	facets, err := s.inner.Facets(ctx, e, queries)
	return facets, s.heed(err)
}

func (s *snapshot) Explain(ctx context.Context, q index.Query) (string, error) {
	text, err := s.inner.Explain(ctx, q)
	return text, s.heed(err)
}

func (s *snapshot) heed(err error) error {
	s.x.heed(s.g, err)
	return err
}

// Release gives the state back; a second time does nothing.
func (s *snapshot) Release() {
	s.once.Do(func() {
		s.inner.Release()
		s.x.release(s.g)
	})
}
