package channel

import (
	"meibo/dsl"
	"meibo/dsl/schema"
)

// A Query holds when each of its groups does.
type Query struct {
	And []Group `json:"and" nullable:"false" doc:"Empty: everyone."`
}

// A Group holds when one of its conditions does.
type Group struct {
	Or []Condition `json:"or" nullable:"false" doc:"Empty: no one."`
}

// A Condition is an operator applied to a field.
type Condition struct {
	_ struct{} `additionalProperties:"true"` // members that begin with $ are ignored

	Key      string `json:"key" doc:"A field; read with or without user. or context.user. in front."`
	Type     string `json:"type" enum:"string,number,boolean,list,date,datetime" doc:"Of the field's values; a date is a whole day."`
	Operator string `json:"operator" enum:"$eq,$ne,$in,$nin,$exist,$nexist,$gt,$gte,$lt,$lte,$startWith,$nStartWith,$contains,$notContains,$eqAgo,$gtAgo,$ltAgo,$containsAny,$containsAll,$setEqual,$anyContainsSubstring,$allContainsSubstring,$anyStartWith,$allStartWith"`
	Values   []any  `json:"values" required:"false" nullable:"false" doc:"Strings, numbers, true or false; dates in epoch milliseconds. Any of them counts, but for $containsAll and $setEqual."`
}

// The types of a condition.
const (
	typeString   = "string"
	typeNumber   = "number"
	typeBoolean  = "boolean"
	typeList     = "list"
	typeDate     = "date"     // whole days
	typeDatetime = "datetime" // instants
)

func types() []string {
	return []string{typeString, typeNumber, typeBoolean, typeList, typeDate, typeDatetime}
}

// typesOf are the types that a kind's conditions can declare.
func typesOf(k schema.Kind) []string {
	switch k {
	case schema.Boolean:
		return []string{typeBoolean}
	case schema.Number:
		return []string{typeNumber}
	case schema.Date:
		return []string{typeDatetime, typeDate}
	case schema.List:
		return []string{typeList}
	}
	return []string{typeString}
}

// An operator is how one of the form reads here. Of equality and of what a
// list has, the values of a condition are gathered in one predicate; otherwise
// each value has one of its own.
type operator struct {
	name    string
	op      dsl.Op // of anything but a list
	list    dsl.Op // of a list
	all     bool   // every element of a list has to match
	negated bool   // the complement of what the rest says
	ago     bool   // the values are days back from today
	types   []string
}

var (
	textual = []string{typeString, typeList}
	ordered = []string{typeString, typeNumber, typeDate, typeDatetime}
	dates   = []string{typeDate, typeDatetime}
	lists   = []string{typeList}
)

// operators are all of them, in the order in which people list them.
var operators = [...]operator{
	{name: "$eq", op: dsl.Equal, list: dsl.Has, types: types()},
	{name: "$ne", op: dsl.Equal, list: dsl.Has, negated: true, types: types()},
	{name: "$in", op: dsl.In, list: dsl.HasAny, types: types()},
	{name: "$nin", op: dsl.In, list: dsl.HasAny, negated: true, types: types()},
	{name: "$exist", op: dsl.Set, list: dsl.Set, types: types()},
	{name: "$nexist", op: dsl.Set, list: dsl.Set, negated: true, types: types()},
	{name: "$gt", op: dsl.Greater, types: ordered},
	{name: "$gte", op: dsl.GreaterEqual, types: ordered},
	{name: "$lt", op: dsl.Less, types: ordered},
	{name: "$lte", op: dsl.LessEqual, types: ordered},
	{name: "$startWith", op: dsl.Prefix, list: dsl.Prefix, types: textual},
	{name: "$nStartWith", op: dsl.Prefix, list: dsl.Prefix, negated: true, types: textual},
	{name: "$contains", op: dsl.Contains, list: dsl.Has, types: textual},
	{name: "$notContains", op: dsl.Contains, list: dsl.Has, negated: true, types: textual},
	{name: "$eqAgo", op: dsl.Equal, ago: true, types: dates},
	{name: "$gtAgo", op: dsl.Greater, ago: true, types: dates},
	{name: "$ltAgo", op: dsl.Less, ago: true, types: dates},
	{name: "$containsAny", list: dsl.HasAny, types: lists},
	{name: "$containsAll", list: dsl.HasAll, types: lists},
	{name: "$setEqual", list: dsl.Equal, types: lists},
	{name: "$anyContainsSubstring", list: dsl.Contains, types: lists},
	{name: "$allContainsSubstring", list: dsl.Contains, all: true, types: lists},
	{name: "$anyStartWith", list: dsl.Prefix, types: lists},
	{name: "$allStartWith", list: dsl.Prefix, all: true, types: lists},
}

// operatorNamed finds an operator; where there is none, all of their names.
func operatorNamed(name string) (operator, []string) {
	var names []string
	for _, o := range operators {
		if o.name == name {
			return o, nil
		}
		names = append(names, o.name)
	}
	return operator{}, names
}
