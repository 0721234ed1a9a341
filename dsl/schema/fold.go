package schema

import (
	"strings"
	"sync"
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
// kanji, 0.4 µs for 20 kana, 5 µs where combining marks or other scripts need
// the tables of Unicode.
func Fold(s string) string {
	if folded, ok := foldPlain(s); ok {
		return folded
	}
	// One pass can bring together what the next composes (a mark that now
	// follows another base), so repeat until nothing moves. Two passes are
	// enough for all but contrived text; the bound keeps hostile text cheap.
	for range 6 {
		cased := compatible(s)
		if folded, ok := foldPlain(cased); ok {
			return folded
		}
		next, ok := bareComposed(cased)
		if !ok {
			next = bare(cased)
		}
		if next == s {
			break
		}
		s = next
	}
	return s
}

// foldPlain folds text whose characters fold one by one, which nearly all are:
// ASCII, unified kanji, kana of full and half width, full-width ASCII, Hangul,
// emoji and the letters of Europe, with no other marks than those of half-width kana
// and those behind Latin letters. It gives what foldOnce gives, 50 times
// faster; a test holds that.
func foldPlain(s string) (string, bool) {
	plain, clean := isPlain(s)
	if !plain || clean {
		return s, plain
	}
	return plainFolded(s), true
}

// isPlain reports whether foldPlain takes a text, and whether it is folded
// already.
func isPlain(s string) (plain, clean bool) {
	clean = true
	blank := true // the character before is a blank, or none
	var before rune
	for _, r := range s {
		if r > ' ' && r < 'A' || r > 'Z' && r < 0x7f { // most of all text
			blank, before = false, r
			continue
		}
		f, ok := foldRune(r)
		if !ok {
			if f, ok = withMark(before, r); !ok {
				return false, false
			}
		}
		clean = clean && f == r && !(blank && f == ' ')
		blank, before = f == ' ', f
	}
	return true, clean && !(blank && s != "")
}

// plainFolded folds text that foldPlain takes.
func plainFolded(s string) string {
	b := make([]byte, 0, len(s))
	var before rune
	for _, r := range s {
		f, ok := foldRune(r)
		if !ok {
			f, _ = withMark(before, r)
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

// withMark is what becomes of a folded character and a mark behind it, where
// that is one character.
func withMark(before, mark rune) (rune, bool) {
	if mark >= 0x300 && mark <= 0x36f && mark != 0x345 { // ͅ folds to a letter
		return before, before >= 'a' && before <= 'z' || before > 0x7f && unicode.Is(unicode.Latin, before)
	}
	return voiced(before, mark)
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
	case r >= '가' && r <= '힣', r >= 0x1f300 && r <= 0x1faff, r == '\u200d': // Hangul, emoji and what joins them
		return r, true
	case r >= '｡' && r <= 'ﾝ':
		return wideKana[r-'｡'], true
	case r >= firstLetter && r <= lastLetter:
		f := letters()[r-firstLetter]
		return f, f != 0
	}
	return 0, false
}

// The letters of Europe are between these.
const firstLetter, lastLetter = 'À', 'ỿ'

// letters are the Latin, Greek and Cyrillic letters beyond ASCII that fold to
// one character, as that character; 0 stands for all others. Making the table
// takes some milliseconds, once.
var letters = sync.OnceValue(func() *[lastLetter - firstLetter + 1]rune {
	var table [lastLetter - firstLetter + 1]rune
	for r := firstLetter; r <= lastLetter; r++ {
		if !unicode.IsLetter(r) || !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
			continue
		}
		folded := strings.TrimPrefix(foldOnce("a"+string(r)), "a") // not with a space before it, as ͺ
		if first, n := utf8.DecodeRuneInString(folded); n == len(folded) {
			table[r-firstLetter] = first
		}
	}
	return &table
})

// foldOnce is one pass of folding.
func foldOnce(s string) string { return bare(compatible(s)) }

// compatible is the compatibility form of a text without case.
func compatible(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// bare takes the diacritics of Latin letters away, makes katakana of hiragana
// and puts words beside one another.
func bare(s string) string {
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

// bareComposed is bare without taking the text apart. It refuses text that is
// not composed, and text in which something could compose anew.
func bareComposed(s string) (string, bool) {
	if !norm.NFKC.IsNormalString(s) {
		return "", false
	}
	b := make([]byte, 0, len(s))
	latin, replaced := false, false // the last base letter was
	for _, r := range s {
		if unicode.Is(unicode.Mn, r) {
			if replaced && !latin { // わ and ゙ are nothing, ワ and ゙ are ヷ
				return "", false
			}
			if !latin {
				b = utf8.AppendRune(b, r)
			}
			continue
		}
		if latin && unicode.Is(unicode.Mc, r) { // signs of India that hold a mark
			return "", false
		}
		latin = unicode.Is(unicode.Latin, r)
		plain := katakana(r)
		if latin {
			var ok bool
			if plain, ok = foldRune(r); !ok {
				return "", false
			}
		}
		replaced = plain != r
		b = utf8.AppendRune(b, plain)
	}
	return joinWords(string(b)), true
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

// FoldsPlainly reports whether a text folds character by character, which costs
// some ns a byte. What holds combining marks or letters of other scripts than
// those of Japan, Korea and Europe takes up to 200 ns.
func FoldsPlainly(s string) bool {
	plain, _ := isPlain(s)
	return plain
}

// IsBlank reports whether a text folds to nothing. It folds no text that holds
// a letter or a digit, which are never lost.
func IsBlank(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return false
		}
	}
	return Fold(s) == ""
}

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
