package indextest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// A boundaryCase is one of the boundary cases.
type boundaryCase struct {
	name string
	run  func(*bench)
}

func runBoundary(t *testing.T, open Open, hooks Hooks) {
	tests := []boundaryCase{
		{"an empty index", emptyIndex},
		{"ids that look alike", idsAlike},
		{"equal values by id", tiesByID},
		{"missing last in both directions", missingLast},
		{"extreme numbers in order", numbersInOrder},
		{"strings by the bytes of their folded form", stringsInOrder},
		{"limit and offset at their ends", limits},
		{"queries that no backend answers", badQueries},
		{"continue after a row that is gone", afterDeleted},
		{"a snapshot does not change", isolation},
		{"the position comes back", positions},
		{"a batch again", again},
		{"an update leaves nothing behind", updates},
		{"deleted and back", deletedAndBack},
		{"a batch of 5,000", largeBatch},
		{"stop in the middle", stopEarly},
		{"a context that has ended", endedContext},
		{"a context that ends during a walk", endedWalk},
		{"many at once", concurrent},
		{"explain", explain},
		{"closed", closed},
		{"values of an empty index", valuesOfNothing},
		{"values of texts", valuesOfTexts},
		{"values of lists", valuesOfLists},
		{"values of numbers", valuesOfNumbers},
		{"values of ids", valuesOfIDs},
		{"values by prefix", valuesByPrefix},
		{"values that only deleted customers had", valuesGone},
		{"more values than are looked at", valuesBeyond},
		{"values of a snapshot do not change", valuesOfASnapshot},
		{"values that no backend lists", badValues},
	}
	for _, test := range append(tests, facetCases()...) {
		t.Run(test.name, func(t *testing.T) {
			b := &bench{t: t, hooks: hooks, backend: open(t)}
			defer func() {
				if err := b.backend.Close(); err != nil && !errors.Is(err, index.ErrClosed) {
					t.Errorf("Close: %v", err)
				}
			}()
			test.run(b)
		})
	}
}

func emptyIndex(b *bench) {
	check := func() {
		b.t.Helper()
		s := b.snapshot()
		defer s.Release()
		if n, err := s.Count(context.Background(), everyone()); n != 0 || err != nil || s.Total() != 0 {
			b.t.Errorf("Count = %d, %v; Total = %d", n, err, s.Total())
		}
		if in, err := s.Contains(context.Background(), everyone(), "a"); in || err != nil {
			b.t.Errorf("Contains = %v, %v", in, err)
		}
		page, err := s.Search(context.Background(), index.Query{Where: everyone(), Sort: by("name", schema.String, true), Limit: 10, Offset: 3})
		if err != nil || page.Total != 0 || len(page.Hits) != 0 {
			b.t.Errorf("Search = %+v, %v", page, err)
		}
		if got, err := collect(s, expr.Not{Of: expr.Present{Field: "name"}}); len(got) != 0 || err != nil {
			b.t.Errorf("IDs = %q, %v", got, err)
		}
	}
	if got := b.backend.Position(); got != (index.Position{}) {
		b.t.Errorf("Position of a new index = %+v", got)
	}
	check()
	b.put()
	check()
	b.apply(nil, []string{"never there"})
	check()
	b.put(customer("a"))
	b.apply(nil, []string{"a"})
	check()
}

func idsAlike(b *bench) {
	list := ids()
	slices.Sort(list)
	records := make([]schema.Record, len(list))
	for i, id := range list {
		records[i] = customer(id)
	}
	slices.Reverse(records)
	b.put(records...)
	b.want(index.Query{Where: everyone(), Limit: index.MaxLimit}, list...)
	s := b.snapshot()
	defer s.Release()
	for _, id := range list {
		exact := expr.Text{Field: schema.IDField, Kind: schema.String, Form: expr.Exact, Needles: []string{id}}
		if got, err := collect(s, exact); err != nil || !slices.Equal(got, []string{id}) {
			b.t.Errorf("exactly %q gives %q, %v", id, got, err)
		}
		folded := expr.Text{Field: schema.IDField, Kind: schema.String, Needles: []string{schema.Fold(id)}}
		if in, err := s.Contains(context.Background(), folded, id); !in || err != nil {
			b.t.Errorf("%q is not found by its folded form: %v", id, err)
		}
	}
	if in, _ := s.Contains(context.Background(), everyone(), "B "); in {
		b.t.Error("an id with a space behind it is taken for the one without")
	}
	if got, _ := collect(s, expr.Text{Field: schema.IDField, Kind: schema.String, Needles: []string{"a"}}); !slices.Equal(got, []string{"A", "a", "ａ"}) {
		b.t.Errorf(`id = "a" gives %q`, got)
	}
}

