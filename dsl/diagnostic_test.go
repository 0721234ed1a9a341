package dsl

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"meibo/dsl/expr"
)

// TestAllErrorsAtOnce: mistakes of every stage in one filter.
func TestAllErrorsAtOnce(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{`sessionCount > 5 AND tags = "x" OR name > "a"`, []string{"unknown_field", "type_operator", "unordered_string"}},
		{`name == "x" AND (tags = "y" OR nam = 1`, []string{"foreign_operator", "unclosed_bracket", "type_operator", "unknown_field"}},
		{`member AND AND name "x" OR lastSeenAt > now-3m AND sessionsCount > "5"`, []string{"missing_condition", "missing_operator", "ambiguous_unit", "type_value"}},
		{`country IN ("JP" 5, x) AND nam = 1`, []string{"missing_comma", "unquoted_string", "unknown_field"}},
		{`(a = = 1) OR (b = ) OR c`, []string{"unknown_field", "missing_value", "unknown_field", "missing_value", "unknown_field"}},
		{`x = now AND y @ 5 AND lastSeenAt BETWEEN 5`, []string{"unknown_field", "unexpected_character", "between_and"}},
	} {
		_, list := Compile(test.text, testEnv(t))
		var got []string
		for _, d := range list {
			got = append(got, d.Code)
			checkDiagnostic(t, test.text, d)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s\n got %v\nwant %v\n%s", test.text, got, test.want, codes(list))
		}
	}
}

// TestMutatedExamples breaks good filters at random: there is always a
// diagnostic or an expression, every promise of a diagnostic holds, and a fix
// leaves fewer errors than there were.
func TestMutatedExamples(t *testing.T) {
	env := testEnv(t)
	texts := specExamples(t)
	for _, row := range specErrors(t) {
		texts = append(texts, row.example)
	}
	r := rand.New(rand.NewPCG(seed(t), 3))
	for range cases(1500) {
		text := mutate(r, texts)
		compiled, list := Compile(text, env)
		if !HasErrors(list) {
			if again, list := Compile(expr.String(compiled.Expr), env); HasErrors(list) || expr.String(again.Expr) != expr.String(compiled.Expr) {
				t.Fatalf("%q\n%s\ndoes not compile back", text, expr.String(compiled.Expr))
			}
			continue
		}
		for _, d := range list {
			checkDiagnostic(t, text, d)
			for _, fix := range d.Fixes {
				if _, after := Compile(fix.Apply(text), env); d.Severity == Error && errorCount(after) >= errorCount(list) {
					t.Fatalf("%q\nthe fix of %s gives %q\n%s", text, d.Code, fix.Apply(text), codes(after))
				}
			}
		}
		if t.Failed() {
			t.Fatalf("%q", text)
		}
	}
}

// mutate cuts, doubles, swaps or joins pieces of the texts.
func mutate(r *rand.Rand, texts []string) string {
	text := []rune(texts[r.IntN(len(texts))])
	for range 1 + r.IntN(3) {
		if len(text) == 0 {
			break
		}
		i := r.IntN(len(text))
		j := min(len(text), i+1+r.IntN(6))
		other := []rune(texts[r.IntN(len(texts))])
		k := r.IntN(len(other))
		switch r.IntN(4) {
		case 0:
			text = slices.Delete(text, i, j)
		case 1:
			text = slices.Insert(text, i, text[i:j]...)
		case 2:
			text = slices.Insert(text, i, other[k:min(len(other), k+6)]...)
		case 3:
			text = slices.Replace(text, i, j, []rune(` ()"=,.-!~` + "`#５あ")[r.IntN(14)])
		}
	}
	return string(text)
}

