package service

import (
	"meibo/dsl"
	"meibo/store"
)

// compilable is a segment as the language sees it.
func (s *Service) compilable(seg store.Segment) dsl.Segment {
	found := dsl.Segment{Filter: seg.Filter}
	if seg.Zone != "" {
		if zone, err := s.zones.load(seg.Zone); err == nil {
			found.Zone = zone
		}
	}
	return found
}

// remembered is a way to find segments that finds each as it was at first, so
// that one answer does not mix two versions of a segment. For one goroutine.
func remembered(find func(key string) (dsl.Segment, bool)) func(key string) (dsl.Segment, bool) {
	type result struct {
		dsl.Segment
		ok bool
	}
	known := map[string]result{}
	return func(key string) (dsl.Segment, bool) {
		r, seen := known[key]
		if !seen {
			r.Segment, r.ok = find(key)
			known[key] = r
		}
		return r.Segment, r.ok
	}
}
