package schema

import (
	"iter"
	"slices"
	"strings"
)

// A stamp says when a field got the value that it has: of few fields (those
// that keep their first value, and the opt-outs) somebody has to know. Stamps
// are beside the values: they do not travel, and nobody can ask for them.
type stamp struct {
	key    string
	millis int64
}

// Stamp is when a field last changed, in epoch milliseconds; 0 when that is
// not known.
func (r Record) Stamp(key string) int64 {
	if i, ok := r.findStamp(key); ok {
		return r.stamps[i].millis
	}
	return 0
}

// SetStamp notes when a field changed; 0 takes the note away. A field without
// a value can have one: an opt-out that was taken back.
func (r *Record) SetStamp(key string, millis int64) {
	i, ok := r.findStamp(key)
	switch {
	case ok && millis == 0:
		r.stamps = slices.Delete(r.stamps, i, i+1)
	case ok:
		r.stamps[i].millis = millis
	case millis != 0:
		r.stamps = slices.Insert(r.stamps, i, stamp{key, millis})
	}
}

// Stamps yields all of them in the order of their keys' bytes.
func (r Record) Stamps() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for _, s := range r.stamps {
			if !yield(s.key, s.millis) {
				return
			}
		}
	}
}

// StampCount counts the stamps.
func (r Record) StampCount() int { return len(r.stamps) }

func (r Record) findStamp(key string) (int, bool) {
	return slices.BinarySearchFunc(r.stamps, key, func(s stamp, key string) int { return strings.Compare(s.key, key) })
}
