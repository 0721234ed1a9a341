package schema

import (
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func millis(t *testing.T, rfc3339 string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

func TestParseDate(t *testing.T) {
	tokyo := zone(t, "Asia/Tokyo")
	instants := []struct{ in, want string }{
		{"2026-11-23T10:00", "2026-11-23T10:00:00+09:00"},
		{"2026-11-23T10:00:30", "2026-11-23T10:00:30+09:00"},
		{"2026-11-23 10:00:30", "2026-11-23T10:00:30+09:00"},
		{"2026-11-23T10:00:30.5", "2026-11-23T10:00:30.5+09:00"},
		{"2026-11-23T10:00:30,25", "2026-11-23T10:00:30.25+09:00"},
		{"2026-11-23T10:00:30.123456789", "2026-11-23T10:00:30.123+09:00"},
		{"2026-11-23T23:59:59.999", "2026-11-23T14:59:59.999Z"},
		{"2026-11-23T10:00Z", "2026-11-23T10:00:00Z"},
		{"2026-11-23t10:00z", "2026-11-23T10:00:00Z"},
		{"2026-11-23T10:00:00+05:30", "2026-11-23T04:30:00Z"},
		{"2026-11-23T10:00:00-0800", "2026-11-23T18:00:00Z"},
		{" 2026-11-23T10:00 ", "2026-11-23T10:00:00+09:00"},
		{"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
	}
	for _, test := range instants {
		got, ok := ParseDate(test.in, tokyo)
		if want := Instant(millis(t, test.want)); !ok || got != want || got.IsDay() {
			t.Errorf("ParseDate(%q) = %v, %v, want %v", test.in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "2026", "2026-11", "2026-1-2", "2026/11/23", "20261123", "2026-13-01", "2026-00-10", "2026-02-29", "2026-11-31", "2026-11-00", "0000-01-01",
		"2026-11-23T", "2026-11-23T24:00", "2026-11-23T10:60", "2026-11-23T10:00:60", "2026-11-23T1:00", "2026-11-23T10", "2026-11-23Z", "2026-11-23T10:00+24:00",
		"2026-11-23T10:00+09:60", "2026-11-23T10:00+9", "2026-11-23T10:00 JST", "x2026-11-23", "1763823600000", "２０２６-11-23", "10000-01-01",
	} {
		if got, ok := ParseDate(in, tokyo); ok {
			t.Errorf("ParseDate(%q) = %v", in, got)
		}
	}
}

func TestDaysAreWhole(t *testing.T) {
	tests := []struct{ zone, in, start, end string }{
		{"Asia/Tokyo", "2026-11-23", "2026-11-22T15:00:00Z", "2026-11-23T15:00:00Z"},
		{"UTC", "2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
		{"Asia/Tokyo", "2026-12-31", "2026-12-30T15:00:00Z", "2026-12-31T15:00:00Z"},
		{"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},  // 23 hours
		{"America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},  // 25 hours
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"}, // begins at 01:00
		{"America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"Asia/Amman", "2021-10-29", "2021-10-28T21:00:00Z", "2021-10-29T22:00:00Z"},      // midnight occurs twice
		{"Asia/Amman", "2021-10-28", "2021-10-27T21:00:00Z", "2021-10-28T21:00:00Z"},      // and not on this day
		{"America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z", "1919-04-01T04:00:00Z"}, // at 23:30 of the day before it was 00:30
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},    // a day that was left out
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
	}
	for _, test := range tests {
		got, ok := ParseDate(test.in, zone(t, test.zone))
		if want := (Span{millis(t, test.start), millis(t, test.end)}); !ok || got != want || !got.IsDay() {
			t.Errorf("%s in %s: %v, %v, want %v", test.in, test.zone, got, ok, want)
		}
	}
}

// Days follow one another without gap, also where the clock is changed.
func TestDaysFollowOneAnother(t *testing.T) {
	for _, name := range []string{"Asia/Tokyo", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana"} {
		z := zone(t, name)
		for i := range 366 * 25 {
			day, next := Day(2000, 1, 1+i, z), Day(2000, 1, 2+i, z)
			if day.End != next.Start || day.Start > day.End {
				t.Fatalf("%s, day %d of 2000: ends at %d, the next begins at %d", name, i, day.End, next.Start)
			}
		}
	}
}

// A wall clock that is skipped goes on as long, one that occurs twice is the
// first: on every side of the world.
func TestWallClocks(t *testing.T) {
	for _, test := range []struct{ zone, in, want string }{
		{"America/New_York", "2026-03-08T01:59", "2026-03-08T06:59:00Z"},
		{"America/New_York", "2026-03-08T02:00", "2026-03-08T07:00:00Z"}, // 03:00
		{"America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00Z"}, // 03:30
		{"America/New_York", "2026-03-08T03:00", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01T00:59", "2026-11-01T04:59:00Z"},
		{"America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"}, // the first of two
		{"America/New_York", "2026-11-01T02:00", "2026-11-01T07:00:00Z"},
		{"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z"},       // 03:30
		{"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"},       // the first of two
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z"}, // half an hour is skipped: 02:45
		{"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"},
		{"Asia/Tokyo", "2026-11-23T10:00", "2026-11-23T01:00:00Z"},
		{"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z"}, // noon of the next day
	} {
		got, ok := ParseDate(test.in, zone(t, test.zone))
		if want := Instant(millis(t, test.want)); !ok || got != want {
			t.Errorf("%s in %s is %s, want %s", test.in, test.zone, time.UnixMilli(got.Start).UTC().Format(time.RFC3339), test.want)
		}
	}
}
