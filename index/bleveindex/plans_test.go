package bleveindex

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/indextest"
)

// crowded is a backend of n customers in one segment.
func crowded(t *testing.T, n int, o Options) (*Backend, index.Snapshot) {
	t.Helper()
	opened, err := Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	b := opened.(*Backend)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	load(t, b, newCrowd(1), n)
	mergeToOne(t, b)
	s, err := b.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Release)
	return b, s
}

// mergeToOne merges until one segment is left: what Bleve merges by itself at
// the same time is not in a merge that is asked for.
func mergeToOne(t *testing.T, b *Backend) {
	t.Helper()
	for range 20 {
		mergeAll(t, b)
		if len(b.view.segments) == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%d segments stay", len(b.view.segments))
}

// plansOf are the names in an explanation, from the top: "and (dense,
// permutation)"; the order of the page after it.
func plansOf(t *testing.T, s index.Snapshot, q index.Query) string {
	t.Helper()
	text, err := s.Explain(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if how, ok := strings.CutPrefix(line, "order: "); ok {
			names = append(names, "by "+strings.TrimSpace(how))
		} else if !strings.Contains(line, "customers in") {
			if strings.Contains(line, "not read") {
				name = "-"
			}
			names = append(names, strings.TrimSuffix(name, ":"))
		}
	}
	return strings.Join(names, " ")
}

// What each question does with nothing decoded, and again with the columns
// that it would like.
func TestPlansOfChosenQuestions(t *testing.T) {
	b, s := crowded(t, 20_000, Options{Forgetful: true})
	latest := []index.SortKey{{Field: schema.LastSeenField, Kind: schema.Date, Desc: true}}
	byName := []index.SortKey{{Field: "name", Kind: schema.String}}
	members := expr.Boolean{Field: "member", Value: true}
	email := contains("profile.email", "@x.jp")
	sessions := moreThan("web.sessionsCount", 5)
	recent := since(schema.LastSeenField, crowdNow-30*day)
	one := expr.Text{Field: schema.IDField, Kind: schema.String, Needles: []string{"nobody"}}
	for _, test := range []struct {
		name       string
		q          index.Query
		warm       []string
		cold, then string
	}{
		{"a flag", index.Query{Where: members}, nil, "postings", "postings"},
		{"few distinct numbers", index.Query{Where: sessions}, []string{"order n:web.sessionsCount"}, "dictionary", "permutation"},
		{"many distinct dates", index.Query{Where: recent}, []string{"order d:lastSeenAt"}, "scan", "permutation"},
		{"a part of a text", index.Query{Where: contains("profile.email", "tanaka12")}, []string{"trigrams s:profile.email"}, "arena", "trigrams"},
		{"a part too short for trigrams", index.Query{Where: contains("profile.email", "zq")}, []string{"trigrams s:profile.email"}, "arena", "arena"},
		{"no value", index.Query{Where: expr.Not{Of: expr.Present{Field: "profile.email"}}}, nil, "not presence", "not presence"},
		{"everyone", index.Query{Where: expr.Everyone(), Sort: latest, Limit: 50}, []string{"order d:lastSeenAt"},
			"all by heap in 1 segments", "all by walk in 1 segments"},
		{"by text", index.Query{Where: members, Sort: byName, Limit: 50}, []string{"order s:name"},
			"postings by heap in 1 segments", "postings by walk in 1 segments"},
		{"two keys", index.Query{Where: members, Sort: append(byName, latest...), Limit: 50}, nil,
			"postings by heap in 1 segments", "postings by heap in 1 segments"},
		{"nobody is left", index.Query{Where: expr.And{Of: []expr.Expr{email, one}}}, nil,
			"and or postings and postings - - -", "and or postings and postings - - -"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.columns.clear()
			if got := plansOf(t, s, test.q); got != test.cold {
				t.Errorf("cold: %s, want %s", got, test.cold)
			}
			for _, name := range test.warm {
				if _, err := s.(*snapshot).segments[0].column(context.Background(), name); err != nil {
					t.Fatal(err)
				}
			}
			if got := plansOf(t, s, test.q); got != test.then {
				t.Errorf("warm: %s, want %s", got, test.then)
			}
		})
	}
}

