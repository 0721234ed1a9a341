package dsl

import (
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// negatives tells of conditions that are negated and so hold for customers
// without a value, which people do not expect of country != "JP". It is no
// surprise where the same conjunction wants the field to be set, nor where
// OR x IS UNSET says it openly, nor of NOT before a Boolean, where no value
// reads as no, nor of NOT before several fields, quick search or a segment:
// that is everyone else.
type negatives struct {
	*linter
	root   *part
	prover *expr.Prover    // of its own: without it there would be false alarms
	set    map[demand]bool // whether a conjunction wants a field to be set
	told   map[demand]bool // once in a conjunction is enough: the fix is for all
}

type demand struct {
	by    *part
	field string
}

// A scope is a junction or NOT around a part, within another. It is positive
// within an even number of NOTs.
type scope struct {
	*part
	positive bool
	outer    *scope
}

func (l *linter) negatives(root *part) {
	for _, one := range l.faults {
		if !one.warning {
			return // what is wrong may be the IS SET
		}
	}
	n := &negatives{linter: l, root: root, prover: expr.NewProver(maxProverWork), set: map[demand]bool{}, told: map[demand]bool{}}
	n.visit(root, nil, true)
}

func (n *negatives) visit(p *part, in *scope, positive bool) {
	if _, constant := p.constant(); constant {
		return
	}
	if field, ok := n.lone(p); ok && positive {
		n.judge(p, in, field)
		return
	}
	around := &scope{p, positive, in}
	if _, not := p.node.(*Not); not {
		positive = !positive
	}
	for _, inner := range p.parts {
		n.visit(inner, around, positive)
	}
}

// lone is the field of a condition that negates conditions on it alone.
func (n *negatives) lone(p *part) (field string, ok bool) {
	not, negated := p.means.(expr.Not)
	if _, and := p.node.(*And); !negated || p.calls || and || isOr(p.node) {
		return "", false
	}
	switch inner := not.Of.(type) {
	case expr.Present:
		return "", false
	case expr.Boolean:
		if inner.Value {
			return "", false
		}
	}
	fields := expr.FieldsOf(not.Of)
	if len(fields) != 1 || fields[0] == schema.IDField || !n.prover.Implies(not.Of, expr.Present{Field: fields[0]}) {
		return "", false
	}
	return fields[0], true
}

// judge tells of a negation unless something around it makes it harmless.
func (n *negatives) judge(p *part, in *scope, field string) {
	if n.wanted(in, field) || n.open(in, field) {
		return
	}
	if in != nil {
		if _, and := in.node.(*And); and && n.told[demand{in.part, field}] {
			return
		}
		n.told[demand{in.part, field}] = true
	}
	if n.counts.always(field) {
		return
	}
	one := fault{code: "lone_negative", warning: true, at: p.at,
		message: say("「%[1]s」は %[2]s に値がない顧客にも当てはまります。", "%[1]s also matches customers who have no %[2]s", n.shown(p.at), field),
		fixes:   []change{n.onlySet(p, in, field)}}
	if moved, ok := n.moved(p, field); ok {
		one.message = say("「%[1]s」は %[2]s に値がない顧客にも当てはまります。そのためだけに当てはまるのは %[3]d 人です。",
			"%[1]s also matches customers who have no %[2]s; %[3]d match only for that", n.shown(p.at), field, moved)
	}
	n.found.add(one)
}

// wanted reports whether a conjunction around the place wants the field set.
func (n *negatives) wanted(in *scope, field string) bool {
	for ; in != nil; in = in.outer {
		if _, and := in.node.(*And); and && in.positive && n.wants(in.part, field) {
			return true
		}
	}
	return false
}

func (n *negatives) wants(and *part, field string) bool {
	key := demand{and, field}
	wants, known := n.set[key]
	if !known {
		for _, p := range and.parts {
			wants = wants || p.means != nil && n.prover.Implies(p.means, expr.Present{Field: field})
		}
		n.set[key] = wants
	}
	return wants
}

// open reports whether OR x IS UNSET stands beside the place.
func (n *negatives) open(in *scope, field string) bool {
	if in == nil || !isOr(in.node) {
		return false
	}
	for _, p := range in.parts {
		if unset, ok := unsetField(p.means); ok && unset == field {
			return true
		}
	}
	return false
}

// onlySet adds AND x IS SET, in brackets unless AND stands around it already.
func (n *negatives) onlySet(p *part, in *scope, field string) change {
	title := say("値がある顧客だけにする", "only customers who have a value")
	more := " AND " + expr.Path(field) + " IS SET"
	needed := false
	if in != nil {
		_, and := in.node.(*And)
		needed = !and && !n.outline.enclosed(p.at)
	}
	if needed {
		return replaceAll(title, bracketed(p.at, more)...)
	}
	end := Extent{p.at.End, p.at.End}
	return replaceAll(title, replacement{end, more + glue(more, n.text[end.End:])})
}

// moved counts the customers that match the whole filter only because they
// have no value in the field.
func (n *negatives) moved(p *part, field string) (int, bool) {
	if n.counted -= 2 * n.root.size; n.counted < 0 {
		return 0, false
	}
	narrower := expr.And{Of: []expr.Expr{p.means, expr.Present{Field: field}}}
	all, ok := n.root.with(nil, nil)
	fewer, ok2 := n.root.with(p, narrower)
	if !ok || !ok2 {
		return 0, false
	}
	return n.counts.of(expr.And{Of: []expr.Expr{all, expr.Not{Of: fewer}}})
}

// with is what a part means with another expression in place of one inside;
// false when it is not known.
func (p *part) with(old *part, instead expr.Expr) (expr.Expr, bool) {
	if p == old {
		return instead, true
	}
	if len(p.parts) == 0 || old == nil {
		return p.means, p.means != nil
	}
	of := make([]expr.Expr, len(p.parts))
	for i, inner := range p.parts {
		var ok bool
		if of[i], ok = inner.with(old, instead); !ok {
			return nil, false
		}
	}
	switch p.node.(type) {
	case *And:
		return expr.And{Of: of}, true
	case *Or:
		return expr.Or{Of: of}, true
	}
	return expr.Not{Of: of[0]}, true
}
