package dsl

import (
	"strings"
	"testing"

	"meibo/dsl/schema"
)

func TestSpecFolding(t *testing.T) {
	const heading = "### Folding, step by step"
	if tables := specTablesOf(t, heading, 60, "input", "folded", "note"); len(tables) != 5 {
		t.Errorf("%d tables of steps, want 5", len(tables))
	}
	for _, row := range specRowsOf(t, heading, 60, "input", "folded", "note") {
		in, want := escaped(t, row, row.cells[0]), escaped(t, row, row.cells[1])
		if got := schema.Fold(in); got != want {
			t.Errorf("%s\ngives %+q, want %+q", row, got, want)
		}
		if again := schema.Fold(want); again != want {
			t.Errorf("%s\nfolds again to %+q", row, again)
		}
	}
	for _, row := range specRowsOf(t, heading, 6, "blank") {
		if got := schema.Fold(escaped(t, row, row.cells[0])); got != "" {
			t.Errorf("%s\nfolds to %+q", row, got)
		}
	}
}

func TestSpecNotTheSame(t *testing.T) {
	for _, row := range specRowsOf(t, "### Not the same", 30, "a text", "another", "in quick search") {
		a, b := escaped(t, row, row.cells[0]), escaped(t, row, row.cells[1])
		if a == b || schema.Fold(a) == schema.Fold(b) {
			t.Errorf("%s\nboth fold to %+q", row, schema.Fold(a))
		}
		same := map[string]bool{"same": true, "different": false}
		want, ok := same[row.cells[2]]
		if got := schema.FoldQuick(a) == schema.FoldQuick(b); !ok || got != want {
			t.Errorf("%s\nfor quick search %+q and %+q", row, schema.FoldQuick(a), schema.FoldQuick(b))
		}
	}
}

// The table of variants is complete both ways, for every character.
func TestSpecVariants(t *testing.T) {
	plain := map[string]string{}
	for _, row := range specRowsOf(t, "### Variants of kanji", 35, "plain", "variants") {
		for _, variant := range strings.Fields(row.cells[1]) {
			if _, twice := plain[variant]; twice {
				t.Errorf("%s\nlists %s again", row, variant)
			}
			plain[variant] = row.cells[0]
		}
	}
	for r := rune(' '); r < 0x32000; r++ {
		s := string(r)
		want, listed := plain[s]
		if !listed {
			want = s
		}
		if got := schema.PlainKanji(s); got != want && s != "\ufffd" {
			t.Errorf("quick search reads %s (%U) as %s; SPEC.md says %s", s, r, got, want)
		}
	}
}

func TestSpecPhones(t *testing.T) {
	for _, row := range specRowsOf(t, "### Phone numbers", 10, "number", "the same") {
		forms, ok := schema.ParsePhone(row.cells[1], schema.DefaultRegion)
		if !ok || forms.International != row.cells[0] {
			t.Errorf("%s\nis %+v, %v", row, forms, ok)
		}
	}
	for _, text := range specWords(t, "no phone number and compares as text", 3) {
		if forms, ok := schema.ParsePhone(text, schema.DefaultRegion); ok {
			t.Errorf("%s is the number %+v", text, forms)
		}
	}
}

func TestSpecVersions(t *testing.T) {
	_, rest, _ := strings.Cut(readSpec(t), "```version-order\n")
	block, _, _ := strings.Cut(rest, "\n```")
	lines := strings.Split(block, "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines of versions in %q", len(lines), block)
	}
	compare := map[string]func(i, j int) int{"<": func(i, j int) int { return i - j }, "=": func(int, int) int { return 0 }}
	for i, line := range lines {
		sign := "="
		if i == 0 {
			sign = "<"
		}
		versions := strings.Split(line, " "+sign+" ")
		for i, a := range versions {
			for j, b := range versions {
				v, ok := schema.ParseVersion(a)
				w, okToo := schema.ParseVersion(b)
				if want := compare[sign](i, j); !ok || !okToo || (v.Compare(w) < 0) != (want < 0) || (v.Compare(w) > 0) != (want > 0) {
					t.Errorf("%s and %s compare as %d, %v, %v", a, b, v.Compare(w), ok, okToo)
				}
			}
		}
	}
	for _, text := range specWords(t, "These are no versions", 10) {
		if isVersion(text) {
			t.Errorf("%s is a version", text)
		}
	}
}

// specWords are the code spans behind a phrase, as many as are wanted.
func specWords(t *testing.T, phrase string, count int) []string {
	t.Helper()
	_, rest, found := strings.Cut(readSpec(t), phrase)
	rest, _, _ = strings.Cut(rest, "\n\n")
	_, rest, _ = strings.Cut(rest, ": ")
	spans := strings.Split(rest, "`")
	var words []string
	for i := 1; i < len(spans); i += 2 {
		words = append(words, spans[i])
	}
	if !found || len(words) != count {
		t.Fatalf("%d words behind %q: %q", len(words), phrase, words)
	}
	return words
}
