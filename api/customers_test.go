package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
)

func TestACustomerIsCreatedReadChangedAndDeleted(t *testing.T) {
	f := newFixture(t)
	created := f.put("c1", `{"tags":["VIP"],"profile":{"name":"田中","email":"tanaka@x.jp"}}`)
	if created.Status != service.Created || created.Seq == 0 {
		t.Fatalf("%+v", created)
	}
	if got := created.Customer["createdAt"]; got != float64(testNow.UnixMilli()) {
		t.Errorf("createdAt %v", got)
	}
	if created.Customer["member"] != false {
		t.Errorf("member %v, want false: no memberId", created.Customer["member"])
	}
	got := f.do(call{path: "/v1/customers/c1"}).is(200)
	if got.header.Get("ETag") == "" || !strings.Contains(string(got.body), `"email":"tanaka@x.jp"`) {
		t.Errorf("%v %s", got.header, got.body)
	}
	f.clock.add(time.Minute)
	var patched edited
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":{"name":null,"description":"常連"}}`}).is(200).json(&patched)
	profile := patched.Customer["profile"].(map[string]any)
	if _, there := profile["name"]; there || profile["email"] != "tanaka@x.jp" || profile["description"] != "常連" {
		t.Errorf("null clears and absent stays: %v", profile)
	}
	if patched.Customer["updatedAt"] != float64(testNow.Add(time.Minute).UnixMilli()) {
		t.Errorf("updatedAt %v did not move", patched.Customer["updatedAt"])
	}
	replaced := f.put("c1", `{"profile":{"name":"鈴木"}}`)
	if profile = replaced.Customer["profile"].(map[string]any); len(profile) != 1 || replaced.Customer["tags"] != nil {
		t.Errorf("PUT replaces all that can be edited: %v", replaced.Customer)
	}
	var gone struct{ Seq uint64 }
	f.do(call{method: "DELETE", path: "/v1/customers/c1"}).is(200).json(&gone)
	if gone.Seq <= replaced.Seq {
		t.Errorf("seq %d after %d", gone.Seq, replaced.Seq)
	}
	f.do(call{path: "/v1/customers/c1"}).problem(404, service.CodeNotFound)
	f.do(call{method: "DELETE", path: "/v1/customers/c1"}).problem(404, service.CodeNotFound)
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{}`}).problem(404, service.CodeNotFound)
	if again := f.put("c1", `{}`); again.Status != service.Created || again.Customer["profile"] != nil {
		t.Errorf("a deleted id starts afresh: %+v", again)
	}
}

func TestIDsTravelPercentEncoded(t *testing.T) {
	f := newFixture(t)
	for id, path := range map[string]string{"a/b": "a%2Fb", "+81 90": "+81%2090", "50%": "50%25", "田中": "%E7%94%B0%E4%B8%AD", "x+y": "x+y"} {
		f.put(path, `{"profile":{"name":"n"}}`)
		var c map[string]any
		f.do(call{path: "/v1/customers/" + path}).is(200).json(&c)
		if c["id"] != id {
			t.Errorf("%s: id %q, want %q", path, c["id"], id)
		}
	}
	// The document's reader takes a literal path before a pattern; the server has both.
	f.do(call{method: "PUT", path: "/v1/customers/search", body: `{}`, off: true}).is(201)
	f.do(call{method: "PUT", path: "/v1/customers/%40member", body: `{}`}).problem(422, service.CodeInvalidValue)
	f.do(call{method: "PUT", path: "/v1/customers/%FF", body: `{}`}).problem(422, service.CodeInvalidValue)
	f.do(call{method: "PUT", path: "/v1/customers/a", body: `{"id":"b"}`}).problem(403, service.CodeReadOnly)
	f.put("a", `{"id":"a"}`)
}

func TestAllFaultsOfABodyAreToldAtOnce(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"profile":{"referrer":"https://a.example"}}`)
	a := f.do(call{method: "PATCH", path: "/v1/customers/c1", bad: true,
		body: `{"city":"東京","profile":{"emial":"x","name":5,"referrer":"https://b.example","lastCheckoutCompletedAt":1700000000}}`})
	p := a.problem(422, service.CodeUnknownField)
	codes := map[string]string{}
	for _, e := range p.Errors {
		codes[e.Field] = e.Code
		if e.Message.JA == "" || e.Message.EN == "" {
			t.Errorf("%s has no words: %+v", e.Field, e.Message)
		}
		if e.Field == "profile.emial" && !strings.Contains(e.Message.EN, "profile.email") {
			t.Errorf("no nearest name: %s", e.Message.EN)
		}
	}
	want := map[string]string{"city": "read_only", "profile.emial": "unknown_field", "profile.name": schema.CodeWrongKind,
		"profile.referrer": "write_once", "profile.lastCheckoutCompletedAt": schema.CodeSecondsDate}
	if fmt.Sprint(codes) != fmt.Sprint(want) {
		t.Errorf("codes %v\nwant  %v", codes, want)
	}
}

