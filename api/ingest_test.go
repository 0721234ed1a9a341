package api

import (
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/store"
)

// ingestAccess says who may call which of these routes.
func ingestAccess() []routeAccess {
	return []routeAccess{
		{call{method: "POST", path: bootPath, body: `{}`}, "owner ingest publishable"},
		{call{method: "POST", path: "/v1/customers/c1/touch", body: `{"platform":"web"}`}, "owner ingest publishable"},
		{call{method: "POST", path: formsPath, body: `{"id":"c1"}`}, "owner ingest publishable"},
		{call{path: "/v1/stats/mau?month=2026-11"}, "owner manager viewer search"},
		{call{path: "/v1/member-secret"}, "owner"},
		{call{method: "POST", path: "/v1/member-secret"}, "owner"},
	}
}

// ingestBodies are bodies that these routes take.
func ingestBodies() []exampleBody {
	return []exampleBody{
		{"POST /v1/customers/c1/touch", `{"platform":"web"}`},
		{"POST /v1/forms", `{"id":"c1"}`},
		{"POST /v1/member-secret", nil},
	}
}

// provokeIngest brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeIngest() {
	f.t.Helper()
	post := func(path, body string) answer {
		f.t.Helper()
		return f.do(call{method: "POST", path: path, body: body})
	}
	post(bootPath, `{"memberId":"m7","profile":{"utmSource":"x"}}`).is(200)
	post(bootPath, `{"memberId":"m7","profile":{"utmSource":"y"}}`).problem(409, service.CodeWriteOnce)
	post(formsPath, `{"memberId":"m7","profile":{"utmSource":"y"}}`).problem(409, service.CodeWriteOnce)
	post(formsPath, `{"memberId":"none"}`).problem(404, service.CodeNotFound)
	post("/v1/customers/none/touch", `{"platform":"web"}`).problem(404, service.CodeNotFound)
	f.do(call{path: "/v1/stats/mau?month=2026-11"}).is(200)
	f.do(call{path: "/v1/stats/mau?month=2026-13"}).problem(400, service.CodeBadRequest)

	const m7 = "/v1/customers/@m7"
	f.do(call{method: "PUT", path: "/v1/customers/@new", body: `{}`}).is(201)
	f.do(call{method: "PUT", path: m7, body: `{"profile":{"utmSource":"y"}}`}).problem(409, service.CodeWriteOnce)
	f.do(call{method: "PUT", path: m7, body: `{}`, header: map[string]string{"If-Match": `"other"`}}).problem(412, service.CodePreconditionFailed)

	f.put("was", `{}`)
	f.put("is", `{}`)
	_, err := f.store.Update(f.t.Context(), func(tx *store.Tx) error { _, err := tx.Merge("was", "is"); return err })
	f.must(err)
	for method, body := range map[string]any{"GET": nil, "PUT": `{}`, "PATCH": `{}`, "DELETE": nil} {
		a := f.do(call{method: method, path: "/v1/customers/was", body: body})
		if p := a.problem(308, service.CodeMerged); p.Target != "is" || a.header.Get("Location") != "/v1/customers/is" {
			f.t.Errorf("%s: %+v, Location %q", method, p, a.header.Get("Location"))
		}
	}
}

// publishableKey makes a key for pages of the origins.
func (f *fixture) publishableKey(origins ...string) string {
	f.t.Helper()
	secret, _, err := f.store.CreateToken(store.NewToken{Name: "site", Role: service.RolePublishable, Origins: origins})
	f.must(err)
	return secret
}

// booted is the answer of a boot or a touch.
type booted struct {
	ID, VisitorToken, Status string
	Customer                 map[string]any
	Seq                      uint64
}

func (f *fixture) boot(token string, body any) (b booted) {
	f.t.Helper()
	f.do(call{method: "POST", path: bootPath, token: token, body: body}).is(200).json(&b)
	return b
}

