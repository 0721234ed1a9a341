package channel_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl"
	"meibo/dsl/channel"
	"meibo/dsl/jsondoc"
	"meibo/dsl/schema"
	"meibo/index/indextest"
)

// noon is when the cases are judged: 2026-11-23 in Tokyo, a Monday.
func noon(t testing.TB, fields *schema.Fields) dsl.Env {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	return dsl.Env{Fields: fields, Now: time.Date(2026, 11, 23, 12, 0, 0, 0, zone), Zone: zone, WeekStart: time.Monday,
		Segments: func(string) (dsl.Segment, bool) { return dsl.Segment{Filter: "member"}, true }}
}

func usualFields(t testing.TB) *schema.Fields {
	t.Helper()
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// A testCase is a block of a script.
type testCase struct {
	at, kind string
	lines    []string
}

func readCases(t testing.TB) []testCase {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/channel/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var cases []testCase
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			switch {
			case strings.HasPrefix(line, "  ") && len(cases) > 0:
				last := &cases[len(cases)-1]
				last.lines = append(last.lines, line[2:])
			case line != "" && !strings.HasPrefix(line, "#"):
				cases = append(cases, testCase{at: fmt.Sprintf("%s:%d", filepath.Base(path), i+1), kind: line})
			}
		}
	}
	return cases
}

// whole is a query; a condition alone stands for one.
func whole(text string) string {
	if strings.HasPrefix(text, `{"key"`) {
		return `{"and":[{"or":[` + text + `]}]}`
	}
	return text
}

func filterOf(line string) string {
	if line == "everyone" {
		return ""
	}
	return line
}

func TestScripts(t *testing.T) {
	cases := readCases(t)
	if len(cases) < 200 {
		t.Errorf("only %d cases were found", len(cases))
	}
	env := noon(t, usualFields(t))
	for _, c := range cases {
		t.Run(c.at, func(t *testing.T) {
			if len(c.lines) < 2 {
				t.Fatalf("a case has at least two lines: %q", c.lines)
			}
			switch c.kind {
			case "both":
				importCase(t, env, c.lines)
				exportCase(t, env, []string{filterOf(c.lines[1]), c.lines[0]})
			case "import":
				importCase(t, env, c.lines)
			case "export":
				exportCase(t, env, c.lines)
			default:
				t.Fatalf("no such case: %s", c.kind)
			}
		})
	}
}

func importText(text string, env dsl.Env) (*dsl.Query, []schema.ValueError) {
	v, fault := jsondoc.Parse([]byte(text))
	if fault != nil {
		return nil, []schema.ValueError{*fault}
	}
	return channel.Import(v, "", env)
}

func importCase(t *testing.T, env dsl.Env, lines []string) {
	t.Helper()
	query, faults := importText(whole(lines[0]), env)
	if strings.HasPrefix(lines[1], "refused ") {
		var got []string
		for _, f := range faults {
			checkWords(t, f.Message)
			got = append(got, "refused "+f.Code+" "+f.Field)
		}
		if !slices.Equal(got, lines[1:]) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines[1:], "\n"))
		}
		return
	}
	if query == nil {
		t.Fatalf("refused: %+v", faults)
	}
	if want := filterOf(lines[1]); query.Text != want {
		t.Fatalf("read as\n%s\nwant\n%s", query.Text, want)
	}
	back := lines[0]
	if len(lines) > 2 {
		word, rest, _ := strings.Cut(lines[2], " ")
		if word == "diagnostic" {
			if _, list := dsl.Compile(query.Text, env); len(list) != 1 || list[0].Code != rest {
				t.Fatalf("compiles with %+v, want %s", list, rest)
			}
			return
		}
		if word != "back" {
			t.Fatalf("no such line: %s", lines[2])
		}
		back = rest
	}
	exportCase(t, env, []string{query.Text, back})
}

func checkWords(t *testing.T, w schema.Words) {
	t.Helper()
	if w.JA == "" || w.EN == "" || strings.Contains(w.JA+w.EN, "%!") {
		t.Errorf("message %+v", w)
	}
}

func exportCase(t *testing.T, env dsl.Env, lines []string) {
	t.Helper()
	text := filterOf(lines[0])
	compiled, list := dsl.Compile(text, env)
	if dsl.HasErrors(list) {
		t.Fatalf("%s\n%s", text, list[0].Rendered)
	}
	query, refused := channel.Export(compiled, env)
	if strings.HasPrefix(lines[1], "refused ") {
		var got []string
		for _, d := range refused {
			checkWords(t, d.Message)
			got = append(got, "refused "+d.Code+" "+text[d.Span.Start:d.Span.End])
		}
		if query != nil || !slices.Equal(got, lines[1:]) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines[1:], "\n"))
		}
		return
	}
	if query == nil {
		t.Fatalf("%s\nrefused: %s", text, refused[0].Rendered)
	}
	if got := marshal(t, query); !sameJSON(t, got, whole(lines[1])) {
		t.Fatalf("%s\nwritten as\n%s\nwant\n%s", text, got, whole(lines[1]))
	}
}

func marshal(t testing.TB, q *channel.Query) string {
	t.Helper()
	b, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	return cmp.Equal(decoded(t, a), decoded(t, b))
}

func decoded(t testing.TB, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

// Every limit of the language holds, and says which condition breaks it.
func TestLimits(t *testing.T) {
	env := noon(t, indextest.Fields())
	condition := func(operator, values string) string {
		return `{"key":"name","type":"string","operator":"` + operator + `","values":[` + values + `]}`
	}
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat(`"x",`, n), ",") }
	group := func(n int) string {
		return `{"and":[{"or":[` + strings.TrimSuffix(strings.Repeat(condition("$eq", `"x"`)+",", n), ",") + `]}]}`
	}
	for _, test := range []struct{ name, fits, beyond, want string }{
		{"values", condition("$in", many(dsl.MaxListValues)), condition("$in", many(dsl.MaxListValues+1)), "too_many_values /and/0/or/0"},
		{"conditions", group(dsl.MaxPredicates), group(dsl.MaxPredicates + 1), "too_many_predicates /and/0/or/1000"},
		{"conditions of several values", condition("$contains", many(dsl.MaxPredicates)), condition("$contains", many(100_000)), "too_many_predicates /and/0/or/0"},
		{"literals", condition("$eq", `"`+strings.Repeat("x", dsl.MaxLiteral)+`"`), condition("$eq", `"`+strings.Repeat("x", dsl.MaxLiteral+1)+`"`), "literal_too_long /and/0/or/0"},
	} {
		start := time.Now()
		if query, faults := importText(whole(test.fits), env); query == nil {
			t.Errorf("%s: refused at the bound: %+v", test.name, faults)
		}
		query, faults := importText(whole(test.beyond), env)
		if query != nil || len(faults) != 1 || faults[0].Code+" "+faults[0].Field != test.want {
			t.Errorf("%s: %.300v, want %s", test.name, faults, test.want)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s took %v", test.name, took)
		}
	}
	wrong := `{"and":[` + strings.TrimSuffix(strings.Repeat(`5,`, 1000), ",") + `]}`
	if query, faults := importText(wrong, env); query != nil || len(faults) != jsondoc.MaxFaults {
		t.Errorf("%d faults", len(faults))
	}
}
