package eval

import (
	"math"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

var inf = math.Inf(1)

// record is the customer that most tests ask about.
func record() schema.Record {
	r := schema.NewRecord("Cust-1")
	for key, v := range map[string]schema.Value{
		"member":               schema.Bool(true),
		"hasPushToken":         schema.Bool(false),
		"sessionsCount":        schema.Num(5),
		"zero":                 schema.Num(0),
		"lastSeenAt":           schema.At(1_763_823_600_000),
		"name":                 schema.Text("ﾀﾅｶ  Ｔａｒｏ"),
		"memberId":             schema.Text("M-0042"),
		"tags":                 schema.Strings("VIP/gold", "VIP/new", "常連"),
		"one":                  schema.Strings("りんご"),
		"mobile.appVersion":    schema.Text("2.10.0-beta.1"),
		"profile.name":         schema.Text("髙橋"),
		"profile.email":        schema.Text("T.Tanaka@Example.com"),
		"profile.mobileNumber": schema.Text("+81 (0)90 1234-5678"),
		"profile.phone":        schema.Text("内線 12"),
	} {
		r.Set(key, v)
	}
	return r
}

func text(field string, m expr.Match, needles ...string) expr.Text {
	return expr.Text{Field: field, Kind: schema.String, Match: m, Needles: needles}
}

func exact(field string, m expr.Match, needles ...string) expr.Text {
	t := text(field, m, needles...)
	t.Form = expr.Exact
	return t
}

func phone(field string, m expr.Match, needles ...string) expr.Text {
	t := text(field, m, needles...)
	t.Form, t.Region = expr.Phone, "JP"
	return t
}

func list(field string, m expr.Match, needles ...string) expr.Text {
	t := text(field, m, needles...)
	t.Kind = schema.List
	return t
}

func all(t expr.Text) expr.Text {
	t.All = true
	return t
}

func number(low, high float64, open ...bool) expr.Range {
	r := expr.Range{Field: "sessionsCount", Kind: schema.Number, Min: low, Max: high}
	if len(open) == 2 {
		r.MinOpen, r.MaxOpen = open[0], open[1]
	}
	return r
}

func version(low, high string, open ...bool) expr.Version {
	v := expr.Version{Field: "mobile.appVersion", Min: low, Max: high}
	if len(open) == 2 {
		v.MinOpen, v.MaxOpen = open[0], open[1]
	}
	return v
}

func quick(terms ...string) expr.Quick { return expr.Quick{Terms: terms, Region: "JP"} }

// Each node, by hand; of every one the negation must be the complement.
func TestMatch(t *testing.T) {
	yes, no := expr.Const{Value: true}, expr.Const{Value: false}
	tests := []struct {
		name string
		e    expr.Expr
		want bool
	}{
		{"everyone", yes, true},
		{"no one", no, false},
		{"And of none", expr.And{}, true},
		{"And of true", expr.And{Of: []expr.Expr{yes, yes}}, true},
		{"And with a false", expr.And{Of: []expr.Expr{yes, no}}, false},
		{"Or of none", expr.Or{}, false},
		{"Or with a true", expr.Or{Of: []expr.Expr{no, yes}}, true},
		{"Or of false", expr.Or{Of: []expr.Expr{no, no}}, false},

		{"a value is present", expr.Present{Field: "sessionsCount"}, true},
		{"0 is present", expr.Present{Field: "zero"}, true},
		{"false is present", expr.Present{Field: "hasPushToken"}, true},
		{"the id is present", expr.Present{Field: "id"}, true},
		{"a missing value is not", expr.Present{Field: "city"}, false},

		{"true is true", expr.Boolean{Field: "member", Value: true}, true},
		{"true is not false", expr.Boolean{Field: "member", Value: false}, false},
		{"false is false", expr.Boolean{Field: "hasPushToken", Value: false}, true},
		{"false is not true", expr.Boolean{Field: "hasPushToken", Value: true}, false},
		{"missing is not true", expr.Boolean{Field: "unsubscribeEmail", Value: true}, false},
		{"missing is not false", expr.Boolean{Field: "unsubscribeEmail", Value: false}, false},
		{"a number is not true", expr.Boolean{Field: "sessionsCount", Value: true}, false},

		{"within", number(1, 9), true},
		{"at the lower end", number(5, 9), true},
		{"at the open lower end", number(5, 9, true, false), false},
		{"at the upper end", number(1, 5), true},
		{"at the open upper end", number(1, 5, false, true), false},
		{"below", number(6, 9), false},
		{"above", number(1, 4), false},
		{"no lower end", number(-inf, 5), true},
		{"no upper end", number(5, inf), true},
		{"no ends", number(-inf, inf), true},
		{"the wrong way round", number(9, 1), false},
		{"a missing number", expr.Range{Field: "web.sessionsCount", Kind: schema.Number, Min: -inf, Max: inf}, false},
		{"a number is no date", expr.Range{Field: "sessionsCount", Kind: schema.Date, Min: 1, Max: 9}, false},
		{"a date within a day", expr.Range{Field: "lastSeenAt", Kind: schema.Date, Min: 1_763_823_600_000, Max: 1_763_910_000_000, MaxOpen: true}, true},
		{"a date at the end of the day before", expr.Range{Field: "lastSeenAt", Kind: schema.Date, Min: 1_763_737_200_000, Max: 1_763_823_600_000, MaxOpen: true}, false},

		{"one of the numbers", expr.Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{4, 5}}, true},
		{"none of the numbers", expr.Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{4, 6}}, false},
		{"no numbers", expr.Among{Field: "sessionsCount", Kind: schema.Number}, false},
		{"a missing number is none of them", expr.Among{Field: "web.sessionsCount", Kind: schema.Number, Values: []float64{0}}, false},
		{"a date among", expr.Among{Field: "lastSeenAt", Kind: schema.Date, Values: []float64{1_763_823_600_000}}, true},

		{"equal, folded", text("name", expr.Equal, "タナカ taro"), true},
		{"equal to a part only", text("name", expr.Equal, "タナカ"), false},
		{"one of the texts", text("name", expr.Equal, "x", "タナカ taro"), true},
		{"none of the texts", text("name", expr.Equal, "x", "y"), false},
		{"no texts", text("name", expr.Equal), false},
		{"contains", text("name", expr.Contains, "カ ta"), true},
		{"contains not", text("name", expr.Contains, "カta"), false},
		{"begins", text("name", expr.Prefix, "タナ"), true},
		{"begins not", text("name", expr.Prefix, "taro"), false},
		{"ends", text("name", expr.Suffix, "aro"), true},
		{"ends not", text("name", expr.Suffix, "タナカ"), false},
		{"a missing text", text("city", expr.Contains, "x"), false},
		{"a list is no text", text("tags", expr.Equal, "常連"), false},
		{"All says nothing of a text", all(text("name", expr.Prefix, "タナ")), true},

		{"exactly equal", exact("name", expr.Equal, "ﾀﾅｶ  Ｔａｒｏ"), true},
		{"equal but for the width", exact("name", expr.Equal, "タナカ  Ｔａｒｏ"), false},
		{"equal but for a space", exact("name", expr.Equal, "ﾀﾅｶ Ｔａｒｏ"), false},
		{"contains exactly", exact("name", expr.Contains, "  "), true},
		{"begins exactly", exact("name", expr.Prefix, "ﾀ"), true},
		{"begins exactly, other kana", exact("name", expr.Prefix, "タ"), false},
		{"ends exactly", exact("name", expr.Suffix, "ｏ"), true},
		{"an exact phone number is text", exact("profile.mobileNumber", expr.Equal, "+819012345678"), false},

		{"any element", list("tags", expr.Equal, "常連"), true},
		{"any element of several needles", list("tags", expr.Equal, "x", "vip/new"), true},
		{"no element", list("tags", expr.Equal, "vip"), false},
		{"any element contains", list("tags", expr.Contains, "/g"), true},
		{"any element begins", list("tags", expr.Prefix, "vip/"), true},
		{"all begin, but one", all(list("tags", expr.Prefix, "vip/")), false},
		{"all among needles", all(list("tags", expr.Equal, "vip/new", "vip/gold", "常連", "x")), true},
		{"all but one among needles", all(list("tags", expr.Equal, "vip/new", "vip/gold")), false},
		{"all equal", all(list("one", expr.Equal, "リンゴ")), true},
		{"all end", all(list("one", expr.Suffix, "ゴ")), true},
		{"all without needles", all(list("one", expr.Equal)), false},
		{"any of a missing list", list("none", expr.Equal, "x"), false},
		{"all of a missing list", all(list("none", expr.Equal, "x")), false},
		{"any element exactly", expr.Text{Field: "tags", Kind: schema.List, Form: expr.Exact, Needles: []string{"VIP/gold"}}, true},
		{"any element exactly, other case", expr.Text{Field: "tags", Kind: schema.List, Form: expr.Exact, Needles: []string{"vip/gold"}}, false},
		{"a text is no list", list("name", expr.Contains, "タ"), false},

		{"a phone number in other words", phone("profile.mobileNumber", expr.Equal, "０９０１２３４５６７８"), true},
		{"another phone number", phone("profile.mobileNumber", expr.Equal, "090-1234-5679"), false},
		{"one of the phone numbers", phone("profile.mobileNumber", expr.Equal, "03-1111-2222", "+819012345678"), true},
		{"text is no phone number", phone("profile.mobileNumber", expr.Equal, "たなか"), false},
		{"national digits begin", phone("profile.mobileNumber", expr.Prefix, "090"), true},
		{"international digits begin", phone("profile.mobileNumber", expr.Prefix, "8190"), true},
		{"international form begins", phone("profile.mobileNumber", expr.Prefix, "+81-90"), true},
		{"other digits begin", phone("profile.mobileNumber", expr.Prefix, "90"), false},
		{"digits within", phone("profile.mobileNumber", expr.Contains, "1234-56"), true},
		{"national digits within", phone("profile.mobileNumber", expr.Contains, "0901234"), true},
		{"digits end", phone("profile.mobileNumber", expr.Suffix, "5678"), true},
		{"other digits end", phone("profile.mobileNumber", expr.Suffix, "567"), false},
		{"letters within a number", phone("profile.mobileNumber", expr.Contains, "90a"), false},
		{"what is no number is text", phone("profile.phone", expr.Equal, "内線　１２"), true},
		{"text within what is no number", phone("profile.phone", expr.Contains, "線 1"), true},
		{"a number is not what is none", phone("profile.phone", expr.Equal, "090-1234-5678"), false},
		{"a missing number", phone("phone", expr.Prefix, "0"), false},

		{"at least a version", version("2.9", ""), true},
		{"a release comes after its beta", version("2.10", ""), false},
		{"at most the release", version("", "2.10"), true},
		{"less than the release", version("", "2.10", false, true), true},
		{"more than itself", version("2.10-beta.1", "", true, false), false},
		{"itself", version("2.10-beta.1", "v2.10.0-BETA.1"), true},
		{"between", version("2.9.9", "2.11"), true},
		{"outside", version("10", "11"), false},
		{"any version", version("", ""), true},
		{"a bound that is no version", version("two", ""), false},
		{"an upper bound that is no version", version("", "two"), false},
		{"a text that is no version", expr.Version{Field: "name", Min: "0"}, false},
		{"a missing version", expr.Version{Field: "none", Min: "0"}, false},
		{"a number is no version", expr.Version{Field: "sessionsCount", Min: "0"}, false},

		{"quick: in the name", quick("ナカ"), true},
		{"quick: in the e-mail", quick("tanaka@ex"), true},
		{"quick: in the member id", quick("m-00"), true},
		{"quick: in the id", quick("cust"), true},
		{"quick: a variant kanji", quick("高橋"), true},
		{"quick: every term somewhere", quick("taro", "高橋", "5678"), true},
		{"quick: one term nowhere", quick("taro", "高橋", "次郎"), false},
		{"quick: not in the tags", quick("常連"), false},
		{"quick: digits as at home", quick("09012"), true},
		{"quick: digits with dashes", quick("090-1234-5678"), true},
		{"quick: international digits", quick("+8190"), true},
		{"quick: three digits are text", quick("090"), false},
		{"quick: three digits in the text", quick("123"), true},
		{"quick: other digits", quick("8765"), false},
		{"quick: no term", quick(), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := record()
			if got := Match(test.e, r); got != test.want {
				t.Errorf("%s is %v, want %v", expr.String(test.e), got, test.want)
			}
			if got := Match(expr.Not{Of: test.e}, r); got == test.want {
				t.Errorf("NOT (%s) is %v too", expr.String(test.e), got)
			}
			if got := Match(expr.Simplify(test.e), r); got != test.want {
				t.Errorf("simplified %s is %v, want %v", expr.String(expr.Simplify(test.e)), got, test.want)
			}
		})
	}
}

func TestNothingMatchesTheEmptyRecord(t *testing.T) {
	for _, e := range []expr.Expr{
		expr.Present{Field: "id"}, expr.Boolean{Field: "member"}, number(-inf, inf), text("name", expr.Contains, "x"),
		all(list("tags", expr.Equal, "x")), version("", ""), quick("x"), quick("09012"),
		expr.Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{0}}, phone("profile.mobileNumber", expr.Equal, "x"),
	} {
		if Match(e, schema.Record{}) {
			t.Errorf("%s", expr.String(e))
		}
	}
}
