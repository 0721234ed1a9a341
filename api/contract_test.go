package api

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"meibo/api/service"
)

// changes reports whether an operation writes to the store.
func changes(method, path string) bool {
	if method == "GET" || strings.HasPrefix(path, "/v1/filter/") {
		return false
	}
	return !slices.Contains([]string{"search", "count", "explain", "contains"}, path[strings.LastIndexByte(path, '/')+1:])
}

// notProvoked are documented answers that no request of a test brings about.
func notProvoked(documented string) string {
	method, path, status := parts(documented)
	writes := changes(method, path) || strings.HasPrefix(path, exportsPath) // a download writes the audit log
	switch {
	case status == "503" && writes:
		return "a disk that fails, or a writer that waits 30 seconds for its turn"
	case status == "500":
		return "a fault of the program; TestAPanicIsAProblemAndTheProcessLives has one"
	case status == "507":
		return "a disk that is full"
	case status == "408":
		return "takes 10 seconds; TestASlowBodyIsGivenUp sends one"
	}
	return ""
}

// Every status that the document promises for every route is brought about,
// and each of the answers is held against the document by the fixture.
func TestEveryDocumentedAnswerIsGiven(t *testing.T) {
	g := &gate{}
	state := service.IndexStatus{State: service.StateReady}
	f := newFixture(t, func(s *service.Config, _ *Config) {
		g.Index = s.Index
		s.Index = g
		s.IndexStatus = func() service.IndexStatus { return state }
	})
	promised := documented(t, f.do(call{path: "/openapi.json", off: true}).body)
	f.put("c1", `{"profile":{"name":"a","utmSource":"x"}}`)
	f.do(call{method: "PUT", path: "/v1/customers/@m1", body: `{}`}).is(201)
	f.exampleSegment()
	f.exampleJob()
	f.exampleUpload()
	for _, p := range promised {
		f.provoke(p)
	}
	f.provokeRest()
	f.provokeFields()
	f.provokeSettings()
	f.provokeSegments()
	f.provokeIngest()
	f.provokeHistory()
	f.provokeTokens()
	f.provokeSession()
	f.provokeImports()
	f.provokeJobs()
	f.provokeExports()
	f.provokeErase() // last: it starts the jobs
	g.hold(errors.New("held back"))
	state.State = "failed"
	for _, p := range promised {
		if method, path, status := parts(p); status == "503" && notProvoked(p) == "" {
			f.do(call{method: method, path: path, body: bodyFor(method, path)}).problem(503, service.CodeIndexing)
		}
	}
	for _, p := range promised {
		if !f.seen[p] && notProvoked(p) == "" {
			t.Errorf("documented and never seen: %s", p)
		}
	}
	for s := range f.seen {
		if !slices.Contains(promised, s) {
			t.Errorf("seen and not documented: %s", s)
		}
	}
}

func parts(documented string) (method, path, status string) {
	p := strings.Fields(documented)
	return p[0], exampleValues.Replace(p[1]), p[2]
}

// exampleValues stand for the parameters of paths. All of them exist when the
// answers are provoked, see exampleWorkspace.
var exampleValues = strings.NewReplacer("{id}", "c1", "{key}", "example", "{field}", exampleField, "{customerId}", "c1", "{memberId}", "m1", "{job}", exampleJob, "{upload}", exampleUpload)

// An exampleBody is a body that an operation takes, "POST /v1/segments" with
// exampleValues in the path; nil for none.
type exampleBody struct {
	operation string
	body      any
}

// bodyFor is a body that the operation takes; nil for those without one.
func bodyFor(method, path string) any {
	for _, example := range slices.Concat(fieldBodies(), settingsBodies(), segmentBodies(), ingestBodies(), historyBodies(), tokenBodies(), sessionBodies(), importBodies(), eraseBodies(), exportBodies()) {
		if example.operation == method+" "+path {
			return example.body
		}
	}
	switch {
	case strings.HasSuffix(path, "/batch"):
		return `{"customers":[]}`
	case strings.HasPrefix(path, "/v1/filter/"):
		return `{"filter":""}`
	case method == "POST" || method == "PUT" || method == "PATCH":
		return `{}`
	}
	return nil
}

