package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every mistake in the language's list of errors ends the program with 2, a
// message and carets under the place, on a terminal as anywhere.
func TestEveryListedMistakeExitsWith2(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(moduleRoot, "dsl/SPEC.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := shop(t)
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| `(.+?)` \\| ")
	rows := row.FindAllStringSubmatch(string(text), -1)
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
