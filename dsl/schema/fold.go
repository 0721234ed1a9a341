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
// kanji, 0.4 µs for 20 kana, 5 µs where accents or other marks need the tables
// of Unicode.
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
// ASCII, unified kanji, kana of full and half width and full-width ASCII, with
// no other marks than those of half-width kana. It gives what foldOnce gives,
// 50 times faster; a test holds that.
func foldPlain(s string) (string, bool) {
	clean, blank := true, true // folded already; the character before is a blank, or none
	var before rune
	for _, r := range s {
		if r > ' ' && r < 'A' || r > 'Z' && r < 0x7f { // most of all text
			blank, before = false, r
			continue
		}
		f, ok := foldRune(r)
		if !ok {
			if _, ok = voiced(before, r); !ok {
				return "", false
			}
		}
		clean = clean && f == r && !(blank && f == ' ')
		blank, before = f == ' ', f
	}
	if clean && !(blank && s != "") {
		return s, true
	}
	return plainFolded(s), true
}

// plainFolded folds text that foldPlain takes.
func plainFolded(s string) string {
	b := make([]byte, 0, len(s))
	var before rune
	for _, r := range s {
		f, ok := foldRune(r)
		if !ok {
			f, _ = voiced(before, r)
			b = b[:len(b)-utf8.RuneLen(before)]
		}
		before = f
		if f == ' ' && (len(b) == 0 || b[len(b)-1] == ' ') {
			continue
		}
		b = utf8.AppendRune(b, f)
	}
	if n := len(b); n > 0 && b[n-1] == ' ' {
		b = b[:n-1]
	}
	return string(b)
}

// voiced joins a katakana and the half-width sound mark behind it, where the
// two are one character: カ and ﾞ are ガ.
func voiced(kana, mark rune) (rune, bool) {
	switch mark {
	case 'ﾞ':
		switch {
		case strings.ContainsRune("カキクケコサシスセソタチツテトハヒフヘホ", kana):
			return kana + 1, true
		case kana == 'ウ':
			return 'ヴ', true
		}
	case 'ﾟ':
		if strings.ContainsRune("ハヒフヘホ", kana) {
			return kana + 2, true
		}
	}
	return 0, false
}

// wideKana are the characters of full width for the half-width ones from ｡ to
// ﾝ.
var wideKana = [...]rune{
	'。', '「', '」', '、', '・', 'ヲ', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ャ', 'ュ', 'ョ', 'ッ', 'ー', 'ア', 'イ', 'ウ', 'エ', 'オ', 'カ', 'キ', 'ク', 'ケ', 'コ',
	'サ', 'シ', 'ス', 'セ', 'ソ', 'タ', 'チ', 'ツ', 'テ', 'ト', 'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ', 'マ', 'ミ', 'ム', 'メ', 'モ',
	'ヤ', 'ユ', 'ヨ', 'ラ', 'リ', 'ル', 'レ', 'ロ', 'ワ', 'ン',
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
	case r >= '｡' && r <= 'ﾝ':
		return wideKana[r-'｡'], true
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
