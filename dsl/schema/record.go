package schema

import (
	"iter"
	"slices"
	"strings"
)

// A Record is one customer: an id and typed values by field key. The id is
// itself a field ("id") and always present. The zero Record is empty and
// usable. A Record is not safe for concurrent change; Clone before changing
// one that others may hold.
type Record struct {
	entries []entry // sorted by key, no missing values
	stamps  []stamp // sorted by key; most records have none
}

type entry struct {
	key   string
	value Value
}

// NewRecord starts a record with its id.
func NewRecord(id string) Record {
	return Record{entries: []entry{{key: IDField, value: Value{kind: String, text: id}}}}
}

// ID is the customer's id; "" for the zero Record.
func (r Record) ID() string { return r.Get(IDField).text }

// Len counts the values present, the id among them.
func (r Record) Len() int { return len(r.entries) }

// Get is the value of a field; the zero Value when it is missing.
// Cost: a binary search.
func (r Record) Get(key string) Value {
	if i, ok := r.find(key); ok {
		return r.entries[i].value
	}
	return Value{}
}

// Set gives a field a value; a missing value clears the field, and its stamp
// with it.
func (r *Record) Set(key string, v Value) {
	i, ok := r.find(key)
	if v.IsMissing() {
		r.SetStamp(key, 0)
	}
	switch {
	case ok && v.IsMissing():
		r.entries = slices.Delete(r.entries, i, i+1)
	case ok:
		r.entries[i].value = v
	case !v.IsMissing():
		r.entries = slices.Insert(r.entries, i, entry{key, v})
	}
}

// Append is Set for a decoder that goes through the fields in the order of
// their keys' bytes: each then costs no search and no move. Keys that come in
// another order are put where they belong all the same.
func (r *Record) Append(key string, v Value) {
	if n := len(r.entries); n > 0 && r.entries[n-1].key >= key || v.IsMissing() {
		r.Set(key, v)
		return
	}
	r.entries = append(r.entries, entry{key, v})
}

// AppendNext is Append for a decoder that knows the key to come after those
// that are there, and the value to be one: it compares no texts.
func (r *Record) AppendNext(key string, v Value) {
	r.entries = append(r.entries, entry{key, v})
}

// Grow makes room for n more values, so that Append allocates once.
func (r *Record) Grow(n int) { r.entries = slices.Grow(r.entries, n) }

// All yields the values present in the order of their keys' bytes.
func (r Record) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, e := range r.entries {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

// Clone is a copy that can be changed without changing r.
func (r Record) Clone() Record {
	return Record{entries: slices.Clone(r.entries), stamps: slices.Clone(r.stamps)}
}

// Equal compares two records exactly, value by value and stamp by stamp.
func (r Record) Equal(s Record) bool {
	return slices.EqualFunc(r.entries, s.entries, func(a, b entry) bool {
		return a.key == b.key && a.value.Equal(b.value)
	}) && slices.Equal(r.stamps, s.stamps)
}

func (r Record) find(key string) (int, bool) {
	return slices.BinarySearchFunc(r.entries, key, func(e entry, key string) int {
		return strings.Compare(e.key, key)
	})
}

// A Change is one committed write as the change log tells it. Record is the
// customer as it is now, which may be later than Seq (replay is idempotent);
// nil means that the customer is no longer there.
type Change struct {
	Seq    uint64
	ID     string
	Record *Record
}
