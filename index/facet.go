package index

import (
	"fmt"
	"math"
	"slices"

	"meibo/dsl/schema"
)

// A FacetQuery asks how matches are spread over the values of a field. Top
// wants the most frequent values, of any kind but Date; Edges wants the numbers
// of matches between them, of Number and Date. With neither, the Facet tells
// Missing, Min and Max only.
type FacetQuery struct {
	Field string
	Kind  schema.Kind
	Top   int       // values wanted, 0 to MaxFacetValues
	Edges []float64 // nil, or 2 to MaxFacetEdges of them, ascending; dates in epoch milliseconds
}

// Bounds of a FacetQuery, and of how many of them may be asked at a time.
const (
	MaxFacetValues = 1000
	MaxFacetEdges  = 2001
	MaxFacets      = 20
)

// A Facet answers a FacetQuery. A match is counted at each value that it has:
// once, but for Lists.
type Facet struct {
	Values   []ValueCount // the most frequent first, ties in the order of values (false, true; numbers; folded bytes)
	Distinct int          // how many values matches have; 0 where Top is 0
	Counts   []int        // of [Edges[i], Edges[i+1]); nil without Edges
	Below    int          // before the first edge
	Above    int          // at or after the last edge
	Missing  int          // matches without a value of the kind
	Min, Max float64      // of the matches' numbers or dates; NaN where there are none
}

// CheckFacetQuery refuses what no backend answers; errors wrap ErrBadQuery.
func CheckFacetQuery(q FacetQuery) error {
	numeric := q.Kind == schema.Number || q.Kind == schema.Date
	switch {
	case q.Kind == schema.None:
		return badQuery("no kind of field")
	case q.Top < 0 || q.Top > MaxFacetValues:
		return badQuery(fmt.Sprintf("the values of a facet must be 0 to %d", MaxFacetValues))
	case q.Top > 0 && q.Kind == schema.Date:
		return badQuery("the values of a Date are not counted one by one")
	case q.Edges == nil:
		return nil
	case !numeric:
		return badQuery("only numbers and dates have edges")
	case len(q.Edges) < 2 || len(q.Edges) > MaxFacetEdges:
		return badQuery(fmt.Sprintf("a facet has 2 to %d edges", MaxFacetEdges))
	case !slices.IsSorted(q.Edges) || slices.ContainsFunc(q.Edges, math.IsNaN):
		return badQuery("the edges of a facet must ascend")
	}
	return nil
}

// CheckFacets holds a list of queries against CheckFacetQuery and MaxFacets.
func CheckFacets(queries []FacetQuery) error {
	if len(queries) > MaxFacets {
		return badQuery(fmt.Sprintf("at most %d facets", MaxFacets))
	}
	for _, q := range queries {
		if err := CheckFacetQuery(q); err != nil {
			return err
		}
	}
	return nil
}

// A Figure is one number about a backend. Names are in Prometheus's style
// without a prefix; counters end in _total.
type Figure struct {
	Name, Help string
	Value      float64
}
