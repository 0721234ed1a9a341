package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/store"
)

// The field that is not for everybody, and its rare value, as they stand in
// any answer that gives them away.
const (
	secretKey   = "profile.salaryZq"
	secretValue = "zqrare7781"
	secretEmail = "zqmail@rare.example" // profile.email is restricted too: quick search reads it
)

// blind are the names of the fixture's tokens that see nothing of what is
// restricted to the owner.
func (f *fixture) blind() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.tokens)), func(name string) bool { return name == service.RoleOwner })
}

// restrict makes fields that exist for some roles only; with is whether the
// secret one exists at all.
func (f *fixture) restrict(with bool, roles ...string) {
	f.t.Helper()
	var fields []schema.Field
	for _, key := range []string{schema.EmailField, schema.LastSeenField} {
		field, _ := f.store.Fields().Lookup(key)
		field.Roles = roles
		fields = append(fields, field)
	}
	if with {
		fields = append(fields, schema.Field{Key: secretKey, Kind: schema.String, Labels: schema.Words{JA: "給与", EN: "Salary"}, Write: schema.WriteManager, Roles: roles})
	}
	_, err := f.store.Update(f.t.Context(), func(tx *store.Tx) error { return tx.PutFields(fields) })
	f.must(err)
}

// plant writes the customers. What nobody but the owner sees differs between
// the two registers: values, their order, who has one.
func (f *fixture) plant(with bool) {
	f.t.Helper()
	for i, id := range []string{"c1", "c2", "c3", "c4"} {
		hidden := `"email":"plain@x.jp"`
		seen := 1_790_000_000_000 + i
		if with {
			seen = 1_790_000_000_000 - i*1000
			hidden = fmt.Sprintf(`"email":"%d%s"`, i, secretEmail)
			if i%2 == 0 {
				hidden = fmt.Sprintf(`"email":"%s","salaryZq":"%s"`, secretEmail, secretValue)
			}
		}
		body := fmt.Sprintf(`{"id":%q,"lastSeenAt":%d,"name":"田中%d","memberId":"m%d","profile":{"name":"Taro %d",%s}}`, id, seen, i, i, i, hidden)
		answer, err := f.service.Batch(f.t.Context(), service.BatchRequest{Body: []byte(body), Lines: true, Policy: service.ImportPolicy(true)})
		f.must(err)
		if r := answer.Results[0]; r.Status == service.Refused {
			f.t.Fatalf("%+v", r)
		}
	}
	f.settle()
}

// settle waits until searches see everything that is written.
func (f *fixture) settle() {
	f.t.Helper()
	snap, err := f.indexer.Snapshot(f.t.Context(), f.store.Seq())
	f.must(err)
	snap.Release()
}

