package dsl

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

func tokyo(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// testEnv is the 23rd of November 2026, a Monday, at noon in Tokyo.
func testEnv(t testing.TB) Env {
	t.Helper()
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	zone := tokyo(t)
	return Env{Fields: fields, Now: time.Date(2026, 11, 23, 12, 0, 0, 0, zone), Zone: zone, WeekStart: time.Monday, Segments: testSegments, SegmentNames: testSegmentNames}
}

func testSegmentNames() []SegmentName {
	return []SegmentName{{Key: "tokyo", Name: schema.Words{JA: "東京", EN: "Tokyo"}}, {Key: "vip", Name: schema.Words{JA: "上得意", EN: "Best customers"}}}
}

func testSegments(key string) (Segment, bool) {
	deep := 0
	if n, _ := fmt.Sscanf(key, "deep%d", &deep); n == 1 && deep <= MaxSegmentDepth {
		return Segment{Filter: fmt.Sprintf(`segment("deep%d")`, deep+1)}, true
	}
	switch key {
	case "old":
		fields, err := schema.NewFields(schema.DefaultRegion, append(schema.InitialFields(), schema.Field{Key: "profile.oldCode", Kind: schema.String, Hidden: true}))
		return Segment{Filter: `profile.oldCode IS SET OR member`, Fields: fields}, err == nil
	case "closed":
		return Segment{Filter: `member`, Access: Closed}, true
	}
	filter, ok := map[string]string{
		"vip": `tags HAS "VIP"`, "tokyo": `city = "Tokyo" AND lastSeenAt > today`, "broken": `nam = "x"`,
		"circle": `member AND segment("circle2")`, "circle2": `segment("circle")`, "deep9": `member`,
		"huge": strings.Repeat(`member OR NOT hasPushToken AND `, 480) + "member", "huge-list": "",
	}[key]
	return Segment{Filter: filter}, ok
}

// A specError is a row of the list of errors in SPEC.md.
type specError struct{ code, severity, example, fixed string }

func specErrors(t testing.TB) []specError { return specRows(t, "Errors", Error) }

func specWarnings(t testing.TB) []specError { return specRows(t, "Warnings", Warning) }

// specRows reads the table of a section.
func specRows(t testing.TB, title, severity string) []specError {
	_, section, found := strings.Cut(readSpec(t), "\n## "+title+"\n")
	if !found {
		t.Fatalf("SPEC.md has no section %s", title)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []specError
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		row := specError{code: cell(strings.TrimSuffix(strings.TrimSpace(cells[1]), " (warning)")), severity: severity, example: cell(cells[2]), fixed: cell(cells[3])}
		if strings.Contains(cells[1], "(warning)") {
			row.severity = Warning
		}
		rows = append(rows, row)
	}
	return rows
}

// cell takes a cell's code span out of its backticks.
func cell(text string) string {
	text = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(text, "``"); ok {
		text = strings.TrimSpace(strings.TrimSuffix(inner, "``"))
	} else {
		text = strings.Trim(text, "`")
	}
	return strings.NewReplacer(`\n`, "\n", "⏐", "|").Replace(text)
}

func readSpec(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func specExamples(t testing.TB) []string {
	_, rest, _ := strings.Cut(readSpec(t), "```filter\n")
	block, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("SPEC.md has no block of filters")
	}
	return strings.Split(strings.TrimSpace(block), "\n")
}

func TestSpecExamplesCompile(t *testing.T) {
	env := testEnv(t)
	examples := specExamples(t)
	if len(examples) < 30 {
		t.Fatalf("only %d examples were found in SPEC.md", len(examples))
	}
	for _, text := range examples {
		compiled, list := Compile(text, env)
		if len(list) > 0 {
			t.Errorf("%s\n%s", text, list[0].Rendered)
			continue
		}
		formatted, _ := Format(text)
		again, list := Compile(formatted, env)
		if len(list) > 0 || expr.String(again.Expr) != expr.String(compiled.Expr) {
			t.Errorf("%s\nformatted means something else: %s", text, formatted)
		}
		printed, list := Compile(expr.String(compiled.Expr), env)
		if len(list) > 0 || expr.String(printed.Expr) != expr.String(compiled.Expr) {
			t.Errorf("%s\nits expression does not compile back: %s", text, expr.String(compiled.Expr))
		}
	}
}

func TestSpecErrors(t *testing.T) {
	env := testEnv(t)
	rows := specErrors(t)
	if len(rows) < 100 {
		t.Fatalf("only %d errors were found in SPEC.md", len(rows))
	}
	for _, row := range rows {
		t.Run(row.code+"/"+row.example, func(t *testing.T) {
			_, list := Compile(row.example, env)
			if len(list) != 1 || list[0].Code != row.code || list[0].Severity != row.severity {
				t.Fatalf("got %s, want the one code %s", codes(list), row.code)
			}
			checkDiagnostic(t, row.example, list[0])
			checkFixes(t, row, list[0], env)
		})
	}
}

func codes(list []Diagnostic) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s %v\n%s\n", d.Code, d.Severity, d.Rendered)
	}
	return b.String()
}

