package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"

	"golang.org/x/text/language"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// A request is what every handler may want to know of the request that it
// serves; it travels in the context.
type request struct {
	id       string
	japanese bool
	secure   bool // it came by TLS, here or at a proxy that was named as such
	caller   service.Caller
	session  string // the cookie's secret, where the caller is signed in by one
}

type requestKey struct{}

func withRequest(ctx context.Context, r request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// requestOf is the request that a context belongs to; the zero one outside.
func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// words picks the language: English unless Accept-Language prefers Japanese.
func (r request) words(w schema.Words) string {
	if r.japanese && w.JA != "" {
		return w.JA
	}
	return w.EN
}

var (
	requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	languages     = language.NewMatcher([]language.Tag{language.English, language.Japanese})
)

// newRequest reads what the headers say. A request id of the client is kept
// where it is harmless in a log, so that a proxy's and ours agree.
func newRequest(r *http.Request, behindTLS bool) request {
	id := r.Header.Get(requestIDHeader)
	if !requestIDForm.MatchString(id) {
		id = rand.Text()
	}
	return request{id: id, secure: behindTLS || r.TLS != nil, japanese: prefersJapanese(r.Header.Get("Accept-Language"))}
}

func prefersJapanese(accept string) bool {
	if accept == "" || len(accept) > 500 {
		return false
	}
	_, i := language.MatchStrings(languages, accept)
	return i == 1
}

const requestIDHeader = "X-Request-Id"
