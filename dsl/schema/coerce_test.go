package schema

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func field(kind Kind) Field { return Field{Key: "profile.x", Kind: kind} }

func tokyo() *time.Location { return time.FixedZone("JST", 9*60*60) }

// check holds a value or the code of its refusal.
func check(t *testing.T, name string, got Value, err *ValueError, want Value, code string) {
	t.Helper()
	switch {
	case code == "" && err != nil:
		t.Errorf("%s is refused: %v", name, err)
	case code == "" && !got.Equal(want):
		t.Errorf("%s = %v, want %v", name, got, want)
	case code != "" && (err == nil || err.Code != code):
		t.Errorf("%s = %v, %v, want the code %s", name, got, err, code)
	case code != "" && (err.Field == "" || err.Message.JA == "" || err.Message.EN == "" || !got.IsMissing()):
		t.Errorf("%s: the refusal says %+v and gives %v", name, *err, got)
	}
}

func TestCoerce(t *testing.T) {
	n := func(digits string) json.Number { return json.Number(digits) }
	long := strings.Repeat("x", MaxTextBytes)
	day := millis(t, "2026-11-23T00:00:00+09:00")
	tests := []struct {
		kind Kind
		raw  any
		want Value
		code string
	}{
		{Boolean, true, Bool(true), ""},
		{Boolean, false, Bool(false), ""},
		{Boolean, nil, Value{}, ""},
		{Boolean, "true", Value{}, CodeWrongKind},
		{Boolean, n("1"), Value{}, CodeWrongKind},
		{Boolean, []any{}, Value{}, CodeWrongKind},

		{Number, n("5"), Num(5), ""},
		{Number, n("-0"), Num(0), ""},
		{Number, n("-0.0"), Num(0), ""},
		{Number, n("1e3"), Num(1000), ""},
		{Number, n("0.1"), Num(0.1), ""},
		{Number, n("5e-324"), Num(5e-324), ""},
		{Number, n("1e-400"), Num(0), ""},
		{Number, n("9007199254740992"), Num(1 << 53), ""},
		{Number, n("-9007199254740992"), Num(-(1 << 53)), ""},
		{Number, n("9007199254740993"), Value{}, CodeBadNumber},
		{Number, n("-9007199254740993"), Value{}, CodeBadNumber},
		{Number, n("9007199254740992.5"), Value{}, CodeBadNumber},
		{Number, n("9007199254740993.0"), Value{}, CodeBadNumber},
		{Number, n("9.007199254740993e15"), Value{}, CodeBadNumber},
		{Number, n("1e300"), Value{}, CodeBadNumber},
		{Number, n("1e400"), Value{}, CodeBadNumber},
		{Number, n("123456789012345678901234567890"), Value{}, CodeBadNumber},
		{Number, n("NaN"), Value{}, CodeWrongKind},
		{Number, n("0x10"), Value{}, CodeWrongKind},
		{Number, n("1_000"), Value{}, CodeWrongKind},
		{Number, nil, Value{}, ""},
		{Number, "5", Value{}, CodeWrongKind},
		{Number, true, Value{}, CodeWrongKind},

		{Date, n("0"), At(0), ""},
		{Date, n("-1"), At(-1), ""},
		{Date, n("1795402800000"), At(1795402800000), ""},
		{Date, n("1.7954028e12"), At(1795402800000), ""},
		{Date, n("1795402800000.0"), At(1795402800000), ""},
		{Date, n("1795402800000.5"), Value{}, CodeBadDate},
		{Date, n("1795402800"), Value{}, CodeSecondsDate},
		{Date, n("1000000000"), Value{}, CodeSecondsDate},
		{Date, n("9999999999"), Value{}, CodeSecondsDate},
		{Date, n("999999999"), At(999999999), ""},
		{Date, n("10000000000"), At(10000000000), ""},
		{Date, n("253402300799999"), At(MaxMillis), ""},
		{Date, n("253402300800000"), Value{}, CodeBadDate},
		{Date, n("-62135596800000"), At(MinMillis), ""},
		{Date, n("-62135596800001"), Value{}, CodeBadDate},
		{Date, n("1e400"), Value{}, CodeBadDate},
		{Date, n("1e999999999"), Value{}, CodeBadDate},
		{Date, n("1e999999"), Value{}, CodeBadDate},
		{Date, "2026-11-23", At(day), ""},
		{Date, " 2026-11-23T00:00:00+09:00", At(day), ""},
		{Date, "2026-11-22T15:00Z", At(day), ""},
		{Date, "", Value{}, ""},
		{Date, " 　", Value{}, ""},
		{Date, "2026-02-30", Value{}, CodeBadDate},
		{Date, "tomorrow", Value{}, CodeBadDate},
		{Date, "1795402800000", Value{}, CodeBadDate},
		{Date, "0001-01-01T00:00+09:00", Value{}, CodeBadDate},
		{Date, "9999-12-31T23:59-09:00", Value{}, CodeBadDate},
		{Date, nil, Value{}, ""},
		{Date, true, Value{}, CodeWrongKind},
		{Date, []any{}, Value{}, CodeWrongKind},

		{String, "x", Text("x"), ""},
		{String, " x ", Text(" x "), ""},
		{String, "a\x00b\nc", Text("a\x00b\nc"), ""},
		{String, "", Value{}, ""},
		{String, " \t　", Value{}, ""},
		{String, nil, Value{}, ""},
		{String, long, Text(long), ""},
		{String, long + "x", Value{}, CodeTextTooLong},
		{String, "a\xffb", Value{}, CodeBadText},
		{String, n("5"), Value{}, CodeWrongKind},
		{String, true, Value{}, CodeWrongKind},
		{String, []any{"x"}, Value{}, CodeWrongKind},
		{String, map[string]any{}, Value{}, CodeWrongKind},

		{List, []any{"a", "b"}, Strings("a", "b"), ""},
		{List, []any{"VIP", "vip", "ＶＩＰ", "b"}, Strings("VIP", "b"), ""},
		{List, []any{"", " ", "a"}, Strings("a"), ""},
		{List, []any{}, Value{}, ""},
		{List, []any{"  "}, Value{}, ""},
		{List, nil, Value{}, ""},
		{List, "a", Value{}, CodeWrongKind},
		{List, []any{"a", n("1")}, Value{}, CodeWrongKind},
		{List, []any{"a", nil}, Value{}, CodeWrongKind},
		{List, []any{"a\xff"}, Value{}, CodeBadText},
		{List, []any{long + "x"}, Value{}, CodeTextTooLong},
		{List, map[string]any{}, Value{}, CodeWrongKind},
	}
	for _, test := range tests {
		name := test.kind.String() + " from " + excerpt(strings.ToValidUTF8(jsonText(test.raw), "?"))
		got, err := Coerce(field(test.kind), test.raw, tokyo())
		check(t, name, got, err, test.want, test.code)
	}
}

