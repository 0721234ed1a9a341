package schema

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold brings text to the form in which strings are compared, searched and
// sorted: compatibility composition (NFKC), which also joins half-width kana
// with their marks and narrows full-width letters; case folding; hiragana to
// katakana; Latin letters without their diacritics; runs of white space to one
// space, none at either end. The result is stable: Fold(Fold(s)) == Fold(s).
// Text that folds to "" is called blank. Cost: about 20 ns for short ASCII or
// kanji, 0.4 µs for 20 hiragana, 5 µs where half-width kana or accents need
// the tables of Unicode.
func Fold(s string) string {
	if folded, ok := foldPlain(s); ok {
		return folded
	}
	// One pass can bring together what the next composes (a mark that now
	// follows another base), so repeat until nothing moves. Two passes are
	// enough for all but contrived text; the bound keeps hostile text cheap.
	for range 6 {
		next := foldOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// foldPlain folds text whose characters fold one by one, which nearly all are:
// ASCII, unified kanji, full kana and full-width ASCII, none of them beside a
// mark. It gives what foldOnce gives, 50 times faster; a test holds that.
func foldPlain(s string) (string, bool) {
	clean, blank := true, true // folded already; the character before is a blank, or none
	for _, r := range s {
		if r > ' ' && r < 'A' || r > 'Z' && r < 0x7f { // most of all text
			blank = false
			continue
		}
		f, ok := foldRune(r)
		if !ok {
			return "", false
		}
		clean = clean && f == r && !(blank && f == ' ')
		blank = f == ' '
	}
	if clean && !(blank && s != "") {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for _, r := range s {
		f, _ := foldRune(r)
		if f == ' ' && (len(b) == 0 || b[len(b)-1] == ' ') {
			continue
		}
		b = utf8.AppendRune(b, f)
	}
	if n := len(b); n > 0 && b[n-1] == ' ' {
		b = b[:n-1]
	}
	return string(b), true
}

// foldRune folds a character that folds alone, whatever stands beside it as
// long as that does too.
func foldRune(r rune) (rune, bool) {
	switch {
	case r <= ' ' || r == 0x7f || r == '\u3000':
		return ' ', true
	case r >= 'A' && r <= 'Z':
		return r + ('a' - 'A'), true
	case r < 0x7f:
		return r, true
	case r >= '一' && r <= '\u9fff', r >= 'ァ' && r <= 'ー', r == '々', r == '、', r == '。':
		return r, true
	case r >= 'ぁ' && r <= 'ゖ':
		return katakana(r), true
	case r >= '！' && r <= '～':
		return foldRune(r - '！' + '!')
	}
	return 0, false
}

func foldOnce(s string) string {
	s = cases.Fold().String(norm.NFKC.String(s))
	var b strings.Builder
	b.Grow(len(s))
	latin := false // the last base letter was Latin
	for _, r := range norm.NFD.String(s) {
		if unicode.Is(unicode.Mn, r) && latin {
			continue
		}
		if !unicode.Is(unicode.Mn, r) {
			latin = unicode.Is(unicode.Latin, r)
		}
		b.WriteRune(katakana(r))
	}
	return joinWords(norm.NFKC.String(b.String()))
}

// katakana maps a hiragana letter or iteration mark to its katakana.
func katakana(r rune) rune {
	if r >= 'ぁ' && r <= 'ゖ' || r == 'ゝ' || r == 'ゞ' {
		return r + ('ァ' - 'ぁ')
	}
	return r
}

// joinWords puts one space between runs of anything that is not white space
// or a control character.
func joinWords(s string) string {
	return strings.Join(strings.FieldsFunc(s, isBlank), " ")
}

func isBlank(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// FoldQuick is Fold for quick search: variant kanji of names are folded too
// (髙 to 高, 﨑 to 崎, 邊 and 邉 to 辺).
func FoldQuick(s string) string { return PlainKanji(Fold(s)) }

// PlainKanji is what FoldQuick does beyond Fold, for text that is folded
// already.
func PlainKanji(folded string) string {
	return strings.Map(func(r rune) rune {
		if v, ok := variantKanji(r); ok {
			return v
		}
		return r
	}, folded)
}
