package dsl

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A scanner cuts a text into tokens. It stops at the first limit that the text
// breaks, and when there are diagnostics enough: what lies behind is not read.
type scanner struct {
	text     string
	pos      int
	tokens   []token
	comments []Comment
	limits   limiter
	faults   *faults
	stopped  bool
}

// scan reads the whole text; ok is false when a limit, its encoding or the
// number of its faults stopped it.
func scan(text string, faults *faults) (tokens []token, comments []Comment, ok bool) {
	if len(text) > MaxText {
		faults.add(*limit("too_long", Extent{MaxText, len(text)}, say("条件は %d バイトまでです（%d バイトあります）。", "a filter has at most %d bytes, not %d", MaxText, len(text))))
		return nil, nil, false
	}
	if i := invalidUTF8(text); i >= 0 {
		faults.add(fault{code: "bad_utf8", at: Extent{i, i + 1}, message: say("UTF-8 ではない文字があります。", "the text is not valid UTF-8 here")})
		return nil, nil, false
	}
	s := &scanner{text: text, faults: faults, limits: newLimiter()}
	for s.pos < len(text) && !s.stopped && !faults.full {
		s.next()
	}
	s.emit(token{kind: tokEnd, at: Extent{len(text), len(text)}})
	return s.tokens, s.comments, !s.stopped && !faults.full
}

func invalidUTF8(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i, r := range text {
		if _, n := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && n == 1 {
			return i
		}
	}
	return -1
}

func (s *scanner) next() {
	r, n := s.at(s.pos)
	switch {
	case r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\v' || r == '\f':
		s.pos += n
	case r == '#':
		s.comment(n)
	case r == '"' || r == '\'':
		s.string()
	case r == '`':
		s.backticks(n)
	case isDigit(r):
		s.number()
	case nameStart(r):
		s.name()
	case r == 'ー':
		s.one(tokMinus, "-", n)
	default:
		s.symbol(r, n)
	}
}

// at is the folded character at an offset and its size in the original text;
// 0 at the end.
func (s *scanner) at(offset int) (rune, int) {
	r, n := runeAt(s.text, offset)
	return foldRune(r), n
}

// run is the folded text from an offset on, as long as keep holds.
func (s *scanner) run(from int, keep func(before, r rune) bool) (folded string, end int) {
	end = from
	plain := true
	var before rune
	for end < len(s.text) {
		r, n := s.at(end)
		if !keep(before, r) {
			break
		}
		plain = plain && r < 0x80 && n == 1
		before = r
		end += n
	}
	if plain {
		return s.text[from:end], end
	}
	return strings.Map(foldRune, s.text[from:end]), end
}

// emit appends a token, and stops the scan when a limit is broken.
func (s *scanner) emit(t token) {
	if broken := s.limits.see(t); broken != nil && !s.stopped {
		s.faults.add(*broken)
		s.stopped = true
	}
	s.tokens = push(s.tokens, t)
}

// push appends, and doubles a full list: append alone copies a long one five
// times as often.
func push[T any](list []T, one T) []T {
	if len(list) == cap(list) {
		list = slices.Grow(list, max(len(list), 8))
	}
	return append(list, one)
}

// one emits a token of the next n bytes.
func (s *scanner) one(kind tokenKind, text string, n int) {
	s.emit(token{kind: kind, text: text, at: Extent{s.pos, s.pos + n}})
	s.pos += n
}

func (s *scanner) comment(sign int) {
	line, _, _ := strings.Cut(s.text[s.pos:], "\n")
	start := strings.LastIndexByte(s.text[:s.pos], '\n') + 1
	own := len(s.tokens) == 0 || s.tokens[len(s.tokens)-1].at.End <= start
	if len(s.comments) == MaxComments && !s.stopped {
		s.faults.add(*limit("too_many_comments", Extent{s.pos, s.pos + len(line)}, say("コメントは %d 個までです。", "a filter has at most %d comments", MaxComments)))
		s.stopped = true
	}
	s.comments = push(s.comments, Comment{Text: strings.TrimSpace(line[sign:]), At: Extent{s.pos, s.pos + len(line)}, OwnLine: own})
	s.pos += len(line)
}

func (s *scanner) name() {
	text, end := s.run(s.pos, namePart)
	kind := tokIdent
	if k, ok := keyword(text); ok && !s.afterDot() {
		kind, text = k, strings.ToUpper(text)
	} else if ours, k, ok := japaneseWord(text); ok && !s.afterDot() {
		s.foreign(text, ours, k, end)
		return
	}
	s.one(kind, text, end-s.pos)
}

// japaneseWord finds words that people put for AND and OR.
func japaneseWord(text string) (ours string, kind tokenKind, ok bool) {
	switch text {
	case "かつ", "且つ", "及び", "および":
		return "AND", tokAnd, true
	case "または", "又は", "もしくは", "あるいは":
		return "OR", tokOr, true
	}
	return "", 0, false
}

// reserved reports whether a name needs backticks where no dot stands before it.
func reserved(name string) bool {
	_, ours := keyword(name)
	_, _, theirs := japaneseWord(name)
	return ours || theirs
}

func (s *scanner) afterDot() bool {
	return len(s.tokens) > 0 && s.tokens[len(s.tokens)-1].kind == tokDot
}

func (s *scanner) backticks(sign int) {
	from := s.pos + sign
	_, end := s.run(from, func(_, r rune) bool { return r != '`' && r != '\n' })
	r, n := s.at(end)
	if r == '`' {
		s.names(s.text[from:end], sign, n)
		return
	}
	t := token{kind: tokIdent, bad: true, quoted: true, text: s.text[from:end], at: Extent{s.pos, end}}
	s.faults.add(fault{code: "unterminated_name", at: t.at, expected: []string{"`"},
		message: say("バッククォートで始まる項目名が閉じていません。", "a name in backticks is not closed"),
		fixes:   []change{replace(Extent{end, end}, "`"), replace(Extent{s.pos, from}, "")}})
	s.emit(t)
	s.pos = end
}

// names emits what stands between backticks. Dots divide it into names as they
// do outside: a key has no other way to hold one, and `a.b` is a.b.
func (s *scanner) names(quoted string, open, shut int) {
	parts := strings.Split(quoted, ".")
	whole := Extent{s.pos, s.pos + open + len(quoted) + shut}
	if slices.Contains(parts, "") {
		s.faults.add(fault{code: "expected_field", at: whole, expected: []string{"field"}, message: say("項目名が空です。", "the name of the field is empty")})
	}
	at := Extent{whole.Start, whole.Start + open}
	for i, part := range parts {
		if i > 0 {
			s.emit(token{kind: tokDot, text: ".", at: Extent{at.End, at.End + 1}})
			at = Extent{at.End + 1, at.End + 1}
		}
		if at.End += len(part); i == len(parts)-1 {
			at.End = whole.End
		}
		s.emit(token{kind: tokIdent, quoted: true, bad: part == "", text: part, at: at})
	}
	s.pos = whole.End
}
