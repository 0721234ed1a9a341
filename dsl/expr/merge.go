package expr

import (
	"slices"

	"meibo/dsl/schema"
)

// A mergeKey names conditions that may become one.
type mergeKey struct {
	field   string
	kind    schema.Kind
	version bool
	form    Form
	region  string
}

// andKey: a value in two ranges or sets is in their intersection. For a String
// this holds of sets of needles too; not so for a List, whose elements differ,
// nor for a phone number, where different needles mean one number.
func andKey(e Expr) (mergeKey, bool) {
	switch e := e.(type) {
	case Range:
		return mergeKey{field: e.Field, kind: e.Kind}, true
	case Among:
		return mergeKey{field: e.Field, kind: e.Kind}, true
	case Boolean:
		return mergeKey{field: e.Field, kind: schema.Boolean}, true
	case Version:
		return mergeKey{field: e.Field, kind: schema.String, version: true}, true
	case Text:
		ok := e.Match == Equal && e.Kind == schema.String && e.Form != Phone
		return mergeKey{field: e.Field, kind: e.Kind, form: e.Form}, ok
	}
	return mergeKey{}, false
}

// mergeAnd makes one condition of several of one andKey.
func mergeAnd(group []Expr) Expr {
	merged := group[0]
	for _, next := range group[1:] {
		merged = mergeBoth(merged, next)
	}
	return merged
}

func mergeBoth(a, b Expr) Expr {
	switch a := a.(type) {
	case Range:
		switch b := b.(type) {
		case Range:
			return intersect(a, b)
		case Among:
			return within(b, a)
		}
	case Among:
		switch b := b.(type) {
		case Range:
			return within(a, b)
		case Among:
			a.Values = shared(a.Values, b.Values)
			return simplifyAmong(a)
		}
	case Version:
		if b, ok := b.(Version); ok {
			return intersectVersions(a, b)
		}
	case Text:
		if b, ok := b.(Text); ok {
			a.Needles = shared(a.Needles, b.Needles)
			return simplifyText(a)
		}
	}
	return NoOne() // true and false, or a Const already: the conditions exclude each other
}

// orKey: a value in one of two sets is in their union, and one that is true or
// false is there.
func orKey(e Expr) (mergeKey, bool) {
	switch e := e.(type) {
	case Boolean:
		return mergeKey{field: e.Field, kind: schema.Boolean}, true
	case Among:
		return mergeKey{field: e.Field, kind: e.Kind}, true
	case Text:
		ok := e.Match == Equal && !e.All
		return mergeKey{field: e.Field, kind: e.Kind, form: e.Form, region: e.Region}, ok
	}
	return mergeKey{}, false
}

// mergeOr makes one condition of several of one orKey. It sorts the values
// once for the whole group.
func mergeOr(group []Expr) Expr {
	switch first := group[0].(type) {
	case Boolean:
		return Present{first.Field} // repetitions are gone: these are true and false
	case Among:
		var values []float64
		for _, e := range group {
			values = append(values, e.(Among).Values...)
		}
		first.Values = values
		return simplifyAmong(first)
	case Text:
		var needles []string
		for _, e := range group {
			needles = append(needles, e.(Text).Needles...)
		}
		first.Needles = needles
		return simplifyText(first)
	}
	return Or{group}
}

func within(a Among, r Range) Expr {
	a.Values = slices.DeleteFunc(slices.Clone(a.Values), func(v float64) bool { return !r.holds(v) })
	return simplifyAmong(a)
}

// shared is what two sorted lists have in common.
func shared[T float64 | string](a, b []T) []T {
	var common []T
	for _, v := range a {
		if _, ok := slices.BinarySearch(b, v); ok {
			common = append(common, v)
		}
	}
	return common
}
