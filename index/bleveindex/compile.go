package bleveindex

import (
	"slices"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// compile makes the node of an expression for an index in a state. The
// expression is simplified first, which folds its constants; the conditions of
// an And come in the order of their cost, so that a later one is not evaluated
// where an earlier one leaves no row.
func compile(e expr.Expr, s state) node {
	return compiler{s}.node(expr.Simplify(e))
}

type compiler struct{ state state }

func (c compiler) node(e expr.Expr) node {
	switch e := e.(type) {
	case expr.Const:
		return constant(e.Value)
	case expr.And:
		return c.and(e)
	case expr.Or:
		n := node(constant(false))
		if parts := c.nodes(e.Of); len(parts) > 0 {
			n = join(parts, false)
		}
		return n
	case expr.Not:
		return negate(c.node(e.Of))
	case expr.Present:
		return present(e.Field)
	case expr.Boolean:
		return boolean(e)
	case expr.Range:
		return &between{e}
	case expr.Among:
		return newNumberTerms(numberName(e.Kind, e.Field), e.Values)
	case expr.Text:
		return c.text(e)
	case expr.Version:
		return version(e)
	case expr.Quick:
		return c.quick(e)
	}
	return constant(false) // no other node exists; a test holds that
}

func (c compiler) nodes(of []expr.Expr) []node {
	nodes := make([]node, len(of))
	for i, e := range of {
		nodes[i] = c.node(e)
	}
	return nodes
}

func (c compiler) and(e expr.And) node {
	of := slices.Clone(e.Of)
	slices.SortStableFunc(of, func(a, b expr.Expr) int { return expr.Cost(a) - expr.Cost(b) })
	// One that is not a negation goes first: the others are taken out of it.
	if i := slices.IndexFunc(of, func(e expr.Expr) bool { _, negated := e.(expr.Not); return !negated }); i > 0 {
		first := of[i]
		of = slices.Insert(slices.Delete(of, i, i+1), 0, first)
	}
	return join(c.nodes(of), true)
}

// join makes one node of several; and says how.
func join(nodes []node, and bool) node {
	joined := nodes[:0:0]
	for _, n := range nodes {
		if k, ok := n.(constant); ok {
			if bool(k) != and {
				return k
			}
			continue
		}
		joined = append(joined, n)
	}
	switch {
	case len(joined) == 0:
		return constant(and)
	case len(joined) == 1:
		return joined[0]
	case and:
		return all(joined)
	}
	return some(joined)
}

func negate(n node) node {
	switch n := n.(type) {
	case constant:
		return !n
	case not:
		return n.of
	}
	return not{n}
}

func present(key string) node {
	if key == schema.IDField {
		return constant(true)
	}
	return &isSet{field: key}
}

func boolean(e expr.Boolean) node {
	suffix := suffixFalse
	if e.Value {
		suffix = suffixTrue
	}
	return newTerms(flagsName, []string{prefixBoolean + e.Field + suffix})
}

func version(e expr.Version) node {
	m, ok := newVersionBetween(e)
	if !ok {
		return constant(false)
	}
	return &text{prefixText + e.Field, m}
}

// without are the rows of n that do not have the flag.
func without(n node, flag string) node {
	return both(n, negate(newTerms(flagsName, []string{flag})))
}

// quick: every term in any of the texts, or in the digits of the mobile number.
func (c compiler) quick(e expr.Quick) node {
	nodes := make([]node, len(e.Terms))
	for i, term := range e.Terms {
		var any some
		for _, key := range e.Reads() {
			any = append(any, &text{formPlain + prefixText + key, substring{expr.Contains, term}})
		}
		if digits := c.quickDigits(term, e.Region); digits != constant(false) && slices.Contains(e.Reads(), schema.MobileNumberField) {
			any = append(any, digits)
		}
		nodes[i] = any
	}
	return join(nodes, true)
}

func (c compiler) quickDigits(term, region string) node {
	digits, ok := schema.PhoneDigits(term)
	if !ok || len(strings.TrimPrefix(digits, "+")) < schema.MinQuickDigits {
		return constant(false)
	}
	if c.state.hasPhones(schema.MobileNumberField, region) {
		return &text{prefixPhone + schema.MobileNumberField, byDigits(expr.Contains, digits)}
	}
	return &text{prefixText + schema.MobileNumberField, parsedDigits{digits, region}}
}
