package dsl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A lintScript is a file of testdata/lint; its README says how it is written.
type lintScript struct {
	fields   []schema.Field
	segments map[string]string
	records  []string // as JSON
	cases    []lintCase
}

type lintCase struct {
	line   int
	filter string
	none   bool
	want   []lintWanted
}

type lintWanted struct {
	code, at string
	says     []string
	fixes    []string
}

// lintWarnings are linted with a filter that compiles or not.
func lintWarnings(text string, env Env, count Counter) []Diagnostic {
	compiled, _ := Compile(text, env)
	return Lint(compiled, count)
}

func TestLintScripts(t *testing.T) {
	paths, err := filepath.Glob("../testdata/lint/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	cases, silent := 0, 0
	for _, path := range paths {
		script := readLintScript(t, path)
		env := script.env(t)
		count := script.counter(t, env)
		for _, c := range script.cases {
			cases++
			if c.none {
				silent++
			}
			t.Run(fmt.Sprintf("%s:%d", filepath.Base(path), c.line), func(t *testing.T) { c.run(t, env, count) })
		}
	}
	if cases < 80 || silent < 30 {
		t.Errorf("only %d cases, %d of them without a warning", cases, silent)
	}
}

func (c lintCase) run(t *testing.T, env Env, count Counter) {
	got := lintWarnings(c.filter, env, count)
	if len(got) != len(c.want) {
		t.Fatalf("%s\ngot %s\nwant %d warnings", c.filter, codes(got), len(c.want))
	}
	for i, want := range c.want {
		d := got[i]
		if at := c.filter[d.Span.Start:d.Span.End]; d.Code != want.code || at != want.at {
			t.Fatalf("%s\ngot %s at %q\nwant %s at %q", c.filter, d.Code, at, want.code, want.at)
		}
		for _, says := range want.says {
			if !strings.Contains(d.Message.EN, says) {
				t.Errorf("%s\n%q does not say %q", c.filter, d.Message.EN, says)
			}
		}
		var fixed []string
		for _, fix := range d.Fixes {
			fixed = append(fixed, strings.TrimSpace(fix.Apply(c.filter)))
		}
		if !slices.Equal(fixed, want.fixes) {
			t.Errorf("%s\n%s\nfixes give %q\nwant       %q", c.filter, d.Code, fixed, want.fixes)
		}
		checkWarning(t, c.filter, d, env)
	}
}

// checkWarning holds what every warning promises: its fixes add no error, and
// with one applied the warning is gone from its place.
func checkWarning(t *testing.T, text string, d Diagnostic, env Env) {
	t.Helper()
	checkDiagnostic(t, text, d)
	if d.Severity != Warning {
		t.Errorf("%s has the severity %s", d.Code, d.Severity)
	}
	_, errors := Compile(text, env)
	before := lintWarnings(text, env, nil)
	for _, fix := range d.Fixes {
		after := fix.Apply(text)
		if _, list := Compile(after, env); errorCount(list) > errorCount(errors) {
			t.Fatalf("%s\nthe fix of %s gives %s\n%s", text, d.Code, after, codes(list))
		}
		for _, left := range lintWarnings(after, env, nil) {
			if !sameWarning(d, fix, left) {
				continue
			}
			// What stood behind it may have come into its place.
			if !slices.ContainsFunc(before, func(other Diagnostic) bool { return other.Span != d.Span && sameWarning(other, fix, left) }) {
				t.Fatalf("%s\nthe fix of %s gives %s, which still has it:\n%s", text, d.Code, after, left.Rendered)
			}
		}
		if fix.Title.JA == "" || fix.Title.EN == "" {
			t.Errorf("a fix without a title: %+v", fix)
		}
	}
}

// sameWarning reports whether a warning stands after a fix where one stood
// before it.
func sameWarning(before Diagnostic, fix Fix, after Diagnostic) bool {
	start, end := shifted(before.Span.Start, fix), shifted(before.Span.End, fix)
	return after.Code == before.Code && start[0] <= after.Span.Start && after.Span.Start <= start[1] && end[0] <= after.Span.End && after.Span.End <= end[1]
}

// shifted is where a place is after a fix: before and behind what was put there.
func shifted(place int, fix Fix) [2]int {
	at := [2]int{place, place}
	for _, e := range fix.Edits {
		grown := len(e.Text) - (e.Span.End - e.Span.Start)
		switch {
		case e.Span.End < place || e.Span.End == place && e.Span.Start < place:
			at[0], at[1] = at[0]+grown, at[1]+grown
		case e.Span.Start == place && e.Span.End == place:
			at[1] += grown
		case e.Span.Start < place:
			at[0], at[1] = at[0]+grown, at[1]+grown
		}
	}
	return at
}

func (s *lintScript) env(t *testing.T) Env {
	t.Helper()
	env := testEnv(t)
	fields, err := env.Fields.With(s.fields...)
	if err != nil {
		t.Fatal(err)
	}
	env.Fields = fields
	env.Segments = func(key string) (Segment, bool) {
		filter, ok := s.segments[key]
		return Segment{Filter: filter}, ok
	}
	return env
}

// counter asks the script's customers; nil when it has none.
func (s *lintScript) counter(t *testing.T, env Env) Counter {
	t.Helper()
	var records []schema.Record
	for _, text := range s.records {
		records = append(records, recordOf(t, text, env))
	}
	if records == nil {
		return nil
	}
	return counterOf(records)
}

func counterOf(records []schema.Record) Counter {
	return func(e expr.Expr) (int, bool) {
		n := 0
		for _, r := range records {
			if eval.Match(e, r) {
				n++
			}
		}
		return n, true
	}
}

func recordOf(t *testing.T, text string, env Env) schema.Record {
	t.Helper()
	assignments, err := schema.ParseCustomer([]byte(text))
	if err != nil {
		t.Fatalf("record %s: %v", text, err)
	}
	var record schema.Record
	for _, a := range assignments {
		field, ok := env.Fields.Lookup(a.Key)
		v, fault := schema.Coerce(field, a.Raw, env.Zone)
		if !ok || fault != nil {
			t.Fatalf("record %s: %s: %v", text, a.Key, fault)
		}
		record.Set(a.Key, v)
	}
	return record
}

func readLintScript(t *testing.T, path string) *lintScript {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &lintScript{segments: map[string]string{}}
	for i, line := range strings.Split(string(content), "\n") {
		if !s.read(line, i+1) {
			t.Fatalf("%s:%d: cannot be read: %s", path, i+1, line)
		}
	}
	for _, c := range s.cases {
		if c.none == (len(c.want) > 0) {
			t.Fatalf("%s:%d: say the warnings, or none", path, c.line)
		}
	}
	return s
}

func (s *lintScript) read(line string, number int) bool {
	if strings.HasPrefix(line, "  ") {
		return len(s.cases) > 0 && s.cases[len(s.cases)-1].read(strings.TrimPrefix(line, "  "))
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "", "#":
	case "field":
		words := strings.Fields(rest)
		kind, err := schema.ParseKind(words[1])
		if err != nil {
			return false
		}
		s.fields = append(s.fields, schema.Field{Key: words[0], Kind: kind, Labels: schema.Words{JA: "古い項目", EN: "Old field"},
			Hidden: slices.Contains(words, "hidden"), Archived: slices.Contains(words, "archived")})
	case "segment":
		key, filter, _ := strings.Cut(rest, " ")
		s.segments[key] = filter
	case "record":
		s.records = append(s.records, rest)
	case "query":
		s.cases = append(s.cases, lintCase{line: number, filter: rest})
	default:
		return false
	}
	return true
}

func (c *lintCase) read(line string) bool {
	lines := strings.NewReplacer(`\n`, "\n")
	if more, ok := strings.CutPrefix(line, "| "); ok {
		c.filter += "\n" + more
		return len(c.want) == 0
	}
	if inner, ok := strings.CutPrefix(line, "  "); ok && len(c.want) > 0 {
		last := &c.want[len(c.want)-1]
		word, text, _ := strings.Cut(inner, " ")
		switch word {
		case "says":
			last.says = append(last.says, text)
		case "fix":
			last.fixes = append(last.fixes, lines.Replace(text))
		default:
			return false
		}
		return true
	}
	if line == "none" {
		c.none = true
		return true
	}
	code, at, ok := strings.Cut(line, " at ")
	c.want = append(c.want, lintWanted{code: code, at: lines.Replace(at)})
	return ok
}
