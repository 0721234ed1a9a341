package browsertest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
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

// watch writes requests down, and stands for a server that is not well.
func (s *server) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions || !strings.HasPrefix(r.URL.Path, "/v1/") {
			next.ServeHTTP(w, r)
			return
		}
		in := request{Method: r.Method, Path: r.URL.EscapedPath(), Origin: r.Header.Get("Origin"), Header: r.Header.Clone()}
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &in.Body) // a GET has none
		r.Body = io.NopCloser(bytes.NewReader(body))
		broken := s.patient()
		out := httptest.NewRecorder()
		if status := broken(in); status != 0 {
			out.Header().Set("Access-Control-Allow-Origin", in.Origin)
			out.WriteHeader(status)
		} else {
			next.ServeHTTP(out, r)
		}
		in.Status = out.Code
		_ = json.Unmarshal(out.Body.Bytes(), &in.Answer)
		s.mu.Lock()
		s.log = append(s.log, in)
		s.mu.Unlock()
		for name, values := range out.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(out.Code)
		_, _ = w.Write(out.Body.Bytes())
	})
}

// patient waits until requests are not held, and tells how the server is.
func (s *server) patient() func(request) int {
	s.mu.Lock()
	held, broken := s.held, s.broken
	if held != nil {
		s.waits++
	}
	s.mu.Unlock()
	if held != nil {
		<-held
	}
	if broken == nil {
		broken = func(request) int { return 0 }
	}
	return broken
}

// fails makes the server answer a status to whatever the script sends; 0 ends
// that.
func (s *server) fails(status int) {
	s.refuses(func(r request) int {
		if r.Origin == "" {
			return 0
		}
		return status
	})
}

// refuses makes the server answer a status to some requests.
func (s *server) refuses(status func(request) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = status
}

// hold lets requests of the script wait until it is called what it returns.
func (s *server) hold() (letGo func()) {
	held := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = held
	return sync.OnceFunc(func() {
		s.mu.Lock()
		s.held = nil
		s.mu.Unlock()
		close(held)
	})
}

// waiting returns once some request waits.
func (s *server) waiting() {
	s.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		n := s.waits
		s.mu.Unlock()
		if n > 0 {
			return
		}
	}
	s.t.Fatal("no request came")
}

// sent are the requests so far whose path has an end.
func (s *server) sent(end string) []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.log), func(r request) bool {
		return r.Origin == "" || !strings.HasSuffix(r.Path, end)
	})
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
