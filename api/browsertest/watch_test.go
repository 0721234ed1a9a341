package browsertest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

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
