package service

import (
	"context"
	"math"
	"slices"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// A FacetRequest asks how the matches are spread over the values of a field.
// At most one of Top, Interval and Calendar is set; with none, texts, lists
// and Booleans tell DefaultTop values, numbers and dates their bounds alone.
type FacetRequest struct {
	Field    string   `json:"field" doc:"A field's key."`
	Top      *int     `json:"top,omitempty" minimum:"1" maximum:"1000" doc:"The most frequent values wanted; 10 where no other form is asked for. Of any kind but Date."`
	Interval *float64 `json:"interval,omitempty" minimum:"0.000000001" maximum:"9007199254740992" doc:"Of a Number: buckets that begin at its multiples."`
	Calendar string   `json:"calendar,omitempty" enum:"min,h,d,w,mo,y" doc:"Of a Date: buckets of calendar days, weeks, months or years in the request's zone; hours and minutes are exact and count from the beginning of the first day."`
	From     any      `json:"from,omitempty" doc:"Where the buckets begin: the one that holds this number or date. The smallest value of the matches when left out."`
	To       any      `json:"to,omitempty" doc:"Where the buckets end: no bucket begins at or after it. The largest value of the matches when left out."`
}

// DefaultTop is how many values are told where a request does not say.
const DefaultTop = 10

// A Facet answers a FacetRequest. Dates are epoch milliseconds, as they travel
// in a customer.
type Facet struct {
	Field    string        `json:"field"`
	Values   []FacetValue  `json:"values,omitzero" nullable:"false" doc:"The most frequent first, ties in the order of the values."`
	Distinct *int          `json:"distinct,omitempty" doc:"How many values there are, with values."`
	Buckets  []FacetBucket `json:"buckets,omitzero" nullable:"false" doc:"In order, empty ones too."`
	Below    int           `json:"below,omitempty" doc:"Matches before the first bucket; 0 when left out."`
	Above    int           `json:"above,omitempty" doc:"Matches after the last bucket; 0 when left out."`
	Missing  int           `json:"missing" doc:"Matches without a value."`
	Min      *float64      `json:"min,omitempty" doc:"The smallest number or date of the matches."`
	Max      *float64      `json:"max,omitempty" doc:"The largest number or date of the matches."`
}

// A FacetValue is a value as one of its customers writes it.
type FacetValue struct {
	Value any `json:"value" doc:"Text, for a List one element; a number; true or false."`
	Count int `json:"count" doc:"Matches that have it."`
}

// A FacetBucket counts the values from From up to before To.
type FacetBucket struct {
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Count int     `json:"count"`
}

// facets answers on the snapshot of a page: one look at the matches, and
// another before it where buckets begin or end at the matches' own bounds.
func (s *Service) facets(ctx context.Context, snap index.Snapshot, where expr.Expr, plans []facetPlan) ([]Facet, error) {
	if len(plans) == 0 {
		return nil, nil
	}
	plans = slices.Clone(plans)
	if err := boundFacets(ctx, snap, where, plans); err != nil {
		return nil, err
	}
	queries := make([]index.FacetQuery, len(plans))
	for i := range plans {
		q, err := plans[i].query()
		if err != nil {
			return nil, err
		}
		queries[i] = q
	}
	found, err := snap.Facets(ctx, where, queries)
	if err != nil {
		return nil, refuseEngine(err)
	}
	answers := make([]Facet, len(found))
	for i, f := range found {
		answers[i] = s.facet(plans[i], queries[i], f)
	}
	return answers, nil
}

// boundFacets gives buckets without a beginning or an end those of the matches.
func boundFacets(ctx context.Context, snap index.Snapshot, where expr.Expr, plans []facetPlan) error {
	var unbounded []*facetPlan
	var queries []index.FacetQuery
	for i := range plans {
		if p := &plans[i]; p.steps != nil && (math.IsNaN(p.from) || math.IsNaN(p.to)) {
			unbounded = append(unbounded, p)
			queries = append(queries, index.FacetQuery{Field: p.field.Key, Kind: p.field.Kind})
		}
	}
	if len(queries) == 0 {
		return nil
	}
	found, err := snap.Facets(ctx, where, queries)
	if err != nil {
		return refuseEngine(err)
	}
	for i, p := range unbounded {
		p.within(found[i].Min, found[i].Max)
	}
	return nil
}

func (s *Service) facet(p facetPlan, q index.FacetQuery, f index.Facet) Facet {
	a := Facet{Field: p.field.Key, Below: f.Below, Above: f.Above, Missing: f.Missing}
	if !math.IsNaN(f.Min) {
		a.Min, a.Max = &f.Min, &f.Max
	}
	if p.steps != nil {
		a.Buckets = make([]FacetBucket, len(f.Counts))
		for i, n := range f.Counts {
			a.Buckets[i] = FacetBucket{From: q.Edges[i], To: q.Edges[i+1], Count: n}
		}
	}
	if q.Top == 0 {
		return a
	}
	a.Distinct = &f.Distinct
	a.Values = make([]FacetValue, len(f.Values))
	for i, v := range s.asWritten(p.field, f.Values) {
		a.Values[i] = FacetValue{Value: plainValue(v), Count: f.Values[i].Count}
	}
	return a
}

// plainValue is a value as encoding/json takes it.
func plainValue(v schema.Value) any {
	switch v.Kind() {
	case schema.Boolean:
		return v.Bool()
	case schema.Number:
		return v.Num()
	}
	return v.Text()
}
