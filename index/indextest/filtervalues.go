package indextest

import (
	"strconv"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// values are those of a predicate, as many as its operator takes.
func (m filterMaker) values(f schema.Field, p *dsl.Pred) []dsl.Value {
	n := 1
	switch {
	case p.Op == dsl.Set:
		return nil
	case p.Op == dsl.Between:
		return m.bounds(f)
	case p.List && p.Op == dsl.Equal: // () equals nothing
		n = pick(m.Generator, []int{1, 1, 2, 3})
	case p.List:
		n = pick(m.Generator, []int{0, 1, 1, 2, 3, 30})
	}
	form := pick(m.Generator, []dsl.ValueKind{dsl.StringValue, dsl.StringValue, dsl.ExactValue})
	whole := p.List && (p.Op == dsl.Equal || p.Quantifier == dsl.All) // all values in one form
	var list []dsl.Value                                              // nil when empty, as the parser leaves it
	for range n {
		if !whole && m.IntN(4) == 0 {
			form = pick(m.Generator, []dsl.ValueKind{dsl.StringValue, dsl.ExactValue})
		}
		list = append(list, m.valueOf(f, p.Op, form))
	}
	return list
}

// valueOf is a value that a field is compared with, of a String and a List in
// the given form.
func (m filterMaker) valueOf(f schema.Field, op dsl.Op, form dsl.ValueKind) dsl.Value {
	switch f.Kind {
	case schema.Boolean:
		return dsl.Value{Kind: dsl.BoolValue, Text: pick(m.Generator, []string{"TRUE", "FALSE"})}
	case schema.Number:
		return m.numberText(m.seen(f).Num())
	case schema.Date:
		return m.dateText(m.seen(f).Millis())
	}
	either := f.Kind == schema.String && (op == dsl.Equal || op == dsl.In)
	if f.Kind == schema.String && !negatable(op) || either && f.Format == schema.FormatVersion && m.IntN(2) == 0 {
		return dsl.Value{Kind: dsl.VersionValue, Text: m.someVersion()}
	}
	return dsl.Value{Kind: form, Text: m.literal(f, matchOf(op))}
}

func matchOf(op dsl.Op) expr.Match {
	switch op {
	case dsl.Contains:
		return expr.Contains
	case dsl.Prefix:
		return expr.Prefix
	case dsl.Suffix:
		return expr.Suffix
	}
	return expr.Equal
}

// bounds are those of BETWEEN, mostly the lower first.
func (m filterMaker) bounds(f schema.Field) []dsl.Value {
	if f.Kind == schema.String {
		low, high := m.someVersion(), m.someVersion()
		a, _ := schema.ParseVersion(low)
		b, _ := schema.ParseVersion(high)
		if a.Compare(b) > 0 && m.IntN(8) > 0 {
			low, high = high, low
		}
		return []dsl.Value{{Kind: dsl.VersionValue, Text: low}, {Kind: dsl.VersionValue, Text: high}}
	}
	low, high := m.seen(f).Num(), m.seen(f).Num()
	if low > high && m.IntN(8) > 0 {
		low, high = high, low
	}
	if f.Kind == schema.Number {
		return []dsl.Value{m.numberText(low), m.numberText(high)}
	}
	return []dsl.Value{m.dateText(int64(low)), m.dateText(int64(high))}
}

// literal is a text that a field has, or a piece of one, as somebody writes
// it: not folded, and short enough for the language.
func (m filterMaker) literal(f schema.Field, match expr.Match) string {
	for range 20 {
		text := m.needle(f, expr.Text{Form: expr.Exact, Match: match})
		if m.IntN(4) == 0 {
			text = disguise(m.Generator, text)
		}
		if len(text) <= dsl.MaxLiteral && schema.Fold(text) != "" {
			return text
		}
	}
	return "x"
}

// numberText writes a number in one of the ways that the language reads.
func (m filterMaker) numberText(n float64) dsl.Value {
	text := schema.FormatNumber(n)
	switch m.IntN(4) {
	case 0:
		text = strings.Replace(strconv.FormatFloat(n, 'e', -1, 64), "e+", "e", 1)
	case 1:
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
	}
	return dsl.Value{Kind: dsl.NumberValue, Text: text}
}

// dateText writes an instant, its day, or, now and then, a date that has
// nothing to do with it.
func (m filterMaker) dateText(millis int64) dsl.Value {
	at := time.UnixMilli(millis).In(m.env.Zone)
	inText := at.Year() > 1 && at.Year() < 9999
	switch {
	case m.IntN(4) == 0:
		return m.relativeDate()
	case (m.IntN(4) == 0 || !inText) && !schema.TenDigits(millis):
		return dsl.Value{Kind: dsl.NumberValue, Text: strconv.FormatInt(millis, 10)}
	}
	layout := pick(m.Generator, []string{
		time.DateOnly, time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04:05.000", "2006-01-02T15:04:05.000Z07:00", "2006-01-02T15:04:05.000Z0700"})
	v := dsl.Value{Kind: dsl.DateValue, Text: at.Format(layout)}
	if at.Year() > 1000 && at.Year() < 9000 && m.IntN(4) == 0 {
		v.Shifts = m.shifts()
	}
	return v
}

func (m filterMaker) relativeDate() dsl.Value {
	v := dsl.Value{Kind: dsl.DateValue, Text: pick(m.Generator, []string{"now", "now", "today", "yesterday", "tomorrow", "startOf", "endOf"})}
	if v.Text == "startOf" || v.Text == "endOf" {
		v.Unit = pick(m.Generator, []dsl.Unit{dsl.Day, dsl.Week, dsl.Month, dsl.Year})
	}
	if m.IntN(2) == 0 {
		v.Shifts = m.shifts()
	}
	return v
}

func (m filterMaker) shifts() []dsl.Shift {
	list := make([]dsl.Shift, pick(m.Generator, []int{1, 1, 2, 3}))
	for i := range list {
		unit := pick(m.Generator, []dsl.Unit{dsl.Second, dsl.Minute, dsl.Hour, dsl.Day, dsl.Week, dsl.Month, dsl.Year})
		list[i] = dsl.Shift{Amount: m.IntN(pick(m.Generator, []int{3, 3, 50, 200})), Unit: unit}
		if m.IntN(2) == 0 {
			list[i].Amount = -list[i].Amount
		}
	}
	return list
}
