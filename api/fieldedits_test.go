package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/store"
)

const exampleField = "profile.description"

// fieldAccess says who may call which of these routes. Adding and deleting
// have a test of their own, because nobody can do them twice.
func fieldAccess() []routeAccess {
	return []routeAccess{
		{call{path: "/v1/fields/" + exampleField}, "owner manager viewer search"},
		{call{method: "PATCH", path: "/v1/fields/" + exampleField, body: `{}`}, "owner manager"},
		{call{method: "PUT", path: "/v1/fields/order", body: exampleOrder()}, "owner manager"},
		{call{method: "POST", path: "/v1/fields/" + exampleField + "/convert", body: exampleConversion}, "owner manager"},
	}
}

const exampleConversion = `{"to":{"key":"profile.converted","kind":"List"},"dryRun":true}`

func exampleOrder() any {
	var keys []string
	for _, f := range schema.InitialFields() {
		keys = append(keys, f.Key)
	}
	return map[string]any{"keys": keys}
}

// fieldBodies are bodies that these routes take.
func fieldBodies() []exampleBody {
	return []exampleBody{
		{"POST /v1/fields", `{"key":"profile.example","kind":"String"}`},
		{"PATCH /v1/fields/" + exampleField, `{}`},
		{"PUT /v1/fields/order", exampleOrder()},
		{"POST /v1/fields/" + exampleField + "/convert", exampleConversion},
	}
}

// provokeFields brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeFields() {
	const field = "/v1/fields/" + exampleField
	other := map[string]string{"If-Match": `"other"`}
	f.do(call{method: "POST", path: "/v1/fields", body: `{"key":"profile.example","kind":"String"}`}).is(201)
	f.do(call{method: "POST", path: "/v1/fields", body: `{"key":"profile.Example","kind":"String"}`}).problem(409, service.CodeExists)
	f.do(call{method: "POST", path: "/v1/fields", body: `{"key":"example","kind":"Text"}`}).problem(422, service.CodeInvalidValue)
	f.do(call{path: "/v1/fields/profile.none"}).problem(404, service.CodeNotFound)
	f.do(call{method: "PATCH", path: "/v1/fields/profile.none", body: `{}`}).problem(404, service.CodeNotFound)
	f.do(call{method: "PATCH", path: field, body: `{}`, header: other}).problem(412, service.CodePreconditionFailed)
	f.do(call{method: "PATCH", path: field, body: `{"format":"fax"}`}).problem(422, service.CodeInvalidValue)
	f.put("held", `{"profile":{"example":"a"}}`)
	f.do(call{method: "PATCH", path: "/v1/fields/profile.example", body: `{"kind":"Number"}`}).problem(409, service.CodeKindFixed)
	f.do(call{method: "PUT", path: "/v1/fields/order", body: `{"keys":[]}`}).problem(422, service.CodeInvalidValue)
	f.do(call{method: "POST", path: field + "/convert", body: `{"to":{"key":"profile.name","kind":"List"}}`}).problem(409, service.CodeExists)
	f.do(call{method: "POST", path: field + "/convert", body: `{"to":{"key":"name","kind":"List"}}`}).problem(422, service.CodeInvalidValue)
	f.do(call{method: "POST", path: "/v1/fields/profile.none/convert", body: exampleConversion}).problem(404, service.CodeNotFound)
	f.do(call{method: "DELETE", path: "/v1/fields/profile.none"}).problem(404, service.CodeNotFound)
	f.do(call{method: "DELETE", path: field, header: other}).problem(412, service.CodePreconditionFailed)
	f.do(call{method: "DELETE", path: field + "?force=perhaps", bad: true}).problem(400, service.CodeBadRequest)
	f.must(f.store.PutSegment(store.Segment{Key: "described", Filter: exampleField + " IS SET"}))
	p := f.do(call{method: "DELETE", path: field}).problem(409, service.CodeInUse)
	if len(p.UsedBy) != 1 || p.UsedBy[0] != (service.Use{Kind: "segment", Key: "described"}) {
		f.t.Errorf("used by %+v", p.UsedBy)
	}
	f.do(call{method: "DELETE", path: field + "?force=true"}).is(200)
}

func TestOnlyOwnersAndManagersAddAndDeleteFields(t *testing.T) {
	f := newFixture(t)
	for name, secret := range f.tokens {
		key := "profile." + strings.NewReplacer(":", "_", "-", "_").Replace(name)
		added := f.do(call{method: "POST", path: "/v1/fields", body: map[string]any{"key": key, "kind": "String"}, token: secret})
		if name == "owner" || name == "manager" {
			added.is(201)
			f.do(call{method: "DELETE", path: "/v1/fields/" + key, token: secret}).is(200)
		} else {
			added.problem(403, service.CodeForbidden)
			f.do(call{method: "DELETE", path: "/v1/fields/profile.name", token: secret}).problem(403, service.CodeForbidden)
		}
	}
}

