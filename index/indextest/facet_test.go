package indextest

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// A spreader answers Facets in one way.
type spreader struct {
	index.Snapshot
	facets []index.Facet
	err    error
}

func (s spreader) Facets(context.Context, expr.Expr, []index.FacetQuery) ([]index.Facet, error) {
	return s.facets, s.err
}

func TestFaultsOfFacetsAreFound(t *testing.T) {
	a, b := customer("a", "sessionsCount", schema.Num(1)), customer("b", "sessionsCount", schema.Num(1), "name", schema.Text("x"))
	truth := func() index.Facet {
		return index.Facet{Values: []index.ValueCount{{Value: schema.Num(1), Count: 1, ID: "b"}}, Distinct: 1,
			Counts: []int{1}, Min: 1, Max: 1}
	}
	but := func(change func(*index.Facet)) []index.Facet {
		f := truth()
		change(&f)
		return []index.Facet{f}
	}
	for name, test := range map[string]struct {
		facets []index.Facet
		err    error
		says   string
	}{
		"the truth":          {facets: but(func(*index.Facet) {})},
		"a facet less":       {says: "0 facets of 1 queries"},
		"a value less":       {facets: but(func(f *index.Facet) { f.Values = nil }), says: "got []"},
		"a wrong count":      {facets: but(func(f *index.Facet) { f.Values[0].Count = 2 }), says: "got [2"},
		"another distinct":   {facets: but(func(f *index.Facet) { f.Distinct = 2 }), says: "of 2 values"},
		"another bucket":     {facets: but(func(f *index.Facet) { f.Counts[0] = 2 }), says: "[2]"},
		"no buckets":         {facets: but(func(f *index.Facet) { f.Counts = nil }), says: "[]"},
		"one below":          {facets: but(func(f *index.Facet) { f.Below = 1 }), says: "1 below"},
		"one above":          {facets: but(func(f *index.Facet) { f.Above = 1 }), says: "1 above"},
		"one missing":        {facets: but(func(f *index.Facet) { f.Missing = 1 }), says: "1 missing"},
		"no smallest":        {facets: but(func(f *index.Facet) { f.Min = math.NaN() }), says: "from NaN"},
		"another largest":    {facets: but(func(f *index.Facet) { f.Max = 2 }), says: "to 2"},
		"who does not match": {facets: but(func(f *index.Facet) { f.Values[0].ID = "a" }), says: `"a" (there: true)`},
		"somebody not there": {facets: but(func(f *index.Facet) { f.Values[0].ID = "c" }), says: `"c" (there: false)`},
		"an error":           {err: errors.New("broken"), says: "broken"},
	} {
		p := &pair{t: t, tested: spreader{facets: test.facets, err: test.err}, oracle: spreader{facets: but(func(*index.Facet) {})},
			records: map[string]schema.Record{"a": a, "b": b}}
		got := p.facetsFault(named("x"), []index.FacetQuery{facet("sessionsCount", 1, 0, 2)})
		if test.says == "" && got != "" || !strings.Contains(got, test.says) {
			t.Errorf("%s: %q, want %q", name, got, test.says)
		}
	}
}