// A condition that is asked again and again is kept; so is the order of a
// result that a page deep inside needs.
func TestAnswersAreKept(t *testing.T) {
	_, s := crowded(t, 20_000, Options{})
	q := index.Query{Where: expr.Boolean{Field: "member", Value: true}, Sort: []index.SortKey{{Field: "name", Kind: schema.String}}}
	for i, want := range []string{"postings", "postings", "dense", "dense"} {
		if got := plansOf(t, s, q); got != want {
			t.Errorf("time %d: %s, want %s", i+1, got, want)
		}
	}
	q.Limit, q.Offset = 10, 9000
	for i, want := range []string{"order, made", "order, kept", "order, kept"} {
		if got := plansOf(t, s, q); !strings.HasSuffix(got, "by "+want) {
			t.Errorf("time %d: %s, want %s", i+1, got, want)
		}
		q.Offset++
	}
}

// A kept order belongs to one expression, not to all that look alike as text.
func TestAKeptOrderIsOfOneExpression(t *testing.T) {
	_, s := crowded(t, 20_000, Options{})
	plain := expr.Text{Field: schema.MobileNumberField, Kind: schema.String, Match: expr.Contains, Needles: []string{"0901"}}
	phone := plain
	phone.Form, phone.Region = expr.Phone, "JP"
	if a, b := expr.String(plain), expr.String(phone); a != b {
		t.Fatalf("%s and %s do not look alike", a, b)
	}
	totals := map[int]bool{}
	for _, e := range []expr.Expr{plain, phone} {
		want, err := s.Count(context.Background(), e)
		if err != nil {
			t.Fatal(err)
		}
		page, err := s.Search(context.Background(), index.Query{Where: e, Limit: 10, Offset: 2 * fewFirst})
		if err != nil || page.Total != want {
			t.Errorf("a page of %#v tells %d of %d, %v", e, page.Total, want, err)
		}
		totals[want] = true
	}
	if len(totals) != 2 {
		t.Errorf("both match as many: %v", totals)
	}
}

// A context that has ended ends the way to a far place.
func TestALongSkipCanBeCancelled(t *testing.T) {
	_, s := crowded(t, 20_000, Options{})
	q := index.Query{Where: expr.Everyone(), Limit: 1}
	page, err := s.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	q.Offset, q.After = 15_000, &page.Hits[0].Key
	ctx, stop := context.WithCancel(context.Background())
	asked := 0
	late := lateContext{ctx, func() {
		if asked++; asked > 20 { // the segments are evaluated by then
			stop()
		}
	}}
	if err := s.Walk(late, q, func(index.Hit) bool { return true }); !errors.Is(err, context.Canceled) {
		t.Errorf("Walk: %v after %d looks at the context", err, asked)
	}
}

// lateContext is told whenever somebody looks whether it has ended.
type lateContext struct {
	context.Context
	looked func()
}

func (c lateContext) Err() error {
	c.looked()
	return c.Context.Err()
}

