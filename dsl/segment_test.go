package dsl

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl/expr"
)

func TestSegmentZone(t *testing.T) {
	env := testEnv(t)
	env.Segments = func(key string) (Segment, bool) {
		switch key {
		case "utc":
			return Segment{Filter: `lastSeenAt = 2026-11-23 AND segment("plain")`, Zone: time.UTC}, true
		case "plain":
			return Segment{Filter: `lastSeenAt = 2026-11-23`}, true
		}
		return Segment{}, false
	}
	tokyoDay := dates(millis(t, "2026-11-23 00:00:00.000"), millis(t, "2026-11-24 00:00:00.000"), false, true)
	utcDay := dates(millis(t, "2026-11-23 09:00:00.000"), millis(t, "2026-11-24 09:00:00.000"), false, true)
	want := expr.And{Of: []expr.Expr{expr.And{Of: []expr.Expr{utcDay, tokyoDay}}, tokyoDay}}
	if diff := cmp.Diff(expr.Expr(want), checked(t, `segment("utc") AND lastSeenAt = 2026-11-23`, env)); diff != "" {
		t.Error(diff)
	}
}

func TestSegmentDepth(t *testing.T) {
	env := testEnv(t)
	if _, list := Compile(`segment("deep2")`, env); len(list) > 0 { // deep2 … deep9 are eight
		t.Error(codes(list))
	}
	// Expanded before at a lesser depth, a segment is still counted.
	if _, list := Compile(`segment("deep2") OR segment("deep1")`, env); len(list) != 1 || list[0].Code != "segment_too_deep" {
		t.Error(codes(list))
	}
}

// TestSegmentBomb: eight segments, each naming the next a thousand times.
func TestSegmentBomb(t *testing.T) {
	env := testEnv(t)
	for _, last := range []string{`member`, `nonsense = 1`, `segment("0")`, `segment("nobody")`} {
		calls := 0
		env.Segments = func(key string) (Segment, bool) {
			calls++
			n := 0
			if _, err := fmt.Sscan(key, &n); err != nil {
				return Segment{}, false
			}
			if n == 7 {
				return Segment{Filter: last}, true
			}
			next := fmt.Sprintf(`segment("%d")`, n+1)
			return Segment{Filter: strings.Repeat(next+" OR ", 999) + next}, true
		}
		start := time.Now()
		_, list := Compile(`segment("0")`, env)
		if len(list) != 1 {
			t.Errorf("%s: %s", last, codes(list))
		}
		if took := time.Since(start); calls > 20 || took > 3*time.Second {
			t.Errorf("%s: %d segments were read in %v", last, calls, took)
		}
	}
}

func TestSegmentWithinTheBudget(t *testing.T) {
	env := testEnv(t)
	compiled, list := Compile(`segment("huge") AND member`, env)
	if len(list) > 0 {
		t.Fatal(codes(list))
	}
	if compiled.Expr == nil {
		t.Error("no expression")
	}
}

// TestSegmentsThatDouble: each segment names the one below twice, so that its
// filter is twice as large. What is too large is refused before it is built.
func TestSegmentsThatDouble(t *testing.T) {
	env := testEnv(t)
	const conditions = 100 // of the smallest
	env.Segments = func(key string) (Segment, bool) {
		n := 0
		if _, err := fmt.Sscan(key, &n); err != nil || n < 1 {
			return Segment{}, false
		}
		if n == 1 {
			return Segment{Filter: strings.TrimSuffix(strings.Repeat("member OR ", conditions), " OR ")}, true
		}
		return Segment{Filter: fmt.Sprintf(`segment("%[1]d") AND NOT segment("%[1]d")`, n-1)}, true
	}
	size := conditions + 1 // nodes, the OR among them
	for n := 1; n <= MaxSegmentDepth; n++ {
		text := fmt.Sprintf(`segment("%d")`, n)
		start := time.Now()
		compiled, list := newCompiler(env).compile(text)
		if took := time.Since(start); took > 500*time.Millisecond {
			t.Errorf("%s takes %v", text, took)
		}
		built := 0
		if !HasErrors(list) {
			expr.Walk(compiled.Expr, func(expr.Expr) { built++ })
		}
		switch {
		case size <= MaxNodes && (HasErrors(list) || built != size):
			t.Errorf("%s: %d nodes, want %d: %s", text, built, size, codes(list))
		case size > MaxNodes && (len(list) != 1 || list[0].Code != "too_complex"):
			t.Errorf("%s with %d nodes: %s", text, size, codes(list))
		}
		if memory := testing.AllocsPerRun(3, func() { newCompiler(env).compile(text) }); memory > 20_000 {
			t.Errorf("%s: %v allocations", text, memory)
		}
		size = 2*size + 2 // two references, the AND and the NOT
	}
	if size < 2*MaxNodes {
		t.Errorf("%d nodes are no test of the limit", size)
	}
}

func TestReferences(t *testing.T) {
	for text, want := range map[string]string{
		``: "", `member`: "", `segment("a")`: "a", `NOT (segment("b") OR SEGMENT("a") AND segment("b"))`: "b a",
		`segment("a") AND`: "", `other("a")`: "", "\"segment\" AND segment(\"a b\") # segment(\"c\")": "a b",
	} {
		if got := strings.Join(References(text), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
