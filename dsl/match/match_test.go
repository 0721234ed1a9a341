package match_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/match"
	"meibo/dsl/schema"
	"meibo/index/indextest"
)

// The reference evaluator is the judge: of random expressions and records, as
// they come and simplified.
func TestMatchersSayWhatTheEvaluatorSays(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := indextest.NewGenerator(seed)
	var records []schema.Record
	for i := range 200 {
		records = append(records, g.Record(fmt.Sprint("c", i)))
	}
	g.Look(records)
	records = append(records, schema.NewRecord("empty"), schema.Record{}, otherKinds())
	var exprs []expr.Expr
	var matchers []match.Matcher
	set := match.NewSet()
	for range 1500 {
		e := g.Expr(g.IntN(4))
		for _, e := range []expr.Expr{e, expr.Simplify(e)} {
			exprs, matchers = append(exprs, e), append(matchers, set.Compile(e))
		}
	}
	yes := 0
	for _, r := range records {
		x := set.Prepare(r, nil)
		for _, i := range g.Perm(len(exprs))[:600] {
			want := eval.Match(exprs[i], r)
			if want {
				yes++
			}
			if got := x.Match(matchers[i]); got != want {
				t.Fatalf("seed %d: %s\nof %v\nis %v, the evaluator says %v", seed, expr.String(exprs[i]), r, got, want)
			}
		}
	}
	if all := 600 * len(records); yes < all/10 || yes > all*9/10 {
		t.Errorf("seed %d: %d of %d are true, which tells little", seed, yes, all)
	}
}

// otherKinds is a record whose values are of other kinds than their fields.
func otherKinds() schema.Record {
	r := schema.NewRecord("other")
	for f := range indextest.Fields().All() {
		switch {
		case f.Key == schema.IDField:
		case f.Kind == schema.String:
			r.Set(f.Key, schema.Num(3))
		case f.Kind == schema.List:
			r.Set(f.Key, schema.Text("VIP"))
		default:
			r.Set(f.Key, schema.Strings("VIP", "2"))
		}
	}
	return r
}

// A hole means what the Subject says, whatever it is.
func TestHolesAreFilledByTheSubject(t *testing.T) {
	set := match.NewSet()
	a, b := set.Hole(), set.Hole()
	m := match.All(match.Any(a, b), match.Not(b), set.Compile(expr.Present{Field: "name"}))
	r := schema.NewRecord("c")
	r.Set("name", schema.Text("x"))
	r.Set("city", schema.Text("y"))
	for _, test := range []struct {
		a, b expr.Expr
		want bool
	}{
		{expr.Everyone(), expr.NoOne(), true}, {expr.NoOne(), expr.NoOne(), false}, {expr.Everyone(), expr.Everyone(), false},
		{expr.Present{Field: "city"}, expr.Present{Field: "country"}, true}, // fields that the Set has not met before
	} {
		x := set.Prepare(r, []match.Matcher{set.Compile(test.a), set.Compile(test.b)})
		if x.Match(m) != test.want {
			t.Errorf("%s, %s", expr.String(test.a), expr.String(test.b))
		}
	}
	x := set.Prepare(r, []match.Matcher{nil, nil})
	late := set.Compile(expr.Present{Field: "language"})
	if x.Match(late) || !x.Match(match.Not(late)) {
		t.Error("compiled after the record was prepared")
	}
}
