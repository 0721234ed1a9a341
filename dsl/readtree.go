package dsl

import (
	"meibo/dsl/jsondoc"
	"meibo/dsl/schema"
)

// maxTreeDepth is the depth of the deepest tree that a text can have: each
// bracket of its 64 holds an AND, whose parts may be ORs without brackets of
// their own. The rest is room to put an AND into an AND.
const maxTreeDepth = 2*MaxDepth + 4

// ReadTree reads what Query.Tree wrote, or what a program put together in the
// same form; at is the pointer of v in its document. The query is nil when
// there are faults: each has the pointer of what is wrong in Field. An AND in
// an AND, and an AND or OR of one part, are read as the parser reads brackets.
// The query's text is the canonical one, and positions are in it.
//
// What the language cannot write is refused here, and with it a quantifier
// with a negation or with an operator that takes none, and a list where no
// field takes one. Whether a field exists and takes the condition is for
// Compile to say.
func ReadTree(v *jsondoc.Value, at string) (*Query, []schema.ValueError) {
	r := &treeReader{notes: notes{before: map[Node][]string{}, behind: map[Node][]string{}}, places: map[Node]string{}}
	root := r.whole(v, at)
	if len(r.faults.List) > 0 {
		return nil, r.faults.List
	}
	return fromNode(root, r.notes, at, r.places)
}

// FromNode makes a query of nodes that a program put together: it prints them
// and reads the text, so that the limits hold and everything has its position.
// The nodes must be such as the parser makes, positions apart; places has a
// JSON pointer for each leaf (every node but And, Or and Not), at is that of
// the whole. The query is nil when there is a fault: a limit is broken.
func FromNode(root Node, at string, places map[Node]string) (*Query, []schema.ValueError) {
	return fromNode(root, notes{}, at, places)
}

func fromNode(root Node, notes notes, at string, places map[Node]string) (*Query, []schema.ValueError) {
	text := printed(root, notes)
	query, list := Parse(text)
	if query != nil {
		return query, nil
	}
	if root != nil && len(text) <= MaxText {
		leaves := leavesOf(root, nil)
		at = places[leaves[min(leafBefore(text, list[0].Span.Start), len(leaves)-1)]]
	}
	return nil, []schema.ValueError{{Field: at, Code: list[0].Code, Message: list[0].Message}}
}

// leafBefore counts the leaves that end before an offset of a printed text:
// there is a connective behind each.
func leafBefore(text string, offset int) int {
	var found faults
	tokens, _, _ := scan(text, &found)
	n := 0
	between := false
	for _, t := range tokens {
		switch {
		case t.at.Start > offset:
			return n
		case t.kind == tokBetween:
			between = true
		case t.kind == tokAnd && between:
			between = false
		case t.kind == tokAnd || t.kind == tokOr:
			n++
		}
	}
	return n
}

// A treeReader reads one tree. A node comes back nil where faults were told.
type treeReader struct {
	faults jsondoc.Faults
	notes  notes
	places map[Node]string // pointers of the leaves
}

func (r *treeReader) whole(v *jsondoc.Value, at string) Node {
	if v.Kind == jsondoc.Null {
		return nil
	}
	if t := v.Member("type"); t != nil && t.Text == treeEmpty {
		if r.faults.Object(v, at, "type", "start", "end", "comments") {
			r.comments(v, at, nil, true)
		}
		return nil
	}
	return r.node(v, at, 0)
}

