package schema

import (
	"regexp"
	"strings"
	"time"
)

// Dates are kept between the years 1 and 9999, in epoch milliseconds.
const (
	MinMillis = -62135596800000
	MaxMillis = 253402300799999
)

// A Span is a stretch of time in epoch milliseconds: Start belongs to it, End
// does not. A date without a time is its whole day; an instant is the one
// millisecond from Start to Start+1.
type Span struct {
	Start, End int64
}

// Instant is the span of one millisecond.
func Instant(millis int64) Span { return Span{millis, millis + 1} }

// IsDay reports whether the span is longer than an instant.
func (s Span) IsDay() bool { return s.End > s.Start+1 }

var isoDate = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$`)

// ParseDate reads ISO 8601: 2026-11-23 (the whole day in zone),
// 2026-11-23T10:00[:30[.5]] (wall clock in zone) and the same with Z or an
// offset. A space may stand for the T. Parts of a millisecond are cut off.
// A date that does not exist (30 February) is refused; a wall clock that a
// change to summer time skips is the instant as long after midnight.
func ParseDate(text string, zone *time.Location) (Span, bool) {
	m := isoDate.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(text)))
	if m == nil {
		return Span{}, false
	}
	year, month, day := atoi(m[1]), time.Month(atoi(m[2])), atoi(m[3])
	if t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC); t.Month() != month || t.Day() != day || year == 0 {
		return Span{}, false
	}
	if m[4] == "" {
		return Day(year, month, day, zone), true
	}
	hour, minute, second := atoi(m[4]), atoi(m[5]), atoi(m[6])
	if hour > 23 || minute > 59 || second > 59 {
		return Span{}, false
	}
	if m[8] != "" {
		offset, ok := parseOffset(m[8])
		if !ok {
			return Span{}, false
		}
		zone = time.FixedZone(m[8], offset)
	}
	millis := atoi((m[7] + "000")[:3])
	t := time.Date(year, month, day, hour, minute, second, millis*int(time.Millisecond), zone)
	return Instant(t.UnixMilli()), true
}

// Day is a calendar day in a zone, from its first instant to the next day's.
func Day(year int, month time.Month, day int, zone *time.Location) Span {
	return Span{dayStart(year, month, day, zone), dayStart(year, month, day+1, zone)}
}

// dayStart is the first instant of a day, also where summer time begins at
// midnight and 00:00 does not exist.
func dayStart(year int, month time.Month, day int, zone *time.Location) int64 {
	t := time.Date(year, month, day, 0, 0, 0, 0, zone)
	want := time.Date(year, month, day, 12, 0, 0, 0, zone).Day()
	for t.Day() != want { // 23:00 of the day before: go on to the first minute of this one
		t = t.Add(15 * time.Minute)
	}
	return t.UnixMilli()
}

func parseOffset(s string) (seconds int, ok bool) {
	if s == "Z" {
		return 0, true
	}
	digits := strings.Replace(s[1:], ":", "", 1)
	hours, minutes := atoi(digits[:2]), atoi(digits[2:])
	if hours > 23 || minutes > 59 {
		return 0, false
	}
	seconds = hours*3600 + minutes*60
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

// atoi reads a few digits that a pattern has already checked; "" is 0.
func atoi(digits string) int {
	n := 0
	for _, d := range []byte(digits) {
		n = n*10 + int(d-'0')
	}
	return n
}
