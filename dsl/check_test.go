package dsl

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// millis is an instant in Tokyo, worked out by the standard library alone.
func millis(t *testing.T, wall string) float64 {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05.000", wall, tokyo(t))
	if err != nil {
		t.Fatal(err)
	}
	return float64(at.UnixMilli())
}

var lowest, highest = math.Inf(-1), math.Inf(1)

func dates(low, high float64, lowOpen, highOpen bool) expr.Expr {
	return expr.Range{Field: "lastSeenAt", Kind: schema.Date, Min: low, Max: high, MinOpen: lowOpen, MaxOpen: highOpen}
}

// checked is the expression before it is simplified.
func checked(t *testing.T, text string, env Env) expr.Expr {
	t.Helper()
	compiled, list := newCompiler(env).compile(text)
	if HasErrors(list) {
		t.Fatalf("%s\n%s", text, codes(list))
	}
	return compiled.Expr
}

// TestDays: the 23rd of November 2026 is a Monday, now is noon in Tokyo.
func TestDays(t *testing.T) {
	day, next := millis(t, "2026-11-23 00:00:00.000"), millis(t, "2026-11-24 00:00:00.000")
	noon := millis(t, "2026-11-23 12:00:00.000")
	at := func(wall string) float64 { return millis(t, wall) }
	for _, test := range []struct {
		text string
		want expr.Expr
	}{
		{`lastSeenAt = 2026-11-23`, dates(day, next, false, true)},
		{`lastSeenAt > 2026-11-23`, dates(next, highest, false, false)},
		{`lastSeenAt >= 2026-11-23`, dates(day, highest, false, false)},
		{`lastSeenAt < 2026-11-23`, dates(lowest, day, false, true)},
		{`lastSeenAt <= 2026-11-23`, dates(lowest, next, false, true)},
		{`lastSeenAt BETWEEN 2026-11-22 AND 2026-11-23`, dates(at("2026-11-22 00:00:00.000"), next, false, true)},
		{`lastSeenAt BETWEEN 2026-11-23 AND now`, dates(day, noon, false, false)},
		{`lastSeenAt = today`, dates(day, next, false, true)},
		{`lastSeenAt = TODAY+1d-1d`, dates(day, next, false, true)},
		{`lastSeenAt = yesterday`, dates(at("2026-11-22 00:00:00.000"), day, false, true)},
		{`lastSeenAt = tomorrow`, dates(next, at("2026-11-25 00:00:00.000"), false, true)},
		{`lastSeenAt = startOf(w)`, dates(day, next, false, true)},
		{`lastSeenAt = endOf(w)`, dates(at("2026-11-29 00:00:00.000"), at("2026-11-30 00:00:00.000"), false, true)},
		{`lastSeenAt = startOf(mo)`, dates(at("2026-11-01 00:00:00.000"), at("2026-11-02 00:00:00.000"), false, true)},
		{`lastSeenAt = endOf(mo)`, dates(at("2026-11-30 00:00:00.000"), at("2026-12-01 00:00:00.000"), false, true)},
		{`lastSeenAt = startOf(y)`, dates(at("2026-01-01 00:00:00.000"), at("2026-01-02 00:00:00.000"), false, true)},
		{`lastSeenAt = endOf(y)+1d`, dates(at("2027-01-01 00:00:00.000"), at("2027-01-02 00:00:00.000"), false, true)},
		{`lastSeenAt = startOf(d)`, dates(day, next, false, true)},
		{`lastSeenAt = 2026-01-31+1mo`, dates(at("2026-02-28 00:00:00.000"), at("2026-03-01 00:00:00.000"), false, true)},
		{`lastSeenAt = 2024-02-29+1y`, dates(at("2025-02-28 00:00:00.000"), at("2025-03-01 00:00:00.000"), false, true)},
		{`lastSeenAt = 2026-03-31-1mo+1mo`, dates(at("2026-03-28 00:00:00.000"), at("2026-03-29 00:00:00.000"), false, true)},
		{`lastSeenAt = 2026-11-23-2w`, dates(at("2026-11-09 00:00:00.000"), at("2026-11-10 00:00:00.000"), false, true)},
		{`lastSeenAt > now`, dates(noon, highest, true, false)},
		{`lastSeenAt >= now-30d`, dates(at("2026-10-24 12:00:00.000"), highest, false, false)},
		{`lastSeenAt >= now-1mo+90min`, dates(at("2026-10-23 13:30:00.000"), highest, false, false)},
		{`lastSeenAt >= today+9h`, dates(at("2026-11-23 09:00:00.000"), highest, false, false)},
		{`lastSeenAt >= today-1s`, dates(at("2026-11-22 23:59:59.000"), highest, false, false)},
		{`lastSeenAt < 2026-11-23T09:30`, dates(lowest, at("2026-11-23 09:30:00.000"), false, true)},
		{`lastSeenAt <= 2026-11-23T00:30:00.5Z`, dates(lowest, at("2026-11-23 09:30:00.500"), false, false)},
		{`lastSeenAt = 1795392000000`, expr.Among{Field: "lastSeenAt", Kind: schema.Date, Values: []float64{1795392000000}}},
		{`lastSeenAt IN (2026-11-24, 2026-11-23, now, 5)`, expr.Or{Of: []expr.Expr{
			dates(day, at("2026-11-25 00:00:00.000"), false, true),
			expr.Among{Field: "lastSeenAt", Kind: schema.Date, Values: []float64{5, noon}}}}},
		{`lastSeenAt != 2026-11-23`, expr.Not{Of: dates(day, next, false, true)}},
		{`lastSeenAt NOT BETWEEN 2026-11-23 AND 2026-11-23`, expr.Not{Of: dates(day, next, false, true)}},
		{`lastSeenAt BETWEEN now AND today`, dates(noon, next, false, true)},
	} {
		if diff := cmp.Diff(test.want, checked(t, test.text, testEnv(t))); diff != "" {
			t.Errorf("%s\n%s", test.text, diff)
		}
	}
}

