package dsl

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestTokens writes tokens as kind-less texts with the original text that each
// one covers.
func TestTokens(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`a.b-c`, `a|a .|. b|b -|- c|c`},
		{`lastSeenAt>now-30d`, `lastSeenAt|lastSeenAt >|> now|now -|- 30 d|30d`},
		{`now - 30d`, `now|now -|- 30 d|30d`},
		{`-5`, `-|- 5|5`},
		{`a>=-1.5e-3`, `a|a >=|>= -|- 1.5e-3|1.5e-3`},
		{`2026-11-23+1d`, `2026-11-23|2026-11-23 +|+ 1 d|1d`},
		{`2026-11-23-1mo`, `2026-11-23|2026-11-23 -|- 1 mo|1mo`},
		{`2026-11-23T10:00-30d`, `2026-11-23T10:00|2026-11-23T10:00 -|- 30 d|30d`},
		{`2026-11-23T10:00-0930`, `2026-11-23T10:00-0930|2026-11-23T10:00-0930`},
		{`2026-11-23t10:00:01.5z`, `2026-11-23T10:00:01.5Z|2026-11-23t10:00:01.5z`},
		{`2026-11-23 10:00`, `2026-11-23T10:00|2026-11-23 10:00`},
		{`2026-11-23 AND`, `2026-11-23|2026-11-23 AND|AND`},
		{`２０２６−１１−２３`, `2026-11-23|２０２６−１１−２３`},
		{`1mo 1MIN 15min`, `1 mo|1mo 1 min|1MIN 15 min|15min`},
		{`a!=b !~c !^=d !$=e ^=f $=g`, `a|a !=|!= b|b !~|!~ c|c !^=|!^= d|d !$=|!$= e|e ^=|^= f|f $=|$= g|g`},
		{`ａ！＝ｂ`, `a|ａ !=|！＝ b|ｂ`},
		{`ａ≧１`, `a|ａ >=|≧ 1|１`},
		{`a〜「x」、（`, `a|a ~|〜 x|「x」 ,|、 (|（`},
		{`“ａ＝”`, `ａ＝|“ａ＝”`},
		{`"“a”"`, `“a”|"“a”"`},
		{`'it\'s'`, `it's|'it\'s'`},
		{`"a\\b\n\t\u3042\ud83d\ude00"`, "a\\b\n\tあ😀|" + `"a\\b\n\t\u3042\ud83d\ude00"`},
		{"`in`.in", "in|`in` .|. in|in"},
		{`ｎｏｗー３０ｄ`, `now|ｎｏｗ -|ー 30 d|３０ｄ`},
		{`ユーザー`, `ユーザー|ユーザー`},
		{`a#b` + "\nc", `a|a c|c`},
		{`profile.AND and`, `profile|profile .|. AND|AND AND|and`},
		{"　\u200b\ufeffa\u00a0", "a|a"},
	} {
		var found faults
		tokens, _, ok := scan(test.text, &found)
		var got []string
		for _, tok := range tokens[:len(tokens)-1] {
			got = append(got, tok.text+"|"+test.text[tok.at.Start:tok.at.End])
		}
		if text := strings.Join(got, " "); text != test.want || !ok || len(found.list) > 0 {
			t.Errorf("%s\n got %s\nwant %s\n%v", test.text, text, test.want, found.list)
		}
	}
}

// TestPositions: spans count in bytes, UTF-16 units, lines and columns of the
// original text.
func TestPositions(t *testing.T) {
	for _, test := range []struct {
		text, code string
		want       Span
	}{
		{`tags = "x"`, "type_operator", Span{5, 6, [2]int{5, 6}, 1, 6}},
		{`ｔａｇｓ　＝　“ｘ”`, "type_operator", Span{15, 18, [2]int{5, 6}, 1, 6}},
		{"name = \"😀\" AND\n  tags = \"x\"", "type_operator", Span{25, 26, [2]int{23, 24}, 2, 8}},
		{"# 覚え書き\r\n会員 = true", "unknown_field", Span{16, 22, [2]int{8, 10}, 2, 1}},
		{`sessionCount > 5`, "unknown_field", Span{0, 12, [2]int{0, 12}, 1, 1}},
		{`name = "田中`, "unterminated_string", Span{7, 14, [2]int{7, 10}, 1, 8}},
		{`名前。= "x"`, "expected_field", Span{6, 9, [2]int{2, 3}, 1, 3}},
	} {
		_, list := Compile(test.text, testEnv(t))
		if len(list) != 1 || list[0].Code != test.code || list[0].Span != test.want {
			t.Errorf("%s\n got %s %+v", test.text, codes(list), spans(list))
		}
	}
}

func spans(list []Diagnostic) []Span {
	var all []Span
	for _, d := range list {
		all = append(all, d.Span)
	}
	return all
}

func TestLocatorOnALongLine(t *testing.T) {
	text := strings.Repeat("あ😀a", 5_000) + "\n" + strings.Repeat("b", 3_000)
	l := newLocator(text)
	offset, utf16, column := 0, 0, 1
	for i, r := range text {
		if i%997 == 0 {
			got := l.span(Extent{i, i})
			if got.UTF16[0] != utf16 || i < strings.IndexByte(text, '\n') && got.Column != column {
				t.Fatalf("at %d: %+v, want UTF-16 %d, column %d", i, got, utf16, column)
			}
			offset++
		}
		utf16 += utf16Units(r)
		column++
	}
	if offset < 10 {
		t.Fatal("nothing was compared")
	}
	if got := l.span(Extent{len(text), len(text)}); got.Line != 2 || got.Column != 3_001 {
		t.Errorf("the end is at %+v", got)
	}
}

func TestRender(t *testing.T) {
	text := "# 条件\n会員 = true"
	_, list := Compile(text, testEnv(t))
	want := "2 | 会員 = true\n  | ^^^^\nエラー: 会員 という項目はありません。member（会員）ですか？"
	if got := Render(text, list[0], "ja"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	long := `name = "` + strings.Repeat("田", 200) + `" AND tags = "x" AND name = "` + strings.Repeat("中", 200) + `"`
	_, list = Compile(long, testEnv(t))
	lines := strings.Split(Render(long, list[0], "en"), "\n")
	if columns(lines[0]) > 90 || columns(lines[0][:strings.Index(lines[0], "= \"x")]) != strings.Index(lines[1], "^") {
		t.Errorf("the caret is not below the operator:\n%s\n%s", lines[0], lines[1])
	}
}

func TestComments(t *testing.T) {
	query, list := Parse("# first\nmember # second ＃ still\n＃third\n")
	if len(list) > 0 {
		t.Fatal(list)
	}
	var got []string
	for _, c := range query.Comments {
		got = append(got, fmt.Sprintf("%s %v", c.Text, c.OwnLine))
	}
	if want := []string{"first true", "second ＃ still false", "third true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestBadEscapesAreCheap: what is not reported any more is not put into words
// either.
func TestBadEscapesAreCheap(t *testing.T) {
	text := hostile()["escapes"]
	allocations := testing.AllocsPerRun(1, func() { scan(text, &faults{}) })
	if allocations > 10_000 {
		t.Errorf("%v allocations for half a million bad escapes", allocations)
	}
}
