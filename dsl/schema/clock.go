package schema

import "time"

// WallClock is the instant at which the clocks of a zone show the date and
// time of wall, whose own zone is not looked at. Where a change of the clocks
// skips that time, it is the one as much later as the clocks were put forward
// (02:30 becomes 03:30); where it occurs twice, the first.
func WallClock(wall time.Time, zone *time.Location) time.Time {
	year, month, day := wall.Date()
	hour, minute, second := wall.Clock()
	seconds := time.Date(year, month, day, hour, minute, second, 0, time.UTC).Unix()
	before, after := offsetAt(seconds-86400, zone), offsetAt(seconds+86400, zone)
	at := seconds - before
	if before != after && offsetAt(at, zone) != before && offsetAt(seconds-after, zone) == after {
		at = seconds - after
	}
	return time.Unix(at, int64(wall.Nanosecond())).In(zone)
}

// offsetAt is how many seconds a zone is east of UTC.
func offsetAt(unix int64, zone *time.Location) int64 {
	_, offset := time.Unix(unix, 0).In(zone).Zone()
	return int64(offset)
}

// Day is a calendar day in a zone, from its first instant to the next day's.
func Day(year int, month time.Month, day int, zone *time.Location) Span {
	return Span{dayStart(year, month, day, zone), dayStart(year, month, day+1, zone)}
}

// dayStart is the first instant of a day, also where midnight is skipped, be
// it by a change that begins before, or occurs twice.
func dayStart(year int, month time.Month, day int, zone *time.Location) int64 {
	midnight := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	t := WallClock(midnight, zone)
	const step = 15 * time.Minute
	for before := t.Add(-step); !dateBefore(before, midnight); before = t.Add(-step) {
		t = before
	}
	return t.UnixMilli()
}

// dateBefore reports whether t shows an earlier date than midnight, in UTC, has.
func dateBefore(t, midnight time.Time) bool {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Before(midnight)
}
