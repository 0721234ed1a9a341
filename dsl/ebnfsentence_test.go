package dsl

import (
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"
)

// A sentencer makes random sentences of the grammar.
type sentencer struct {
	*rand.Rand
	g     ebnfGrammar
	use   ebnfUse
	depth int            // of expr in expr
	least map[string]int // rules to go through until a word, at least

	words []string // so far
	quote rune     // that opened the string
}

// maxSentenceDepth: deeper ones say nothing new.
const maxSentenceDepth = 3

func newSentencer(r *rand.Rand, g ebnfGrammar) *sentencer {
	s := &sentencer{Rand: r, g: g, use: newEBNFUse(), least: map[string]int{}}
	for range g.names { // each round knows one more level
		for _, name := range g.names {
			s.least[name] = s.height(g.bodies[name]) + 1
		}
	}
	return s
}

// height is how many rules the shortest sentence of a piece goes through.
func (s *sentencer) height(n *ebnf) int {
	const unknown = 1 << 20
	most, least := 0, unknown
	for _, part := range n.of {
		h := s.height(part)
		most, least = max(most, h), min(least, h)
	}
	switch n.kind {
	case ebnfRule:
		if h, ok := s.least[n.text]; ok {
			return h
		}
		return unknown
	case ebnfSequence:
		return most
	case ebnfChoice:
		return least
	}
	return 0
}

// sentence is a random text of the rule query.
func (s *sentencer) sentence() string {
	s.words = nil
	s.rule("query")
	for len(s.words) == 0 && s.IntN(8) > 0 { // the empty filter is soon tried enough
		s.rule("query")
	}
	var b strings.Builder
	b.WriteString(s.space(false))
	for i, word := range s.words {
		if i > 0 {
			b.WriteString(s.space(runTogether(s.words[i-1], word)))
		}
		b.WriteString(word)
	}
	b.WriteString(s.space(false))
	return b.String()
}

// runTogether reports words that would be one without a space between.
func runTogether(left, right string) bool {
	before, _ := utf8.DecodeLastRuneInString(left)
	next, _ := utf8.DecodeRuneInString(right)
	return namePart('0', foldRune(before)) && namePart('a', foldRune(next))
}

// space is what may stand between two words, nothing included unless needed.
func (s *sentencer) space(needed bool) string {
	switch n := s.IntN(20); {
	case n == 0:
		return s.spelt("COMMENT") + "\n"
	case n < 4:
		return s.pick("\n", "\t", "\r\n", "　", "\u200b", "   ", "\u00a0", "\ufeff")
	case n < 10 && !needed:
		return ""
	}
	return " "
}

func (s *sentencer) pick(from ...string) string { return from[s.IntN(len(from))] }

func (s *sentencer) rule(name string) {
	if name == "expr" {
		s.depth++
		defer func() { s.depth-- }()
	}
	s.write(s.g.bodies[name])
}

// write appends the words of a piece.
func (s *sentencer) write(n *ebnf) {
	s.use.used[n]++
	switch n.kind {
	case ebnfTerminal:
		s.words = append(s.words, s.wide(s.anyCase(n.text)))
	case ebnfKeyword:
		s.words = append(s.words, s.wide(s.anyCase(n.text)))
	case ebnfRule:
		if !lexical(n.text) {
			s.rule(n.text)
			return
		}
		s.words = append(s.words, s.word(n.text))
	case ebnfSequence:
		for _, part := range n.of {
			s.write(part)
		}
	case ebnfChoice:
		s.write(s.chosen(n))
	case ebnfOption, ebnfRepetition:
		s.times(n, s.write)
	}
}

// chosen is an alternative, one that leads out where it is deep enough, and
// first of all one that was not used before.
func (s *sentencer) chosen(n *ebnf) *ebnf {
	var may []*ebnf
	for _, part := range n.of {
		if s.depth <= maxSentenceDepth || s.height(part) <= s.height(n) {
			may = append(may, part)
		}
	}
	if i := slices.IndexFunc(may, func(part *ebnf) bool { return s.use.used[part] == 0 }); i >= 0 {
		return may[i]
	}
	return may[s.IntN(len(may))]
}

