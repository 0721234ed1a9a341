package service

import (
	"fmt"
	"strings"
)

// readClock reads what stands behind the day: nothing, a weekday, a time of
// day with or without seconds, and a zone. kanji allows the time to follow
// without a space. It gives the form of ISO 8601.
func readClock(s string, kanji bool) (string, bool) {
	s = cutWeekday(s)
	if s == "" {
		return "", true
	}
	rest := strings.TrimPrefix(s, "t")
	if rest == s {
		if rest = strings.TrimPrefix(s, " "); rest == s && !kanji {
			return "", false
		}
	}
	half, rest := cutHalf(rest)
	hour, minute, second, rest, ok := readTime(rest)
	if !ok {
		return "", false
	}
	if half == "" {
		half, rest = cutHalf(strings.TrimPrefix(rest, " "))
	}
	if half != "" {
		if hour > 12 {
			return "", false
		}
		if hour %= 12; half == "pm" {
			hour += 12
		}
	}
	offset, ok := readOffset(strings.TrimPrefix(rest, " "))
	if !ok || hour > 23 || minute > 59 {
		return "", false
	}
	return fmt.Sprintf("T%02d:%02d:%s%s", hour, minute, second, offset), true
}

// cutWeekday takes (月) or (月曜日) away.
func cutWeekday(s string) string {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(s, " "), "(")
	if !ok {
		return s
	}
	for _, day := range []string{"月", "火", "水", "木", "金", "土", "日"} {
		if inside, ok := strings.CutPrefix(rest, day); ok {
			inside = strings.TrimPrefix(strings.TrimPrefix(inside, "曜"), "日")
			if behind, ok := strings.CutPrefix(inside, ")"); ok {
				return behind
			}
		}
	}
	return s
}

func cutHalf(s string) (half, rest string) {
	for _, h := range [...]struct{ word, half string }{{"午前", "am"}, {"午後", "pm"}, {"am", "am"}, {"pm", "pm"}, {"a.m.", "am"}, {"p.m.", "pm"}} {
		if rest, ok := strings.CutPrefix(s, h.word); ok {
			return h.half, strings.TrimPrefix(rest, " ")
		}
	}
	return "", s
}

// readTime reads 9:05, 10:00:05.250, 10時, 10時5分 and 10時5分30秒.
func readTime(s string) (hour, minute int, second, rest string, ok bool) {
	second = "00"
	hour, n := leadingNumber(s)
	if n == 0 || n > 2 {
		return 0, 0, "", s, false
	}
	if kanji, found := strings.CutPrefix(s[n:], "時"); found {
		return readKanjiTime(hour, kanji)
	}
	colon, found := strings.CutPrefix(s[n:], ":")
	minute, n = leadingNumber(colon)
	if !found || n != 2 {
		return 0, 0, "", s, false
	}
	rest = colon[n:]
	if colon, found = strings.CutPrefix(rest, ":"); found {
		seconds, n := leadingNumber(colon)
		if n != 2 || seconds > 59 {
			return 0, 0, "", s, false
		}
		second, rest = colon[:n], colon[n:]
		if fraction, found := strings.CutPrefix(rest, "."); found {
			_, n := leadingNumber(fraction)
			if n == 0 {
				return 0, 0, "", s, false
			}
			second, rest = second+"."+fraction[:n], fraction[n:]
		}
	}
	return hour, minute, second, rest, true
}

func readKanjiTime(hour int, s string) (int, int, string, string, bool) {
	parts := [2]int{}
	for i, unit := range []string{"分", "秒"} {
		n, length := leadingNumber(s)
		if length == 0 {
			break
		}
		rest, found := strings.CutPrefix(s[length:], unit)
		if !found || n > 59 {
			return 0, 0, "", s, false
		}
		parts[i], s = n, rest
	}
	return hour, parts[0], fmt.Sprintf("%02d", parts[1]), s, true
}

// readOffset reads Z, UTC, GMT, JST, KST, +09:00, +0900 and UTC+9 as an
// offset; nothing is the zone of the import.
func readOffset(s string) (string, bool) {
	switch s {
	case "":
		return "", true
	case "z", "utc", "gmt":
		return "Z", true
	case "jst", "kst":
		return "+09:00", true
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "utc"), "gmt")
	if s == "" || s[0] != '+' && s[0] != '-' {
		return "", false
	}
	hours, n := leadingNumber(s[1:])
	rest, minutes := s[1+n:], 0
	switch {
	case n == 4 && rest == "":
		hours, minutes = hours/100, hours%100
	case n != 1 && n != 2:
		return "", false
	case rest != "":
		colon, found := strings.CutPrefix(rest, ":")
		if minutes, n = leadingNumber(colon); !found || n != 2 || len(colon) != 2 {
			return "", false
		}
	}
	if hours > 14 || minutes > 59 {
		return "", false
	}
	return fmt.Sprintf("%c%02d:%02d", s[0], hours, minutes), true
}
