package channel

import (
	"strconv"

	"meibo/dsl"
)

// values are those of a predicate on anything but a date. All that have no
// place are told.
func (x *exporter) values(p *dsl.Pred) ([]any, bool) {
	values, ok := make([]any, 0, len(p.Values)), true
	for _, v := range p.Values {
		value, fits := plain(v)
		if !fits {
			x.refuse("channel_value", v.At, "この形式には exact(…) や version(…) にあたるものがありません。普通の文字列で比べてください。",
				"the form has nothing like exact(…) or version(…): compare with a plain string")
		}
		values, ok = append(values, value), ok && fits
	}
	return values, ok
}

func plain(v dsl.Value) (any, bool) {
	switch v.Kind {
	case dsl.StringValue:
		return v.Text, true
	case dsl.BoolValue:
		return v.Text == "TRUE", true
	case dsl.NumberValue:
		n, err := strconv.ParseFloat(v.Text, 64)
		return n, err == nil
	}
	return nil, false
}

// list writes a condition on a list.
func (x *exporter) list(p *dsl.Pred, negated bool) ([]Group, bool) {
	name, inverse := listOperator(p)
	switch {
	case name == "":
		return x.refuseOperator(p)
	case negated && inverse == "":
		return x.refuseNegation(p)
	case negated:
		name = inverse
	}
	values, ok := x.values(p)
	return one(condition(p.Path.Key(), typeList, name, false, values...)), ok
}

// listOperator is how an operator on a list is written, and its complement.
// An operator without a quantifier is one with ANY.
func listOperator(p *dsl.Pred) (name, inverse string) {
	all := p.Quantifier == dsl.All
	switch p.Op {
	case dsl.Equal:
		if p.List || all { // every element is x, and there is one: the set of x
			return "$setEqual", ""
		}
		return "$contains", "$notContains"
	case dsl.Has:
		return "$contains", "$notContains"
	case dsl.HasAny:
		return "$containsAny", "$notContains"
	case dsl.HasAll:
		return "$containsAll", ""
	case dsl.In:
		if !all {
			return "$containsAny", "$notContains"
		}
	case dsl.Contains:
		if all {
			return "$allContainsSubstring", ""
		}
		return "$anyContainsSubstring", ""
	case dsl.Prefix:
		if all {
			return "$allStartWith", ""
		}
		return "$anyStartWith", "$nStartWith"
	}
	return "", ""
}
