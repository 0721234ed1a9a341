package indextest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

func limits(b *bench) {
	b.put(customer("a"), customer("b"), customer("c"))
	total := func(q index.Query, ids ...string) {
		b.t.Helper()
		if page := b.want(q, ids...); page.Total != 3 {
			b.t.Errorf("%s: Total = %d, want 3", showQuery(q), page.Total)
		}
	}
	total(index.Query{Where: everyone(), Limit: 0})
	total(index.Query{Where: everyone(), Limit: 2}, "a", "b")
	total(index.Query{Where: everyone(), Limit: index.MaxLimit, Offset: 2}, "c")
	total(index.Query{Where: everyone(), Limit: 2, Offset: 3})
	total(index.Query{Where: everyone(), Limit: 2, Offset: 1 << 40})
	total(index.Query{Where: everyone(), Limit: 2, After: &index.Key{ID: "a"}}, "b", "c")
	total(index.Query{Where: everyone(), Limit: 2, Offset: 1, After: &index.Key{ID: "a"}}, "c")
	total(index.Query{Where: everyone(), Limit: 2, After: &index.Key{ID: "c"}})
	total(index.Query{Where: everyone(), Limit: 2, After: &index.Key{}}, "a", "b")
}

func badQueries(b *bench) {
	b.put(customer("a"))
	s := b.snapshot()
	defer s.Release()
	key := index.SortKey{Field: "name", Kind: schema.String}
	for name, q := range map[string]index.Query{
		"no expression":          {Limit: 1},
		"a negative limit":       {Where: everyone(), Limit: -1},
		"a limit too high":       {Where: everyone(), Limit: index.MaxLimit + 1},
		"a negative offset":      {Where: everyone(), Offset: -1},
		"a sort by a List":       {Where: everyone(), Sort: by("tags", schema.List, false)},
		"a sort by no kind":      {Where: everyone(), Sort: by("name", schema.None, false)},
		"too many sort keys":     {Where: everyone(), Sort: slices.Repeat([]index.SortKey{key}, index.MaxSortKeys+1)},
		"a place with no values": {Where: everyone(), Sort: []index.SortKey{key}, After: &index.Key{ID: "a"}},
		"a place of other kinds": {Where: everyone(), Sort: []index.SortKey{key}, After: &index.Key{ID: "a", Values: []schema.Value{schema.Num(1)}}},
	} {
		if _, err := s.Search(context.Background(), q); !errors.Is(err, index.ErrBadQuery) {
			b.t.Errorf("%s: %v", name, err)
		}
		if q.Limit = 0; index.CheckQuery(q) == nil {
			continue // Walk does not heed the limit
		}
		if err := s.Walk(context.Background(), q, func(index.Hit) bool { return true }); !errors.Is(err, index.ErrBadQuery) {
			b.t.Errorf("%s: Walk: %v", name, err)
		}
	}
	b.want(index.Query{Where: everyone(), Limit: 1, Sort: slices.Repeat([]index.SortKey{key}, index.MaxSortKeys)}, "a")
}

// afterDeleted continues from the place of a customer who is gone, and of one
// who has moved.
func afterDeleted(b *bench) {
	var records []schema.Record
	for i := range 6 {
		records = append(records, customer(fmt.Sprintf("c%d", i), "sessionsCount", schema.Num(float64(i/2))))
	}
	b.put(records...)
	q := index.Query{Where: everyone(), Sort: by("sessionsCount", schema.Number, true), Limit: 3}
	page := b.want(q, "c4", "c5", "c2")
	q.After = &page.Hits[2].Key
	b.apply(nil, []string{"c2"})
	b.want(q, "c3", "c0", "c1")
	b.put(customer("c2", "sessionsCount", schema.Num(9)), customer("c3", "sessionsCount", schema.Num(0)))
	b.want(q, "c0", "c1", "c3")
}

func isolation(b *bench) {
	b.put(customer("a", "name", schema.Text("古い")), customer("b"))
	before := b.snapshot()
	defer before.Release()
	for i := range 5 {
		b.apply([]schema.Record{customer("a", "name", schema.Text("新しい")), customer(fmt.Sprintf("n%d", i))}, []string{"b"})
		if b.hooks.Merge != nil {
			b.hooks.Merge(b.t, b.backend)
		}
	}
	after := b.snapshot()
	defer after.Release()
	old := expr.Text{Field: "name", Kind: schema.String, Needles: []string{schema.Fold("古い")}}
	for _, test := range []struct {
		s    index.Snapshot
		seq  uint64
		all  []string
		aged []string
	}{
		{before, 1, []string{"a", "b"}, []string{"a"}},
		{after, 6, []string{"a", "n0", "n1", "n2", "n3", "n4"}, nil},
	} {
		if got := test.s.Position(); got != (index.Position{Epoch: "e", Seq: test.seq}) {
			b.t.Errorf("Position = %+v, want seq %d", got, test.seq)
		}
		if got, err := collect(test.s, everyone()); !slices.Equal(got, test.all) || err != nil || test.s.Total() != len(test.all) {
			b.t.Errorf("seq %d: %q, %v, Total %d", test.seq, got, err, test.s.Total())
		}
		if got, err := collect(test.s, old); !slices.Equal(got, test.aged) || err != nil {
			b.t.Errorf("seq %d, the old name: %q, %v", test.seq, got, err)
		}
		page, err := test.s.Search(context.Background(), index.Query{Where: everyone(), Sort: by("name", schema.String, false), Limit: 9})
		if err != nil || !slices.Equal(idsOf(page), test.all) {
			b.t.Errorf("seq %d by name: %q, %v", test.seq, idsOf(page), err)
		}
		if in, err := test.s.Contains(context.Background(), everyone(), "b"); in != (test.seq == 1) || err != nil {
			b.t.Errorf("seq %d contains b: %v, %v", test.seq, in, err)
		}
	}
}

