package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
)

// sessionAccess says who may call which of these routes.
func sessionAccess() []routeAccess {
	const all = "owner manager viewer search write ingest segment:use metrics nothing"
	return []routeAccess{
		{call{method: "POST", path: "/v1/session", body: wrongKey}, anyone},
		{call{path: "/v1/session"}, all},
		{call{method: "DELETE", path: "/v1/session"}, all},
	}
}

const wrongKey = `{"key":"mbk_wrong"}`

// sessionBodies are bodies that these routes take.
func sessionBodies() []exampleBody { return []exampleBody{{"POST /v1/session", wrongKey}} }

// provokeSession brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeSession() {
	f.t.Helper()
	session := f.signIn(f.tokens["owner"])
	f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": f.tokens[service.ScopeSearch]}, noToken: true}).problem(403, service.CodeForbidden)
	f.do(call{method: "DELETE", path: "/v1/session", noToken: true, header: session}).is(200)
}

// signIn gives the header that a browser sends from then on.
func (f *fixture) signIn(key string) map[string]string {
	f.t.Helper()
	a := f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": key}, noToken: true}).is(201)
	return map[string]string{"Cookie": cookieName + "=" + cookieOf(a, cookieName).Value}
}

func cookieOf(a answer, name string) *http.Cookie {
	a.t.Helper()
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == name {
			return c
		}
	}
	a.t.Fatalf("no cookie %s in %v", name, a.header)
	return nil
}

// signInKey makes a one-time key; token "" is the owner's.
func (f *fixture) signInKey(id, token string) string {
	f.t.Helper()
	var key service.SignInKey
	f.do(call{method: "POST", path: "/v1/tokens/" + id + "/signin", token: token}).is(201).json(&key)
	if key.Path != "/signin#"+key.Key || key.ExpiresAt <= f.clock.Now().UnixMilli() {
		f.t.Errorf("%+v", key)
	}
	return key.Key
}

func TestASessionIsACookieThatNoScriptReads(t *testing.T) {
	for _, behindTLS := range []bool{false, true} {
		f := newFixture(t, func(_ *service.Config, c *Config) { c.BehindTLS = behindTLS })
		// What a client says of TLS is not believed either way.
		a := f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": f.tokens["manager"]}, noToken: true,
			header: map[string]string{"X-Forwarded-Proto": "https"}}).is(201)
		c := cookieOf(a, nameOfCookie(behindTLS))
		if c.Secure != behindTLS || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" ||
			!c.Expires.Equal(testNow.Add(7*24*time.Hour)) || !strings.HasPrefix(c.Value, "mbs_") {
			t.Errorf("%+v", c)
		}
		var who service.Identity
		a.json(&who)
		if who.Name != "manager" || who.Role != "manager" || !who.Session || *who.ExpiresAt != testNow.Add(12*time.Hour).UnixMilli() ||
			strings.Join(who.Permissions, " ") != "read write use-segment edit-fields edit-segment run-jobs signed-in" {
			t.Errorf("%+v", who)
		}
		// A cookie under the other name counts for nothing.
		f.do(call{path: "/v1/session", noToken: true, header: map[string]string{"Cookie": nameOfCookie(behindTLS) + "=" + c.Value}}).is(200)
		f.do(call{path: "/v1/session", noToken: true, header: map[string]string{"Cookie": nameOfCookie(!behindTLS) + "=" + c.Value}}).problem(401, service.CodeUnauthorized)
	}
}

func TestWhoAmI(t *testing.T) {
	f := newFixture(t)
	var who service.Identity
	f.do(call{path: "/v1/session", token: f.tokens[service.ScopeSearch]}).is(200).json(&who)
	if who.Role != "service" || strings.Join(who.Scopes, " ") != "search" || who.Session || who.ExpiresAt != nil || who.TokenID != f.idOf("search") ||
		strings.Join(who.Permissions, " ") != "read use-segment signed-in" {
		t.Errorf("%+v", who)
	}
	session := f.signIn(f.tokens["viewer"])
	f.do(call{path: "/v1/session", noToken: true, header: session}).is(200).json(&who)
	if who.Role != "viewer" || !who.Session {
		t.Errorf("%+v", who)
	}
	// A bearer token wins over a cookie, a wrong one too.
	f.do(call{path: "/v1/session", header: session}).is(200).json(&who)
	if who.Role != "owner" || who.Session {
		t.Errorf("%+v", who)
	}
	f.do(call{path: "/v1/session", token: "wrong", header: session}).problem(401, service.CodeUnauthorized)
}

func TestWhoMaySignIn(t *testing.T) {
	f := newFixture(t)
	for name, secret := range f.tokens {
		a := f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": secret}, noToken: true})
		switch name {
		case "owner", "manager", "viewer":
			a.is(201)
		default:
			a.problem(403, service.CodeForbidden)
		}
	}
	once := f.signInKey(f.idOf("viewer"), "")
	f.signIn(once)
	for _, wrong := range []string{once, "", "wrong", strings.Repeat("x", 300), "mb_" + strings.Repeat("a", 32)} {
		f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": wrong}, noToken: true}).problem(401, service.CodeUnauthorized)
	}
	late := f.signInKey(f.idOf("viewer"), "")
	f.clock.add(15 * time.Minute)
	f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": late}, noToken: true}).problem(401, service.CodeUnauthorized)
}

