package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/store"
)

// explained asks for an explanation; the filter must compile.
func (f *fixture) explained(body map[string]any) service.ExplainAnswer {
	f.t.Helper()
	var e service.ExplainAnswer
	f.do(call{method: "POST", path: "/v1/customers/explain", body: body}).is(200).json(&e)
	return e
}

// crowd writes five customers; the answer's seq is that of the last.
func (f *fixture) crowd() uint64 {
	f.t.Helper()
	f.put("c1", `{"tags":["VIP"],"profile":{"email":"a@x.jp","name":"田中 一郎","mobileNumber":"090-1234-5678"}}`)
	f.put("c2", `{"tags":["VIP","new"],"profile":{"email":"b@y.jp","name":"田中 二郎"}}`)
	f.put("c3", `{"tags":["new"],"profile":{"email":"c@x.jp","lastCheckoutCompletedAt":"2026-11-20"}}`)
	f.put("c4", `{"profile":{"name":"鈴木","description":"a"}}`)
	return f.put("c5", `{}`).Seq
}

func (f *fixture) segment(key, name, filter, zone string) {
	f.t.Helper()
	_, err := f.service.SaveSegment(f.t.Context(), store.Segment{Key: key, Name: schema.Words{JA: name, EN: name}, Filter: filter, Zone: zone})
	f.must(err)
}

func number(n *int) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// clauseLines are the clauses as lines: depth, parent, kind, text, count, without.
func clauseLines(e service.ExplainAnswer) []string {
	var lines []string
	for _, c := range e.Clauses {
		not := ""
		if c.Negated {
			not = "not "
		}
		in := ""
		if c.In != "" {
			in = " in " + c.In
		}
		lines = append(lines, fmt.Sprintf("%d %d %s%s%s: %s = %s %s", c.Depth, c.Parent, not, c.Kind, in, c.Text, number(c.Count), number(c.Without)))
	}
	return lines
}

func TestExplainCountsClauseByClause(t *testing.T) {
	f := newFixture(t)
	seq := f.crowd()
	for _, test := range []struct {
		filter, q string
		total     int
		want      []string
	}{
		{filter: "", total: 5},
		{filter: `tags HAS "VIP"`, total: 2, want: []string{`0 -1 condition: tags HAS "VIP" = 2 5`}},
		{filter: `not tags has 'VIP'`, total: 3, want: []string{`0 -1 not condition: NOT tags HAS "VIP" = 3 5`}},
		{filter: `NOT NOT tags HAS "VIP"`, total: 2, want: []string{`0 -1 condition: NOT NOT tags HAS "VIP" = 2 5`}},
		{filter: `tags HAS "VIP" AND profile.email ~ "@x.jp"`, total: 1, want: []string{
			`0 -1 and: tags HAS "VIP" AND profile.email ~ "@x.jp" = 1 5`,
			`1 0 condition: tags HAS "VIP" = 2 2`,
			`1 0 condition: profile.email ~ "@x.jp" = 2 2`,
		}},
		{filter: `profile.name IS SET AND (tags HAS "new" OR NOT profile.email ~ "@x.jp")`, total: 2, want: []string{ // c2, c4
			`0 -1 and: profile.name IS SET AND (tags HAS "new" OR NOT profile.email ~ "@x.jp") = 2 5`,
			`1 0 condition: profile.name IS SET = 3 4`,
			`1 0 or: tags HAS "new" OR NOT profile.email ~ "@x.jp" = 4 3`,
			`2 2 condition: tags HAS "new" = 2 2`,
			`2 2 not condition: NOT profile.email ~ "@x.jp" = 3 1`,
		}},
		{filter: `NOT (tags HAS "VIP" AND tags HAS "new") AND "田中"`, total: 1, want: []string{
			`0 -1 and: NOT (tags HAS "VIP" AND tags HAS "new") AND "田中" = 1 5`,
			`1 0 not and: NOT (tags HAS "VIP" AND tags HAS "new") = 4 2`,
			`2 1 condition: tags HAS "VIP" = 2 1`,
			`2 1 condition: tags HAS "new" = 2 0`,
			`1 0 search: "田中" = 2 4`,
		}},
		{filter: `tags HAS "VIP" OR tags HAS "new"`, q: "田中", total: 2, want: []string{ // counts alone know no q
			`0 -1 or: tags HAS "VIP" OR tags HAS "new" = 3 2`,
			`1 0 condition: tags HAS "VIP" = 2 1`,
			`1 0 condition: tags HAS "new" = 2 2`,
		}},
	} {
		e := f.explained(map[string]any{"filter": test.filter, "q": test.q, "minSeq": seq})
		if e.Total != test.total || e.Cut {
			t.Errorf("%s: total %d, want %d; cut %t", test.filter, e.Total, test.total, e.Cut)
		}
		if diff := cmp.Diff(test.want, clauseLines(e)); diff != "" {
			t.Errorf("%s\n%s", test.filter, diff)
		}
	}
}

