package indextest

import (
	"context"
	"math"
	"slices"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// A spread is what is expected of one facet. Without numbers, Min and Max are
// NaN.
type spread struct {
	values       []held
	distinct     int
	counts       []int
	below, above int
	missing      int
	numbers      []float64 // the smallest and the largest
}

// wantFacet asks a fresh snapshot, before and after a merge.
func (b *bench) wantFacet(e expr.Expr, q index.FacetQuery, want spread) {
	b.t.Helper()
	s := b.snapshot()
	b.wantFacetOf(s, e, q, want)
	s.Release()
	if b.hooks.Merge == nil {
		return
	}
	b.hooks.Merge(b.t, b.backend)
	s = b.snapshot()
	defer s.Release()
	b.wantFacetOf(s, e, q, want)
}

func (b *bench) wantFacetOf(s index.Snapshot, e expr.Expr, q index.FacetQuery, want spread) {
	b.t.Helper()
	got, err := s.Facets(context.Background(), e, []index.FacetQuery{q})
	if err != nil || len(got) != 1 {
		b.t.Errorf("%s: %d facets, %v", showFacetQuery(q), len(got), err)
		return
	}
	expected := index.Facet{Distinct: want.distinct, Counts: want.counts, Below: want.below, Above: want.above,
		Missing: want.missing, Min: math.NaN(), Max: math.NaN()}
	if want.numbers != nil {
		expected.Min, expected.Max = want.numbers[0], want.numbers[1]
	}
	for i, w := range want.values {
		c := index.ValueCount{Value: w.schema(), Count: len(w.by)}
		expected.Values = append(expected.Values, c)
		if i < len(got[0].Values) && !slices.Contains(w.by, got[0].Values[i].ID) {
			b.t.Errorf("%s: %q does not have %v", showFacetQuery(q), got[0].Values[i].ID, w.value)
		}
	}
	if !sameFacet(got[0], expected) {
		b.t.Errorf("%s of %s\n got %s\nwant %s", showFacetQuery(q), expr.String(e), showFacet(got[0]), showFacet(expected))
	}
}

// facet is a query of a field of Fields, or of a String that is not there.
func facet(field string, top int, edges ...float64) index.FacetQuery {
	q := index.FacetQuery{Field: field, Kind: schema.String, Top: top, Edges: edges}
	if f, ok := Fields().Lookup(field); ok {
		q.Kind = f.Kind
	}
	return q
}

func named(name string) expr.Expr {
	return expr.Text{Field: "name", Kind: schema.String, Needles: []string{name}}
}