// 12 hours without a request end a session; one in between moves that on, over
// a restart too, until the seventh day.
func TestASessionSlides(t *testing.T) {
	f := newFixture(t)
	session := f.signIn(f.tokens["owner"])
	idle := f.signIn(f.tokens["owner"])
	get := func(header map[string]string) answer {
		return f.do(call{path: "/v1/session", noToken: true, header: header})
	}
	f.clock.add(12*time.Hour - time.Millisecond)
	get(session).is(200)
	f.clock.add(time.Millisecond)
	get(session).is(200)
	get(idle).problem(401, service.CodeUnauthorized)
	for f.clock.Now().Add(11 * time.Hour).Before(testNow.Add(7 * 24 * time.Hour)) {
		f.clock.add(11 * time.Hour)
		get(session).is(200)
		f.service.Close() // a service that starts anew knows what was written
	}
	f.clock.add(testNow.Add(7*24*time.Hour).Sub(f.clock.Now()) - time.Millisecond)
	get(session).is(200)
	f.clock.add(time.Millisecond)
	get(session).problem(401, service.CodeUnauthorized)
}

func TestASessionSurvivesARestart(t *testing.T) {
	f := newFixture(t)
	session := f.signIn(f.tokens["owner"])
	f.clock.add(11 * time.Hour)
	f.do(call{path: "/v1/session", noToken: true, header: session}).is(200)
	f.service.Close()
	again := service.New(service.Config{Store: f.store, Index: f.indexer, Clock: f.clock.Now})
	t.Cleanup(again.Close)
	secret := strings.TrimPrefix(session["Cookie"], cookieName+"=")
	f.clock.add(11 * time.Hour) // beyond 12 from the start: the use before the restart counts
	if c, err := again.AuthenticateSession(secret); err != nil || c.Role != "owner" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestSigningOutEndsTheSessionAlone(t *testing.T) {
	f := newFixture(t)
	session, other := f.signIn(f.tokens["owner"]), f.signIn(f.tokens["owner"])
	var ended struct{ Ended bool }
	a := f.do(call{method: "DELETE", path: "/v1/session", noToken: true, header: session}).is(200)
	if a.json(&ended); !ended.Ended || cookieOf(a, cookieName).MaxAge >= 0 {
		t.Errorf("%+v, %v", ended, a.header)
	}
	f.do(call{path: "/v1/session", noToken: true, header: session}).problem(401, service.CodeUnauthorized)
	f.do(call{path: "/v1/session", noToken: true, header: other}).is(200)
	f.do(call{method: "DELETE", path: "/v1/session"}).is(200).json(&ended) // by a token there is nothing to end
	if ended.Ended {
		t.Errorf("%+v", ended)
	}
	f.do(call{path: "/v1/fields"}).is(200)
}

// A page of another site makes no request in the name of who is signed in.
func TestCrossSiteRequestsAreRefused(t *testing.T) {
	f := newFixture(t)
	session := f.signIn(f.tokens["owner"])
	host := strings.TrimPrefix(f.url, "http://")
	with := func(name, value string) map[string]string {
		return map[string]string{"Cookie": session["Cookie"], name: value}
	}
	for name, c := range map[string]struct {
		header  map[string]string
		refused bool
	}{
		"another site":              {with("Sec-Fetch-Site", "cross-site"), true},
		"a neighbour":               {with("Sec-Fetch-Site", "same-site"), true},
		"this site":                 {with("Sec-Fetch-Site", "same-origin"), false},
		"typed in":                  {with("Sec-Fetch-Site", "none"), false},
		"an old browser, elsewhere": {with("Origin", "http://evil.example"), true},
		"an old browser, a sandbox": {with("Origin", "null"), true},
		"an old browser, here":      {with("Origin", "http://"+host), false},
		"no browser":                {session, false},
	} {
		for _, write := range []call{{method: "PUT", path: "/v1/customers/c1", body: `{}`}, {method: "POST", path: "/v1/customers/search", body: `{}`}, {method: "DELETE", path: "/v1/customers/c1"}} {
			write.noToken, write.header = true, c.header
			if a := f.do(write); c.refused {
				a.problem(403, codeCrossSite)
			} else if a.status/100 != 2 {
				t.Errorf("%s: %s %d %s", name, write.method, a.status, a.body)
			}
		}
		read := f.do(call{path: "/v1/fields", noToken: true, header: c.header})
		read.is(200) // it changes nothing, and no other origin may read the answer
		if read.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: may read", name)
		}
		// Nobody is signed in by another site's page either, with or without a cookie.
		in := call{method: "POST", path: "/v1/session", body: map[string]string{"key": f.tokens["viewer"]}, noToken: true, header: c.header}
		if a := f.do(in); c.refused {
			a.problem(403, codeCrossSite)
		} else {
			a.is(201)
		}
	}
	// A bearer token is nothing that a browser sends by itself.
	f.do(call{method: "POST", path: "/v1/customers/search", body: `{}`, header: with("Sec-Fetch-Site", "cross-site")}).is(200)
}

func TestTheSignInPageKeepsToItself(t *testing.T) {
	f := newFixture(t)
	page := f.do(call{path: "/signin", noToken: true, off: true}).is(200)
	for name, want := range map[string]string{"Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := page.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self';", "form-action 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%s is not in %s", want, policy)
		}
	}
	html := string(page.body)
	for _, inline := range []string{"<script>", "<style", " style=", " onclick=", "javascript:"} {
		if strings.Contains(html, inline) {
			t.Errorf("the page has %s in it", inline)
		}
	}
	for _, file := range []string{"/signin/signin.js", "/signin/signin.css"} {
		if !strings.Contains(html, `"`+file+`"`) {
			t.Errorf("the page does not load %s", file)
		}
		f.do(call{path: file, noToken: true, off: true}).is(200)
	}
	f.do(call{path: "/signin/other.js", noToken: true, off: true}).problem(404, service.CodeNotFound)
}
