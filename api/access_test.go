package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/index"
)

// A routeAccess is a request that its roles and tokens may make.
type routeAccess struct {
	call
	allowed string // names of the fixture's tokens, or anyone
}

// anyone is of the routes that need no token.
const anyone = "anyone"

// routeAccesses are the requests of all features, with at least one of each
// documented operation: TestEveryRouteSaysWhoMayCallIt.
func routeAccesses() []routeAccess {
	return slices.Concat(fieldAccess(), settingsAccess(), segmentAccess(), ingestAccess(), historyAccess(), tokenAccess(), sessionAccess(), importAccess(), jobAccess(), eraseAccess(), exportAccess(), []routeAccess{
		{call{method: "POST", path: "/v1/customers/search", body: `{}`}, "owner manager viewer search"},
		{call{method: "POST", path: "/v1/customers/count", body: `{}`}, "owner manager viewer search"},
		{call{method: "POST", path: "/v1/customers/explain", body: `{}`}, "owner manager viewer search"},
		{call{path: "/v1/customers/c1"}, "owner manager viewer search"},
		{call{method: "PUT", path: "/v1/customers/c1", body: `{}`}, "owner manager write"},
		{call{method: "PATCH", path: "/v1/customers/c1", body: `{}`}, "owner manager write"},
		{call{method: "POST", path: "/v1/customers/batch", body: `{"customers":[]}`}, "owner manager write"},
		{call{path: "/v1/fields"}, "owner manager viewer search"},
		{call{method: "POST", path: "/v1/filter/analyze", body: `{"filter":""}`}, "owner manager viewer search"},
		{call{method: "POST", path: "/v1/filter/format", body: `{"filter":""}`}, "owner manager viewer search"},
		{call{method: "POST", path: "/v1/filter/convert", body: `{"filter":""}`}, "owner manager viewer search"},
		{call{method: "POST", path: "/v1/filter/complete", body: `{"filter":""}`}, "owner manager viewer search"},
		{call{method: "POST", path: "/v1/filter/hover", body: `{"filter":""}`}, "owner manager viewer search"},
		{call{path: "/metrics"}, "owner metrics"},
		{call{method: "DELETE", path: "/v1/customers/c1"}, "owner manager write"},
		{call{method: "PUT", path: "/v1/customers/@m1", body: `{}`}, "owner manager write"},
		{call{method: "POST", path: "/v1/customers/c1/restore"}, "owner manager write"},
		{call{method: "POST", path: "/v1/fields", body: `{"key":"profile.another","kind":"String"}`}, "owner manager"},
		{call{method: "DELETE", path: "/v1/fields/profile.another"}, "owner manager"},
		{call{method: "POST", path: "/v1/segments", body: `{"key":"another","filter":"member"}`}, "owner manager"},
		{call{method: "DELETE", path: "/v1/segments/another"}, "owner manager"},
		{call{path: "/healthz"}, anyone},
		{call{path: "/readyz"}, anyone},
	})
}

// A new route without an entry fails here.
func TestEveryRouteSaysWhoMayCallIt(t *testing.T) {
	f := newFixture(t)
	covered := map[string]bool{}
	for _, r := range routeAccesses() {
		path, _, _ := strings.Cut(r.path, "?")
		covered[f.operation(cmp.Or(r.method, "GET"), path)] = true
	}
	for _, operation := range f.paths {
		if method, path, _ := strings.Cut(operation, " "); !covered[method+" "+path] {
			t.Errorf("%s: no entry says who may call it", operation)
		}
	}
}