func TestDayOfTheZone(t *testing.T) {
	env := testEnv(t)
	env.Now = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC) // midnight in Tokyo
	tokyoDay := checked(t, `lastSeenAt = today`, env)
	env.Zone = time.UTC
	utcDay := checked(t, `lastSeenAt = today`, env)
	if want := dates(millis(t, "2026-11-23 00:00:00.000"), millis(t, "2026-11-24 00:00:00.000"), false, true); !cmp.Equal(want, tokyoDay) {
		t.Errorf("in Tokyo: %v", tokyoDay)
	}
	if want := dates(millis(t, "2026-11-22 09:00:00.000"), millis(t, "2026-11-23 09:00:00.000"), false, true); !cmp.Equal(want, utcDay) {
		t.Errorf("in UTC: %v", utcDay)
	}
	env.WeekStart = time.Sunday
	if got, want := checked(t, `lastSeenAt = startOf(w)`, env), utcDay; !cmp.Equal(got, want) {
		t.Errorf("the week that begins with Sunday: %v", got)
	}
}

// TestSummerTime: days of 23 and 25 hours keep their wall clock.
func TestSummerTime(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	env := testEnv(t)
	env.Zone, env.Now = zone, time.Date(2026, 3, 30, 12, 0, 0, 0, zone)
	for text, hours := range map[string]float64{`2026-03-29`: 23, `2026-10-25`: 25, `today-1d`: 23, `now-2d`: 0} {
		got := checked(t, `lastSeenAt BETWEEN `+text+` AND `+text, env).(expr.Range)
		if got.Max-got.Min != hours*3_600_000 {
			t.Errorf("%s lasts %v ms", text, got.Max-got.Min)
		}
	}
	if got, want := checked(t, `lastSeenAt > now-2d`, env).(expr.Range).Min, time.Date(2026, 3, 28, 12, 0, 0, 0, zone); got != float64(want.UnixMilli()) {
		t.Errorf("now-2d is %v", got)
	}
	if got, want := checked(t, `lastSeenAt > now-48h`, env).(expr.Range).Min, time.Date(2026, 3, 28, 11, 0, 0, 0, zone); got != float64(want.UnixMilli()) {
		t.Errorf("now-48h is %v", got)
	}
}

