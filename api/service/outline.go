package service

import (
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// An outline is a filter clause by clause, with the segments that it uses.
type outline struct {
	env      dsl.Env
	sentence schema.Words
	parts    []dsl.Part // of the filter itself
	clauses  []clause
	segments []UsedSegment
	opened   map[string]bool         // segments that are in the outline
	names    map[string]schema.Words // of segments; nil until needed
	cut      bool
	veiled   bool // a segment of it is not for the caller's eyes
}

// A clause is one of an outline's, with what is needed to work it out.
type clause struct {
	Clause
	part int       // the place of its first node in the parts of its text
	expr expr.Expr // with its NOTs
	node dsl.Node  // without them
	zone *time.Location
}

// A UsedSegment is a segment that a filter refers to.
type UsedSegment struct {
	Key      string       `json:"key"`
	Name     schema.Words `json:"name"`
	TimeZone string       `json:"timeZone" doc:"The zone that rules its dates."`
	Filter   string       `json:"filter" doc:"Its filter in canonical form, comments kept; empty where it is restricted."`

	Restricted bool `json:"restricted,omitempty" doc:"It uses fields that are not for the caller: nothing but who is in it is shown."`
}

// newOutline takes a filter that compiles in env apart.
func newOutline(filter string, env dsl.Env) *outline {
	o := &outline{env: env, opened: map[string]bool{}}
	o.parts, _ = dsl.Parts(filter, env) // it compiled a moment ago, with the same segments
	var root dsl.Node
	if len(o.parts) > 0 {
		root = o.parts[0].Node
	}
	o.sentence = dsl.Describe(root, env)
	o.add(o.parts, env, "", 0, -1)
	return o
}

// add puts the clauses of one text below a clause. A NOT and what it negates
// are one clause, whose expression is that of the outermost.
func (o *outline) add(parts []dsl.Part, env dsl.Env, in string, depth, parent int) {
	describer := dsl.NewDescriber(env)
	at := make([]int, len(parts)) // the clause of each part
	for i, p := range parts {
		switch above := p.Parent; {
		case above >= 0 && isNot(parts[above].Node):
			at[i] = at[above]
		case above >= 0:
			at[i] = o.begin(p, i, in, at[above], depth, env.Zone, describer)
		default:
			at[i] = o.begin(p, i, in, parent, depth, env.Zone, describer)
		}
		o.core(at[i], p.Node)
	}
}

func isNot(n dsl.Node) bool { _, ok := n.(*dsl.Not); return ok }

// begin is the place of a new clause; -1 where the list is full.
func (o *outline) begin(p dsl.Part, part int, in string, parent, depth int, zone *time.Location, describer *dsl.Describer) int {
	o.cut = o.cut || len(o.clauses) == countedClauses
	if len(o.clauses) == listedClauses {
		return -1
	}
	if parent >= 0 {
		depth = o.clauses[parent].Depth + 1
	}
	o.clauses = append(o.clauses, clause{part: part, expr: p.Expr, zone: zone, Clause: Clause{
		Text: dsl.Snippet(p.Node, clauseTextLength), Meaning: describer.Phrase(p.Node), Span: p.Span, Depth: depth, Parent: parent, In: in}})
	return len(o.clauses) - 1
}

// core says what a clause is behind its NOTs, and opens the segment that it
// refers to.
func (o *outline) core(place int, n dsl.Node) {
	call, isCall := n.(*dsl.Call)
	if place >= 0 {
		c := &o.clauses[place]
		c.node = n
		switch n.(type) {
		case *dsl.Not:
			c.Negated = !c.Negated
		case *dsl.And:
			c.Kind = "and"
		case *dsl.Or:
			c.Kind = "or"
		case *dsl.Search:
			c.Kind = "search"
		case *dsl.Call:
			c.Kind, c.Segment = "segment", call.Arg.Text
		default:
			c.Kind = "condition"
		}
	}
	if isCall {
		o.open(call.Arg.Text, place)
	}
}

// open puts a segment's clauses below the first that refers to it.
func (o *outline) open(key string, place int) {
	if o.opened[key] {
		return
	}
	o.opened[key] = true
	if len(o.segments) == listedSegments {
		o.cut = true
		return
	}
	saved, ok := o.env.Segments(key)
	if !ok {
		return
	}
	within := o.env.Within(saved)
	if saved.Access != dsl.Open {
		o.veiled = true
		o.segments = append(o.segments, UsedSegment{Key: key, Name: o.name(key), TimeZone: within.Zone.String(), Restricted: true})
		return
	}
	formatted, _ := dsl.Format(saved.Filter)
	o.segments = append(o.segments, UsedSegment{Key: key, Name: o.name(key), TimeZone: within.Zone.String(), Filter: formatted})
	parts, _ := dsl.Parts(saved.Filter, within)
	o.add(parts, within, key, 0, place)
}

func (o *outline) name(key string) schema.Words {
	if o.names == nil {
		o.names = map[string]schema.Words{}
		for _, s := range o.env.SegmentNames() {
			o.names[s.Key] = s.Name
		}
	}
	return o.names[key]
}

// answer is the clauses as they travel.
func (o *outline) answer() []Clause {
	list := make([]Clause, len(o.clauses))
	for i, c := range o.clauses {
		list[i] = c.Clause
	}
	return list
}