func (r *treeReader) node(v *jsondoc.Value, at string, depth int) Node {
	if r.faults.Full() || !r.faults.Is(v, at, jsondoc.Object) {
		return nil
	}
	if depth > maxTreeDepth {
		r.faults.Add(at, "too_deep", "条件の入れ子が深すぎます。", "the conditions nest too deep")
		return nil
	}
	kind, ok := r.faults.Needs(v, at, "type", jsondoc.String)
	if !ok || !r.faults.Word(kind.Text, jsondoc.Child(at, "type"), treeAnd, treeOr, treeNot, treeSearch, treeFlag, treeCall, treeCondition) {
		return nil
	}
	switch kind.Text {
	case treeAnd, treeOr, treeNot:
		return r.joined(v, at, kind.Text, depth)
	}
	before := len(r.faults.List)
	n := r.leaf(v, at, kind.Text)
	r.comments(v, at, n, depth == 0)
	if len(r.faults.List) > before {
		return nil
	}
	r.places[n] = at
	return n
}

// joined reads and, or, not. Comments stand on leaves, but those below
// everything on the whole.
func (r *treeReader) joined(v *jsondoc.Value, at, kind string, depth int) Node {
	if depth == 0 {
		r.faults.Object(v, at, "type", "start", "end", "parts", "comments")
		r.comments(v, at, nil, true)
	} else {
		r.faults.Object(v, at, "type", "start", "end", "parts")
	}
	list, ok := r.faults.Needs(v, at, "parts", jsondoc.Array)
	if !ok {
		return nil
	}
	here := jsondoc.Child(at, "parts")
	switch n := len(list.Items); {
	case n == 0:
		r.faults.Add(here, jsondoc.CodeWrongCount, "条件がありません。", "there is no condition")
	case n > 1 && kind == treeNot:
		r.faults.Add(here, jsondoc.CodeWrongCount, "not の条件は 1 つです（%d 個あります）。", "not has one condition, not %d", n)
	}
	before := len(r.faults.List)
	var parts []Node
	for i := range list.Items {
		if len(r.places) > MaxPredicates { // too many, as will be told: the rest need not be read
			break
		}
		parts = append(parts, r.node(&list.Items[i], jsondoc.Element(here, i), depth+1))
	}
	switch {
	case len(r.faults.List) > before || len(parts) == 0:
		return nil
	case kind == treeNot:
		return &Not{Part: parts[0]}
	case kind == treeOr:
		return joinOr(parts)
	}
	return joinAnd(parts)
}

func (r *treeReader) leaf(v *jsondoc.Value, at, kind string) Node {
	common := []string{"type", "start", "end", "comments"}
	switch kind {
	case treeSearch:
		r.faults.Object(v, at, append(common, "text")...)
		text, _ := r.text(v, at, "text")
		return &Search{Text: text}
	case treeFlag:
		r.faults.Object(v, at, append(common, "field")...)
		return &Flag{Path: r.path(v, at)}
	case treeCall:
		r.faults.Object(v, at, append(common, "field", "values")...)
		return &Call{Path: r.path(v, at), Arg: r.argument(v, at)}
	}
	r.faults.Object(v, at, append(common, "field", "quantifier", "operator", "negated", "list", "values")...)
	return r.condition(v, at)
}

// text is a member that is a string; "" when it is not there.
func (r *treeReader) text(v *jsondoc.Value, at, name string) (text string, there bool) {
	m := v.Member(name)
	if m == nil || !r.faults.Is(m, jsondoc.Child(at, name), jsondoc.String) {
		return "", false
	}
	return m.Text, true
}

// flag is a member that is true or false; false when it is not there.
func (r *treeReader) flag(v *jsondoc.Value, at, name string) (set, there bool) {
	m := v.Member(name)
	if m == nil || !r.faults.Is(m, jsondoc.Child(at, name), jsondoc.Bool) {
		return false, false
	}
	return m.Text == "true", true
}

func (r *treeReader) path(v *jsondoc.Value, at string) Path {
	m, ok := r.faults.Needs(v, at, "field", jsondoc.String)
	if !ok {
		return Path{}
	}
	path, ok := NewPath(m.Text)
	if !ok {
		r.faults.Add(jsondoc.Child(at, "field"), "expected_field", "「%s」は項目名として書けません。", "%s cannot be the name of a field", jsondoc.Clip(m.Text))
	}
	return path
}
