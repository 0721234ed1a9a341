package indextest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// facetQueries are a few about any fields, now and then one about a kind that
// the field does not have.
func (g *Generator) facetQueries() []index.FacetQuery {
	queries := make([]index.FacetQuery, pick(g, []int{0, 1, 2, 3}))
	for i := range queries {
		f, _ := g.Fields.Lookup(g.anyField())
		if g.IntN(10) == 0 {
			f.Kind = pick(g, []schema.Kind{schema.Boolean, schema.String, schema.Number, schema.Date, schema.List})
		}
		queries[i] = g.facetQuery(f)
	}
	return queries
}

func (g *Generator) facetQuery(f schema.Field) index.FacetQuery {
	q := index.FacetQuery{Field: f.Key, Kind: f.Kind}
	if f.Kind != schema.Date {
		q.Top = pick(g, []int{0, 1, 2, 5, 50, index.MaxFacetValues})
	}
	if f.Kind != schema.Number && f.Kind != schema.Date {
		return q
	}
	switch g.IntN(4) {
	case 0:
		q.Edges = g.evenEdges(f)
	case 1, 2:
		q.Edges = g.seenEdges(f)
	}
	return q
}

// evenEdges are as far from each other, by whole numbers or not.
func (g *Generator) evenEdges(f schema.Field) []float64 {
	step := pick(g, []float64{1, 5, 0.1, 1.0 / 3, 1e6, 24 * 60 * 60 * 1000})
	first := g.seen(f).Num()
	edges := make([]float64, 2+g.IntN(30))
	for i := range edges {
		edges[i] = first + float64(i)*step
	}
	return edges
}

// seenEdges lie exactly on values, some of them twice or without an end.
func (g *Generator) seenEdges(f schema.Field) []float64 {
	edges := make([]float64, pick(g, []int{2, 2, 3, 10, 300}))
	for i := range edges {
		edges[i] = g.seen(f).Num()
	}
	if g.IntN(6) == 0 {
		edges[0] = math.Inf(-1)
	}
	if g.IntN(6) == 0 {
		edges[1] = math.Inf(1)
	}
	slices.Sort(edges)
	return edges
}

// facets compares the facets of an expression's matches, and holds that the
// customer told with a value is a match that has it.
func (p *pair) facets(e expr.Expr, queries []index.FacetQuery) {
	p.t.Helper()
	if fault := p.facetsFault(e, queries); fault != "" {
		p.t.Errorf("Facets(%s): %s", expr.String(e), fault)
	}
}

// facetsFault says what is wrong with an answer; "" is nothing.
func (p *pair) facetsFault(e expr.Expr, queries []index.FacetQuery) string {
	want, err := p.oracle.Facets(context.Background(), e, queries)
	if err != nil {
		return "memindex: " + err.Error()
	}
	got, err := p.tested.Facets(context.Background(), e, queries)
	if err != nil {
		return err.Error()
	}
	if len(got) != len(queries) || len(want) != len(queries) {
		return fmt.Sprintf("%d facets of %d queries, want %d", len(got), len(queries), len(want))
	}
	for i, q := range queries {
		if !sameFacet(got[i], want[i]) {
			return fmt.Sprintf("%s\n got %s\nwant %s", showFacetQuery(q), showFacet(got[i]), showFacet(want[i]))
		}
		for _, c := range slices.Concat(got[i].Values, want[i].Values) {
			if r, ok := p.records[c.ID]; !ok || !eval.Match(e, r) || !hasFacetValue(r, q, c.Value) {
				return fmt.Sprintf("%s: %q (there: %v) does not match with %v", showFacetQuery(q), c.ID, ok, c.Value)
			}
		}
	}
	return ""
}

func sameFacet(a, b index.Facet) bool {
	return slices.EqualFunc(a.Values, b.Values, sameCount) && a.Distinct == b.Distinct &&
		slices.Equal(a.Counts, b.Counts) && (a.Counts == nil) == (b.Counts == nil) &&
		a.Below == b.Below && a.Above == b.Above && a.Missing == b.Missing &&
		sameNumber(a.Min, b.Min) && sameNumber(a.Max, b.Max)
}

func sameNumber(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func hasFacetValue(r schema.Record, q index.FacetQuery, v schema.Value) bool {
	if q.Kind == schema.Boolean {
		return r.Get(q.Field).Equal(v)
	}
	return hasValue(r, index.ValuesQuery{Field: q.Field, Kind: q.Kind}, v)
}

func showFacetQuery(q index.FacetQuery) string {
	return fmt.Sprintf("%s %s, top %d, edges %v", q.Field, q.Kind, q.Top, q.Edges)
}

func showFacet(f index.Facet) string {
	return fmt.Sprintf("%s of %d values, %d below, %v, %d above, %d missing, from %v to %v",
		showValues(index.ValuesPage{Values: f.Values}), f.Distinct, f.Below, f.Counts, f.Above, f.Missing, f.Min, f.Max)
}