// probes ask about what is restricted by every parameter that could tell.
func probes() []call {
	post := func(path string, bodies ...any) (list []call) {
		for _, b := range bodies {
			list = append(list, call{method: "POST", path: path, body: b})
		}
		return list
	}
	type m = map[string]any
	is := secretKey + ` = "` + secretValue + `"`
	filters := []any{}
	for _, text := range []string{is, "NOT " + is, secretKey + " IS SET", `"` + secretValue + `"`, `NOT "zqmail"`, `profile.email ~ "rare"`, "lastSeenAt < 2100-01-01", "profile.salaryZ = 3", "salaryzq", `"Taro" AND "` + secretValue + `"`} {
		filters = append(filters, m{"filter": text})
	}
	searches := slices.Concat(filters, []any{m{}, m{"sort": "-lastSeenAt"}, m{"sort": secretKey}, m{"sort": "profile.email,name"}, m{"sort": "-name"}, m{"limit": 2},
		m{"q": secretValue}, m{"q": "zqmail"}, m{"q": "taro zqmail"}, m{"q": secretEmail + "\nm0\nnobody@x.jp"}, m{"q": "plain@x.jp\n" + secretValue},
		m{"facets": []m{{"field": secretKey}}}, m{"facets": []m{{"field": "profile.email", "top": 5}}}, m{"facets": []m{{"field": "lastSeenAt", "calendar": "d"}}}, m{"facets": []m{{"field": "name", "top": 5}}},
		m{"fields": []string{secretKey}}, m{"fields": []string{"profile"}}, m{"fields": []string{"profile.email"}}, m{"fields": []string{"id"}}})
	explains := slices.Concat(filters, []any{m{"customer": "c1", "q": "zqmail"}, m{"customer": "c1", "filter": `"taro"`}, m{"customer": "c1", "filter": `"zqmail"`}, m{"customer": "c3", "filter": is}, m{"q": secretValue}})
	var typed []any
	for _, text := range []string{"", "profile.", "profile.sal", "salary", "給与", secretKey + " ", is, `profile.email = "zq`, `profile.email ~ "`, "lastSeenAt", "last", `"zq`} {
		typed = append(typed, m{"filter": text}, m{"filter": text, "cursor": 3})
	}
	list := slices.Concat(post("/v1/customers/search", searches...), post("/v1/customers/count", slices.Concat(filters, []any{m{"q": secretValue}, m{"q": secretEmail + "\nm0"}})...),
		post("/v1/customers/explain", explains...), post("/v1/filter/complete", typed...), post("/v1/filter/hover", typed...),
		post("/v1/filter/analyze", filters...), post("/v1/filter/convert", slices.Concat(filters, []any{
			m{"channel": m{"and": []m{{"or": []m{{"key": secretKey, "type": "string", "operator": "=", "values": []string{secretValue}}}}}}}})...),
		post("/v1/customers/batch", m{"customers": []m{{"id": "c1", "profile": m{"salaryZq": "x"}}, {"id": "c2", secretKey: nil}, {"id": "c3", "profile": m{"email": "a@x.jp"}}, {"id": "c4", "profileOnce": m{"salaryZq": "x"}}}}))
	tag := []m{{"addTags": []string{"x"}}}
	for _, f := range filters {
		list = append(list, post(bulkPath, m{"selection": f, "actions": tag}, m{"selection": f, "actions": tag, "dryRun": true})...)
	}
	for _, action := range []m{{"set": m{"profile.salaryZq": "x"}}, {"set": m{"profile": m{"email": "a@x.jp"}}}, {"clear": []string{secretKey, "profile.email", "lastSeenAt", "profile.salaryZ"}}, {"set": m{"profile": nil}}} {
		list = append(list, post(bulkPath, m{"selection": m{"q": secretValue}, "actions": []m{action}}, m{"selection": m{"ids": []string{"c1"}}, "actions": []m{action}})...)
	}
	for _, c := range post("/v1/customers/search", m{}, m{"q": "taro"}, m{"fields": []string{"profile"}}) {
		c.header = map[string]string{"Accept": ndjson}
		list = append(list, c)
	}
	for _, body := range []any{m{"profile": m{"salaryZq": "x"}}, m{"profile": m{"salaryZq": nil}}, m{"profile": m{"salaryZ": "x"}}, m{"lastSeenAt": 1}, m{"profile": nil}, m{"profile": m{"name": "新"}}, m{}} {
		list = append(list, call{method: "PATCH", path: "/v1/customers/c1", body: body}, call{method: "PUT", path: "/v1/customers/c3", body: body})
	}
	return append(list, call{path: "/v1/customers/c1"}, call{path: "/v1/fields"})
}

// everyRoute are the operations of the document, with a body that each takes;
// those that take something away come last.
func (f *fixture) everyRoute() []call {
	var kept, last []call
	for _, operation := range f.paths {
		method, path, _ := parts(operation + " 200")
		c := call{method: method, path: path, body: bodyFor(method, path)}
		if path == eventsPath {
			c.path += "?job=999999" // which is not there: the stream of all would not end
		}
		if method == "DELETE" {
			last = append(last, c)
		} else {
			kept = append(kept, c)
		}
	}
	return append(kept, last...)
}

// volatile are the members of answers that differ from one server to another,
// or from one moment to the next, whatever is stored.
var volatile = []string{"requestId", "tookMs", "snapshot", "nextCursor", "tokenId", "etag", "secret", "visitorToken"}

// comparable is an answer without what is volatile.
func comparableAnswer(a answer) any {
	if !strings.Contains(a.header.Get("Content-Type"), "json") || a.header.Get("Content-Type") == ndjson {
		return string(a.body)
	}
	var body any
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if d.Decode(&body) != nil {
		return string(a.body)
	}
	return []any{a.status, withoutVolatile(body)}
}

func withoutVolatile(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range volatile {
			delete(v, key)
		}
		for key, member := range v {
			v[key] = withoutVolatile(member)
		}
	case []any:
		for i := range v {
			v[i] = withoutVolatile(v[i])
		}
	}
	return v
}

// ownRequest is what a job was asked to do, by the one that sees it.
var ownRequest = regexp.MustCompile(`"request":\{"selection":.*?,"seq":\d+\}`)

// tells reports whether an answer gives away what the question did not say.
func tells(c call, a answer) (what string) {
	asked, err := json.Marshal(c.body)
	if err != nil {
		panic(err)
	}
	body := a.body
	if strings.HasPrefix(c.path, jobsPath) {
		body = ownRequest.ReplaceAll(body, nil)
	}
	for _, secret := range []string{secretValue, secretEmail, "salaryZq", "給与"} {
		if bytes.Contains(body, []byte(secret)) && !strings.Contains(string(asked), secret) {
			return secret
		}
	}
	return ""
}

