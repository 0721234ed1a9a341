package dsl

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a quoted string. It ends on its line: a quote that was
// forgotten then spoils one line only.
func (s *scanner) string() {
	open, n := runeAt(s.text, s.pos)
	start := s.pos
	s.pos += n
	if end, ok := s.plainString(open); ok { // nothing to decode: share the text's bytes
		s.pos = end
		_, quote := runeAt(s.text, end)
		s.emit(token{kind: tokString, text: s.text[start+n : end], at: Extent{start, end + quote}})
		s.pos = end + quote
		return
	}
	var b strings.Builder
	t := token{kind: tokString}
	for {
		r, n := runeAt(s.text, s.pos)
		switch {
		case n == 0 || r == '\n':
			t.bad = true
			s.unterminated(open, start)
		case closes(open, r):
			s.pos += n
		case r == '\\' && s.faults.full: // nothing more is said, so nothing is looked at
			s.pos = len(s.text)
			t.bad = true
		case r == '\\':
			t.bad = !s.escape(&b) || t.bad
			continue
		default:
			b.WriteString(s.text[s.pos : s.pos+n])
			s.pos += n
			continue
		}
		break
	}
	t.text, t.at = b.String(), Extent{start, s.pos}
	s.emit(t)
}

func (s *scanner) plainString(open rune) (end int, ok bool) {
	for i := s.pos; i < len(s.text); {
		r, n := runeAt(s.text, i)
		switch {
		case closes(open, r):
			return i, true
		case r == '\\' || r == '\n':
			return 0, false
		}
		i += n
	}
	return 0, false
}

func (s *scanner) unterminated(open rune, start int) {
	line := s.text[start:s.pos]
	end := start + len(strings.TrimRight(line, " \t\r"))
	_, size := runeAt(s.text, start)
	fixes := []change{replace(Extent{end, end}, partner(open))}
	for i, r := range line[size:] { // “x" closed with another quote, or "x”
		if foldRune(r) == foldRune(open) {
			at := start + size + i
			fixes = append([]change{replace(Extent{at, at + utf8.RuneLen(r)}, partner(open))}, fixes...)
			break
		}
	}
	// A bracket or another condition behind the word is not part of it.
	if i := strings.IndexAny(line[size:], " )　）"); i > 0 {
		at := start + size + i
		fixes = append(fixes, replace(Extent{at, at}, partner(open)))
	}
	s.faults.add(fault{code: "unterminated_string", at: Extent{start, end}, expected: []string{partner(open)},
		message: say("文字列が閉じていません。行の終わりまでに %s が必要です。", "the string is not closed; it needs %s before the end of the line", partner(open)),
		fixes:   fixes})
}

// partner is the quote that ends a string.
func partner(open rune) string {
	switch open {
	case '「':
		return "」"
	case '『':
		return "』"
	case '｢':
		return "｣"
	case '“', '„':
		return "”"
	case '‘', '‚':
		return "’"
	}
	return string(open)
}

// escape reads a backslash and what follows; false when it means nothing,
// which is reported.
func (s *scanner) escape(b *strings.Builder) bool {
	start := s.pos
	r, n := runeAt(s.text, s.pos+1)
	s.pos += 1 + n
	switch {
	case n == 0 || r == '\n':
		s.pos = start + 1
		return true // the string is unterminated: reported as that
	case r == 'n':
		b.WriteByte('\n')
	case r == 't':
		b.WriteByte('\t')
	case r == 'r':
		b.WriteByte('\r')
	case r == '\\' || foldRune(r) == '"' || foldRune(r) == '\'':
		b.WriteRune(r)
	case r == 'u':
		decoded, ok := s.unicodeEscape()
		if !ok {
			return s.badEscape(start)
		}
		b.WriteRune(decoded)
	default:
		return s.badEscape(start)
	}
	return true
}

// unicodeEscape reads the four digits after \u, or a pair of surrogates.
func (s *scanner) unicodeEscape() (rune, bool) {
	first, ok := s.fourHex()
	if !ok {
		return 0, false
	}
	if !utf16.IsSurrogate(first) {
		return first, true
	}
	if !strings.HasPrefix(s.text[s.pos:], `\u`) {
		return 0, false
	}
	s.pos += 2
	second, ok := s.fourHex()
	pair := utf16.DecodeRune(first, second)
	return pair, ok && pair != utf8.RuneError
}

func (s *scanner) fourHex() (rune, bool) {
	if len(s.text) < s.pos+4 {
		return 0, false
	}
	n, err := strconv.ParseUint(s.text[s.pos:s.pos+4], 16, 32)
	if err != nil {
		return 0, false
	}
	s.pos += 4
	return rune(n), true
}

func (s *scanner) badEscape(start int) bool {
	if s.faults.full { // a hostile string has half a million
		return false
	}
	s.faults.add(fault{code: "bad_escape", at: Extent{start, s.pos}, expected: []string{`\\`, `\"`, `\'`, `\n`, `\t`, `\r`, `\uXXXX`},
		message: say("「%s」という書き方はありません。逆スラッシュそのものは \\\\ と書きます。", "%s means nothing in a string; write \\\\ for a backslash", s.text[start:s.pos]),
		fixes:   []change{replace(Extent{start, start + 1}, `\\`)}})
	return false
}
