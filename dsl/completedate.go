package dsl

import (
	"strings"
	"time"

	"meibo/dsl/schema"
)

// dates offers relative dates, with what they are now, and today's literal.
func (p *prompt) dates() {
	for _, d := range commonDates() {
		p.date(d.text, d.name, rankPrefix)
	}
	today := p.calendar().today().at.Format(time.DateOnly)
	p.date(today, say("今日の日付", "today's date"), rankPrefix)
	for _, text := range p.fromDuration() {
		p.date(text, schema.Words{}, rankLabel)
	}
}

// A commonDate is a date that people ask for.
type commonDate struct {
	text string
	name schema.Words
}

func commonDates() []commonDate {
	return []commonDate{
		{"today", say("今日", "today")},
		{"yesterday", say("昨日", "yesterday")},
		{"tomorrow", say("明日", "tomorrow")},
		{"now", say("現在", "this moment")},
		{"now-7d", say("7 日前", "7 days ago")},
		{"now-30d", say("30 日前", "30 days ago")},
		{"now-90d", say("90 日前", "90 days ago")},
		{"now-1y", say("1 年前", "a year ago")},
		{"startOf(w)", say("今週の最初の日", "first day of this week")},
		{"startOf(mo)", say("今月の最初の日", "first day of this month")},
		{"startOf(y)", say("今年の最初の日", "first day of this year")},
		{"endOf(w)", say("今週の最後の日", "last day of this week")},
		{"endOf(mo)", say("今月の最後の日", "last day of this month")},
		{"endOf(y)", say("今年の最後の日", "last day of this year")},
		{"startOf(mo)-1mo", say("先月の最初の日", "first day of last month")},
		{"endOf(mo)-1mo", say("先月の最後の日", "last day of last month")},
	}
}

// date offers one date where it is found by its text or name; rank is that of
// one found by neither, which is a date made of what is typed.
func (p *prompt) date(text string, name schema.Words, rank int) {
	if found := p.rankOf(schema.Fold(text)); found != notFound {
		rank = found
	} else if name.JA != "" {
		if rank = p.nameRank(name); rank == notFound {
			return
		}
	}
	c := Candidate{Kind: DateCandidate, Label: text, Detail: p.dateDetail(text, name)}
	p.add(rank, p.put(c, p.element(text), 0))
}

func (p *prompt) dateDetail(text string, name schema.Words) schema.Words {
	v, ok := readDate(text)
	if !ok {
		return name
	}
	at, ok := p.calendar().describe(v)
	switch {
	case !ok || at == text:
		return name
	case name.JA == "":
		return say("%s", "%s", at)
	}
	return say("%[1]s（%[3]s）", "%[2]s (%[3]s)", name.JA, name.EN, at)
}

func (p *prompt) calendar() calendar {
	return calendar{now: p.env.Now, zone: p.env.Zone, weekStart: p.env.WeekStart}
}

// readDate reads one date value.
func readDate(text string) (Value, bool) {
	tokens, _, ok := tokensOf(text)
	if !ok {
		return Value{}, false
	}
	a := assembler{text: text, tokens: tokens, faults: &faults{}}
	v := a.readValue(token{})
	return v, v.Kind == DateValue && a.peek().kind == tokEnd
}

// describe is the day or the wall clock that a date comes to.
func (c calendar) describe(v Value) (string, bool) {
	span, ok := c.resolve(v)
	if !ok {
		return "", false
	}
	at := time.UnixMilli(span.Start).In(c.zone)
	if span.IsDay() {
		return at.Format(time.DateOnly), true
	}
	return strings.TrimSuffix(at.Format("2006-01-02 15:04:05.000"), ".000"), true
}

// fromDuration are the dates that a lone number or duration may be meant for.
func (p *prompt) fromDuration() []string {
	if p.part != inWord || len(p.typed) > maxAmountDigits || p.to != p.from+1 {
		return nil
	}
	switch t := p.tokens[p.from]; {
	case t.kind == tokNumber && strings.Trim(t.text, "0123456789") == "" && len(t.text) < 4:
		return []string{"now-" + t.text + "d", "now-" + t.text + "w", "now-" + t.text + "mo", "now-" + t.text + "y"}
	case t.kind == tokDuration && !t.bad:
		text := strings.Replace(t.text, " ", "", 1)
		return []string{"now-" + text, "now+" + text}
	}
	return nil
}

// amountOf is the English name of a unit behind a number.
func amountOf(amount string, u Unit) string {
	if amount == "1" {
		return strings.TrimSuffix(unitWords(u).EN, "s")
	}
	return unitWords(u).EN
}

// units offers the units of startOf and endOf.
func (p *prompt) units() {
	for _, u := range []Unit{Day, Week, Month, Year} {
		if rank := p.unitRank(u); rank != notFound {
			text := string(u)
			if p.next() != tokClose {
				text += ")"
			}
			p.add(rank, p.put(Candidate{Kind: UnitCandidate, Label: string(u), Detail: unitWords(u)}, text, 0))
		}
	}
}

func (p *prompt) unitRank(u Unit) int {
	if rank := p.rankOf(string(u)); rank != notFound {
		return rank
	}
	if known, ok := unitWord(p.typed); ok && known == u {
		return rankLastPart
	}
	return p.nameRank(unitWords(u))
}

// durations offers how far to move a date: units where the number is there,
// else some of both. Nothing is put around them: they touch their sign.
func (p *prompt) durations() {
	if p.part == inUnit {
		for _, u := range []Unit{Day, Week, Month, Year, Hour, Minute, Second} {
			if rank := p.unitRank(u); rank != notFound {
				p.add(rank, Candidate{Kind: UnitCandidate, Label: string(u), Insert: string(u), Detail: unitWords(u)})
			}
		}
		return
	}
	for _, d := range []string{"7d", "30d", "90d", "1w", "1mo", "3mo", "6mo", "1y", "1h"} {
		if rank := p.rankOf(d); rank != notFound {
			amount, unit := d[:len(strings.TrimRight(d, "dwmohy"))], Unit(strings.TrimLeft(d, "0123456789"))
			c := Candidate{Kind: UnitCandidate, Label: d, Insert: d}
			c.Detail = say("%[1]s %[2]s", "%[1]s %[3]s", amount, unitWords(unit).JA, amountOf(amount, unit))
			p.add(rank, c)
		}
	}
}