// checkDiagnostic holds what every diagnostic promises.
func checkDiagnostic(t *testing.T, text string, d Diagnostic) {
	t.Helper()
	if d.Message.JA == "" || d.Message.EN == "" || strings.Contains(d.Message.JA+d.Message.EN, "%!") {
		t.Errorf("message %q", d.Message)
	}
	if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(text) || d.Span.Line < 1 || d.Span.Column < 1 {
		t.Errorf("span %+v in %d bytes", d.Span, len(text))
	}
	if !strings.Contains(d.Rendered, "^") || !strings.Contains(d.Rendered, d.Message.EN) || !strings.Contains(Render(text, d, "ja"), d.Message.JA) {
		t.Errorf("rendered %q", d.Rendered)
	}
}

// checkFixes: every fix compiles, and the one of the table is among them.
func checkFixes(t *testing.T, row specError, d Diagnostic, env Env) {
	t.Helper()
	var fixed []string
	for _, fix := range d.Fixes {
		after := fix.Apply(row.example)
		fixed = append(fixed, after)
		if _, list := Compile(after, env); HasErrors(list) {
			t.Errorf("the fix %q gives %s, which does not compile", fix.Title.EN, after)
		}
		if fix.Title.JA == "" || fix.Title.EN == "" {
			t.Errorf("a fix without a title: %+v", fix)
		}
	}
	if row.fixed != "" && !slices.ContainsFunc(fixed, func(f string) bool { return strings.TrimSpace(f) == row.fixed }) {
		t.Errorf("the fixes give %q, not %q", fixed, row.fixed)
	}
}

// TestSpecListsEveryCode reads the codes from the sources. Each has an
// example, but for the limits: their texts would be long.
func TestSpecListsEveryCode(t *testing.T) {
	_, limits, _ := strings.Cut(readSpec(t), "\n## Limits\n")
	limits, _, _ = strings.Cut(limits, "\n## ")
	examples := map[string]bool{}
	for _, row := range append(specErrors(t), specWarnings(t)...) {
		examples[row.code] = true
	}
	known := sourceCodes(t)
	for code := range known {
		if !examples[code] && !strings.Contains(limits, "`"+code+"`") {
			t.Errorf("SPEC.md does not list %s", code)
		}
	}
	for code := range examples {
		if !known[code] {
			t.Errorf("SPEC.md lists %s, which the sources do not have", code)
		}
	}
}

func sourceCodes(t *testing.T) map[string]bool {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		source, err := os.ReadFile(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range []string{`code: "`, `limit("`} {
			for _, rest := range strings.Split(string(source), mark)[1:] {
				code, _, _ := strings.Cut(rest, `"`)
				found[code] = true
			}
		}
	}
	if len(found) < 40 {
		t.Fatalf("only %d codes were found in the sources", len(found))
	}
	return found
}
