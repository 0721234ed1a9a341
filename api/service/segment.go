package service

import (
	"crypto/sha256"
	"maps"
	"slices"

	"meibo/dsl"
)

// A segmentReader remembers which segments a filter came to, to tell later
// versions of them apart. For one goroutine.
type segmentReader struct {
	find  func(key string) (dsl.Segment, bool)
	known map[string]foundSegment
}

type foundSegment struct {
	dsl.Segment
	ok bool
}

func (r *segmentReader) segment(key string) (dsl.Segment, bool) {
	found, seen := r.known[key]
	if !seen {
		found.Segment, found.ok = r.find(key)
		if r.known == nil {
			r.known = map[string]foundSegment{}
		}
		r.known[key] = found
	}
	return found.Segment, found.ok
}

// veiled reports whether a segment was found whose filter is not for the
// caller's eyes.
func (r *segmentReader) veiled() bool {
	for _, found := range r.known {
		if found.Access != dsl.Open {
			return true
		}
	}
	return false
}

// fingerprint tells two versions of the segments that were found apart; nil
// where there are none.
func (r *segmentReader) fingerprint() []byte {
	if len(r.known) == 0 {
		return nil
	}
	var parts [][]byte
	for _, key := range slices.Sorted(maps.Keys(r.known)) {
		found, zone := r.known[key], ""
		if found.Zone != nil {
			zone = found.Zone.String()
		}
		parts = append(parts, []byte(key), []byte(found.Filter), []byte(zone))
	}
	sum := fingerprint(parts...)
	return sum[:sha256.Size/2]
}
