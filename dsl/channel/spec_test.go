package channel_test

import (
	"os"
	"strings"
	"testing"

	"meibo/dsl"
	"meibo/dsl/channel"
)

func specSection(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n### The channel form\n")
	section, _, _ = strings.Cut(section, "\n## ")
	if !found {
		t.Fatal("SPEC.md has no channel form")
	}
	return section
}

// specRows are the rows of the tables with so many cells, their code spans
// without backticks.
func specRows(section string, cells int) [][]string {
	var rows [][]string
	for line := range strings.Lines(section) {
		row := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(row) != cells || !strings.HasPrefix(row[0], " `") {
			continue
		}
		for i := range row {
			row[i] = strings.Trim(strings.TrimSpace(row[i]), "`")
		}
		rows = append(rows, row)
	}
	return rows
}

func TestSpecExample(t *testing.T) {
	section := specSection(t)
	_, rest, _ := strings.Cut(section, "```channel\n")
	text, rest, found := strings.Cut(rest, "```")
	_, rest, _ = strings.Cut(rest, "is `")
	want, _, _ := strings.Cut(rest, "`")
	query, faults := importText(text, noon(t, usualFields(t)))
	if !found || query == nil || query.Text != want {
		t.Errorf("%+v %+v, want %s", query, faults, want)
	}
}

func TestSpecOperators(t *testing.T) {
	env := noon(t, usualFields(t))
	keys := map[string]string{"string": "name", "number": "sessionsCount", "boolean": "member", "list": "tags", "date": "lastSeenAt", "datetime": "lastSeenAt"}
	seen := map[string]bool{}
	for _, row := range specRows(specSection(t), 4) {
		operator, kind, values, filter := row[0], row[1], row[2], strings.ReplaceAll(row[3], "key", keys[row[1]])
		seen[operator] = true
		query, faults := importText(`{"and":[{"or":[{"key":"`+keys[kind]+`","type":"`+kind+`","operator":"`+operator+`","values":`+values+`}]}]}`, env)
		if query == nil || query.Text != filter {
			t.Errorf("%q is %+v %+v", row, query, faults)
			continue
		}
		compile(t, query.Text, env)
	}
	for _, c := range readCases(t) {
		for _, operator := range strings.Split(strings.Join(c.lines, " "), `"operator":"`)[1:] {
			if name, _, _ := strings.Cut(operator, `"`); !seen[name] && name != "$regex" {
				t.Errorf("SPEC.md has no row for %s", name)
			}
		}
	}
}

// Every code of the cases is in SPEC.md: with the form, or with the tree.
func TestSpecListsEveryCode(t *testing.T) {
	text, err := os.ReadFile("../SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Other forms\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, c := range readCases(t) {
		for _, line := range c.lines {
			refused, ok := strings.CutPrefix(line, "refused ")
			if code, _, _ := strings.Cut(refused, " "); ok && !strings.Contains(section, "`"+code+"`") {
				t.Errorf("SPEC.md does not list %s", code)
			}
		}
	}
}

func TestSpecRefusals(t *testing.T) {
	env := noon(t, usualFields(t))
	rows := specRows(specSection(t), 3)
	if len(rows) != 8 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		compiled, list := dsl.Compile(row[1], env)
		if dsl.HasErrors(list) {
			t.Fatal(list[0].Rendered)
		}
		if query, refused := channel.Export(compiled, env); query != nil || len(refused) != 1 || refused[0].Code != row[0] {
			t.Errorf("%q: %+v %+v", row, query, refused)
		}
	}
}
