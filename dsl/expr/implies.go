package expr

import "meibo/dsl/schema"

// A Prover finds out which conditions follow from which. What it affirms is
// true of every record that package schema allows; what it does not affirm may
// be true all the same. Simple conditions must come simplified, as parts of a
// simplified expression are; And, Or and Not around them need not be.
//
// Its work is bounded for its lifetime: a unit is about one comparison of two
// numbers or short texts, some 20 ns. When they are used up it affirms nothing
// any more. It is not safe for concurrent use.
type Prover struct{ left int }

// NewProver makes a prover that may do so many units of work.
func NewProver(work int) *Prover { return &Prover{left: work} }

// spend reports whether the work can still be done.
func (p *Prover) spend(work int) bool {
	p.left -= work
	return p.left >= 0
}

// Excludes affirms that no customer matches both.
func (p *Prover) Excludes(a, b Expr) bool { return p.Implies(a, Not{b}) }

// Covers affirms that every customer matches one of the two.
func (p *Prover) Covers(a, b Expr) bool { return p.Implies(Not{a}, b) }

// Implies affirms that every customer who matches a matches b.
func (p *Prover) Implies(a, b Expr) bool {
	given, wanted := sidesOf(a), sidesOf(b)
	if !p.spend(1 + given.cost + wanted.cost) {
		return false
	}
	switch {
	case given.or:
		return every(given.parts, func(part Expr) bool { return p.Implies(part, b) })
	case wanted.and:
		return every(wanted.parts, func(part Expr) bool { return p.Implies(a, part) })
	case wanted.or && some(wanted.parts, func(part Expr) bool { return p.Implies(a, part) }):
		return true
	case given.and && some(given.parts, func(part Expr) bool { return p.Implies(part, b) }):
		return true
	case given.and || wanted.or:
		return false
	}
	return p.literals(a, b)
}

func every(parts []Expr, holds func(Expr) bool) bool {
	for _, part := range parts {
		if !holds(part) {
			return false
		}
	}
	return true
}

func some(parts []Expr, holds func(Expr) bool) bool {
	for _, part := range parts {
		if holds(part) {
			return true
		}
	}
	return false
}

// sides is an expression as a junction of its parts, NOT moved inwards one
// level; neither and nor or for what is none.
type sides struct {
	parts   []Expr
	and, or bool
	cost    int // units of work to take it apart
}

func sidesOf(e Expr) sides {
	switch e := e.(type) {
	case Const: // everyone is And of nothing, no one Or of nothing
		return sides{and: e.Value, or: !e.Value}
	case And:
		return sides{parts: e.Of, and: true}
	case Or:
		return sides{parts: e.Of, or: true}
	case Not:
		return negatedSides(e.Of)
	}
	return sides{}
}

// negatedSides are those of Not{e}, by De Morgan.
func negatedSides(e Expr) sides {
	if not, ok := e.(Not); ok {
		return sidesOf(not.Of)
	}
	s := sidesOf(e)
	s.and, s.or = s.or, s.and
	if len(s.parts) > 0 {
		negated := make([]Expr, len(s.parts))
		for i, part := range s.parts {
			negated[i] = Not{part}
		}
		s.parts, s.cost = negated, s.cost+len(negated)
	}
	return s
}

// literals decides conditions without parts, each perhaps negated. That a
// negation implies a positive condition is never affirmed: a customer without
// any values matches the first and not the second, unless it asks for the id.
func (p *Prover) literals(a, b Expr) bool {
	given, wanted := literalOf(a), literalOf(b)
	switch {
	case given.isID() || wanted.isID():
		return given.isID() && given.negated || wanted.isID() && !wanted.negated
	case !given.negated && !wanted.negated:
		return p.relate(given.Expr, wanted.Expr) == subset
	case !given.negated:
		return p.relate(given.Expr, wanted.Expr) == disjoint || p.relate(wanted.Expr, given.Expr) == disjoint
	case wanted.negated:
		return p.relate(wanted.Expr, given.Expr) == subset
	}
	return false
}

type literal struct {
	Expr
	negated bool
}

func literalOf(e Expr) literal {
	negated := false
	for {
		not, ok := e.(Not)
		if !ok {
			return literal{e, negated}
		}
		e, negated = not.Of, !negated
	}
}

// isID reports whether it asks for an id, which every record has.
func (l literal) isID() bool {
	present, ok := l.Expr.(Present)
	return ok && present.Field == schema.IDField
}
