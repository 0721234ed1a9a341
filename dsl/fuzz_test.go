package dsl

import (
	"strings"
	"testing"
	"time"

	"meibo/dsl/expr"
)

func addSeeds(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
}

// FuzzScan: tokens lie in the text, in order, without overlap.
func FuzzScan(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		var found faults
		tokens, _, ok := scan(text, &found)
		if !ok && len(found.list) == 0 {
			t.Fatal("stopped without saying why")
		}
		end := 0
		for _, tok := range tokens {
			if tok.at.Start < end || tok.at.End < tok.at.Start || tok.at.End > len(text) {
				t.Fatalf("token %+v behind %d", tok, end)
			}
			end = tok.at.End
		}
	})
}

// FuzzFormat: what is formatted parses, and formatting it again changes nothing.
func FuzzFormat(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		query, list := Parse(text)
		if (query == nil) != HasErrors(list) {
			t.Fatalf("query %v with %s", query, codes(list))
		}
		once, list := Format(text)
		if HasErrors(list) {
			return
		}
		twice, list := Format(once)
		if HasErrors(list) || once != twice {
			t.Fatalf("first:\n%s\nthen:\n%s\n%s", once, twice, codes(list))
		}
	})
}

// FuzzCompile: an expression or an error, never both and never neither; the
// expression as text compiles back to itself.
func FuzzCompile(f *testing.F) {
	addSeeds(f)
	env := testEnv(f)
	env.Now = time.UnixMilli(1795402800000)
	f.Fuzz(func(t *testing.T, text string) {
		compiled, list := Compile(text, env)
		if (compiled.Expr == nil) != HasErrors(list) {
			t.Fatalf("%v with %s", compiled.Expr, codes(list))
		}
		for _, d := range list {
			checkDiagnostic(t, text, d)
		}
		if compiled.Expr == nil {
			return
		}
		printed := expr.String(compiled.Expr)
		again, list := Compile(printed, env)
		if HasErrors(list) {
			if len(printed) > MaxLiteral { // folding lengthens some texts beyond the limit of a literal
				return
			}
			t.Fatalf("%s\n%s", printed, codes(list))
		}
		if expr.String(again.Expr) != printed {
			t.Fatalf("%s\ncompiles to\n%s", printed, expr.String(again.Expr))
		}
	})
}

// FuzzComplete: whatever the text and the cursor, the answer is sound and
// comes soon, and what stands there can be told.
func FuzzComplete(f *testing.F) {
	env := completionEnv(f)
	for i, text := range corpus(f) {
		f.Add(text, len(text))
		f.Add(text, len(text)*(i%7)/7)
	}
	for _, c := range completionCases(f) {
		text, cursor := c.split()
		f.Add(text, cursor)
	}
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		start := time.Now()
		completion := Complete(text, cursor, env.Env, env.values)
		checkCompletion(t, text, cursor, completion)
		h, ok := Hover(text, cursor, env.Env, env.hover(t))
		if took := time.Since(start); took > 2*time.Second { // generous: the machine may be busy
			t.Fatalf("took %v", took)
		}
		at := snap(valid(text), cursor)
		if ok && (h.Title == "" || h.Text.JA == "" || h.Text.EN == "" || strings.Contains(h.Text.JA+h.Text.EN, "%!") && !strings.Contains(text, "%!") || h.Range.Start > at || h.Range.End < at) {
			t.Fatalf("%+v at %d", h, at)
		}
	})
}
