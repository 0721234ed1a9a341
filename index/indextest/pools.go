package indextest

import (
	"math"
	"strings"

	"meibo/dsl/schema"
)

// The pools hold what tends to break an index. They are small, so that random
// records share values and random questions find some.

func texts() []string {
	return append(shortTexts(),
		strings.Repeat("x", schema.MaxTextBytes), strings.Repeat("長", schema.MaxTextBytes/3), strings.Repeat("ab ", 1000)+"end")
}

// shortTexts are short enough for a tag.
func shortTexts() []string {
	return []string{
		"田中太郎", "田中 太郎", "田中　太郎", "タナカ タロウ", "たなか たろう", "ﾀﾅｶ ﾀﾛｳ", "田中", "中田",
		"髙橋", "高橋", "山﨑", "山崎", "渡邊", "渡邉", "渡辺", "齋藤", "斎藤", "斉藤", "濵田", "𠮷野家", "吉野家",
		"㈱山田", "(株)山田", "（株）山田", "株式会社山田", "㌔", "Ⅷ", "①",
		"がぎ", "ｶﾞｷﾞ", "か\u3099き\u3099", "ガギ", "カ゛キ゛", "かき", "ゞ", "ヷ", "ー", "〜", "～", "~",
		"Café", "CAFE", "cafe", "ｃａｆé", "Cafe\u0301", "naïve", "ﬁnance", "straße", "STRASSE", "İstanbul", "ǅ", "Ω", "Ω",
		"a*b?c%", "*", "?", "%", "_", `\`, `back\slash`, `"quoted"`, "'single'", "`tick`", "# no comment", "--", "NOT", "id IN ()",
		"line\nbreak", "tab\tin", "nul\x00in", "\x01a", "cr\r\n", "a  b", " a b ", "a\u00a0b", "a\u2028b",
		"👨\u200d👩\u200d👧", "🇯🇵", "\u200d", "\ufeffbom", "\ufffd", "\U0010ffff", "ÿ", "é", "zz", "z", "a", "A", "Ａ", "b",
		"0", "00", "10", "2", "1e5", "true", "null", "-1", "2026-11-23",
	}
}

func emails() []string {
	return []string{"tanaka@x.jp", "TANAKA@X.JP", "suzuki@example.com", "a.b+c@x.jp", "ｔａｎａｋａ＠ｘ.ｊｐ", "x.jp", "very@long.example.co.jp"}
}

func phones() []string {
	return []string{
		"090-1234-5678", "09012345678", "０９０－１２３４－５６７８", "+819012345678", "+81 90 1234 5678", "+81 (0)90 1234 5678",
		"090 1234 5679", "03-1234-5678", "(03) 1234-5678", "+81312345678", "0120-123-456", "+1 415 555 2671", "+44 20 7946 0958",
		"080-9999-0000", "110", "12", "番号なし", "090-xxxx", "-", "+", "090-1234-5678 内線 3", "1234567890123456789",
	}
}

func versions() []string {
	return []string{
		"2.10.0", "2.10", "2.9.1", "v2.10", "2.10.0-beta.1", "2.10.0-beta.2", "2.10.0+build5", "10.0", "1", "0.0.1", "0", "2.010",
		"latest", "2..1", "2.x", "", "-", "99999999999999999999.1", "２.１０",
	}
}

func numbers() []float64 {
	const far = schema.MaxNumber
	return []float64{
		0, 1, 2, 3, 5, 10, -1, -2, 0.1, 0.2, 0.1 + 0.2, 0.3, -0.1, 1.5, far, -far, far - 1, 1 - far, far / 2,
		math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 2.2250738585072014e-308, 1e-300, 1e15, 1e15 + 0.5, 123456789, math.Pi, 255, 256, 65535,
	}
}

func tags() []string {
	return []string{"VIP", "vip", "ＶＩＰ", "vip/gold", "vip/silver", "常連", "リピーター", "りぴーたー", "ﾘﾋﾟｰﾀｰ", "new", "a b", "a  b", "×", "(x)", "\"q\"", "x\ny"}
}

// dates lie at the edges of days and months in Asia/Tokyo and of what a Date
// can be; some look like seconds.
func dates() []int64 {
	const midnight = 1763823600000 // 2025-11-23T00:00:00+09:00
	const day = 24 * 60 * 60 * 1000
	return []int64{
		midnight, midnight - 1, midnight + 1, midnight + day - 1, midnight + day, midnight - day, midnight + 8*day, midnight + 9*60*60*1000,
		midnight + day/2, 0, -1, 1, 999, 1000, 1_000_000_000, 9_999_999_999, 10_000_000_000, -day, schema.MinMillis, schema.MaxMillis,
		1709132400000, 1709218800000, // 29 February 2024
	}
}

// ids has some that differ only by case, kana or width, one of the greatest
// length, and some around the bytes that encodings use as separators.
func ids() []string {
	list := []string{
		"a", "A", "ａ", "b", "B", "あ", "ア", "ｱ", "顧客1", "顧客１", "é", "e\u0301", "ÿ", "z", "zz", "~", "~~", "\u00a1", "\uffee", "\U0010ffff",
		"0", "00", "1", "10", "2", "x y", "x-y", "x/y", "x'y", `x"y`, `x\y`, "*", "%", "田中", "4f6c1e0a-0000-4000-8000-000000000001",
		strings.Repeat("i", schema.MaxIDBytes), strings.Repeat("i", schema.MaxIDBytes-1) + "j", strings.Repeat("名", schema.MaxIDBytes/3),
	}
	for i := range 90 {
		list = append(list, "c"+strings.Repeat("0", i%3)+string(rune('0'+i%10))+string(rune('a'+i/10)))
	}
	return list
}