func TestBindings(t *testing.T) {
	compiled, _ := Compile(`lastSeenAt > now-30d AND createdAt = today AND segment("tokyo") AND lastSeenAt > 2026-11-01`, testEnv(t))
	var got []string
	for _, b := range compiled.Bound {
		got = append(got, strings.Join([]string{b.Text, b.Segment, b.Start.Format(time.RFC3339), b.End.Format("15:04:05.000")}, " "))
	}
	want := []string{"now-30d  2026-10-24T12:00:00+09:00 12:00:00.001", "today  2026-11-23T00:00:00+09:00 00:00:00.000", "today tokyo 2026-11-23T00:00:00+09:00 00:00:00.000"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func text(field string, m expr.Match, needles ...string) expr.Text {
	return expr.Text{Field: field, Kind: schema.String, Match: m, Needles: needles}
}

func tag(m expr.Match, form expr.Form, all bool, needles ...string) expr.Expr {
	return expr.Text{Field: "tags", Kind: schema.List, Match: m, Form: form, All: all, Needles: needles}
}

func TestChecked(t *testing.T) {
	exact := text("name", expr.Equal, "Ａ b")
	exact.Form = expr.Exact
	phone := text("profile.mobileNumber", expr.Prefix, "０９０-")
	phone.Form, phone.Region = expr.Phone, "JP"
	number := func(low, high float64, lowOpen, highOpen bool) expr.Expr {
		return expr.Range{Field: "sessionsCount", Kind: schema.Number, Min: low, Max: high, MinOpen: lowOpen, MaxOpen: highOpen}
	}
	version := func(low, high string, lowOpen, highOpen bool) expr.Expr {
		return expr.Version{Field: "mobile.appVersion", Min: low, Max: high, MinOpen: lowOpen, MaxOpen: highOpen}
	}
	member, push := expr.Boolean{Field: "member", Value: true}, expr.Boolean{Field: "hasPushToken", Value: true}
	for _, test := range []struct {
		text string
		want expr.Expr
	}{
		{``, expr.Everyone()},
		{`# nothing`, expr.Everyone()},
		{`member`, member},
		{`member OR hasPushToken AND NOT member`, expr.Or{Of: []expr.Expr{member, expr.And{Of: []expr.Expr{push, expr.Not{Of: member}}}}}},
		{`NOT member AND hasPushToken`, expr.And{Of: []expr.Expr{expr.Not{Of: member}, push}}},
		{`(member OR hasPushToken) AND member`, expr.And{Of: []expr.Expr{expr.Or{Of: []expr.Expr{member, push}}, member}}},
		{`member = FALSE`, expr.Boolean{Field: "member"}},
		{`member IN (true, false)`, expr.Or{Of: []expr.Expr{expr.Boolean{Field: "member"}, member}}},
		{`member IN ()`, expr.NoOne()},
		{`member != true`, expr.Not{Of: member}},
		{`name = "Ｔａｎａｋａ　たろう"`, text("name", expr.Equal, "tanaka タロウ")},
		{`name = exact("Ａ b")`, exact},
		{`name !~ "x"`, expr.Not{Of: text("name", expr.Contains, "x")}},
		{`name ^= "x"`, text("name", expr.Prefix, "x")},
		{`name $= "x"`, text("name", expr.Suffix, "x")},
		{`name IN ("b", "A", "a")`, text("name", expr.Equal, "b", "a")},
		{`name NOT IN ()`, expr.Not{Of: expr.NoOne()}},
		{`name IS SET`, expr.Present{Field: "name"}},
		{`name IS NOT SET`, expr.Not{Of: expr.Present{Field: "name"}}},
		{`profile.mobileNumber ^= "０９０-"`, phone},
		{`sessionsCount = -0`, expr.Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{0}}},
		{`sessionsCount IN (3, 1, 3)`, expr.Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{1, 3}}},
		{`sessionsCount > 5`, number(5, highest, true, false)},
		{`sessionsCount <= 5`, number(lowest, 5, false, false)},
		{`sessionsCount BETWEEN 1 AND 5`, number(1, 5, false, false)},
		{`sessionsCount = 9007199254740992`, expr.Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{1 << 53}}},
		{`mobile.appVersion >= version("2.10")`, version("2.10", "", false, false)},
		{`mobile.appVersion < version("2.10")`, version("", "2.10", false, true)},
		{`mobile.appVersion BETWEEN version("1") AND version("2")`, version("1", "2", false, false)},
		{`mobile.appVersion = version("2")`, version("2", "2", false, false)},
		{`tags HAS "VIP"`, tag(expr.Equal, expr.Folded, false, "vip")},
		{`tags HAS ANY ("a", exact("B"))`, expr.Or{Of: []expr.Expr{tag(expr.Equal, expr.Folded, false, "a"), tag(expr.Equal, expr.Exact, false, "B")}}},
		{`tags HAS ALL ("a", "b")`, expr.And{Of: []expr.Expr{tag(expr.Equal, expr.Folded, false, "a"), tag(expr.Equal, expr.Folded, false, "b")}}},
		{`tags HAS ALL ()`, expr.Present{Field: "tags"}},
		{`tags HAS ANY ()`, expr.NoOne()},
		{`tags = ("a", "b")`, expr.And{Of: []expr.Expr{tag(expr.Equal, expr.Folded, false, "a"), tag(expr.Equal, expr.Folded, false, "b"), tag(expr.Equal, expr.Folded, true, "a", "b")}}},
		{`tags ~ "a"`, tag(expr.Contains, expr.Folded, false, "a")},
		{`tags ALL ^= "vip/"`, tag(expr.Prefix, expr.Folded, true, "vip/")},
		{`tags ALL IN ("a", "b")`, tag(expr.Equal, expr.Folded, true, "a", "b")},
		{`tags ALL IN ()`, expr.NoOne()},
		{`tags ANY = "a"`, tag(expr.Equal, expr.Folded, false, "a")},
		{`NOT tags ALL = "a"`, expr.Not{Of: tag(expr.Equal, expr.Folded, true, "a")}},
		{`"髙橋 0901"`, expr.Quick{Terms: []string{"高橋", "0901"}, Region: "JP"}},
		{`segment("vip")`, tag(expr.Equal, expr.Folded, false, "vip")},
		{"`member` and `member`.`x` IS SET", nil},
		{`profile.name = "x" AND PROFILE.name = "y"`, nil},
	} {
		if test.want == nil {
			if _, list := Compile(test.text, testEnv(t)); len(list) != 1 || list[0].Code != "unknown_field" {
				t.Errorf("%s: %s", test.text, codes(list))
			}
			continue
		}
		if diff := cmp.Diff(test.want, checked(t, test.text, testEnv(t))); diff != "" {
			t.Errorf("%s\n%s", test.text, diff)
		}
	}
}

