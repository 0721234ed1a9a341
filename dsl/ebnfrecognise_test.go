package dsl

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// A recogniser holds a row of things, words or characters, against the grammar.
// leaf says where a piece ends that begins at a place: -1 when it does not
// stand there; ok is false when the piece is made of others.
type recogniser struct {
	g    ebnfGrammar
	leaf func(n *ebnf, at int) (end int, ok bool)
	memo map[ebnfPlace][]int
}

type ebnfPlace struct {
	n  *ebnf
	at int
}

// ends are the places where the piece can end that begins at a place.
func (r *recogniser) ends(n *ebnf, at int) []int {
	place := ebnfPlace{n, at}
	if known, ok := r.memo[place]; ok {
		return known
	}
	var ends []int
	if end, ok := r.leaf(n, at); ok {
		if end >= 0 {
			ends = []int{end}
		}
	} else {
		ends = r.composed(n, at)
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	r.memo[place] = ends
	return ends
}

func (r *recogniser) composed(n *ebnf, at int) []int {
	var ends []int
	switch n.kind {
	case ebnfRule:
		return slices.Clone(r.ends(r.g.bodies[n.text], at))
	case ebnfSequence:
		ends = []int{at}
		for _, part := range n.of {
			ends = r.after(part, ends)
		}
	case ebnfChoice:
		for _, part := range n.of {
			ends = append(ends, r.ends(part, at)...)
		}
	case ebnfOption:
		ends = append([]int{at}, r.ends(n.of[0], at)...)
	case ebnfRepetition:
		ends = []int{at}
		for last := ends; len(last) > 0; {
			last = slices.DeleteFunc(r.after(n.of[0], last), func(end int) bool { return slices.Contains(ends, end) })
			ends = append(ends, last...)
		}
	}
	return ends
}

// after are the ends of a piece that begins at any of the places.
func (r *recogniser) after(n *ebnf, places []int) []int {
	var ends []int
	for _, at := range places {
		ends = append(ends, r.ends(n, at)...)
	}
	slices.Sort(ends)
	return slices.Compact(ends)
}

// note counts the pieces of one way to read [from, to) as the piece, which has
// an end there.
func (r *recogniser) note(n *ebnf, from, to int, use ebnfUse) {
	use.used[n]++
	if _, leaf := r.leaf(n, from); leaf {
		return
	}
	switch n.kind {
	case ebnfRule:
		r.note(r.g.bodies[n.text], from, to, use)
	case ebnfSequence:
		r.noteParts(n.of, from, to, use)
	case ebnfChoice:
		r.note(n.of[slices.IndexFunc(n.of, func(part *ebnf) bool { return slices.Contains(r.ends(part, from), to) })], from, to, use)
	case ebnfOption:
		if from == to {
			use.absent[n]++
			return
		}
		r.note(n.of[0], from, to, use)
	case ebnfRepetition:
		r.noteTurns(n, from, to, use)
	}
}

func (r *recogniser) noteParts(parts []*ebnf, from, to int, use ebnfUse) {
	for i, part := range parts {
		rest := &ebnf{kind: ebnfSequence, of: parts[i+1:]}
		for _, end := range r.ends(part, from) {
			if slices.Contains(r.ends(rest, end), to) {
				r.note(part, from, end, use)
				from = end
				break
			}
		}
	}
}

func (r *recogniser) noteTurns(n *ebnf, from, to int, use ebnfUse) {
	if from == to {
		use.absent[n]++
	}
	for from < to {
		ends := r.ends(n.of[0], from)
		turn := slices.IndexFunc(ends, func(end int) bool { return end > from && slices.Contains(r.ends(n, end), to) })
		r.note(n.of[0], from, ends[turn], use)
		from = ends[turn]
	}
}

// accepts reports whether [0, length) is the rule, and counts what it used.
func (r *recogniser) accepts(rule string, length int, use ebnfUse) bool {
	body := r.g.bodies[rule]
	if !slices.Contains(r.ends(body, 0), length) {
		return false
	}
	r.note(body, 0, length, use)
	return true
}

// ofWords recognises words as the scanner cuts them.
func ofWords(g ebnfGrammar, words []token) *recogniser {
	leaf := func(n *ebnf, at int) (int, bool) {
		if n.kind == ebnfRule && !lexical(n.text) || n.kind > ebnfSpecial {
			return 0, false
		}
		if at < len(words) && isWord(n, words[at]) {
			return at + 1, true
		}
		return -1, true
	}
	return &recogniser{g: g, leaf: leaf, memo: map[ebnfPlace][]int{}}
}

func isWord(n *ebnf, w token) bool {
	switch n.kind {
	case ebnfKeyword:
		kind, _ := keyword(n.text)
		return w.kind == kind
	case ebnfTerminal:
		if w.kind == tokIdent {
			return !w.quoted && strings.EqualFold(w.text, n.text)
		}
		return w.text == n.text && w.kind >= tokOperator && w.kind <= tokMinus
	}
	return n.text == lexicalRule(w)
}

// lexicalRule is the rule that says how the word is spelt; none for signs and
// keywords.
func lexicalRule(w token) string {
	switch w.kind {
	case tokIdent:
		if w.quoted {
			return "QUOTED"
		}
		return "IDENT"
	case tokString:
		return "STRING"
	case tokNumber:
		return "NUMBER"
	case tokDuration:
		return "DURATION"
	case tokDate:
		if strings.Contains(w.text, "T") {
			return "DATETIME"
		}
		return "DATE"
	}
	return ""
}

// ebnfWords are the tokens of a text, a name in backticks as one of them; none
// but the faults when the scanner finds some.
func ebnfWords(text string) (words []token, wrong []fault) {
	var found faults
	tokens, _, _ := scan(text, &found)
	if len(found.list) > 0 {
		return nil, found.list
	}
	open := false
	for _, t := range tokens[:len(tokens)-1] {
		ends := t.quoted && closesName(text[t.at.Start:t.at.End], open)
		if open {
			words[len(words)-1].at.End = t.at.End
		} else {
			words = append(words, t)
		}
		open = (open || t.quoted) && !ends
	}
	return words, nil
}

// closesName reports whether the last backtick of a name is in the text.
func closesName(text string, open bool) bool {
	r, n := utf8.DecodeLastRuneInString(text)
	return foldRune(r) == '`' && (open || len(text) > n)
}

// ofCharacters recognises the spelling of one word.
func ofCharacters(g ebnfGrammar, text string) *recogniser {
	r := speller{raw: []rune(text)}
	return &recogniser{g: g, leaf: r.leaf, memo: map[ebnfPlace][]int{}}
}

type speller struct{ raw []rune }

// at is the character as the scanner folds it; 0 at the end.
func (s speller) at(i int) rune {
	if i >= len(s.raw) {
		return 0
	}
	return foldRune(s.raw[i])
}

func (s speller) leaf(n *ebnf, at int) (int, bool) {
	switch n.kind {
	case ebnfTerminal:
		for _, want := range n.text {
			if got := s.at(at); got != want && (s.escaped() || !strings.EqualFold(string(got), string(want))) {
				return -1, true
			}
			at++
		}
		return at, true
	case ebnfSpecial:
		return s.special(n.text, at), true
	}
	return 0, false
}

// escaped: in a string, n and N are not the same.
func (s speller) escaped() bool { return s.at(0) == '"' || s.at(0) == '\'' }

// special is where what is said in words ends.
func (s speller) special(words string, at int) int {
	digits := map[string]int{"year": 4, "month": 2, "day": 2, "hour": 2, "minute": 2, "second": 2, "hours": 2, "minutes": 2, "0 to 9": 1}[words]
	for i := range digits {
		if !isDigit(s.at(at + i)) {
			return -1
		}
	}
	if digits > 0 || at < len(s.raw) && s.one(words, at) {
		return at + max(digits, 1)
	}
	return -1
}

// one reports whether one character is what is said in words.
func (s speller) one(words string, at int) bool {
	r, raw := s.at(at), s.raw[at]
	switch words {
	case "letter of any script":
		return r != '_' && (nameStart(r) || at > 0 && namePart(s.at(at-1), r) && !isDigit(r))
	case "any character but `, a dot and a line end":
		return r != '`' && raw != '.' && raw != '\n'
	case "opening quote":
		return at == 0 && s.escaped()
	case "closing quote":
		return at > 0 && closes(s.raw[0], raw)
	case `any character but \, a line end and the closing quote`:
		return raw != '\\' && raw != '\n' && !closes(s.raw[0], raw)
	case "any quote":
		return r == '"' || r == '\''
	case "0 to 9, a to f":
		return isDigit(raw) || strings.ContainsRune("abcdefABCDEF", raw)
	case "any character but a line end":
		return raw != '\n'
	}
	panic("the tests do not know what SPEC.md calls " + words)
}

func TestRecogniserFindsEveryReading(t *testing.T) {
	g := readGrammar(t, `query = { "a" } "a" [ b ] ; b = "b" { "b" "c" | "c" } ;`)
	for text, want := range map[string]bool{"a": true, "aaab": true, "aabbcc": true, "abc": true, "": false, "b": false, "abb": false, "aba": false} {
		r := ofCharacters(g, text)
		if got := r.accepts("query", len(text), newEBNFUse()); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
