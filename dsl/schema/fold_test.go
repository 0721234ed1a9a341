package schema

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{" \t\u3000\u00a0", ""},
		{"\x00\x1f\x7f\u0085", ""},
		{"abc", "abc"},
		{"ABC", "abc"},
		{"ＡＢＣ　１２３", "abc 123"},
		{"  a \r\n b  ", "a b"},
		{"a\x00b", "a b"},
		{"ﾀﾅｶ", "タナカ"},
		{"ｶﾞｷﾞｸﾞﾊﾟ", "ガギグパ"},
		{"たなか", "タナカ"},
		{"か\u3099", "ガ"},
		{"がぎ", "ガギ"},
		{"ゞ ゝ ゔ ゕ ゖ", "ヾ ヽ ヴ ヵ ヶ"},
		{"コーヒー", "コーヒー"},
		{"ｺｰﾋｰ", "コーヒー"},
		{"㈱山田", "(株)山田"},
		{"（株）山田", "(株)山田"},
		{"㌔", "キロ"},
		{"①Ⅷ", "1viii"},
		{"Café", "cafe"},
		{"Cafe\u0301", "cafe"},
		{"ÀÉÎÕÜ ñ ç ø", "aeiou n c ø"},
		{"Straße", "strasse"},
		{"İstanbul", "istanbul"},
		{"ﬁ", "fi"},
		{"髙橋", "髙橋"}, // variants of kanji are quick search's
		{"が", "ガ"},
		{"й ё", "й ё"}, // marks of other scripts are letters of their own
		{"ά", "ά"},
		{"한국어", "한국어"},
		{"👨\u200d👩", "👨\u200d👩"},
		{"～〜", "~〜"},
		{"a\u2028b", "a b"},
		{"\ufffd", "\ufffd"},
	}
	for _, test := range tests {
		if got := Fold(test.in); got != test.want {
			t.Errorf("Fold(%q) = %q, want %q", test.in, got, test.want)
		}
		if again := Fold(Fold(test.in)); again != test.want {
			t.Errorf("Fold twice of %q = %q, want %q", test.in, again, test.want)
		}
	}
}

