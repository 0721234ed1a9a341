package dsl

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

func (c *checker) date(p *Pred, field schema.Field) expr.Expr {
	spans := make([]schema.Span, 0, len(p.Values))
	for _, v := range p.Values {
		if span, ok := c.dateValue(field, v); ok {
			spans = append(spans, span)
		}
	}
	if len(spans) < len(p.Values) {
		return expr.NoOne()
	}
	e, reversed := during(p.Op, field, spans)
	if reversed {
		return c.reversed(p)
	}
	return e
}

// during is a positive predicate with its dates worked out; reversed tells a
// BETWEEN that no one matches.
func during(op Op, field schema.Field, spans []schema.Span) (e expr.Expr, reversed bool) {
	switch op {
	case Equal, In:
		return duringAny(field, spans), false
	case Between:
		low, high := spans[0], spans[1]
		if low.Start >= high.End {
			return expr.NoOne(), true
		}
		return closed(field, low.Start, high), false
	}
	return beyond(field, op, spans[0]), false
}

// beyond is before or after a day or an instant. A day's end is excluded from
// it, so what is after it begins there.
func beyond(field schema.Field, op Op, span schema.Span) expr.Expr {
	r := orderedRange(field, op, float64(span.Start), float64(span.Start)).(expr.Range)
	if span.IsDay() {
		switch op {
		case Greater:
			r.Min, r.MinOpen = float64(span.End), false
		case LessEqual:
			r.Max, r.MaxOpen = float64(span.End), true
		}
	}
	return r
}

// closed is from an instant up to the end of a day, or up to an instant that
// belongs to it.
func closed(field schema.Field, start int64, last schema.Span) expr.Expr {
	r := expr.Range{Field: field.Key, Kind: schema.Date, Min: float64(start), Max: float64(last.End), MaxOpen: true}
	if !last.IsDay() {
		r.Max, r.MaxOpen = float64(last.Start), false
	}
	return r
}

// duringAny: instants are gathered in one Among, days that meet in one Range.
func duringAny(field schema.Field, spans []schema.Span) expr.Expr {
	slices.SortFunc(spans, func(a, b schema.Span) int { return cmp.Compare(a.Start, b.Start) })
	var any []expr.Expr
	var instants []float64
	var days []schema.Span // in order, none meeting the next
	for _, s := range spans {
		last := len(days) - 1
		switch {
		case !s.IsDay():
			instants = append(instants, float64(s.Start))
		case last >= 0 && s.Start <= days[last].End:
			days[last].End = max(days[last].End, s.End)
		default:
			days = append(days, s)
		}
	}
	for _, d := range days {
		any = append(any, closed(field, d.Start, d))
	}
	if len(instants) > 0 {
		any = append(any, among(field, instants))
	}
	return oneOf(any)
}

func (c *checker) dateValue(field schema.Field, v Value) (schema.Span, bool) {
	switch v.Kind {
	case NumberValue:
		return c.millis(v)
	case DateValue:
		c.used.holds = c.used.holds.and(c.stretch(v))
		span, ok := c.resolve(v)
		if !ok {
			c.faults.add(fault{code: "date_out_of_range", at: v.At, message: say("日付は 1 年から 9999 年までです。", "dates lie between the years 1 and 9999")})
			return span, false
		}
		if !isLiteralDate(v) {
			c.bind(v, span)
		}
		return span, true
	}
	c.wrongValue(field, v, "2026-11-23", "now-30d", "today")
	return schema.Span{}, false
}

func isLiteralDate(v Value) bool { return v.Text[0] >= '0' && v.Text[0] <= '9' }

func (c *checker) bind(v Value, span schema.Span) {
	if len(c.bound) == maxBindings {
		return
	}
	b := Binding{Text: valueText(v), Start: time.UnixMilli(span.Start).In(c.zone), End: time.UnixMilli(span.End).In(c.zone), Day: span.IsDay()}
	if len(c.within) > 0 {
		b.Segment = c.within[len(c.within)-1]
	}
	if !slices.Contains(c.bound, b) {
		c.bound = append(c.bound, b)
	}
}

// maxBindings bounds what explain reports; nobody reads on.
const maxBindings = 100

// millis reads a bare integer: epoch milliseconds.
func (c *checker) millis(v Value) (schema.Span, bool) {
	n, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil {
		f, ok := parseNumber(v.Text)
		if n = int64(f); !ok || float64(n) != f {
			n = schema.MaxMillis + 1
		}
	}
	switch {
	case n < schema.MinMillis || n > schema.MaxMillis:
		wrong := fault{code: "date_out_of_range", at: v.At, expected: []string{"2026-11-23", "1795392000000"},
			message: say("数で書く日時は 1970 年からのミリ秒（整数）で、9999 年までです。", "a date as a number is whole milliseconds since 1970, up to the year 9999")}
		if millis, ok := otherUnit(v.Text); ok {
			wrong.fixes = []change{replace(v.At, strconv.FormatInt(millis, 10))}
		}
		c.faults.add(wrong)
		return schema.Span{}, false
	case schema.TenDigits(n):
		c.faults.add(fault{code: "seconds_date", at: v.At, expected: []string{strconv.FormatInt(n*1000, 10)},
			message: say("%[1]d は秒のようです。ミリ秒なら %[1]d000（%[2]s）です。", "%[1]d looks like seconds; in milliseconds it is %[1]d000 (%[2]s)", n, time.Unix(n, 0).In(c.zone).Format(time.RFC3339)),
			fixes:   []change{replace(v.At, strconv.FormatInt(n*1000, 10))}})
		return schema.Span{}, false
	}
	return schema.Instant(n), true
}

// otherUnit is in milliseconds what was probably written in micro- or
// nanoseconds, or in seconds with a fraction: an instant from 2001 to 2286.
func otherUnit(digits string) (millis int64, ok bool) {
	if n, err := strconv.ParseInt(digits, 10, 64); err == nil {
		for _, unit := range []int64{1_000, 1_000_000} {
			if schema.TenDigits(n / unit / 1000) {
				return n / unit, true
			}
		}
		return 0, false
	}
	seconds, err := strconv.ParseFloat(digits, 64)
	return int64(math.Round(seconds * 1000)), err == nil && schema.TenDigits(int64(seconds))
}
