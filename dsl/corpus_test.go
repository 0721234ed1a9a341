package dsl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus is every filter that the project has written down, right and wrong:
// the scripts of the language, of explain and of the linter, the tables and
// examples of SPEC.md, and the cases of completion, whole and up to their
// cursor. Fuzzers start from it, and what must hold of every filter is held on
// it.
func corpus(t testing.TB) []string {
	t.Helper()
	var list []string
	seen := map[string]bool{}
	add := func(texts ...string) {
		for _, text := range texts {
			if !seen[text] {
				seen[text] = true
				list = append(list, text)
			}
		}
	}
	add(scriptFilters(t, "../testdata/language/*.txt")...)
	add(scriptFilters(t, "../testdata/lint/*.txt")...)
	add(scriptFilters(t, "../testdata/describe/*.txt")...)
	add(specExamples(t)...)
	add(specWorkedFilters(t)...)
	for _, row := range append(specErrors(t), specWarnings(t)...) {
		add(row.example)
	}
	for _, c := range completionCases(t) {
		text, cursor := c.split()
		add(text, text[:cursor])
	}
	add("# a\nmember # b\nAND (# c\n name = \"x\" # d\n) # e", "a IN (1, # one\n 2)\n#\n#x", "\x00\x04\x19 a = \x7f", "`a b`.in = '\\u0000\\ud83d\\ude00'")
	add(spellingFilters()...)
	return list
}

// scriptFilters are the filters of language scripts: the lines "query FILTER"
// with what continues them.
func scriptFilters(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts match %s: %v", pattern, err)
	}
	var list []string
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(content), "\n") {
			if filter, ok := strings.CutPrefix(line, "query"); ok {
				list = append(list, strings.TrimSpace(filter))
			}
			if more, ok := strings.CutPrefix(line, "  | "); ok && len(list) > 0 {
				list[len(list)-1] += "\n" + more
			}
		}
	}
	return list
}
