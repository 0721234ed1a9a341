package dsl

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"meibo/dsl/schema"
)

// A saidDate is a date in words, and what it came to.
type saidDate struct {
	words schema.Words
	span  schema.Span
	day   bool
}

// date says a date as its reader writes it, in the zone that rules it; one
// that is relative by its name too.
func (d *Describer) date(v Value) saidDate {
	if v.Kind == NumberValue {
		f, _ := parseNumber(v.Text)
		span := schema.Instant(min(max(int64(f), schema.MinMillis), schema.MaxMillis))
		return saidDate{d.when(span, false), span, false}
	}
	if v.Kind != DateValue || v.Text == "" {
		return saidDate{words: schema.Words{JA: shown(valueText(v)), EN: shown(valueText(v))}}
	}
	span, ok := d.calendar.resolve(v)
	told := span
	if v.Text == "now" && !slices.ContainsFunc(v.Shifts, func(s Shift) bool { return s.Unit == Second }) {
		told.Start -= (told.Start%60_000 + 60_000) % 60_000 // nobody means the second at which they ask
	}
	said := saidDate{d.when(told, span.IsDay()), span, span.IsDay()}
	if isLiteralDate(v) && len(v.Shifts) == 0 {
		return said
	}
	name := d.dateName(v)
	if !ok { // beyond the years that there are: the checker refuses it
		said.words = name
		return said
	}
	said.words = schema.Words{JA: name.JA + "（" + said.words.JA + "）", EN: name.EN + " (" + said.words.EN + ")"}
	return said
}

// when is a day, or an instant with no more precision than it has.
func (d *Describer) when(span schema.Span, day bool) schema.Words {
	at := time.UnixMilli(span.Start).In(d.calendar.zone)
	year, month, date := at.Date()
	words := say("%[1]d年%[2]d月%[3]d日", "%[3]d %[4]s %[1]d", year, int(month), date, month.String()[:3])
	if day {
		return words
	}
	clock := " 15:04"
	switch {
	case at.Nanosecond() != 0:
		clock = " 15:04:05.000"
	case at.Second() != 0:
		clock = " 15:04:05"
	}
	clock = at.Format(clock)
	return schema.Words{JA: words.JA + clock, EN: words.EN + clock}
}

// maxNamedShifts is how many shifts of a date a reader follows in words.
const maxNamedShifts = 2

func (d *Describer) dateName(v Value) schema.Words {
	if len(v.Shifts) > maxNamedShifts {
		return schema.Words{JA: shown(valueText(v)), EN: shown(valueText(v))}
	}
	name := d.baseName(v)
	for i, s := range v.Shifts {
		name = shiftName(name, s, i == 0 && v.Text == "now")
	}
	return name
}

func (d *Describer) baseName(v Value) schema.Words {
	switch v.Text {
	case "now":
		return schema.Words{JA: "現在", EN: "now"}
	case "today":
		return schema.Words{JA: "今日", EN: "today"}
	case "yesterday":
		return schema.Words{JA: "昨日", EN: "yesterday"}
	case "tomorrow":
		return schema.Words{JA: "明日", EN: "tomorrow"}
	case "startOf", "endOf":
		return edgeName(v.Unit, v.Text == "startOf")
	}
	span, _ := schema.ParseDate(v.Text, d.calendar.zone)
	return d.when(span, span.IsDay())
}

// edgeName is the first or the last day of a unit.
func edgeName(u Unit, first bool) schema.Words {
	ja, en := "最後", "last"
	if first {
		ja, en = "最初", "first"
	}
	switch u {
	case Week:
		return say("今週の%[1]sの日", "the %[2]s day of this week", ja, en)
	case Month:
		return say("今月の%[1]sの日", "the %[2]s day of this month", ja, en)
	case Year:
		return say("今年の%[1]sの日", "the %[2]s day of this year", ja, en)
	}
	return schema.Words{JA: "今日", EN: "today"}
}

// shiftName moves a name; from now it is "30 days ago".
func shiftName(name schema.Words, s Shift, fromNow bool) schema.Words {
	n, ja, en := s.Amount, "後", "after"
	if n < 0 {
		n, ja, en = -n, "前", "before"
	}
	unit := unitName(s.Unit, n)
	amount := strconv.Itoa(n) + " "
	switch {
	case fromNow && s.Amount < 0:
		return schema.Words{JA: amount + unit.JA + "前", EN: amount + unit.EN + " ago"}
	case fromNow:
		return schema.Words{JA: amount + unit.JA + "後", EN: amount + unit.EN + " from now"}
	}
	return schema.Words{JA: fmt.Sprintf("%sの%s%s%s", name.JA, " "+amount, unit.JA, ja), EN: fmt.Sprintf("%s%s %s %s", amount, unit.EN, en, name.EN)}
}

func unitName(u Unit, n int) schema.Words {
	switch u {
	case Second:
		return schema.Words{JA: "秒", EN: plural(n, "second", "seconds")}
	case Minute:
		return schema.Words{JA: "分", EN: plural(n, "minute", "minutes")}
	case Hour:
		return schema.Words{JA: "時間", EN: plural(n, "hour", "hours")}
	case Day:
		return schema.Words{JA: "日", EN: plural(n, "day", "days")}
	case Week:
		return schema.Words{JA: "週間", EN: plural(n, "week", "weeks")}
	case Month:
		return schema.Words{JA: "か月", EN: plural(n, "month", "months")}
	case Year:
		return schema.Words{JA: "年", EN: plural(n, "year", "years")}
	}
	return schema.Words{JA: string(u), EN: string(u)}
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
