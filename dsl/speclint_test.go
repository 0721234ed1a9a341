package dsl

import (
	"slices"
	"strings"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// lintEnv is testEnv with the fields and the segment that the section Warnings
// of SPEC.md names.
func lintEnv(t testing.TB) Env {
	t.Helper()
	env := testEnv(t)
	fields, err := env.Fields.With(
		schema.Field{Key: "profile.oldCode", Kind: schema.String, Labels: schema.Words{JA: "旧コード", EN: "Old code"}, Hidden: true},
		schema.Field{Key: "profile.oldNote", Kind: schema.String, Labels: schema.Words{JA: "旧メモ", EN: "Old notes"}, Archived: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	env.Fields = fields
	env.Segments = func(key string) (Segment, bool) {
		if key == "notes" {
			return Segment{Filter: `profile.oldNote IS SET OR member`}, true
		}
		return testSegments(key)
	}
	return env
}

// lintCustomers are two: one with a value in every field but web.device, one
// with none.
func lintCustomers(env Env) []schema.Record {
	full := schema.NewRecord("full")
	for f := range env.Fields.All() {
		switch f.Kind {
		case schema.Boolean:
			full.Set(f.Key, schema.Bool(true))
		case schema.Number:
			full.Set(f.Key, schema.Num(1))
		case schema.Date:
			full.Set(f.Key, schema.At(1795392000000))
		case schema.List:
			full.Set(f.Key, schema.Strings("v"))
		case schema.String:
			if f.Key != schema.IDField && f.Key != "web.device" {
				full.Set(f.Key, schema.Text("v"))
			}
		}
	}
	return []schema.Record{full, schema.NewRecord("empty")}
}

func TestSpecWarnings(t *testing.T) {
	env := lintEnv(t)
	count := counterOf(lintCustomers(env))
	rows := specWarnings(t)
	if len(rows) < 25 {
		t.Fatalf("only %d warnings were found in SPEC.md", len(rows))
	}
	for _, row := range rows {
		t.Run(row.code+"/"+row.example, func(t *testing.T) {
			compiled, list := Compile(row.example, env)
			if len(list) > 0 {
				t.Fatalf("it does not compile clean: %s", codes(list))
			}
			list = Lint(compiled, count)
			if len(list) != 1 || list[0].Code != row.code || list[0].Severity != Warning {
				t.Fatalf("got %s, want the one code %s", codes(list), row.code)
			}
			checkWarning(t, row.example, list[0], env)
			checkFixes(t, row, list[0], env)
			if row.fixed == "" && len(list[0].Fixes) > 0 {
				t.Errorf("it has a fix: %s", list[0].Fixes[0].Apply(row.example))
			}
		})
	}
}

// TestLintOfTheCorpus holds on every filter that is written down what holds of
// every warning.
func TestLintOfTheCorpus(t *testing.T) {
	env := lintEnv(t)
	count := counterOf(lintCustomers(env))
	linted := 0
	for _, text := range corpus(t) {
		compiled, _ := Compile(text, env)
		list := Lint(compiled, count)
		if !slices.IsSortedFunc(list, func(a, b Diagnostic) int { return a.Span.Start - b.Span.Start }) {
			t.Errorf("%s\nnot in order: %s", text, codes(list))
		}
		for _, d := range list {
			linted++
			checkWarning(t, text, d, env)
		}
		if t.Failed() {
			t.Fatal(text)
		}
	}
	if linted < 150 {
		t.Errorf("only %d warnings in the corpus", linted)
	}
}

// FuzzLint: any text is linted, and what is said of it holds.
func FuzzLint(f *testing.F) {
	addSeeds(f)
	env := lintEnv(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range lintWarnings(text, env, func(expr.Expr) (int, bool) { return 3, true }) {
			checkWarning(t, text, d, env)
		}
	})
}

// TestLintWithoutAnswers: when the customers cannot be asked, they are asked
// once and the warnings do without numbers.
func TestLintWithoutAnswers(t *testing.T) {
	asked := 0
	list := lintWarnings(`country != "JP" OR city != "x"`, testEnv(t), func(expr.Expr) (int, bool) { asked++; return 0, false })
	if len(list) != 2 || asked != 1 || strings.ContainsAny(list[0].Message.EN, "0123456789") {
		t.Errorf("asked %d times\n%s", asked, codes(list))
	}
	if list := Lint(Compiled{}, nil); list != nil {
		t.Errorf("nothing was compiled: %s", codes(list))
	}
}

// TestLintAsksLittle: however many negations and fields.
func TestLintAsksLittle(t *testing.T) {
	var parts []string
	for _, field := range []string{"country", "city", "language", "name", "memberId", "web.browserName", "web.osName", "web.device", "mobile.appName", "mobile.device", "mobile.osName", "mobile.os", "web.os"} {
		parts = append(parts, field+` != "x"`)
	}
	asked := 0
	list := lintWarnings(strings.Join(parts, " AND "), testEnv(t), func(expr.Expr) (int, bool) { asked++; return 100 - asked, true })
	if asked != maxCounts || len(list) != len(parts) {
		t.Errorf("asked %d times\n%s", asked, codes(list))
	}
	numbers := 0
	for _, d := range list {
		if strings.Contains(d.Message.EN, "match only for that") {
			numbers++
		}
	}
	if numbers < 5 {
		t.Errorf("only %d numbers", numbers)
	}
}
