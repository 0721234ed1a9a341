package dsl

import (
	"fmt"
	"strings"
	"testing"
)

// TestLintFixesKeepTheLimits: at every limit a fix that would break it is not
// offered, below it is.
func TestLintFixesKeepTheLimits(t *testing.T) {
	env := testEnv(t)
	brackets := func(n int) string {
		return strings.Repeat("(", n) + `member OR country != "JP"` + strings.Repeat(")", n)
	}
	conditions := func(n int) string {
		return repeatedly(n-1, "AND", func(i int) string { return fmt.Sprintf(`tags HAS "%d"`, i) }) + ` AND country != "JP"`
	}
	comment := func(n int) string { return `country != "JP" #` + strings.Repeat("x", n) }
	shifts := func(n int) string { return "lastSeenAt != now" + strings.Repeat("-1d", n) }
	groups := func(n int) string {
		return repeatedly(n, "AND", func(i int) string { return fmt.Sprintf(`(((tags HAS "%d")))`, i) }) + ` AND (member OR country != "JP")`
	}
	for _, test := range []struct {
		name, text string
		offered    bool
	}{
		{"few brackets", brackets(MaxDepth - 4), true},
		{"as many brackets as go", brackets(MaxDepth), false},
		{"NOT and brackets", strings.Repeat("NOT NOT (", 21) + `member OR country != "JP"` + strings.Repeat(")", 21), false},
		{"few conditions", conditions(MaxPredicates - 1), true},
		{"as many conditions as go", conditions(MaxPredicates), false},
		{"few groups", groups(600), true},
		{"as many groups as go", groups((MaxGroups-2)/3) + ` AND (city = "x")`, false},
		{"short", comment(MaxText - 100), true},
		{"as long as goes", comment(MaxText - len(comment(0))), false},
		{"few shifts", shifts(20), true},
		{"as many shifts as go", shifts(MaxCondition/2 - 10), false},
	} {
		compiled, list := Compile(test.text, env)
		if len(list) > 0 {
			t.Fatalf("%s: %s", test.name, list[0].Message.EN)
		}
		found := Lint(compiled, nil)
		lone := 0
		for _, d := range found {
			for _, fix := range d.Fixes {
				if _, list := Compile(fix.Apply(test.text), env); HasErrors(list) {
					t.Errorf("%s: the fix of %s breaks a limit: %s", test.name, d.Code, list[0].Message.EN)
				}
				if d.Code == "lone_negative" {
					lone++
				}
			}
		}
		if (lone == 1) != test.offered {
			t.Errorf("%s: %d fixes of a lone negative; %d warnings", test.name, lone, len(found))
		}
	}
}

// TestStrayStringsKeepTheLimits: a string does not go into a list that is full.
func TestStrayStringsKeepTheLimits(t *testing.T) {
	env := testEnv(t)
	for _, values := range []int{10, MaxListValues} {
		text := "city IN (" + strings.TrimSuffix(strings.Repeat(`"x",`, values), ",") + `) OR "y"`
		compiled, list := Compile(text, env)
		if len(list) > 0 {
			t.Fatal(list[0].Message.EN)
		}
		strays := 0
		for _, d := range Lint(compiled, nil) {
			for _, fix := range d.Fixes {
				if _, list := Compile(fix.Apply(text), env); HasErrors(list) {
					t.Errorf("%d values: %s: %s", values, d.Code, list[0].Message.EN)
				}
				if d.Code == "stray_string" {
					strays++
				}
			}
		}
		if strays != 1 {
			t.Errorf("%d values: %d fixes", values, strays)
		}
	}
}
