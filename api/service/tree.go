package service

import (
	"fmt"
	"strings"

	"meibo/dsl"
)

// A Tree is a filter's syntax as programs read it: a console that edits
// conditions with forms, for one. Only the fields that its Type has are there.
type Tree struct {
	Type       string      `json:"type" enum:"and,or,not,search,flag,call,condition"`
	Start      int         `json:"start" doc:"Where it begins in the text, in bytes."`
	End        int         `json:"end" doc:"Where it ends, excluded."`
	Parts      []*Tree     `json:"parts,omitempty" doc:"Of and, or, not."`
	Field      string      `json:"field,omitempty" doc:"Of flag, condition, and call (its name)."`
	Quantifier string      `json:"quantifier,omitempty" enum:"ANY,ALL"`
	Operator   string      `json:"operator,omitempty" doc:"Of a condition, in its positive form."`
	Negated    bool        `json:"negated,omitempty"`
	List       bool        `json:"list,omitempty" doc:"The values stand in brackets."`
	Values     []TreeValue `json:"values,omitempty"`
	Text       string      `json:"text,omitempty" doc:"Of search."`
}

// A TreeValue is a literal or a relative date.
type TreeValue struct {
	Kind   string      `json:"kind" enum:"bad,string,exact,version,number,boolean,date"`
	Text   string      `json:"text"`
	Unit   string      `json:"unit,omitempty" doc:"Of startOf and endOf."`
	Shifts []TreeShift `json:"shifts,omitempty"`
}

// A TreeShift moves a date.
type TreeShift struct {
	Amount int    `json:"amount"`
	Unit   string `json:"unit"`
}

// treeOf is nil for the empty filter.
func treeOf(n dsl.Node) *Tree {
	if n == nil {
		return nil
	}
	t := &Tree{Start: n.Extent().Start, End: n.Extent().End}
	switch n := n.(type) {
	case *dsl.And:
		t.Type, t.Parts = "and", treesOf(n.Parts)
	case *dsl.Or:
		t.Type, t.Parts = "or", treesOf(n.Parts)
	case *dsl.Not:
		t.Type, t.Parts = "not", treesOf([]dsl.Node{n.Part})
	case *dsl.Search:
		t.Type, t.Text = "search", n.Text
	case *dsl.Flag:
		t.Type, t.Field = "flag", pathOf(n.Path)
	case *dsl.Call:
		t.Type, t.Field, t.Values = "call", pathOf(n.Path), valuesOf([]dsl.Value{n.Arg})
	case *dsl.Pred:
		t.Type, t.Field, t.Quantifier, t.Operator = "condition", pathOf(n.Path), quantifiers[n.Quantifier], operators[n.Op]
		t.Negated, t.List, t.Values = n.Negated, n.List, valuesOf(n.Values)
	default:
		panic(fmt.Sprintf("service: a syntax node without a form: %T", n))
	}
	return t
}

func treesOf(nodes []dsl.Node) []*Tree {
	trees := make([]*Tree, len(nodes))
	for i, n := range nodes {
		trees[i] = treeOf(n)
	}
	return trees
}

func pathOf(p dsl.Path) string { return strings.Join(p.Names, ".") }

func valuesOf(values []dsl.Value) []TreeValue {
	var list []TreeValue
	for _, v := range values {
		one := TreeValue{Kind: valueKinds[v.Kind], Text: v.Text, Unit: string(v.Unit)}
		for _, shift := range v.Shifts {
			one.Shifts = append(one.Shifts, TreeShift{shift.Amount, string(shift.Unit)})
		}
		list = append(list, one)
	}
	return list
}

var quantifiers = [...]string{dsl.NoQuantifier: "", dsl.Any: "ANY", dsl.All: "ALL"}

var operators = [...]string{dsl.Equal: "=", dsl.Greater: ">", dsl.GreaterEqual: ">=", dsl.Less: "<", dsl.LessEqual: "<=",
	dsl.Contains: "~", dsl.Prefix: "^=", dsl.Suffix: "$=", dsl.Set: "IS SET", dsl.In: "IN", dsl.Between: "BETWEEN",
	dsl.Has: "HAS", dsl.HasAny: "HAS ANY", dsl.HasAll: "HAS ALL"}

var valueKinds = [...]string{dsl.BadValue: "bad", dsl.StringValue: "string", dsl.ExactValue: "exact", dsl.VersionValue: "version",
	dsl.NumberValue: "number", dsl.BoolValue: "boolean", dsl.DateValue: "date"}