// Where few rows are left, the others are asked about each of them, and no
// column is decoded for that.
func TestFewRowsNeedNoColumn(t *testing.T) {
	b, s := crowded(t, 20_000, Options{})
	page, err := s.Search(context.Background(), index.Query{Where: expr.Everyone(), Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	b.columns.clear()
	before := b.columns.decodes.Load()
	q := index.Query{Sort: []index.SortKey{{Field: schema.LastSeenField, Kind: schema.Date, Desc: true}}, Limit: 10, Where: expr.And{Of: []expr.Expr{
		expr.Text{Field: schema.IDField, Form: expr.Exact, Kind: schema.String, Needles: []string{page.Hits[0].ID}},
		expr.Not{Of: contains("profile.email", "@nowhere.example")},
		since(schema.LastSeenField, 0),
	}}}
	found, err := s.Search(context.Background(), q)
	if err != nil || found.Total != 1 || len(found.Hits) != 1 || found.Hits[0].ID != page.Hits[0].ID {
		t.Errorf("%+v, %v, want the one", found, err)
	}
	if n := b.columns.decodes.Load() - before; n != 0 {
		t.Errorf("%d columns were decoded for one row: %v", n, b.columns.inUse())
	}
}

// The random comparison while columns are decoded in the background, carried
// through merges, evicted, and found again after reopening.
func TestConformanceWhileWarming(t *testing.T) {
	for _, memory := range []int64{0, 60_000} {
		t.Run(fmt.Sprintf("%d bytes", memory), func(t *testing.T) {
			f := newFolders(Options{Warm: true, ColumnBytes: memory, fewRows: 1, Workers: 2})
			indextest.Compare(t, indextest.Seed(t)+3_000_000, indextest.Cases(t)/4,
				func(t *testing.T) index.Backend { return f.open(t, t.TempDir()) }, f.hooks())
		})
	}
}

// Columns of merged segments come from those of their parts, and are what
// decoding the merged segment gives.
func TestColumnsAreCarriedThroughMerges(t *testing.T) {
	opened, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := opened.(*Backend)
	defer func() { _ = b.Close() }()
	c, fields := newCrowd(1), crowdFields(t)
	names := []string{"n:web.sessionsCount", "d:lastSeenAt", "b:member", "s:country", "s:profile.email", "s:name", "p:profile.mobileNumber",
		"_id", "set s:profile.email", "set n:web.sessionsCount"}
	derived := []string{"order n:web.sessionsCount", "order s:country", "order s:profile.email", "order _id", "plain s:name", "s:id", "rows of _id"}
	for seq := 1; seq <= 6; seq++ {
		people := c.people(500)
		batch := index.Batch{Position: index.Position{Epoch: "e", Seq: uint64(seq)}, Fields: fields, Upserts: people}
		if seq > 1 {
			batch.Deletes = idsOf(t, b, 100)
		}
		if err := b.Apply(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
		for _, s := range b.view.segments {
			for _, name := range append(names, derived...) {
				if seq == 3 && name == "s:name" { // one is missing in some parts
					continue
				}
				if _, err := s.column(context.Background(), name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	carries := b.columns.carries.Load()
	mergeToOne(t, b)
	s := b.view.segments[0]
	if n := b.columns.carries.Load() - carries; n < int64(len(names)) {
		t.Errorf("%d columns were carried, want %d", n, len(names))
	}
	for _, name := range append(names, derived...) {
		if !s.isWarm(name) {
			t.Errorf("%s is not there after the merge", name)
			continue
		}
		carried, _ := s.column(context.Background(), name)
		decoded, err := s.decode(name)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := contentOf(carried, s.rows), contentOf(decoded, s.rows); a != b {
			t.Errorf("%s was carried as\n%.300s\nand decodes as\n%.300s", name, a, b)
		}
	}
}

// idsOf are the ids of some customers.
func idsOf(t *testing.T, b *Backend, n int) (ids []string) {
	t.Helper()
	s, err := b.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	err = s.IDs(context.Background(), expr.Everyone(), func(id string) bool {
		ids = append(ids, strings.Clone(id))
		return len(ids) < n
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// contentOf tells what a column says of each row.
func contentOf(col column, rows int) string {
	var b strings.Builder
	switch col := col.(type) {
	case numberColumn:
		return fmt.Sprint(col)
	case presence:
		return fmt.Sprint(col)
	case *rowsOrder:
		return fmt.Sprint(col.perm)
	case alias:
		return contentOf(col.column, rows)
	case *textColumn:
		for row := range uint32(rows) {
			fmt.Fprintf(&b, "%q ", col.of(row))
		}
	case *idRows:
		for row := range uint32(rows) {
			col.find(string(col.ids.of(row)), func(r uint32) bool {
				fmt.Fprintf(&b, "%d ", r)
				return true
			})
		}
	}
	return b.String()
}
