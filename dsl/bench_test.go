package dsl

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const sample = `member = true AND (web.sessionsCount > 5 OR profile.email ~ "@x.jp")`

func listOf(n int) string {
	var b strings.Builder
	b.WriteString("id IN (")
	for i := range n {
		fmt.Fprintf(&b, `"customer-%d", `, i)
	}
	return b.String() + ")"
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if query, _ := Parse(sample); query == nil {
			b.Fatal("no query")
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	env := testEnv(b)
	for b.Loop() {
		if _, list := Compile(sample, env); list != nil {
			b.Fatal(list)
		}
	}
}

func BenchmarkListOf10000(b *testing.B) {
	env, text := testEnv(b), listOf(10_000)
	for b.Loop() {
		if _, list := Compile(text, env); list != nil {
			b.Fatal(list)
		}
	}
}

func BenchmarkMillionBrackets(b *testing.B) {
	env, text := testEnv(b), strings.Repeat("(", 1_000_000)
	for b.Loop() {
		if _, list := Compile(text, env); len(list) == 0 {
			b.Fatal("no diagnostic")
		}
	}
}

// hostile are texts that must neither take long nor take memory.
func hostile() map[string]string {
	return map[string]string{
		"brackets":        strings.Repeat("(", 1_000_000),
		"closing":         strings.Repeat(")", 1_000_000),
		"nots":            strings.Repeat("NOT ", 260_000),
		"bangs":           strings.Repeat("!", 1_000_000),
		"not brackets":    strings.Repeat("NOT(", 260_000),
		"lists":           strings.Repeat("a IN (", 170_000),
		"quotes":          strings.Repeat(`"`, 1_000_000),
		"escapes":         `"` + strings.Repeat(`\q`, 500_000),
		"words":           strings.Repeat("a ", 500_000),
		"dots":            strings.Repeat("a.", 500_000),
		"only dots":       strings.Repeat(".", 1_000_000),
		"commas":          strings.Repeat(",", 1_000_000),
		"list commas":     "a IN (" + strings.Repeat(",", 1_000_000),
		"operators":       strings.Repeat("= ", 500_000),
		"doubled":         strings.Repeat("== ", 340_000),
		"between":         strings.Repeat("BETWEEN 1 AND ", 70_000),
		"has":             strings.Repeat("HAS ANY ", 130_000),
		"minus":           "a = now" + strings.Repeat("-1d", 300_000),
		"digits":          "a = " + strings.Repeat("1", 1_000_000),
		"dates":           strings.Repeat("2026-11-23", 100_000),
		"years":           strings.Repeat("2026-", 200_000),
		"backticks":       strings.Repeat("`", 1_000_000),
		"comments":        strings.Repeat("#\n", 500_000),
		"kanji":           strings.Repeat("漢", 340_000),
		"bad":             strings.Repeat("@ ", 500_000),
		"one name":        strings.Repeat("a", 1_000_000),
		"ands":            strings.Repeat("AND ", 260_000),
		"in ands":         "a IN (1) " + strings.Repeat("AND a IN (1 ", 80_000),
		"many errors":     strings.Repeat("nam = 5 AND ", 900) + "x = 1",
		"values":          "a = " + strings.Repeat("1 ", 500_000),
		"two word values": "a = b " + strings.Repeat("c ", 500_000),
		"operands":        strings.Repeat(`"a" `, 250_000),
		"fields":          strings.Repeat("member name ", 80_000),
		"one long line":   strings.Repeat("x = 1 OR ", 990) + `y = "` + strings.Repeat("z", 900_000),
	}
}

// TestHostileTexts: whatever the text, there is a diagnostic and soon.
func TestHostileTexts(t *testing.T) {
	env := testEnv(t)
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, list := Compile(text, env)
			took := time.Since(start)
			if !HasErrors(list) && name != "comments" {
				t.Error("no diagnostic")
			}
			t.Logf("%v, %d diagnostics", took, len(list))
			if took > 5*time.Second { // generous: a machine may be busy; BENCH figures are in the benchmarks
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestTimes holds the figures that the design names, best of five: they are
// ten times what is measured on two cores.
func TestTimes(t *testing.T) {
	env := testEnv(t)
	for name, text := range map[string]string{
		"a million brackets": strings.Repeat("(", 1_000_000), "a million characters of NOT": strings.Repeat("NOT ", 260_000), "a list of 10,000": listOf(10_000),
	} {
		best := time.Hour
		for range 5 {
			start := time.Now()
			Compile(text, env)
			best = min(best, time.Since(start))
		}
		if best > 100*time.Millisecond {
			t.Errorf("%s takes %v", name, best)
		}
	}
}
