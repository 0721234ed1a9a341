package dsl

import (
	"strconv"
	"strings"

	"meibo/dsl/schema"
)

// orNone is what a negation means for customers without the value.
func orNone(negated bool) schema.Words {
	if !negated {
		return schema.Words{}
	}
	return schema.Words{JA: "（値がない場合も含む）", EN: " (or has no value)"}
}

// pred says a predicate; negated counts its own negation too.
func (d *Describer) pred(p *Pred, negated bool) phrase {
	field, label := d.field(p.Path)
	note := orNone(negated)
	switch {
	case p.Op == Set || p.Op == HasAll && len(p.Values) == 0:
		if negated {
			note = schema.Words{}
			return said(label, "の値が", endExistsNot, note, "has no value")
		}
		return said(label, "の値が", endExists, note, "has a value")
	case len(p.Values) == 0:
		if negated {
			return said(label, "が空のリストに", endBelongsNot, note, "is not in an empty list")
		}
		return said(label, "が空のリストに", endBelongs, note, "is in an empty list")
	case field.Kind == schema.List:
		return d.listPred(p, label, negated)
	case p.Op == Between:
		return d.between(p, field, label, negated)
	case p.Op == Greater || p.Op == GreaterEqual || p.Op == Less || p.Op == LessEqual:
		return d.ordered(p, field, label, negated)
	}
	return d.compared(p, field, label, negated)
}

// said puts a condition together: the field, what is said of it, and a note.
func said(label schema.Words, ja string, end ending, note schema.Words, en string) phrase {
	return phrase{japanese{afterLatin(label.JA) + ja, end, note.JA}, label.EN + " " + en + note.EN}
}

// compared says = IN ~ ^= $= of a field that is no list.
func (d *Describer) compared(p *Pred, field schema.Field, label schema.Words, negated bool) phrase {
	v := d.values(p.Values, field)
	note := orNone(negated)
	if many := p.Op == In && len(p.Values) > 1; many {
		if negated {
			return said(label, "が"+v.JA+"のいずれ", endNoneOf, note, "is none of "+v.EN)
		}
		return said(label, "が"+v.JA+"のいずれか", endNoun, note, "is one of "+v.EN)
	}
	verb := verbOf(p.Op)
	if verb.en == "" {
		on := onDay(p.Values[0], field)
		if negated {
			return said(label, "が"+v.JA, endNot, note, "is not "+on+v.EN)
		}
		return said(label, "が"+v.JA, endNoun, note, "is "+on+v.EN)
	}
	if negated {
		return said(label, "が"+v.JA, verb.jaNot, note, "does not "+verb.en+" "+v.EN)
	}
	return said(label, "が"+v.JA, verb.ja, note, verb.enThird+" "+v.EN)
}

// A verb is what ~ ^= $= say; en is "" where they are not meant.
type verb struct {
	en, enThird string
	ja, jaNot   ending
}

func verbOf(op Op) verb {
	switch op {
	case Contains:
		return verb{"contain", "contains", endContains, endContainsNot}
	case Prefix:
		return verb{"begin with", "begins with", endBegins, endBeginsNot}
	case Suffix:
		return verb{"end with", "ends with", endEnds, endEndsNot}
	}
	return verb{ja: endNoun, jaNot: endNot}
}

// onDay is the preposition of a day that is named by its date.
func onDay(v Value, field schema.Field) string {
	if field.Kind != schema.Date {
		return ""
	}
	if v.Kind == DateValue && len(v.Text) == len("2026-11-23") && isLiteralDate(v) && len(v.Shifts) == 0 {
		return "on "
	}
	return ""
}

// listPred says a predicate of a list.
func (d *Describer) listPred(p *Pred, label schema.Words, negated bool) phrase {
	v := d.values(p.Values, schema.Field{Kind: schema.List})
	s := listSaying(p, v)
	if negated {
		return said(label, s.jaNot, s.endNot, orNone(true), s.enNot)
	}
	return said(label, s.ja, s.end, schema.Words{}, s.en)
}

// A saying is what a predicate says behind the name of its field, and what its
// negation does.
type saying struct {
	ja     string
	end    ending
	en     string
	jaNot  string
	endNot ending
	enNot  string
}

func listSaying(p *Pred, v schema.Words) saying {
	many := len(p.Values) > 1
	switch {
	case p.Quantifier == All:
		return everyElement(p, v, many)
	case verbOf(p.Op).en != "":
		verb := verbOf(p.Op)
		plain, _ := verb.ja.forms()
		element := "に" + tight(v.JA, plain) + "要素が"
		return saying{element, endExists, "has an element that " + verb.enThird + " " + v.EN,
			element, endExistsNot, "has no element that " + verb.enThird + " " + v.EN}
	case p.Op == Equal && p.Quantifier == NoQuantifier:
		return saying{"の要素が" + v.JA + "と完全に", endEquals, "consists of exactly " + v.EN,
			"の要素が" + v.JA + "と完全には", endEqualsNot, "does not consist of exactly " + v.EN}
	case p.Op == HasAll && many:
		return saying{"に" + v.JA + "をすべて", endIncludes, "includes all of " + v.EN,
			"に" + v.JA + "のうち含まれないものが", endExists, "does not include all of " + v.EN}
	case many:
		return saying{"に" + v.JA + "のいずれか", endContains, "includes at least one of " + v.EN,
			"に" + v.JA + "のいずれ", endIncludesNone, "includes none of " + v.EN}
	}
	return saying{"に" + v.JA, endContains, "includes " + v.EN, "に" + v.JA, endContainsNot, "does not include " + v.EN}
}

// everyElement is ALL, which says that there is an element. Its negation is
// that one does not fit, or that there is none.
func everyElement(p *Pred, v schema.Words, many bool) saying {
	verb := verbOf(p.Op)
	not, _ := verb.jaNot.forms()
	const every = "に要素があり、そのすべてが"
	switch {
	case verb.en != "":
		return saying{every + v.JA, verb.ja, "has only elements that " + verb.en + " " + v.EN,
			"に" + tight(v.JA, not) + "要素が", endExists, "has an element that does not " + verb.en + " " + v.EN}
	case many:
		return saying{every + v.JA + "のいずれか", endNoun, "has only elements that are among " + v.EN,
			"に" + v.JA + "のいずれでもない要素が", endExists, "has an element that is none of " + v.EN}
	}
	return saying{every + v.JA, endNoun, "has only elements that equal " + v.EN,
		"に" + v.JA + "でない要素が", endExists, "has an element that does not equal " + v.EN}
}

// shownValues is how many values of a list are told before they are counted.
const shownValues = 5

func (d *Describer) values(values []Value, field schema.Field) schema.Words {
	n := min(len(values), shownValues)
	if len(values) == shownValues+1 { // one more is not worth counting
		n++
	}
	ja, en := make([]string, n), make([]string, n)
	for i, v := range values[:n] {
		w := d.value(v, field)
		ja[i], en[i] = w.JA, w.EN
	}
	list := schema.Words{JA: spaced(strings.Join(ja, "、")), EN: strings.Join(en, ", ")}
	if more := len(values) - n; more > 0 {
		list.JA += "ほか " + strconv.Itoa(more) + " 件"
		list.EN += " and " + strconv.Itoa(more) + " more"
	}
	return list
}
