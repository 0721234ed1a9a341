package schema

import (
	"maps"
	"testing"
)

func TestStampsBelongToTheRecord(t *testing.T) {
	r := NewRecord("a")
	r.Set("tags", Strings("x"))
	plain := r.Clone()
	r.SetStamp("tags", 5)
	r.SetStamp("city", 7) // a field without a value can have one
	r.SetStamp("tags", 6)
	copied := r.Clone()
	copied.SetStamp("city", 8)
	if got := maps.Collect(r.Stamps()); len(got) != 2 || r.Stamp("tags") != 6 || r.Stamp("city") != 7 || r.Stamp("name") != 0 || r.StampCount() != 2 {
		t.Errorf("%v", got)
	}
	if r.Equal(plain) || r.Equal(copied) || !r.Equal(r.Clone()) {
		t.Error("two records with other stamps are equal")
	}
	r.Set("tags", Value{})
	r.SetStamp("city", 0)
	if r.StampCount() != 0 {
		t.Errorf("%v after the values were cleared", maps.Collect(r.Stamps()))
	}
}
