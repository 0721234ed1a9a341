package dsl

import (
	"fmt"
	"strings"
	"testing"
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

// filterOf is a filter of n conditions as people and programs write them.
func filterOf(n int) string {
	kinds := []string{
		`member = true`, `web.sessionsCount > %d`, `profile.email ~ "@x%d.jp"`, `tags HAS "VIP%d"`, `NOT unsubscribeEmail = true`, `lastSeenAt > now-%dd`,
		`country IN ("JP", "US", "%d")`, `sessionsCount BETWEEN 1 AND %d`, `name ^= "田中%d"`, `createdAt >= 2026-11-23`,
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString([]string{" AND ", " OR "}[i/7%2])
		}
		condition := kinds[i%len(kinds)]
		if strings.Contains(condition, "%d") {
			condition = fmt.Sprintf(condition, i)
		}
		b.WriteString(condition)
	}
	return b.String()
}

func BenchmarkCompile200(b *testing.B) {
	env, text := testEnv(b), filterOf(200)
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
