package indextest

import (
	"context"
	"slices"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// A bench is one backend under test with short ways to fill and ask it.
type bench struct {
	t       *testing.T
	hooks   Hooks
	backend index.Backend
	seq     uint64
}

func everyone() expr.Expr { return expr.Everyone() }

// put applies upserts as one batch.
func (b *bench) put(records ...schema.Record) { b.t.Helper(); b.apply(records, nil) }

func (b *bench) apply(upserts []schema.Record, deletes []string) {
	b.t.Helper()
	b.seq++
	batch := index.Batch{Position: index.Position{Epoch: "e", Seq: b.seq}, Fields: Fields(), Upserts: upserts, Deletes: deletes}
	if err := b.backend.Apply(context.Background(), batch); err != nil {
		b.t.Fatalf("Apply: %v", err)
	}
}

// snapshot is of now; the caller releases it.
func (b *bench) snapshot() index.Snapshot {
	b.t.Helper()
	s, err := b.backend.Snapshot(context.Background())
	if err != nil {
		b.t.Fatalf("Snapshot: %v", err)
	}
	return s
}

// page asks a fresh snapshot.
func (b *bench) page(q index.Query) index.Page {
	b.t.Helper()
	s := b.snapshot()
	defer s.Release()
	page, err := s.Search(context.Background(), q)
	if err != nil {
		b.t.Fatalf("Search: %v", err)
	}
	return page
}

// want holds the ids of a page.
func (b *bench) want(q index.Query, ids ...string) index.Page {
	b.t.Helper()
	page := b.page(q)
	if got := idsOf(page); !slices.Equal(got, ids) {
		b.t.Errorf("%s\n got %q\nwant %q", showQuery(q), got, ids)
	}
	return page
}

func idsOf(p index.Page) []string {
	var list []string
	for _, h := range p.Hits {
		list = append(list, h.ID)
	}
	return list
}

func customer(id string, values ...any) schema.Record {
	r := schema.NewRecord(id)
	for i := 0; i+1 < len(values); i += 2 {
		r.Set(values[i].(string), values[i+1].(schema.Value))
	}
	return r
}

func by(field string, kind schema.Kind, desc bool) []index.SortKey {
	return []index.SortKey{{Field: field, Kind: kind, Desc: desc}}
}
