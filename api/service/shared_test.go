package service

import (
	"encoding/json"
	"fmt"
	"testing"

	"meibo/dsl/schema"
	"meibo/store"
)

// Records of a page are shared with all who read the same customers: nothing
// that answers with them may change them.
func TestAnswersLeaveSharedRecordsAlone(t *testing.T) {
	d := newImportDesk(t)
	var ids []string
	_, err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 20 {
			r := schema.NewRecord(fmt.Sprint("c", i))
			r.Set(schema.EmailField, schema.Text(fmt.Sprintf("c%d@example.jp", i)))
			r.Set("tags", schema.Strings("VIP", fmt.Sprint(i)))
			if _, err := tx.Put(r); err != nil {
				return err
			}
			ids = append(ids, r.ID())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	shared, err := d.store.Customers(ids)
	if err != nil {
		t.Fatal(err)
	}
	before := make([]schema.Record, len(ids))
	for i, c := range shared {
		before[i] = c.Record.Clone()
	}
	for _, r := range []SearchRequest{
		{Facets: []FacetRequest{{Field: "tags"}}},
		{Sort: "-" + schema.EmailField, Fields: []string{"id", "tags"}},
		{Question: Question{Q: "c1@example.jp\nc2@example.jp\nnobody@example.jp"}},
	} {
		if answer, err := d.Search(t.Context(), r); err != nil || len(answer.Customers) == 0 {
			t.Errorf("%+v: %d customers, %v", r, len(answer.Customers), err)
		}
		r.Facets = nil
		if err := d.Stream(t.Context(), r, func(schema.Record, json.RawMessage) error { return nil }); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	for i, c := range shared {
		if !c.Record.Equal(before[i]) {
			t.Errorf("%s has become %v", ids[i], c.Record)
		}
	}
}
