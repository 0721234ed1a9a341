package expr_test

import (
	"fmt"
	"testing"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index/indextest"
)

// TestProverIsSound holds what the prover affirms of random expressions
// against the evaluator, on random records.
func TestProverIsSound(t *testing.T) {
	g := indextest.NewGenerator(indextest.Seed(t))
	records := make([]schema.Record, 100)
	for i := range records {
		records[i] = g.Record(fmt.Sprintf("c%d", i))
	}
	g.Look(records)
	affirmed := map[string]int{}
	for range 5 * indextest.Cases(t) {
		a, b := expr.Simplify(g.Expr(g.IntN(3))), expr.Simplify(g.Expr(g.IntN(3)))
		switch g.IntN(6) { // something that does follow, now and then
		case 0:
			a = expr.Simplify(expr.And{Of: []expr.Expr{b, a}})
		case 1:
			b = expr.Simplify(expr.Or{Of: []expr.Expr{b, a}})
		}
		prover := expr.NewProver(100_000)
		for _, claim := range []struct {
			name     string
			affirmed bool
			refuted  func(a, b bool) bool
		}{
			{"implies", prover.Implies(a, b), func(a, b bool) bool { return a && !b }},
			{"excludes", prover.Excludes(a, b), func(a, b bool) bool { return a && b }},
			{"covers", prover.Covers(a, b), func(a, b bool) bool { return !a && !b }},
		} {
			if !claim.affirmed {
				continue
			}
			affirmed[claim.name]++
			for _, r := range records {
				if claim.refuted(eval.Match(a, r), eval.Match(b, r)) {
					t.Fatalf("%s\n%s\n%s\nnot so of %s", expr.String(a), claim.name, expr.String(b), r.AppendJSON(nil, g.Fields, func(string) bool { return true }))
				}
			}
		}
	}
	t.Log(affirmed)
	if affirmed["implies"] < 100 || affirmed["excludes"] < 10 || affirmed["covers"] < 10 {
		t.Errorf("too little was affirmed to hold anything: %v", affirmed)
	}
}
