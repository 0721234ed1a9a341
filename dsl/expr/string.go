package expr

import (
	"math"
	"strconv"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// String writes an expression in the filter language. Compiled with the same
// fields, the text gives Simplify(e) again: numbers stand in full digits,
// dates in epoch milliseconds, and nothing depends on a clock or a zone.
//
// A node that the language cannot say in this form (a range without ends, a
// String field quantified by All) is written as what it means. Only a Version
// without any end has no text; no filter compiles to one, and it is written as
// one whose lower end is the lowest version.
func String(e Expr) string {
	var p printer
	p.expr(e, looseOr)
	return p.String()
}

// Binding strengths: what stands in a stronger place needs brackets.
type strength int

const (
	looseOr strength = iota
	tightAnd
	tightNot
)

type printer struct{ strings.Builder }

// expr writes e into a place of the given strength.
func (p *printer) expr(e Expr, place strength) {
	switch e := e.(type) {
	case And:
		p.joined(e.Of, " AND ", tightAnd, place, Everyone())
	case Or:
		p.joined(e.Of, " OR ", looseOr, place, NoOne())
	case Not:
		p.WriteString("NOT ")
		p.expr(e.Of, tightNot)
	case Const:
		if e.Value {
			p.WriteString("NOT ")
		}
		p.WriteString("id IN ()")
	case Present:
		p.condition(e.Field, "IS SET")
	case Boolean:
		p.condition(e.Field, "= "+strconv.FormatBool(e.Value))
	case Range:
		p.rangeOf(e, place)
	case Among:
		p.among(e)
	case Text:
		p.text(e)
	case Version:
		p.version(e, place)
	case Quick:
		p.quick(e)
	}
}

// joined writes the parts of And and Or, in brackets where the place binds
// tighter than they do.
func (p *printer) joined(of []Expr, word string, own, place strength, empty Expr) {
	switch len(of) {
	case 0:
		p.expr(empty, place)
		return
	case 1:
		p.expr(of[0], place)
		return
	}
	p.bracketed(own < place, func() {
		for i, part := range of {
			if i > 0 {
				p.WriteString(word)
			}
			p.expr(part, own)
		}
	})
}

func (p *printer) bracketed(needed bool, write func()) {
	if needed {
		p.WriteByte('(')
		defer p.WriteByte(')')
	}
	write()
}

// condition writes a path and what is asked of it.
func (p *printer) condition(field, predicate string) {
	p.WriteString(Path(field))
	p.WriteByte(' ')
	p.WriteString(predicate)
}

func (p *printer) rangeOf(e Range, place strength) {
	simple := simplifyRange(e)
	r, ok := simple.(Range)
	if !ok {
		p.expr(simple, place)
		return
	}
	if r.Kind == schema.Date && !math.IsInf(r.Max, 1) { // [Min, Max) is Min to Max-1
		r.Max, r.MaxOpen = r.Max-1, false
	}
	value := func(v float64) string { return numberOf(r.Kind, v) }
	p.between(ends{
		field: r.Field, min: value(r.Min), max: value(r.Max), minOpen: r.MinOpen, maxOpen: r.MaxOpen,
		noMin: math.IsInf(r.Min, -1), noMax: math.IsInf(r.Max, 1),
	}, place)
}

// ends are those of a Range or Version as text.
type ends struct {
	field            string
	min, max         string
	minOpen, maxOpen bool
	noMin, noMax     bool
}

func (p *printer) between(e ends, place strength) {
	above, below := ">= "+e.min, "<= "+e.max
	if e.minOpen {
		above = "> " + e.min
	}
	if e.maxOpen {
		below = "< " + e.max
	}
	switch {
	case e.noMin:
		p.condition(e.field, below)
	case e.noMax:
		p.condition(e.field, above)
	case !e.minOpen && !e.maxOpen:
		p.condition(e.field, "BETWEEN "+e.min+" AND "+e.max)
	default: // two conditions, which Simplify joins again
		p.bracketed(place > tightAnd, func() {
			p.condition(e.field, above)
			p.WriteString(" AND ")
			p.condition(e.field, below)
		})
	}
}

func (p *printer) among(e Among) {
	if len(e.Values) == 1 {
		p.condition(e.Field, "= "+numberOf(e.Kind, e.Values[0]))
		return
	}
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = numberOf(e.Kind, v)
	}
	p.condition(e.Field, "IN "+list(values))
}

func (p *printer) version(e Version, place strength) {
	value := func(v string) string { return "version(" + Quote(v) + ")" }
	switch {
	case e.Min == "" && e.Max == "":
		p.condition(e.Field, ">= "+value(lowestVersion))
	case e.Min == e.Max && !e.MinOpen && !e.MaxOpen:
		p.condition(e.Field, "= "+value(e.Min))
	default:
		p.between(ends{
			field: e.Field, min: value(e.Min), max: value(e.Max), minOpen: e.MinOpen, maxOpen: e.MaxOpen,
			noMin: e.Min == "", noMax: e.Max == "",
		}, place)
	}
}

// lowestVersion: a pre-release comes before its release, the number 0 before
// every other.
const lowestVersion = "0-0"

func (p *printer) quick(e Quick) {
	if len(e.Terms) == 0 {
		p.expr(Everyone(), tightNot)
		return
	}
	p.WriteString(Quote(strings.Join(e.Terms, " ")))
}

// numberOf writes a number in full digits. A date is an integer of epoch
// milliseconds, but where ten digits would look like seconds it is ISO 8601.
func numberOf(kind schema.Kind, v float64) string {
	if kind == schema.Date && schema.TenDigits(int64(v)) {
		return time.UnixMilli(int64(v)).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func list(values []string) string { return "(" + strings.Join(values, ", ") + ")" }
