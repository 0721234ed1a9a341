package service

import (
	"context"
	"testing"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/index"
)

// A slowSnapshot takes its time for every count.
type slowSnapshot struct {
	index.Snapshot
	pause time.Duration
}

func (s slowSnapshot) Count(context.Context, expr.Expr) (int, error) {
	time.Sleep(s.pause)
	return 7, nil
}

// TestCountingIsGivenUp: a count that was begun is finished, no other begun.
func TestCountingIsGivenUp(t *testing.T) {
	s, _ := newWriter(t)
	env := s.env(asked{fields: s.store.Fields(), now: s.clock(), zone: s.zone()})
	for patience, counted := range map[time.Duration]int{-1: 0, 30 * time.Millisecond: 1, time.Hour: 3} {
		o := newOutline(`member AND city = "a"`, env)
		if err := o.count(t.Context(), slowSnapshot{pause: 20 * time.Millisecond}, nil, patience); err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, c := range o.answer() {
			if c.Count != nil && c.Without != nil {
				got++
			}
		}
		if got != counted || o.cut != (counted < 3) {
			t.Errorf("in %v: %d clauses counted, want %d; cut %t", patience, got, counted, o.cut)
		}
	}
}

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