func TestReadOnlyAndWriteOnce(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"unsubscribeEmail":true,"profile":{"utmSource":"mail"}}`)
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"memberId":"m1"}`}).problem(403, service.CodeReadOnly)
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":{"utmSource":"web"}}`}).problem(409, service.CodeWriteOnce)
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":{"utmSource":null}}`}).problem(409, service.CodeWriteOnce)
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":null}`, bad: true}).problem(409, service.CodeWriteOnce)
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"profile":{"utmSource":"mail"},"member":false}`}).is(200)
	if kept := f.put("c1", `{"profile":{"name":"x"}}`); kept.Customer["profile"].(map[string]any)["utmSource"] != "mail" {
		t.Errorf("PUT dropped a write-once value that it did not name: %v", kept.Customer)
	}
	f.put("c2", `{"profile":{"utmSource":" "}}`) // blank is no first value
	f.do(call{method: "PATCH", path: "/v1/customers/c2", body: `{"profile":{"utmSource":"web"}}`}).is(200)
}

func TestAWriteThatChangesNothingKeepsTheSeq(t *testing.T) {
	f := newFixture(t)
	first := f.put("c1", `{"tags":["a"],"profile":{"name":"x"}}`)
	f.clock.add(time.Hour)
	for _, method := range []string{"PUT", "PATCH"} {
		var again edited
		f.do(call{method: method, path: "/v1/customers/c1", body: `{"tags":["a"],"profile":{"name":"x"}}`}).is(200).json(&again)
		if again.Status != service.Unchanged || again.Seq != first.Seq || again.Customer["updatedAt"] != first.Customer["updatedAt"] {
			t.Errorf("%s: %+v after %+v", method, again, first)
		}
	}
	var tagged edited
	f.do(call{method: "PATCH", path: "/v1/customers/c1", body: `{"tags":["b"],"unsubscribeTexting":true}`}).is(200).json(&tagged)
	if tagged.Status != service.Updated || tagged.Customer["updatedAt"] != first.Customer["updatedAt"] {
		t.Errorf("tags and opt-outs do not move updatedAt: %+v", tagged)
	}
}

func TestNumbersKeepTheirDigitsAndLimits(t *testing.T) {
	f := newFixture(t)
	f.must(f.addField(schema.Field{Key: "profile.points", Kind: schema.Number, Write: schema.WriteManager}))
	f.put("ok", `{"profile":{"points":9007199254740992}}`)
	p := f.do(call{method: "PUT", path: "/v1/customers/no", body: `{"profile":{"points":9007199254740993}}`}).problem(422, service.CodeInvalidValue)
	if len(p.Errors) != 1 || p.Errors[0].Code != schema.CodeBadNumber {
		t.Errorf("%+v", p.Errors)
	}
	if got := f.do(call{path: "/v1/customers/ok"}); !strings.Contains(string(got.body), "9007199254740992") {
		t.Errorf("%s", got.body)
	}
}

func TestAPhoneNumberThatDoesNotParseIsAWarning(t *testing.T) {
	f := newFixture(t)
	e := f.put("c1", `{"profile":{"mobileNumber":"あとで聞く"}}`)
	if len(e.Warnings) != 1 || e.Warnings[0].Field != schema.MobileNumberField || e.Warnings[0].Code != service.CodePhoneUnparsed {
		t.Errorf("%+v", e.Warnings)
	}
	if e := f.put("c1", `{"profile":{"mobileNumber":"090-1234-5678"}}`); len(e.Warnings) != 0 {
		t.Errorf("%+v", e.Warnings)
	}
}

func TestETagsGuardEdits(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"profile":{"name":"a"}}`)
	tag := f.do(call{path: "/v1/customers/c1"}).header.Get("ETag")
	unchanged := f.do(call{path: "/v1/customers/c1", header: map[string]string{"If-None-Match": tag}}).is(304)
	if len(unchanged.body) != 0 || unchanged.header.Get("ETag") != tag {
		t.Errorf("304 with %q, ETag %s", unchanged.body, unchanged.header.Get("ETag"))
	}
	patch := func(tag, body string) answer {
		return f.do(call{method: "PATCH", path: "/v1/customers/c1", body: body, header: map[string]string{"If-Match": tag}})
	}
	second := patch(tag, `{"profile":{"name":"b"}}`).is(200).header.Get("ETag")
	if second == tag {
		t.Error("the tag did not change with the edit")
	}
	patch(tag, `{"profile":{"name":"c"}}`).problem(412, service.CodePreconditionFailed)
	patch(`"other", W/`+second, `{"profile":{"name":"c"}}`).is(200)
	f.do(call{path: "/v1/customers/c1", header: map[string]string{"If-None-Match": tag}}).is(200)
	f.do(call{method: "DELETE", path: "/v1/customers/c1", header: map[string]string{"If-Match": tag}}).problem(412, service.CodePreconditionFailed)
	once := call{method: "PUT", path: "/v1/customers/new", body: `{}`, header: map[string]string{"If-None-Match": "*"}}
	f.do(once).is(201)
	f.do(once).problem(412, service.CodePreconditionFailed)
	f.do(call{method: "PUT", path: "/v1/customers/none", body: `{}`, header: map[string]string{"If-Match": "*"}}).problem(412, service.CodePreconditionFailed)
}

