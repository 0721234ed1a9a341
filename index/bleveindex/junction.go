package bleveindex

import (
	"cmp"
	"context"
	"slices"

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

// rows takes the cheapest part first and stops where no row is left; where few
// are left, the other parts are asked about each of them.
func (n all) rows(ctx context.Context, s *segment) (bitset, error) {
	parts := byCost(n, s)
	rows, err := parts[0].rows(ctx, s)
	for _, part := range parts[1:] {
		if err != nil {
			return nil, err
		}
		left := rows.count()
		switch {
		case left == 0:
			return rows, nil
		case oneByOne(part, s, left):
			err = keepRows(ctx, part, s, rows)
		default:
			var more bitset
			if more, err = part.rows(ctx, s); err == nil {
				rows.and(more)
			}
		}
	}
	return rows, err
}

// byCost are nodes in the order of what their rows cost in a segment.
func byCost(nodes []node, s *segment) []node {
	type priced struct {
		node
		cost float64
	}
	list := make([]priced, len(nodes))
	for i, part := range nodes {
		list[i] = priced{part, costOf(part, s)}
	}
	slices.SortStableFunc(list, func(a, b priced) int { return cmp.Compare(a.cost, b.cost) })
	sorted := make([]node, len(list))
	for i, p := range list {
		sorted[i] = p.node
	}
	return sorted
}

// oneByOne reports whether asking about each of some rows costs less than
// finding all rows of a node.
func oneByOne(n node, s *segment, rows int) bool {
	switch s.view.options.force {
	case planRows:
		return true
	case "":
		return float64(rows)*rowCost(n, s) < costOf(n, s)
	}
	return false
}

// rowCost is about what deciding one row takes.
func rowCost(n node, s *segment) float64 {
	switch n := bare(n).(type) {
	case constant:
		return 1
	case *between:
		return warmCost(s, n.name())
	case *text:
		return warmCost(s, n.column)
	case *terms:
		return costTerm * float64(len(n.of))
	case *isSet:
		return costOf(n, s)
	case *dictionary:
		return 1e12 // it reads all rows for each
	}
	total := 10.0
	for _, part := range n.parts() {
		total += rowCost(part, s)
	}
	return total
}

func warmCost(s *segment, name string) float64 {
	if s.isWarm(name) {
		return costWarmRow
	}
	return costColdRow
}

// keepRows takes the rows that a node is not true of out of a set.
func keepRows(ctx context.Context, n node, s *segment, rows bitset) error {
	var failed error
	rows.each(func(row uint32) bool {
		var ok bool
		if ok, failed = n.has(ctx, s, row); !ok {
			rows.remove(row)
		}
		return failed == nil
	})
	return failed
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
