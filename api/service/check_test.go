package service

import (
	"context"
	"testing"

	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/memindex"
)

// heldIndex always answers from one backend, whatever the store has.
type heldIndex struct{ *memindex.Backend }

func (x heldIndex) Snapshot(ctx context.Context, _ uint64) (index.Snapshot, error) {
	return x.Backend.Snapshot(ctx)
}

func TestAnIndexThatDiffersIsNoticed(t *testing.T) {
	s, _ := newWriter(t)
	held := heldIndex{memindex.New()}
	s.index = held
	for _, id := range []string{"a", "b", "c"} {
		mustApply(t, s, Write{ID: id})
	}
	compare := func(batch index.Batch, want Comparison) {
		t.Helper()
		batch.Fields, batch.Position = s.store.Fields(), index.Position{Epoch: s.store.Epoch(), Seq: s.store.Seq()}
		if err := held.Apply(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		want.Seq = s.store.Seq()
		if got, err := s.CompareIndex(t.Context()); err != nil || got != want {
			t.Errorf("got %+v %v, want %+v", got, err, want)
		}
	}
	compare(index.Batch{}, Comparison{Customers: 3, Missing: 3})
	compare(index.Batch{Upserts: []schema.Record{schema.NewRecord("a"), schema.NewRecord("x")}}, Comparison{Customers: 3, Missing: 2, Extra: 1})
	compare(index.Batch{Upserts: []schema.Record{schema.NewRecord("b"), schema.NewRecord("c")}, Deletes: []string{"x"}}, Comparison{Customers: 3})
}
