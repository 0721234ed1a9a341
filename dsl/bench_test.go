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

func BenchmarkMillionBrackets(b *testing.B) {
	env, text := testEnv(b), strings.Repeat("(", 1_000_000)
	for b.Loop() {
		if _, list := Compile(text, env); len(list) == 0 {
			b.Fatal("no diagnostic")
		}
	}
}
