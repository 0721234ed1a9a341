package bleveindex

import (
	"context"
	"os"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// facetQuestions are facets of each way of counting.
func facetQuestions() map[string]index.FacetQuery {
	months := make([]float64, 37)
	for i := range months {
		months[i] = crowdNow - float64(len(months)-i)*30.4*day
	}
	fives := make([]float64, 101)
	for i := range fives {
		fives[i] = float64(i) * 5
	}
	uneven := make([]float64, index.MaxFacetEdges)
	for i := range uneven {
		uneven[i] = float64(i * i)
	}
	return map[string]index.FacetQuery{
		"country":  {Field: "country", Kind: schema.String, Top: 10},
		"city":     {Field: "city", Kind: schema.String, Top: 10},
		"top1000":  {Field: "city", Kind: schema.String, Top: index.MaxFacetValues},
		"campaign": {Field: "profile.utmCampaign", Kind: schema.String, Top: 10},
		"email":    {Field: schema.EmailField, Kind: schema.String, Top: 10},
		"id":       {Field: schema.IDField, Kind: schema.String, Top: 10},
		"tags":     {Field: schema.TagsField, Kind: schema.List, Top: 10},
		"member":   {Field: schema.MemberField, Kind: schema.Boolean, Top: 2},
		"sessions": {Field: "sessionsCount", Kind: schema.Number, Top: 10},
		"bounds":   {Field: schema.LastSeenField, Kind: schema.Date},
		"months":   {Field: schema.LastSeenField, Kind: schema.Date, Edges: months},
		"fives":    {Field: "sessionsCount", Kind: schema.Number, Edges: fives},
		"uneven":   {Field: "sessionsCount", Kind: schema.Number, Edges: uneven},
		"seen":     {Field: "sessionsCount", Kind: schema.Number},
	}
}

// facetBackend is an index of invented customers, or the one in the folder that
// MEIBO_BENCH_INDEX names: a copy, since opening it writes to it.
func facetBackend(b *testing.B) index.Backend {
	b.Helper()
	dir := os.Getenv("MEIBO_BENCH_INDEX")
	if dir == "" {
		backend := openBench(b)
		load(b, backend, newCrowd(1), benchCustomers(b))
		return backend
	}
	backend, err := Open(dir, Options{Warm: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = backend.Close() })
	return backend
}

// BenchmarkFacets asks for each facet of everyone and of a part; the time to
// find the matches is in it.
func BenchmarkFacets(b *testing.B) {
	backend := facetBackend(b)
	ctx := context.Background()
	s, err := backend.Snapshot(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Release()
	b.Logf("%d segments", len(s.(*snapshot).segments))
	for name, q := range facetQuestions() {
		for of, e := range map[string]expr.Expr{"everyone": expr.Everyone(), "active": moreThan("web.sessionsCount", 5)} {
			b.Run(name+"/"+of, func(b *testing.B) {
				ask := func() []index.Facet {
					facets, err := s.Facets(ctx, e, []index.FacetQuery{q})
					if err != nil {
						b.Fatal(err)
					}
					return facets
				}
				distinct := ask()[0].Distinct // reads the columns, and has others made
				settled(backend)
				matches, err := s.Count(ctx, e)
				if err != nil {
					b.Fatal(err)
				}
				b.ResetTimer()
				for range b.N {
					ask()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(matches), "ns/match")
				b.ReportMetric(float64(distinct), "distinct")
			})
		}
	}
}