// A page with a publishable key learns its visitor's id and token and nothing
// else, whoever the visitor turns out to be.
func TestAPageLearnsNothingOfTheRecord(t *testing.T) {
	f := newFixture(t)
	key := f.publishableKey()
	var secret struct{ Secret string }
	f.do(call{path: "/v1/member-secret"}).is(200).json(&secret)
	onlyTwo := func(a answer) (b booted) {
		t.Helper()
		var all map[string]any
		a.is(200).json(&all)
		if len(all) != 2 || all["id"] == "" || all["visitorToken"] == "" {
			t.Fatalf("%s", a.body)
		}
		a.json(&b)
		return b
	}
	send := func(path string, body any) answer {
		t.Helper()
		return f.do(call{method: "POST", path: path, token: key, body: body})
	}
	f.do(call{method: "PUT", path: "/v1/customers/@m1", body: `{"profile":{"name":"佐藤","utmSource":"mail"},"tags":["VIP"]}`}).is(201)
	anonymous := onlyTwo(send(bootPath, `{"profile":{"utmSource":"web"}}`))
	onlyTwo(send(bootPath, map[string]any{"visitorToken": anonymous.VisitorToken, "profile": map[string]any{"utmSource": "later"}}))
	onlyTwo(send("/v1/customers/"+anonymous.ID+"/touch", map[string]any{"visitorToken": anonymous.VisitorToken, "platform": "web"}))
	onlyTwo(send(formsPath, map[string]any{"visitorToken": anonymous.VisitorToken, "profile": map[string]any{"name": "x", "utmSource": "form"}}))
	member := onlyTwo(send(bootPath, map[string]any{"memberId": "m1", "memberHash": service.MemberHash(secret.Secret, "m1"), "visitorToken": anonymous.VisitorToken,
		"name": "佐藤 花子", "profile": map[string]any{"utmSource": "another"}}))
	if member.ID == anonymous.ID {
		t.Error("it did not become the member")
	}
	a := f.do(call{path: "/v1/customers/" + anonymous.ID})
	if p := a.problem(308, service.CodeMerged); p.Target != member.ID {
		t.Errorf("%+v", p)
	}
	var c map[string]any
	f.do(call{path: "/v1/customers/" + member.ID}).is(200).json(&c)
	if profile := c["profile"].(map[string]any); c["name"] != "佐藤 花子" || profile["utmSource"] != "mail" || profile["name"] != "佐藤" {
		t.Errorf("%v", c)
	}
	if r := f.search(map[string]any{"filter": "", "minSeq": f.store.Seq()}); r.ids() != member.ID {
		t.Errorf("results %s, want %s", r.ids(), member.ID)
	}
}

// Who names a member without the proof, or a customer without its token, is
// told nothing and changes nothing.
func TestNobodyLearnsOrChangesAnythingByNamingSomebody(t *testing.T) {
	f := newFixture(t)
	key, other := f.publishableKey(), f.publishableKey()
	f.do(call{method: "PUT", path: "/v1/customers/@m1", body: `{"profile":{"name":"佐藤"}}`}).is(201)
	mine, theirs := f.boot(other, `{}`), f.boot(key, `{}`)
	before := f.store.Seq()
	send := func(path string, body map[string]any) answer {
		t.Helper()
		return f.do(call{method: "POST", path: path, token: key, body: body, bad: body["tags"] != nil})
	}
	var refusals []string
	for _, memberID := range []string{"m1", "nobody"} {
		for _, hash := range []string{"", "00", service.MemberHash("guess", memberID), strings.ToUpper(service.MemberHash("guess", memberID))} {
			p := send(bootPath, map[string]any{"memberId": memberID, "memberHash": hash, "name": "x", "tags": "not even a list", "profile": map[string]any{"name": "x"}}).problem(403, service.CodeBadMemberHash)
			p.RequestID = ""
			refusals = append(refusals, p.Detail+p.Title)
		}
		p := send(formsPath, map[string]any{"memberId": memberID, "profile": map[string]any{"name": "x"}}).problem(400, service.CodeBadRequest)
		q := send(formsPath, map[string]any{"memberId": memberID, "visitorToken": theirs.VisitorToken}).problem(400, service.CodeBadRequest)
		if p.Detail != q.Detail {
			t.Errorf("%s, %s", p.Detail, q.Detail)
		}
	}
	for _, r := range refusals {
		if r != refusals[0] {
			t.Errorf("refusals differ: %s, %s", r, refusals[0])
		}
	}
	for _, id := range []string{mine.ID, "none"} {
		for _, token := range []string{"", "x", theirs.VisitorToken, theirs.VisitorToken[1:], mine.VisitorToken[:len(mine.VisitorToken)-1]} {
			send("/v1/customers/"+id+"/touch", map[string]any{"platform": "web", "visitorToken": token}).problem(403, service.CodeBadVisitorToken)
			send(formsPath, map[string]any{"id": id, "visitorToken": token, "profile": map[string]any{"name": "x"}}).problem(403, service.CodeBadVisitorToken)
		}
	}
	if f.store.Seq() != before {
		t.Errorf("%d writes", f.store.Seq()-before)
	}
}

