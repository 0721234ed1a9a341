package indextest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/memindex"
)

// A liar is a snapshot that is wrong in one way.
type liar struct {
	index.Snapshot
	ids   func([]string) []string
	count func(int) int
}

func (l liar) IDs(ctx context.Context, e expr.Expr, yield func(string) bool) error {
	found, err := collect(l.Snapshot, e)
	for _, id := range l.ids(found) {
		if !yield(id) {
			return nil
		}
	}
	return err
}

func (l liar) Count(ctx context.Context, e expr.Expr) (int, error) {
	n, err := l.Snapshot.Count(ctx, e)
	return l.count(n), err
}

// The suite sees what it is there to see, and shows the smallest part of the
// expression that shows it.
func TestFaultsAreFound(t *testing.T) {
	backend := memindex.New()
	a, b := schema.NewRecord("a"), schema.NewRecord("b")
	a.Set("name", schema.Text("x"))
	if err := backend.Apply(context.Background(), index.Batch{Upserts: []schema.Record{a, b}}); err != nil {
		t.Fatal(err)
	}
	s, err := backend.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	same := func(ids []string) []string { return ids }
	exact := func(n int) int { return n }
	also := func(ids []string, err error) Hooks {
		return Hooks{Also: func(index.Snapshot, expr.Expr) ([]string, error) { return ids, err }}
	}
	named := expr.Present{Field: "name"}
	for _, test := range []struct {
		name   string
		tested index.Snapshot
		hooks  Hooks
		says   string
	}{
		{"the truth", liar{s, same, exact}, Hooks{}, ""},
		{"the truth twice", liar{s, same, exact}, also([]string{"a"}, nil), ""},
		{"an id is missing", liar{s, func([]string) []string { return nil }, exact}, Hooks{}, `missing: ["a"]`},
		{"an id too many", liar{s, func(ids []string) []string { return append(ids, "b") }, exact}, Hooks{}, `too many: ["b"]`},
		{"an id twice", liar{s, func(ids []string) []string { return append(ids, ids...) }, exact}, Hooks{}, "2 ids, want 1"},
		{"a wrong count", liar{s, same, func(n int) int { return n + 1 }}, Hooks{}, "Count = 2"},
		{"another second way", liar{s, same, exact}, also([]string{"b"}, nil), "the second way"},
		{"no second way", liar{s, same, exact}, also(nil, errors.New("broken")), "broken"},
	} {
		p := &pair{t: t, hooks: test.hooks, tested: test.tested, oracle: s, records: map[string]schema.Record{"a": a, "b": b}, ids: []string{"a", "b"}}
		got := p.fault(named)
		if test.says == "" && got != "" || !strings.Contains(got, test.says) {
			t.Errorf("%s: %q, want %q", test.name, got, test.says)
		}
	}
}

// A counter answers Values in one way.
type counter struct {
	index.Snapshot
	page index.ValuesPage
	err  error
}

func (c counter) Values(context.Context, index.ValuesQuery) (index.ValuesPage, error) {
	return c.page, c.err
}

func TestFaultsOfValuesAreFound(t *testing.T) {
	a, b := customer("a", "city", schema.Text("X")), customer("b", "city", schema.Text("y"))
	page := func(more bool, values ...index.ValueCount) index.ValuesPage {
		return index.ValuesPage{Values: values, More: more}
	}
	x := index.ValueCount{Value: schema.Text("x"), Count: 1, ID: "a"}
	raw, twice, by := x, x, x
	raw.Value, twice.Count, by.ID = schema.Text("X"), 2, "b"
	for name, test := range map[string]struct {
		tested counter
		says   string
	}{
		"the truth":           {counter{page: page(false, x)}, ""},
		"a value less":        {counter{page: page(false)}, "got []"},
		"a value twice":       {counter{page: page(false, x, x)}, "got [1"},
		"a value not folded":  {counter{page: page(false, raw)}, `got [1 × "X"`},
		"a wrong count":       {counter{page: page(false, twice)}, "got [2"},
		"more than there are": {counter{page: page(true, x)}, "more]"},
		"somebody else":       {counter{page: page(false, by)}, `"b" (there: true)`},
		"an error":            {counter{err: errors.New("broken")}, "broken"},
	} {
		p := &pair{t: t, tested: test.tested, oracle: counter{page: page(false, x)}, records: map[string]schema.Record{"a": a, "b": b}}
		got := p.valuesFault(textsOf("city", "x"))
		if test.says == "" && got != "" || !strings.Contains(got, test.says) {
			t.Errorf("%s: %q, want %q", name, got, test.says)
		}
	}
}

func TestShrinkFindsTheSmallestPart(t *testing.T) {
	needle := expr.Text{Field: "name", Kind: schema.String, Needles: []string{"a", "b", "bad", "c"}}
	e := expr.And{Of: []expr.Expr{expr.Const{Value: true}, expr.Or{Of: []expr.Expr{expr.Present{Field: "x"}, expr.Not{Of: needle}}}}}
	fails := func(e expr.Expr) bool { return strings.Contains(expr.String(e), "bad") }
	if got := expr.String(shrink(e, fails)); got != `name = "bad"` {
		t.Errorf("shrinks to %s", got)
	}
}
