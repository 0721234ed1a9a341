package dsl

import (
	"slices"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// list checks a predicate on a List field.
func (c *checker) list(p *Pred, field schema.Field) expr.Expr {
	g := c.needles(p.Values, field, p.Op)
	all := p.Quantifier == All
	if p.Op == Equal && p.Quantifier == NoQuantifier {
		return c.sameSet(p, field, g)
	}
	switch p.Op {
	case HasAll:
		each := []expr.Expr{expr.Present{Field: field.Key}}
		for _, n := range g.plain {
			each = append(each, element(field, expr.Equal, expr.Folded, false, n))
		}
		for _, n := range g.exact {
			each = append(each, element(field, expr.Equal, expr.Exact, false, n))
		}
		if len(each) > 1 {
			each = each[1:] // an element implies a value
		}
		return allOf(each)
	case In:
		if all && len(g.plain) > 0 && len(g.exact) > 0 {
			c.mixedForms(p)
			return expr.NoOne()
		}
	}
	var any []expr.Expr
	if len(g.plain) > 0 {
		any = append(any, element(field, matchOf(p.Op), expr.Folded, all, g.plain...))
	}
	if len(g.exact) > 0 {
		any = append(any, element(field, matchOf(p.Op), expr.Exact, all, g.exact...))
	}
	return oneOf(any)
}

func element(field schema.Field, m expr.Match, form expr.Form, all bool, needles ...string) expr.Expr {
	return expr.Text{Field: field.Key, Kind: schema.List, Match: m, Form: form, All: all, Needles: needles}
}

func allOf(list []expr.Expr) expr.Expr {
	if len(list) == 1 {
		return list[0]
	}
	return expr.And{Of: list}
}

// sameSet is tags = ("a", "b"): each is there, and nothing else is.
func (c *checker) sameSet(p *Pred, field schema.Field, g grouped) expr.Expr {
	needles, form := g.plain, expr.Folded
	switch {
	case len(p.Values) == 0:
		instead := "IS UNSET"
		if p.Negated {
			instead = "IS SET"
		}
		at := Extent{p.OpAt.Start, p.At.End}
		c.faults.add(fault{code: "empty_list", at: at, expected: []string{"IS SET", "IS UNSET"},
			message: say("空のリストとは比べられません。値がないことは IS UNSET と書きます。", "nothing equals an empty list; write IS UNSET for no value"),
			fixes:   []change{replace(at, spacedAround(c.text, at, instead))}})
		return expr.NoOne()
	case len(g.plain) > 0 && len(g.exact) > 0:
		c.mixedForms(p)
		return expr.NoOne()
	case len(g.exact) > 0:
		needles, form = g.exact, expr.Exact
	}
	each := make([]expr.Expr, 0, len(needles)+1)
	for _, n := range needles {
		each = append(each, element(field, expr.Equal, form, false, n))
	}
	return allOf(slices.Insert(each, len(each), element(field, expr.Equal, form, true, needles...)))
}

func (c *checker) mixedForms(p *Pred) {
	wrong := fault{code: "mixed_forms", at: p.Values[0].At.join(p.Values[len(p.Values)-1].At), expected: []string{"string", `exact("…")`},
		message: say("全体を比べるリストでは、すべての値を exact(…) にするか、どれもしないかに揃えます。", "where the whole list counts, use exact(…) for every value or for none")}
	var plain []replacement
	for _, v := range p.Values {
		if v.Kind == ExactValue {
			plain = append(plain, replacement{v.At, expr.Quote(v.Text)})
		}
	}
	wrong.fixes = []change{replaceAll(say("exact を外す", "drop exact"), plain...)}
	c.faults.add(wrong)
}
