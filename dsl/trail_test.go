package dsl

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestTrailIsTheGrammar: of every text of the corpus, and of every beginning
// of one, the trail accepts those that parse and no others; but for bare
// paths, where it knows which fields are Boolean.
func TestTrailIsTheGrammar(t *testing.T) {
	env := testEnv(t)
	accepted, refused := 0, 0
	for _, whole := range corpus(t) {
		for _, text := range beginnings(whole) {
			var found faults
			tokens, _, ok := scan(text, &found)
			if !ok || len(found.list) > 0 {
				continue
			}
			got := accepts(&trail{fields: env.Fields, lenient: true}, tokens)
			_, list := Parse(text)
			if want := !HasErrors(list); got != want {
				t.Fatalf("%q: accepted %v, but parsed %v\n%s", text, got, want, codes(list))
			}
			if got {
				accepted++
			} else {
				refused++
			}
		}
	}
	if accepted < 1000 || refused < 1000 {
		t.Errorf("only %d accepted, %d refused", accepted, refused)
	}
}

func accepts(w *trail, tokens []token) bool {
	for _, tok := range tokens[:len(tokens)-1] {
		if !w.step(tok) {
			return false
		}
	}
	return w.complete()
}

// beginnings are the prefixes of a text at its characters, the text included.
func beginnings(text string) []string {
	if len(text) > 400 {
		return []string{text}
	}
	var list []string
	for i := range text {
		list = append(list, text[:i])
	}
	return append(list, text)
}

// TestTrailOnRandomWords is TestTrailIsTheGrammar on words thrown together.
func TestTrailOnRandomWords(t *testing.T) {
	env := testEnv(t)
	words := strings.Fields(`member name profile . email = != > ~ ( ) ( ) , IN NOT IN BETWEEN AND OR HAS ANY ALL IS SET UNSET TRUE "x" 5 - + 30d 2026-11-23 now today startOf exact version segment mo "2.0"`)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	accepted := 0
	for range 40_000 {
		var parts []string
		for range random.IntN(9) {
			parts = append(parts, words[random.IntN(len(words))])
		}
		text := strings.Join(parts, " ")
		var found faults
		tokens, _, ok := scan(text, &found)
		if !ok || len(found.list) > 0 {
			continue
		}
		got := accepts(&trail{fields: env.Fields, lenient: true}, tokens)
		if parse(text, &found); got == found.errors() {
			t.Fatalf("seed %d: %q: accepted %v, but\n%s", seed, text, got, codes(found.diagnostics(text)))
		}
		if got {
			accepted++
		}
	}
	if accepted < 500 {
		t.Errorf("seed %d: only %d were accepted", seed, accepted)
	}
}
