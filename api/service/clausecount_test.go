package service

import (
	"testing"

	"meibo/dsl"
	"meibo/dsl/expr"
)

// TestWithout: what is left of a filter without each of its nodes.
func TestWithout(t *testing.T) {
	s, _ := newWriter(t)
	env := s.env(asked{fields: s.store.Fields(), now: s.clock(), zone: s.zone()})
	const filter = `member AND (city = "a" OR NOT (country = "b" AND NOT NOT name = "c")) AND id = "d"`
	parts, diagnostics := dsl.Parts(filter, env)
	if dsl.HasErrors(diagnostics) {
		t.Fatal(diagnostics)
	}
	for i, test := range []struct{ out, rest string }{
		{filter, ``},
		{`member`, `(city = "a" OR NOT (country = "b" AND NOT NOT name = "c")) AND id = "d"`},
		{`city = "a" OR NOT (country = "b" AND NOT NOT name = "c")`, `member AND id = "d"`},
		{`city = "a"`, `member AND NOT (country = "b" AND NOT NOT name = "c") AND id = "d"`},
		{`NOT (country = "b" AND NOT NOT name = "c")`, `member AND city = "a" AND id = "d"`},
		{`country = "b" AND NOT NOT name = "c"`, `member AND city = "a" AND id = "d"`},
		{`country = "b"`, `member AND (city = "a" OR NOT NOT NOT name = "c") AND id = "d"`},
		{`NOT NOT name = "c"`, `member AND (city = "a" OR NOT country = "b") AND id = "d"`},
		{`NOT name = "c"`, `member AND (city = "a" OR NOT country = "b") AND id = "d"`},
		{`name = "c"`, `member AND (city = "a" OR NOT country = "b") AND id = "d"`},
		{`id = "d"`, `member AND (city = "a" OR NOT (country = "b" AND NOT NOT name = "c"))`},
	} {
		if got := dsl.Snippet(parts[i].Node, 200); got != test.out {
			t.Fatalf("part %d is %s, want %s", i, got, test.out)
		}
		want, diagnostics := dsl.Compile(test.rest, env)
		if dsl.HasErrors(diagnostics) {
			t.Fatal(diagnostics)
		}
		if got := expr.String(expr.Simplify(without(parts, i))); got != expr.String(want.Expr) {
			t.Errorf("without %s\n got %s\nwant %s", test.out, got, expr.String(want.Expr))
		}
	}
}
