package main

import (
	"testing"

	"meibo/dsl/schema"
)

// Ten digits are a mistake in what a person sends, not in what a server answers:
// 1970-04-26 has ten.
func TestAServersDatesAreMilliseconds(t *testing.T) {
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	r := &remote{fields: fields}
	record, err := r.record(t.Context(), []byte(`{"id":"a","createdAt":9999999999,"web":{"sessionsCount":3}}`))
	if err != nil || record.Get("createdAt").Millis() != 9999999999 || record.Get("web.sessionsCount").Num() != 3 {
		t.Errorf("%v, %v", record, err)
	}
}
