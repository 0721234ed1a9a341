package dsl

import (
	"slices"

	"meibo/dsl/expr"
)

// A Part is a node of a filter with what it means by itself.
type Part struct {
	Node   Node
	Expr   expr.Expr // as checked, not simplified; of segment("key") the segment's
	Depth  int       // nodes above it
	Parent int       // place of the node above in the list; -1 for the root
	Span   Span      // where it stands in the text
}

// Parts are the nodes of a filter that compiles, parents before their parts,
// in the order of the text; none of the empty filter. A segment that it refers
// to is one part: its own are those of Parts of its filter in Env.Within. With
// errors among the diagnostics there are none.
// Cost: that of Compile, and one Part a node.
func Parts(text string, env Env) ([]Part, []Diagnostic) {
	c := newCompiler(env)
	var found faults
	query := parse(text, &found)
	k := c.checker(text, &found, c.env.Zone, nil)
	k.parts = &recorder{}
	k.query(query)
	list := found.diagnostics(text)
	if HasErrors(list) {
		return nil, list
	}
	where := newLocator(text)
	for i := range k.parts.list {
		p := &k.parts.list[i]
		p.Span = where.span(p.Node.Extent())
	}
	return k.parts.list, list
}

// References are the keys of the segments that a filter refers to itself, each
// once, in the order of the text; none of one that cannot be read.
func References(text string) []string {
	var found faults
	query := parse(text, &found)
	if query.Root == nil || found.errors() {
		return nil
	}
	var keys []string
	for _, leaf := range leavesOf(query.Root, nil) {
		call, ok := leaf.(*Call)
		if ok && isSegmentCall(call) && !slices.Contains(keys, call.Arg.Text) {
			keys = append(keys, call.Arg.Text)
		}
	}
	return keys
}

// Within is the environment in which a segment's own filter is read.
func (e Env) Within(s Segment) Env {
	if s.Zone != nil {
		e.Zone = s.Zone
	}
	return e
}

// A recorder keeps what a checker makes of each node.
type recorder struct {
	list  []Part
	above []int // places of the nodes that are being checked, outermost first
}

func (r *recorder) record(n Node, check func(Node) expr.Expr) expr.Expr {
	place, parent := len(r.list), -1
	if depth := len(r.above); depth > 0 {
		parent = r.above[depth-1]
	}
	r.list = append(r.list, Part{Node: n, Depth: len(r.above), Parent: parent})
	r.above = append(r.above, place)
	e := check(n)
	r.above = r.above[:len(r.above)-1]
	r.list[place].Expr = e
	return e
}