// provoke brings about the answers that all operations give alike.
func (f *fixture) provoke(documented string) {
	f.t.Helper()
	method, path, status := parts(documented)
	if own := strings.HasPrefix(path, "/v1/fields") && status == "422" || path == "/v1/settings" && (status == "422" || method == "GET" && status == "403"); own {
		return // see provokeFields and provokeSettings
	}
	if ofImports(method, path, status) {
		return // see provokeImports
	}
	if strings.HasPrefix(path, exportsPath) && !slices.Contains([]string{"400", "401", "403", "415"}, status) {
		return // see provokeExports
	}
	c := call{method: method, path: path, body: bodyFor(method, path), bad: true}
	switch status {
	case "200":
		// Months have no default, events no end, and only who was deleted can be restored: in the provoke functions.
		if method != "DELETE" && path != "/v1/stats/mau" && path != eventsPath && path != "/v1/customers/c1/restore" {
			c.bad = false
			f.do(c).is(200)
		}
	case "400":
		if c.body == nil {
			return // in provokeRest
		}
		c.body = `{"`
		f.do(c).problem(400, service.CodeBadRequest)
	case "401":
		c.noToken = true
		f.do(c).problem(401, service.CodeUnauthorized)
	case "403":
		if path == sessionPath && method == "POST" {
			return // in provokeSession: it takes no token
		}
		if c.token = f.tokens["nothing"]; path == sessionPath {
			c.token = f.tokens[service.RolePublishable] // the one that cannot even ask who it is
		}
		f.do(c).problem(403, service.CodeForbidden)
	case "413":
		c.body = make([]byte, maxBatchBody+1)
		if !strings.HasSuffix(path, "/batch") {
			c.body = make([]byte, maxFilterBody+1)
		}
		f.do(c).problem(413, codeTooLarge)
	case "415":
		c.header = map[string]string{"Content-Type": "text/plain"}
		f.do(c).problem(415, codeMediaType)
	case "422":
		if strings.HasPrefix(path, "/v1/segments/") && method != "PUT" || path == tokensPath || path == "/v1/customers/erase" {
			return // in provokeSegments, provokeTokens and provokeErase
		}
		if c.body = `{"filter":"oops"}`; strings.HasSuffix(path, "/format") || strings.HasSuffix(path, "/convert") {
			c.body = `{"filter":"("}`
		}
		if a := f.do(c).is(422); a.header.Get("Content-Type") != problemType {
			f.t.Errorf("%s: %s", documented, a.header.Get("Content-Type"))
		}
	}
}

// provokeRest brings about what needs a state of its own.
func (f *fixture) provokeRest() {
	f.t.Helper()
	const c1, none = "/v1/customers/c1", "/v1/customers/none"
	tag := f.do(call{path: c1}).header.Get("ETag")
	other := map[string]string{"If-Match": `"other"`}
	f.do(call{path: c1, header: map[string]string{"If-None-Match": tag}}).is(304)
	f.do(call{path: none}).problem(404, service.CodeNotFound)
	f.do(call{method: "POST", path: "/v1/customers/explain", body: `{"customer":"none"}`}).problem(404, service.CodeNotFound)
	f.do(call{method: "PATCH", path: none, body: `{}`}).problem(404, service.CodeNotFound)
	f.do(call{method: "DELETE", path: none}).problem(404, service.CodeNotFound)
	f.do(call{method: "PUT", path: "/v1/customers/new", body: `{}`}).is(201)
	for _, method := range []string{"PUT", "PATCH"} {
		f.do(call{method: method, path: c1, body: `{"profile":{"utmSource":"y"}}`}).problem(409, service.CodeWriteOnce)
		f.do(call{method: method, path: c1, body: `{}`, header: other}).problem(412, service.CodePreconditionFailed)
	}
	f.do(call{method: "DELETE", path: c1, header: other}).problem(412, service.CodePreconditionFailed)
	key := map[string]string{"Idempotency-Key": "k"}
	f.do(call{method: "DELETE", path: "/v1/customers/new", header: key}).is(200)
	f.do(call{method: "DELETE", path: "/v1/customers/new", header: key}).is(200) // the first answer again
	f.do(call{method: "DELETE", path: c1, header: key}).problem(409, service.CodeKeyReused)
	f.do(call{method: "POST", path: "/v1/customers/batch", body: `{"customers":[]}`, header: key}).problem(409, service.CodeKeyReused)
	f.do(call{method: "DELETE", path: c1, header: map[string]string{"Idempotency-Key": strings.Repeat("k", 300)}}).problem(400, service.CodeBadRequest)
	f.do(call{method: "POST", path: "/v1/customers/search", body: map[string]any{"cursor": f.oldCursor()}}).problem(410, service.CodeGone)
}
