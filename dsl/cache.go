package dsl

import (
	"math"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"meibo/dsl/schema"
)

// A Cache keeps filters as they were compiled, the least recently used going
// first. What it gives is what Compile would give: an entry holds for the
// fields, the zone, the stretch of time and the segments that it was compiled
// with, and no longer. Filters with errors are compiled each time.
//
// It recognises fields and zones by their pointers, so callers should use the
// same ones again. A hit costs some 200 ns, and a look-up of each segment that
// the filter refers to; a filter with "now", which is another at each
// millisecond, is parsed once and checked each time. A Cache is safe for concurrent use.
type Cache struct{ entries *lru.Cache[cacheKey, cached] }

// maxCachedText bounds the filters that are kept, in bytes: a long one is
// rarely asked twice, and its expression takes several times as much.
const maxCachedText = 16 << 10

type cacheKey struct {
	text      string
	fields    *schema.Fields
	zone      *time.Location
	weekStart time.Weekday
}

// cached is a compiled filter and what it depends on beyond its key.
type cached struct {
	compiled Compiled
	warnings []Diagnostic
	holds    stretch
	segments []reference
}

// NewCache keeps at most so many filters, 1 or more.
func NewCache(most int) *Cache {
	entries, err := lru.New[cacheKey, cached](max(most, 1))
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &Cache{entries}
}

// Len is how many filters are kept.
func (c *Cache) Len() int { return c.entries.Len() }

// Compile is Compile, remembered. The Compiled and the diagnostics are shared
// with other callers and must not be changed.
func (c *Cache) Compile(text string, env Env) (Compiled, []Diagnostic) {
	key := cacheKey{text, env.Fields, env.Zone, env.WeekStart}
	known, ok := c.entries.Get(key)
	if ok && known.holdsIn(env) {
		return known.compiled, known.warnings
	}
	compiler := newCompiler(env)
	compiler.known = known.compiled.Query // the text is the same: no need to parse it again
	compiled, list, used := compiler.simplified(text)
	if !HasErrors(list) && len(text) <= maxCachedText && len(used.segments) <= maxCachedSegments {
		c.entries.Add(key, cached{compiled, list, used.holds, used.segments})
	}
	return compiled, list
}

// maxCachedSegments bounds the look-ups of a hit: beyond it compiling is as
// cheap.
const maxCachedSegments = 100

func (c cached) holdsIn(env Env) bool {
	return c.holds.has(env.Now) && !slices.ContainsFunc(c.segments, func(r reference) bool { return !r.holdsIn(env) })
}

// A reference is a segment as it was when a filter was compiled.
type reference struct {
	key   string
	saved Segment
}

func (r reference) holdsIn(env Env) bool {
	if env.Segments == nil {
		return false
	}
	saved, ok := env.Segments(r.key)
	return ok && saved == r.saved
}

// A stretch is the time for which a compiled filter says what it would say if
// it were compiled again: from one epoch millisecond to before another.
type stretch struct{ from, until int64 }

// always: the filter has no relative date.
func always() stretch { return stretch{math.MinInt64, math.MaxInt64} }

func (s stretch) and(t stretch) stretch {
	return stretch{max(s.from, t.from), min(s.until, t.until)}
}

func (s stretch) has(now time.Time) bool {
	at := now.UnixMilli()
	return s.from <= at && at < s.until
}

// stretch is how long a date means the same: a literal always; what counts
// from now, for a millisecond; what counts from today, until midnight.
func (c calendar) stretch(v Value) stretch {
	switch {
	case isLiteralDate(v):
		return always()
	case v.Text == "now":
		at := c.now.UnixMilli()
		return stretch{at, at + 1}
	}
	day := c.today().span(c.zone)
	return stretch{day.Start, day.End}
}
