package schema

import (
	"slices"
	"testing"
)

// Append keeps a record sorted whatever the order of the keys.
func TestAppend(t *testing.T) {
	var r Record
	r.Grow(4)
	for _, key := range []string{"a", "c", "id", "b", "c"} {
		r.Append(key, Text(key+" "+string(rune('0'+r.Len()))))
	}
	r.Append("d", Value{})
	var keys []string
	for key := range r.All() {
		keys = append(keys, key)
	}
	if !slices.Equal(keys, []string{"a", "b", "c", "id"}) || r.Get("c").Text() != "c 4" || r.Get("b").Text() != "b 3" {
		t.Errorf("%v, c is %s", keys, r.Get("c"))
	}
}
