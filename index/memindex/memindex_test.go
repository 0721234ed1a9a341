package memindex_test

import (
	"context"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/indextest"
	"meibo/index/memindex"
)

func TestConformance(t *testing.T) {
	indextest.Run(t, func(*testing.T) index.Backend { return memindex.New() }, indextest.Hooks{})
}

func TestApplyRefusesABatchThatContradictsItself(t *testing.T) {
	a := schema.NewRecord("a")
	for name, b := range map[string]index.Batch{
		"an id twice":            {Upserts: []schema.Record{a, a}},
		"upserted and deleted":   {Upserts: []schema.Record{a}, Deletes: []string{"a"}},
		"a record without an id": {Upserts: []schema.Record{{}}},
	} {
		backend := memindex.New()
		b.Position = index.Position{Epoch: "e", Seq: 1}
		if err := backend.Apply(context.Background(), b); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got := backend.Position(); got.Seq != 0 {
			t.Errorf("%s: the position moved to %+v", name, got)
		}
	}
}

// The caller may change its records after Apply.
func TestApplyKeepsItsOwnCopies(t *testing.T) {
	ctx := context.Background()
	backend := memindex.New()
	r := schema.NewRecord("a")
	r.Set("name", schema.Text("before"))
	if err := backend.Apply(ctx, index.Batch{Upserts: []schema.Record{r}}); err != nil {
		t.Fatal(err)
	}
	r.Set("name", schema.Text("after"))
	s, err := backend.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	before := expr.Text{Field: "name", Kind: schema.String, Needles: []string{"before"}}
	if in, err := s.Contains(ctx, before, "a"); !in || err != nil {
		t.Errorf("Contains = %v, %v", in, err)
	}
	s.Release()
	if _, err := s.Count(ctx, before); err == nil {
		t.Error("a released snapshot answers")
	}
}

func TestScripts(t *testing.T) {
	indextest.RunScripts(t, "../../testdata/language", func(*testing.T) index.Backend { return memindex.New() }, indextest.Hooks{})
}
