package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// facetFixture has a profile field of each kind.
func facetFixture(t *testing.T) *fixture {
	t.Helper()
	f := newFixtureOn(t, openBleve)
	f.must(f.addField(
		schema.Field{Key: "profile.town", Kind: schema.String, Write: schema.WriteManager},
		schema.Field{Key: "profile.amount", Kind: schema.Number, Write: schema.WriteManager},
		schema.Field{Key: "profile.at", Kind: schema.Date, Write: schema.WriteManager},
		schema.Field{Key: "profile.paid", Kind: schema.Boolean, Write: schema.WriteManager},
		schema.Field{Key: "profile.secret", Kind: schema.String, Write: schema.WriteManager, Hidden: true}))
	return f
}

// facets asks without rows, after a write.
func (f *fixture) facets(seq uint64, zone, filter string, facets string) []service.Facet {
	f.t.Helper()
	var got struct{ Facets []service.Facet }
	body := map[string]any{"filter": filter, "limit": 0, "minSeq": seq, "facets": json.RawMessage(facets)}
	if zone != "" {
		body["timeZone"] = zone
	}
	f.do(call{method: "POST", path: "/v1/customers/search", body: body}).is(200).json(&got)
	return got.Facets
}

// shownValues is "value×count …, distinct, missing".
func shownValues(a service.Facet) string {
	var b strings.Builder
	for _, v := range a.Values {
		fmt.Fprintf(&b, "%v×%d ", v.Value, v.Count)
	}
	if a.Distinct != nil {
		fmt.Fprintf(&b, "of %d, ", *a.Distinct)
	}
	return fmt.Sprintf("%s%d missing", b.String(), a.Missing)
}

func TestFacetsTellTopValues(t *testing.T) {
	f := facetFixture(t)
	f.put("a", `{"tags":["VIP","new"],"profile":{"town":"Osaka","amount":1,"paid":true}}`)
	f.put("b", `{"tags":["new"],"profile":{"town":"Osaka","amount":2.5,"paid":false}}`)
	f.put("c", `{"profile":{"town":"大阪市","amount":2.5,"paid":true}}`)
	seq := f.put("d", `{"tags":["常連"],"profile":{"town":"Akita"}}`).Seq
	got := f.facets(seq, "", "", `[{"field":"profile.town"},{"field":"profile.town","top":1},{"field":"tags","top":9},
		{"field":"profile.amount","top":3},{"field":"profile.paid"},{"field":"profile.amount"},{"field":"profile.at"},{"field":"id","top":1}]`)
	for i, want := range []string{
		"Osaka×2 Akita×1 大阪市×1 of 3, 0 missing", // as written, not folded
		"Osaka×2 of 3, 0 missing",
		"new×2 VIP×1 常連×1 of 3, 1 missing",
		"2.5×2 1×1 of 2, 1 missing",
		"true×2 false×1 of 2, 1 missing",
		"1 missing", // bounds alone
		"4 missing",
		"a×1 of 4, 0 missing",
	} {
		if s := shownValues(got[i]); s != want {
			t.Errorf("facet %d: %s, want %s", i, s, want)
		}
	}
	if a := got[5]; a.Min == nil || *a.Min != 1 || *a.Max != 2.5 || a.Values != nil || a.Buckets != nil {
		t.Errorf("bounds: %+v", a)
	}
	if a := got[6]; a.Min != nil || a.Max != nil {
		t.Errorf("bounds of nothing: %+v", a)
	}
	if got := f.facets(seq, "", `tags HAS "new"`, `[{"field":"profile.town"}]`); shownValues(got[0]) != "Osaka×2 of 1, 0 missing" {
		t.Errorf("of a filter: %+v", got)
	}
	if got := f.facets(seq, "", `id = "nobody"`, `[{"field":"tags"}]`); got[0].Values == nil || shownValues(got[0]) != "of 0, 0 missing" {
		t.Errorf("of nobody: %+v", got)
	}
	if r := f.search(map[string]any{"limit": 1, "sort": "id", "facets": []map[string]any{{"field": "tags"}}}); r.ids() != "a" || r.Total != 4 {
		t.Errorf("with rows: %+v", r)
	}
}

