package bleveindex

import (
	"context"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	bleve "github.com/blevesearch/bleve_index_api"
)

// constant is everyone or no one.
type constant bool

func (n constant) parts() []node { return nil }

func (n constant) line() string {
	if n {
		return "all"
	}
	return "none"
}

func (n constant) rows(_ context.Context, s *segment) (bitset, error) {
	if n {
		return fullBitset(s.rows), nil
	}
	return newBitset(s.rows), nil
}

func (n constant) has(context.Context, *segment, uint32) (bool, error) { return bool(n), nil }

func (n constant) Searcher(ctx context.Context, r bleve.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	if n {
		return searcher.NewMatchAllSearcher(ctx, r, 1, o)
	}
	return searcher.NewMatchNoneSearcher(r)
}

// all is true where all of two or more parts are.
type all []node

func (n all) parts() []node { return n }
func (n all) line() string  { return "and" }

func (n all) rows(ctx context.Context, s *segment) (bitset, error) {
	rows, err := n[0].rows(ctx, s)
	for _, part := range n[1:] {
		if err != nil || rows.empty() {
			break
		}
		if _, negated := part.(not); negated {
			err = andNotRows(ctx, s, rows, part.parts()[0])
			continue
		}
		var more bitset
		if more, err = part.rows(ctx, s); err == nil {
			rows.and(more)
		}
	}
	return rows, err
}

// andNotRows takes the rows of a node out of a set.
func andNotRows(ctx context.Context, s *segment, from bitset, n node) error {
	rows, err := n.rows(ctx, s)
	if err == nil {
		from.andNot(rows)
	}
	return err
}

func (n all) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	for _, part := range n {
		if ok, err := part.has(ctx, s, row); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (n all) Searcher(ctx context.Context, r bleve.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	parts, err := searchers(ctx, n, r, m, o)
	if err != nil {
		return nil, err
	}
	return searcher.NewConjunctionSearcher(ctx, r, parts, o)
}

// searchers are those of several nodes; none is left open with an error.
func searchers(ctx context.Context, nodes []node, r bleve.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) ([]search.Searcher, error) {
	list := make([]search.Searcher, 0, len(nodes))
	for _, n := range nodes {
		s, err := n.Searcher(ctx, r, m, o)
		if err != nil {
			for _, open := range list {
				_ = open.Close()
			}
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// some is true where any of two or more parts is.
type some []node

func (n some) parts() []node { return n }
func (n some) line() string  { return "or" }

func (n some) rows(ctx context.Context, s *segment) (bitset, error) {
	rows, err := n[0].rows(ctx, s)
	for _, part := range n[1:] {
		if err != nil {
			break
		}
		var more bitset
		if more, err = part.rows(ctx, s); err == nil {
			rows.or(more)
		}
	}
	return rows, err
}

func (n some) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	for _, part := range n {
		if ok, err := part.has(ctx, s, row); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

func (n some) Searcher(ctx context.Context, r bleve.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	parts, err := searchers(ctx, n, r, m, o)
	if err != nil {
		return nil, err
	}
	return searcher.NewDisjunctionSearcher(ctx, r, parts, 1, o)
}

// not is the exact complement.
type not struct{ of node }

func (n not) parts() []node { return []node{n.of} }
func (n not) line() string  { return "not" }

func (n not) rows(ctx context.Context, s *segment) (bitset, error) {
	rows, err := n.of.rows(ctx, s)
	if err == nil {
		rows.not(s.rows)
	}
	return rows, err
}

func (n not) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	ok, err := n.of.has(ctx, s, row)
	return !ok && err == nil, err
}

// Searcher takes the part from everyone. (Bleve's boolean searcher answers
// everything but the excluded when what must match is nothing; here it is
// everything.)
func (n not) Searcher(ctx context.Context, r bleve.IndexReader, m mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	part, err := n.of.Searcher(ctx, r, m, o)
	if err != nil {
		return nil, err
	}
	everyone, err := searcher.NewMatchAllSearcher(ctx, r, 1, o)
	if err != nil {
		_ = part.Close()
		return nil, err
	}
	return searcher.NewBooleanSearcher(ctx, r, everyone, nil, part, o)
}

// both joins two nodes with and, folding constants.
func both(a, b node) node {
	switch {
	case a == constant(false) || b == constant(false):
		return constant(false)
	case a == constant(true):
		return b
	case b == constant(true):
		return a
	}
	return all{a, b}
}

// either joins two nodes with or, folding constants.
func either(a, b node) node {
	switch {
	case a == constant(true) || b == constant(true):
		return constant(true)
	case a == constant(false):
		return b
	case b == constant(false):
		return a
	}
	return some{a, b}
}