func tiesByID(b *bench) {
	name := schema.Text("同じ")
	b.put(customer("b", "name", name), customer("ａ", "name", name), customer("a", "name", name))
	b.put(customer("B", "name", schema.Text("同じ ")), customer("aa", "name", name))
	for _, desc := range []bool{false, true} {
		b.want(index.Query{Where: everyone(), Sort: by("name", schema.String, desc), Limit: 9}, "B", "a", "aa", "b", "ａ")
	}
	b.want(index.Query{Where: everyone(), Limit: 9}, "B", "a", "aa", "b", "ａ")
}

func missingLast(b *bench) {
	b.put(
		customer("none"), customer("two", "sessionsCount", schema.Num(2), "member", schema.Bool(true)),
		customer("also none"), customer("minus", "sessionsCount", schema.Num(-1), "member", schema.Bool(false)),
		customer("zero", "sessionsCount", schema.Num(0)))
	count := func(desc bool) index.Query {
		return index.Query{Where: everyone(), Sort: by("sessionsCount", schema.Number, desc), Limit: 9}
	}
	page := b.want(count(false), "minus", "zero", "two", "also none", "none")
	b.want(count(true), "two", "zero", "minus", "also none", "none")
	b.want(index.Query{Where: everyone(), Sort: by("member", schema.Boolean, false), Limit: 9}, "minus", "two", "also none", "none", "zero")
	b.want(index.Query{Where: everyone(), Sort: by("member", schema.Boolean, true), Limit: 9}, "two", "minus", "also none", "none", "zero")
	last := page.Hits[3].Key
	if len(last.Values) != 1 || !last.Values[0].IsMissing() {
		b.t.Errorf("the key of a missing value is %v", last.Values)
	}
	q := count(false)
	q.After = &last
	b.want(q, "none")
	b.want(index.Query{Where: everyone(), Sort: by("no.such.field", schema.String, false), Limit: 2}, "also none", "minus")
}

func numbersInOrder(b *bench) {
	list := numbers()
	slices.Sort(list)
	list = slices.Compact(list)
	var records []schema.Record
	var want []string
	for i, n := range list {
		id := fmt.Sprintf("n%03d", i)
		want = append(want, id)
		records = append(records, customer(id, "profile.amount", schema.Num(n)))
	}
	b.put(records...)
	page := b.want(index.Query{Where: everyone(), Sort: by("profile.amount", schema.Number, false), Limit: 999}, want...)
	for i, h := range page.Hits {
		if len(h.Values) != 1 || h.Values[0].Num() != list[i] {
			b.t.Errorf("the key of %v is %v", list[i], h.Values)
		}
	}
	for i, n := range list {
		equal := expr.Among{Field: "profile.amount", Kind: schema.Number, Values: []float64{n}}
		b.want(index.Query{Where: equal, Limit: 9}, want[i])
		above := expr.Range{Field: "profile.amount", Kind: schema.Number, Min: n, Max: schema.MaxNumber, MinOpen: true}
		b.want(index.Query{Where: above, Limit: 999}, want[i+1:]...)
	}
}

func stringsInOrder(b *bench) {
	names := texts()
	slices.SortStableFunc(names, func(a, b string) int { return strings.Compare(schema.Fold(a), schema.Fold(b)) })
	var records []schema.Record
	var want []string
	for i, name := range names {
		if schema.Fold(name) == "" {
			continue
		}
		id := fmt.Sprintf("s%03d", i)
		want = append(want, id)
		records = append(records, customer(id, "profile.text", schema.Text(name)))
	}
	b.put(records...)
	page := b.want(index.Query{Where: everyone(), Sort: by("profile.text", schema.String, false), Limit: 999}, want...)
	for i, h := range page.Hits {
		raw := records[i].Get("profile.text").Text()
		if len(h.Values) != 1 || h.Values[0].Text() != schema.Fold(raw) {
			b.t.Errorf("the key of %.40q is %.80v", raw, h.Values)
		}
	}
}

func stopEarly(b *bench) {
	b.put(customer("a"), customer("b"), customer("c"))
	s := b.snapshot()
	defer s.Release()
	seen := 0
	err := s.IDs(context.Background(), everyone(), func(string) bool { seen++; return seen < 2 })
	if seen != 2 || err != nil {
		b.t.Errorf("%d ids after false at the second: %v", seen, err)
	}
	hits, err := walked(s, index.Query{Where: everyone(), Sort: by("name", schema.String, true)}, 2)
	if len(hits) != 2 || hits[1].ID != "b" || err != nil {
		b.t.Errorf("%s after false at the second: %v", showHits(hits), err)
	}
}