func positions(b *bench) {
	far := index.Position{Epoch: "別のエポック", Seq: 1<<63 + 5}
	for _, p := range []index.Position{{Epoch: "e", Seq: 7}, {Epoch: "e", Seq: 8}, far} {
		if err := b.backend.Apply(context.Background(), index.Batch{Position: p, Fields: Fields()}); err != nil {
			b.t.Fatalf("Apply: %v", err)
		}
		s := b.snapshot()
		if got := s.Position(); got != p || b.backend.Position() != p {
			b.t.Errorf("Position = %+v and %+v, want %+v", got, b.backend.Position(), p)
		}
		s.Release()
	}
	if b.hooks.Reopen == nil {
		return
	}
	b.put(customer("a", "tags", schema.Strings("x", "Y")))
	want := b.backend.Position()
	b.backend = b.hooks.Reopen(b.t, b.backend)
	if got := b.backend.Position(); got != want {
		b.t.Errorf("Position = %+v after opening again, want %+v", got, want)
	}
	b.want(index.Query{Where: expr.Text{Field: "tags", Kind: schema.List, Needles: []string{"y"}}, Limit: 9}, "a")
}

// again applies every batch twice, as a replay after a crash does.
func again(b *bench) {
	p := func(seq uint64) index.Position { return index.Position{Epoch: "e", Seq: seq} }
	first := index.Batch{Position: p(1), Fields: Fields(), Upserts: []schema.Record{customer("a", "name", schema.Text("x")), customer("b")}}
	second := index.Batch{Position: p(2), Fields: Fields(), Upserts: []schema.Record{customer("c")}, Deletes: []string{"b", "b?"}}
	for _, batch := range []index.Batch{first, first, second, second} {
		if err := b.backend.Apply(context.Background(), batch); err != nil {
			b.t.Fatalf("Apply: %v", err)
		}
	}
	page := b.want(index.Query{Where: everyone(), Limit: 9}, "a", "c")
	if page.Total != 2 || b.backend.Position() != p(2) {
		b.t.Errorf("Total = %d at %+v", page.Total, b.backend.Position())
	}
}

func updates(b *bench) {
	b.put(customer("a", "name", schema.Text("old"), "tags", schema.Strings("x", "y"), "sessionsCount", schema.Num(3), "member", schema.Bool(true)), customer("b"))
	b.put(customer("a", "tags", schema.Strings("y")))
	for _, gone := range []expr.Expr{
		expr.Present{Field: "name"}, expr.Present{Field: "sessionsCount"}, expr.Boolean{Field: "member", Value: true},
		expr.Text{Field: "tags", Kind: schema.List, Needles: []string{"x"}},
		expr.Text{Field: "name", Kind: schema.String, Match: expr.Contains, Needles: []string{"o"}},
		expr.Quick{Terms: []string{"old"}, Region: "JP"},
	} {
		if page := b.want(index.Query{Where: gone, Limit: 9}); page.Total != 0 {
			b.t.Errorf("%s: Total = %d", expr.String(gone), page.Total)
		}
	}
	page := b.want(index.Query{Where: everyone(), Sort: by("name", schema.String, false), Limit: 9}, "a", "b")
	if page.Total != 2 {
		b.t.Errorf("Total = %d", page.Total)
	}
	b.want(index.Query{Where: expr.Text{Field: "tags", Kind: schema.List, All: true, Needles: []string{"y"}}, Limit: 9}, "a")
}

func deletedAndBack(b *bench) {
	flag := expr.Boolean{Field: "member", Value: true}
	for range 4 {
		b.put(customer("a", "member", schema.Bool(true)))
		b.want(index.Query{Where: flag, Limit: 9}, "a")
		b.apply(nil, []string{"a"})
		b.want(index.Query{Where: expr.Or{Of: []expr.Expr{flag, expr.Not{Of: flag}}}, Limit: 9})
	}
	b.put(customer("a"))
	b.want(index.Query{Where: expr.Not{Of: flag}, Limit: 9}, "a")
}

func largeBatch(b *bench) {
	const n = 5000
	records := make([]schema.Record, n)
	for i := range records {
		records[i] = customer(fmt.Sprintf("c%04d", i), "sessionsCount", schema.Num(float64(i%7)), "name", schema.Text(fmt.Sprintf("客 %d", i)))
	}
	b.put(records...)
	seven := expr.Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{6}}
	if page := b.want(index.Query{Where: seven, Limit: 2, Offset: 700}, "c4906", "c4913"); page.Total != n/7 {
		b.t.Errorf("Total = %d, want %d", page.Total, n/7)
	}
	var deletes []string
	for i := 0; i < n; i += 2 {
		deletes = append(deletes, fmt.Sprintf("c%04d", i))
	}
	b.apply(nil, deletes)
	if page := b.want(index.Query{Where: everyone(), Sort: by("sessionsCount", schema.Number, true), Limit: 1}, "c0013"); page.Total != n/2 {
		b.t.Errorf("Total = %d after deleting half, want %d", page.Total, n/2)
	}
}
