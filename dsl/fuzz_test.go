package dsl

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl/expr"
)

// addSeeds starts a fuzzer from every filter that is written down and from
// what earlier runs of it have kept (see "fuzz" in the Makefile).
func addSeeds(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	for _, inputs := range keptInputs(f) {
		f.Add(inputs[0])
	}
}

// keptInputs are the inputs that runs of this fuzzer found worth keeping: a
// line each, its strings in Go syntax with tabs between.
func keptInputs(f *testing.F) [][]string {
	content, err := os.ReadFile(filepath.Join("testdata", "corpus", f.Name()+".txt"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		f.Fatal(err)
	}
	var list [][]string
	for line := range strings.Lines(string(content)) {
		var inputs []string
		for cell := range strings.SplitSeq(strings.TrimSpace(line), "\t") {
			kind, value, _ := strings.Cut(strings.TrimSuffix(cell, ")"), "(")
			if kind == "string" || kind == "[]byte" {
				text, err := strconv.Unquote(value)
				if err != nil {
					f.Fatalf("%s: %v", line, err)
				}
				value = text
			}
			inputs = append(inputs, value)
		}
		list = append(list, inputs)
	}
	return list
}

// TestThereAreEnoughSeeds: fuzzing starts from at least a thousand filters.
func TestThereAreEnoughSeeds(t *testing.T) {
	if n := len(corpus(t)); n < 1000 {
		t.Errorf("the corpus has %d filters", n)
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

// FuzzParse: a tree or an error; nodes lie within their parents in the order of
// the text, and the text of a condition alone is that condition.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		query, list := Parse(text)
		if (query == nil) != HasErrors(list) {
			t.Fatalf("query %v with %s", query, codes(list))
		}
		if query != nil && query.Root != nil {
			nested(t, text, query.Root, Extent{0, len(text)})
		}
	})
}

func nested(t *testing.T, text string, n Node, outer Extent) {
	at := n.Extent()
	if at.Start < outer.Start || at.End > outer.End || at.Start >= at.End {
		t.Fatalf("%T at %v within %v", n, at, outer)
	}
	var parts []Node
	switch n := n.(type) {
	case *And:
		parts = n.Parts
	case *Or:
		parts = n.Parts
	case *Not:
		parts = []Node{n.Part}
	default:
		alone, list := Parse(text[at.Start:at.End])
		if alone == nil || !cmp.Equal(n, alone.Root, withoutPlaces) {
			t.Fatalf("%q alone is %v\n%s", text[at.Start:at.End], alone, codes(list))
		}
	}
	from := at.Start
	for _, part := range parts {
		nested(t, text, part, Extent{from, at.End})
		from = part.Extent().End
	}
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
	for _, inputs := range keptInputs(f) {
		cursor, err := strconv.Atoi(inputs[1])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(inputs[0], cursor)
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
