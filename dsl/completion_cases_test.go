package dsl

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

const cursorMark = "‸"

// A completionCase is one case of testdata/completion; README.md there
// describes them.
type completionCase struct {
	place    string // file:line
	text     string // with the mark
	replaces string
	expect   [][2]string // what is expected, and of what
}

func (c completionCase) split() (text string, cursor int) {
	before, after, _ := strings.Cut(c.text, cursorMark)
	return before + after, len(before)
}

func completionCases(t testing.TB) []completionCase {
	t.Helper()
	paths, err := filepath.Glob("../testdata/completion/*.txt")
	if err != nil || len(paths) < 2 {
		t.Fatalf("no cases of completion: %v", err)
	}
	var list []completionCase
	for _, path := range paths {
		if filepath.Base(path) == "data.txt" {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			where := fmt.Sprintf("%s:%d", filepath.Base(path), i+1)
			list = readCompletionLine(t, where, line, list)
		}
	}
	return list
}

func readCompletionLine(t testing.TB, where, line string, list []completionCase) []completionCase {
	t.Helper()
	if line == "" || strings.HasPrefix(line, "#") {
		return list
	}
	if text, ok := strings.CutPrefix(line, "at "); ok {
		return append(list, completionCase{place: where, text: text})
	}
	if len(list) == 0 {
		t.Fatalf("%s: no case has begun", where)
	}
	c := &list[len(list)-1]
	if more, ok := strings.CutPrefix(line, "  | "); ok {
		c.text += "\n" + more
		return list
	}
	word, rest, _ := strings.Cut(strings.TrimPrefix(line, "  "), " ")
	switch word {
	case "replaces":
		c.replaces = rest
	case "first", "all", "none", "with", "without", "gives":
		c.expect = append(c.expect, [2]string{word, rest})
	default:
		t.Fatalf("%s: %q means nothing", where, line)
	}
	return list
}

// A completionWorkspace is what data.txt describes.
type completionWorkspace struct {
	Env
	data map[string][]ValueCount
}

