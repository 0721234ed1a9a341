package dsl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl/expr"
)

func TestParts(t *testing.T) {
	parts, list := Parts(`member AND (NOT name = "x" OR segment("vip"))`, testEnv(t))
	if len(list) > 0 {
		t.Fatal(codes(list))
	}
	var got []string
	for _, p := range parts {
		got = append(got, fmt.Sprintf("%d %d %s: %s", p.Depth, p.Parent, flat(p.Node), expr.String(p.Expr)))
		if p.Span.Start != p.Node.Extent().Start || p.Span.End != p.Node.Extent().End || p.Span.Line != 1 {
			t.Errorf("%s stands at %+v", flat(p.Node), p.Span)
		}
	}
	want := []string{
		`0 -1 member AND (NOT name = "x" OR segment("vip")): member = true AND (NOT name = "x" OR tags HAS "vip")`,
		`1 0 member: member = true`,
		`1 0 NOT name = "x" OR segment("vip"): NOT name = "x" OR tags HAS "vip"`,
		`2 2 NOT name = "x": NOT name = "x"`,
		`3 3 name = "x": name = "x"`,
		`2 2 segment("vip"): tags HAS "vip"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if parts, list := Parts("", testEnv(t)); len(parts) > 0 || len(list) > 0 {
		t.Errorf("the empty filter has parts: %v %s", parts, codes(list))
	}
	if parts, list := Parts(`nam = "x"`, testEnv(t)); parts != nil || !HasErrors(list) {
		t.Errorf("a filter that does not compile has parts: %v", parts)
	}
}

// TestPartsOfTheCorpus: the root's part is what Compile gives before it is
// simplified, and parents come before their parts.
func TestPartsOfTheCorpus(t *testing.T) {
	env := testEnv(t)
	for _, text := range corpus(t) {
		parts, list := Parts(text, env)
		compiled, again := newCompiler(env).compile(text)
		if HasErrors(list) != HasErrors(again) {
			t.Errorf("%s: %s, compiled %s", text, codes(list), codes(again))
		}
		if len(parts) == 0 {
			continue
		}
		if got, want := expr.String(parts[0].Expr), expr.String(compiled.Expr); got != want {
			t.Errorf("%s: the root is %s, compiled %s", text, got, want)
		}
		for i, p := range parts {
			switch {
			case i == 0 && (p.Parent != -1 || p.Depth != 0), i > 0 && (p.Parent < 0 || p.Parent >= i):
				t.Errorf("%s: part %d stands below %d at depth %d", text, i, p.Parent, p.Depth)
			case i > 0 && p.Depth != parts[p.Parent].Depth+1:
				t.Errorf("%s: part %d is %d deep, its parent %d", text, i, p.Depth, parts[p.Parent].Depth)
			}
		}
	}
}

func TestPartsOfASegmentInItsZone(t *testing.T) {
	env := testEnv(t)
	utc := Segment{Filter: `lastSeenAt = 2026-11-23`, Zone: env.Now.UTC().Location()}
	parts, _ := Parts(utc.Filter, env.Within(utc))
	if len(parts) != 1 || !strings.Contains(expr.String(parts[0].Expr), fmt.Sprintf("BETWEEN %d", int64(millis(t, "2026-11-23 09:00:00.000")))) {
		t.Errorf("%v", parts)
	}
	if own := env.Within(Segment{}); own.Zone != env.Zone {
		t.Error("a segment without a zone is read in another than the filter's")
	}
}
