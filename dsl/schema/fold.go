package schema

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold brings text to the form in which strings are compared, searched and
// sorted: compatibility composition (NFKC), which also joins half-width kana
// with their marks and narrows full-width letters; case folding; hiragana to
// katakana; Latin letters without their diacritics; runs of white space to one
// space, none at either end. The result is stable: Fold(Fold(s)) == Fold(s).
// Text that folds to "" is called blank. Cost: about 20 ns for short ASCII,
// about 1 µs for 20 Japanese characters.
func Fold(s string) string {
	if folded, ok := foldASCII(s); ok {
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

func foldASCII(s string) (string, bool) {
	clean := true // already folded
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 {
			return "", false
		}
		space := c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ')
		if c < ' ' || c == 0x7f || c >= 'A' && c <= 'Z' || space {
			clean = false
		}
	}
	if clean {
		return s, true
	}
	return joinWords(strings.ToLower(s)), true
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
func FoldQuick(s string) string {
	return strings.Map(func(r rune) rune {
		if v, ok := variantKanji(r); ok {
			return v
		}
		return r
	}, Fold(s))
}
