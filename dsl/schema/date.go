package schema

import (
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

// IsDay reports whether the span is a day rather than an instant. A day that a
// zone left out (30 December 2011 in Samoa) is empty.
func (s Span) IsDay() bool { return s.End != s.Start+1 }

// ParseDate reads ISO 8601: 2026-11-23 (the whole day in zone),
// 2026-11-23T10:00[:30[.5]] (wall clock in zone, see WallClock) and the same
// with Z or an offset. A space may stand for the T. Parts of a millisecond are
// cut off. A date that does not exist (30 February) is refused.
func ParseDate(text string, zone *time.Location) (Span, bool) {
	c := cursor{rest: strings.ToUpper(strings.TrimSpace(text)), ok: true}
	year, month, day := c.date()
	if !c.ok {
		return Span{}, false
	}
	if c.rest == "" {
		return Day(year, month, day, zone), true
	}
	c.one("T ")
	hour, minute, second, nanos := c.clock()
	if offset, ok := c.offset(); ok {
		zone = time.FixedZone("", offset)
	}
	if !c.ok || c.rest != "" {
		return Span{}, false
	}
	return Instant(WallClock(time.Date(year, month, day, hour, minute, second, nanos, time.UTC), zone).UnixMilli()), true
}

// A cursor reads a text from its beginning. ok is false once something else
// stood there than was asked for.
type cursor struct {
	rest string
	ok   bool
}

// date reads 2026-11-23, a date that exists.
func (c *cursor) date() (year int, month time.Month, day int) {
	year = c.number(4)
	c.one("-")
	month = time.Month(c.number(2))
	c.one("-")
	day = c.number(2)
	c.ok = c.ok && year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
	return year, month, day
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// clock reads 10:00, 10:00:30 and 10:00:30.123.
func (c *cursor) clock() (hour, minute, second, nanos int) {
	hour = c.number(2)
	c.one(":")
	minute = c.number(2)
	if c.at(":") {
		c.one(":")
		second = c.number(2)
		if c.at(".,") {
			c.one(".,")
			nanos = c.fraction()
		}
	}
	c.ok = c.ok && hour < 24 && minute < 60 && second < 60
	return hour, minute, second, nanos
}

// fraction reads one to nine digits as nanoseconds.
func (c *cursor) fraction() int {
	digits := 0
	for digits < len(c.rest) && digits < 9 && isDigit(c.rest[digits]) {
		digits++
	}
	n := c.number(max(digits, 1))
	for range 9 - digits {
		n *= 10
	}
	return n
}

// offset reads Z, +09:00 and +0900 as seconds; false when none is there.
func (c *cursor) offset() (seconds int, found bool) {
	switch {
	case c.at("Z"):
		c.one("Z")
		return 0, true
	case !c.at("+-"):
		return 0, false
	}
	sign := 1
	if c.at("-") {
		sign = -1
	}
	c.one("+-")
	hours := c.number(2)
	if c.at(":") {
		c.one(":")
	}
	minutes := c.number(2)
	c.ok = c.ok && hours < 24 && minutes < 60
	return sign * (hours*3600 + minutes*60), true
}

// number reads exactly so many digits.
func (c *cursor) number(digits int) int {
	if len(c.rest) < digits {
		c.ok = false
		return 0
	}
	n := 0
	for i := range digits {
		if !isDigit(c.rest[i]) {
			c.ok = false
			return 0
		}
		n = n*10 + int(c.rest[i]-'0')
	}
	c.rest = c.rest[digits:]
	return n
}

// at reports whether one of the characters, all ASCII, comes next.
func (c *cursor) at(chars string) bool {
	return c.rest != "" && strings.IndexByte(chars, c.rest[0]) >= 0
}

func (c *cursor) one(chars string) {
	if !c.at(chars) {
		c.ok = false
		return
	}
	c.rest = c.rest[1:]
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
