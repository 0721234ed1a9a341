package indextest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/dsl"
	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// Simplify means the same for every record, and nothing is left to simplify.
func TestSimplifyKeepsTheMeaning(t *testing.T) {
	seed := Seed(t)
	g := NewGenerator(seed)
	var records []schema.Record
	for _, id := range ids()[:40] {
		records = append(records, g.Record(id))
	}
	g.Look(records)
	for i := range Cases(t) * 2 {
		e := g.Expr(1 + g.IntN(4))
		simple := expr.Simplify(e)
		if again := expr.Simplify(simple); !reflect.DeepEqual(again, simple) {
			t.Fatalf("MEIBO_SEED=%d, case %d: %s\nsimplifies to %s\nand again to   %s", seed, i, expr.String(e), expr.String(simple), expr.String(again))
		}
		for range 10 {
			r := pick(g, records)
			if got, want := eval.Match(simple, r), eval.Match(e, r); got != want {
				small := shrink(e, func(e expr.Expr) bool { return eval.Match(expr.Simplify(e), r) != eval.Match(e, r) })
				t.Fatalf("MEIBO_SEED=%d, case %d: %#v\nis %v, simplified to %#v: %v\nfor %s", seed, i, small, eval.Match(small, r), expr.Simplify(small), eval.Match(expr.Simplify(small), r), shown(r, small, g.Fields))
			}
		}
	}
}

// The text of an expression compiles to the same expression, whatever the data
// put into it.
func TestStringComesBack(t *testing.T) {
	seed := Seed(t)
	g := NewGenerator(seed)
	g.whole = true
	var records []schema.Record
	for _, id := range ids()[:40] {
		records = append(records, g.Record(id))
	}
	g.Look(records)
	env := dsl.Env{Fields: g.Fields, Zone: time.UTC, WeekStart: time.Monday}
	for i := range Cases(t) {
		e := expr.Simplify(g.Expr(1 + g.IntN(4)))
		if tooLong(e) {
			continue
		}
		if _, ok := comesBack(e, env); !ok {
			small := shrink(e, func(e expr.Expr) bool { _, ok := comesBack(expr.Simplify(e), env); return !ok })
			text, _ := comesBack(expr.Simplify(small), env)
			t.Fatalf("MEIBO_SEED=%d, case %d: %#v\nis written as %s", seed, i, expr.Simplify(small), text)
		}
	}
}

// tooLong: the language takes literals of at most 1 KiB.
func tooLong(e expr.Expr) bool {
	long := false
	expr.Walk(e, func(e expr.Expr) {
		switch e := e.(type) {
		case expr.Text:
			long = long || slices.ContainsFunc(e.Needles, func(n string) bool { return len(n) > dsl.MaxLiteral })
		case expr.Quick:
			long = long || len(strings.Join(e.Terms, " ")) > dsl.MaxLiteral
		}
	})
	return long
}

// The generator reaches every node, form and match, and most of its conditions
// match someone but not everyone.
func TestGeneratorCovers(t *testing.T) {
	g := NewGenerator(1)
	var records []schema.Record
	for _, id := range ids() {
		records = append(records, g.Record(id))
	}
	g.Look(records)
	seen := map[string]int{}
	some := 0
	const n = 2000
	for range n {
		e := g.leaf()
		seen[reflect.TypeOf(e).Name()]++
		if text, ok := e.(expr.Text); ok {
			seen[text.Kind.String()]++
			seen["form "+string('0'+rune(text.Form))]++
			seen["match "+string('0'+rune(text.Match))]++
			if text.All {
				seen["all"]++
			}
		}
		if quick, ok := e.(expr.Quick); ok && quick.Fields != nil {
			seen["quick fields"]++
		}
		matches := 0
		for _, r := range records {
			if eval.Match(e, r) {
				matches++
			}
		}
		if matches > 0 && matches < len(records) {
			some++
		}
	}
	for _, what := range []string{"Const", "Present", "Boolean", "Range", "Among", "Text", "Version", "Quick", "String", "List", "all", "quick fields",
		"form 0", "form 1", "form 2", "match 0", "match 1", "match 2", "match 3"} {
		if seen[what] < 15 {
			t.Errorf("%s: %d times in %d conditions", what, seen[what], n)
		}
	}
	if some < n/2 {
		t.Errorf("%d of %d conditions match some but not all", some, n)
	}
}

// A record has only what the schema admits.
func TestRecordsAreAdmitted(t *testing.T) {
	g := NewGenerator(Seed(t))
	for _, id := range ids() {
		if err := schema.CheckID(id); err != nil {
			t.Errorf("the id %q: %v", id, err)
		}
		for key, v := range g.Edit(g.Record(id)).All() {
			f, ok := g.Fields.Lookup(key)
			if !ok || v.Kind() != f.Kind {
				t.Errorf("%s: %v is no %v", key, v, f.Kind)
			}
			for _, text := range v.Elements() {
				if len(text) > schema.MaxTextBytes {
					t.Errorf("%s: %d bytes", key, len(text))
				}
			}
		}
	}
}