func TestAFieldIsAddedChangedAndDeletedOverHTTP(t *testing.T) {
	f := newFixture(t)
	var got struct {
		schema.Field
		UsedBy []service.Use
	}
	add := f.do(call{method: "POST", path: "/v1/fields", body: `{"key":"profile.plan","kind":"List","labels":{"ja":"プラン"},"choices":["gold","silver"]}`}).is(201)
	add.json(&got)
	if got.Key != "profile.plan" || got.Kind != schema.List || got.Labels != (schema.Words{JA: "プラン", EN: "プラン"}) || got.Write != schema.WriteManager ||
		!slices.Equal(got.Choices, []string{"gold", "silver"}) || got.CreatedAt != testNow.UnixMilli() {
		t.Errorf("%+v", got)
	}
	read := f.do(call{path: "/v1/fields/profile.plan"}).is(200)
	if tag := read.header.Get("ETag"); tag == "" || tag != add.header.Get("ETag") {
		t.Errorf("ETag %q", tag)
	}
	old := map[string]string{"If-Match": read.header.Get("ETag")}
	f.do(call{method: "PATCH", path: "/v1/fields/profile.plan", body: `{"labels":{"en":"Plan"},"archived":true}`, header: old}).is(200).json(&got)
	if got.Labels != (schema.Words{JA: "プラン", EN: "Plan"}) || !got.Archived || got.Hidden || len(got.Choices) != 2 {
		t.Errorf("%+v", got)
	}
	f.do(call{method: "PATCH", path: "/v1/fields/profile.plan", body: `{}`, header: old}).problem(412, service.CodePreconditionFailed)
	f.put("a", `{"profile":{"plan":["gold"]}}`)
	f.do(call{method: "DELETE", path: "/v1/fields/profile.plan"}).is(200)
	f.do(call{method: "DELETE", path: "/v1/fields/profile.plan"}).is(200) // it is on its way already
	var list struct {
		Fields   []schema.Field
		Deleting []deletingField
	}
	f.do(call{path: "/v1/fields"}).is(200).json(&list)
	if len(list.Fields) != 40 || len(list.Deleting) != 1 || list.Deleting[0] != (deletingField{"profile.plan", 0, 1}) {
		t.Errorf("%d fields, deleting %+v", len(list.Fields), list.Deleting)
	}
	f.do(call{method: "POST", path: "/v1/fields", body: `{"key":"profile.PLAN","kind":"Number"}`}).problem(409, service.CodeExists)
	f.must(f.service.StripFields(t.Context(), nil))
	f.do(call{method: "POST", path: "/v1/fields", body: `{"key":"profile.PLAN","kind":"Number"}`}).is(201)
	f.do(call{method: "DELETE", path: "/v1/fields/profile.plan"}).problem(404, service.CodeNotFound)
}

// Every fault of a definition is told at once, each where it stands.
func TestAllFaultsOfAFieldAreToldAtOnce(t *testing.T) {
	f := newFixture(t)
	p := f.do(call{method: "POST", path: "/v1/fields", body: map[string]any{"key": "plan", "kind": "Text", "format": "fax", "labels": map[string]any{"ja": strings.Repeat("あ", 101)},
		"choices": []string{"a", "Ａ", "", strings.Repeat("x", 65)}, "roles": []string{"owner", "king", "viewer", "viewer"}}}).problem(422, service.CodeInvalidValue)
	var faults []string
	for _, e := range p.Errors {
		faults = append(faults, e.Field+" "+e.Code)
		if e.Message.JA == "" || e.Message.EN == "" {
			t.Errorf("%s is not told in both languages", e.Field)
		}
	}
	want := "key bad_key, kind bad_kind, format bad_format, labels.ja bad_label, labels.en bad_label, choices[1] bad_choices, choices[2] bad_choices, choices[3] bad_choices, roles[1] bad_role, roles[3] bad_role"
	if got := strings.Join(faults, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestAConversionIsReportedOverHTTP(t *testing.T) {
	f := newFixture(t)
	f.must(f.addField(schema.Field{Key: "profile.age", Kind: schema.String, Write: schema.WriteManager}))
	for i, age := range []string{"12", "１３", "unknown", "unknown", "?"} {
		f.put(fmt.Sprint("c", i), fmt.Sprintf(`{"profile":{"age":%q}}`, age))
	}
	body := map[string]any{"to": map[string]any{"key": "profile.years", "kind": "Number"}, "dryRun": true}
	var got fieldConversion
	for _, dry := range []bool{true, false, false} {
		body["dryRun"] = dry
		f.do(call{method: "POST", path: "/v1/fields/profile.age/convert", body: body}).is(200).json(&got)
		if got.DryRun != dry || got.Failed != 3 || len(got.Failures) != 2 || got.Failures[0].Value != "unknown" || got.Failures[0].Count != 2 || got.Untold != 0 {
			t.Errorf("%+v", got)
		}
	}
	if got.Converted != 0 || got.Kept != 2 || got.Field.ConvertedFrom != "profile.age" {
		t.Errorf("again: %+v", got)
	}
	if r := f.search(map[string]any{"filter": "profile.years >= 12", "minSeq": got.Seq}); r.Total != 2 {
		t.Errorf("%+v", r)
	}
}
