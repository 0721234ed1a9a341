package api

import (
	"errors"
	"strings"
	"testing"

	"meibo/api/service"
	"meibo/dsl"
	"meibo/dsl/schema"
	"meibo/store"
)

// analyze asks what is known about a filter.
func (f *fixture) analyze(filter string) []dsl.Diagnostic {
	f.t.Helper()
	var a service.Analysis
	f.do(call{method: "POST", path: "/v1/filter/analyze", body: map[string]any{"filter": filter}}).is(200).json(&a)
	return a.Diagnostics
}

// told are the codes of diagnostics, in their order.
func told(list []dsl.Diagnostic) string {
	var codes []string
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	return strings.Join(codes, " ")
}

// TestAnalyzeWarns: what the customers say, with the filter's own faults, in
// the order of the text.
func TestAnalyzeWarns(t *testing.T) {
	f := newFixture(t)
	f.must(f.addField(schema.Field{Key: "profile.legacy", Kind: schema.String, Labels: schema.Words{JA: "旧", EN: "Old"}, Hidden: true}))
	f.put("a", `{"profile":{"description":"good"}}`)
	f.put("b", `{"profile":{"description":"bad"}}`)
	seq := f.put("c", `{}`).Seq
	f.search(map[string]any{"minSeq": seq}) // the index has all three

	got := f.analyze(`profile.description != "good"`)
	if told(got) != "lone_negative" || got[0].Severity != dsl.Warning || !strings.Contains(got[0].Message.EN, "; 1 match only for that") {
		t.Fatalf("%+v", got)
	}
	fixed := got[0].Fixes[0].Apply(`profile.description != "good"`)
	if r := f.search(map[string]any{"filter": fixed}); r.Total != 1 || r.ids() != "b" {
		t.Errorf("%s finds %+v", fixed, r)
	}
	if got := f.analyze(`country = "JP" AND createdAt != 2020-01-01`); told(got) != "empty_field" { // createdAt is always there
		t.Errorf("%+v", got)
	}
	if got := f.analyze(`profile.legacy IS SET AND sessionCount > 5 AND profile.description IN ("x", "X")`); told(got) != "hidden_field empty_field unknown_field repeated_value" {
		t.Errorf("%+v", got)
	}
	f.do(call{method: "POST", path: "/v1/customers/count", body: map[string]any{"filter": `profile.description != "good"`}}).is(200)
}

// TestAnalyzeNearestSegment: a segment that is not there brings those to mind
// that are.
func TestAnalyzeNearestSegment(t *testing.T) {
	f := newFixture(t)
	f.must(f.store.PutSegment(store.Segment{Key: "regulars", Name: schema.Words{JA: "常連のお客様", EN: "Regular customers"}, Filter: "member"}))
	for _, filter := range []string{`segment("regular")`, `segment("常連のお客様")`} {
		got := f.analyze(filter)
		if told(got) != "unknown_segment" || len(got[0].Fixes) != 1 || got[0].Fixes[0].Apply(filter) != `segment("regulars")` {
			t.Errorf("%s: %+v", filter, got)
		}
	}
}

// TestAnalyzeWithoutIndex: an index that does not answer takes the numbers
// away and nothing else, and is not waited for.
func TestAnalyzeWithoutIndex(t *testing.T) {
	g := &gate{}
	state := service.IndexStatus{State: service.StateReady}
	f := newFixture(t, func(s *service.Config, _ *Config) {
		g.Index = s.Index
		s.Index = g
		s.IndexStatus = func() service.IndexStatus { return state }
	})
	f.put("a", `{}`)
	want := func(when string) {
		t.Helper()
		got := f.analyze(`country != "JP"`)
		if told(got) != "lone_negative" || strings.Contains(got[0].Message.EN, "match only for that") {
			t.Errorf("%s: %+v", when, got)
		}
	}
	g.hold(errors.New("closed"))
	want("the index refuses")
	g.hold(nil)
	state.State = service.StateRebuilding
	want("the index is being built")
}
