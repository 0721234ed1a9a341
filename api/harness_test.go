package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/indexer"
	"meibo/index/memindex"
	"meibo/store"
)

// testNow is where the tests' clock begins: 10:30 in Tokyo.
var testNow = time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC)

// A fixture is a whole server on a real listener: store, indexer, in-memory
// index, service, HTTP. Every answer is held against the served document.
type fixture struct {
	t        *testing.T
	store    *store.Store
	indexer  *indexer.Indexer
	service  *service.Service
	server   *Server
	url      string
	folder   string // of uploads and the like
	log      *lockedBuffer
	tokens   map[string]string // by role, "search" and "metrics" for service tokens
	contract validator.Validator
	seen     map[string]bool // "GET /path 200"
	paths    []string        // "GET /path" of every documented operation
	clock    *testClock
	made     atomic.Int64 // customers whose id was made
}

// newID makes the ids of new customers, the same ones in every fixture.
func (f *fixture) newID() string { return fmt.Sprintf("made-%06d", f.made.Add(1)) }

type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A gate is an index that tests can hold back.
type gate struct {
	service.Index
	mu     sync.Mutex
	behind error
}

func (g *gate) Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	g.mu.Lock()
	err := g.behind
	g.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return g.Index.Snapshot(ctx, minSeq)
}

