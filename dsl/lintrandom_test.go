package dsl

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A lintGenerator makes filters over few fields and few values, so that their
// conditions often have to do with one another, and customers to match.
type lintGenerator struct{ *rand.Rand }

func (g lintGenerator) one(list ...string) string { return list[g.IntN(len(list))] }

func (g lintGenerator) condition() string {
	number := func() string { return fmt.Sprint(g.IntN(5)) }
	text := func() string { return g.one(`"a"`, `"ab"`, `"abc"`, `"B"`, `"b"`, `exact("Ab")`, `exact("ab")`) }
	tag := func() string { return g.one(`"a"`, `"ab"`, `"b"`, `exact("A")`) }
	day := func() string { return g.one("today", "yesterday", "now", "now-1d", "2026-11-22", "1795392000000") }
	version := func() string { return `version("` + g.one("1", "1.0", "2.1", "3-beta") + `")` }
	compare := func() string { return g.one("=", "!=", ">", ">=", "<", "<=") }
	switch g.IntN(22) {
	case 0, 1, 2:
		return "sessionsCount " + compare() + " " + number()
	case 3:
		return "sessionsCount " + g.one("", "NOT ") + "IN (" + number() + ", " + number() + ")"
	case 4:
		return "sessionsCount BETWEEN " + number() + " AND " + number()
	case 5, 6, 7:
		return "city " + g.one("=", "!=", "~", "!~", "^=", "$=") + " " + text()
	case 8:
		return "city " + g.one("", "NOT ") + "IN (" + g.one("", text(), text()+", "+text(), text()+", "+text()+", "+text()) + ")"
	case 9, 10:
		return "tags " + g.one("HAS", "NOT HAS", "~", "^=", "ALL ^=", "ALL =", "ANY $=") + " " + tag()
	case 11:
		return "tags " + g.one("HAS ANY", "HAS ALL", "NOT HAS ALL", "ALL IN", "ANY IN") + ` ("a", ` + g.one(`"a"`, `"ab"`, `"b"`) + ")"
	case 12:
		return "tags " + g.one("=", "!=") + ` ("a", ` + g.one(`"a"`, `"ab"`, `"b"`) + ")"
	case 13, 14:
		return g.one("member", "member = TRUE", "member = FALSE", "member != FALSE")
	case 15, 16:
		return g.one("sessionsCount", "city", "tags", "member", "id", "lastSeenAt") + " " + g.one("IS SET", "IS UNSET")
	case 17:
		return "lastSeenAt " + compare() + " " + day()
	case 18:
		return "mobile.appVersion " + g.one(compare()+" "+version(), `= "2.1"`, `= "x"`)
	case 19:
		return "profile.mobileNumber " + g.one("=", "^=", "~", "!=") + " " + g.one(`"090-1234-5678"`, `"+81 90 1234 5678"`, `"090"`, `"0901"`, `exact("090-1234-5678")`)
	case 20:
		return g.one(`"a"`, `"a b"`, `"ab"`)
	}
	return g.one(`segment("few")`, `segment("many")`, `segment("nobody")`)
}

func (g lintGenerator) filter(depth int) string {
	if depth == 0 || g.IntN(4) == 0 {
		return g.condition()
	}
	if g.IntN(6) == 0 {
		return "NOT " + g.group(depth-1)
	}
	word := g.one(" AND ", " AND ", " OR ", " OR ", " and\t", "  OR\n", " AND # why\n")
	parts := make([]string, 2+g.IntN(3))
	for i := range parts {
		parts[i] = g.group(depth - 1)
		if i > 0 && g.IntN(4) == 0 {
			parts[i] = parts[g.IntN(i)] // again
		}
	}
	return strings.Join(parts, word)
}

// group is a filter in brackets, which may be left out where they say nothing
// or where AND and OR are then mixed.
func (g lintGenerator) group(depth int) string {
	text := g.filter(depth)
	switch g.IntN(4) {
	case 0:
		return text
	case 1:
		return "( (" + text + "))"
	}
	return "(" + text + ")"
}

func (g lintGenerator) record(i int) schema.Record {
	r := schema.NewRecord(g.one("a", "ab", "x") + fmt.Sprint(i))
	set := func(key string, v schema.Value) {
		if g.IntN(3) > 0 {
			r.Set(key, v)
		}
	}
	tags := []string{"a", "ab", "b", "A", "c"}
	g.Shuffle(len(tags), func(i, j int) { tags[i], tags[j] = tags[j], tags[i] })
	set("sessionsCount", schema.Num(float64(g.IntN(11))/2))
	set("city", schema.Text(g.one("a", "ab", "Ab", "abc", "xab", "b", "B", "ba", "c")))
	set("tags", schema.Strings(tags[:g.IntN(4)]...))
	set("member", schema.Bool(g.IntN(2) == 0))
	set("lastSeenAt", schema.At(1795402800000+int64(g.IntN(9)-5)*12*3600*1000))
	set("mobile.appVersion", schema.Text(g.one("1", "1.0.0", "2", "2.1", "v3", "3-alpha", "3-beta", "x")))
	set("profile.mobileNumber", schema.Text(g.one("090-1234-5678", "+819012345678", "03-1234-5678", "x", "0901")))
	set("name", schema.Text(g.one("a", "b a", "xaby")))
	return r
}