func TestFoldQuick(t *testing.T) {
	tests := []struct{ in, want string }{
		{"髙橋", "高橋"},
		{"山﨑", "山崎"},
		{"渡邊 渡邉 渡辺", "渡辺 渡辺 渡辺"},
		{"齋藤 斎藤 齊藤 斉藤", "斉藤 斉藤 斉藤 斉藤"},
		{"澤 濵 濱 廣 國", "沢 浜 浜 広 国"},
		{"𠮷野家", "吉野家"},
		{"ﾀﾅｶ TARO", "タナカ taro"},
	}
	for _, test := range tests {
		if got := FoldQuick(test.in); got != test.want {
			t.Errorf("FoldQuick(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// A plain kanji is no variant itself, and is what Fold leaves it.
func TestVariantsLeadToPlainKanji(t *testing.T) {
	variants := 0
	for r := rune(0x3400); r < 0x30000; r++ {
		plain, ok := variantKanji(r)
		if !ok {
			continue
		}
		variants++
		if again, twice := variantKanji(plain); twice {
			t.Errorf("%c leads to %c, which leads to %c", r, plain, again)
		}
		if Fold(string(plain)) != string(plain) || Fold(string(r)) != string(r) {
			t.Errorf("%c to %c: Fold changes one of them", r, plain)
		}
	}
	if variants < 30 {
		t.Errorf("%d variants", variants)
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"", "ＡＢＣ", "ｶﾞ", "か\u3099", "Cafe\u0301", "a \u0301", "¨", "ǅ\u0345", "İ", "ﷺ", "\u1100\u1161\u11a8", "a\x00\u0301\u3099", "ᾳ\u0301", "\u0f71\u0f72", "゛\u3099"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip() // refused before it is folded
		}
		folded := Fold(s)
		if again := Fold(folded); again != folded {
			t.Errorf("Fold(%+q) = %+q, folded again %+q", s, folded, again)
		}
		if !utf8.ValidString(folded) || strings.TrimSpace(folded) != folded || strings.Contains(folded, "  ") || strings.ContainsFunc(folded, func(r rune) bool { return r != ' ' && isBlank(r) }) {
			t.Errorf("Fold(%+q) = %+q", s, folded)
		}
		if plain, ok := foldPlain(s); ok {
			if slow := foldOnce(s); plain != slow {
				t.Errorf("foldPlain(%+q) = %+q, foldOnce %+q", s, plain, slow)
			}
		}
		quick := FoldQuick(s)
		if again := FoldQuick(quick); again != quick || Fold(quick) != quick {
			t.Errorf("FoldQuick(%+q) = %+q, again %+q, folded %+q", s, quick, again, Fold(quick))
		}
	})
}

// The short way folds every character as the long way does, alone and beside
// each kind of neighbour.
func TestFoldPlainIsFold(t *testing.T) {
	plain := 0
	for r := rune(0); r <= 0x1ffff; r++ {
		if _, ok := foldRune(r); !ok {
			continue
		}
		plain++
		for _, s := range []string{string(r), "a" + string(r) + "b", "か" + string(r) + "は", string(r) + " " + string(r), "漢" + string(r) + string(r)} {
			if short, ok := foldPlain(s); !ok || short != foldOnce(s) {
				t.Errorf("foldPlain(%+q) = %+q, %v, foldOnce %+q", s, short, ok, foldOnce(s))
			}
		}
	}
	if plain < 21_000 {
		t.Errorf("%d characters", plain)
	}
}

// Sound marks of half width, behind every character that folds alone.
func TestFoldPlainJoinsSoundMarks(t *testing.T) {
	joined := 0
	for r := rune(0); r <= 0xffff; r++ {
		if _, ok := foldRune(r); !ok {
			continue
		}
		for _, mark := range []string{"ﾞ", "ﾟ", "\u0301", "\u0323\u0301", "\u0345", "\u036f"} {
			for _, s := range []string{string(r) + mark, "ア" + string(r) + mark + "ﾀ", string(r) + mark + mark} {
				short, ok := foldPlain(s)
				if ok && short != foldOnce(s) {
					t.Errorf("foldPlain(%+q) = %+q, foldOnce %+q", s, short, foldOnce(s))
				}
				if ok {
					joined++
				}
			}
		}
	}
	if joined < 3*2*20 {
		t.Errorf("only %d texts with sound marks were joined", joined)
	}
	for s, want := range map[string]string{"ｶﾞｷﾞ": "ガギ", "ﾊﾟﾋﾟ": "パピ", "ｳﾞ": "ヴ", "ﾀﾅｶ ﾀﾛｳ": "タナカ タロウ", "かﾞ": "ガ", "｢ﾃｽﾄ｣､｡･": "「テスト」、。・", "ｰ": "ー"} {
		if got, ok := foldPlain(s); !ok || got != want {
			t.Errorf("foldPlain(%s) = %s, %v", s, got, ok)
		}
	}
}

// Hostile text costs a bounded number of passes.
func TestFoldIsBounded(t *testing.T) {
	for _, unit := range []string{"\u0301", "a\u0301", "ﷺ", "\u3099", "か\u3099", "¨", "İ", " "} {
		s := strings.Repeat(unit, MaxTextBytes/len(unit))
		best := time.Hour // of five: others may use the machine
		for range 5 {
			start := time.Now()
			Fold(s)
			best = min(best, time.Since(start))
		}
		if best > 200*time.Millisecond {
			t.Errorf("%+q repeated: %v", unit, best)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{
		"ascii clean": "tanaka@example.com", "ascii": "Tanaka Taro", "kanji": "田中太郎", "kana20": "たなかたろうさとうはなこすずきいちろうやま", "half-width": "ﾀﾅｶ ﾀﾛｳ",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(s)
			}
		})
	}
}

// The short ways give what foldOnce gives when nothing moves any more.
func TestFoldIsFoldOnceRepeated(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	pools := [][2]rune{
		{' ', '~'}, {0xa0, 0x24f}, {0x250, 0x2ff}, {0x300, 0x36f}, {0x370, 0x52f}, {0x5d0, 0x6ff}, {0x900, 0xdff}, {0xe00, 0xfff}, {0x1100, 0x11ff}, {0x1e00, 0x1fff}, {0x2000, 0x24ff},
		{0x3000, 0x30ff}, {0x3099, 0x309c}, {0x3200, 0x33ff}, {0x4e00, 0x4eff}, {0xac00, 0xacff}, {0xf900, 0xfaff}, {0xfb00, 0xfdff}, {0xfe00, 0xffef}, {0x1d400, 0x1d4ff}, {0x1f100, 0x1f64f},
	}
	for range 50_000 {
		var text []rune
		for range 1 + random.IntN(7) {
			pool := pools[random.IntN(len(pools))]
			text = append(text, pool[0]+rune(random.IntN(int(pool[1]-pool[0]+1))))
		}
		s, want := string(text), string(text)
		for range 6 {
			want = foldOnce(want)
		}
		if got := Fold(s); got != want {
			t.Fatalf("seed %d: Fold(%+q) = %+q, want %+q", seed, s, got, want)
		}
		if IsBlank(s) != (want == "") {
			t.Fatalf("seed %d: IsBlank(%+q), which folds to %+q", seed, s, want)
		}
	}
}
