package dsl

import (
	"slices"
	"testing"

	"meibo/dsl/schema"
)

func TestNearestSegments(t *testing.T) {
	env := testEnv(t)
	names := []SegmentName{
		{Key: "regulars", Name: schema.Words{JA: "常連のお客様", EN: "Regular customers"}},
		{Key: "regulars-tokyo", Name: schema.Words{JA: "東京の常連", EN: "Regulars in Tokyo"}},
		{Key: "vip", Name: schema.Words{JA: "上得意", EN: "Best customers"}},
		{Key: "vip2", Name: schema.Words{}},
	}
	env.SegmentNames = func() []SegmentName { return names }
	for _, test := range []struct {
		key  string
		want []string
	}{
		{"regular", []string{"regulars"}},
		{"REGULARS", []string{"regulars"}},
		{"ｒｅｇｕｌａｒｓ", []string{"regulars"}},
		{"regualrs", []string{"regulars"}},
		{"常連のお客様", []string{"regulars"}},
		{"best customers", []string{"vip"}},
		{"東京の常連", []string{"regulars-tokyo"}},
		{"vip1", []string{"vip", "vip2"}},
		{"newcomers", nil},
		{"x", nil},
	} {
		if got := newCompiler(env).nearestSegments(test.key); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.key, got, test.want)
		}
	}
	if got := newCompiler(testEnvWithoutNames(t)).nearestSegments("vip1"); got != nil {
		t.Errorf("without names: %q", got)
	}
}

func testEnvWithoutNames(t *testing.T) Env {
	env := testEnv(t)
	env.SegmentNames = nil
	return env
}

// TestNearestSegmentsAreBounded: the names are read once, and only for the
// first segments that are not there.
func TestNearestSegmentsAreBounded(t *testing.T) {
	env := testEnv(t)
	asked := 0
	env.SegmentNames = func() []SegmentName {
		asked++
		return []SegmentName{{Key: "seg0"}, {Key: "vip"}}
	}
	env.Segments = func(key string) (Segment, bool) { return Segment{Filter: "member"}, key == "seg0" || key == "vip" }
	_, list := Compile(repeatedly(20, "OR", func(i int) string { return `segment("seg` + string(rune('a'+i)) + `")` }), env)
	if len(list) != 20 || asked != 1 {
		t.Fatalf("%d diagnostics, %d times asked", len(list), asked)
	}
	for i, d := range list {
		if (len(d.Fixes) == 1) != (i < maxMisses) {
			t.Errorf("number %d has %d fixes", i, len(d.Fixes))
		}
	}
	// What a segment refers to cannot be mended from outside.
	env.Segments = func(key string) (Segment, bool) { return Segment{Filter: `segment("vi")`}, key == "vip" }
	if _, list := Compile(`segment("vip")`, env); len(list) != 1 || list[0].Code != "invalid_segment" || len(list[0].Fixes) > 0 {
		t.Error(codes(list))
	}
}
