package dsl

import (
	"iter"
	"slices"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
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
	compiled, list := newCompiler(env).compile(text)
	if HasErrors(list) || compiled.Query.Root == nil {
		return nil, list
	}
	w := walk{where: newLocator(text)}
	w.part(compiled.Query.Root, compiled.Expr, 0, -1)
	return w.list, list
}

// A walk goes down a tree and what its nodes mean at once.
type walk struct {
	where *locator
	list  []Part
}

func (w *walk) part(n Node, e expr.Expr, depth, parent int) {
	place := len(w.list)
	w.list = append(w.list, Part{Node: n, Expr: e, Depth: depth, Parent: parent, Span: w.where.span(n.Extent())})
	for part, means := range below(n, e) {
		w.part(part, means, depth+1, place)
	}
}

// below yields the parts of a node, each with what it means: And, Or and Not
// stand in an expression that is not simplified as they do in the tree.
func below(n Node, e expr.Expr) iter.Seq2[Node, expr.Expr] {
	return func(yield func(Node, expr.Expr) bool) {
		var parts []Node
		switch n := n.(type) {
		case *And:
			parts = n.Parts
		case *Or:
			parts = n.Parts
		case *Not:
			parts = []Node{n.Part}
		}
		for i, part := range parts {
			if !yield(part, expr.Children(e)[i]) {
				return
			}
		}
	}
}

// References are the keys of the segments that a filter refers to itself, each
// once, in the order of the text; none of one that cannot be read.
func References(text string) []string {
	_, segments := Uses(text)
	return segments
}

// Uses are the keys of the fields and of the segments that a filter names
// itself, each once, in the order of the text; a bare string names the fields
// of quick search. None of a filter that cannot be read. Whether there are such
// fields and segments is not looked at.
func Uses(text string) (fields, segments []string) {
	var found faults
	query := parse(text, &found)
	if query.Root == nil || found.errors() {
		return nil, nil
	}
	add := func(keys *[]string, more ...string) {
		for _, key := range more {
			if !slices.Contains(*keys, key) {
				*keys = append(*keys, key)
			}
		}
	}
	for _, leaf := range leavesOf(query.Root, nil) {
		switch n := leaf.(type) {
		case *Call:
			if isSegmentCall(n) {
				add(&segments, n.Arg.Text)
			}
		case *Flag:
			add(&fields, n.Path.Key())
		case *Pred:
			add(&fields, n.Path.Key())
		case *Search:
			add(&fields, schema.QuickFields()...)
		}
	}
	return fields, segments
}

// Within is the environment in which a segment's own filter is read: its zone
// and its fields rule, and a hidden field is an error.
func (e Env) Within(s Segment) Env {
	if s.Zone != nil {
		e.Zone = s.Zone
	}
	if s.Fields != nil {
		e.Fields = s.Fields
	}
	e.saved = true
	return e
}
