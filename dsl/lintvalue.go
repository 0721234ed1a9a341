package dsl

import (
	"strconv"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// values tells of values that are there twice and of numbers that are hardly
// the dates that they stand for.
func (l *linter) values(leaves []leaf) {
	for _, one := range leaves {
		p, ok := one.Node.(*Pred)
		if !ok || l.wrong(p.At) {
			continue
		}
		if p.List {
			l.repeated(p)
		}
		if field, _, ok := l.fieldAt(p); ok && field.Kind == schema.Date {
			for _, v := range p.Values {
				l.doubtfulDate(v)
			}
		}
	}
}

// maxRepeated bounds the edits of one fix.
const maxRepeated = 500

// repeated tells of values of a list that compare the same as one before.
func (l *linter) repeated(p *Pred) {
	if l.listed -= len(p.Values); l.listed < 0 {
		return
	}
	seen := make(map[string]bool, len(p.Values))
	var again []int
	for i, v := range p.Values {
		key := valueKey(v)
		if seen[key] {
			again = append(again, i)
		}
		seen[key] = true
	}
	if len(again) == 0 {
		return
	}
	first := p.Values[again[0]]
	one := fault{code: "repeated_value", warning: true, at: first.At,
		message: say("%[1]s はこのリストにもうあります（重複は全部で %[2]d 個）。", "%[1]s is in the list already (repetitions in all: %[2]d)", l.shown(first.At), len(again))}
	if len(again) <= maxRepeated {
		one.fixes = []change{replaceAll(say("重複を取り除く", "remove the repetitions"), l.dropped(p, again)...)}
	}
	l.found.add(one)
}

// valueKey is the same for values that compare the same; with phone numbers
// and dates it does not find all that do.
func valueKey(v Value) string {
	switch v.Kind {
	case StringValue:
		return `"` + schema.Fold(v.Text)
	case NumberValue:
		if n, ok := parseNumber(v.Text); ok {
			return schema.FormatNumber(n + 0) // -0 and 0 are one number
		}
	}
	return valueText(v)
}

// dropped takes values out of a list, each with the comma before it; none is
// the first. A comment between stays, and then so does the line.
func (l *linter) dropped(p *Pred, values []int) []replacement {
	var edits []replacement
	for _, i := range values {
		before, v := p.Values[i-1].At.End, p.Values[i].At
		between := l.text[before:v.Start]
		if !strings.ContainsFunc(between, func(r rune) bool { return foldRune(r) == '#' }) {
			edits = append(edits, replacement{Extent{before, v.End}, ""})
			continue
		}
		at := before + strings.IndexFunc(between, func(r rune) bool { return foldRune(r) == ',' })
		_, n := runeAt(l.text, at)
		edits = append(edits, replacement{Extent{at, at + n}, ""}, replacement{v, ""})
	}
	return edits
}

// doubtfulDate tells of a bare number that is milliseconds of 1970, or that
// reads as the digits of a date: 20261123. Ten digits are an error already.
func (l *linter) doubtfulDate(v Value) {
	if v.Kind != NumberValue {
		return
	}
	n, err := strconv.ParseInt(v.Text, 10, 64)
	if err != nil || n <= 0 {
		return
	}
	at := time.UnixMilli(n).In(l.zone)
	meant, ok := meantDate(v.Text, n)
	if !ok && at.Year() > 1970 {
		return
	}
	one := fault{code: "doubtful_date", warning: true, at: v.At,
		message: say("%[1]s は 1970 年からのミリ秒として読まれ、%[2]s になります。", "%[1]s is read as milliseconds since 1970, which is %[2]s", v.Text, at.Format(time.RFC3339))}
	if ok {
		one.expected = []string{meant}
		one.fixes = []change{replace(v.At, meant)}
	}
	l.found.add(one)
}

// meantDate is what a number of milliseconds was probably meant for: a date
// written in digits alone, with or without the time, or nine digits of
// seconds.
func meantDate(digits string, n int64) (string, bool) {
	for _, form := range []struct{ digits, date string }{
		{"20060102", time.DateOnly},
		{"20060102150405", "2006-01-02T15:04:05"},
	} {
		if t, err := time.Parse(form.digits, digits); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			return t.Format(form.date), true
		}
	}
	if len(digits) == 9 {
		return strconv.FormatInt(n*1000, 10), true
	}
	return "", false
}
