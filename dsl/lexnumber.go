package dsl

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// dateShape is what looks like a date, well written or not. The offset is
// tried apart: 2026-11-23T10:00-30d has none.
var (
	dateShape   = regexp.MustCompile(`^(\d{4})([-/年.])(\d{1,2})([-/月.])(\d{1,2})日?(?:[Tt ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?)?`)
	offsetShape = regexp.MustCompile(`^(?:[Zz]|[+-]\d{2}:?\d{2})`)
)

// maxDateRunes is longer than any date.
const maxDateRunes = 48

func (s *scanner) number() {
	if s.date() {
		return
	}
	start := s.pos
	text, end := s.digits(start)
	whole := true
	if r, n := s.at(end); r == '.' {
		if fraction, after := s.digits(end + n); fraction != "" {
			text, end, whole = text+"."+fraction, after, false
		}
	}
	if exponent, after := s.exponent(end); exponent != "" {
		text, end, whole = text+exponent, after, false
	}
	unit, after := s.run(end, namePart)
	if unit == "" {
		s.one(tokNumber, text, end-start)
		return
	}
	t := token{kind: tokDuration, text: text + unit, at: Extent{start, after}}
	s.duration(&t, text, unit, Extent{end, after}, whole)
	s.emit(t)
	s.pos = after
}

func (s *scanner) digits(from int) (string, int) {
	return s.run(from, func(_, r rune) bool { return isDigit(r) })
}

// exponent reads e10 or e-3 when digits follow.
func (s *scanner) exponent(from int) (string, int) {
	r, n := s.at(from)
	if r != 'e' && r != 'E' {
		return "", from
	}
	at, sign := from+n, ""
	if r, n := s.at(at); r == '-' || r == '+' {
		at += n
		if r == '-' {
			sign = "-"
		}
	}
	digits, end := s.digits(at)
	if digits == "" {
		return "", from
	}
	if r, _ := s.at(end); namePart('0', r) {
		return "", from
	}
	return "e" + sign + digits, end
}

// date reads what looks like a date; false when nothing does.
func (s *scanner) date() bool {
	window, ends := s.window()
	shape := dateShape.FindStringSubmatch(window)
	if shape == nil {
		return false
	}
	length := len(shape[0])
	if shape[6] != "" {
		offset := offsetShape.FindString(window[length:])
		if n := length + len(offset); n == len(window) || !namePart('0', rune(window[n])) {
			length = n
		}
	}
	start, end := s.pos, ends[length]
	t := token{kind: tokDate, text: strings.ToUpper(window[:length]), at: Extent{start, end}}
	if r, _ := s.at(end); namePart('0', r) || shape[2] != shape[4] && shape[2] != "年" {
		rest, after := s.run(end, namePart)
		t.text, t.at.End = t.text+rest, after
	}
	s.checkDate(&t, shape)
	s.emit(t)
	s.pos = t.at.End
	return true
}

// window is the folded text ahead that may belong to a date, and the offset in
// the original text after each of its bytes.
func (s *scanner) window() (string, []int) {
	head, end := s.digits(s.pos)
	if r, _ := s.at(end); len(head) != 4 || !strings.ContainsRune("-/年.", r) {
		return "", nil
	}
	b := make([]byte, 0, maxDateRunes+8)
	ends := append(make([]int, 0, maxDateRunes+8), s.pos)
	for at := s.pos; len(b) < maxDateRunes; {
		r, n := s.at(at)
		if !isDigit(r) && !isASCIILetter(r) && !strings.ContainsRune("-+/.: 年月日", r) || r == 0 {
			break
		}
		at += n
		before := len(b)
		b = append(b, string(r)...)
		for range len(b) - before {
			ends = append(ends, at)
		}
	}
	return string(b), ends
}

// checkDate reports a date that is not one and offers its proper form.
func (s *scanner) checkDate(t *token, shape []string) {
	canonical := strings.Replace(t.text, " ", "T", 1)
	if _, ok := schema.ParseDate(canonical, time.UTC); ok {
		t.text = canonical
		return
	}
	t.bad = true
	wrong := fault{code: "bad_date", at: t.at, expected: []string{"2026-11-23", "2026-11-23T10:00", "2026-11-23T10:00+09:00"},
		message: say("「%s」は日付として読めません。2026-11-23 や 2026-11-23T10:00 の形で、実在する日付を書いてください。", "%s is no date; write one that exists, as 2026-11-23 or 2026-11-23T10:00", clip(t.text))}
	proper := fmt.Sprintf("%s-%02s-%02s", shape[1], shape[3], shape[5])
	if shape[6] != "" {
		proper += fmt.Sprintf("T%02s:%s", shape[6], shape[7])
		if shape[8] != "" {
			proper += ":" + shape[8] + shape[9]
		}
	}
	if _, ok := schema.ParseDate(proper, time.UTC); ok {
		wrong.fixes = []change{replace(t.at, proper)}
	} else if day, ok := lastOfMonth(shape[1], shape[3], shape[5]); ok {
		wrong.fixes = []change{replace(t.at, day)}
	}
	s.faults.add(wrong)
}

