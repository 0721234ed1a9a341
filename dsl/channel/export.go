package channel

import (
	"slices"

	"meibo/dsl"
	"meibo/dsl/schema"
)

// Export writes a filter that was compiled in env. The query is nil when a
// part of the filter has no place in the form: each such part is an error,
// with its span in the filter's text. What is written means the same to every
// customer; comments are left out.
func Export(c dsl.Compiled, env dsl.Env) (*Query, []dsl.Diagnostic) {
	x := &exporter{env: env}
	groups := []Group{}
	if c.Query.Root != nil {
		groups, _ = x.node(c.Query.Root, false)
	}
	if len(x.found) > 0 {
		return nil, dsl.Diagnose(c.Query.Text, x.found)
	}
	return &Query{And: groups}, nil
}

type exporter struct {
	env   dsl.Env
	found []dsl.Finding
}

// node is the groups all of which have to hold for a node, or for its
// complement; ok is false when it was refused.
func (x *exporter) node(n dsl.Node, negated bool) (groups []Group, ok bool) {
	switch n := n.(type) {
	case *dsl.And:
		if negated {
			return x.refuseNot(n)
		}
		ok := true
		for _, part := range n.Parts {
			more, fits := x.node(part, false)
			groups, ok = append(groups, more...), ok && fits
		}
		return groups, ok
	case *dsl.Or:
		if negated {
			return x.noneOf(n)
		}
		return x.anyOf(n)
	case *dsl.Not:
		return x.node(n.Part, !negated)
	case *dsl.Search:
		return x.refuse("channel_search", n.At, "フリーワード検索はこの形式では表せません。", "the form has no quick search")
	case *dsl.Call:
		return x.refuse("channel_segment", n.At, "segment(…) はこの形式では表せません。セグメントの条件をそのまま書いてください。", "the form does not refer to segments: write the segment's conditions instead")
	case *dsl.Flag:
		return one(condition(n.Path.Key(), typeBoolean, "$eq", negated, true)), true
	case *dsl.Pred:
		return x.predicate(n, negated != n.Negated)
	}
	panic("channel: a node of the language that is not written")
}

// anyOf joins the parts of an OR: each must be one group by itself.
func (x *exporter) anyOf(n *dsl.Or) ([]Group, bool) {
	var any []Condition
	ok := true
	for _, part := range n.Parts {
		groups, fits := x.node(part, false)
		if fits && len(groups) != 1 {
			x.refuse("channel_shape", part.Extent(), "この形式の OR には条件を 1 つずつしか入れられません。ここは 2 つ以上の条件がともに成り立つ必要があります。",
				"an OR of the form holds single conditions; here two or more have to hold together")
			fits = false
		}
		if ok = ok && fits; ok {
			any = append(any, groups[0].Or...)
		}
	}
	return []Group{{any}}, ok
}

// noneOf is NOT of an OR. One of conditions that differ in their value alone
// is one condition with several values; that is how it is read.
func (x *exporter) noneOf(n *dsl.Or) ([]Group, bool) {
	first, ok := n.Parts[0].(*dsl.Pred)
	if !ok || first.Op != dsl.Contains && first.Op != dsl.Prefix || first.Quantifier == dsl.All {
		return x.refuseNot(n)
	}
	together := *first
	together.At, together.Values = n.At, nil
	for _, part := range n.Parts {
		p, ok := part.(*dsl.Pred)
		if !ok || p.Op != first.Op || p.Quantifier != first.Quantifier || p.Negated || p.Path.Key() != first.Path.Key() {
			return x.refuseNot(n)
		}
		together.Values = append(together.Values, p.Values...)
	}
	return x.predicate(&together, true)
}

func (x *exporter) refuseNot(n dsl.Node) ([]Group, bool) {
	return x.refuse("channel_not", n.Extent(), "この形式には括弧の否定がありません。NOT を条件ごとに付けてください（NOT (a OR b) は NOT a AND NOT b と同じです）。",
		"the form has no NOT of brackets; put NOT before each condition (NOT (a OR b) is NOT a AND NOT b)")
}

// predicate writes one condition, or its complement.
func (x *exporter) predicate(p *dsl.Pred, negated bool) ([]Group, bool) {
	field := x.field(p.Path)
	switch {
	case p.Op == dsl.Set:
		return one(condition(field.Key, typesOf(field.Kind)[0], "$exist", negated)), true
	case field.Kind == schema.List:
		return x.list(p, negated)
	case field.Kind == schema.Date:
		return x.date(p, negated)
	}
	kind := typesOf(field.Kind)[0]
	values, ok := x.values(p)
	if p.Op == dsl.Between {
		if negated {
			return x.refuseNegation(p)
		}
		return both(kind, field.Key, values), ok
	}
	name := scalarOperator(p.Op)
	switch {
	case name == "":
		return x.refuseOperator(p)
	case negated && complement(name) == "":
		return x.refuseNegation(p)
	}
	return one(condition(field.Key, kind, name, negated, values...)), ok
}

// field of a compiled filter: it is there.
func (x *exporter) field(p dsl.Path) schema.Field {
	f, _ := x.env.Fields.Lookup(p.Key())
	return f
}

// both are the two conditions of a BETWEEN.
func both(kind, key string, values []any) []Group {
	if len(values) != 2 {
		return nil
	}
	return append(one(condition(key, kind, "$gte", false, values[0])), one(condition(key, kind, "$lte", false, values[1]))...)
}

func one(any ...Condition) []Group { return []Group{{any}} }

// condition is one whose operator has a complement where it is negated.
func condition(key, kind, operator string, negated bool, values ...any) Condition {
	if negated {
		operator = complement(operator)
	}
	if values == nil {
		values = []any{}
	}
	return Condition{Key: key, Type: kind, Operator: operator, Values: values}
}

// scalarOperator is how an operator on anything but a list is written; "" when
// it is not.
func scalarOperator(op dsl.Op) string {
	for _, o := range operators {
		if o.op == op && !o.negated && !o.ago && !slices.Equal(o.types, lists) {
			return o.name
		}
	}
	return ""
}

// complement is the operator that says the opposite; "" when there is none.
func complement(name string) string {
	switch name {
	case "$eq":
		return "$ne"
	case "$in":
		return "$nin"
	case "$exist":
		return "$nexist"
	case "$contains":
		return "$notContains"
	case "$startWith":
		return "$nStartWith"
	}
	return ""
}

func (x *exporter) refuse(code string, at dsl.Extent, ja, en string) ([]Group, bool) {
	x.found = append(x.found, dsl.Finding{Code: code, At: at, Message: schema.Words{JA: ja, EN: en}})
	return nil, false
}

func (x *exporter) refuseOperator(p *dsl.Pred) ([]Group, bool) {
	return x.refuse("channel_operator", p.At, "この条件にあたる演算子がこの形式にはありません。", "the form has no operator for this condition")
}

func (x *exporter) refuseNegation(p *dsl.Pred) ([]Group, bool) {
	return x.refuse("channel_negation", p.At, "この条件の否定にあたる演算子がこの形式にはありません。反対向きの演算子は、値のない顧客を含まないので別の条件です。",
		"the form has no operator for the complement of this condition; the opposite operator is another condition, because it leaves out customers without a value")
}