func (s *sentencer) times(n *ebnf, write func(*ebnf)) {
	most := 1
	if n.kind == ebnfRepetition {
		most = 3
	}
	if s.use.absent[n] == 0 {
		most = 0
	}
	count := 0
	for count < most && s.IntN(2) == 0 && (s.depth <= maxSentenceDepth || count < 1) {
		write(n.of[0])
		count++
	}
	if count == 0 {
		s.use.absent[n]++
	}
}

// word spells a word of a lexical rule; behind a dot a keyword is a name too.
func (s *sentencer) word(rule string) string {
	if rule == "IDENT" && len(s.words) > 0 && foldRune([]rune(s.words[len(s.words)-1])[0]) == '.' && s.IntN(4) == 0 {
		return s.anyCase(s.pick("and", "or", "not", "is", "set", "in", "between", "has", "any", "true", "かつ"))
	}
	text := s.spelt(rule)
	for rule == "IDENT" && reserved(text) {
		text = s.spelt(rule)
	}
	if rule == "STRING" || rule == "QUOTED" { // whose characters mean themselves
		return text
	}
	return s.wide(text)
}

func (s *sentencer) spelt(rule string) string {
	var b strings.Builder
	s.spell(&b, s.g.bodies[rule], rule == "STRING" || rule == "ESCAPE")
	return b.String()
}

// spell writes the characters of a piece of a lexical rule.
func (s *sentencer) spell(b *strings.Builder, n *ebnf, exact bool) {
	s.use.used[n]++
	switch n.kind {
	case ebnfTerminal:
		if exact {
			b.WriteString(n.text)
			return
		}
		b.WriteString(s.anyCase(n.text))
	case ebnfSpecial:
		b.WriteString(s.special(n.text))
	case ebnfRule:
		s.spell(b, s.g.bodies[n.text], exact)
	case ebnfSequence:
		for _, part := range n.of {
			s.spell(b, part, exact)
		}
	case ebnfChoice:
		s.spell(b, s.chosen(n), exact)
	default:
		s.times(n, func(part *ebnf) { s.spell(b, part, exact) })
	}
}

// special writes what SPEC.md says in words. A day that every month has, and
// no surrogate in \uXXXX: those the page excludes in a comment.
func (s *sentencer) special(words string) string {
	switch words {
	case "letter of any script":
		return s.pick("a", "Z", "q", "é", "会", "員", "カ", "ひ", "я", "e", "n")
	case "0 to 9":
		return string(rune('0' + s.IntN(10)))
	case "any character but `, a dot and a line end":
		return s.pick("a", " ", "#", `"`, "名", "または", "or", "-", "\\", "1", "(", "。")
	case "opening quote":
		s.quote = []rune(`"'“‘「『｢＂＇″`)[s.IntN(10)]
		return string(s.quote)
	case "closing quote":
		return partner(s.quote)
	case `any character but \, a line end and the closing quote`:
		if r := []rune(`x #` + "\t`" + `"'”’」』｣（名*%`)[s.IntN(16)]; !closes(s.quote, r) {
			return string(r)
		}
		return "y"
	case "any quote":
		return s.pick(`"`, "'", "”", "’")
	case "0 to 9, a to f":
		return s.pick("0", "4", "9", "a", "C") // any four of them are a character, no surrogate
	case "any character but a line end":
		return s.pick("#", "x", " ", `"`, "名", ")")
	case "year":
		return s.pick("2026", "0001", "9999", "1970")
	case "month":
		return s.pick("01", "09", "12")
	case "day":
		return s.pick("01", "28", "17")
	case "hour", "hours":
		return s.pick("00", "09", "12")
	case "minute", "second", "minutes":
		return s.pick("00", "30", "59")
	}
	panic("the tests do not know what SPEC.md calls " + words)
}

func (s *sentencer) anyCase(text string) string {
	return strings.Map(func(r rune) rune {
		if isASCIILetter(r) && s.IntN(3) == 0 {
			return r ^ 0x20
		}
		return r
	}, text)
}

// wide writes some words as a Japanese keyboard does.
func (s *sentencer) wide(text string) string {
	if s.IntN(10) > 0 {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r - '!' + '！'
		}
		return r
	}, text)
}
