package service

import (
	"testing"

	"meibo/dsl"
)

func TestEverySyntaxHasAForm(t *testing.T) {
	for op := dsl.Equal; op <= dsl.HasAll; op++ {
		if int(op) >= len(operators) || operators[op] == "" {
			t.Errorf("operator %d has no text", op)
		}
	}
	for kind := dsl.BadValue; kind <= dsl.DateValue; kind++ {
		if int(kind) >= len(valueKinds) || valueKinds[kind] == "" {
			t.Errorf("kind of value %d has no name", kind)
		}
	}
	for filter, want := range map[string]string{
		`member`: "flag", `"田中"`: "search", `segment("vip")`: "call", `NOT member`: "not", `member OR member`: "or",
		`member AND member`: "and", `tags HAS ANY ("a", "b")`: "condition",
	} {
		query, diagnostics := dsl.Parse(filter)
		if len(diagnostics) > 0 {
			t.Fatal(diagnostics)
		}
		if tree := treeOf(query.Root); tree.Type != want || tree.End != len(filter) {
			t.Errorf("%s: %+v", filter, tree)
		}
	}
}
