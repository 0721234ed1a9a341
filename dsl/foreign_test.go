package dsl

import (
	"slices"
	"testing"
)

// TestForeignForms: what other filter languages write is one error each, and
// the first fix says it in this language.
func TestForeignForms(t *testing.T) {
	env := testEnv(t)
	for _, test := range []struct{ text, code, at, fixed string }{
		{`name EXISTS`, "foreign_operator", "EXISTS", `name IS SET`},
		{`name NOT exists AND member`, "foreign_operator", "NOT exists", `name IS UNSET AND member`},
		{`name STARTS WITH "x"`, "foreign_operator", "STARTS WITH", `name ^= "x"`},
		{`name NOT starts  with 'x' OR member`, "foreign_operator", "NOT starts  with", `name !^= 'x' OR member`},
		{`name BEGINS WITH x`, "foreign_operator", "BEGINS WITH", `name ^= "x"`},
		{`tags ENDS WITH "x"`, "foreign_operator", "ENDS WITH", `tags $= "x"`},
		{`name STARTS "x"`, "foreign_operator", "STARTS", `name ^= "x"`},
		{`name NOT NE "x"`, "foreign_operator", "NOT NE", `name = "x"`},
		{`name NOT EQ "x"`, "foreign_operator", "NOT EQ", `name != "x"`},
		{`sessionsCount 1 TO 10`, "missing_operator", "1", `sessionsCount BETWEEN 1 AND 10`},
		{`NOT sessionsCount -5 to -1`, "missing_operator", "-", `NOT sessionsCount BETWEEN -5 AND -1`},
		{`lastSeenAt 2026-11-01 TO 2026-11-30`, "missing_operator", "2026-11-01", `lastSeenAt BETWEEN 2026-11-01 AND 2026-11-30`},
		{`country IN ("JP", OR)`, "unquoted_string", "OR", `country IN ("JP", "OR")`},
		{`country IN (in)`, "unquoted_string", "in", `country IN ("in")`},
		{`tags HAS ALL (AND, "x",)`, "unquoted_string", "AND", `tags HAS ALL ("AND", "x",)`},
		{`sessionsCount > .5`, "bad_number", ".5", `sessionsCount > 0.5`},
		{`sessionsCount IN (1, -.5)`, "bad_number", ".5", `sessionsCount IN (1, -0.5)`},
		{`sessionsCount BETWEEN .1 AND 2`, "bad_number", ".1", `sessionsCount BETWEEN 0.1 AND 2`},
		{`length(name) = 1`, "unknown_function", "length", ""},
		{`lookup(1, 2)`, "unknown_function", "lookup", ""},
	} {
		_, list := Compile(test.text, env)
		if len(list) != 1 || list[0].Code != test.code || test.text[list[0].Span.Start:list[0].Span.End] != test.at {
			t.Errorf("%s\n got %s\nwant %s at %q", test.text, codes(list), test.code, test.at)
			continue
		}
		checkDiagnostic(t, test.text, list[0])
		if fixes := list[0].Fixes; test.fixed == "" && len(fixes) > 0 || test.fixed != "" && (len(fixes) == 0 || fixes[0].Apply(test.text) != test.fixed) {
			t.Errorf("%s\nfixes %+v\nwant %s", test.text, fixes, test.fixed)
		}
	}
}

// TestKeywordElement: only a keyword that stands alone between brackets and
// commas is taken for a text; elsewhere it ends the list.
func TestKeywordElement(t *testing.T) {
	env := testEnv(t)
	for text, want := range map[string][]string{
		`country IN ("JP" AND member`:             {"unclosed_bracket"},
		`country IN ("JP", OR member`:             {"unclosed_bracket"},
		"country IN (`or`)":                       {"unquoted_string"},
		`country IN ("or", "AND")`:                nil,
		`country IN (OR, AND, NOT) AND tags ANY`:  {"unquoted_string", "unquoted_string", "unquoted_string", "unexpected_token"},
		`country IN ("JP", OR) OR name = "x" AND`: {"unquoted_string", "missing_condition"},
	} {
		var got []string
		_, list := Compile(text, env)
		for _, d := range list {
			got = append(got, d.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\n got %v\nwant %v", text, got, want)
		}
	}
}
