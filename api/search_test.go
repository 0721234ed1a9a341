package api

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/dsl"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/bleveindex"
)

// fill writes n customers c0000… with a number each, in one batch.
func (f *fixture) fill(n int) (seq uint64) {
	f.t.Helper()
	var customers []map[string]any
	for i := range n {
		customers = append(customers, map[string]any{"id": fmt.Sprintf("c%04d", i), "tags": []string{fmt.Sprintf("t%d", i%7)},
			"profile": map[string]any{"name": fmt.Sprintf("name %d", i%5), "email": fmt.Sprintf("c%d@x.jp", i)}})
	}
	var got struct{ Seq uint64 }
	f.do(call{method: "POST", path: "/v1/customers/batch", body: map[string]any{"customers": customers}}).is(200).json(&got)
	return got.Seq
}

func TestSearchFindsSortsAndChooses(t *testing.T) {
	f := newFixture(t)
	seq := f.fill(20)
	r := f.search(map[string]any{"filter": `tags HAS "t3"`, "sort": "-profile.name,id", "fields": []string{"tags", "profile.name"}, "minSeq": seq})
	if r.Total != 3 || r.ids() != "c0003 c0017 c0010" || r.Seq < seq {
		t.Errorf("%+v", r)
	}
	if c := r.Customers[0]; len(c) != 3 || len(c["profile"].(map[string]any)) != 1 {
		t.Errorf("fields were not chosen: %v", c)
	}
	if r = f.search(map[string]any{"fields": []string{"profile"}, "limit": 1, "sort": "id", "minSeq": seq}); len(r.Customers[0]["profile"].(map[string]any)) != 2 || r.Customers[0]["tags"] != nil {
		t.Errorf("a group: %v", r.Customers[0])
	}
	if r = f.search(map[string]any{"limit": 0, "minSeq": seq}); r.Total != 20 || len(r.Customers) != 0 || r.NextCursor != "" {
		t.Errorf("limit 0: %+v", r)
	}
	if r = f.search(map[string]any{"offset": 18, "sort": "id", "minSeq": seq}); r.ids() != "c0018 c0019" || r.Total != 20 || r.NextCursor != "" {
		t.Errorf("offset: %+v", r)
	}
	var count struct {
		Total int
		Seq   uint64
	}
	f.do(call{method: "POST", path: "/v1/customers/count", body: map[string]any{"filter": `tags HAS "t3"`, "q": "c17@", "minSeq": seq}}).is(200).json(&count)
	if count.Total != 1 || count.Seq < seq {
		t.Errorf("%+v", count)
	}
}

