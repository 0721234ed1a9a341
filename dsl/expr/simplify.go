package expr

import (
	"slices"

	"meibo/dsl/schema"
)

// Simplify gives an expression that matches exactly the same customers and is
// no larger: constants are folded away, nested And and Or are flattened,
// double negations and repeated parts are dropped, p AND NOT p is no one, and
// conditions on one field that stand side by side become one range or one set
// of values. It relies on what package schema promises of stored values: a
// field has values of one kind, dates are whole milliseconds in their range,
// numbers are finite and at most 2^53.
//
// What compares the same is written the same way: ranges of dates include
// their first millisecond and exclude their last, a single number or date is
// an Among, needles of Equal are sorted. Simplifying again changes nothing.
// Cost: O(n log n) in the size of the expression; each node is hashed once.
func Simplify(e Expr) Expr { return simplify(e).Expr }

// A hashed is a simplified expression with its fingerprint and those of its
// children.
type hashed struct {
	Expr
	sum   fingerprint
	parts []hashed
}

func simplify(e Expr) hashed {
	switch e := e.(type) {
	case And:
		return simplifyAll(e.Of, conjunction())
	case Or:
		return simplifyAll(e.Of, disjunction())
	case Not:
		return negate(simplify(e.Of))
	case Range:
		return leaf(simplifyRange(e))
	case Among:
		return leaf(simplifyAmong(e))
	case Text:
		return leaf(simplifyText(e))
	case Version:
		return leaf(simplifyVersion(e))
	case Quick:
		return leaf(simplifyQuick(e))
	case Const, Present, Boolean:
		return leaf(e)
	}
	return leaf(e)
}

func leaf(e Expr) hashed { return hashed{Expr: e, sum: fingerprintOf(e)} }

func negate(h hashed) hashed {
	switch e := h.Expr.(type) {
	case Const:
		return leaf(Const{!e.Value})
	case Not:
		return h.parts[0]
	}
	return hashed{Expr: Not{h.Expr}, sum: h.sum.negated(), parts: []hashed{h}}
}

func simplifyAmong(e Among) Expr {
	values := make([]float64, 0, len(e.Values))
	for _, v := range e.Values {
		if storable(e.Kind, v) {
			values = append(values, v+0) // -0 and 0 are one number
		}
	}
	slices.Sort(values)
	e.Values = slices.Compact(values)
	if len(e.Values) == 0 {
		return NoOne()
	}
	return e
}

func simplifyText(e Text) Expr {
	if len(e.Needles) == 0 {
		return NoOne()
	}
	if e.Kind == schema.String {
		e.All = false
	}
	if e.Form != Phone {
		e.Region = ""
	}
	if e.Match == Equal {
		e.Needles = slices.Compact(slices.Sorted(slices.Values(e.Needles)))
	}
	return e
}

func simplifyVersion(e Version) Expr {
	e.MinOpen = e.MinOpen && e.Min != ""
	e.MaxOpen = e.MaxOpen && e.Max != ""
	low, okLow := schema.ParseVersion(e.Min)
	high, okHigh := schema.ParseVersion(e.Max)
	if e.Min != "" && !okLow || e.Max != "" && !okHigh {
		return NoOne() // nothing compares with what is no version
	}
	if e.Min == "" || e.Max == "" {
		return e
	}
	if c := low.Compare(high); c > 0 || c == 0 && (e.MinOpen || e.MaxOpen) {
		return NoOne()
	}
	return e
}

func simplifyQuick(e Quick) Expr {
	terms := make([]string, 0, len(e.Terms))
	seen := make(map[string]bool, len(e.Terms)) // a hostile search has hundreds
	for _, t := range e.Terms {
		if !seen[t] {
			seen[t] = true
			terms = append(terms, t)
		}
	}
	if len(terms) == 0 {
		return Everyone()
	}
	if len(e.Reads()) == 0 {
		return NoOne()
	}
	return Quick{Terms: terms, Region: e.Region, Fields: e.Fields}
}