// Two registers differ in nothing but what is restricted to the owner: a field
// that only one of them has, the values of others. Whatever a caller without
// that right asks, by any route and parameter, it gets the same answer from
// both, and none names the value or the field. So neither counts, order,
// facets, completion nor refusals tell anything.
func TestWhatIsRestrictedMakesNoDifference(t *testing.T) {
	with, without := newFixture(t), newFixture(t)
	with.restrict(true, service.RoleOwner)
	without.restrict(false, service.RoleOwner)
	requests := slices.Concat(probes(), with.everyRoute())
	for _, name := range with.blind() {
		for _, c := range requests {
			with.plant(true)
			without.plant(false)
			c.off, c.token = true, with.tokens[name]
			got := with.do(c)
			c.token = without.tokens[name]
			other := without.do(c)
			if c.path == "/metrics" { // durations
				got.status, got.body, other = other.status, nil, answer{t: t, status: other.status, header: got.header}
			}
			if !reflect.DeepEqual(comparableAnswer(got), comparableAnswer(other)) {
				t.Errorf("%s: %s %s %v\nwith:    %d %s\nwithout: %d %s", name, c.method, c.path, c.body, got.status, got.body, other.status, other.body)
			}
			if what := tells(c, got); what != "" {
				t.Errorf("%s: %s %s %v tells %s: %s", name, c.method, c.path, c.body, what, got.body)
			}
		}
	}
	with.plant(true)
	if got := with.search(map[string]any{"q": "zqmail", "filter": secretKey + " IS SET"}); got.Total != 2 {
		t.Fatalf("the owner finds %d by the secret: the test shows nothing", got.Total)
	}
}

// A segment that uses a restricted field tells nothing of its filter.
func TestASegmentOfARestrictedFieldKeepsIt(t *testing.T) {
	f := newFixture(t)
	if !slices.Contains(f.paths, "GET /v1/segments") {
		t.Skip("no route shows segments")
	}
	f.restrict(true, service.RoleOwner)
	planted := store.Segment{Key: "example", Name: schema.Words{JA: "例", EN: "Example"}, Filter: secretKey + ` = "` + secretValue + `"`}
	requests := f.everyRoute()
	for _, path := range []string{"/v1/customers/search", "/v1/customers/count", "/v1/customers/explain", "/v1/filter/analyze", "/v1/filter/hover", "/v1/filter/convert"} {
		requests = append(requests, call{method: "POST", path: path, body: `{"filter":"segment(\"example\")"}`})
	}
	for _, name := range f.blind() {
		for _, c := range requests {
			f.plant(true)
			f.must(f.store.PutSegment(planted)) // somebody may have saved another
			c.off, c.token = true, f.tokens[name]
			if a := f.do(c); tells(c, a) != "" {
				t.Errorf("%s: %s %s %v tells %s: %s", name, c.method, c.path, c.body, tells(c, a), a.body)
			}
		}
	}
}

// Whoever a field is for sees it, by every route alike.
func TestARoleSeesWhatIsForIt(t *testing.T) {
	f := newFixture(t)
	f.restrict(true, service.RoleManager)
	f.plant(true)
	for name, sees := range map[string]bool{"owner": true, "manager": true, "viewer": false, "search": false} {
		var page, fields string
		ask := func(path string, body map[string]any) (total int) {
			var answer struct{ Total int }
			c := call{method: "POST", path: path, body: body, token: f.tokens[name]}
			if a := f.do(c); a.status == 200 {
				a.json(&answer)
			}
			return answer.Total
		}
		page = string(f.do(call{path: "/v1/customers/c1", token: f.tokens[name]}).is(200).body)
		fields = string(f.do(call{path: "/v1/fields", token: f.tokens[name]}).is(200).body)
		found := ask("/v1/customers/search", map[string]any{"q": "zqmail"}) + ask("/v1/customers/count", map[string]any{"filter": secretKey + " IS SET"})
		if strings.Contains(page, secretValue) != sees || strings.Contains(fields, secretKey) != sees || (found == 6) != sees || !sees && found != 0 {
			t.Errorf("%s: found %d\n%s", name, found, page)
		}
	}
}

