package dsl

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
)

// A lowerer turns grammar structs into the tree. Positions are indices of words.
type lowerer struct{ words []word }

// extent covers the words from a position up to, without, another.
func (l lowerer) extent(from, to lexer.Position) Extent {
	return l.words[from.Offset].at.join(l.words[max(from.Offset, to.Offset-1)].at)
}

func (l lowerer) or(r *orRule) Node {
	var parts []Node
	for _, and := range r.Of {
		parts = append(parts, l.and(and))
	}
	return joinOr(parts)
}

func (l lowerer) and(r *andRule) Node {
	var parts []Node
	for _, unary := range r.Of {
		parts = append(parts, l.unary(unary))
	}
	return joinAnd(parts)
}

// joinOr flattens: brackets around an OR inside an OR say nothing.
func joinOr(parts []Node) Node {
	inner := func(n Node) []Node {
		if or, ok := n.(*Or); ok {
			return or.Parts
		}
		return []Node{n}
	}
	return join(parts, inner, func(flat []Node, at Extent) Node { return &Or{Parts: flat, At: at} })
}

func joinAnd(parts []Node) Node {
	inner := func(n Node) []Node {
		if and, ok := n.(*And); ok {
			return and.Parts
		}
		return []Node{n}
	}
	return join(parts, inner, func(flat []Node, at Extent) Node { return &And{Parts: flat, At: at} })
}

// join makes a junction of what the parts are inside: nil of none, the part
// itself of one.
func join(parts []Node, inner func(Node) []Node, junction func([]Node, Extent) Node) Node {
	var flat []Node
	for _, p := range parts {
		flat = append(flat, inner(p)...)
	}
	switch len(flat) {
	case 0:
		return nil
	case 1:
		return flat[0]
	}
	return junction(flat, flat[0].Extent().join(flat[len(flat)-1].Extent()))
}

func (l lowerer) unary(r *unaryRule) Node {
	var n Node
	switch {
	case r.Group != nil:
		n = l.or(r.Group)
	case r.Search != nil:
		w := l.words[r.Search.Pos.Offset]
		n = &Search{Text: w.text, At: w.at}
	default:
		n = l.cond(r.Cond)
	}
	for i := len(r.Nots) - 1; i >= 0; i-- {
		n = &Not{Part: n, At: l.words[r.Nots[i].Pos.Offset].at.join(n.Extent())}
	}
	return n
}

func (l lowerer) cond(r *condRule) Node {
	path := l.path(r.Path)
	at := l.extent(r.Pos, r.EndPos)
	switch {
	case r.Arg != nil:
		w := l.words[r.Arg.Pos.Offset]
		return &Call{Path: path, Arg: Value{Kind: good(StringValue, w.token), Text: w.text, At: w.at}, At: at}
	case r.Pred == nil:
		return &Flag{Path: path, At: at}
	}
	p := l.pred(r.Pred)
	p.Path, p.At = path, at
	switch r.Quantifier {
	case "ANY":
		p.Quantifier = Any
	case "ALL":
		p.Quantifier = All
	}
	return p
}

// path has no names when what is wrong with one was reported.
func (l lowerer) path(r pathRule) Path {
	path := Path{Names: r.Names, At: l.extent(r.Pos, r.EndPos)}
	for _, w := range l.words[r.Pos.Offset:r.EndPos.Offset] {
		if w.bad {
			path.Names = nil
		}
	}
	return path
}

func (l lowerer) pred(r *predRule) *Pred {
	p := &Pred{}
	first, last := r.Pos.Offset, r.EndPos.Offset
	switch {
	case r.Compare != nil:
		p.Op, p.Negated = comparison(r.Compare.Op)
		l.operand(p, r.Compare.Value.Pos)
		last = first + 1
	case r.Set != nil:
		p.Op, p.Negated = Set, r.Set.Negated || r.Set.Unset
	default:
		last = l.member(p, r.Member)
	}
	p.OpAt = l.words[first].at.join(l.words[last-1].at)
	return p
}

// member fills in NOT IN, BETWEEN and HAS; the operator ends before word last.
func (l lowerer) member(p *Pred, r *memberRule) (last int) {
	p.Negated = r.Negated
	switch {
	case r.In != nil:
		p.Op, last = In, r.In.Pos.Offset
		l.operand(p, r.In.Pos)
	case r.Between != nil:
		p.Op, last = Between, r.Between.Low.Pos.Offset
		l.operand(p, r.Between.Low.Pos)
		l.operand(p, r.Between.High.Pos)
	case r.Has.Value != nil:
		p.Op, last = Has, r.Has.Value.Pos.Offset
		l.operand(p, r.Has.Value.Pos)
	default:
		p.Op, last = HasAny, r.Has.List.Pos.Offset
		if r.Has.Quantifier == "ALL" {
			p.Op = HasAll
		}
		l.operand(p, r.Has.List.Pos)
	}
	return last
}

func (l lowerer) operand(p *Pred, at lexer.Position) {
	w := &l.words[at.Offset]
	p.Values = append(p.Values, w.values...)
	p.List = p.List || w.kind == tokList
}

// comparison is the positive form of an operator, and whether it was negated.
func comparison(op string) (Op, bool) {
	positive, negated := strings.CutPrefix(op, "!")
	switch positive {
	case ">":
		return Greater, negated
	case ">=":
		return GreaterEqual, negated
	case "<":
		return Less, negated
	case "<=":
		return LessEqual, negated
	case "~":
		return Contains, negated
	case "^=":
		return Prefix, negated
	case "$=":
		return Suffix, negated
	}
	return Equal, negated
}