func TestFacetsCountNumbersByInterval(t *testing.T) {
	f := facetFixture(t)
	var seq uint64
	for i, n := range []string{"0", "0.3", "4.99", "5", "12", "-1"} {
		seq = f.put(fmt.Sprintf("c%d", i), `{"profile":{"amount":`+n+`}}`).Seq
	}
	seq = max(seq, f.put("none", `{}`).Seq)
	for _, test := range []struct{ filter, facet, want string }{
		{"", `"interval":5`, "-5..0:1 0..5:3 5..10:1 10..15:1 <0 >0 ?1"},
		{"", `"interval":5,"from":0`, "0..5:3 5..10:1 10..15:1 <1 >0 ?1"},
		{"", `"interval":5,"from":1,"to":6`, "0..5:3 5..10:1 <1 >1 ?1"}, // whole buckets
		{"", `"interval":5,"to":5`, "-5..0:1 0..5:3 <0 >2 ?1"},
		{"", `"interval":5,"from":100`, "100..105:0 <6 >0 ?1"},
		{"", `"interval":5,"to":-5`, "-10..-5:0 <0 >6 ?1"},
		{"profile.amount >= 0 AND profile.amount < 0.5", `"interval":0.1`, "0..0.1:1 0.1..0.2:0 0.2..0.3:0 0.3..0.4:1 <0 >0 ?0"},
		{"profile.amount = 5", `"interval":2.5`, "5..7.5:1 <0 >0 ?0"},
		{"profile.amount IS NOT SET", `"interval":5`, "<0 >0 ?1"},
		{"profile.amount IS NOT SET", `"interval":5,"from":0`, "<0 >0 ?1"},
		{"profile.amount IS NOT SET", `"interval":5,"from":0,"to":5`, "0..5:0 <0 >0 ?1"},
	} {
		a := f.facets(seq, "", test.filter, `[{"field":"profile.amount",`+test.facet+`}]`)[0]
		if got := shownBuckets(a, func(n float64) string { return schema.FormatNumber(n) }); got != test.want {
			t.Errorf("%s of %q:\n got %s\nwant %s", test.facet, test.filter, got, test.want)
		}
		if a.Buckets == nil {
			t.Errorf("%s of %q: no buckets at all", test.facet, test.filter)
		}
	}
}

func shownBuckets(a service.Facet, show func(float64) string) string {
	var b strings.Builder
	for _, bucket := range a.Buckets {
		fmt.Fprintf(&b, "%s..%s:%d ", show(bucket.From), show(bucket.To), bucket.Count)
	}
	return fmt.Sprintf("%s<%d >%d ?%d", b.String(), a.Below, a.Above, a.Missing)
}