func TestRolesAndTokens(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{}`)
	f.exampleSegment()
	for _, r := range routeAccesses() {
		if r.allowed == anyone {
			continue
		}
		for name, secret := range f.tokens {
			if _, err := f.store.Customer("c1"); err != nil {
				f.put("c1", `{}`)
			}
			r.token = secret
			a := f.do(f.onAToken(r.call))
			if strings.Contains(" "+r.allowed+" ", " "+name+" ") {
				a.letIn(r.call, name)
			} else {
				a.problem(403, service.CodeForbidden)
			}
		}
		r.noToken = true
		if a := f.do(f.onAToken(r.call)); a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: 401 without WWW-Authenticate", r.path)
		} else {
			a.problem(401, service.CodeUnauthorized)
		}
		for _, bad := range []string{"Bearer wrong", "Basic " + f.tokens["owner"], f.tokens["owner"], "Bearer"} {
			c := f.onAToken(r.call)
			c.noToken, c.header = true, map[string]string{"Authorization": bad}
			f.do(c).problem(401, service.CodeUnauthorized)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		f.do(call{path: path, noToken: true}).is(200)
	}
}

// letIn fails the test unless the caller was let in. What it asks for may be
// in the way of itself: a second thing of one key, a second deletion. A page's
// key gets as far as being asked which visitor it is.
func (a answer) letIn(r call, who string) {
	a.t.Helper()
	var p Problem
	if a.status/100 == 2 || a.status == http.StatusConflict {
		return
	}
	a.json(&p)
	again := (r.method == http.MethodDelete || strings.HasPrefix(r.path, exportsPath)) && p.Code == string(service.CodeNotFound) // the job of the caller is no export
	if visitor := who == service.RolePublishable && p.Code == string(service.CodeBadVisitorToken); !again && !visitor {
		a.t.Errorf("%s: %s %s: %d %s", who, r.method, r.path, a.status, a.body)
	}
}

// onAToken puts a new token's id in place of {token}, and a job of the caller's
// in that of ownJob.
func (f *fixture) onAToken(c call) call {
	if strings.Contains(c.path, ownJob) {
		c.path = strings.ReplaceAll(c.path, ownJob, f.endedJobOf(c.token))
	}
	c = f.onAnUpload(c)
	if strings.Contains(c.path, "{token}") {
		c.path = strings.ReplaceAll(c.path, "{token}", f.createToken(viewerToken).Token.ID)
	}
	return c
}

func TestUnknownPathsAndMethodsAreProblems(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/", "/v1", "/v1/customers", "/v1/customers/", "/v1/customers/a/b", "/v2/fields", "/v1/fields/", "/docs", "/schemas/x"} {
		f.do(call{path: path, off: true}).problem(404, service.CodeNotFound)
	}
	a := f.do(call{method: "POST", path: "/healthz", off: true})
	a.problem(405, codeMethodNotAllowed)
	if a.header.Get("Allow") != "GET" {
		t.Errorf("Allow %q", a.header.Get("Allow"))
	}
	f.do(call{method: "POST", path: "/v1/customers/c1", off: true}).problem(405, codeMethodNotAllowed)
}

func TestBodiesHaveLimitsAndAType(t *testing.T) {
	f := newFixture(t)
	big := func(n int) string { return `{"filter":"` + strings.Repeat(" ", n) + `"}` }
	search := func(c call) answer {
		c.method, c.path, c.bad = "POST", "/v1/customers/search", true
		return f.do(c)
	}
	search(call{body: big(maxFilterBody)}).problem(413, codeTooLarge)
	search(call{body: big(1<<20 + 1)}).problem(422, service.CodeInvalidFilter) // the language's own limit
	search(call{body: `{}`, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}).problem(415, codeMediaType)
	search(call{body: `{}`, header: map[string]string{"Content-Type": ""}}).problem(415, codeMediaType)
	search(call{body: `{}`, header: map[string]string{"Content-Type": "Application/JSON; charset=utf-8"}}).is(200)
	f.do(call{method: "PUT", path: "/v1/customers/a", body: `{"profile":{"name":"` + strings.Repeat("x", maxCustomerBody) + `"}}`}).problem(413, codeTooLarge)
	f.do(call{method: "PUT", path: "/v1/customers/a", body: ``, bad: true}).problem(400, service.CodeBadRequest)
	f.do(call{method: "PUT", path: "/v1/customers/a", body: `{"profile":{"name":"a","name":"b"}}`}).problem(400, service.CodeBadRequest)
	f.do(call{method: "PUT", path: "/v1/customers/a", body: "{\"profile\":{\"name\":\"\xff\"}}", bad: true}).problem(400, service.CodeBadRequest)
	f.do(call{method: "PATCH", path: "/v1/customers/a", body: `{}`, header: map[string]string{"Content-Type": "application/merge-patch+json"}}).problem(404, service.CodeNotFound)
}

func TestProblemsSpeakTheCallersLanguage(t *testing.T) {
	f := newFixture(t)
	for accept, want := range map[string]string{"": "Not found", "en": "Not found", "ja": "見つかりません", "ja-JP,en;q=0.5": "見つかりません",
		"en,ja;q=0.5": "Not found", "fr": "Not found", strings.Repeat("ja,", 400): "Not found"} {
		p := f.do(call{path: "/v1/customers/none", header: map[string]string{"Accept-Language": accept}}).problem(404, service.CodeNotFound)
		if p.Title != want {
			t.Errorf("%q: %q", accept, p.Title)
		}
	}
}

// A panicking index stands for any fault in the program.
type panicking struct{ with any }

func (p panicking) Snapshot(context.Context, uint64) (index.Snapshot, error) { panic(p.with) }

func TestAPanicIsAProblemAndTheProcessLives(t *testing.T) {
	f := newFixture(t, func(s *service.Config, _ *Config) { s.Index = panicking{"customer tanaka@x.jp"} })
	p := f.do(call{method: "POST", path: "/v1/customers/count", body: `{}`}).problem(500, service.CodeInternal)
	log := f.log.String()
	if !strings.Contains(log, p.RequestID) || !strings.Contains(log, `"stack"`) || strings.Contains(log, "tanaka") {
		t.Errorf("log: %s", log)
	}
	f.do(call{path: "/healthz"}).is(200)
}

// slow is an index that answers only when the request ends.
type slow struct{ entered chan struct{} }

func (s slow) Snapshot(ctx context.Context, _ uint64) (index.Snapshot, error) {
	if s.entered != nil {
		close(s.entered)
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestARequestHasATime(t *testing.T) {
	f := newFixture(t, func(s *service.Config, c *Config) { s.Index, c.Timeout = slow{}, 20*time.Millisecond })
	f.do(call{method: "POST", path: "/v1/customers/count", body: `{}`}).problem(503, service.CodeTimeout)
}

func TestFaultsOfTheIndexAreInternalAndLogged(t *testing.T) {
	f := newFixture(t, func(s *service.Config, _ *Config) { s.Index = failing{s.Index} })
	p := f.do(call{method: "POST", path: "/v1/customers/search", body: `{}`}).problem(500, service.CodeInternal)
	if strings.Contains(p.Detail, "disk") || !strings.Contains(f.log.String(), "disk on fire") {
		t.Errorf("detail %q\nlog %s", p.Detail, f.log.String())
	}
}

type failing struct{ service.Index }

func (f failing) Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	snap, err := f.Index.Snapshot(ctx, minSeq)
	return failingSnapshot{snap}, err
}

type failingSnapshot struct{ index.Snapshot }

func (failingSnapshot) Search(context.Context, index.Query) (index.Page, error) {
	return index.Page{}, errors.New("disk on fire")
}

func TestLogsAndMetricsHoldNothingOfACustomer(t *testing.T) {
	f := newFixture(t)
	f.put("tanaka-id", `{"profile":{"email":"tanaka@x.jp"}}`)
	f.do(call{path: "/v1/customers/tanaka-id?name=tanaka", off: true})
	f.do(call{method: "POST", path: "/v1/customers/search", body: map[string]any{"filter": `profile.email = "tanaka@x.jp"`}})
	f.do(call{method: "POST", path: "/v1/customers/search", body: map[string]any{"filter": `tanaka = 3`}})
	f.do(call{method: "POST", path: "/v1/customers/search", body: `{"tanaka": 3}`, bad: true})
	f.do(call{path: "/tanaka", off: true})
	f.do(call{method: "TANAKA", path: "/v1/fields", off: true})
	metrics := string(f.do(call{path: "/metrics"}).is(200).body)
	if log := f.log.String(); strings.Contains(strings.ToLower(log+metrics), "tanaka") {
		t.Errorf("log: %s\nmetrics: %s", log, metrics)
	} else if !strings.Contains(log, `"route":"/v1/customers/:id"`) {
		t.Errorf("log: %s", log)
	}
	for _, want := range []string{"meibo_customers 1", "meibo_seq 1", "meibo_index_ready 1",
		`meibo_http_requests_total{method="POST",route="/v1/customers/search",status="422"} 1`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in %s", want, metrics)
		}
	}
}

func TestRequestIDsAreKeptOrMade(t *testing.T) {
	f := newFixture(t)
	given := f.do(call{path: "/healthz", header: map[string]string{"X-Request-Id": "proxy-7"}})
	forged := f.do(call{path: "/healthz", header: map[string]string{"X-Request-Id": `x" level=ERROR`}})
	if given.header.Get(requestIDHeader) != "proxy-7" || len(forged.header.Get(requestIDHeader)) < 16 {
		t.Errorf("%v %v", given.header, forged.header)
	}
	if given.header.Get("Cache-Control") != "no-store" {
		t.Error("answers may not be cached")
	}
}

func TestFieldsAreListedInOrder(t *testing.T) {
	f := newFixture(t)
	var got struct {
		Fields []struct {
			Key, Kind string
			Labels    map[string]string
		}
	}
	f.do(call{path: "/v1/fields"}).is(200).json(&got)
	if len(got.Fields) != 40 || got.Fields[0].Key != "lastSeenAt" || got.Fields[0].Kind != "Date" || got.Fields[0].Labels["ja"] != "最新アクセス時間" {
		t.Errorf("%+v", got)
	}
}
