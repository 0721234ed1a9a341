package dsl

import (
	"fmt"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// A dateShape is what looks like a date, well written or not, in its parts; ""
// where one is missing. Without an hour there is no time.
type dateShape struct {
	year, month, day, hour, minute, second, fraction string
	separators                                       [2]string // before the month and the day
	length                                           int       // of all of it
}

// maxDateRunes is longer than any date.
const maxDateRunes = 48

// shapeOfDate reads the shape at the beginning of a text: 2026-11-23, 2026/1/2,
// 2026年1月2日, each with 10:00, 10:00:30 or 10:00:30.5 behind a T or a space.
func shapeOfDate(text string) (d dateShape, ok bool) {
	r := shapeReader{text: text}
	d.year = r.digits(4, 4)
	d.separators[0] = r.oneOf("-", "/", "年", ".")
	d.month = r.digits(1, 2)
	d.separators[1] = r.oneOf("-", "/", "月", ".")
	d.day = r.digits(1, 2)
	if r.failed {
		return dateShape{}, false
	}
	r.optional("日")
	d.length = r.pos
	r.oneOf("T", "t", " ")
	d.hour = r.digits(1, 2)
	r.oneOf(":")
	d.minute = r.digits(2, 2)
	if r.failed {
		d.hour, d.minute = "", ""
		return d, true
	}
	d.length = r.pos
	r.oneOf(":")
	d.second = r.digits(2, 2)
	if r.failed {
		d.second = ""
		return d, true
	}
	d.length = r.pos
	r.oneOf(".")
	if fraction := r.digits(1, 9); !r.failed {
		d.fraction, d.length = "."+fraction, r.pos
	}
	return d, true
}

// A shapeReader goes through a text; once something else stands there than
// was asked for it has failed and reads nothing more.
type shapeReader struct {
	text   string
	pos    int
	failed bool
}

// digits reads as many as there are, at least and at most so many.
func (r *shapeReader) digits(least, most int) string {
	end := r.pos
	for end < len(r.text) && end-r.pos < most && isDigit(rune(r.text[end])) {
		end++
	}
	if r.failed = r.failed || end-r.pos < least; r.failed {
		return ""
	}
	start := r.pos
	r.pos = end
	return r.text[start:end]
}

func (r *shapeReader) oneOf(list ...string) string {
	for _, s := range list {
		if !r.failed && strings.HasPrefix(r.text[r.pos:], s) {
			r.pos += len(s)
			return s
		}
	}
	r.failed = true
	return ""
}

func (r *shapeReader) optional(s string) {
	if !r.failed && strings.HasPrefix(r.text[r.pos:], s) {
		r.pos += len(s)
	}
}

// offsetLength is the length of Z, +09:00 or +0900 at the beginning of a text.
func offsetLength(text string) int {
	r := shapeReader{text: text}
	if sign := r.oneOf("Z", "z", "+", "-"); sign == "+" || sign == "-" {
		r.digits(2, 2)
		r.optional(":")
		r.digits(2, 2)
	}
	if r.failed {
		return 0
	}
	return r.pos
}

// date reads what looks like a date; false when nothing does.
func (s *scanner) date() bool {
	window, ends := s.window()
	shape, ok := shapeOfDate(window)
	if !ok {
		return false
	}
	length := shape.length
	if shape.hour != "" { // 2026-11-23T10:00-30d has no offset
		if n := length + offsetLength(window[length:]); n == len(window) || !namePart('0', rune(window[n])) {
			length = n
		}
	}
	start, end := s.pos, s.pos+length
	if ends != nil {
		end = ends[length]
	}
	t := token{kind: tokDate, text: strings.ToUpper(window[:length]), at: Extent{start, end}}
	if r, _ := s.at(end); namePart('0', r) || shape.separators[0] != shape.separators[1] && shape.separators[0] != "年" {
		rest, after := s.run(end, namePart)
		t.text, t.at.End = t.text+rest, after
	}
	s.checkDate(&t, shape)
	s.emit(t)
	s.pos = t.at.End
	return true
}

// window is the folded text ahead that may belong to a date, "" where none
// begins, and the offset in the original text after each of its bytes, or nil
// where the two are the same.
func (s *scanner) window() (folded string, ends []int) {
	head, end := s.digits(s.pos)
	if r, _ := s.at(end); len(head) != 4 || !strings.ContainsRune("-/年.", r) {
		return "", nil
	}
	end = s.pos
	for end < len(s.text) && end-s.pos < maxDateRunes && ofDate(rune(s.text[end])) {
		end++
	}
	if end == len(s.text) || s.text[end] < 0x80 {
		return s.text[s.pos:end], nil
	}
	b := make([]byte, 0, maxDateRunes+8)
	ends = append(make([]int, 0, maxDateRunes+8), s.pos)
	for at := s.pos; len(b) < maxDateRunes; {
		r, n := s.at(at)
		if !ofDate(r) {
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

// ofDate reports whether a folded character can be part of a date.
func ofDate(r rune) bool {
	return isDigit(r) || isASCIILetter(r) || strings.ContainsRune("-+/.: 年月日", r)
}

// checkDate reports a date that is not one and offers its proper form.
func (s *scanner) checkDate(t *token, shape dateShape) {
	canonical := strings.Replace(t.text, " ", "T", 1)
	if _, ok := schema.ParseDate(canonical, time.UTC); ok {
		t.text = canonical
		return
	}
	t.bad = true
	wrong := fault{code: "bad_date", at: t.at, expected: []string{"2026-11-23", "2026-11-23T10:00", "2026-11-23T10:00+09:00"},
		message: say("「%s」は日付として読めません。2026-11-23 や 2026-11-23T10:00 の形で、実在する日付を書いてください。", "%s is no date; write one that exists, as 2026-11-23 or 2026-11-23T10:00", clip(t.text))}
	proper := fmt.Sprintf("%s-%02s-%02s", shape.year, shape.month, shape.day)
	if shape.hour != "" {
		proper += fmt.Sprintf("T%02s:%s", shape.hour, shape.minute)
		if shape.second != "" {
			proper += ":" + shape.second + shape.fraction
		}
	}
	if _, ok := schema.ParseDate(proper, time.UTC); ok {
		wrong.fixes = []change{replace(t.at, proper)}
	} else if day, ok := lastOfMonth(shape.year, shape.month, shape.day); ok {
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
