package service

import (
	"context"
	"slices"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/index"
)

// count asks one state of the index how many match each clause, and how many
// the question without it, until patience is used up. search is the question's
// q; nil where there is none.
func (o *outline) count(ctx context.Context, snap index.Snapshot, search expr.Expr, patience time.Duration) error {
	began := time.Now()
	for i := range o.clauses[:min(len(o.clauses), countedClauses)] {
		if time.Since(began) > patience {
			o.cut = true
			return nil
		}
		c := &o.clauses[i]
		alone, err := snap.Count(ctx, c.expr)
		if err != nil {
			return refuseEngine(err)
		}
		c.Count = &alone
		if c.In != "" {
			continue
		}
		rest := without(o.parts, c.part)
		if search != nil {
			rest = expr.And{Of: []expr.Expr{rest, search}}
		}
		whole, err := snap.Count(ctx, rest)
		if err != nil {
			return refuseEngine(err)
		}
		c.Without = &whole
	}
	return nil
}

// without is a filter with one of its parts left out: an AND or OR goes on
// with the others, and what has nothing left is left out with it.
func without(parts []dsl.Part, out int) expr.Expr {
	below := make([][]expr.Expr, len(parts)) // what is left of each part's own; last first until it is read
	for i := len(parts) - 1; i >= 0; i-- {
		e := parts[i].Expr
		slices.Reverse(below[i])
		switch parts[i].Node.(type) {
		case *dsl.And:
			e = expr.And{Of: below[i]}
		case *dsl.Or:
			e = expr.Or{Of: below[i]}
		case *dsl.Not:
			if len(below[i]) > 0 {
				e = expr.Not{Of: below[i][0]}
			}
		default:
			below[i] = []expr.Expr{e}
		}
		switch above := parts[i].Parent; {
		case i == out || len(below[i]) == 0:
		case above < 0:
			return e
		default:
			below[above] = append(below[above], e)
		}
	}
	return expr.Everyone()
}
