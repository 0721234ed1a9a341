package dsl

import "fmt"

// A Tree is a filter's syntax as programs read and write it in JSON: a console
// that edits conditions with forms, for one. It says all that the text says,
// comments included, so that either gives the other; only where something
// stands is for reading alone. The empty filter has no tree (null) unless it
// has comments. Only the members that its Type has are there.
type Tree struct {
	Type       string        `json:"type" enum:"and,or,not,search,flag,call,condition,empty" doc:"empty: no condition, only comments; nothing but the whole filter can be it."`
	Start      int           `json:"start" required:"false" doc:"Where it begins in the text, in bytes. Ignored in what is sent, like end."`
	End        int           `json:"end" required:"false" doc:"Where it ends, excluded."`
	Parts      []*Tree       `json:"parts,omitempty" nullable:"false" doc:"Of and, or, not: the conditions that they join; not has one."`
	Field      string        `json:"field,omitempty" doc:"Of flag, condition, and call (its name)."`
	Quantifier string        `json:"quantifier,omitempty" enum:"ANY,ALL" doc:"Of a condition with = ~ ^= $= or IN that is not negated."`
	Operator   string        `json:"operator,omitempty" enum:"=,>,>=,<,<=,~,^=,$=,IS SET,IN,BETWEEN,HAS,HAS ANY,HAS ALL" doc:"Of a condition, in its positive form."`
	Negated    bool          `json:"negated,omitempty" doc:"Of a condition: its exact complement, as != is that of =. Not with > >= < <=."`
	List       bool          `json:"list,omitempty" doc:"Of a condition: the values stand in brackets. Those of IN, HAS ANY and HAS ALL do; those of = may."`
	Values     []TreeValue   `json:"values,omitempty" nullable:"false" doc:"Of a condition: none with IS SET, two with BETWEEN, any number in a list, else one. Of call: one string."`
	Text       string        `json:"text,omitempty" doc:"Of search; left out when it is empty."`
	Comments   *TreeComments `json:"comments,omitempty"`
}

// TreeComments are the comments that belong to a part of a filter, each
// without its # and the white space around it.
type TreeComments struct {
	Before []string `json:"before,omitempty" nullable:"false" doc:"Of search, flag, call and condition: the lines above it."`
	Behind *string  `json:"behind,omitempty" doc:"Of the same: what stands behind it on its line."`
	After  []string `json:"after,omitempty" nullable:"false" doc:"Of the whole filter: the lines below everything."`
}

// A TreeValue is a literal or a relative date.
type TreeValue struct {
	Kind   string      `json:"kind" enum:"string,exact,version,number,boolean,date"`
	Text   string      `json:"text" doc:"A string's content; a number's digits; TRUE or FALSE; a date's literal, or now, today, yesterday, tomorrow, startOf or endOf."`
	Unit   string      `json:"unit,omitempty" enum:"d,w,mo,y" doc:"Of startOf and endOf."`
	Shifts []TreeShift `json:"shifts,omitempty" nullable:"false" doc:"Of a date: added from left to right."`
}

// A TreeShift moves a date.
type TreeShift struct {
	Amount int    `json:"amount" minimum:"-999999999" maximum:"999999999" doc:"Negative: back."`
	Unit   string `json:"unit" enum:"s,min,h,d,w,mo,y"`
}

// The types of a tree.
const (
	treeAnd       = "and"
	treeOr        = "or"
	treeNot       = "not"
	treeSearch    = "search"
	treeFlag      = "flag"
	treeCall      = "call"
	treeCondition = "condition"
	treeEmpty     = "empty"
)

// Tree is the query as a tree; nil for the empty filter. ReadTree is the way
// back.
func (q *Query) Tree() *Tree {
	notes := attach(q)
	t := treeOf(q.Root, notes)
	if len(notes.last) == 0 {
		return t
	}
	if t == nil {
		t = &Tree{Type: treeEmpty}
	}
	if t.Comments == nil {
		t.Comments = &TreeComments{}
	}
	t.Comments.After = notes.last
	return t
}

func treeOf(n Node, notes notes) *Tree {
	if n == nil {
		return nil
	}
	t := &Tree{Start: n.Extent().Start, End: n.Extent().End, Comments: notes.comments(n)}
	switch n := n.(type) {
	case *And:
		t.Type, t.Parts = treeAnd, treesOf(n.Parts, notes)
	case *Or:
		t.Type, t.Parts = treeOr, treesOf(n.Parts, notes)
	case *Not:
		t.Type, t.Parts = treeNot, treesOf([]Node{n.Part}, notes)
	case *Search:
		t.Type, t.Text = treeSearch, n.Text
	case *Flag:
		t.Type, t.Field = treeFlag, n.Path.Key()
	case *Call:
		t.Type, t.Field, t.Values = treeCall, n.Path.Key(), treeValues([]Value{n.Arg})
	case *Pred:
		t.Type, t.Field, t.Quantifier, t.Operator = treeCondition, n.Path.Key(), quantifierNames[n.Quantifier], opText(n.Op, false)
		t.Negated, t.List, t.Values = n.Negated, n.List, treeValues(n.Values)
	default:
		panic(fmt.Sprintf("dsl: a node without a tree: %T", n))
	}
	return t
}

func treesOf(nodes []Node, notes notes) []*Tree {
	trees := make([]*Tree, len(nodes))
	for i, n := range nodes {
		trees[i] = treeOf(n, notes)
	}
	return trees
}

// comments are those of one leaf; nil when it has none.
func (n notes) comments(leaf Node) *TreeComments {
	behind, ok := n.behindText(leaf)
	if !ok && len(n.before[leaf]) == 0 {
		return nil
	}
	c := &TreeComments{Before: n.before[leaf]}
	if ok {
		c.Behind = &behind
	}
	return c
}

func treeValues(values []Value) []TreeValue {
	var list []TreeValue
	for _, v := range values {
		one := TreeValue{Kind: valueKindNames[v.Kind], Text: v.Text, Unit: string(v.Unit)}
		for _, shift := range v.Shifts {
			one.Shifts = append(one.Shifts, TreeShift{shift.Amount, string(shift.Unit)})
		}
		list = append(list, one)
	}
	return list
}

var quantifierNames = [...]string{NoQuantifier: "", Any: "ANY", All: "ALL"}

// valueKindNames has none for a BadValue, which no query without errors holds.
var valueKindNames = [...]string{BadValue: "", StringValue: "string", ExactValue: "exact", VersionValue: "version",
	NumberValue: "number", BoolValue: "boolean", DateValue: "date"}
