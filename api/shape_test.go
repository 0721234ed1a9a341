package api

import (
	"net/http"
	"strings"
	"testing"

	"meibo/api/service"
)

// What a body or a parameter lacks is told with its place and in either
// language alone, in the detail too.
func TestAWrongShapeIsToldInBothLanguages(t *testing.T) {
	f := newFixture(t)
	for _, c := range []struct {
		call
		field, ja, en string
	}{
		{call{method: "POST", path: "/v1/customers/search", body: `{"filtr":"member"}`}, "filtr", "filtr: この名前の項目は受け取りません。綴りを確かめてください。", "filtr: nothing of this name is taken here; see the spelling"},
		{call{method: "POST", path: "/v1/customers/search", body: `{"limit":1001}`}, "limit", "limit: 1000 以下にしてください。", "limit: it is at most 1000"},
		{call{method: "POST", path: "/v1/customers/search", body: `{"filter":5}`}, "filter", "filter: 文字列にしてください。", "filter: it takes a string"},
		{call{method: "POST", path: "/v1/customers/search", body: `{`}, "body", "JSON が途中で終わっています。", "the JSON ends too early"},
		{call{method: "POST", path: "/v1/segments", body: `{"key":"a"}`}, "body", "filter は必須です。", "filter is required"},
		{call{path: "/v1/stats/mau"}, "month", "month: 必須です。", "month: it is required"},
		{call{path: "/v1/customers/c1/history?limit=x"}, "limit", "limit: 範囲内の整数にしてください。", "limit: it takes a whole number within its range"},
		{call{method: "PATCH", path: "/v1/fields/name?force=maybe", body: `{}`}, "force", "force: true か false にしてください。", "force: it takes true or false"},
	} {
		for lang, want := range map[string]string{"ja": c.ja, "en": c.en} {
			c.bad, c.header = true, map[string]string{"Accept-Language": lang}
			p := f.do(c.call).problem(http.StatusBadRequest, service.CodeBadRequest)
			if len(p.Errors) != 1 || p.Errors[0].Field != c.field || p.Errors[0].Message.JA != c.ja || p.Errors[0].Message.EN != c.en || p.Detail != want {
				t.Errorf("%s %s in %s: %+v", c.path, c.body, lang, p)
			}
		}
	}
	// Every fault is told, not the first alone.
	p := f.do(call{method: "POST", path: "/v1/customers/search", body: `{"filtr":"x","limit":"y"}`, bad: true}).problem(http.StatusBadRequest, service.CodeBadRequest)
	if len(p.Errors) != 2 {
		t.Errorf("%+v", p)
	}
	// What the table does not know keeps its words.
	if w := shapeWords("expected something new", "形が正しくありません。"); w.EN != "expected something new" || !strings.HasSuffix(w.JA, w.EN) {
		t.Errorf("%+v", w)
	}
}

// An object without members asks for nothing where there is a group of that
// name, and is a fault like any other value elsewhere.
func TestAnEmptyObjectIsAGroupOrAFault(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"tags":["a"],"profile":{"name":"b"}}`)
	for _, c := range []struct {
		method, path, body string
		status             int
		code               service.Code
	}{
		{"PATCH", "/v1/customers/c1", `{"profile":{},"profileOnce":{},"web":{}}`, 200, ""},
		{"PATCH", "/v1/customers/c1", `{"profil":{}}`, 422, service.CodeUnknownField},
		{"PATCH", "/v1/customers/c1", `{"tags":{}}`, 422, service.CodeInvalidValue},
		{"PATCH", "/v1/customers/c1", `{"profile":{"name":{}}}`, 422, service.CodeInvalidValue},
		{"PATCH", "/v1/customers/c1", `{"profile":{"nam":{}}}`, 422, service.CodeUnknownField},
		{"PATCH", "/v1/customers/c1", `{"profileOnce":{"name":{}}}`, 422, service.CodeInvalidValue},
		{"POST", "/v1/boot", `{"profile":{},"profileOnce":{},"web":{}}`, 200, ""},
		{"POST", "/v1/boot", `{"profil":{}}`, 422, service.CodeUnknownField},
		{"POST", "/v1/boot", `{"visitorToken":{}}`, 422, service.CodeInvalidValue},
		{"POST", "/v1/forms", `{"id":"c1","profile":{}}`, 200, ""},
	} {
		a := f.do(call{method: c.method, path: c.path, body: c.body, bad: c.status != 200})
		if c.status == 200 {
			a.is(200)
			continue
		}
		a.problem(c.status, c.code)
	}
	if body := string(f.do(call{path: "/v1/customers/c1"}).is(200).body); !strings.Contains(body, `"tags":["a"]`) || !strings.Contains(body, `"name":"b"`) {
		t.Error(body)
	}
}