// TestOperatorsByKind is the table of SPEC.md as a matrix: a letter for each
// kind that takes the predicate (Boolean, String, Number, Date, List).
func TestOperatorsByKind(t *testing.T) {
	fields := map[byte]string{'B': "member", 'S': "name", 'N': "sessionsCount", 'D': "lastSeenAt", 'L': "tags"}
	values := map[byte]string{'B': "TRUE", 'S': `"1"`, 'N': "1", 'D': "now", 'L': `"1"`}
	for pred, kinds := range map[string]string{
		"= v": "BSND", "!= v": "BSND", "= (v)": "L", "!= (v, v)": "L", "> v": "ND", ">= v": "ND", "< v": "ND", "<= v": "ND",
		"~ v": "SL", "!~ v": "SL", "^= v": "SL", "!^= v": "SL", "$= v": "SL", "!$= v": "SL",
		"IN (v, v)": "BSND", "NOT IN (v)": "BSND", "IN ()": "BSND", "NOT IN ()": "BSND", "BETWEEN v AND v": "ND", "NOT BETWEEN v AND v": "ND",
		"HAS v": "L", "NOT HAS v": "L", "HAS ANY (v)": "L", "HAS ALL (v)": "L", "NOT HAS ALL ()": "L", "HAS ANY ()": "L",
		"ANY = v": "L", "ALL = v": "L", "ANY ~ v": "L", "ALL ^= v": "L", "ALL $= v": "L", "ANY IN (v)": "L", "ALL IN ()": "L",
		"ANY != v": "", "ALL !~ v": "", "ANY NOT IN (v)": "", "ANY HAS v": "", "ALL > v": "", "ANY IS SET": "", "ALL = (v)": "",
		"IS SET": "BSNDL", "IS UNSET": "BSNDL", "IS NOT SET": "BSNDL", "": "B",
		`> version("2")`: "S", `<= version("2")`: "S", `= version("2")`: "S", `!= version("2")`: "S", `IN (version("2"))`: "S", `BETWEEN version("1") AND version("2")`: "S",
		`~ version("2")`: "", `HAS version("2")`: "", `= exact("x")`: "S", `IN (exact("x"))`: "S", `~ exact("x")`: "SL", `$= exact("x")`: "SL", `HAS exact("x")`: "L",
		`= (exact("x"))`: "L", `> exact("x")`: "",
		"= TRUE": "B", "= 5": "ND", `= "x"`: "S", "= now": "D", "= 2026-11-23": "D", "> 1.5": "N",
	} {
		for kind, field := range fields {
			text := field + " " + strings.ReplaceAll(strings.ReplaceAll(pred, "v,", values[kind]+","), " v", " "+values[kind])
			text = strings.ReplaceAll(strings.ReplaceAll(text, "(v", "("+values[kind]), values[kind]+"ersion", "version")
			_, list := Compile(text, testEnv(t))
			if want := strings.IndexByte(kinds, kind) >= 0; want == HasErrors(list) {
				t.Errorf("%s: taken is %v, want %v\n%s", text, !HasErrors(list), want, codes(list))
			}
		}
	}
}

func TestHiddenAndArchivedFieldsCompile(t *testing.T) {
	fields, err := schema.NewFields("JP", []schema.Field{{Key: "profile.a", Kind: schema.String, Hidden: true}, {Key: "profile.b", Kind: schema.Boolean, Archived: true}})
	if err != nil {
		t.Fatal(err)
	}
	if _, list := Compile(`profile.a = "x" AND profile.b`, Env{Fields: fields}); len(list) > 0 {
		t.Error(codes(list))
	}
}
