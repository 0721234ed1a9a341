package dsl

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestSnippetOfTheCorpus: what is short is whole, what is long is its beginning.
func TestSnippetOfTheCorpus(t *testing.T) {
	for _, text := range corpus(t) {
		query, _ := Parse(text)
		if query == nil || query.Root == nil {
			continue
		}
		whole := flat(query.Root)
		if got := Snippet(query.Root, 1<<20); got != whole {
			t.Errorf("%s: %s", text, got)
		}
		for _, most := range []int{1, 7, 30} {
			want := whole
			if runes := []rune(whole); len(runes) > most {
				want = string(runes[:most]) + "…"
			}
			if got := Snippet(query.Root, most); got != want {
				t.Errorf("%s: %d characters are %s", text, most, got)
			}
		}
	}
}

func TestSnippetOfALargeFilter(t *testing.T) {
	for _, text := range []string{
		`country IN (` + strings.Repeat(`"x", `, 9_999) + `"x")`,
		strings.Repeat("member OR ", 999) + "member",
		`country IN (` + strings.Repeat(`"`+strings.Repeat("あ", 300)+`", `, 1000) + `"x")`,
		strings.Repeat("NOT (member AND ", 30) + "member" + strings.Repeat(")", 30),
	} {
		query, list := Parse(text)
		if query == nil {
			t.Fatal(codes(list))
		}
		start := time.Now()
		got := Snippet(query.Root, 100)
		if n := utf8.RuneCountInString(got); n != 101 || !strings.HasSuffix(got, "…") || !strings.HasPrefix(flat(query.Root), strings.TrimSuffix(got, "…")) {
			t.Errorf("%d characters: %s", n, got)
		}
		if took := time.Since(start); took > 500*time.Millisecond {
			t.Errorf("took %v", took)
		}
	}
}