func TestSearchByAListNamesWhatMatchedNoOne(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"profile":{"email":"a@x.jp","mobileNumber":"+81 90 1234 5678"}}`)
	f.put("c2", `{"profile":{"email":"b@x.jp","mobileNumber":"内線 7"}}`)
	seq := f.put("c3", `{"profile":{"name":"c1 b@x.jp"}}`).Seq
	r := f.search(map[string]any{"q": "Ａ@X.jp\n090-1234-5678\nnobody@x.jp\n\nc3\n内線　７\nb@x", "sort": "id", "minSeq": seq, "limit": 2})
	if r.ids() != "c1 c2" || r.Total != 3 || strings.Join(r.Unmatched, "|") != "nobody@x.jp|b@x" {
		t.Errorf("%+v", r)
	}
	next := f.search(map[string]any{"q": "Ａ@X.jp\n090-1234-5678\nnobody@x.jp\n\nc3\n内線　７\nb@x", "sort": "id", "cursor": r.NextCursor})
	if next.ids() != "c3" || next.Unmatched != nil {
		t.Errorf("%+v", next)
	}
	if one := f.search(map[string]any{"q": "nobody@x.jp"}); one.Total != 0 || one.Unmatched != nil {
		t.Errorf("one line is no list: %+v", one)
	}
	// Every form of every line, against the language's own answer for that line.
	for _, line := range []string{"a@x.jp", "A@X.JP ", "09012345678", "+81(0)90-1234-5678", "内線 7", "c2", "C2", "zzz", "90-1234-5678"} {
		r := f.search(map[string]any{"q": line + "\nnever-there"})
		if matched := !slices.Contains(r.Unmatched, strings.TrimSpace(line)); matched != (r.Total > 0) {
			t.Errorf("%q: %d customers, unmatched %q", line, r.Total, r.Unmatched)
		}
	}
}

func TestFaultsOfAQuestion(t *testing.T) {
	f := newFixture(t)
	search := func(body any) answer {
		return f.do(call{method: "POST", path: "/v1/customers/search", body: body, bad: true})
	}
	p := search(map[string]any{"filter": "sessionCount > 5"}).problem(422, service.CodeUnknownField)
	if len(p.Diagnostics) != 1 || !slices.Contains(p.Diagnostics[0].Expected, "sessionsCount") || !strings.Contains(p.Diagnostics[0].Rendered, "^") {
		t.Errorf("%+v", p.Diagnostics)
	}
	search(map[string]any{"filter": "sessionCount > 5 AND name >"}).problem(422, service.CodeInvalidFilter)
	search(map[string]any{"filter": "sessionCount > 5 AND name > 3"}).problem(422, service.CodeInvalidFilter)
	search(map[string]any{"sort": "nam"}).problem(422, service.CodeUnknownField)
	search(map[string]any{"sort": "tags"}).problem(400, service.CodeBadRequest)
	search(map[string]any{"sort": strings.Repeat("name,", 8) + "id"}).problem(400, service.CodeBadRequest)
	search(map[string]any{"fields": []string{"nam"}}).problem(422, service.CodeUnknownField)
	search(map[string]any{"timeZone": "Mars/Base"}).problem(400, service.CodeBadRequest)
	search(map[string]any{"timeZone": "Local"}).problem(400, service.CodeBadRequest)
	search(map[string]any{"now": "yesterday"}).problem(400, service.CodeBadRequest)
	search(map[string]any{"cursor": "x", "offset": 1}).problem(400, service.CodeBadRequest)
	p = search(map[string]any{"limit": 1001, "offset": -1}).problem(400, service.CodeBadRequest)
	if len(p.Errors) != 2 {
		t.Errorf("both faults at once: %+v", p.Errors)
	}
	for _, e := range p.Errors {
		if e.Field != "limit" && e.Field != "offset" {
			t.Errorf("%+v", e)
		}
	}
	search(map[string]any{"limt": 3}).problem(400, service.CodeBadRequest)
	search(`{"limit": "3"}`).problem(400, service.CodeBadRequest)
	search(`{"filter": `).problem(400, service.CodeBadRequest)
	search(``).problem(400, service.CodeBadRequest)
	search(`[]`).problem(400, service.CodeBadRequest)
	if body := string(search(`{"filter": "secret@x.jp" oops}`).body); strings.Contains(body, "secret") {
		t.Errorf("the body is echoed: %s", body)
	}
}

func TestNowAndZoneBindADay(t *testing.T) {
	f := newFixture(t)
	seq := f.put("c1", `{"profile":{"lastCheckoutCompletedAt":"2026-11-23T23:30:00+09:00"}}`).Seq
	count := func(body map[string]any) int {
		body["minSeq"] = seq
		return f.search(body).Total
	}
	filter := `profile.lastCheckoutCompletedAt = today`
	for _, c := range []struct {
		now, zone string
		want      int
	}{{"", "", 0}, {"2026-11-23T01:00:00Z", "", 1}, {"2026-11-23T15:30:00Z", "", 0}, {"2026-11-23T15:30:00Z", "UTC", 1}, {"2026-11-23", "", 1}} {
		if got := count(map[string]any{"filter": filter, "now": c.now, "timeZone": c.zone}); got != c.want {
			t.Errorf("now %q in %q: %d, want %d", c.now, c.zone, got, c.want)
		}
	}
}

func TestPagesByCursorWalkEveryRowOnce(t *testing.T) {
	t.Run("memindex", func(t *testing.T) { walkWhileOthersWrite(t, newFixture(t)) })
	t.Run("bleveindex", func(t *testing.T) { walkWhileOthersWrite(t, newFixtureOn(t, openBleve)) })
}

func openBleve(dir string) (index.Backend, error) { return bleveindex.Open(dir, bleveindex.Options{}) }

func walkWhileOthersWrite(t *testing.T, f *fixture) {
	seq := f.fill(300)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() { // others are written meanwhile, and never match
		random := rand.New(rand.NewPCG(seed, 1))
		for {
			select {
			case <-stop:
				return
			default:
				_, err := f.service.Put(t.Context(), service.EditRequest{ID: fmt.Sprintf("other%d", random.IntN(50)), Body: fmt.Appendf(nil, `{"profile":{"name":"name %d"}}`, random.IntN(9))})
				if err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	request := map[string]any{"filter": `id ^= "c"`, "sort": "profile.name,-profile.email", "limit": 17, "minSeq": seq}
	var walked []string
	lastName, lastEmail := "", ""
	for pages := 0; ; pages++ {
		r := f.search(request)
		if r.Total != 300 {
			t.Fatalf("page %d: total %d", pages, r.Total)
		}
		for _, c := range r.Customers {
			profile := c["profile"].(map[string]any)
			name, email := profile["name"].(string), profile["email"].(string)
			if name < lastName || name == lastName && email >= lastEmail {
				t.Fatalf("%s %s after %s %s", name, email, lastName, lastEmail)
			}
			lastName, lastEmail = name, email
			walked = append(walked, c["id"].(string))
		}
		if r.NextCursor == "" {
			break
		}
		request["cursor"] = r.NextCursor
	}
	close(stop)
	writer.Wait()
	slices.Sort(walked)
	if len(walked) != 300 || len(slices.Compact(walked)) != 300 {
		t.Errorf("%d rows, %d of them different", len(walked), len(slices.Compact(walked)))
	}
}

// Missing sort values come last, and a page may end among them: the cursor
// holds them too.
func TestPagesGoOnAmongMissingValues(t *testing.T) {
	f := newFixture(t)
	seq := f.fill(6)
	for i := range 3 {
		seq = f.put(fmt.Sprintf("z%d", i), fmt.Sprintf(`{"profile":{"lastCheckoutCompletedAt":%d}}`, 1700000000000+i)).Seq
	}
	for sort, want := range map[string]string{
		"":                                 "c0000 c0001 c0002 c0003 c0004 c0005 z0 z1 z2",
		"-profile.lastCheckoutCompletedAt": "z2 z1 z0 c0000 c0001 c0002 c0003 c0004 c0005",
		"profile.lastCheckoutCompletedAt":  "z0 z1 z2 c0000 c0001 c0002 c0003 c0004 c0005",
		"unsubscribeEmail,profile.name":    "c0000 c0005 c0001 c0002 c0003 c0004 z0 z1 z2",
	} {
		request := map[string]any{"sort": sort, "limit": 2, "minSeq": seq}
		var walked []string
		for {
			r := f.search(request)
			walked = append(walked, r.ids())
			if r.NextCursor == "" {
				break
			}
			request["cursor"] = r.NextCursor
		}
		if got := strings.Join(walked, " "); got != want {
			t.Errorf("by %q: %s, want %s", sort, got, want)
		}
	}
}

func TestCursorsKeepTheirQuestion(t *testing.T) {
	f := newFixture(t)
	seq := f.fill(5)
	page := map[string]any{"filter": `createdAt <= now`, "sort": "id", "limit": 2, "minSeq": seq}
	first := f.search(page)
	if first.ids() != "c0000 c0001" || first.NextCursor == "" {
		t.Fatalf("%+v", first)
	}
	f.clock.add(time.Hour)
	late := f.put("c00005", `{}`).Seq // created after the first page's now
	page["cursor"], page["minSeq"] = first.NextCursor, late
	second := f.search(page)
	if second.ids() != "c0002 c0003" || second.Total != 5 {
		t.Errorf("the original now is kept: %+v", second)
	}
	page["limit"] = 2
	page["cursor"] = second.NextCursor
	if third := f.search(page); third.ids() != "c0004" || third.NextCursor != "" {
		t.Errorf("%+v", third)
	}
	wrong := func(change map[string]any) answer {
		body := map[string]any{"filter": `createdAt <= now`, "sort": "id", "cursor": first.NextCursor}
		for k, v := range change {
			body[k] = v
		}
		return f.do(call{method: "POST", path: "/v1/customers/search", body: body})
	}
	wrong(nil).is(200)
	wrong(map[string]any{"timeZone": "Asia/Tokyo"}).is(200)
	for _, change := range []map[string]any{{"filter": ""}, {"q": "x"}, {"sort": "-id"}, {"timeZone": "UTC"}, {"now": "2026-01-01"}, {"cursor": "AAAA"}, {"cursor": "%%%"}} {
		wrong(change).problem(400, service.CodeBadRequest)
	}
	// A cursor of another epoch belongs to data that is no more.
	wrong(map[string]any{"cursor": f.forge(first.NextCursor, "e", "another")}).problem(410, service.CodeGone)
	wrong(map[string]any{"cursor": f.forge(first.NextCursor, "k", []any{map[string]any{"k": uint8(schema.Number), "n": 5}})}).problem(400, service.CodeBadRequest)
	wrong(map[string]any{"cursor": f.forge(first.NextCursor, "k", []any{})}).problem(400, service.CodeBadRequest)
	wrong(map[string]any{"cursor": f.forge(first.NextCursor, "v", 99)}).problem(400, service.CodeBadRequest)
}

// forge changes one member of a cursor.
func (f *fixture) forge(cursor, member string, value any) string {
	f.t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	f.must(err)
	var c map[string]any
	f.must(json.Unmarshal(raw, &c))
	c[member] = value
	raw, err = json.Marshal(c)
	f.must(err)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// oldCursor is one of the same search before the data was restored.
func (f *fixture) oldCursor() string {
	f.t.Helper()
	var seq uint64
	for i := range 2 {
		seq = f.put(fmt.Sprintf("paged%d", i), `{}`).Seq
	}
	return f.forge(f.search(map[string]any{"limit": 1, "minSeq": seq}).NextCursor, "e", "another")
}

func TestTheWholeMatchStreams(t *testing.T) {
	f := newFixture(t)
	seq := f.fill(1234)
	a := f.do(call{method: "POST", path: "/v1/customers/search", header: map[string]string{"Accept": "application/x-ndjson"},
		body: map[string]any{"sort": "id", "fields": []string{"id"}, "minSeq": seq, "offset": 4}}).is(200)
	if got := a.header.Get("Content-Type"); got != ndjson {
		t.Errorf("Content-Type %s", got)
	}
	lines := bufio.NewScanner(strings.NewReader(string(a.body)))
	n := 4
	for ; lines.Scan(); n++ {
		if want := fmt.Sprintf(`{"id":"c%04d"}`, n); lines.Text() != want {
			t.Fatalf("line %d: %s, want %s", n, lines.Text(), want)
		}
	}
	if n != 1234 {
		t.Errorf("%d rows", n-4)
	}
	lineHeader := map[string]string{"Accept": "application/x-ndjson"}
	f.do(call{method: "POST", path: "/v1/customers/search", header: lineHeader, body: map[string]any{"filter": `id = "none"`}}).is(200)
	f.do(call{method: "POST", path: "/v1/customers/search", header: lineHeader, body: map[string]any{"filter": `oops`}}).problem(422, service.CodeUnknownField)
}

func TestReadYourWrites(t *testing.T) {
	t.Run("memindex", func(t *testing.T) { readWhatWasWritten(t, newFixture(t)) })
	t.Run("bleveindex", func(t *testing.T) { readWhatWasWritten(t, newFixtureOn(t, openBleve)) })
}

func readWhatWasWritten(t *testing.T, f *fixture) {
	for i := range 50 {
		seq := f.put("c1", fmt.Sprintf(`{"profile":{"name":"n%d"}}`, i)).Seq
		if r := f.search(map[string]any{"filter": fmt.Sprintf(`profile.name = "n%d"`, i), "minSeq": seq}); r.Total != 1 || r.Seq < seq {
			t.Fatalf("write %d with seq %d: %+v", i, seq, r)
		}
	}
	began := time.Now()
	f.do(call{method: "POST", path: "/v1/customers/count", body: map[string]any{"minSeq": 1000}}).problem(503, service.CodeIndexing)
	if took := time.Since(began); took > 2*service.MinSeqWait {
		t.Errorf("waited %s for a write that does not come", took)
	}
}

func TestAnIndexThatIsBehindIsSaidToBe(t *testing.T) {
	g := &gate{}
	state := service.IndexStatus{State: service.StateReady}
	f := newFixture(t, func(s *service.Config, _ *Config) {
		g.Index = s.Index
		s.Index = g
		s.IndexStatus = func() service.IndexStatus { return state }
	})
	seq := f.put("c1", `{}`).Seq
	f.do(call{path: "/readyz"}).is(200)
	g.hold(errors.New("behind"))
	for _, path := range []string{"search", "count", "explain"} {
		a := f.do(call{method: "POST", path: "/v1/customers/" + path, body: map[string]any{"minSeq": seq}})
		p := a.problem(503, service.CodeIndexing)
		if !strings.Contains(p.Detail, "minSeq") || a.header.Get("Retry-After") == "" {
			t.Errorf("%+v %v", p, a.header)
		}
	}
	state.State = "rebuilding"
	f.do(call{path: "/readyz"}).problem(503, service.CodeIndexing)
	f.do(call{path: "/v1/customers/c1"}).is(200)
	f.put("c1", `{"profile":{"name":"written meanwhile"}}`)
	// An index that is being replaced still answers, and says so.
	g.hold(nil)
	state.Stale = true
	f.do(call{path: "/readyz"}).is(200)
	for _, path := range []string{"search", "count"} {
		if a := f.do(call{method: "POST", path: "/v1/customers/" + path, body: `{}`}).is(200); !strings.Contains(string(a.body), `"stale":true`) {
			t.Errorf("%s", a.body)
		}
	}
}

func TestExplainAnalyzeAndFormat(t *testing.T) {
	f := newFixture(t)
	seq := f.fill(3)
	var e service.ExplainAnswer
	f.do(call{method: "POST", path: "/v1/customers/explain", body: map[string]any{"filter": `createdAt > now-1d AND tags HAS "t1"`, "minSeq": seq}}).is(200).json(&e)
	if e.Total != 1 || e.Plan == "" || !strings.Contains(e.Expression, "createdAt") || len(e.Bound) != 1 || e.TimeZone != "Asia/Tokyo" || e.Now != "2026-11-24T10:30:00.000+09:00" {
		t.Errorf("%+v", e)
	}
	f.do(call{method: "POST", path: "/v1/customers/explain", body: map[string]any{"filter": "x ="}}).problem(422, service.CodeInvalidFilter)

	analyze := func(filter string) service.Analysis {
		var a service.Analysis
		f.do(call{method: "POST", path: "/v1/filter/analyze", body: map[string]any{"filter": filter}}).is(200).json(&a)
		return a
	}
	a := analyze(`member=true and not(tags any ^="v" or "田中" or lastSeenAt>startOf(mo)-30d)`)
	if dsl.HasErrors(a.Diagnostics) || a.Formatted == "" || a.Expression == "" || a.AST == nil || a.AST.Type != "and" {
		t.Fatalf("%+v", a)
	}
	or := a.AST.Parts[1].Parts[0]
	if or.Type != "or" || len(or.Parts) != 3 || or.Parts[0].Quantifier != "ANY" || or.Parts[0].Operator != "^=" || or.Parts[1].Text != "田中" {
		t.Errorf("%+v", or)
	}
	if date := or.Parts[2].Values[0]; date.Kind != "date" || date.Unit != "mo" || len(date.Shifts) != 1 || date.Shifts[0].Amount != -30 {
		t.Errorf("%+v", date)
	}
	if wrong := analyze(`sessionCount > 5 AND name = 3`); told(wrong.Diagnostics) != "unknown_field empty_field type_value" || wrong.AST == nil || wrong.Expression != "" {
		t.Errorf("%+v", wrong)
	}
	if broken := analyze(`name =`); len(broken.Diagnostics) == 0 || broken.AST != nil {
		t.Errorf("%+v", broken)
	}
	if empty := analyze(``); len(empty.Diagnostics) != 0 || empty.AST != nil {
		t.Errorf("%+v", empty)
	}
	var text struct{ Filter string }
	f.do(call{method: "POST", path: "/v1/filter/format", body: map[string]any{"filter": "member＝true  # 会員"}}).is(200).json(&text)
	if !strings.HasPrefix(text.Filter, "member = TRUE") || !strings.Contains(text.Filter, "# 会員") {
		t.Errorf("%q", text.Filter)
	}
	f.do(call{method: "POST", path: "/v1/filter/format", body: map[string]any{"filter": "("}}).problem(422, service.CodeInvalidFilter)
	f.do(call{method: "POST", path: "/v1/filter/analyze", body: map[string]any{"filter": "", "timeZone": "x"}}).problem(400, service.CodeBadRequest)
}
