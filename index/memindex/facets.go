package memindex

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// Facets goes through all records, and through each match's values for every
// query.
func (s *snapshot) Facets(ctx context.Context, e expr.Expr, queries []index.FacetQuery) ([]index.Facet, error) {
	if err := index.CheckFacets(queries); err != nil {
		return nil, err
	}
	tallies := make([]*tally, len(queries))
	for i, q := range queries {
		tallies[i] = newTally(q)
	}
	err := s.each(ctx, e, func(r schema.Record) bool {
		for _, t := range tallies {
			t.add(r)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	facets := make([]index.Facet, len(queries))
	for i, t := range tallies {
		facets[i] = t.facet()
	}
	return facets, nil
}

// A tally is a Facet on its way.
type tally struct {
	query  index.FacetQuery
	answer index.Facet
	counts map[valueKey]*index.ValueCount
}

// A valueKey tells values of one kind apart.
type valueKey struct {
	num  float64
	text string // folded
}

func newTally(q index.FacetQuery) *tally {
	t := &tally{query: q, counts: map[valueKey]*index.ValueCount{}}
	t.answer.Min, t.answer.Max = math.NaN(), math.NaN()
	if q.Edges != nil {
		t.answer.Counts = make([]int, len(q.Edges)-1)
	}
	return t
}

func (t *tally) add(r schema.Record) {
	v := r.Get(t.query.Field)
	if v.Kind() != t.query.Kind {
		t.answer.Missing++
		return
	}
	if v.Kind() == schema.Number || v.Kind() == schema.Date {
		t.measure(v.Num())
	}
	if t.query.Top == 0 {
		return
	}
	for _, v := range distinct(v) {
		k := valueKey{v.Num(), v.Text()}
		if t.counts[k] == nil {
			t.counts[k] = &index.ValueCount{Value: v, ID: r.ID()}
		}
		t.counts[k].Count++
	}
}

func (t *tally) measure(n float64) {
	a := &t.answer
	if math.IsNaN(a.Min) {
		a.Min, a.Max = n, n
	}
	a.Min, a.Max = min(a.Min, n), max(a.Max, n)
	edges := t.query.Edges
	if edges == nil {
		return
	}
	switch next := sort.Search(len(edges), func(i int) bool { return edges[i] > n }); next {
	case 0:
		a.Below++
	case len(edges):
		a.Above++
	default:
		a.Counts[next-1]++
	}
}

func (t *tally) facet() index.Facet {
	t.answer.Distinct = len(t.counts)
	for _, c := range t.counts {
		t.answer.Values = append(t.answer.Values, *c)
	}
	slices.SortFunc(t.answer.Values, func(a, b index.ValueCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), schema.Compare(a.Value, b.Value))
	})
	t.answer.Values = t.answer.Values[:min(t.query.Top, len(t.answer.Values))]
	return t.answer
}