func TestASecretTokenNamesAnyMemberAndGetsTheCustomer(t *testing.T) {
	f := newFixture(t)
	b := f.boot(f.tokens["ingest"], `{"memberId":"m1","name":"佐藤","platform":"mobile","mobile":{"appVersion":"2.10.0"},"profile":{"mobileNumber":"tel"}}`)
	mobile, _ := b.Customer["mobile"].(map[string]any)
	if b.Status != service.Created || b.Seq != f.store.Seq() || b.VisitorToken == "" || b.Customer["name"] != "佐藤" || mobile["appVersion"] != "2.10.0" || mobile["sessionsCount"] != 1.0 {
		t.Errorf("%+v", b)
	}
	f.clock.add(time.Minute)
	f.do(call{method: "POST", path: "/v1/customers/" + b.ID + "/touch", token: f.tokens["ingest"], body: `{"platform":"web","web":{"browser":"Safari"},"language":"ja"}`}).is(200).json(&b)
	web, _ := b.Customer["web"].(map[string]any)
	if b.Status != service.Updated || web["browser"] != "Safari" || b.Customer["language"] != "ja" || b.Customer["sessionsCount"] != 2.0 {
		t.Errorf("%+v", b)
	}
	f.do(call{method: "POST", path: formsPath, token: f.tokens["ingest"], body: map[string]any{"visitorToken": b.VisitorToken, "profile": map[string]any{"name": "花子"}}}).is(200).json(&b)
	if profile, _ := b.Customer["profile"].(map[string]any); profile["name"] != "花子" || b.Customer["sessionsCount"] != 2.0 {
		t.Errorf("%+v", b)
	}
	for _, body := range []string{`{}`, `{"id":"a","memberId":"b"}`, `{"profile":{"name":"x"}}`} {
		f.do(call{method: "POST", path: formsPath, body: body}).problem(400, service.CodeBadRequest)
	}
}

func TestMonthlyActiveOfTheWorkspace(t *testing.T) {
	f := newFixture(t)
	f.boot("", `{"platform":"web"}`)
	f.put("c1", `{"profile":{"name":"a"}}`)
	var got service.MonthlyActive
	f.do(call{path: "/v1/stats/mau?month=2026-11"}).is(200).json(&got)
	if got.Month != "2026-11" || got.Count != 2 {
		t.Errorf("%+v", got)
	}
	for _, month := range []string{"0000-00", "0000-01", "2026-00", "2026-13", "2026-1", "26-11", "2026-11-01", "x"} {
		f.do(call{path: "/v1/stats/mau?month=" + month}).problem(400, service.CodeBadRequest)
	}
	f.do(call{path: "/v1/stats/mau", bad: true}).problem(400, service.CodeBadRequest)
}

func TestPutByMemberID(t *testing.T) {
	f := newFixture(t)
	var first, second edited
	f.do(call{method: "PUT", path: "/v1/customers/@a%2Fb@x", body: `{"memberId":"a/b@x","profile":{"name":"a"}}`}).is(201).json(&first)
	f.do(call{method: "PUT", path: "/v1/customers/@a%2Fb@x", body: `{"profile":{"name":"b"}}`}).is(200).json(&second)
	if first.Customer["memberId"] != "a/b@x" || first.Customer["id"] != second.Customer["id"] || second.Customer["member"] != true {
		t.Errorf("%+v, %+v", first, second)
	}
	id := first.Customer["id"].(string)
	f.do(call{method: "PUT", path: "/v1/customers/@a%2Fb@x", body: map[string]any{"id": id}}).is(200)
	f.do(call{method: "PUT", path: "/v1/customers/@a%2Fb@x", body: `{"id":"other"}`}).problem(403, service.CodeReadOnly)
	f.do(call{method: "PUT", path: "/v1/customers/@new", body: `{"id":"other"}`}).problem(403, service.CodeReadOnly)
	f.do(call{method: "PUT", path: "/v1/customers/@a%2Fb@x", body: `{"memberId":"c"}`}).problem(403, service.CodeReadOnly)
	f.do(call{method: "PUT", path: "/v1/customers/@" + strings.Repeat("x", 4<<10+1), body: `{}`}).problem(422, service.CodeInvalidValue)
	f.do(call{method: "PUT", path: "/v1/customers/@", body: `{}`, off: true}).problem(422, service.CodeInvalidValue)
	f.do(call{method: "PUT", path: "/v1/customers/@%20", body: `{}`}).problem(422, service.CodeInvalidValue)
	again := map[string]string{"Idempotency-Key": "k"}
	f.do(call{method: "PUT", path: "/v1/customers/@m2", body: `{}`, header: again}).is(201)
	f.do(call{method: "PUT", path: "/v1/customers/@m3", body: `{}`, header: again}).problem(409, service.CodeKeyReused)
	if f.store.Len() != 2 {
		t.Errorf("%d customers", f.store.Len())
	}
}
