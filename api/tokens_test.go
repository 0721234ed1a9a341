package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/store"
)

// tokenAccess says who may call which of these routes.
func tokenAccess() []routeAccess {
	return []routeAccess{
		{call{path: "/v1/tokens"}, "owner"},
		{call{method: "POST", path: "/v1/tokens", body: viewerToken}, "owner"},
		{call{method: "DELETE", path: "/v1/tokens/{token}"}, "owner"},
		{call{method: "POST", path: "/v1/tokens/{token}/signin"}, "owner"},
	}
}

const viewerToken = `{"name":"v","role":"viewer"}`

// tokenBodies are bodies that these routes take.
func tokenBodies() []exampleBody {
	return []exampleBody{{"POST /v1/tokens", viewerToken}, {"POST /v1/tokens/{tokenId}/signin", nil}}
}

// A createdToken is the answer of POST /v1/tokens.
type createdToken struct {
	Token  service.Token
	Secret string
}

func (f *fixture) createToken(body any) createdToken {
	f.t.Helper()
	var made createdToken
	f.do(call{method: "POST", path: "/v1/tokens", body: body}).is(201).json(&made)
	return made
}

// idOf finds a fixture's token.
func (f *fixture) idOf(name string) string {
	f.t.Helper()
	for _, t := range f.listTokens() {
		if t.Name == name {
			return t.ID
		}
	}
	f.t.Fatal("no token " + name)
	return ""
}

func (f *fixture) listTokens() []service.Token {
	f.t.Helper()
	var list struct{ Tokens []service.Token }
	f.do(call{path: "/v1/tokens"}).is(200).json(&list)
	return list.Tokens
}

// provokeTokens brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeTokens() {
	f.t.Helper()
	made := f.createToken(viewerToken)
	f.do(call{method: "POST", path: "/v1/tokens", body: `{"name":"","role":"king"}`}).problem(422, service.CodeInvalidValue)
	f.do(call{method: "POST", path: "/v1/tokens/" + made.Token.ID + "/signin"}).is(201)
	f.do(call{method: "DELETE", path: "/v1/tokens/" + made.Token.ID}).is(200)
	for _, c := range []call{{method: "DELETE", path: "/v1/tokens/none"}, {method: "POST", path: "/v1/tokens/" + made.Token.ID + "/signin"}} {
		f.do(c).problem(404, service.CodeNotFound)
	}
	f.do(call{method: "DELETE", path: "/v1/tokens/" + f.idOf("owner")}).problem(409, service.CodeLastOwner)
}

func TestATokensSecretIsShownOnceAndLetsIn(t *testing.T) {
	f := newFixture(t)
	made := f.createToken(map[string]any{"name": " 店舗 ", "role": "service", "scopes": []string{"search", "search"}, "expiresAt": "2026-11-25"})
	if made.Token.Name != "店舗" || len(made.Token.Scopes) != 1 || made.Token.State != "active" || made.Token.Key != "" ||
		*made.Token.ExpiresAt != time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC).UnixMilli() { // the day begins in Tokyo
		t.Errorf("%+v", made.Token)
	}
	if !strings.HasPrefix(made.Secret, "mb_") || !strings.HasPrefix(made.Secret, made.Token.Prefix) || len(made.Token.Prefix) >= len(made.Secret)/2 {
		t.Errorf("secret %q, prefix %q", made.Secret, made.Token.Prefix)
	}
	f.do(call{path: "/v1/customers/c1", token: made.Secret}).problem(404, service.CodeNotFound)
	if list := string(f.do(call{path: "/v1/tokens"}).is(200).body); strings.Contains(list, made.Secret) || !strings.Contains(list, made.Token.ID) {
		t.Error(list)
	}
}

