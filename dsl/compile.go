package dsl

import (
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// Env is what a filter is checked against. Nothing in it is changed.
type Env struct {
	Fields    *schema.Fields
	Now       time.Time      // "now"; its day in Zone is "today"
	Zone      *time.Location // nil: UTC
	WeekStart time.Weekday   // as is, so the zero value is Sunday: pass the workspace's, which is Monday unless set
	Segments  func(key string) (Segment, bool)
	// SegmentNames lists every segment, for completion and for the nearest
	// name of an unknown one; nil: none are offered.
	SegmentNames func() []SegmentName

	saved bool // the text is a segment's filter: see Within
}

// A SegmentName is how a segment is known to people.
type SegmentName struct {
	Key  string
	Name schema.Words
}

// A Segment is a saved filter as segment("key") finds it.
type Segment struct {
	Filter string
	Zone   *time.Location // rules the filter's dates; nil: the zone of the Env
	Fields *schema.Fields // rule the filter, so that it means the same whoever asks; nil: those of the Env
	Access Access         // of whoever asks
}

// Access says what somebody who refers to a segment may learn of it.
type Access uint8

const (
	Open   Access = iota
	Opaque        // which customers are in it, and nothing of its filter: neither its faults nor its dates
	Closed        // nothing: to refer to it is the error forbidden_segment
)

// Compiled is a filter that is ready to run. Of one with errors it is good for
// Lint alone.
type Compiled struct {
	Query  *Query
	Expr   expr.Expr
	Bound  []Binding // relative dates of the filter and its segments, as resolved
	source *source
}

// A source is what a text came to, with or without errors, as Lint looks at it.
type source struct {
	fields *schema.Fields
	zone   *time.Location
	query  *Query
	expr   expr.Expr // not simplified: And, Or and Not stand in it as they do in the query
	nodes  int       // of the expression, as MaxNodes counts them
	faults []fault
	broken bool // by errors of syntax: how the conditions hang together is a guess
}

// A Binding says what a relative date was taken to mean.
type Binding struct {
	Text    string    `json:"text"`              // the date in canonical form: now-30d
	Segment string    `json:"segment,omitempty"` // key of the segment that holds it; "" for the filter itself
	Start   time.Time `json:"start"`             // in the zone that ruled it
	End     time.Time `json:"end"`               // excluded; a millisecond after Start for an instant
	Day     bool      `json:"day"`               // a whole day
}

// Compile reads and checks a filter and binds its dates. With errors among the
// diagnostics there is no expression; otherwise they are warnings.
// Cost: tens of microseconds for a filter of a line.
func Compile(text string, env Env) (Compiled, []Diagnostic) {
	compiled, list, _ := newCompiler(env).simplified(text)
	return compiled, list
}

// A compiler compiles texts in one environment; segments are expanded once.
type compiler struct {
	env        Env
	segments   map[string]*expansion
	names      []SegmentName             // of Env.SegmentNames, once asked for
	misses     int                       // segments that were not there
	expanded   int                       // bytes of the segments' filters, altogether
	near       map[string][]schema.Field // of unknown keys
	fieldNames []fieldName               // of Env.Fields, once asked for
	used       dependencies
	known      *Query // a text without faults that was parsed before, or nil
}

// dependencies are what the texts of a compiler were compiled with, beyond its
// fields, zone and first day of the week.
type dependencies struct {
	holds    stretch
	segments []reference
}

func newCompiler(env Env) *compiler {
	if env.Zone == nil {
		env.Zone = time.UTC
	}
	if env.Fields == nil {
		env.Fields = &schema.Fields{Region: schema.DefaultRegion}
	}
	return &compiler{env: env, segments: map[string]*expansion{}, used: dependencies{holds: always()}}
}

// simplified is compile for the world outside: ready to run, or with fixes
// that were tried out.
func (c *compiler) simplified(text string) (Compiled, []Diagnostic, *dependencies) {
	var found faults
	compiled := c.judge(text, &found)
	list := found.diagnostics(text)
	if !HasErrors(list) {
		compiled.Expr = expr.Simplify(compiled.Expr)
		return compiled, list, &c.used
	}
	return Compiled{source: compiled.source}, verified(text, list, found.work, func(text string) (errors, work int) {
		var again faults
		c.judge(text, &again)
		return again.errorCount(), again.work
	}), &c.used
}

// compile reads and checks a text; fixes are not tried out.
func (c *compiler) compile(text string) (Compiled, []Diagnostic) {
	var found faults
	compiled := c.judge(text, &found)
	return compiled, found.diagnostics(text)
}

func (c *compiler) judge(text string, found *faults) Compiled {
	query := c.known
	if query == nil || query.Text != text {
		query = parse(text, found)
	}
	broken := found.errors()
	k := c.checker(text, found, c.env.Zone, nil)
	e := k.query(query)
	compiled := Compiled{Query: query, Expr: e, Bound: k.bound}
	if !found.full && !k.over { // otherwise nothing was checked beyond some place
		compiled.source = &source{fields: c.env.Fields, zone: c.env.Zone, query: query, expr: e, nodes: k.nodes, faults: found.list, broken: broken}
	}
	return compiled
}

func (c *compiler) checker(text string, found *faults, zone *time.Location, within []string) *checker {
	return &checker{
		compiler: c, text: text, faults: found, within: within, fields: c.env.Fields, saved: c.env.saved,
		calendar: calendar{now: c.env.Now, zone: zone, weekStart: c.env.WeekStart},
	}
}