func jsonText(raw any) string {
	text, err := json.Marshal(raw)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestTagsAreBounded(t *testing.T) {
	tags := Field{Key: TagsField, Kind: List}
	var many []any
	for i := range MaxTags {
		many = append(many, strings.Repeat("x", i/26)+string(rune('a'+i%26)))
	}
	got, err := Coerce(tags, many, nil)
	check(t, "100 tags", got, err, got, "")
	if len(got.Elements()) != MaxTags {
		t.Errorf("%d tags are kept", len(got.Elements()))
	}
	got, err = Coerce(tags, append(many, "A"), nil) // equal to one of them
	check(t, "100 tags and one again", got, err, got, "")
	got, err = Coerce(tags, append(many, "one more"), nil)
	check(t, "101 tags", got, err, Value{}, CodeTooManyTags)
	got, err = Coerce(tags, []any{strings.Repeat("長", MaxTagLength)}, nil)
	check(t, "a tag of 64 characters", got, err, got, "")
	got, err = Coerce(tags, []any{strings.Repeat("長", MaxTagLength+1)}, nil)
	check(t, "a tag of 65 characters", got, err, Value{}, CodeTagTooLong)
	got, err = Coerce(field(List), append(many, strings.Repeat("長", MaxTagLength+1)), nil)
	check(t, "another list has no such bounds", got, err, got, "")
}

func TestParseText(t *testing.T) {
	day := millis(t, "2026-11-23T00:00:00+09:00")
	tests := []struct {
		kind Kind
		cell string
		want Value
		code string
	}{
		{Boolean, "true", Bool(true), ""},
		{Boolean, " TRUE ", Bool(true), ""},
		{Boolean, "はい", Bool(true), ""},
		{Boolean, "False", Bool(false), ""},
		{Boolean, "いいえ", Bool(false), ""},
		{Boolean, "", Value{}, ""},
		{Boolean, "Yes", Value{}, CodeWrongKind},
		{Boolean, "1", Value{}, CodeWrongKind},

		{Number, "5", Num(5), ""},
		{Number, " 1.50 ", Num(1.5), ""},
		{Number, "１２", Num(12), ""},
		{Number, "-3", Num(-3), ""},
		{Number, "1e3", Num(1000), ""},
		{Number, "  ", Value{}, ""},
		{Number, "abc", Value{}, CodeWrongKind},
		{Number, "1,000", Value{}, CodeWrongKind},
		{Number, "NaN", Value{}, CodeWrongKind},
		{Number, "Inf", Value{}, CodeWrongKind},
		{Number, "infinity", Value{}, CodeWrongKind},
		{Number, "0x10", Value{}, CodeWrongKind},
		{Number, "9007199254740993", Value{}, CodeBadNumber},
		{Number, "1e400", Value{}, CodeBadNumber},

		{Date, "2026-11-23", At(day), ""},
		{Date, "２０２６-11-23", At(day), ""},
		{Date, "2026-11-23 00:00", At(day), ""},
		{Date, "1795402800000", At(1795402800000), ""},
		{Date, "-1", At(-1), ""},
		{Date, "", Value{}, ""},
		{Date, "1795402800", Value{}, CodeSecondsDate},
		{Date, "23.11.2026", Value{}, CodeBadDate},
		{Date, "99999999999999999999", Value{}, CodeBadDate},

		{String, " as it is ", Text(" as it is "), ""},
		{String, "007", Text("007"), ""},
		{String, "  ", Value{}, ""},
		{String, "a\xff", Value{}, CodeBadText},
		{String, strings.Repeat("x", MaxTextBytes+1), Value{}, CodeTextTooLong},

		{List, "a, b;c、d，e；f\ng", Strings("a", "b", "c", "d", "e", "f", "g"), ""},
		{List, "VIP,vip,", Strings("VIP"), ""},
		{List, "one two", Strings("one two"), ""},
		{List, " , ; ", Value{}, ""},
		{List, "", Value{}, ""},
		{List, "\xff", Value{}, CodeBadText},
	}
	for _, test := range tests {
		got, err := ParseText(field(test.kind), test.cell, tokyo())
		check(t, test.kind.String()+" from the cell "+excerpt(test.cell), got, err, test.want, test.code)
	}
}

func TestCheckID(t *testing.T) {
	for _, id := range []string{"a", "顧客 1", "x@y", strings.Repeat("i", MaxIDBytes), "*", "\u00a1"} {
		if err := CheckID(id); err != nil {
			t.Errorf("CheckID(%q): %v", id, err)
		}
	}
	for _, id := range []string{"", " ", "　", " a", "a ", "a\u3000", "@a", "a\nb", "a\x00b", "a\x7f", "a\u0085b", "a\xff", strings.Repeat("i", MaxIDBytes+1)} {
		if err := CheckID(id); err == nil || err.Code != CodeBadText {
			t.Errorf("CheckID(%q): %v", id, err)
		}
	}
}

func TestValues(t *testing.T) {
	if v := Num(math.Copysign(0, -1)); math.Signbit(v.Num()) || !v.Equal(Num(0)) {
		t.Errorf("-0 is kept as %v", v.Num())
	}
	list := []string{"A", "a", "", "b"}
	v := Strings(list...)
	list[0] = "changed"
	if !v.Equal(Strings("A", "b")) {
		t.Errorf("Strings keeps its argument: %v", v)
	}
	if got := Text("x").Elements(); len(got) != 1 || got[0] != "x" {
		t.Errorf("the elements of a text: %q", got)
	}
	if Bool(true).Equal(Num(1)) || Text("a").Equal(Text("A")) || Strings("a", "b").Equal(Strings("b", "a")) || Strings("a").Equal(Text("a")) {
		t.Error("different values are Equal")
	}
	if !(Value{}).IsMissing() || Bool(false).IsMissing() || Num(0).IsMissing() || !Text(" ").IsMissing() || !Strings("", " ").IsMissing() {
		t.Error("IsMissing")
	}
	for _, v := range []Value{{}, Bool(false), Num(1.5), At(-1), Text("x"), Strings("a", "b")} {
		back := Stored(v.Kind(), v.Num(), v.Text(), v.list)
		if !back.Equal(v) || v.String() == "" {
			t.Errorf("Stored: %v from %v", back, v)
		}
	}
}

func TestCompareOrdersAsResultsAreSorted(t *testing.T) {
	groups := [][]Value{
		{Bool(false), Bool(true)},
		{Num(-(1 << 53)), Num(-1), Num(-5e-324), Num(0), Num(5e-324), Num(0.1), Num(1 << 53)},
		{At(MinMillis), At(-1), At(0), At(MaxMillis)},
		{Text("0"), Text("A"), Text("ａｂ"), Text("é"), Text("z"), Text("か"), Text("ガ"), Text("亜"), Text("\U0001f600")},
	}
	for _, group := range groups {
		for i, v := range group {
			for j, w := range group {
				if got := Compare(v, w); got < 0 != (i < j) || got > 0 != (i > j) {
					t.Errorf("Compare(%v, %v) = %d", v, w, got)
				}
			}
		}
	}
	if Compare(Text("VIP"), Text("ｖｉｐ ")) != 0 {
		t.Error("texts that fold to the same are not equal in order")
	}
}

func TestKindsTravelByName(t *testing.T) {
	for k := Boolean; k <= List; k++ {
		text, err := k.MarshalText()
		var back Kind
		if err != nil || back.UnmarshalText(text) != nil || back != k {
			t.Errorf("%v as %q comes back as %v", k, text, back)
		}
	}
	var k Kind
	for _, name := range []string{"", "None", "string", "Kind(9)"} {
		if k.UnmarshalText([]byte(name)) == nil {
			t.Errorf("%q is a kind", name)
		}
	}
}
