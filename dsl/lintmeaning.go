package dsl

import (
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A part is a node with what it means.
type part struct {
	node  Node
	at    Extent // with the brackets that balance those inside
	parts []*part
	means expr.Expr // nil: not known, because of an error inside or because it is too large to reason about
	size  int       // of means: nodes and values
	calls bool      // it refers to a segment, whose filter may change
	// lasting is means with each segment as a condition of its own, of which
	// nothing is known: what follows from it holds whatever the filters of the
	// segments become. It is nil where means is, and its size at most size.
	lasting expr.Expr
	told    bool // that it is always true or false was told, of it or of something inside
}

// constant reports that all customers match, or none.
func (p *part) constant() (value, ok bool) {
	c, ok := p.means.(expr.Const)
	return c.Value, ok
}

// connective is the word between the parts of an AND or OR.
func (p *part) connective() tokenKind {
	if isOr(p.node) {
		return tokOr
	}
	return tokAnd
}

// meaning works out a node's meaning from those of its parts, the innermost
// first, and tells what is doubtful about it on the way.
func (l *linter) meaning(n Node, e expr.Expr, under *part) *part {
	p := &part{node: n, at: l.outline.balanced(n.Extent())}
	switch n := n.(type) {
	case *And:
		l.junction(p, n.Parts, e.(expr.And).Of)
	case *Or:
		l.junction(p, n.Parts, e.(expr.Or).Of)
	case *Not:
		inner := l.meaning(n.Part, e.(expr.Not).Of, p)
		p.parts, p.told = []*part{inner}, inner.told
		l.combine(p)
		l.constant(p, under)
	default:
		l.leaf(p, e)
		l.constant(p, under)
	}
	return p
}

// leaf settles the meaning of a condition without parts.
func (l *linter) leaf(p *part, e expr.Expr) {
	expr.Walk(e, func(e expr.Expr) { p.size += sizeOf(e) })
	if l.reasoned -= p.size; l.reasoned < 0 || l.wrong(p.at) {
		return
	}
	p.means = known(expr.Simplify(e))
	p.lasting = p.means
	if call, ok := p.node.(*Call); ok {
		p.calls = true
		p.lasting = expr.Present{Field: flat(call)} // no field has such a key
	}
	p.told = l.faulty(p.at, true) // BETWEEN the wrong way round
}

func sizeOf(e expr.Expr) int {
	switch e := e.(type) {
	case expr.Among:
		return 1 + len(e.Values)
	case expr.Text:
		return 1 + len(e.Needles)
	}
	return 1
}

// known puts in what no customer is without: an id.
func known(e expr.Expr) expr.Expr {
	if e == expr.Expr(expr.Present{Field: schema.IDField}) {
		return expr.Everyone()
	}
	if not, ok := e.(expr.Not); ok && not.Of == expr.Expr(expr.Present{Field: schema.IDField}) {
		return expr.NoOne()
	}
	return e
}

// combine is the meaning of And, Or and Not, simplified while that is cheap.
func (l *linter) combine(p *part) {
	means, lasting := make([]expr.Expr, len(p.parts)), make([]expr.Expr, len(p.parts))
	p.size = 1
	for i, inner := range p.parts {
		p.size += inner.size
		p.calls = p.calls || inner.calls
		if means[i], lasting[i] = inner.means, inner.lasting; means[i] == nil {
			return
		}
	}
	p.means = l.joined(p, means)
	p.lasting = p.means
	if p.calls {
		p.lasting = l.joined(p, lasting)
	}
}

// joined is And, Or or Not of a part's parts. It costs the part's size.
func (l *linter) joined(p *part, of []expr.Expr) expr.Expr {
	var e expr.Expr
	switch p.node.(type) {
	case *And:
		e = expr.And{Of: of}
	case *Or:
		e = expr.Or{Of: of}
	default:
		e = expr.Not{Of: of[0]}
	}
	if l.simplified -= p.size; l.simplified >= 0 {
		return expr.Simplify(e)
	}
	return e
}

// junction tells what the parts of an AND or OR say about one another.
func (l *linter) junction(p *part, nodes []Node, meanings []expr.Expr) {
	for i, n := range nodes {
		inner := l.meaning(n, meanings[i], p)
		p.parts = append(p.parts, inner)
		p.told = p.told || inner.told
	}
	l.combine(p)
	_, or := p.node.(*Or)
	s := siblings{linter: l, whole: p, or: or}
	if s.compare(); s.decided {
		p.means, p.told = expr.Const{Value: or}, true
		if !p.calls {
			p.lasting = p.means
		}
		return
	}
	if _, constant := p.constant(); constant && !p.told {
		p.told = true
		s.tellWhole()
	}
}

// constant tells of a condition, NOT included, that it is always true or
// always false. Inside a junction that does not care for it, it can go.
func (l *linter) constant(p, under *part) {
	value, ok := p.constant()
	if !ok || p.told {
		return
	}
	if under != nil {
		if _, not := under.node.(*Not); not {
			return // told of the NOT as a whole
		}
	}
	p.told = true
	one := alwaysFalse(p.at, l.shown(p.at))
	if value {
		one = alwaysTrue(p.at, l.shown(p.at))
	}
	if under != nil && value == !isOr(under.node) { // true in AND, false in OR: it changes nothing
		one.fixes = []change{l.outline.without(p.at, under.connective())}
	}
	l.found.add(one)
}

func alwaysFalse(at Extent, shown string) fault {
	return fault{code: "always_false", warning: true, at: at,
		message: say("「%s」は誰にも当てはまりません。", "%s matches no one", shown)}
}

func alwaysTrue(at Extent, shown string) fault {
	return fault{code: "always_true", warning: true, at: at,
		message: say("「%s」は全員に当てはまります。", "%s matches everyone", shown)}
}
