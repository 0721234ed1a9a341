package dsl

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEverySentenceOfTheGrammarParses makes sentences of SPEC.md's grammar;
// formatted they are the same filters (one in twenty: comparing trees is slow).
func TestEverySentenceOfTheGrammarParses(t *testing.T) {
	g := specGrammar(t)
	s := newSentencer(rand.New(rand.NewPCG(seed(t), 31)), g)
	least := cases(2000)
	for i := 0; i < least || i < 10*least && len(s.use.missing(g)) > 0; i++ { // chance may leave something rare to the next
		text := s.sentence()
		query, list := Parse(text)
		if query == nil || len(list) > 0 {
			t.Fatalf("the grammar makes %q\n%s", text, codes(list))
		}
		if i%20 > 0 {
			continue
		}
		formatted, _ := Format(text)
		again, list := Parse(formatted)
		if again == nil || !cmp.Equal(query.Root, again.Root, withoutPlaces) {
			t.Fatalf("%q is formatted as %q\n%s", text, formatted, codes(list))
		}
	}
	s.use.demand(t, g, "sentence")
}

// beyondGrammar is why the scanner may refuse a text of which the grammar then
// has no words to judge.
func beyondGrammar(code string) string {
	switch code {
	case "unterminated_string", "unterminated_name", "bad_escape":
		return "no STRING or QUOTED"
	case "bad_date":
		return "no DATE or DATETIME, or a day that does not exist, as the page says in a comment"
	case "bad_duration", "unknown_unit", "ambiguous_unit":
		return "no DURATION"
	case "expected_field":
		return "a QUOTED with an empty name"
	case "foreign_operator":
		return "an operator of another language, or one of the Japanese words that the page reserves"
	case "too_long", "bad_utf8", "too_deep", "too_many_brackets", "too_many_predicates", "too_many_values",
		"literal_too_long", "condition_too_long", "too_many_comments":
		return "a limit, which the grammar does not tell"
	}
	return ""
}

// agree demands that the grammar takes a text exactly if Parse does; a text
// with a fault of spelling is not taken by Parse, and not looked at further.
func agree(t *testing.T, g ebnfGrammar, text string, use ebnfUse) {
	t.Helper()
	query, list := Parse(text)
	words, wrong := ebnfWords(text)
	for _, one := range wrong {
		if query != nil || beyondGrammar(one.code) == "" {
			t.Errorf("%q parses with %s of the scanner, or nobody knows why that is one", text, one.code)
		}
	}
	if len(wrong) > 0 {
		return
	}
	if taken := ofWords(g, words).accepts("query", len(words), use); taken != (query != nil) {
		t.Errorf("taken by the grammar %v, by Parse %v: %q\n%s", taken, query != nil, text, codes(list))
	}
	for _, w := range words {
		spelling := text[w.at.Start:w.at.End]
		if rule := lexicalRule(w); rule != "" && !ofCharacters(g, spelling).accepts(rule, len([]rune(spelling)), use) {
			t.Errorf("%q is no %s in %q", spelling, rule, text)
		}
	}
}

// TestGrammarAndParserAgreeOnTheCorpus, on every filter that is written down.
func TestGrammarAndParserAgreeOnTheCorpus(t *testing.T) {
	g := specGrammar(t)
	use := newEBNFUse()
	for _, text := range corpus(t) {
		agree(t, g, text, use)
		noteComments(g, text, use)
	}
	use.demand(t, g, "filter of the corpus")
}

// spellingFilters are spellings of the grammar that no other filter has.
func spellingFilters() []string {
	return []string{"_a.b_.not = 'a\\rb'", "`a b.cc.d`.`e` IS SET", "`a`.b", "a < 2026-11-23T10:00-0930 OR a < 2026-11-23T10:00-09:30"}
}

func noteComments(g ebnfGrammar, text string, use ebnfUse) {
	query, _ := Parse(text)
	if query == nil {
		return
	}
	for _, c := range query.Comments {
		spelling := text[c.At.Start:c.At.End]
		ofCharacters(g, spelling).accepts("COMMENT", len([]rune(spelling)), use)
	}
}

// TestGrammarAndParserAgreeOnBrokenFilters drops, doubles, swaps and replaces
// words of the corpus, and of sentences of the grammar.
func TestGrammarAndParserAgreeOnBrokenFilters(t *testing.T) {
	g := specGrammar(t)
	r := rand.New(rand.NewPCG(seed(t), 32))
	filters := corpus(t)
	for s := newSentencer(r, g); len(filters)%500 > 0; {
		filters = append(filters, s.sentence())
	}
	var texts [][]string
	var pool []string
	for _, text := range filters {
		if words := spellings(text); len(words) > 0 && len(words) < 60 {
			texts, pool = append(texts, words), append(pool, words...)
		}
	}
	taken := newEBNFUse()
	for range cases(4000) {
		words := texts[r.IntN(len(texts))]
		for range 1 + r.IntN(2) {
			words = broken(r, words, pool)
		}
		agree(t, g, strings.Join(words, " "), taken)
	}
	if n := taken.used[g.bodies["query"]]; n < 100 {
		t.Errorf("only %d of the broken filters were filters still", n)
	}
}