func (g *gate) hold(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.behind = err
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newFixture(t *testing.T, change ...func(*service.Config, *Config)) *fixture {
	t.Helper()
	return newFixtureOn(t, func(string) (index.Backend, error) { return memindex.New(), nil }, change...)
}

// newFixtureOn is newFixture with an engine of the test's choice.
func newFixtureOn(t *testing.T, open func(dir string) (index.Backend, error), change ...func(*service.Config, *Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, log: &lockedBuffer{}, tokens: map[string]string{}, seen: map[string]bool{}, clock: &testClock{now: testNow}}
	dir := t.TempDir()
	var err error
	f.store, err = store.Open(dir, store.Options{Clock: f.clock.Now, NewID: f.newID})
	f.must(err)
	t.Cleanup(func() { f.must(f.store.Close()) })
	f.indexer, err = indexer.Start(indexer.Config{Source: f.store, Dir: dir + "/index", Fields: f.store.Fields,
		Open: open, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	t.Cleanup(func() { f.must(f.indexer.Close()) })
	ready, stop := context.WithTimeout(t.Context(), time.Minute) // a busy machine may take longer than Start waits
	defer stop()
	f.must(f.indexer.Ready(ready))

	f.folder = filepath.Join(t.TempDir(), "files")
	serving := service.Config{Store: f.store, Folder: f.folder, MaxUpload: 1 << 20, Index: f.indexer, Clock: f.clock.Now}
	answering := Config{Log: slog.New(slog.NewJSONHandler(f.log, nil)), Version: "test"}
	for _, c := range change {
		c(&serving, &answering)
	}
	f.service = service.New(serving)
	t.Cleanup(f.service.Close)
	answering.Service = f.service
	f.server, err = Start("127.0.0.1:0", NewHandler(answering), nil)
	f.must(err)
	t.Cleanup(func() {
		ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		f.must(f.server.Shutdown(ctx))
	})
	f.url = "http://" + f.server.Addr().String()
	f.makeTokens()
	f.loadContract()
	return f
}

func (f *fixture) makeTokens() {
	for name, scopes := range map[string][]string{service.RoleOwner: nil, service.RoleManager: nil, service.RoleViewer: nil,
		service.ScopeSearch: {service.ScopeSearch}, service.ScopeWrite: {service.ScopeWrite}, service.ScopeIngest: {service.ScopeIngest},
		service.ScopeSegmentUse: {service.ScopeSegmentUse}, service.ScopeMetrics: {service.ScopeMetrics}, service.RolePublishable: nil, "nothing": nil} {
		role := name
		if scopes != nil || name == "nothing" {
			role = service.RoleService
		}
		secret, _, err := f.store.CreateToken(store.NewToken{Name: name, Role: role, Scopes: scopes})
		f.must(err)
		f.tokens[name] = secret
	}
}

func (f *fixture) loadContract() {
	response, err := http.Get(f.url + "/openapi.json")
	f.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	f.must(err)
	f.paths = pathsOf(f.t, body)
	contracts.Lock()
	defer contracts.Unlock()
	if contracts.byDocument[string(body)] == nil {
		document, err := libopenapi.NewDocument(body)
		f.must(err)
		contract, faults := validator.NewValidator(document)
		for _, fault := range faults {
			f.t.Fatal(fault)
		}
		contracts.byDocument[string(body)] = contract
	}
	f.contract = contracts.byDocument[string(body)]
}

// contracts keeps validators, which take a while to build, by the document
// that was served.
var contracts = struct {
	sync.Mutex
	byDocument map[string]validator.Validator
}{byDocument: map[string]validator.Validator{}}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// A call is one request. The zero values: GET, the owner's token, JSON.
type call struct {
	method, path string
	body         any // string and []byte as they are, anything else as JSON
	token        string
	noToken      bool
	header       map[string]string
	bad          bool // the request itself breaks the contract, on purpose
	off          bool // outside the contract: an unknown path or method
}

// An answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (f *fixture) do(c call) answer {
	f.t.Helper()
	request := f.request(c)
	response, err := direct.Do(request)
	f.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	f.must(err)
	if !c.off {
		f.holdAgainstContract(c, response, body)
	}
	return answer{f.t, response.StatusCode, response.Header, body}
}

// direct is a client that shows a redirection instead of following it.
var direct = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (f *fixture) request(c call) *http.Request {
	f.t.Helper()
	if c.method == "" {
		c.method = http.MethodGet
	}
	var body []byte
	switch b := c.body.(type) {
	case nil:
	case string:
		body = []byte(b)
	case []byte:
		body = b
	default:
		var err error
		body, err = json.Marshal(b)
		f.must(err)
	}
	request, err := http.NewRequest(c.method, f.url+c.path, bytes.NewReader(body))
	f.must(err)
	if c.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token == "" {
		c.token = f.tokens[service.RoleOwner]
	}
	if !c.noToken {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	for name, value := range c.header {
		if value == "" {
			request.Header.Del(name)
		} else {
			request.Header.Set(name, value)
		}
	}
	return request
}

// holdAgainstContract validates a real exchange against the document that the
// server itself serves.
func (f *fixture) holdAgainstContract(c call, response *http.Response, body []byte) {
	f.t.Helper()
	again := f.request(c)
	if !c.bad && !c.noToken {
		if ok, faults := f.contract.ValidateHttpRequestSync(again); !ok {
			for _, fault := range faults {
				f.t.Errorf("%s %s: the request is not as documented: %s %v", again.Method, c.path, fault.Message, fault.SchemaValidationErrors)
			}
		}
	}
	f.seen[f.operation(again.Method, again.URL.EscapedPath())+" "+strconv.Itoa(response.StatusCode)] = true
	if response.Header.Get("Content-Type") == ndjson { // OpenAPI 3.1 cannot describe lines
		for line := range bytes.Lines(body) {
			if !json.Valid(line) {
				f.t.Fatalf("a line of the stream is not JSON: %s", line)
			}
		}
		return
	}
	if response.Header.Get("Content-Type") == eventStream { // neither events: see eventsOf
		return
	}
	copied := &http.Response{StatusCode: response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(body))}
	if ok, faults := f.contract.ValidateHttpResponse(f.request(c), copied); !ok {
		for _, fault := range faults {
			f.t.Errorf("%s %s: the answer %d is not as documented: %s %v\n%s", again.Method, c.path, response.StatusCode, fault.Message, fault.SchemaValidationErrors, body)
		}
	}
}

// operation finds a request's operation as the document names it: the path
// with the fewest parameters that fits.
func (f *fixture) operation(method, path string) string {
	best, least := method+" "+path, 100
	for _, known := range f.paths {
		if m, template, _ := strings.Cut(known, " "); m == method && fits(template, path) && strings.Count(template, "{") < least {
			best, least = known, strings.Count(template, "{")
		}
	}
	return best
}

// fits reports whether a path is one of a template: /v1/customers/{id}.
func fits(template, path string) bool {
	parts, sent := strings.Split(template, "/"), strings.Split(path, "/")
	if len(parts) != len(sent) {
		return false
	}
	for i, part := range parts {
		before, after, parameter := strings.Cut(part, "{")
		switch {
		case !parameter && part != sent[i]:
			return false
		case parameter && (!strings.HasPrefix(sent[i], before) || !strings.HasSuffix(sent[i], after[strings.Index(after, "}")+1:])):
			return false
		}
	}
	return true
}

// is fails the test unless the status is as expected.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// problem fails the test unless the answer is a problem with the code.
func (a answer) problem(status int, code service.Code) Problem {
	a.t.Helper()
	a.is(status)
	var p Problem
	a.json(&p)
	if p.Code != string(code) || a.header.Get("Content-Type") != problemType || p.Status != status || p.Title == "" || p.Detail == "" {
		a.t.Fatalf("problem %+v (%s), want code %s", p, a.header.Get("Content-Type"), code)
	}
	return p
}

func (a answer) json(into any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

// edited is the answer of a write.
type edited struct {
	Customer map[string]any
	Status   string
	Seq      uint64
	Warnings []struct{ Field, Code string }
}

// put writes a customer that must be accepted.
func (f *fixture) put(id, body string) edited {
	f.t.Helper()
	a := f.do(call{method: http.MethodPut, path: "/v1/customers/" + id, body: body})
	if a.status != 200 && a.status != 201 {
		f.t.Fatalf("put %s: %d %s", id, a.status, a.body)
	}
	var e edited
	a.json(&e)
	return e
}

// found is the answer of a search.
type found struct {
	Total      int
	Customers  []map[string]any
	NextCursor string
	Snapshot   string
	Seq        uint64
	TookMs     float64
	Unmatched  []string
}

func (f *fixture) search(body map[string]any) found {
	f.t.Helper()
	var r found
	f.do(call{method: http.MethodPost, path: "/v1/customers/search", body: body}).is(200).json(&r)
	return r
}

func (r found) ids() string {
	ids := make([]string, len(r.Customers))
	for i, c := range r.Customers {
		ids[i], _ = c["id"].(string)
	}
	return strings.Join(ids, " ")
}

// addField makes profile fields, which no route does yet.
func (f *fixture) addField(fields ...schema.Field) error {
	_, err := f.store.Update(f.t.Context(), func(tx *store.Tx) error { return tx.PutFields(fields) })
	return err
}