// A field that is not for the caller's role is not there for its edits either.
func TestEditsAreTheCallers(t *testing.T) {
	f := newFixture(t)
	f.must(f.addField(schema.Field{Key: "profile.rank", Kind: schema.String, Write: schema.WriteManager, Roles: []string{service.RoleManager}}))
	f.put("c1", `{"profile":{"rank":"gold","name":"a"}}`)
	write := f.tokens[service.ScopeWrite]
	for _, method := range []string{"PUT", "PATCH"} {
		c := call{method: method, path: "/v1/customers/c1", token: write, body: `{"profile":{"rank":"gold"}}`}
		f.do(c).problem(422, service.CodeUnknownField)
		c.body = `{"profileOnce":{"rank":"gold"}}`
		f.do(c).problem(422, service.CodeUnknownField)
		c.body = `{"profile":{"name":"b"}}`
		if a := f.do(c).is(200); strings.Contains(string(a.body), "gold") {
			t.Errorf("%s answers %s", method, a.body)
		}
	}
	if a := f.do(call{path: "/v1/customers/c1"}).is(200); !strings.Contains(string(a.body), `"rank":"gold"`) {
		t.Errorf("what the caller does not see stays: %s", a.body)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	f := newFixture(t)
	post := func(body, key, token string) answer {
		return f.do(call{method: "POST", path: "/v1/customers/batch", body: body, token: token, header: map[string]string{"Idempotency-Key": key}})
	}
	body := `{"customers":[{"profile":{"name":"x"}}]}`
	first := post(body, "k1", "").is(200)
	if again := post(body, "k1", "").is(200); string(again.body) != string(first.body) || f.store.Len() != 1 {
		t.Errorf("a repeat gave %s and %d customers, first %s", again.body, f.store.Len(), first.body)
	}
	post(`{"customers":[{"profile":{"name":"y"}}]}`, "k1", "").problem(409, service.CodeKeyReused)
	post(body, "k1", f.tokens[service.RoleManager]).is(200)
	if f.store.Len() != 2 {
		t.Errorf("%d customers: another caller's key is another key", f.store.Len())
	}
	put := call{method: "PUT", path: "/v1/customers/c1", body: `{"profile":{"name":"a"}}`, header: map[string]string{"Idempotency-Key": "k2"}}
	tag := f.do(put).is(201).header.Get("ETag")
	f.put("c1", `{"profile":{"name":"b"}}`)
	if again := f.do(put).is(201); again.header.Get("ETag") != tag {
		t.Error("a repeat was carried out again")
	}
	post(body, strings.Repeat("k", 201), "").problem(400, service.CodeBadRequest)
	// A refusal is not kept: mended, the same key works.
	refused := call{method: "PATCH", path: "/v1/customers/c9", body: `{}`, header: map[string]string{"Idempotency-Key": "k3"}}
	f.do(refused).problem(404, service.CodeNotFound)
	f.put("c9", `{}`)
	f.do(refused).is(200)
}

func TestARecordHasALimit(t *testing.T) {
	f := newFixture(t)
	var fields []schema.Field
	for i := range 20 {
		fields = append(fields, schema.Field{Key: fmt.Sprintf("profile.note%d", i), Kind: schema.String, Write: schema.WriteManager})
	}
	f.must(f.addField(fields...))
	profile := map[string]any{}
	for i := range 20 {
		profile[fmt.Sprintf("note%d", i)] = strings.Repeat("x", 4000)
	}
	f.do(call{method: "PUT", path: "/v1/customers/big", body: map[string]any{"profile": profile}}).problem(413, service.CodeRecordTooLarge)
	f.do(call{path: "/v1/customers/big"}).problem(404, service.CodeNotFound)
}

func TestBatch(t *testing.T) {
	f := newFixture(t)
	f.put("old", `{"profile":{"name":"a","email":"a@x.jp"}}`)
	a := f.do(call{method: "POST", path: "/v1/customers/batch", bad: true, body: `{"customers":[
		{"id":"old","profile":{"name":"b"}}, {"id":"new"}, {"profile":{"name":"anonymous"}},
		{"id":"bad","profile":{"nam":1}}, {"id":"@x"}, 7, {"id":"old"}, {"profile":{"mobileNumber":"?"}}]}`}).is(200)
	var got struct {
		Results []service.BatchResult
		Seq     uint64
	}
	a.json(&got)
	var status []string
	for _, r := range got.Results {
		status = append(status, r.Status)
	}
	if want := "updated created created refused refused refused unchanged created"; strings.Join(status, " ") != want {
		t.Fatalf("%v, want %s\n%s", status, want, a.body)
	}
	if bad := got.Results[3]; bad.ID != "bad" || bad.Code != service.CodeUnknownField || len(bad.Errors) != 1 || bad.Errors[0].Field != "profile.nam" {
		t.Errorf("%+v", bad)
	}
	if got.Results[2].ID == "" || len(got.Results[7].Warnings) != 1 || got.Seq != f.store.Seq() {
		t.Errorf("%s", a.body)
	}
	if c := f.do(call{path: "/v1/customers/old"}); !strings.Contains(string(c.body), "a@x.jp") {
		t.Errorf("a batch merges: %s", c.body)
	}
	lines := f.do(call{method: "POST", path: "/v1/customers/batch", header: map[string]string{"Content-Type": ndjson}, bad: true,
		body: "{\"id\":\"l1\"}\n\n{oops\r\n{\"id\":\"l2\"}"}).is(200)
	lines.json(&got)
	if len(got.Results) != 3 || got.Results[0].Status != service.Created || got.Results[1].Status != service.Refused || got.Results[2].ID != "l2" {
		t.Errorf("%s", lines.body)
	}
	f.do(call{method: "POST", path: "/v1/customers/batch", bad: true, body: `{"customers":{}}`}).problem(400, service.CodeBadRequest)
	f.do(call{method: "POST", path: "/v1/customers/batch", bad: true, body: `{"customers":[]}{}`}).problem(400, service.CodeBadRequest)
	many := `{"customers":[` + strings.Repeat(`{},`, service.MaxBatch) + `{}]}`
	f.do(call{method: "POST", path: "/v1/customers/batch", bad: true, body: many}).problem(400, service.CodeBadRequest)
}
