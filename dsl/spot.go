package dsl

import (
	"sort"
	"strings"
	"unicode/utf8"

	"meibo/dsl/schema"
)

// A spot is the place of a cursor among the tokens: what stands there and
// would be replaced, and what may stand there.
type spot struct {
	text   string
	tokens []token
	cursor int

	trail    trail // of the tokens before from
	from, to int   // the tokens that are replaced, or of which a part is
	at       Extent
	typed    string // the replaced text up to the cursor, folded; of a string, its content
	written  string // of a string: its content in the range
	part     spotPart
}

// A spotPart is what the cursor stands in.
type spotPart uint8

const (
	inGap    spotPart = iota // between tokens: something can be put in
	inWord                   // a path, keyword, operator, number or date
	inString                 // a string: nothing but its content can be completed
	inUnit                   // the letters behind a duration's digits
)

// spotAt finds the tokens around a cursor; false where nothing can be
// completed: in a comment, behind a limit, in a text that is too long.
func spotAt(text string, cursor int, fields *schema.Fields) (*spot, bool) {
	tokens, comments, ok := tokensOf(text)
	s := &spot{text: text, tokens: tokens, cursor: cursor, at: Extent{cursor, cursor}, trail: trail{fields: fields}}
	if !ok && (len(tokens) < 2 || tokens[len(tokens)-2].at.Start < cursor) || inComment(comments, cursor) {
		return s, false
	}
	k := s.tokenAt()
	s.from, s.to = k, k
	s.follow(k)
	s.find(k)
	return s, true
}

// tokensOf reads a text that need not be valid UTF-8.
func tokensOf(text string) (tokens []token, comments []Comment, ok bool) {
	return scan(text, &faults{})
}

// valid is a text with one character for each byte that is none, so that
// positions stay as they are.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	b := []byte(text)
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			b[i] = '?'
		}
		i += n
	}
	return string(b)
}

// snap brings a cursor into the text and to the beginning of its character.
func snap(text string, cursor int) int {
	cursor = min(max(cursor, 0), len(text))
	for cursor < len(text) && !utf8.RuneStart(text[cursor]) {
		cursor--
	}
	return cursor
}

func inComment(comments []Comment, cursor int) bool {
	i := sort.Search(len(comments), func(i int) bool { return comments[i].At.End >= cursor })
	return i < len(comments) && comments[i].At.Start < cursor
}

// tokenAt is the token that the cursor is in, at the end of (where more could
// be typed to it), or before.
func (s *spot) tokenAt() int {
	k := sort.Search(len(s.tokens)-1, func(i int) bool { return s.tokens[i].at.End >= s.cursor })
	if t := s.tokens[k]; t.at.End == s.cursor && t.kind != tokEnd && !s.grows(t) {
		k++
	}
	return k
}

// grows reports whether a character typed at the end of the token would
// belong to it.
func (s *spot) grows(t token) bool {
	switch t.kind {
	case tokIdent, tokNumber, tokDuration, tokDate:
		return !t.quoted || t.bad
	case tokString:
		return s.unclosed(t)
	case tokBad:
		return t.text == "^" || t.text == "$"
	}
	return t.kind >= tokAnd
}

// unclosed reports whether a string, or a name in backticks, lacks its end.
func (s *spot) unclosed(t token) bool {
	if !t.bad {
		return false
	}
	var found faults
	again := scanner{text: s.text[:t.at.End], pos: t.at.Start, faults: &found}
	again.next()
	return found.has("unterminated_string") || found.has("unterminated_name")
}

// follow brings the trail to before a token.
func (s *spot) follow(to int) {
	if s.trail.at == to {
		return
	}
	s.trail = trail{fields: s.trail.fields}
	for _, t := range s.tokens[:to] {
		s.trail.step(t)
	}
}

// find settles what is replaced; k is the token at the cursor.
func (s *spot) find(k int) {
	w, t := &s.trail, s.tokens[k]
	touched := t.kind != tokEnd && (t.at.Start < s.cursor || t.at.Start == s.cursor && s.replaceable(t))
	switch {
	case t.kind == tokString && t.at.Start < s.cursor:
		s.string(k)
	case w.place == inPath:
		s.path(w.pathAt, k)
	case w.loose > 0 && (w.loose == s.cursor || touched && t.at.Start == w.loose && joinsLoose(t.kind)):
		s.value(w.value, k, touched)
	case !touched:
	case w.place == atCondition && t.kind != tokString:
		s.path(k, k)
	case w.place == atDuration:
		s.unit(k)
	case w.place == atValue || w.place == afterHas || w.place == atElement:
		s.value(k, k, true)
	case w.place == afterCondition:
		s.word(k, k+1)
	default:
		s.word(k, operatorEnd(s.tokens, k))
	}
}

