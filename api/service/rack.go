package service

import (
	"slices"
	"sync/atomic"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/match"
	"meibo/dsl/schema"
)

// A rack is all segments of a catalog compiled once, to be asked of one record
// at a time. What depends on now stands in it as holes, each condition once
// however many segments have it, and is worked out for each moment anew: so a
// filter with now costs a look at the calendar and not a compilation.
type rack struct {
	catalog *catalog
	set     *match.Set
	items   []racked // as the catalog's list
	dates   []*dsl.LiveDate
	last    atomic.Pointer[filling] // to start from
}

// racked is a segment on the rack.
type racked struct {
	matcher match.Matcher
	holes   []match.Hole // that it has
	broken  *Broken      // it cannot be used; nil: it can
	late    bool         // whether it is broken, or what it means, has to be found at each moment
}

// A Broken says why a segment cannot be used: its set would otherwise silently
// be another than its author meant.
type Broken struct {
	Code    Code         `json:"code" doc:"hidden_field, unknown_field or invalid_filter"`
	Message schema.Words `json:"message"`
}

func brokenOf(diagnostics []dsl.Diagnostic) *Broken {
	e := refuseFilter(diagnostics)
	return &Broken{Code: e.Code, Message: e.Message}
}

// env is what the catalog's segments are compiled in where no request says
// otherwise: the workspace's zone and all of its fields.
func (c *catalog) env(now time.Time) dsl.Env {
	return dsl.Env{Fields: c.fields, Now: now, Zone: c.zone, WeekStart: c.weekStart, Segments: func(key string) (dsl.Segment, bool) {
		e := c.byKey[key]
		if e == nil {
			return dsl.Segment{}, false
		}
		return e.compilable(c.fields, dsl.Open), true
	}}
}

// compiled is the catalog's rack. Cost: each segment is compiled, some tens of
// microseconds, for the first who asks.
func (c *catalog) compiled(now time.Time) *rack {
	c.once.Do(func() {
		r := &rack{catalog: c, set: match.NewSet(), items: make([]racked, len(c.list))}
		env, holes := c.env(now), map[string]match.Hole{}
		for i, e := range c.list {
			live, diagnostics, ok := dsl.CompileLive(referenceTo(e.Key), env)
			switch {
			case dsl.HasErrors(diagnostics):
				own := e.faults(c, env, diagnostics)
				r.items[i].broken = brokenOf(own)
				r.items[i].late = slices.ContainsFunc(own, mayPass)
			case !ok:
				r.items[i].late = true
			default:
				r.items[i].matcher = r.place(live, holes, &r.items[i].holes)
			}
		}
		c.rack = r
	})
	return c.rack
}

// faults are those of a segment's own filter, which tell more than those of a
// reference to it.
func (e *entry) faults(c *catalog, env dsl.Env, told []dsl.Diagnostic) []dsl.Diagnostic {
	if _, own := dsl.Compile(e.Filter, env.Within(e.compilable(c.fields, dsl.Open))); dsl.HasErrors(own) {
		return own
	}
	return told
}

// mayPass reports whether a fault may be none at another moment: that of a date
// which leaves the years that there are, if in a segment below.
func mayPass(d dsl.Diagnostic) bool {
	return d.Code == "date_out_of_range" || d.Code == "invalid_segment"
}

// referenceTo is the filter that is a segment.
func referenceTo(key string) string { return "segment(" + expr.Quote(key) + ")" }

// place puts a filter on the rack.
func (r *rack) place(l dsl.Live, known map[string]match.Hole, own *[]match.Hole) match.Matcher {
	switch l.Join {
	case dsl.JoinNone:
		return r.set.Compile(expr.Simplify(l.Expr))
	case dsl.JoinDate:
		hole, ok := known[l.Date.Key()]
		if !ok {
			hole = r.set.Hole()
			known[l.Date.Key()] = hole
			r.dates = append(r.dates, l.Date)
		}
		*own = append(*own, hole)
		return hole
	}
	parts := make([]match.Matcher, len(l.Parts))
	for i, part := range l.Parts {
		parts[i] = r.place(part, known, own)
	}
	switch l.Join {
	case dsl.JoinAnd:
		return match.All(parts...)
	case dsl.JoinOr:
		return match.Any(parts...)
	}
	return match.Not(parts[0])
}

// A filling is what the holes mean for a while each. It is never changed.
type filling struct {
	matchers    []match.Matcher // nil: an error at that time
	from, until []int64         // epoch milliseconds
}

// fill works the holes out for a moment; those that mean what they meant at the
// last one are taken from there.
func (r *rack) fill(now time.Time) *filling {
	at, last, same := now.UnixMilli(), r.last.Load(), true
	n := len(r.dates)
	f := &filling{matchers: make([]match.Matcher, n), from: make([]int64, n), until: make([]int64, n)}
	for i, date := range r.dates {
		if last != nil && last.from[i] <= at && at < last.until[i] {
			f.matchers[i], f.from[i], f.until[i] = last.matchers[i], last.from[i], last.until[i]
			continue
		}
		same = false
		e, from, until, ok := date.At(now)
		f.from[i], f.until[i] = from, until
		if ok {
			f.matchers[i] = r.set.Compile(e)
		}
	}
	if last != nil && same {
		return last
	}
	r.last.Store(f)
	return f
}

// A moment is the rack at one now.
type moment struct {
	*rack
	*filling
	now time.Time
}

func (r *rack) at(now time.Time) moment { return moment{r, r.fill(now), now} }

// record makes a record ready to be asked about.
func (m moment) record(r schema.Record) *match.Subject { return m.set.Prepare(r, m.matchers) }

// matcher is that of a segment at this moment, or why there is none.
func (m moment) matcher(place int) (match.Matcher, *Broken) {
	item := &m.items[place]
	if item.broken != nil && !item.late {
		return nil, item.broken
	}
	out := item.late
	for _, hole := range item.holes {
		out = out || m.matchers[hole] == nil
	}
	if !out {
		return item.matcher, nil
	}
	c, env := m.catalog, m.catalog.env(m.now)
	compiled, diagnostics := dsl.Compile(referenceTo(c.list[place].Key), env)
	if dsl.HasErrors(diagnostics) {
		return nil, brokenOf(c.list[place].faults(c, env, diagnostics))
	}
	return m.set.Compile(compiled.Expr), nil
}
