package browsertest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A site is a shop's: an origin that is not the server's. Every path of it
// answers the same page.
type site struct {
	t    *testing.T
	port string
}

// origin is the site under one of its hosts' names.
func (s *site) origin(host string) string { return "http://" + host + ":" + s.port }

// newSite serves a page: a head's content.
func newSite(t *testing.T) (*site, *string) {
	t.Helper()
	head := new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>shop</title><body style=\"height:9000px\"><p>shop</p>"+*head)
	}))
	t.Cleanup(server.Close)
	return &site{t: t, port: server.URL[strings.LastIndex(server.URL, ":")+1:]}, head
}

// snippet is what the README tells a shop to put into its pages, with a boot.
// The visitor that the page is told of is in window.visitor.
func snippet(serverURL string, boot map[string]any) string {
	options, err := json.Marshal(boot)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`<script async src="%s/meibo.js"></script>
<script>window.meibo=window.meibo||function(){(meibo.q=meibo.q||[]).push(arguments)};
window.booted = new Promise(told => meibo('boot', %s, told))</script>`, serverURL, options)
}
