package dsl

import "strings"

// symbol reads an operator or punctuation. Operators of other languages are
// reported and read as what they mean, so that the rest is judged too.
func (s *scanner) symbol(r rune, n int) {
	switch r {
	case '(':
		s.one(tokOpen, "(", n)
	case ')':
		s.one(tokClose, ")", n)
	case ',':
		s.one(tokComma, ",", n)
	case '.':
		s.one(tokDot, ".", n)
	case '+':
		s.one(tokPlus, "+", n)
	case '-':
		s.one(tokMinus, "-", n)
	case '≠':
		s.one(tokOperator, "!=", n)
	case '≧', '≥':
		s.one(tokOperator, ">=", n)
	case '≦', '≤':
		s.one(tokOperator, "<=", n)
	default:
		s.operator()
	}
}

// operators are tried longest first.
var operators = [...]string{"!^=", "!$=", "!=", ">=", "<=", "!~", "^=", "$=", "=", ">", "<", "~"}

// foreign are the operators of other languages and what they are here.
var foreign = [...]struct {
	text, ours string
	kind       tokenKind
}{
	{"===", "=", tokOperator}, {"!==", "!=", tokOperator}, {"==", "=", tokOperator}, {"<>", "!=", tokOperator},
	{"=~", "~", tokOperator}, {"=>", ">=", tokOperator}, {"=<", "<=", tokOperator}, {"~=", "~", tokOperator},
	{"&&", "AND", tokAnd}, {"||", "OR", tokOr}, {"&", "AND", tokAnd}, {"|", "OR", tokOr},
	{"[", "(", tokOpen}, {"]", ")", tokClose}, {"{", "(", tokOpen}, {"}", ")", tokClose},
}

func (s *scanner) operator() {
	text, ends := s.symbols()
	for _, f := range foreign {
		if strings.HasPrefix(text, f.text) {
			s.foreign(f.text, f.ours, f.kind, ends[len(f.text)])
			return
		}
	}
	for _, op := range operators {
		if strings.HasPrefix(text, op) {
			s.one(tokOperator, op, ends[len(op)]-s.pos)
			return
		}
	}
	if strings.HasPrefix(text, "!") {
		s.foreign("!", "NOT", tokNot, ends[1])
		return
	}
	bad, end := s.run(s.pos, func(_, r rune) bool { return s.meaningless(r) })
	if end == s.pos { // a lone ^ or $
		bad, end = text[:1], ends[1]
	}
	s.one(tokBad, bad, end-s.pos)
}

// symbols is up to three folded operator characters, and where each ends.
func (s *scanner) symbols() (text string, ends [4]int) {
	end := s.pos
	ends[0] = end
	var b [3]byte
	for i := range b {
		r, n := s.at(end)
		if r == 0 || r >= 0x80 || !strings.ContainsRune("=!<>~^$&|[]{}", r) {
			return string(b[:i]), ends
		}
		b[i] = byte(r)
		end += n
		ends[i+1] = end
	}
	return string(b[:]), ends
}

// meaningless characters are gathered in one token.
func (s *scanner) meaningless(r rune) bool {
	return !strings.ContainsRune(" \n\t\r\v\f", r) && !nameStart(r) && !isDigit(r) && r != 'ー' && !strings.ContainsRune("#\"'`(),.+-≠≧≥≦≤=!<>~^$&|[]{}", r)
}

func (s *scanner) foreign(theirs, ours string, kind tokenKind, end int) {
	at := Extent{s.pos, end}
	fixed := ours
	if kind == tokAnd || kind == tokOr || kind == tokNot {
		fixed = s.spaced(at, ours)
	}
	s.faults.add(fault{code: "foreign_operator", at: at, expected: []string{ours},
		message: say("「%s」はありません。「%s」と書きます。", "there is no %s here; write %s", theirs, ours),
		fixes:   []change{replace(at, fixed)}})
	s.emit(token{kind: kind, text: ours, at: at})
	s.pos = end
}

// spaced puts spaces around a word where its neighbours would run into it.
func (s *scanner) spaced(at Extent, word string) string {
	if at.Start > 0 && !strings.ContainsRune(" \n\t(", foldRune(lastRune(s.text[:at.Start]))) {
		word = " " + word
	}
	if r, _ := s.at(at.End); r != 0 && !strings.ContainsRune(" \n\t)", r) {
		word += " "
	}
	return word
}

func lastRune(s string) rune {
	last := rune(0)
	for _, r := range s[max(0, len(s)-4):] {
		last = r
	}
	return last
}
