package indextest

import (
	"context"
	"errors"
	"math"
	"slices"

	"meibo/dsl/schema"
	"meibo/index"
)

func badFacets(b *bench) {
	b.put(customer("a", "city", schema.Text("x")))
	s := b.snapshot()
	ctx := context.Background()
	for name, queries := range map[string][]index.FacetQuery{
		"no kind":              {{Field: "city", Top: 1}},
		"a negative top":       {facet("city", -1)},
		"a top too high":       {facet("city", index.MaxFacetValues+1)},
		"a top of dates":       {facet("lastSeenAt", 1)},
		"edges of texts":       {facet("city", 0, 1, 2)},
		"edges of a Boolean":   {facet("member", 0, 0, 1)},
		"one edge":             {facet("sessionsCount", 0, 1)},
		"no edges but a slice": {{Field: "sessionsCount", Kind: schema.Number, Edges: []float64{}}},
		"too many edges":       {facet("sessionsCount", 0, make([]float64, index.MaxFacetEdges+1)...)},
		"edges that descend":   {facet("sessionsCount", 0, 2, 1)},
		"edges that are none":  {facet("sessionsCount", 0, 1, math.NaN())},
		"too many facets":      slices.Repeat([]index.FacetQuery{facet("city", 1)}, index.MaxFacets+1),
		"a bad one behind":     {facet("city", 1), facet("city", -1)},
	} {
		if got, err := s.Facets(ctx, everyone(), queries); !errors.Is(err, index.ErrBadQuery) {
			b.t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := s.Facets(ctx, everyone(), slices.Repeat([]index.FacetQuery{facet("city", 1)}, index.MaxFacets)); err != nil || len(got) != index.MaxFacets {
		b.t.Errorf("as many facets as there may be: %d, %v", len(got), err)
	}
	if got, err := s.Facets(ctx, nil, []index.FacetQuery{facet("city", 1)}); !errors.Is(err, index.ErrBadQuery) {
		b.t.Errorf("no expression: %+v, %v", got, err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if got, err := s.Facets(ended, everyone(), []index.FacetQuery{facet("city", 1)}); !errors.Is(err, context.Canceled) {
		b.t.Errorf("in a context that has ended: %+v, %v", got, err)
	}
	s.Release()
	if got, err := s.Facets(ctx, everyone(), []index.FacetQuery{facet("city", 1)}); !errors.Is(err, index.ErrClosed) {
		b.t.Errorf("of a released snapshot: %+v, %v", got, err)
	}
}
