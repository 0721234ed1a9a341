package browsertest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"meibo/api"
	"meibo/api/service"
	"meibo/index"
	"meibo/index/bleveindex"
	"meibo/index/indexer"
	"meibo/store"
)

// A server is meibo as it is shipped, store to HTTP, on a port of this
// machine. Every request that is no preflight is written down on its way.
type server struct {
	t       *testing.T
	url     string
	key     string // publishable, for pages of the origins
	owner   string // a token's secret
	service *service.Service

	publishable func(origins ...string) (key string) // makes another key

	mu     sync.Mutex
	log    []request
	broken func(request) int // the status to answer instead of serving; 0: serve
	held   chan struct{}     // requests to /v1/ wait until it is closed; nil: none
	waits  int               // how many have come to wait
}

// A request is what came in and went out.
type request struct {
	Method, Path, Origin string
	Header               http.Header
	Body                 map[string]any
	Status               int
	Answer               map[string]any
}

// startServer starts a server with a publishable key for pages of some
// origins. It is the only place that knows how one is made.
func startServer(t *testing.T, origins ...string) *server {
	t.Helper()
	s := &server{t: t}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	kept, err := store.Open(dir, store.Options{})
	must(err)
	t.Cleanup(func() { must(kept.Close()) })
	follower, err := indexer.Start(indexer.Config{Source: kept, Dir: dir + "/index", Fields: kept.Fields, Log: slog.New(slog.DiscardHandler),
		Open: func(dir string) (index.Backend, error) { return bleveindex.Open(dir, bleveindex.Options{}) }})
	must(err)
	t.Cleanup(func() { must(follower.Close()) })
	ready, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	must(follower.Ready(ready))
	s.service = service.New(service.Config{Store: kept, Index: follower})
	t.Cleanup(s.service.Close)
	s.owner, _, err = kept.CreateToken(store.NewToken{Name: "owner", Role: service.RoleOwner})
	must(err)
	s.publishable = func(origins ...string) string {
		key, _, err := kept.CreateToken(store.NewToken{Name: "shop", Role: service.RolePublishable, Origins: origins})
		must(err)
		return key
	}
	s.key = s.publishable(origins...)
	listening := httptest.NewServer(s.watch(api.NewHandler(api.Config{Service: s.service})))
	t.Cleanup(listening.Close)
	s.url = listening.URL
	return s
}

// memberHash is what the shop's own server sends along with a memberId.
func (s *server) memberHash(memberID string) string {
	secret, err := s.service.MemberSecret(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return service.MemberHash(secret.Text, memberID)
}

// ask is a request of the owner, from no page. Only the first redirect's
// status is told, not followed.
func (s *server) ask(method, path string, body any) (status int, answer map[string]any) {
	s.t.Helper()
	sent, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, bytes.NewReader(sent))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.owner)
	r.Header.Set("Content-Type", "application/json")
	out, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Body.Close()
	_ = json.NewDecoder(out.Body).Decode(&answer) // a 304 or 204 has none
	return out.StatusCode, answer
}

// member is the id of a new member with an e-mail.
func (s *server) member(memberID, email string) (id string) {
	s.t.Helper()
	_, answer := s.ask("PUT", "/v1/customers/@"+memberID, map[string]any{"profile": map[string]any{"email": email}})
	who, _ := answer["customer"].(map[string]any)
	if who == nil {
		s.t.Fatalf("PUT: %v", answer)
	}
	return who["id"].(string)
}

// customer is what the server has of an id.
func (s *server) customer(id string) map[string]any {
	s.t.Helper()
	status, answer := s.ask("GET", "/v1/customers/"+id, nil)
	if status != 200 {
		s.t.Fatalf("customer %s: status %d: %v", id, status, answer)
	}
	return answer
}

// count is the number of customers, once everything written is searchable.
func (s *server) count() int {
	s.t.Helper()
	_, written := s.ask("PUT", "/v1/customers/probe", map[string]any{"profile": map[string]any{"description": time.Now().String()}})
	status, answer := s.ask("POST", "/v1/customers/count", map[string]any{"filter": `id != "probe"`, "minSeq": written["seq"]})
	if status != 200 {
		s.t.Fatalf("count: status %d: %v", status, answer)
	}
	return int(answer["total"].(float64))
}