// spellings are the words of a text as they are written.
func spellings(text string) []string {
	words, _ := ebnfWords(text)
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = text[w.at.Start:w.at.End]
	}
	return list
}

func broken(r *rand.Rand, words, pool []string) []string {
	if len(words) == 0 {
		return words
	}
	i, j := r.IntN(len(words)), r.IntN(len(words))
	next := append([]string(nil), words...)
	switch r.IntN(4) {
	case 0:
		return append(next[:i], next[i+1:]...)
	case 1:
		return append(next[:i+1], words[i:]...)
	case 2:
		next[i], next[j] = next[j], next[i]
	default:
		next[i] = pool[r.IntN(len(pool))]
	}
	return next
}

// TestWordsThatTheGrammarTellsApart: what is one word, and which, is as SPEC.md
// says.
func TestWordsThatTheGrammarTellsApart(t *testing.T) {
	g := specGrammar(t)
	for text, takes := range map[string]bool{
		"`a.b` IS SET": true, "`a..b` IS SET": false, "`` IS SET": false, "`.` IS SET": false,
		"profile.in": true, "profile . IN": true, "`in`": true, "in": false, "in.profile": false,
		"profile.かつ": true, "`かつ`": true, "かつ": false, "a かつ b": false,
		"a IS SET": true, "a ıs SET": false, "a IS ſET": false, "ıs IS SET": true, "ın": true, "a is set": true,
		"now": true, "now.today = now": true, "a = `now`": false, "a = now.b": false,
		"a = startOf(mo)": true, "a = STARTOF ( MO )": true, "a = startOf(`mo`)": false, "a = startOf(min)": false, "a = startOf('mo')": false,
		"a = 5d": false, "a = now-5d": true, "a = now-5 d": false, "a = now-0000000005d": false, "a = now-999999999d": true,
		"a = 1e5": true, "a = 1E+5": true, "a = 1e": false, "a = 1.": false, "a = .5": false, "a = - 5": true, "a = +5": false, "a = --5": false,
		"a = 2026-11-23 10:00": true, "a = 2026-11-23  10:00": false, "a = 2026-11-23\n10:00": false, "a = 2026-11-23t10:00z": true,
		"a = 2026-11-23T10:00:00.123456789": true, "a = 2026-11-23T10:00:00.1234567890": false, "a = 2026-02-30": false,
		"a ANY IS SET": true, "a ANY": false, "a ANY ('x')": false, "a IN ()": true, "a IN (,)": false, "a IN (1,)": true, "a IN (1,,)": false,
		"a HAS ()": false, "a HAS ANY ()": true, "NOT NOT a": true, "()": false, "": true, "# a": true, "TRUE": false, "a = exact(\"x\")": true,
		"a.b('x')": true, "exact('x')": true, "a('x') = 1": false, "a(1)": false, "IS SET": false,
	} {
		if query, list := Parse(text); (query != nil) != takes {
			t.Errorf("%q: taken %v\n%s", text, query != nil, codes(list))
		}
		agree(t, g, text, newEBNFUse())
	}
}

// TestFormatKeepsBackticksAroundReservedNames: at the beginning of a path, and
// only there.
func TestFormatKeepsBackticksAroundReservedNames(t *testing.T) {
	for text, want := range map[string]string{
		"`かつ` or a.`または`": "`かつ` OR a.または", "`in`.`in`": "`in`.in", "`ıs`": "ıs", "`now` = now": "now = now",
	} {
		if got, list := Format(text); got != want || len(list) > 0 {
			t.Errorf("%q is formatted as %q, not %q\n%s", text, got, want, codes(list))
		}
	}
}

// TestVersionIsThatOfThePage: the heading and the promise name the constant.
func TestVersionIsThatOfThePage(t *testing.T) {
	heading, rest, _ := strings.Cut(readSpec(t), "\n")
	if want := fmt.Sprintf("# The filter language, version %d", Version); heading != want {
		t.Errorf("the heading is %q, not %q", heading, want)
	}
	if !strings.Contains(rest, fmt.Sprintf("within version %d", Version)) {
		t.Errorf("SPEC.md does not say what version %d promises", Version)
	}
}
