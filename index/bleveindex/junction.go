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

func (n constant) plan(s *segment) plan {
	if n {
		return plan{name: planAll, shared: true, rows: func(context.Context) (bitset, error) { return s.live(), nil }}
	}
	return plan{name: planNone, rows: func(context.Context) (bitset, error) { return newBitset(s.rows), nil }}
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

// plan takes the cheapest part first and stops where no row is left; where few
// are left, the other parts are asked about each of them.
func (n all) plan(s *segment) plan {
	parts := partsOf(n, s)
	slices.SortStableFunc(parts, func(a, b branch) int { return cmp.Compare(a.cost, b.cost) })
	return plan{name: planAnd, cost: costOf(parts, s), rows: func(ctx context.Context) (bitset, error) {
		rows, err := parts[0].rows(ctx)
		if parts[0].shared {
			rows = slices.Clone(rows)
		}
		for _, p := range parts[1:] {
			if err != nil {
				return nil, err
			}
			left := rows.count()
			switch {
			case left == 0:
				return rows, nil
			case p.oneByOne(s, left):
				err = keepRows(ctx, p.node, s, rows)
			default:
				var more bitset
				if more, err = p.rows(ctx); err == nil {
					rows.and(more)
				}
			}
		}
		return rows, err
	}}
}

// A branch is a part of a junction and its plan in a segment.
type branch struct {
	node
	plan
}

func partsOf(nodes []node, s *segment) []branch {
	parts := make([]branch, len(nodes))
	for i, n := range nodes {
		parts[i] = branch{n, n.plan(s)}
	}
	return parts
}

// costOf is about what finding the rows of all parts takes.
func costOf(parts []branch, s *segment) float64 {
	total := costWord * float64(len(parts)*s.rows/64)
	for _, p := range parts {
		total += p.cost
	}
	return total
}

// oneByOne reports whether asking about each of some rows costs less than
// finding all rows of the part.
func (p branch) oneByOne(s *segment, rows int) bool {
	switch s.view.options.force {
	case planRows:
		return true
	case "":
		return float64(rows)*rowCost(p.node, s) < p.cost
	}
	return false
}

// rowCost is about what deciding one row takes.
func rowCost(n node, s *segment) float64 {
	switch n := bare(n).(type) {
	case constant:
		return 1
	case *between:
		if s.isWarm(n.name()) {
			return costKeep
		}
		return costColdRow
	case *text:
		return warmCost(s, n.column)
	case *terms:
		return costTerm * float64(len(n.of))
	case *isSet:
		return n.plan(s).cost
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

// A rowsKeeper may be able to do what keepRows does faster than row by row
// through has; false is that it is not, and has done nothing.
type rowsKeeper interface {
	keep(s *segment, rows bitset) bool
}

// keepRows takes the rows that a node is not true of out of a set.
func keepRows(ctx context.Context, n node, s *segment, rows bitset) error {
	if k, ok := n.(rowsKeeper); ok && k.keep(s, rows) {
		return nil
	}
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

func (n some) plan(s *segment) plan {
	parts := partsOf(n, s)
	return plan{name: planOr, cost: costOf(parts, s), rows: func(ctx context.Context) (bitset, error) {
		rows := newBitset(s.rows)
		for _, p := range parts {
			more, err := p.rows(ctx)
			if err != nil {
				return nil, err
			}
			rows.or(more)
		}
		return rows, nil
	}}
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

func (n not) plan(s *segment) plan {
	of := n.of.plan(s)
	return plan{name: planNot, cost: of.cost + costWord*float64(s.rows/64), rows: func(ctx context.Context) (bitset, error) {
		rows, err := of.rows(ctx)
		if err != nil {
			return nil, err
		}
		if of.shared {
			rows = slices.Clone(rows)
		}
		rows.not(s.rows)
		return rows, nil
	}}
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
