package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/store"
)

// ask is what a browser asks before a request from a page of an origin.
func (f *fixture) ask(path, origin string) answer {
	f.t.Helper()
	return f.do(call{method: "OPTIONS", path: path, noToken: true, off: true, header: map[string]string{
		"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}})
}

func TestPagesOfAllowedOriginsMayAsk(t *testing.T) {
	f := newFixture(t)
	f.publishableKey("https://shop.example.jp", "https://*.example.com", "http://localhost:3000")
	for _, path := range []string{bootPath, "/v1/customers/c1/touch", formsPath} {
		for origin, allowed := range map[string]bool{
			"https://shop.example.jp": true, "HTTPS://SHOP.example.jp": true, "https://a.example.com": true, "https://a.b.example.com": true, "http://localhost:3000": true,
			"http://shop.example.jp": false, "https://shop.example.jp:8443": false, "https://example.com": false, "https://.example.com": false, "https://..example.com": false, "https://.a.example.com": false, "https://a..example.com": false,
			"https://evilexample.com": false, "https://example.com.evil.jp": false, "https://evil.jp/.example.com": false, "https://evil.jp:1@a.example.com": false,
			"http://localhost": false, "null": false,
		} {
			a := f.ask(path, origin)
			if !allowed {
				if a.problem(403, service.CodeOriginNotAllowed); a.header.Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s %s: allowed", path, origin)
				}
				continue
			}
			a.is(204)
			for name, want := range map[string]string{"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Methods": "POST",
				"Access-Control-Allow-Headers": "authorization, content-type", "Access-Control-Max-Age": "86400", "Access-Control-Allow-Credentials": "", "Vary": "Origin"} {
				if got := a.header.Get(name); got != want {
					t.Errorf("%s %s: %s %q, want %q", path, origin, name, got, want)
				}
			}
		}
	}
}

// No other route answers pages of other sites, and none asks for cookies.
func TestOtherRoutesAreNotForOtherSites(t *testing.T) {
	f := newFixture(t)
	f.publishableKey("https://shop.example.jp")
	for _, path := range []string{"/v1/customers/search", "/v1/customers/c1", "/v1/member-secret", "/v1/stats/mau?month=2026-11"} {
		a := f.ask(path, "https://shop.example.jp")
		a.is(405)
		b := f.do(call{path: path, off: true, header: map[string]string{"Origin": "https://shop.example.jp"}})
		if a.header.Get("Access-Control-Allow-Origin")+b.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: allowed", path)
		}
	}
}

func TestAKeyIsForTheOriginsOfItsList(t *testing.T) {
	f := newFixture(t)
	shop, blog := f.publishableKey("https://shop.example.jp"), f.publishableKey("https://blog.example.jp")
	boot := func(key, origin string) answer {
		t.Helper()
		return f.do(call{method: "POST", path: bootPath, token: key, body: `{}`, header: map[string]string{"Origin": origin}})
	}
	a := boot(shop, "https://shop.example.jp").is(200)
	if a.header.Get("Access-Control-Allow-Origin") != "https://shop.example.jp" || !strings.Contains(strings.Join(a.header.Values("Vary"), ","), "Origin") {
		t.Errorf("%v", a.header)
	}
	before := f.store.Seq()
	a = boot(blog, "https://shop.example.jp") // another key allows it, so that the page can read why it is refused
	if a.problem(403, service.CodeOriginNotAllowed); a.header.Get("Access-Control-Allow-Origin") != "https://shop.example.jp" {
		t.Errorf("%v", a.header)
	}
	a = boot(shop, "https://evil.example")
	if a.problem(403, service.CodeOriginNotAllowed); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%v", a.header)
	}
	boot(shop, f.url).problem(403, service.CodeOriginNotAllowed) // the server's own pages need an entry too
	if f.store.Seq() != before {
		t.Error("a refused page has written")
	}
	boot(shop, "").is(200) // an app
	boot(f.tokens["ingest"], "https://evil.example").is(200)
	a = f.do(call{method: "POST", path: bootPath, noToken: true, body: `{}`, header: map[string]string{"Origin": "https://shop.example.jp"}})
	if a.problem(401, service.CodeUnauthorized); a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Error("the page cannot read why it is refused")
	}
}

// A key that has ended opens no site to browsers.
func TestEndedKeysAllowNoOrigin(t *testing.T) {
	f := newFixture(t)
	_, revoked, err := f.store.CreateToken(store.NewToken{Name: "a", Role: service.RolePublishable, Origins: []string{"https://a.example"}})
	f.must(err)
	_, _, err = f.store.CreateToken(store.NewToken{Name: "b", Role: service.RolePublishable, Origins: []string{"https://b.example"}, ExpiresAt: testNow.Add(time.Hour)})
	f.must(err)
	_, _, err = f.store.CreateToken(store.NewToken{Name: "c", Role: service.RoleOwner, Origins: []string{"https://c.example"}})
	f.must(err)
	f.ask(bootPath, "https://a.example").is(http.StatusNoContent)
	f.must(f.store.RevokeToken(revoked.ID))
	f.ask(bootPath, "https://a.example").is(403)
	f.clock.add(time.Hour - time.Millisecond)
	f.ask(bootPath, "https://b.example").is(http.StatusNoContent)
	f.clock.add(time.Millisecond)
	f.ask(bootPath, "https://b.example").is(403)
	f.ask(bootPath, "https://c.example").is(403)
}
