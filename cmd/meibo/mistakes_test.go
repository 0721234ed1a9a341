package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A filter that is wrong in every workspace is told even where there is none.
func TestAMistakeIsToldWithoutData(t *testing.T) {
	for _, command := range []string{"query", "explain"} {
		meibo(t, command, "--data", "nowhere", "sessionCount > 5").wants(t, exitUsage, "sessionsCount", "^^^^", "nowhere")
		// This one may be right where the data is.
		meibo(t, command, "--data", "nowhere", `profile.Churn = "Yes" OR segment("vip")`).wants(t, exitFailed, "nowhere")
		meibo(t, command, "--data", "nowhere", "member").wants(t, exitFailed, "nowhere")
	}
}

// Every mistake in the language's list of errors ends the program with 2, a
// message and carets under the place, on a terminal as anywhere.
func TestEveryListedMistakeExitsWith2(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(moduleRoot, "dsl/SPEC.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, mistakes, _ := strings.Cut(string(text), "\n## Errors\n")
	mistakes, _, _ = strings.Cut(mistakes, "\n## ") // warnings compile
	dir := shop(t)
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| `(.+?)` \\| ")
	rows := row.FindAllStringSubmatch(mistakes, -1)
	if len(rows) < 100 {
		t.Fatalf("only %d mistakes were found in dsl/SPEC.md", len(rows))
	}
	for _, m := range rows {
		filter := strings.ReplaceAll(m[2], `\|`, "|")
		// A filter that begins with a dash would be read as a flag.
		r := meibo(t, "query", "--data", dir, "--count", "--", filter)
		if r.code != exitUsage || !strings.Contains(r.err, "^") || !strings.Contains(r.err, "error: ") || r.out != "" {
			t.Errorf("%s: %s: exit %d, out %q\n%s", m[1], filter, r.code, r.out, r.err)
		}
	}
}