// The default order is by a field; for whom it is restricted, by the id.
func TestTheDefaultOrderTellsNothingOfLastSeen(t *testing.T) {
	f := newFixture(t)
	f.restrict(true, service.RoleOwner)
	f.plant(true)
	if got := f.search(map[string]any{}).ids(); got != "c1 c2 c3 c4" { // c1 was seen last
		t.Errorf("the owner's: %s", got)
	}
	_, err := f.service.Batch(t.Context(), service.BatchRequest{Body: []byte(`{"id":"c4","lastSeenAt":1795000000000}`), Lines: true, Policy: service.ImportPolicy(true)})
	f.must(err)
	f.settle()
	if got := f.search(map[string]any{}).ids(); got != "c4 c1 c2 c3" {
		t.Errorf("the owner's, after a visit: %s", got)
	}
	var viewers found
	f.do(call{method: "POST", path: "/v1/customers/search", body: `{"limit":3}`, token: f.tokens["viewer"]}).is(200).json(&viewers)
	if viewers.ids() != "c1 c2 c3" || viewers.NextCursor == "" {
		t.Errorf("a viewer's: %+v", viewers)
	}
	var next found
	f.do(call{method: "POST", path: "/v1/customers/search", body: map[string]any{"limit": 3, "cursor": viewers.NextCursor}, token: f.tokens["viewer"]}).is(200).json(&next)
	if next.ids() != "c4" {
		t.Errorf("a viewer's next page: %+v", next)
	}
}

// What another caller was given opens nothing: a cursor and a snapshot go
// through the same checks as a request without one.
func TestAnOwnersCursorAndSnapshotOpenNothing(t *testing.T) {
	f := newFixture(t)
	f.restrict(true, service.RoleOwner)
	f.plant(true)
	ask := func(token string, body map[string]any) answer {
		return f.do(call{method: "POST", path: "/v1/customers/search", body: body, token: token})
	}
	viewer := f.tokens["viewer"]
	for sort, code := range map[string]service.Code{secretKey: service.CodeUnknownField, "profile.email": service.CodeUnknownField, "": service.CodeBadRequest} {
		var owners found
		ask("", map[string]any{"sort": sort, "limit": 1}).is(200).json(&owners)
		a := ask(viewer, map[string]any{"sort": sort, "limit": 1, "cursor": owners.NextCursor})
		if p := a.problem(map[service.Code]int{service.CodeUnknownField: 422, service.CodeBadRequest: 400}[code], code); strings.Contains(p.Detail, secretValue) || strings.Contains(p.Detail, secretEmail) {
			t.Errorf("%s: %s", sort, a.body)
		}
	}
	var owners, viewers found
	ask("", map[string]any{"q": secretEmail}).is(200).json(&owners)
	ask(viewer, map[string]any{"q": secretEmail, "snapshot": owners.Snapshot}).is(200).json(&viewers)
	if owners.Total != 4 || viewers.Total != 0 {
		t.Errorf("the owner finds %d, a viewer on the owner's snapshot %d", owners.Total, viewers.Total)
	}
}

// A write leaves what its author cannot see, and its ETag does not know of it.
func TestAWriteLeavesWhatItsAuthorCannotSee(t *testing.T) {
	f := newFixture(t)
	f.restrict(true, service.RoleOwner)
	manager := f.tokens["manager"]
	for _, c := range []call{
		{method: "PUT", path: "/v1/customers/c1", body: `{}`},
		{method: "PUT", path: "/v1/customers/c1", body: `{"profile":{"name":"x"}}`},
		{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":null}`},
		{method: "POST", path: "/v1/customers/batch", body: `{"customers":[{"id":"c1","profile":null}]}`},
	} {
		f.plant(true)
		c.token, c.bad = manager, true // null for a group is taken, if not documented
		f.do(c).is(200)
		if got := string(f.do(call{path: "/v1/customers/c1"}).is(200).body); !strings.Contains(got, secretValue) || !strings.Contains(got, secretEmail) {
			t.Errorf("%s %s leaves %s", c.method, c.body, got)
		}
	}
	tag := func(token string) string {
		return f.do(call{path: "/v1/customers/c1", token: token}).is(200).header.Get("ETag")
	}
	before, owners := tag(manager), tag("")
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":{"salaryZq":"else"}}`}).is(200)
	if tag(manager) != before || tag("") == owners {
		t.Errorf("the manager's ETag %s is %s, the owner's %s is %s", before, tag(manager), owners, tag(""))
	}
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":{"name":"y"}}`, token: manager, header: map[string]string{"If-Match": before}}).is(200)
}

// A kept answer is its token's.
func TestAKeptAnswerIsToldToItsTokenAlone(t *testing.T) {
	f := newFixture(t)
	f.restrict(true, service.RoleOwner)
	f.plant(true)
	c := call{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":{"name":"same"}}`, header: map[string]string{"Idempotency-Key": "k"}}
	for range 2 {
		if got := f.do(c).is(200); !strings.Contains(string(got.body), secretValue) {
			t.Errorf("the owner's: %s", got.body)
		}
	}
	c.token = f.tokens["manager"]
	for range 2 {
		if got := f.do(c).is(200); strings.Contains(string(got.body), secretValue) {
			t.Errorf("the manager's: %s", got.body)
		}
	}
}