func endedContext(b *bench) {
	b.put(customer("a"))
	s := b.snapshot()
	defer s.Release()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Count(ended, everyone()); !errors.Is(err, context.Canceled) {
		b.t.Errorf("Count: %v", err)
	}
	if _, err := s.Search(ended, index.Query{Where: everyone(), Limit: 1}); !errors.Is(err, context.Canceled) {
		b.t.Errorf("Search: %v", err)
	}
	if err := s.IDs(ended, everyone(), func(string) bool { return true }); !errors.Is(err, context.Canceled) {
		b.t.Errorf("IDs: %v", err)
	}
	if err := s.Walk(ended, index.Query{Where: everyone()}, func(index.Hit) bool { return true }); !errors.Is(err, context.Canceled) {
		b.t.Errorf("Walk: %v", err)
	}
	batch := index.Batch{Position: index.Position{Epoch: "e", Seq: 99}, Fields: Fields(), Upserts: []schema.Record{customer("b")}}
	if err := b.backend.Apply(ended, batch); err == nil {
		b.t.Error("Apply went on without its context")
	}
	b.want(index.Query{Where: everyone(), Limit: 9}, "a")
}

// endedWalk holds that a walk goes on for some thousand hits at most.
func endedWalk(b *bench) {
	const customers, atMost = 20_000, 8_192
	records := make([]schema.Record, customers)
	for i := range records {
		records[i] = customer(fmt.Sprintf("c%05d", i))
	}
	b.put(records...)
	s := b.snapshot()
	defer s.Release()
	for _, sort := range [][]index.SortKey{nil, by("name", schema.String, false)} {
		ctx, cancel := context.WithCancel(context.Background())
		seen := 0
		err := s.Walk(ctx, index.Query{Where: everyone(), Sort: sort}, func(index.Hit) bool {
			seen++
			cancel()
			return true
		})
		if !errors.Is(err, context.Canceled) || seen > atMost {
			b.t.Errorf("%d hits came after the context had ended: %v", seen, err)
		}
	}
}

// concurrent asks while batches are applied; run it with -race.
func concurrent(b *bench) {
	g := NewGenerator(7)
	var first []schema.Record
	for i := range 60 {
		first = append(first, g.Record(fmt.Sprintf("c%02d", i)))
	}
	b.put(first...)
	g.Look(first)
	s := b.snapshot()
	defer s.Release()
	var askers sync.WaitGroup
	for range 4 {
		e := g.Expr(3)
		want, err := collect(s, e)
		if err != nil {
			b.t.Fatal(err)
		}
		askers.Go(func() {
			for range 20 {
				if got, err := collect(s, e); err != nil || !slices.Equal(got, want) {
					b.t.Errorf("%s changed from %q to %q: %v", expr.String(e), want, got, err)
					return
				}
			}
		})
	}
	for i := range 10 {
		b.apply([]schema.Record{g.Record(fmt.Sprintf("new%d", i))}, []string{fmt.Sprintf("c%02d", i)})
	}
	askers.Wait()
	b.want(index.Query{Where: everyone(), Limit: 1, Offset: 59}, "new9")
}

func explain(b *bench) {
	b.put(customer("a"))
	s := b.snapshot()
	defer s.Release()
	for _, e := range []expr.Expr{everyone(), expr.And{Of: []expr.Expr{expr.Present{Field: "name"}, expr.Not{Of: expr.Boolean{Field: "member", Value: true}}}}} {
		if text, err := s.Explain(context.Background(), index.Query{Where: e}); text == "" || err != nil {
			b.t.Errorf("Explain(%s) = %q, %v", expr.String(e), text, err)
		}
	}
}

func closed(b *bench) {
	b.put(customer("a"))
	if err := b.backend.Close(); err != nil {
		b.t.Fatalf("Close: %v", err)
	}
	if _, err := b.backend.Snapshot(context.Background()); !errors.Is(err, index.ErrClosed) {
		b.t.Errorf("Snapshot after Close: %v", err)
	}
	if err := b.backend.Apply(context.Background(), index.Batch{Fields: Fields()}); !errors.Is(err, index.ErrClosed) {
		b.t.Errorf("Apply after Close: %v", err)
	}
}
