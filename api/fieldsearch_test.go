package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A pair is the same workspace twice: on the engine and on the oracle.
type pair struct {
	t              *testing.T
	engine, oracle *fixture
}

func newPair(t *testing.T) pair {
	return pair{t, newFixtureOn(t, openBleve), newFixture(t)}
}

// do makes a request of both and wants it to be taken.
func (p pair) do(method, path string, body any) {
	p.t.Helper()
	for _, f := range []*fixture{p.engine, p.oracle} {
		if a := f.do(call{method: method, path: path, body: body}); a.status/100 != 2 {
			p.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
		}
	}
}

// finds asks both, and wants the ids.
func (p pair) finds(query map[string]any, want string) {
	p.t.Helper()
	var got [2]string
	for i, f := range []*fixture{p.engine, p.oracle} {
		q := map[string]any{"sort": "id", "minSeq": f.store.Seq()}
		for name, value := range query {
			q[name] = value
		}
		got[i] = f.search(q).ids()
	}
	if got[0] != want || got[1] != want {
		p.t.Errorf("%v: the engine finds %q, the oracle %q, want %q", query, got[0], got[1], want)
	}
}

func filter(text string) map[string]any { return map[string]any{"filter": text} }

// Whatever the format of a field becomes, and in whatever order its records
// were indexed, a search is right at once.
func TestSearchesAreRightAfterAFieldsFormatChanged(t *testing.T) {
	p := newPair(t)
	p.do("POST", "/v1/fields", `{"key":"profile.shop","kind":"String"}`)
	p.do("PUT", "/v1/customers/a", `{"profile":{"shop":"090-1234-5678"}}`)
	same := filter(`profile.shop = "+81 90 1234 5678"`)
	part := filter(`profile.shop ^= "0901234"`)
	p.finds(same, "")
	p.do("PATCH", "/v1/fields/profile.shop", `{"format":"phone"}`)
	p.finds(same, "a")
	p.do("PUT", "/v1/customers/b", `{"profile":{"shop":"０９０1234 5678"}}`)
	p.finds(same, "a b")
	p.finds(part, "a b")
	p.do("PATCH", "/v1/fields/profile.shop", `{"format":""}`)
	p.finds(same, "")
	p.do("PUT", "/v1/customers/c", `{"profile":{"shop":"(090)12345678"}}`)
	p.finds(filter(`profile.shop ^= "090"`), "a b")
	p.do("PATCH", "/v1/fields/profile.shop", `{"format":"phone"}`)
	p.finds(same, "a b c")
	p.finds(part, "a b c")
	p.do("PATCH", "/v1/fields/profile.shop", `{"format":"version"}`)
	p.finds(same, "")
}

func TestSearchesAreRightAfterThePhoneRegionChanged(t *testing.T) {
	p := newPair(t)
	p.do("PUT", "/v1/customers/jp", `{"profile":{"mobileNumber":"090-1234-5678"}}`)
	p.do("PUT", "/v1/customers/de", `{"profile":{"mobileNumber":"0151 23456789"}}`)
	japanese, german := filter(`profile.mobileNumber = "+819012345678"`), filter(`profile.mobileNumber = "+4915123456789"`)
	p.finds(japanese, "jp")
	p.finds(german, "")
	for range 2 {
		p.do("PATCH", "/v1/settings", `{"region":"DE"}`)
		p.finds(german, "de")
		p.finds(japanese, "")
		p.finds(map[string]any{"q": "15123456789"}, "de")
		p.do("PUT", "/v1/customers/late", `{"profile":{"mobileNumber":"0151-23456789"}}`)
		p.finds(german, "de late")
		p.do("PATCH", "/v1/settings", `{"region":"JP"}`)
		p.finds(german, "")
		p.finds(japanese, "jp")
		p.do("DELETE", "/v1/customers/late", nil)
	}
}

// A key that was deleted can be a field of any other kind.
func TestSearchesAreRightAfterAKeyCameBackAsAnotherKind(t *testing.T) {
	p := newPair(t)
	values := map[string]string{"String": `"12"`, "Number": `12`, "Date": `"2026-11-23"`, "Boolean": `true`, "List": `["12","x"]`}
	conditions := map[string]string{"String": `= "12"`, "Number": `> 11`, "Date": `= 2026-11-23`, "Boolean": `= true`, "List": `HAS "12"`}
	kinds := []string{"String", "Number", "List", "Date", "Boolean", "String", "List", "Number"}
	for i, kind := range kinds {
		p.do("POST", "/v1/fields", map[string]any{"key": "profile.x", "kind": kind})
		p.finds(filter("profile.x IS SET"), "")
		p.do("PUT", "/v1/customers/a", fmt.Sprintf(`{"profile":{"x":%s}}`, values[kind]))
		p.do("PUT", "/v1/customers/gone", fmt.Sprintf(`{"profile":{"x":%s}}`, values[kind]))
		p.finds(filter("profile.x "+conditions[kind]), "a gone")
		p.do("DELETE", "/v1/customers/gone", nil)
		sort := "profile.x"
		if kind == "List" {
			sort = "id"
		}
		p.finds(map[string]any{"filter": "profile.x IS SET", "sort": sort, "facets": []any{map[string]any{"field": "profile.x"}}}, "a")
		p.do("DELETE", "/v1/fields/profile.x", nil)
		for _, f := range []*fixture{p.engine, p.oracle} {
			f.do(call{method: "POST", path: "/v1/customers/count", body: filter("profile.x IS SET")}).problem(422, "unknown_field")
			if i%2 == 0 {
				f.must(f.service.StripFields(t.Context(), nil))
			} else {
				f.service.Upkeep(context.Background())
			}
		}
	}
}

// What a field's deletion leaves in the index and in answers: nothing.
func TestADeletedFieldIsInNoAnswer(t *testing.T) {
	p := newPair(t)
	p.do("POST", "/v1/fields", `{"key":"profile.plan","kind":"String"}`)
	for i := range 30 {
		p.do("PUT", fmt.Sprint("/v1/customers/c", i), `{"profile":{"plan":"gold","name":"a"}}`)
	}
	p.do("DELETE", "/v1/fields/profile.plan", nil)
	for _, f := range []*fixture{p.engine, p.oracle} {
		f.must(f.service.StripFields(t.Context(), nil))
	}
	p.do("POST", "/v1/fields", `{"key":"profile.plan","kind":"String"}`)
	p.finds(filter(`profile.plan = "gold"`), "")
	for _, f := range []*fixture{p.engine, p.oracle} {
		answer := f.do(call{method: "POST", path: "/v1/customers/search", body: `{"facets":[{"field":"profile.plan"}]}`}).is(200)
		if strings.Contains(string(answer.body), "gold") {
			t.Errorf("%s", answer.body)
		}
		var got struct{ Candidates []struct{ Label string } }
		const text = `profile.plan = `
		f.do(call{method: "POST", path: "/v1/filter/complete", body: map[string]any{"filter": text, "cursor": len(text)}}).is(200).json(&got)
		if slices.ContainsFunc(got.Candidates, func(c struct{ Label string }) bool { return strings.Contains(c.Label, "gold") }) {
			t.Errorf("completion offers %+v", got.Candidates)
		}
	}
}
