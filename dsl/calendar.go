package dsl

import (
	"time"

	"meibo/dsl/schema"
)

// A calendar resolves dates: it knows now, the zone that says when days begin,
// and the first day of the week.
type calendar struct {
	now       time.Time
	zone      *time.Location
	weekStart time.Weekday
}

// A moment is a calendar day or an instant.
type moment struct {
	day bool
	at  time.Time // a day: midnight UTC of its date; an instant: in the calendar's zone
}

func (m moment) span(zone *time.Location) schema.Span {
	if m.day {
		return schema.Day(m.at.Year(), m.at.Month(), m.at.Day(), zone)
	}
	return schema.Instant(m.at.UnixMilli())
}

func civil(year int, month time.Month, day int) moment {
	return moment{day: true, at: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// today is the day of now in the zone.
func (c calendar) today() moment {
	return civil(c.now.In(c.zone).Date())
}

// resolve works out a date value; false when it lies outside the years 1 to 9999.
func (c calendar) resolve(v Value) (schema.Span, bool) {
	m := c.base(v)
	for _, s := range v.Shifts {
		if m = c.shift(m, s); !inYears(m.at) {
			return schema.Span{}, false
		}
	}
	return m.span(c.zone), inYears(m.at)
}

func inYears(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

func (c calendar) base(v Value) moment {
	switch v.Text {
	case "now":
		return moment{at: c.now.In(c.zone)}
	case "today":
		return c.today()
	case "yesterday":
		return c.shift(c.today(), Shift{-1, Day})
	case "tomorrow":
		return c.shift(c.today(), Shift{1, Day})
	case "startOf":
		return c.startOf(v.Unit)
	case "endOf":
		return c.shift(c.shift(c.startOf(v.Unit), Shift{1, v.Unit}), Shift{-1, Day})
	}
	if len(v.Text) == len(time.DateOnly) {
		span, _ := schema.ParseDate(v.Text, time.UTC) // the scanner took no other
		return moment{day: true, at: time.UnixMilli(span.Start).UTC()}
	}
	span, _ := schema.ParseDate(v.Text, c.zone)
	return moment{at: time.UnixMilli(span.Start).In(c.zone)}
}

// startOf is the first day of the unit that today lies in.
func (c calendar) startOf(u Unit) moment {
	today := c.today()
	year, month, day := today.at.Date()
	switch u {
	case Week:
		return civil(year, month, day-int(today.at.Weekday()-c.weekStart+7)%7)
	case Month:
		return civil(year, month, 1)
	case Year:
		return civil(year, time.January, 1)
	}
	return today
}

// shift moves a moment. Calendar units move the date and keep a day a day and
// an instant its wall clock (see schema.WallClock for one that is skipped);
// hours, minutes and seconds are exact and count from the beginning of a day.
func (c calendar) shift(m moment, s Shift) moment {
	year, month, day := m.at.Date()
	switch s.Unit {
	case Day:
		day += s.Amount
	case Week:
		day += 7 * s.Amount
	case Month, Year:
		n := s.Amount
		if s.Unit == Year {
			n *= 12
		}
		first := time.Date(year, month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
		year, month = first.Year(), first.Month()
		day = min(day, first.AddDate(0, 1, -1).Day())
	default:
		return moment{at: time.UnixMilli(m.span(c.zone).Start + int64(s.Amount)*s.Unit.millis()).In(c.zone)}
	}
	if m.day {
		return civil(year, month, day)
	}
	hour, minute, second := m.at.Clock()
	return moment{at: schema.WallClock(time.Date(year, month, day, hour, minute, second, m.at.Nanosecond(), time.UTC), c.zone)}
}