// Days, weeks, months and years are those of the request's zone, also where a
// change of the clocks makes a day longer, shorter or leaves it out.
func TestFacetsFollowTheCalendarOfAZone(t *testing.T) {
	for _, test := range []struct {
		name, zone, facet string
		at                []string
		want              []string // instants in UTC between which the buckets lie, with counts
	}{
		{"days in Tokyo", "Asia/Tokyo", `"calendar":"d"`,
			[]string{"2026-11-22T14:59:59Z", "2026-11-22T15:00:00Z", "2026-11-24T15:00:00Z"},
			[]string{"2026-11-21T15:00", "1", "2026-11-22T15:00", "1", "2026-11-23T15:00", "0", "2026-11-24T15:00", "1", "2026-11-25T15:00"}},
		{"hours in Tokyo", "Asia/Tokyo", `"calendar":"h"`,
			[]string{"2026-11-22T14:59:59Z", "2026-11-22T16:10:00Z"},
			[]string{"2026-11-22T14:00", "1", "2026-11-22T15:00", "0", "2026-11-22T16:00", "1", "2026-11-22T17:00"}},
		{"hours where they begin at half past", "Asia/Kolkata", `"calendar":"h"`,
			[]string{"2026-11-22T14:29:59Z", "2026-11-22T14:30:00Z"},
			[]string{"2026-11-22T13:30", "1", "2026-11-22T14:30", "1", "2026-11-22T15:30"}},
		{"minutes", "Asia/Tokyo", `"calendar":"min"`,
			[]string{"2026-11-22T14:59:59Z"}, []string{"2026-11-22T14:59", "1", "2026-11-22T15:00"}},
		{"weeks that begin on Monday", "Asia/Tokyo", `"calendar":"w"`,
			[]string{"2026-11-22T03:00:00Z", "2026-11-23T03:00:00Z"},
			[]string{"2026-11-15T15:00", "1", "2026-11-22T15:00", "1", "2026-11-29T15:00"}},
		{"years in the workspace's zone", "", `"calendar":"y"`,
			[]string{"2025-12-31T14:59:59Z", "2025-12-31T15:00:00Z"},
			[]string{"2024-12-31T15:00", "1", "2025-12-31T15:00", "1", "2026-12-31T15:00"}},
		{"a day of 23 hours", "America/New_York", `"calendar":"d"`,
			[]string{"2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"},
			[]string{"2026-03-07T05:00", "1", "2026-03-08T05:00", "2", "2026-03-09T04:00", "1", "2026-03-10T04:00"}},
		{"a day of 25 hours", "America/New_York", `"calendar":"d"`,
			[]string{"2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"},
			[]string{"2026-11-01T04:00", "2", "2026-11-02T05:00", "1", "2026-11-03T05:00"}},
		{"months around a change", "America/New_York", `"calendar":"mo"`,
			[]string{"2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z", "2026-12-01T04:59:59Z", "2026-12-01T05:00:00Z"},
			[]string{"2026-10-01T04:00", "1", "2026-11-01T04:00", "2", "2026-12-01T05:00", "1", "2027-01-01T05:00"}},
		{"a day that was left out", "Pacific/Apia", `"calendar":"d"`,
			[]string{"2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"},
			[]string{"2011-12-29T10:00", "1", "2011-12-30T10:00", "1", "2011-12-31T10:00"}},
		{"midnight twice", "America/Havana", `"calendar":"d"`,
			[]string{"2026-11-01T03:59:59Z", "2026-11-01T04:30:00Z", "2026-11-01T05:30:00Z"},
			[]string{"2026-10-31T04:00", "1", "2026-11-01T04:00", "2", "2026-11-02T05:00"}},
		{"between two dates", "Asia/Tokyo", `"calendar":"mo","from":"2026-11-10","to":"2026-12-01"`,
			[]string{"2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"},
			[]string{"2026-10-31T15:00", "1", "2026-11-30T15:00"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := facetFixture(t)
			var seq uint64
			for i, at := range test.at {
				seq = f.put(fmt.Sprintf("c%d", i), `{"profile":{"at":"`+at+`"}}`).Seq
			}
			a := f.facets(seq, test.zone, "", `[{"field":"profile.at",`+test.facet+`}]`)[0]
			var got []string
			for i, b := range a.Buckets {
				if i == 0 {
					got = append(got, shownMinute(b.From))
				}
				got = append(got, fmt.Sprint(b.Count), shownMinute(b.To))
			}
			if strings.Join(got, " ") != strings.Join(test.want, " ") {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func shownMinute(millis float64) string {
	return time.UnixMilli(int64(millis)).UTC().Format("2006-01-02T15:04")
}

func TestFacetsBeginWeeksAsTheWorkspaceDoes(t *testing.T) {
	f := facetFixture(t)
	settings := f.store.Settings()
	settings.WeekStart = time.Sunday
	f.must(f.store.PutSettings(t.Context(), settings))
	f.put("a", `{"profile":{"at":"2026-11-22T12:00:00+09:00"}}`)
	seq := f.put("b", `{"profile":{"at":"2026-11-28T12:00:00+09:00"}}`).Seq
	a := f.facets(seq, "", "", `[{"field":"profile.at","calendar":"w"}]`)[0]
	if len(a.Buckets) != 1 || a.Buckets[0].Count != 2 || shownMinute(a.Buckets[0].From) != "2026-11-21T15:00" {
		t.Errorf("%+v", a)
	}
}

func TestFacetsThatAreRefused(t *testing.T) {
	f := facetFixture(t)
	f.put("a", `{"profile":{"amount":0,"at":"1990-01-01T00:00:00Z"}}`)
	seq := f.put("b", `{"profile":{"amount":1000000,"at":"2026-01-01T00:00:00Z"}}`).Seq
	many := "[" + strings.TrimSuffix(strings.Repeat(`{"field":"tags"},`, 21), ",") + "]"
	for _, test := range []struct {
		facets string
		status int
		code   service.Code
		fault  string // "parameter code"
		says   string // in English
		bad    bool
	}{
		{`[{"field":"profile.twon"}]`, 422, service.CodeUnknownField, "profile.twon unknown_field", "did you mean profile.town", false},
		{`[{"field":"profile.secret"}]`, 422, service.CodeHiddenField, "facets[0].field hidden_field", "hidden", false},
		{`[{"field":"tags"},{"field":"profile.amount","top":5,"interval":5}]`, 400, service.CodeBadRequest, "facets[1] conflict", "one of top, interval", false},
		{`[{"field":"profile.at","top":5}]`, 400, service.CodeBadRequest, "facets[0].top wrong_kind", "calendar in place of top", false},
		{`[{"field":"profile.town","interval":5}]`, 400, service.CodeBadRequest, "facets[0].interval wrong_kind", "not a Number", false},
		{`[{"field":"profile.amount","calendar":"d"}]`, 400, service.CodeBadRequest, "facets[0].calendar wrong_kind", "not a Date", false},
		{`[{"field":"profile.town","from":1}]`, 400, service.CodeBadRequest, "facets[0] conflict", "go with interval or calendar", false},
		{`[{"field":"profile.amount","interval":1,"from":2,"to":2}]`, 400, service.CodeBadRequest, "facets[0].to out_of_range", "after from", false},
		{`[{"field":"profile.amount","interval":1,"from":"x"}]`, 400, service.CodeBadRequest, "facets[0].from wrong_kind", "takes a number", false},
		{`[{"field":"profile.at","calendar":"d","to":"soon"}]`, 400, service.CodeBadRequest, "facets[0].to bad_date", "not a date", false},
		{`[{"field":"profile.amount","interval":100}]`, 400, service.CodeBadRequest, "facets[0] too_many", "interval 1000 would do", false},
		{`[{"field":"profile.amount","interval":0.000001}]`, 400, service.CodeBadRequest, "facets[0] too_many", "interval 1000 would do", false},
		{`[{"field":"profile.at","calendar":"h"}]`, 400, service.CodeBadRequest, "facets[0] too_many", "calendar w would do", false},
		{`[{"field":"profile.at","calendar":"y","from":"0002-01-01","to":"9999-01-01"}]`, 400, service.CodeBadRequest, "facets[0] too_many", "narrow it with from and to", false},
		{`[{"field":"profile.at","calendar":"q"}]`, 400, service.CodeBadRequest, "", "", true},
		{`[{"field":"profile.amount","interval":0}]`, 400, service.CodeBadRequest, "", "", true},
		{`[{"field":"profile.town","top":1001}]`, 400, service.CodeBadRequest, "", "", true},
		{many, 400, service.CodeBadRequest, "", "", true},
	} {
		body := map[string]any{"limit": 0, "minSeq": seq, "facets": json.RawMessage(test.facets)}
		ask := call{method: http.MethodPost, path: "/v1/customers/search", body: body, bad: test.bad}
		answer := f.do(ask)
		if test.bad { // refused by its form, before the service
			if answer.status != 400 && answer.status != 422 {
				t.Errorf("%s: %d", test.facets, answer.status)
			}
			continue
		}
		p := answer.problem(test.status, test.code)
		if len(p.Errors) != 1 || p.Errors[0].Field+" "+p.Errors[0].Code != test.fault || !strings.Contains(p.Errors[0].Message.EN, test.says) {
			t.Errorf("%s: %+v", test.facets, p)
		}
		ask.header = map[string]string{"Accept-Language": "ja"}
		if p := f.do(ask).problem(test.status, test.code); p.Detail == "" || p.Detail == p.Errors[0].Message.EN {
			t.Errorf("%s in Japanese: %+v", test.facets, p)
		}
	}
	f.do(call{method: http.MethodPost, path: "/v1/customers/search", body: map[string]any{"facets": []map[string]any{{"field": "tags"}}},
		header: map[string]string{"Accept": ndjson}}).problem(400, service.CodeBadRequest)
}