func completionEnv(t testing.TB) completionWorkspace {
	t.Helper()
	env := completionWorkspace{Env: testEnv(t), data: map[string][]ValueCount{}}
	content, err := os.ReadFile("../testdata/completion/data.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []SegmentName
	var more []schema.Field
	for line := range strings.Lines(string(content)) {
		part := strings.Fields(line)
		switch {
		case len(part) >= 5 && part[0] == "field":
			more = append(more, readField(t, part))
		case len(part) == 4 && part[0] == "segment":
			names = append(names, SegmentName{part[1], schema.Words{JA: part[2], EN: spaces(part[3])}})
		case len(part) == 4 && part[0] == "value":
			env.addValue(t, more, part)
		case len(part) > 0 && !strings.HasPrefix(line, "#"):
			t.Fatalf("data.txt: %q means nothing", line)
		}
	}
	if env.Fields, err = env.Fields.With(more...); err != nil {
		t.Fatal(err)
	}
	env.SegmentNames = func() []SegmentName { return names }
	return env
}

func spaces(text string) string { return strings.ReplaceAll(text, "_", " ") }

func readField(t testing.TB, part []string) schema.Field {
	t.Helper()
	kind, err := schema.ParseKind(part[2])
	if err != nil {
		t.Fatal(err)
	}
	f := schema.Field{Key: part[1], Kind: kind, Labels: schema.Words{JA: spaces(part[3]), EN: spaces(part[4])}}
	f.Hidden, f.Archived = slices.Contains(part, "hidden"), slices.Contains(part, "archived")
	return f
}

func (w completionWorkspace) addValue(t testing.TB, more []schema.Field, part []string) {
	t.Helper()
	f, known := w.Fields.Lookup(part[1])
	if i := slices.IndexFunc(more, func(f schema.Field) bool { return f.Key == part[1] }); i >= 0 {
		f, known = more[i], true
	}
	count, err := strconv.Atoi(part[3])
	if !known || err != nil {
		t.Fatalf("data.txt: %v", part)
	}
	v := schema.Text(spaces(part[2]))
	switch f.Kind {
	case schema.Boolean:
		v = schema.Bool(part[2] == "TRUE")
	case schema.Number:
		n, err := strconv.ParseFloat(part[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		v = schema.Num(n)
	}
	w.data[f.Key] = append(w.data[f.Key], ValueCount{v, count})
}

// values answers as an index does.
func (w completionWorkspace) values(f schema.Field, prefix string, limit int) []ValueCount {
	if f.Kind == schema.Date || f.Hidden || prefix != "" && f.Kind != schema.String && f.Kind != schema.List {
		panic("the values of " + f.Key + " are asked for")
	}
	var list []ValueCount
	for _, v := range w.data[f.Key] {
		if strings.HasPrefix(schema.Fold(v.Value.Text()), prefix) {
			list = append(list, v)
		}
	}
	slices.SortStableFunc(list, func(a, b ValueCount) int { return cmp.Compare(b.Count, a.Count) })
	return list[:min(limit, len(list))]
}

// hover answers for Hover; it fails where it is asked twice.
func (w completionWorkspace) hover(t testing.TB) HoverData {
	counts, examples := 0, 0
	return HoverData{
		Count: func(e expr.Expr) (int, bool) {
			if counts++; counts > 1 {
				t.Fatalf("counted twice: %s", expr.String(e))
			}
			return len(expr.String(e)), true
		},
		Example: func(f schema.Field) (schema.Value, bool) {
			if examples++; examples > 1 || f.Hidden {
				t.Fatalf("an example of %s", f.Key)
			}
			if len(w.data[f.Key]) == 0 {
				return schema.Value{}, false
			}
			return w.data[f.Key][0].Value, true
		},
	}
}

func TestCompletionCases(t *testing.T) {
	env := completionEnv(t)
	cases := completionCases(t)
	if len(cases) < 150 {
		t.Errorf("only %d cases of completion", len(cases))
	}
	for _, c := range cases {
		text, cursor := c.split()
		asked := 0
		completion := Complete(text, cursor, env.Env, func(f schema.Field, prefix string, limit int) []ValueCount {
			asked++
			return env.values(f, prefix, limit)
		})
		checkCompletion(t, text, cursor, completion)
		if asked > 1 {
			t.Errorf("%s: values are asked for %d times", c.place, asked)
		}
		if got := text[completion.Range.Start:completion.Range.End]; got != c.replaces {
			t.Errorf("%s: %s: replaces %q, not %q", c.place, c.text, got, c.replaces)
		}
		if strings.Count(c.text, cursorMark) != 1 || len(c.expect) == 0 {
			t.Errorf("%s: no expectation, or no cursor", c.place)
		}
		for _, e := range c.expect {
			c.check(t, completion, e[0], e[1])
		}
	}
}

func (c completionCase) check(t *testing.T, completion Completion, what, of string) {
	t.Helper()
	var got []string
	for _, candidate := range completion.Candidates {
		shown := strings.TrimSpace(candidate.Insert)
		if candidate.Count != nil && strings.Contains(of, "×") {
			shown += " ×" + strconv.Itoa(*candidate.Count)
		}
		got = append(got, shown)
	}
	want := strings.Split(of, " ¦ ")
	ok := true
	switch what {
	case "none":
		ok = len(got) == 0
	case "all":
		ok = slices.Equal(got, want)
	case "first":
		ok = len(got) >= len(want) && slices.Equal(got[:len(want)], want)
	case "with", "without":
		for _, w := range want {
			ok = ok && slices.Contains(got, w) == (what == "with")
		}
	case "gives":
		got = []string{c.accepted(completion)}
		ok = got[0] == of
	}
	if !ok {
		t.Errorf("%s: %s\n  %s %s\n  but got %s", c.place, c.text, what, of, strings.Join(got, " ¦ "))
	}
}

// accepted is the text with the first candidate, and the cursor.
func (c completionCase) accepted(completion Completion) string {
	if len(completion.Candidates) == 0 {
		return ""
	}
	text, _ := c.split()
	first := completion.Candidates[0]
	at := len(first.Insert)
	if first.Cursor != nil {
		at = *first.Cursor
	}
	after := text[:completion.Range.Start] + first.Insert[:at] + cursorMark + first.Insert[at:] + text[completion.Range.End:]
	return strings.ReplaceAll(after, "\n", `\n`)
}