// replaceable reports whether a token that begins at the cursor is what the
// cursor is about: it stands where it may, and is no punctuation.
func (s *spot) replaceable(t token) bool {
	switch t.kind {
	case tokOpen, tokClose, tokComma, tokDot, tokPlus, tokMinus, tokBad:
		return false
	}
	w := s.trail
	return w.step(t)
}

// word replaces tokens [from, to).
func (s *spot) word(from, to int) {
	s.from, s.to, s.part = from, to, inWord
	s.at = Extent{s.tokens[from].at.Start, max(s.cursor, s.tokens[to-1].at.End)}
	if last := s.tokens[to-1]; last.quoted && s.unclosed(last) {
		s.at.End = s.restOfWord(last.at.End)
	}
	typed := strings.Map(func(r rune) rune {
		if r = foldRune(r); r == '`' || r == ' ' || r == '\n' || r == '\t' || r == '\r' {
			return -1
		}
		return r
	}, s.text[s.at.Start:s.cursor])
	s.typed = schema.Fold(typed)
}

// restOfWord is where the word around the cursor ends: what has no end of its
// own takes the rest of the line along, which is hardly meant.
func (s *spot) restOfWord(end int) int {
	if i := strings.IndexAny(s.text[s.cursor:end], " 　\t\r\n,、)）\"'`"); i >= 0 {
		return s.cursor + i
	}
	return end
}

// path replaces the path that begins at a token; k is the token at the cursor.
func (s *spot) path(from, k int) {
	to := max(k, from+1)
	for s.continues(s.tokens[to-1], s.tokens[to]) {
		to++
	}
	s.follow(from)
	s.word(from, to)
}

// continues reports whether a token belongs to the path that the one before it
// is part of. AND behind a dot reads as a name, but where the cursor stands
// between them it is what follows the condition.
func (s *spot) continues(last, next token) bool {
	if last.kind != tokDot {
		return next.kind == tokDot
	}
	_, reserved := keyword(next.text)
	return next.kind == tokIdent && (!reserved || next.at.Start <= max(last.at.End, s.cursor))
}

// value replaces a value that is no string, with what touches it where it is
// one without quotes or a date that is not written out.
func (s *spot) value(from, k int, touched bool) {
	to := k
	if touched {
		to++
	}
	s.follow(from)
	first := s.tokens[from]
	f, known := s.trail.field()
	loose := !known || f.Kind == schema.String || f.Kind == schema.List
	loose = loose && first.kind == tokIdent && !isDateWord(first.text) || f.Kind == schema.Date && first.kind == tokNumber
	for loose && s.tokens[to].at.Start == s.tokens[to-1].at.End && joinsLoose(s.tokens[to].kind) {
		to++
	}
	s.word(from, to)
}

// string completes the content of a string.
func (s *spot) string(k int) {
	t := s.tokens[k]
	s.from, s.to, s.part, s.at = k, k+1, inString, t.at
	if s.unclosed(t) {
		s.at.End = s.restOfWord(t.at.End)
	}
	s.written = s.stringIn(Extent{t.at.Start, s.at.End})
	s.typed = schema.Fold(s.stringIn(Extent{t.at.Start, s.cursor}))
}

// stringIn is the content of a string that may lack its end.
func (s *spot) stringIn(at Extent) string {
	cut := scanner{text: s.text[:at.End], pos: at.Start, faults: &faults{}}
	cut.string()
	return cut.tokens[0].text
}

// unit completes what stands behind the digits of a duration.
func (s *spot) unit(k int) {
	t := s.tokens[k]
	digits := len(s.text[t.at.Start:t.at.End])
	for i, r := range s.text[t.at.Start:t.at.End] {
		if !isDigit(foldRune(r)) {
			digits = i
			break
		}
	}
	unit := Extent{t.at.Start + digits, t.at.End}
	if s.cursor < unit.Start || t.kind != tokNumber && t.kind != tokDuration {
		s.word(k, k+1)
		return
	}
	s.from, s.to, s.part, s.at = k, k+1, inUnit, unit
	s.typed = schema.Fold(s.text[unit.Start:s.cursor])
}

// operatorEnd is the end of the operator, of several words perhaps, that
// begins at a token.
func operatorEnd(tokens []token, k int) int {
	for {
		t, next := tokens[k], tokens[k+1]
		switch {
		case t.kind == tokNot && (next.kind == tokIn || next.kind == tokBetween || next.kind == tokHas || next.kind == tokSet):
		case t.kind == tokHas && (next.kind == tokAny || next.kind == tokAll):
		case t.kind == tokIs && (next.kind == tokNot || next.kind == tokSet || next.kind == tokUnset):
		default:
			return k + 1
		}
		k++
	}
}
