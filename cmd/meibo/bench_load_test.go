package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

func TestLoadOnAServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	url, _, _ := serving(t, "--data", dir, "--demo", "400")
	file := filepath.Join(t.TempDir(), "load.json")
	out := meibo(t, "bench", "--server", url, "--data", dir, "--clients", "5", "--seconds", "1", "--think", "5ms", "--json", file).must(t)
	r, err := readBenchReport(file)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Server
	if r.Customers != 400 || s == nil || s.Clients != 5 || s.ThinkMs != 5 || s.Requests < 5 || s.Errors != 0 || s.FirstFail != "" || s.All.Runs != s.Requests {
		t.Fatalf("%+v of %+v\n%s", s, r, out)
	}
	if len(s.Questions) != len(httpMix()) {
		t.Errorf("%d questions of %d", len(s.Questions), len(httpMix()))
	}
	for _, q := range s.Questions {
		if q.Requests == 0 {
			continue // chance
		}
		if timed := !strings.HasPrefix(q.Name, "complete"); timed != (q.Engine != nil) || timed != (q.Overhead != nil) {
			t.Errorf("%s: %+v", q.Name, q)
		}
	}
	if !strings.Contains(out, "0 errors") || !strings.Contains(out, "next page of sample") {
		t.Errorf("got %s", out)
	}
}

// Refusals and answers that break off are counted, and the first is told.
func TestLoadCountsErrors(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// The question of how many there are and the first pass are answered.
		if n := asked.Add(1); n > int64(1+warmUps*len(httpMix())) {
			http.Error(w, "no more", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"total":1,"customers":[{"id":"a","x":"\"nextCursor\":\"no\""}],"nextCursor":"abc","tookMs":0.25}`))
	}))
	defer server.Close()
	r := meibo(t, "bench", "--server", server.URL, "--token", "t", "--clients", "2", "--seconds", "0.2", "--think", "1ms")
	r.wants(t, exitFailed, "were not answered")
	if !strings.Contains(r.out, "first error:") || !strings.Contains(r.out, "503") || strings.Contains(r.out, " 0 errors") {
		t.Errorf("got %s", r.out)
	}
}

func TestMembersOfAnAnswer(t *testing.T) {
	c := &loadClient{body: []byte(`{"customers":[{"name":"a \"nextCursor\":\"x\""}],"nextCursor":"abc","seq":7,"tookMs":1.25}` + "\n")}
	if got := c.lastText("nextCursor"); got != "abc" {
		t.Errorf("cursor %q", got)
	}
	if got, ok := c.lastNumber("tookMs"); !ok || got != 1.25 {
		t.Errorf("tookMs %g, %v", got, ok)
	}
	c.body = []byte(`{"candidates":[]}`)
	if got, ok := c.lastNumber("tookMs"); ok || c.lastText("nextCursor") != "" {
		t.Errorf("found %g", got)
	}
}