// lastOfMonth is what 2026-02-30 probably meant.
func lastOfMonth(year, month, day string) (string, bool) {
	first, err := time.Parse("2006-1-2", year+"-"+month+"-1")
	if err != nil || day < "29" || day > "31" {
		return "", false
	}
	return first.AddDate(0, 1, -1).Format(time.DateOnly), true
}

// unitWords are what people write for a unit.
func unitWord(word string) (Unit, bool) {
	switch strings.ToLower(word) {
	case "s", "sec", "secs", "second", "seconds", "秒", "秒間":
		return Second, true
	case "min", "mins", "minute", "minutes", "分", "分間":
		return Minute, true
	case "h", "hr", "hrs", "hour", "hours", "時間":
		return Hour, true
	case "d", "day", "days", "日", "日間":
		return Day, true
	case "w", "wk", "wks", "week", "weeks", "週", "週間":
		return Week, true
	case "mo", "mon", "mos", "month", "months", "月", "か月", "ヶ月", "カ月", "ヵ月", "か月間", "ヶ月間":
		return Month, true
	case "y", "yr", "yrs", "year", "years", "年", "年間":
		return Year, true
	}
	return "", false
}

func units() []string { return []string{"s", "min", "h", "d", "w", "mo", "y"} }

// maxAmount is the most that a shift can count: nine digits.
const maxAmountDigits = 9

// duration checks 30d; text becomes "30 d" with the unit in its one spelling.
func (s *scanner) duration(t *token, amount, unit string, at Extent, whole bool) {
	if relative(s, t, amount, unit) {
		return
	}
	known, ok := unitWord(unit)
	exact := ok && strings.EqualFold(unit, string(known))
	switch {
	case exact && whole && len(amount) <= maxAmountDigits:
		t.text = amount + " " + string(known)
		return
	case exact:
		s.faults.add(fault{code: "bad_duration", at: t.at, expected: []string{"30d", "2mo"},
			message: say("期間は %d 桁までの整数に単位を付けて書きます。", "a duration is a whole number of at most %d digits and a unit", maxAmountDigits),
			fixes:   shorter(t.at, amount, known)})
	case strings.EqualFold(unit, "m"):
		s.faults.add(fault{code: "ambiguous_unit", at: at, expected: []string{"min", "mo"},
			message: say("m だけでは分か月か分かりません。分は min、月は mo です。", "m alone could be minutes or months; write min or mo"),
			fixes:   []change{replace(at, "min"), replace(at, "mo")}})
	default:
		wrong := fault{code: "unknown_unit", at: at, expected: units(),
			message: say("「%s」という単位はありません。s、min、h、d、w、mo、y のどれかです。", "%s is no unit; it is one of s, min, h, d, w, mo, y", clip(unit))}
		if ok {
			wrong.fixes = []change{replace(at, string(known))}
		}
		s.faults.add(wrong)
	}
	t.bad = true
}

// relative reports 30日前, which is now-30d.
func relative(s *scanner, t *token, amount, unit string) bool {
	base, sign := strings.TrimSuffix(unit, "前"), "-"
	if base == unit {
		base, sign = strings.TrimSuffix(unit, "後"), "+"
	}
	known, ok := unitWord(base)
	if base == unit || !ok {
		return false
	}
	t.bad = true
	s.faults.add(loneDurationFault(t.at, amount+string(known), "now"+sign+amount+string(known)))
	return true
}

// shorter says 1.5h as 90min.
func shorter(at Extent, amount string, unit Unit) []change {
	parts := map[Unit]struct {
		of   float64
		unit Unit
	}{Minute: {60, Second}, Hour: {60, Minute}, Day: {24, Hour}, Week: {7, Day}, Year: {12, Month}}
	part, ok := parts[unit]
	var n float64
	if _, err := fmt.Sscan(amount, &n); err != nil || !ok {
		return nil
	}
	if n *= part.of; n != float64(int(n)) || n > 1e8 {
		return nil
	}
	return []change{replace(at, fmt.Sprintf("%d%s", int(n), part.unit))}
}
