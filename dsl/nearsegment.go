package dsl

import (
	"cmp"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// Bounds of the search for a segment's key: names looked at, and segments of
// one filter that are looked for.
const (
	maxSegmentNames = 2_000
	maxMisses       = 5
)

// nearestSegments are the keys of segments that a key may have meant, the
// likeliest first, at most three: the same key in another case, the name in
// either language, and few edits away.
func (c *compiler) nearestSegments(key string) []string {
	c.misses++
	if c.env.SegmentNames == nil || c.misses > maxMisses || len(key) > 2*schema.MaxKeyLength {
		return nil
	}
	if c.names == nil {
		c.names = c.env.SegmentNames()
		c.names = c.names[:min(len(c.names), maxSegmentNames)]
	}
	type candidate struct {
		key string
		far int
	}
	var found []candidate
	for _, name := range c.names {
		if far, ok := farFromSegment(name, key); ok {
			found = append(found, candidate{name.Key, far})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var keys []string
	for _, one := range found[:min(len(found), maxNearest)] {
		keys = append(keys, one.key)
	}
	return keys
}

// farFromSegment measures as farFrom does.
func farFromSegment(s SegmentName, key string) (far int, ok bool) {
	lower, own, folded := strings.ToLower(key), strings.ToLower(s.Key), schema.Fold(key)
	ja, en := schema.Fold(s.Name.JA), schema.Fold(s.Name.EN)
	limit := max(1, len(lower)/4)
	edits, close := near(lower, own, limit)
	_, alike := near(folded, en, limit)
	switch {
	case lower == own:
		return 0, true
	case folded == schema.Fold(s.Key):
		return 1, true
	case folded != "" && (folded == ja || folded == en):
		return 1, true
	case close:
		return 4 * edits, true
	case partOfLabel(folded, ja, en):
		return 4*limit + 2, true
	case alike:
		return 4*limit + 3, true
	}
	return 0, false
}
