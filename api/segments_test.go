package api

import (
	"net/http"
	"strings"
	"testing"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/store"
)

const exampleSegmentPath = "/v1/segments/example"

// segmentAccess says who may call which of these routes; creating and deleting
// are in TestWhoMayChangeSegments.
func segmentAccess() []routeAccess {
	const read, use = "owner manager viewer search", "owner manager viewer search segment:use"
	return []routeAccess{
		{call{path: "/v1/segments"}, use},
		{call{path: "/v1/segments/graph"}, read},
		{call{path: exampleSegmentPath}, use},
		{call{path: exampleSegmentPath + "/versions"}, read},
		{call{method: "PUT", path: exampleSegmentPath, body: `{"filter":"member"}`}, "owner manager"},
		{call{method: "POST", path: exampleSegmentPath + "/restore", body: `{"version":1}`}, "owner manager"},
		{call{path: exampleSegmentPath + "/count"}, use},
		{call{path: exampleSegmentPath + "/customers"}, use},
		{call{path: exampleSegmentPath + "/contains/c1"}, use},
		{call{method: "POST", path: exampleSegmentPath + "/contains", body: `{"ids":["c1"]}`}, use},
		{call{path: "/v1/customers/c1/segments"}, use},
	}
}

// segmentBodies are bodies that these routes take.
func segmentBodies() []exampleBody {
	return []exampleBody{
		{"POST /v1/segments", `{"key":"new","filter":"member"}`},
		{"PUT " + exampleSegmentPath, `{"filter":"member"}`},
		{"POST " + exampleSegmentPath + "/restore", `{"version":1}`},
		{"POST " + exampleSegmentPath + "/contains", `{"ids":["c1"]}`},
	}
}

func (f *fixture) exampleSegment() {
	f.t.Helper()
	f.must(f.store.PutSegment(store.Segment{Key: "example", Name: schema.Words{JA: "例", EN: "Example"}, Filter: "member"}))
}

// saved creates a segment that must be accepted.
func (f *fixture) saved(key, filter string) service.SegmentAnswer {
	f.t.Helper()
	var answer service.SegmentAnswer
	f.do(call{method: "POST", path: "/v1/segments", body: map[string]any{"key": key, "filter": filter}}).is(201).json(&answer)
	return answer
}

// provokeSegments brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeSegments() {
	f.t.Helper()
	stale := map[string]string{"If-Match": `"other"`}
	for _, path := range []string{"/v1/segments?limit=0", exampleSegmentPath + "/count?minSeq=x", exampleSegmentPath + "/customers?limit=x"} {
		f.do(call{path: path, bad: true}).problem(400, service.CodeBadRequest)
	}
	for _, c := range []call{{path: ""}, {method: "PUT", body: `{"filter":""}`}, {method: "DELETE"}, {path: "/versions"}, {path: "/count"}, {path: "/customers"},
		{method: "POST", path: "/restore", body: `{"version":1}`}, {path: "/contains/c1"}, {method: "POST", path: "/contains", body: `{"ids":[]}`}} {
		c.path = "/v1/segments/nobody" + c.path
		f.do(c).problem(404, service.CodeNotFound)
	}
	f.do(call{path: "/v1/customers/none/segments"}).problem(404, service.CodeNotFound)
	f.saved("user", `segment("example")`)
	f.do(call{method: "POST", path: "/v1/segments", body: `{"key":"user","filter":""}`}).problem(409, service.CodeExists)
	if p := f.do(call{method: "DELETE", path: exampleSegmentPath}).problem(409, service.CodeInUse); len(p.UsedBy) != 1 || p.UsedBy[0] != (service.Use{Kind: "segment", Key: "user"}) {
		f.t.Errorf("%+v", p)
	}
	f.do(call{method: "PUT", path: exampleSegmentPath, body: `{"filter":"member"}`, header: stale}).problem(412, service.CodePreconditionFailed)
	f.do(call{method: "POST", path: exampleSegmentPath + "/restore", body: `{"version":1}`, header: stale}).problem(412, service.CodePreconditionFailed)
	f.do(call{method: "DELETE", path: exampleSegmentPath, header: stale}).problem(412, service.CodePreconditionFailed)
	f.do(call{method: "DELETE", path: "/v1/segments/user"}).is(204)
	f.do(call{path: exampleSegmentPath + "/customers?cursor=" + f.oldCursor(), bad: true}).problem(410, service.CodeGone)

	f.must(f.store.PutSegment(store.Segment{Key: "lost", Filter: `gone = "x"`}))
	f.must(f.store.PutSegment(store.Segment{Key: "lost", Filter: "member AND"}))
	for _, c := range []call{{path: "/count"}, {path: "/customers"}, {path: "/contains/c1"}, {method: "POST", path: "/contains", body: `{"ids":["c1"]}`}} {
		c.path = "/v1/segments/lost" + c.path
		f.do(c).problem(422, service.CodeInvalidFilter)
	}
	f.do(call{method: "POST", path: "/v1/segments/lost/restore", body: `{"version":1}`}).problem(422, service.CodeUnknownField)
}

