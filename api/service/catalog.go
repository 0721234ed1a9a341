package service

import (
	"slices"
	"sync"
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
	"meibo/store"
)

// A catalog is the segments of one moment with what follows from them and from
// the fields of that moment. All requests share it until a segment, a field or a
// setting changes. It is immutable, but for what is worked out when it is asked
// for the first time.
type catalog struct {
	set       *store.SegmentSet
	fields    *schema.Fields // all of the workspace's, whoever asks: a segment means the same for everybody
	zone      *time.Location
	weekStart time.Weekday

	list  []*entry // by key
	byKey map[string]*entry

	once sync.Once
	rack *rack // see compiled
}

// An entry is a segment and what its filter names.
type entry struct {
	store.Segment
	place  int            // in the catalog's list
	zone   *time.Location // nil: the request's
	fields []string       // that it names itself
	uses   []string       // keys of the segments that it refers to itself, there or not
	reads  []string       // fields, also through other segments
	usedBy []string       // keys of the segments that refer to it themselves
}

// catalogs keep the newest. The zero value is ready; safe for concurrent use.
type catalogs struct {
	mu      sync.Mutex
	current *catalog
}

// catalog is that of now. Cost: after a change, every filter that is new is
// parsed; otherwise nothing.
func (r *register) catalog() *catalog {
	set, fields, settings := r.store.Segments(), r.store.Fields(), r.store.Settings()
	r.catalogs.mu.Lock()
	defer r.catalogs.mu.Unlock()
	c := r.catalogs.current
	if c != nil && c.set == set && c.fields == fields && c.zone == settings.Zone && c.weekStart == settings.WeekStart {
		return c
	}
	c = r.catalogOf(set, c)
	c.fields, c.zone, c.weekStart = fields, settings.Zone, settings.WeekStart
	r.catalogs.current = c
	return c
}

// catalogOf takes over from another catalog what it knows of the same filters.
func (r *register) catalogOf(set *store.SegmentSet, known *catalog) *catalog {
	c := &catalog{set: set, byKey: make(map[string]*entry, set.Len())}
	for seg := range set.All() {
		e := &entry{Segment: seg, place: len(c.list)}
		if known != nil && known.byKey[seg.Key] != nil && known.byKey[seg.Key].Filter == seg.Filter {
			e.fields, e.uses = known.byKey[seg.Key].fields, known.byKey[seg.Key].uses
		} else {
			e.fields, e.uses = dsl.Uses(seg.Filter)
		}
		if zone, err := r.zones.load(seg.Zone); err == nil {
			e.zone = zone
		}
		c.list, c.byKey[seg.Key] = append(c.list, e), e
	}
	for _, e := range c.list {
		for _, key := range e.uses {
			if used := c.byKey[key]; used != nil {
				used.usedBy = append(used.usedBy, e.Key)
			}
		}
		e.reads = c.readBy(e)
	}
	return c
}

// readBy are the fields that a segment reads, also through others.
func (c *catalog) readBy(e *entry) []string {
	if len(e.uses) == 0 {
		return e.fields
	}
	fields, seen := map[string]bool{}, map[string]bool{e.Key: true}
	var all []string
	for next := []*entry{e}; len(next) > 0; next = next[1:] {
		for _, key := range next[0].fields {
			if !fields[key] {
				fields[key] = true
				all = append(all, key)
			}
		}
		for _, key := range next[0].uses {
			if used := c.byKey[key]; used != nil && !seen[key] {
				seen[key] = true
				next = append(next, used)
			}
		}
	}
	return all
}

// dependents are the segments that refer to one, if through others, nearest
// first; those that are as near in the order of their keys.
func (c *catalog) dependents(key string) []string {
	seen := map[string]bool{key: true}
	var list []string
	for next := []string{key}; len(next) > 0; next = next[1:] {
		e := c.byKey[next[0]]
		if e == nil {
			continue
		}
		for _, from := range e.usedBy {
			if !seen[from] {
				seen[from] = true
				list, next = append(list, from), append(next, from)
			}
		}
	}
	return list
}

// access is what the caller may learn of a segment: everything where it sees
// every field that the segment reads. Of others, a token for using segments
// learns who is in them; nobody else learns anything.
func (s *Service) access(c *catalog, e *entry) dsl.Access {
	if s.caller.Role == RoleOwner || s.seen(c.fields) == c.fields {
		return dsl.Open
	}
	unseen := slices.ContainsFunc(e.reads, func(key string) bool {
		f, ok := c.fields.Lookup(key)
		return ok && !sees(s.caller.Role, f)
	})
	switch {
	case !unseen:
		return dsl.Open
	case s.caller.Role == RoleService && slices.Contains(s.caller.Scopes, ScopeSegmentUse):
		return dsl.Opaque
	}
	return dsl.Closed
}

// find is how the caller's filters find segments.
func (s *Service) find(c *catalog) func(key string) (dsl.Segment, bool) {
	return func(key string) (dsl.Segment, bool) {
		e := c.byKey[key]
		if e == nil {
			return dsl.Segment{}, false
		}
		return e.compilable(c.fields, s.access(c, e)), true
	}
}

// compilable is a segment as the language sees it.
func (e *entry) compilable(fields *schema.Fields, access dsl.Access) dsl.Segment {
	return dsl.Segment{Filter: e.Filter, Zone: e.zone, Fields: fields, Access: access}
}

// names are the segments that the caller can refer to.
func (s *Service) names(c *catalog) []dsl.SegmentName {
	names := make([]dsl.SegmentName, 0, len(c.list))
	for _, e := range c.list {
		if s.access(c, e) != dsl.Closed {
			names = append(names, dsl.SegmentName{Key: e.Key, Name: e.Name})
		}
	}
	return names
}