func TestExplainInWords(t *testing.T) {
	f := newFixture(t)
	e := f.explained(map[string]any{"filter": "member AND\n lastSeenAt > today"})
	if want := "会員が「はい」で、かつ、最新アクセス時間が今日（2026年11月24日）より後の顧客"; e.Sentence.JA != want {
		t.Errorf("%s", e.Sentence.JA)
	}
	if want := "Customers for whom Member is yes, and Last seen is after today (24 Nov 2026)"; e.Sentence.EN != want {
		t.Errorf("%s", e.Sentence.EN)
	}
	c := e.Clauses[2]
	if c.Meaning.EN != "Last seen is after today (24 Nov 2026)" || c.Span.Start != 12 || c.Span.End != 30 || c.Span.Line != 2 || c.Span.UTF16 != [2]int{12, 30} {
		t.Errorf("%+v", c)
	}
	if e := f.explained(map[string]any{}); e.Sentence.EN != "All customers" || len(e.Clauses) != 0 || len(e.Segments) != 0 {
		t.Errorf("%+v", e)
	}
}

func TestExplainOpensSegments(t *testing.T) {
	f := newFixture(t)
	seq := f.crowd()
	f.segment("day", "今日", "profile.lastCheckoutCompletedAt = 2026-11-20 # one", "UTC")
	f.segment("vip", "優良顧客", `tags has "VIP"`, "")
	f.segment("both", "", `segment("vip") OR segment("day")`, "")
	e := f.explained(map[string]any{"filter": `segment("both") AND NOT segment("vip")`, "minSeq": seq})
	want := []string{
		`0 -1 and: segment("both") AND NOT segment("vip") = 0 5`,
		`1 0 segment: segment("both") = 2 3`,
		`2 1 or in both: segment("vip") OR segment("day") = 2 -`,
		`3 2 segment in both: segment("vip") = 2 -`,
		`4 3 condition in vip: tags HAS "VIP" = 2 -`,
		`3 2 segment in both: segment("day") = 0 -`, // the day of UTC begins nine hours after c3's order
		`4 5 condition in day: profile.lastCheckoutCompletedAt = 2026-11-20 = 0 -`,
		`1 0 not segment: NOT segment("vip") = 3 2`, // opened above
	}
	if diff := cmp.Diff(want, clauseLines(e)); diff != "" {
		t.Error(diff)
	}
	segments := []service.UsedSegment{
		{Key: "both", TimeZone: "Asia/Tokyo", Filter: `segment("vip") OR segment("day")`},
		{Key: "vip", Name: schema.Words{JA: "優良顧客", EN: "優良顧客"}, TimeZone: "Asia/Tokyo", Filter: `tags HAS "VIP"`},
		{Key: "day", Name: schema.Words{JA: "今日", EN: "今日"}, TimeZone: "UTC", Filter: "profile.lastCheckoutCompletedAt = 2026-11-20  # one"},
	}
	if diff := cmp.Diff(segments, e.Segments); diff != "" {
		t.Error(diff)
	}
	if c := e.Clauses[3]; c.Segment != "vip" || c.In != "both" || !strings.Contains(c.Meaning.JA, "優良顧客") {
		t.Errorf("%+v", c)
	}
	// A segment's own zone rules its dates, wherever it is referred to from.
	one := f.explained(map[string]any{"filter": `segment("day")`, "customer": "c3", "minSeq": seq})
	if found := one.Clauses[1].Found; found == nil || found.Time != "2026-11-19T15:00:00.000Z" {
		t.Errorf("%+v", found)
	}
}

func TestExplainCountsNoMoreThanItMay(t *testing.T) {
	f := newFixture(t)
	seq := f.crowd()
	filter := func(conditions int) string {
		return strings.TrimSuffix(strings.Repeat(`tags HAS "VIP" AND `, conditions), " AND ")
	}
	counted := func(e service.ExplainAnswer) (n int) {
		for _, c := range e.Clauses {
			if c.Count != nil && c.Without != nil && c.Found != nil || c.Kind == "and" && c.Count != nil {
				n++
			}
		}
		return n
	}
	for _, test := range []struct {
		conditions, listed, counted int
		cut                         bool
	}{{49, 50, 50, false}, {50, 51, 50, true}, {499, 500, 50, true}, {800, 500, 50, true}} {
		e := f.explained(map[string]any{"filter": filter(test.conditions), "customer": "c1", "minSeq": seq})
		if len(e.Clauses) != test.listed || counted(e) != test.counted || e.Cut != test.cut || e.Total != 2 {
			t.Errorf("%d conditions: %d listed, %d counted, cut %t, total %d", test.conditions, len(e.Clauses), counted(e), e.Cut, e.Total)
		}
		if last := e.Clauses[len(e.Clauses)-1]; last.Matches == nil || !*last.Matches {
			t.Errorf("%d conditions: the last clause is judged as %v", test.conditions, last.Matches)
		}
	}
	// What is cut off costs nothing: a list of 10,000 values in 60 levels.
	deep := strings.Repeat(`NOT (member OR `, 30) + `country IN (` + strings.Repeat(`"x", `, 9_999) + `"x")` + strings.Repeat(")", 30)
	began := time.Now()
	e := f.explained(map[string]any{"filter": deep})
	if took := time.Since(began); took > 2*time.Second || len(e.Clauses[0].Text) > 4*301 {
		t.Errorf("%v, a text of %d bytes", took, len(e.Clauses[0].Text))
	}
}