func TestWhoMayChangeSegments(t *testing.T) {
	f := newFixture(t)
	for name, secret := range f.tokens {
		body := map[string]any{"key": "of " + name, "filter": "member"}
		create := f.do(call{method: "POST", path: "/v1/segments", body: body, token: secret})
		f.must(f.store.PutSegment(store.Segment{Key: "of " + name, Filter: "tags IS SET"}))
		remove := f.do(call{method: "DELETE", path: "/v1/segments/of%20" + name, token: secret})
		if name == service.RoleOwner || name == service.RoleManager {
			create.is(201)
			remove.is(204)
			continue
		}
		create.problem(403, service.CodeForbidden)
		remove.problem(403, service.CodeForbidden)
	}
}

func TestASegmentsFaultsAreToldAtOnce(t *testing.T) {
	f := newFixture(t)
	p := f.do(call{method: "POST", path: "/v1/segments", body: map[string]any{"filter": `nam = "x" AND tags = "x"`, "timeZone": "Tokyo", "colour": "#12345",
		"folder": "a\nb", "name": map[string]string{"ja": strings.Repeat("名", 201), "en": strings.Repeat("n", 200)}}}).problem(422, service.CodeInvalidValue)
	var codes []string
	for _, e := range p.Errors {
		codes = append(codes, e.Field+":"+e.Code)
	}
	for _, d := range p.Diagnostics {
		codes = append(codes, d.Code)
	}
	if got := strings.Join(codes, " "); got != "key:bad_key name.ja:too_long folder:bad_text colour:bad_colour timeZone:unknown_zone unknown_field type_operator" {
		t.Errorf("%s", got)
	}
	for colour, status := range map[string]int{"#A1B2C3": 201, "teal": 201, "": 201, "mauve": 422, "#a1b2c": 422, "a1b2c3": 422} {
		f.do(call{method: "POST", path: "/v1/segments", body: map[string]any{"key": "c" + colour, "filter": "", "colour": colour}}).is(status)
	}
	f.do(call{method: "POST", path: "/v1/segments", body: `{"key":"graph","filter":""}`}).problem(422, service.CodeInvalidValue)
}

func TestASaveAnswersWithFormAndWarnings(t *testing.T) {
	f := newFixture(t)
	const written = "country!='JP'   # not here\n"
	a := f.do(call{method: "POST", path: "/v1/segments", body: map[string]any{"key": "a/b c", "filter": written}}).is(201)
	var got service.SegmentAnswer
	a.json(&got)
	if *got.Filter != written || !strings.HasPrefix(got.Formatted, `country != "JP"`) || !strings.Contains(got.Formatted, "# not here") || got.Status != "created" || got.Version != 1 {
		t.Errorf("%+v", got)
	}
	if len(got.Warnings) != 1 || got.Warnings[0].Code != "lone_negative" || a.header.Get("ETag") == "" {
		t.Errorf("%+v", got.Warnings)
	}
	if got.Author == nil || got.Author.Name != "owner" || got.Author.TokenID == "" {
		t.Errorf("%+v", got.Author)
	}
	path := "/v1/segments/a%2Fb%20c"
	again := f.do(call{path: path}).is(200)
	if again.header.Get("ETag") != a.header.Get("ETag") {
		t.Error("another ETag without a change")
	}
	var formatted service.SegmentAnswer
	f.do(call{method: "PUT", path: path, body: map[string]any{"filter": written, "format": true}, header: map[string]string{"If-Match": a.header.Get("ETag")}}).is(200).json(&formatted)
	if *formatted.Filter != got.Formatted || formatted.Status != "updated" || formatted.Version != 2 {
		t.Errorf("%+v", formatted)
	}
	f.do(call{method: "PUT", path: path, body: map[string]any{"filter": "member"}, header: map[string]string{"If-Match": a.header.Get("ETag")}}).problem(412, service.CodePreconditionFailed)
	var same service.SegmentAnswer
	f.do(call{method: "PUT", path: path, body: map[string]any{"filter": formatted.Filter}}).is(200).json(&same)
	if same.Status != "unchanged" || same.Version != 2 {
		t.Errorf("%+v", same)
	}
}

func TestSegmentsAreListedByFolderAndPage(t *testing.T) {
	f := newFixture(t)
	for key, folder := range map[string]string{"a": "", "b": "x", "c": "x/y", "d": "xy", "e": "x"} {
		f.must(f.store.PutSegment(store.Segment{Key: key, Folder: folder}))
	}
	list := func(query string) (keys, next string) {
		var got service.SegmentsAnswer
		f.do(call{path: "/v1/segments" + query}).is(200).json(&got)
		for _, s := range got.Segments {
			keys += s.Key
		}
		return keys, got.NextCursor
	}
	for query, want := range map[string]string{"": "abcde ", "?folder=x": "bce ", "?folder=x%2Fy": "c ", "?limit=2": "ab b", "?limit=2&cursor=b": "cd d", "?limit=2&cursor=d": "e ",
		"?limit=5": "abcde ", "?folder=x&limit=1&cursor=b": "c c"} {
		if keys, next := list(query); keys+" "+next != want {
			t.Errorf("%s: %s %s, want %s", query, keys, next, want)
		}
	}
}

