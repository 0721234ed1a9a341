package channel

import (
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
)

// A moment is a day or an instant as the form says it.
type moment struct {
	kind   string // typeDate or typeDatetime; "" for a day counted back from today
	millis int64  // the instant, or the beginning of the day
	days   int64  // back from today
}

// value is how the moment is written. Milliseconds of ten digits would be read
// as seconds, so these are ISO 8601.
func (x *exporter) value(m moment) any {
	t := time.UnixMilli(m.millis)
	switch {
	case !schema.TenDigits(m.millis):
		return m.millis
	case m.kind == typeDate:
		return t.In(zoneOf(x.env)).Format(time.DateOnly)
	}
	return t.UTC().Format(instantForm)
}

// moments are the values of a predicate on a date.
func (x *exporter) moments(p *dsl.Pred) ([]moment, bool) {
	list, ok := make([]moment, 0, len(p.Values)), true
	for _, v := range p.Values {
		m, fits := x.moment(v)
		if !fits {
			x.refuseDate(v)
		}
		list, ok = append(list, m), ok && fits
	}
	return list, ok
}

func (x *exporter) moment(v dsl.Value) (moment, bool) {
	if days, ok := daysBack(v); ok {
		return moment{days: days}, true
	}
	if v.Kind == dsl.DateValue && (v.Text[0] < '0' || v.Text[0] > '9') {
		return moment{}, false
	}
	span, ok := dsl.Resolve(v, x.env)
	m := moment{kind: typeDatetime, millis: span.Start}
	if span.IsDay() {
		m.kind = typeDate
	}
	return m, ok
}

// daysBack counts the days from a relative day to today; false when v is no
// day, or not always as far from today.
func daysBack(v dsl.Value) (int64, bool) {
	var days int64
	switch v.Text {
	case "yesterday":
		days = 1
	case "tomorrow":
		days = -1
	case "startOf", "endOf":
		if v.Unit != dsl.Day {
			return 0, false
		}
	case "today":
	default:
		return 0, false
	}
	for _, s := range v.Shifts {
		switch s.Unit {
		case dsl.Day:
			days -= int64(s.Amount)
		case dsl.Week:
			days -= 7 * int64(s.Amount)
		default:
			return 0, false
		}
	}
	return days, v.Kind == dsl.DateValue
}

// date writes a condition on a date.
func (x *exporter) date(p *dsl.Pred, negated bool) ([]Group, bool) {
	moments, ok := x.moments(p)
	switch {
	case !ok:
		return nil, false
	case p.Op == dsl.Equal || p.Op == dsl.In:
		return x.during(p, moments, negated)
	case negated:
		return x.refuseNegation(p)
	case p.Op == dsl.Between:
		low, fits := x.ordered(p, dsl.GreaterEqual, moments[0], p.Values[0])
		high, also := x.ordered(p, dsl.LessEqual, moments[1], p.Values[1])
		return append(low, high...), fits && also
	}
	return x.ordered(p, p.Op, moments[0], p.Values[0])
}

// during is = and IN: one condition for each way in which the values are said.
func (x *exporter) during(p *dsl.Pred, moments []moment, negated bool) ([]Group, bool) {
	var instants, days, ago []any
	for i, m := range moments {
		switch m.kind {
		case typeDatetime:
			instants = append(instants, x.value(m))
		case typeDate:
			days = append(days, x.value(m))
		default:
			if m.days < 0 {
				return x.refuseDate(p.Values[i])
			}
			ago = append(ago, m.days)
		}
	}
	if negated && len(ago) > 0 {
		return x.refuseNegation(p)
	}
	key, name := p.Path.Key(), scalarOperator(p.Op)
	var any []Condition
	if len(instants) > 0 || len(moments) == 0 {
		any = append(any, condition(key, typeDatetime, name, negated, instants...))
	}
	if len(days) > 0 {
		any = append(any, condition(key, typeDate, name, negated, days...))
	}
	if len(ago) > 0 {
		any = append(any, condition(key, typeDatetime, "$eqAgo", false, ago...))
	}
	if !negated {
		return one(any...), true
	}
	var none []Group // none of all of them: each has to hold
	for _, c := range any {
		none = append(none, one(c)...)
	}
	return none, true
}

// ordered is > >= < <=. Of days ago there are two: from a day on is after the
// day before it, up to a day is before the day after it.
func (x *exporter) ordered(p *dsl.Pred, op dsl.Op, m moment, v dsl.Value) ([]Group, bool) {
	if m.kind != "" {
		return one(condition(p.Path.Key(), m.kind, scalarOperator(op), false, x.value(m))), true
	}
	name, days := "$gtAgo", m.days
	switch op {
	case dsl.GreaterEqual:
		days++
	case dsl.Less:
		name = "$ltAgo"
	case dsl.LessEqual:
		name, days = "$ltAgo", days-1
	}
	if days < 0 {
		return x.refuseDate(v)
	}
	return one(condition(p.Path.Key(), typeDatetime, name, false, days)), true
}

func (x *exporter) refuseDate(v dsl.Value) ([]Group, bool) {
	return x.refuse("channel_date", v.At, "この形式の相対的な日付は、今日から数えて「n 日前」の日だけです（today-30d など）。now、週・月・年の初めや終わり、今日より後の日は表せません。",
		"the form's only relative dates are whole days ago, as in today-30d; it has no now, no beginnings and ends of weeks, months or years, and no days after today")
}