func TestExplainForOneCustomer(t *testing.T) {
	f := newFixture(t)
	seq := f.crowd()
	f.must(f.addField(schema.Field{Key: "profile.secret", Kind: schema.String, Write: schema.WriteManager, Hidden: true}))
	e := f.explained(map[string]any{"customer": "c1", "q": "田中", "minSeq": seq,
		"filter": `tags HAS "VIP" AND (profile.lastCheckoutCompletedAt IS SET OR profile.email ~ "@y.jp") AND NOT profile.secret = "x" AND "一郎 1234 nobody" AND createdAt = today`})
	got := make([]string, len(e.Clauses))
	for i, c := range e.Clauses {
		got[i] = fmt.Sprintf("%s %t", c.Kind, *c.Matches)
		if c.Found != nil {
			got[i] += fmt.Sprintf(" %s %s missing=%t hidden=%t %s", c.Found.Field, c.Found.Value, c.Found.Missing, c.Found.Hidden, c.Found.Time)
		}
		for _, term := range c.Terms {
			got[i] += " [" + term.Term
			for _, found := range term.Found {
				got[i] += fmt.Sprintf(" %s=%s", found.Field, found.Value)
			}
			got[i] += "]"
		}
	}
	want := []string{
		`and false`,
		`condition true tags ["VIP"] missing=false hidden=false `,
		`or false`,
		`condition false profile.lastCheckoutCompletedAt null missing=true hidden=false `,
		`condition false profile.email "a@x.jp" missing=false hidden=false `,
		`condition true profile.secret null missing=false hidden=true `,
		`search false [一郎 profile.name="田中 一郎"] [1234 profile.mobileNumber="090-1234-5678"] [nobody]`,
		fmt.Sprintf(`condition true createdAt %d missing=false hidden=false 2026-11-24T10:30:00.000+09:00`, testNow.UnixMilli()),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v := e.Customer; v == nil || v.ID != "c1" || v.Matches || v.Q == nil || !*v.Q {
		t.Errorf("%+v", v)
	}
	if label := e.Clauses[1].Found.Label; label.JA != "顧客タグ" || label.EN != "Tags" {
		t.Errorf("%+v", label)
	}
	all := f.explained(map[string]any{"customer": "c5"})
	if v := all.Customer; v == nil || !v.Matches || v.Q != nil {
		t.Errorf("%+v", v)
	}
	f.do(call{method: "POST", path: "/v1/customers/explain", body: map[string]any{"customer": "nobody"}}).problem(404, service.CodeNotFound)
	f.do(call{method: "DELETE", path: "/v1/customers/c5"}).is(200)
	f.do(call{method: "POST", path: "/v1/customers/explain", body: map[string]any{"customer": "c5"}}).problem(404, service.CodeNotFound)
}

// What each clause is for every customer adds up to its count, and the whole
// to the total.
func TestExplainAddsUp(t *testing.T) {
	f := newFixture(t)
	seq := f.crowd()
	f.segment("vip", "", `tags HAS "VIP" OR profile.email IS UNSET`, "")
	for _, filter := range []string{
		`tags ALL ^= "V" OR NOT (profile.name ~ "田" AND segment("vip")) OR "鈴木"`,
		`NOT segment("vip") AND profile.email !~ "@y" OR id = "c5"`,
		`profile.lastCheckoutCompletedAt < now AND NOT NOT (member OR tags HAS ANY ("new", "x"))`,
		`NOT (NOT tags IS SET OR id IN ("c1", "c2") OR profile.mobileNumber ^= "090")`,
	} {
		var sums []int
		total := 0
		var e service.ExplainAnswer
		for _, id := range []string{"c1", "c2", "c3", "c4", "c5"} {
			e = f.explained(map[string]any{"filter": filter, "customer": id, "minSeq": seq})
			sums = append(sums, make([]int, len(e.Clauses)-len(sums))...)
			for i, c := range e.Clauses {
				if *c.Matches {
					sums[i]++
				}
			}
			if e.Customer.Matches {
				total++
			}
		}
		for i, c := range e.Clauses {
			if sums[i] != *c.Count {
				t.Errorf("%s: %s is true of %d customers and counts %d", filter, c.Text, sums[i], *c.Count)
			}
		}
		if total != e.Total {
			t.Errorf("%s: true of %d customers, total %d", filter, total, e.Total)
		}
	}
}