func TestAPublishableKeyIsShownAgain(t *testing.T) {
	f := newFixture(t)
	made := f.createToken(`{"name":"site","role":"publishable","origins":["HTTPS://WWW.X.jp:443","https://*.x.jp"]}`)
	if !strings.HasPrefix(made.Secret, "mbp_") || made.Token.Key != made.Secret || strings.Join(made.Token.Origins, " ") != "https://www.x.jp https://*.x.jp" {
		t.Errorf("%+v", made)
	}
	for _, one := range f.listTokens() {
		if one.ID == made.Token.ID && one.Key != made.Secret {
			t.Errorf("%+v", one)
		}
	}
	f.do(call{path: "/v1/fields", token: made.Secret}).problem(403, service.CodeForbidden)
}

func TestEveryFaultOfATokenIsToldAtOnce(t *testing.T) {
	f := newFixture(t)
	past := testNow.UnixMilli()
	for body, want := range map[string]string{
		`{"name":"","role":"king","origins":["https://x.jp/"],"expiresAt":"soon"}`:                        "name bad_name, role unknown_role, origins[0] bad_origin, expiresAt bad_date",
		`{"name":"a","role":"viewer","scopes":["search"],"origins":["https://x.jp"]}`:                     "scopes not_for_role, origins not_for_role",
		`{"name":"a","role":"service"}`:                                                                   "scopes needs_scope",
		`{"name":"a","role":"service","scopes":["search","fly"]}`:                                         "scopes[1] unknown_scope",
		`{"name":"a\u0007","role":"viewer"}`:                                                              "name bad_name",
		`{"name":"` + strings.Repeat("あ", 101) + `","role":"viewer"}`:                                     "name bad_name",
		fmt.Sprintf(`{"name":"a","role":"viewer","expiresAt":%d}`, past):                                  "expiresAt in_the_past",
		`{"name":"a","role":"viewer","expiresAt":"2026-11-24T01:30:00Z"}`:                                 "expiresAt in_the_past",
		`{"name":"a","role":"viewer","expiresAt":1795000000}`:                                             "expiresAt seconds_date",
		`{"name":"a","role":"viewer","expiresAt":true}`:                                                   "expiresAt wrong_kind",
		`{"name":"a","role":"publishable","origins":["` + strings.Repeat(`https://x.jp","`, 100) + `x"]}`: "origins too_many",
	} {
		p := f.do(call{method: "POST", path: "/v1/tokens", body: body}).problem(422, service.CodeInvalidValue)
		got := make([]string, len(p.Errors))
		for i, e := range p.Errors {
			if got[i] = e.Field + " " + e.Code; e.Message.JA == "" || e.Message.EN == "" {
				t.Errorf("%s: %+v", body, e)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %s", body, strings.Join(got, ", "))
		}
	}
	f.createToken(fmt.Sprintf(`{"name":"%s","role":"viewer","expiresAt":%d}`, strings.Repeat("あ", 100), past+1))
	f.do(call{method: "POST", path: "/v1/tokens", body: `{"name":"a","role":"viewer","expires":"2027-01-01"}`, bad: true}).problem(400, service.CodeBadRequest)
}

func TestAnExpiredTokenHasItsOwnProblem(t *testing.T) {
	f := newFixture(t)
	made := f.createToken(fmt.Sprintf(`{"name":"a","role":"owner","expiresAt":%d}`, testNow.UnixMilli()+1000))
	session := f.signIn(made.Secret)
	waiting := f.signInKey(made.Token.ID, "")
	f.clock.add(time.Second - time.Millisecond)
	f.do(call{path: "/v1/fields", token: made.Secret}).is(200)
	f.do(call{path: "/v1/fields", noToken: true, header: session}).is(200)
	f.clock.add(time.Millisecond)
	p := f.do(call{path: "/v1/fields", token: made.Secret}).problem(401, service.CodeTokenExpired)
	if !strings.Contains(p.Detail, "2026-11-24T01:30:01Z") {
		t.Error(p.Detail)
	}
	f.do(call{path: "/v1/fields", noToken: true, header: session}).is(401)
	f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": made.Secret}, noToken: true}).problem(401, service.CodeTokenExpired)
	f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": waiting}, noToken: true}).is(401)
	f.do(call{method: "POST", path: "/v1/tokens/" + made.Token.ID + "/signin"}).problem(404, service.CodeNotFound)
	for _, one := range f.listTokens() {
		if one.ID == made.Token.ID && one.State != "expired" {
			t.Errorf("%+v", one)
		}
	}
}

func TestARevokedTokenEndsEverything(t *testing.T) {
	f := newFixture(t)
	made := f.createToken(`{"name":"a","role":"manager"}`)
	session, waiting := f.signIn(made.Secret), f.signInKey(made.Token.ID, "")
	var ended service.Token
	f.do(call{method: "DELETE", path: "/v1/tokens/" + made.Token.ID}).is(200).json(&ended)
	if ended.State != "revoked" || ended.RevokedAt == nil {
		t.Errorf("%+v", ended)
	}
	f.do(call{method: "DELETE", path: "/v1/tokens/" + made.Token.ID}).is(200) // nothing changes
	f.do(call{path: "/v1/fields", token: made.Secret}).problem(401, service.CodeUnauthorized)
	f.do(call{path: "/v1/fields", noToken: true, header: session}).problem(401, service.CodeUnauthorized)
	for _, key := range []string{made.Secret, waiting} {
		f.do(call{method: "POST", path: "/v1/session", body: map[string]string{"key": key}, noToken: true}).problem(401, service.CodeUnauthorized)
	}
}

// The use of a token is seen at once and written by the upkeep, once a minute,
// and when the service closes.
func TestTheLastUseOfATokenIsNotedToTheMinute(t *testing.T) {
	var dir store.Token
	f := newFixture(t)
	made := f.createToken(viewerToken)
	stored := func() store.Token {
		t.Helper()
		list, err := f.store.Tokens()
		f.must(err)
		for _, one := range list {
			if one.ID == made.Token.ID {
				dir = one
			}
		}
		return dir
	}
	use := func() { f.do(call{path: "/v1/fields", token: made.Secret}).is(200) }
	if made.Token.LastUsedAt != nil {
		t.Errorf("%+v", made.Token)
	}
	f.service.Upkeep(t.Context()) // this minute's write, before the use
	f.clock.add(10 * time.Second)
	use()
	for _, one := range f.listTokens() {
		if one.ID == made.Token.ID && (one.LastUsedAt == nil || *one.LastUsedAt != testNow.UnixMilli()) {
			t.Errorf("%+v", one)
		}
	}
	f.service.Upkeep(t.Context())
	if at := stored().LastUsedAt; !at.IsZero() {
		t.Errorf("written twice in one minute: %s", at)
	}
	f.clock.add(50 * time.Second)
	seq := f.store.Seq()
	f.service.Upkeep(t.Context())
	if at := stored().LastUsedAt; !at.Equal(testNow) || f.store.Seq() != seq {
		t.Errorf("%s, seq %d", at, f.store.Seq())
	}
	f.clock.add(75 * time.Second)
	use()
	f.service.Close()
	if at := stored().LastUsedAt; !at.Equal(testNow.Add(2 * time.Minute)) {
		t.Errorf("after closing: %s", at)
	}
}

func TestWhoMayMakeASignInKey(t *testing.T) {
	f := newFixture(t)
	manager, shop := f.idOf("manager"), f.idOf(service.ScopeSearch)
	key := func(token string, header map[string]string, id string) answer {
		return f.do(call{method: "POST", path: "/v1/tokens/" + id + "/signin", token: token, noToken: header != nil, header: header})
	}
	key(f.tokens["manager"], nil, manager).is(201)
	key(f.tokens["viewer"], nil, manager).problem(403, service.CodeForbidden)
	key("", nil, manager).is(201)
	key("", nil, shop).problem(403, service.CodeForbidden)
	key(f.tokens[service.ScopeSearch], nil, shop).problem(403, service.CodeForbidden)
	session := f.signIn(f.tokens["manager"])
	key("", session, manager).problem(403, service.CodeForbidden) // a session makes none for itself
	key("", f.signIn(f.tokens["owner"]), manager).is(201)
}
