package dsl

import "unicode"

// foldRune maps what a Japanese keyboard or a word processor types outside
// strings to the character that the language knows. One character becomes one
// character, so positions stay those of the original text.
func foldRune(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r >= '！' && r <= '～': // full-width ASCII
		return r - '！' + '!'
	case unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff':
		return ' '
	}
	switch r {
	case '、', '､', '，':
		return ','
	case '。', '｡':
		return '.'
	case '〜', '∼', '˜':
		return '~'
	case '−', '‐', '‑', '–', '—':
		return '-'
	case '“', '”', '„', '‟', '″', '「', '」', '『', '』', '｢', '｣':
		return '"'
	case '‘', '’', '‚', '‛', '′':
		return '\''
	}
	return r
}

// closes reports whether r ends a string that began with open. An ASCII quote
// ends only with itself, so that a string may hold typographic ones; these end
// with any quote of their kind, Japanese brackets with their partner.
func closes(open, r rune) bool {
	switch open {
	case '"', '\'':
		return r == open
	case '「':
		return r == '」'
	case '『':
		return r == '』'
	case '｢':
		return r == '｣'
	}
	return foldRune(r) == foldRune(open)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isASCIILetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }

// nameStart and namePart: letters of any script, so that a label or an
// unquoted word is one token that a diagnostic can name. The long vowel mark
// is a letter only after kana: an input method types it for a minus.
func nameStart(r rune) bool {
	return isASCIILetter(r) || r == '_' || r >= 0x80 && r != 'ー' && unicode.IsLetter(r)
}

func namePart(before, r rune) bool {
	switch {
	case isASCIILetter(r) || isDigit(r) || r == '_':
		return true
	case r == 'ー':
		return before >= 0x80
	}
	return r >= 0x80 && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}
