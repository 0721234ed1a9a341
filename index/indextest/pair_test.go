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

func TestShrinkFindsTheSmallestPart(t *testing.T) {
	needle := expr.Text{Field: "name", Kind: schema.String, Needles: []string{"a", "b", "bad", "c"}}
	e := expr.And{Of: []expr.Expr{expr.Const{Value: true}, expr.Or{Of: []expr.Expr{expr.Present{Field: "x"}, expr.Not{Of: needle}}}}}
	fails := func(e expr.Expr) bool { return strings.Contains(expr.String(e), "bad") }
	if got := expr.String(shrink(e, fails)); got != `name = "bad"` {
		t.Errorf("shrinks to %s", got)
	}
}