// A lintTrial is one filter with its customers.
type lintTrial struct {
	*testing.T
	env     Env
	records []schema.Record
	text    string
}

// matches is whom a text matches; nil when it does not compile.
func (t lintTrial) matches(text string) []bool {
	t.Helper()
	compiled, list := Compile(text, t.env)
	if HasErrors(list) {
		t.Fatalf("%s\n%s\n%s", t.text, text, codes(list))
	}
	found := make([]bool, len(t.records))
	for i, r := range t.records {
		found[i] = eval.Match(compiled.Expr, r)
	}
	return found
}

// same holds that a fix keeps the matches.
func (t lintTrial) same(d Diagnostic) {
	t.Helper()
	before := t.matches(t.text)
	for _, fix := range d.Fixes {
		for i, match := range t.matches(fix.Apply(t.text)) {
			if match != before[i] {
				t.Fatalf("%s\n%s\nthe fix changes what %v is:\n%s", t.text, d.Rendered, t.records[i], fix.Apply(t.text))
			}
		}
	}
}

// always holds that a part of the text matches everyone, or no one.
func (t lintTrial) always(d Diagnostic, want bool) {
	t.Helper()
	for i, match := range t.matches(closeBrackets(t.text[d.Span.Start:d.Span.End])) {
		if match != want {
			t.Fatalf("%s\n%s\nnot so of %v", t.text, d.Rendered, t.records[i])
		}
	}
}

// closeBrackets adds the brackets that a piece of a junction lacks: those of
// groups of the same connective, which say nothing.
func closeBrackets(piece string) string {
	open, missing := 0, 0
	tokens, _, _ := scan(piece, &faults{})
	for _, t := range tokens {
		switch t.kind {
		case tokOpen:
			open++
		case tokClose:
			if open--; open < 0 {
				open, missing = 0, missing+1
			}
		}
	}
	return strings.Repeat("(", missing) + piece + strings.Repeat(")", open)
}

// narrower holds that the fix of a lone negative takes away customers without
// a value only, and as many as the message says.
func (t lintTrial) narrower(d Diagnostic) {
	t.Helper()
	before := t.matches(t.text)
	moved := 0
	for i, match := range t.matches(d.Fixes[0].Apply(t.text)) {
		if match && !before[i] {
			t.Fatalf("%s\n%s\nthe fix adds %v", t.text, d.Rendered, t.records[i])
		}
		if match != before[i] {
			moved++
		}
	}
	if says := fmt.Sprintf("; %d match only for that", moved); strings.Contains(d.Message.EN, ";") && !strings.HasSuffix(d.Message.EN, says) {
		t.Fatalf("%s\n%s\nit is %d", t.text, d.Message.EN, moved)
	}
}

func savedAs(filters map[string]string) func(key string) (Segment, bool) {
	return func(key string) (Segment, bool) {
		filter, ok := filters[key]
		return Segment{Filter: filter}, ok
	}
}

// TestLintIsSound holds what warnings say against the evaluator.
func TestLintIsSound(t *testing.T) {
	g := lintGenerator{rand.New(rand.NewPCG(seed(t), 5))}
	env, later := testEnv(t), testEnv(t)
	env.Segments = savedAs(map[string]string{"few": `sessionsCount = 1 AND city = "a"`, "many": `sessionsCount > 1 OR city IS SET`, "nobody": "id IN ()"})
	later.Segments = savedAs(map[string]string{"few": `tags HAS "b"`, "many": `NOT member`, "nobody": `city ~ "a"`})
	records := make([]schema.Record, 80)
	for i := range records {
		records[i] = g.record(i)
	}
	told := map[string]int{}
	for range cases(400) {
		trial := lintTrial{t, env, records, g.filter(1 + g.IntN(3))}
		compiled, list := Compile(trial.text, env)
		if HasErrors(list) {
			t.Fatalf("%s\n%s", trial.text, codes(list))
		}
		found := Lint(compiled, counterOf(records))
		for _, d := range found {
			told[d.Code]++
			checkWarning(t, trial.text, d, env)
			switch d.Code {
			case "contradiction", "always_false":
				trial.always(d, false)
			case "always_true":
				trial.always(d, true)
			case "lone_negative":
				trial.narrower(d)
			case "redundant_condition", "duplicate_condition": // whatever becomes of segments
				lintTrial{t, later, records, trial.text}.same(d)
			}
			switch d.Code {
			case "redundant_condition", "duplicate_condition", "repeated_value", "mixed_connectives", "always_false":
				trial.same(d)
			}
			if t.Failed() {
				t.Fatalf("%s", trial.text)
			}
		}
		if _, constant := compiled.Expr.(expr.Const); constant && len(found) == 0 && len(list) == 0 {
			t.Fatalf("%s\nis %s, and nothing was said", trial.text, expr.String(compiled.Expr))
		}
	}
	t.Log(told)
	for _, code := range []string{"contradiction", "always_true", "always_false", "redundant_condition", "duplicate_condition", "repeated_value", "mixed_connectives", "lone_negative"} {
		if told[code] < 10 {
			t.Errorf("%s was told %d times only", code, told[code])
		}
	}
}