func TestSegmentsAreUsedOverHTTP(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"tags":["VIP"],"profile":{"name":"a"}}`)
	seq := f.put("c2", `{"tags":["vip","new"]}`).Seq
	f.put("c%2F3", `{}`)
	f.saved("vip", `tags HAS "VIP"`)
	f.saved("newcomers", `segment("vip") AND tags HAS "new"`)
	var count service.SegmentCount
	f.do(call{path: "/v1/segments/vip/count?minSeq=3"}).is(200).json(&count)
	if count.Total != 2 || count.Seq < seq || count.Now != "2026-11-24T10:30:00.000+09:00" {
		t.Errorf("%+v", count)
	}
	var page found
	f.do(call{path: "/v1/segments/vip/customers?limit=1&sort=-id&fields=tags,profile.name"}).is(200).json(&page)
	if page.Total != 2 || page.ids() != "c2" || page.NextCursor == "" {
		t.Errorf("%+v", page)
	}
	f.do(call{path: "/v1/segments/vip/customers?limit=1&sort=-id&cursor=" + page.NextCursor}).is(200).json(&page)
	if page.ids() != "c1" {
		t.Errorf("%+v", page)
	}
	for id, want := range map[string]bool{"c1": true, "c%2F3": false} {
		var one service.Contains
		f.do(call{path: "/v1/segments/vip/contains/" + id}).is(200).json(&one)
		if one.Contains != want {
			t.Errorf("%s: %+v", id, one)
		}
	}
	f.do(call{path: "/v1/segments/vip/contains/nobody"}).problem(404, service.CodeNotFound)
	var many service.ContainsMany
	f.do(call{method: "POST", path: "/v1/segments/vip/contains", body: map[string]any{"ids": []string{"c2", "x", "c/3", "c1"}}}).is(200).json(&many)
	if strings.Join(many.Contained, " ") != "c2 c1" || strings.Join(many.Missing, " ") != "x" {
		t.Errorf("%+v", many)
	}
	tooMany := make([]string, service.MaxContainsIDs+1)
	f.do(call{method: "POST", path: "/v1/segments/vip/contains", body: map[string]any{"ids": tooMany}, bad: true}).problem(400, service.CodeBadRequest)
	f.do(call{method: "POST", path: "/v1/segments/vip/contains", body: map[string]any{"ids": tooMany[1:]}}).is(200)
	var of service.CustomerSegments
	f.do(call{path: "/v1/customers/c2/segments"}).is(200).json(&of)
	if len(of.Segments) != 2 || of.Segments[0].Key != "newcomers" || of.Segments[1].Key != "vip" || of.Now == "" {
		t.Errorf("%+v", of)
	}
	var graph service.SegmentGraph
	f.do(call{path: "/v1/segments/graph"}).is(200).json(&graph)
	if len(graph.Segments) != 2 || strings.Join(graph.Segments[0].Uses, " ") != "vip" || strings.Join(graph.Segments[1].UsedBy, " ") != "newcomers" || strings.Join(graph.Segments[0].Reads, " ") != "tags" {
		t.Errorf("%+v", graph)
	}
}

// A token that may only use segments gets ids, keys and names, nothing else.
func TestATokenForUsingSegmentsGetsIDsAlone(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"tags":["VIP"],"profile":{"name":"tanaka"}}`)
	f.put("c0", `{"tags":["VIP"],"profile":{"name":"suzuki"}}`)
	f.saved("vip", `tags HAS "VIP"`)
	use := f.tokens[service.ScopeSegmentUse]
	for _, path := range []string{"/v1/segments", "/v1/segments/vip", "/v1/segments/vip/customers", "/v1/customers/c1/segments"} {
		body := string(f.do(call{path: path, token: use}).is(200).body)
		if strings.Contains(body, "HAS") || strings.Contains(body, "tanaka") || strings.Contains(body, "tags") {
			t.Errorf("%s: %s", path, body)
		}
	}
	var page found
	f.do(call{path: "/v1/segments/vip/customers", token: use}).is(200).json(&page)
	if page.ids() != "c0 c1" {
		t.Errorf("%+v", page)
	}
	for _, query := range []string{"?sort=profile.name", "?fields=profile", "?now=2020-01-01"} {
		f.do(call{path: "/v1/segments/vip/customers" + query, token: use}).problem(403, service.CodeForbidden)
	}
	f.do(call{path: "/v1/segments/vip/customers?sort=id&fields=id", token: use}).is(200)
	f.do(call{method: http.MethodPost, path: "/v1/customers/count", body: `{"filter":"segment(\"vip\")"}`, token: use}).problem(403, service.CodeForbidden)
}
