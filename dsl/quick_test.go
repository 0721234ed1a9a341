package dsl

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

func TestQuickTerms(t *testing.T) {
	for q, want := range map[string]expr.Expr{
		"":                  expr.Everyone(),
		" \n　\n":            expr.Everyone(),
		"田中":                expr.Quick{Terms: []string{"田中"}, Region: "JP"},
		"\n Ｔａｎａｋａ　髙橋 \n\n": expr.Quick{Terms: []string{"tanaka", "高橋"}, Region: "JP"},
		"a a A":             expr.Quick{Terms: []string{"a"}, Region: "JP"},
		`"NOT (a"`:          expr.Quick{Terms: []string{`"not`, `(a"`}, Region: "JP"},
	} {
		got, list := QuickSearch(q, testEnv(t))
		if len(list) > 0 || got.Lines != nil || expr.String(got.Expr) != expr.String(expr.Simplify(want)) {
			t.Errorf("%q: %v %s", q, got, codes(list))
		}
	}
}

func TestQuickList(t *testing.T) {
	got, list := QuickSearch("A@x.jp\r\n\n 090-1234-5678 \n　\nｍ１\na@X.jp\n", testEnv(t))
	if len(list) > 0 {
		t.Fatal(codes(list))
	}
	raw := []string{"A@x.jp", "090-1234-5678", "ｍ１"}
	folded := []string{"a@x.jp", "090-1234-5678", "m1"}
	if !slices.Equal(got.Lines, raw) {
		t.Errorf("lines %q", got.Lines)
	}
	phone := expr.Text{Field: schema.MobileNumberField, Kind: schema.String, Form: expr.Phone, Region: "JP", Needles: raw}
	want := expr.Simplify(expr.Or{Of: []expr.Expr{text(schema.EmailField, expr.Equal, folded...), phone,
		text(schema.MemberIDField, expr.Equal, folded...), text(schema.IDField, expr.Equal, folded...)}})
	if diff := cmp.Diff(want, got.Expr); diff != "" {
		t.Error(diff)
	}
}

func TestQuickLimits(t *testing.T) {
	env := testEnv(t)
	line := "a@example.jp\n"
	if got, list := QuickSearch(strings.Repeat("\n", 100)+strings.Repeat(line, MaxQuickLines), env); len(list) > 0 || len(got.Lines) != 1 {
		t.Errorf("at the limit: %s", codes(list))
	}
	for text, code := range map[string]string{
		strings.Repeat(line, MaxQuickLines+1):     "too_many_lines",
		"a\n" + strings.Repeat("x", MaxLiteral+1): "literal_too_long",
		strings.Repeat("x", MaxLiteral) + "y":     "literal_too_long",
		strings.Repeat("x", MaxText+1):            "too_long",
		"a\xff":                                   "bad_utf8",
	} {
		if got, list := QuickSearch(text, env); len(list) != 1 || list[0].Code != code || got.Expr != nil {
			t.Errorf("%.20q: %s", text, codes(list))
		} else {
			checkDiagnostic(t, text, list[0])
		}
	}
}

// TestHostileSearches: whatever is pasted into the search field, it is read or
// refused soon.
func TestHostileSearches(t *testing.T) {
	env := hostileEnv(t)
	line := func(bytes int) string { return slowText(bytes) + "\n" }
	for name, q := range map[string]string{
		"a long line":      strings.Repeat("a ", MaxText/2),
		"a slow long line": slowText(MaxText),
		"long lines":       strings.Repeat(strings.Repeat("x", MaxLiteral+1)+"\n", MaxText/(MaxLiteral+2)),
		"slow lines":       strings.Repeat(line(100), MaxText/101),
		"some slow lines":  strings.Repeat(line(24), MaxQuickLines),
		"kana":             filling("", MaxQuickLines, "", numbered("ｶﾞｷﾞｸﾞｹﾞｺﾞ%d\n")),
		"addresses":        filling("", MaxQuickLines, "", numbered("Customer.%d@example.co.jp\n")),
		"phone numbers":    filling("", MaxQuickLines, "", numbered("(03) 1234-%04d\n")),
		"blank lines":      strings.Repeat("　\n", MaxText/4),
		"line ends":        strings.Repeat("\n", MaxText),
		"bad encoding":     strings.Repeat("a\n", MaxText/2-1) + "\xff",
		"terms":            filling("", 250, "", numbered("%03d ")),
	} {
		t.Run(name, func(t *testing.T) { soon(t, "QuickSearch", func() { QuickSearch(q, env) }) })
	}
}

// Who may not see a field does not find by it: its terms are looked for in the
// others, its lines are not compared with it.
func TestQuickSearchReadsTheFieldsThatThereAre(t *testing.T) {
	env := testEnv(t)
	without := func(keys ...string) Env {
		env := env
		env.Fields = env.Fields.Only(func(f schema.Field) bool { return !slices.Contains(keys, f.Key) })
		return env
	}
	for _, c := range []struct {
		name string
		env  Env
		want []string
	}{
		{"all", env, nil},
		{"without another", without(schema.LastSeenField), nil},
		{"without names", without(schema.NameField, schema.ProfileNameField), []string{schema.EmailField, schema.MobileNumberField, schema.MemberIDField, schema.IDField}},
		{"without the phone", without(schema.MobileNumberField), []string{schema.NameField, schema.ProfileNameField, schema.EmailField, schema.MemberIDField, schema.IDField}},
	} {
		want := expr.Simplify(expr.Quick{Terms: []string{"a"}, Region: "JP", Fields: c.want})
		searched, _ := QuickSearch("a", c.env)
		bare, _ := Compile(`"a"`, c.env)
		for how, got := range map[string]expr.Expr{"searched": searched.Expr, "a bare string": bare.Expr} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, %s: %s", c.name, how, diff)
			}
		}
	}
	if got, _ := QuickSearch("a", without(schema.QuickFields()...)); !cmp.Equal(got.Expr, expr.NoOne()) {
		t.Errorf("without any: %#v", got.Expr)
	}
	list, _ := QuickSearch("a@x.jp\n090-1234-5678", without(schema.EmailField, schema.MobileNumberField))
	if fields := expr.FieldsOf(list.Expr); !slices.Equal(fields, []string{schema.MemberIDField, schema.IDField}) && !slices.Equal(fields, []string{schema.IDField, schema.MemberIDField}) {
		t.Errorf("a list reads %q", fields)
	}
}
