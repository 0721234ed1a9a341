package dsl

import (
	"fmt"
	"strings"
)

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