func TestDiagnosticJSON(t *testing.T) {
	_, list := Compile(`tags = "x"`, testEnv(t))
	if len(list) != 1 {
		t.Fatal(codes(list))
	}
	got, err := json.Marshal(list[0])
	if err != nil {
		t.Fatal(err)
	}
	want := `{"code":"type_operator","severity":"error","message":{"ja":"tags はリストの項目です。要素を調べるには HAS、全体を比べるには = (…) と書きます。","en":"tags is a list: HAS asks for an element, = (…) compares the whole"},` +
		`"span":{"start":5,"end":6,"utf16":[5,6],"line":1,"column":6},"expected":["HAS","HAS ANY","HAS ALL","= (…)","~","^=","$=","IS SET","IS UNSET"],` +
		`"fixes":[{"title":{"ja":"「HAS」に置き換える","en":"replace with HAS"},"edits":[{"span":{"start":5,"end":6,"utf16":[5,6]},"text":"HAS"}]}],` +
		`"rendered":"1 | tags = \"x\"\n  |      ^\nerror: tags is a list: HAS asks for an element, = (…) compares the whole"}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParseAlone(t *testing.T) {
	query, list := Parse(`anything = "goes" AND nothing IS SET`)
	if len(list) > 0 || query == nil {
		t.Fatal(codes(list))
	}
	and, ok := query.Root.(*And)
	if !ok || len(and.Parts) != 2 {
		t.Fatalf("%#v", query.Root)
	}
	first, ok := and.Parts[0].(*Pred)
	if !ok || first.Op != Equal || first.At != (Extent{0, 17}) || first.OpAt != (Extent{9, 10}) || first.Path.At != (Extent{0, 8}) || first.Values[0].At != (Extent{11, 17}) {
		t.Errorf("%+v", first)
	}
	if query, list := Parse(`a = = 1`); query != nil || len(list) != 1 || len(list[0].Fixes) != 1 {
		t.Errorf("%v %s", query, codes(list))
	}
}

func TestManyErrorsAreCut(t *testing.T) {
	_, list := Compile(strings.Repeat("nam = 1 OR ", 200)+"x = 1", testEnv(t))
	if len(list) != maxDiagnostics {
		t.Errorf("%d diagnostics", len(list))
	}
}

// TestEveryFixOfTheCorpus: a fix of a filter's only error makes it compile;
// one of several takes its error away and brings no other; and mending one
// after the other ends at a filter that compiles or at errors without a fix.
func TestEveryFixOfTheCorpus(t *testing.T) {
	env := testEnv(t)
	tried, mended := 0, 0
	for _, text := range corpus(t) {
		_, list := Compile(text, env)
		for _, d := range list {
			for _, fix := range d.Fixes {
				tried++
				after := fix.Apply(text)
				_, left := Compile(after, env)
				if errorCount(left) > errorCount(list) || d.Severity == Error && errorCount(left) == errorCount(list) {
					t.Errorf("%q\nthe fix of %s gives %q\n%s", text, d.Code, after, codes(left))
				}
			}
		}
		if HasErrors(list) && mend(text, list, env) {
			mended++
		}
	}
	if tried < 150 || mended < 100 {
		t.Errorf("only %d fixes were tried, %d filters mended", tried, mended)
	}
}

// mend applies the first fix that an error has, again and again, and reports
// whether the filter compiles in the end.
func mend(text string, list []Diagnostic, env Env) bool {
	for HasErrors(list) {
		i := slices.IndexFunc(list, func(d Diagnostic) bool { return d.Severity == Error && len(d.Fixes) > 0 })
		if i < 0 {
			return false
		}
		text = list[i].Fixes[0].Apply(text)
		_, list = Compile(text, env)
	}
	return true
}

// TestCaretsUnderJapanese: a character of double width takes two carets, one
// of half width one, a tab and a line end none of their own.
func TestCaretsUnderJapanese(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`name = 田中`, "1 | name = 田中\n  |        ^^^^"},
		{`会員 = true`, "1 | 会員 = true\n  | ^^^^"},
		{`name ~ "ﾀﾅｶ" AND 会員`, "1 | name ~ \"ﾀﾅｶ\" AND 会員\n  |                  ^^^^"},
		{`ｔａｇｓ ＝ “ＶＩＰ”`, "1 | ｔａｇｓ ＝ “ＶＩＰ”\n  |          ^^"},
		{"member\nAND　名前 ~ \"か\u3099\"", "2 | AND　名前 ~ \"か\u3099\"\n  |      ^^^^"},
		{"member AND\t会員ID = 5", "1 | member AND 会員ID = 5\n  |            ^^^^^^"},
	} {
		_, list := Compile(test.text, testEnv(t))
		if len(list) == 0 {
			t.Errorf("%s: no diagnostic", test.text)
			continue
		}
		got := Render(test.text, list[0], "ja")
		if !strings.HasPrefix(got, test.want+"\nエラー: ") {
			t.Errorf("got\n%s\nwant\n%s", got, test.want)
		}
	}
}
