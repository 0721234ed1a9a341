package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/indexer"
	"meibo/index/memindex"
	"meibo/store"
)

// A rig is the program under the model test: everything but the listener, so
// that a run of hundreds of requests costs little and can be repeated to
// shorten a failing history. What it knows of names and paths stands in this
// file alone.
type rig struct {
	t       testing.TB
	dir     string
	bleve   bool
	clock   *testClock
	store   *store.Store
	indexer *indexer.Indexer
	service *service.Service
	handler http.Handler
	tokens  map[string]string // by caller
	seq     uint64            // of the last write
}

// The callers of steps.
const (
	byOwner  = ""       // an owner's token
	bySecret = "secret" // a service's, with the scope ingest
	byPage   = "page"   // the publishable key, from an allowed origin
)

const pageOrigin = "https://shop.example"

func newRig(t testing.TB, bleve bool) *rig {
	dir, err := os.MkdirTemp("", "meibo-model-")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: dir, bleve: bleve, clock: &testClock{now: testNow}, tokens: map[string]string{}}
	r.open()
	for caller, token := range map[string]store.NewToken{
		byOwner:  {Name: "owner", Role: service.RoleOwner},
		bySecret: {Name: "secret", Role: service.RoleService, Scopes: []string{service.ScopeIngest}},
		byPage:   {Name: "page", Role: service.RolePublishable, Origins: []string{pageOrigin}},
	} {
		secret, _, err := r.store.CreateToken(token)
		r.must(err)
		r.tokens[caller] = secret
	}
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) open() {
	var err error
	r.store, err = store.Open(r.dir, store.Options{Clock: r.clock.Now})
	r.must(err)
	open := func(string) (index.Backend, error) { return memindex.New(), nil }
	if r.bleve {
		open = openBleve
	}
	r.indexer, err = indexer.Start(indexer.Config{Source: r.store, Dir: r.dir + "/index", Fields: r.store.Fields, Open: open, Log: slog.New(slog.DiscardHandler)})
	r.must(err)
	ready, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	r.must(r.indexer.Ready(ready))
	r.service = service.New(service.Config{Store: r.store, Index: r.indexer, Clock: r.clock.Now})
	r.service.StartJobs()
	r.handler = NewHandler(Config{Service: r.service, Version: "test"})
}

func (r *rig) close() {
	r.service.Close()
	r.must(r.indexer.Close())
	r.must(r.store.Close())
}

// end closes the rig and takes its folder away.
func (r *rig) end() {
	r.close()
	r.must(os.RemoveAll(r.dir))
}

// A reply is what the program answered.
type reply struct {
	status int
	code   string // of a problem; "" when the request was carried out
	etag   string
	body   map[string]any
	raw    string
}

// ask sends one request and keeps the seq that it came to.
func (r *rig) ask(caller, method, path, body string, header ...string) reply {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+r.tokens[caller])
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if caller == byPage {
		request.Header.Set("Origin", pageOrigin)
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] != "" {
			request.Header.Set(header[i], header[i+1])
		}
	}
	recorder := httptest.NewRecorder()
	r.handler.ServeHTTP(recorder, request)
	a := reply{status: recorder.Code, etag: recorder.Header().Get("ETag"), raw: recorder.Body.String()}
	_ = json.Unmarshal(recorder.Body.Bytes(), &a.body) // a list or nothing: body stays nil
	if a.status >= 300 {
		a.code, _ = a.body["code"].(string)
		if a.code == "" {
			a.code = http.StatusText(a.status)
		}
	}
	if seq, ok := a.body["seq"].(float64); ok {
		r.seq = max(r.seq, uint64(seq))
	}
	return a
}

func customerURL(id string) string { return "/v1/customers/" + url.PathEscape(id) }

func (r *rig) get(id string) reply { return r.ask(byOwner, "GET", customerURL(id), "") }

// members are the ids that a filter finds once the index has every write.
func (r *rig) members(filter string) ([]string, string) {
	body, err := json.Marshal(map[string]any{"filter": filter, "sort": "id", "limit": 1000, "fields": []string{"id"}, "minSeq": r.store.Seq()})
	r.must(err)
	a := r.ask(byOwner, "POST", "/v1/customers/search", string(body))
	if a.code != "" {
		return nil, a.code
	}
	ids := []string{}
	for _, c := range a.body["customers"].([]any) {
		ids = append(ids, c.(map[string]any)["id"].(string))
	}
	if total := a.body["total"].(float64); int(total) != len(ids) {
		r.t.Errorf("%s: a total of %v with %d customers", filter, total, len(ids))
	}
	slices.Sort(ids)
	return ids, ""
}

// memberHash proves a memberId, as the servers of a site do.
func (r *rig) memberHash(memberID string) string {
	secret, err := r.service.MemberSecret(context.Background())
	r.must(err)
	h := hmac.New(sha256.New, []byte(secret.Text))
	h.Write([]byte(memberID))
	return hex.EncodeToString(h.Sum(nil))
}

// addField makes a profile field as the first start of a run.
func (r *rig) addField(key string, kind schema.Kind) {
	_, err := r.store.Update(context.Background(), func(tx *store.Tx) error {
		return tx.PutFields([]schema.Field{{Key: key, Kind: kind, Labels: schema.Words{JA: key, EN: key}, Write: schema.WriteManager}})
	})
	r.must(err)
}

// importSystem imports lines of NDJSON as another system's export, and says
// what became of the rows.
func (r *rig) importSystem(lines string) (created, updated, unchanged, bad int) {
	report, err := r.service.Import(context.Background(), service.ImportRequest{System: true, Format: table.NDJSON,
		Sources: []table.Source{{Name: "export.ndjson", Size: int64(len(lines)),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(lines)), nil }}}})
	r.must(err)
	r.seq = max(r.seq, report.Seq)
	return report.Created, report.Updated, report.Unchanged, report.Bad
}
