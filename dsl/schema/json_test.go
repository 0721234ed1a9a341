package schema

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestParseCustomer(t *testing.T) {
	n := func(digits string) json.Number { return json.Number(digits) }
	tests := []struct {
		in   string
		want []Assignment
	}{
		{`{}`, nil},
		{` {"id":"a","member":true,"tags":["x","y"]} `, []Assignment{{"id", "a"}, {"member", true}, {"tags", []any{"x", "y"}}}},
		{`{"profile":{"email":"a@x.jp","n":1.50},"web":{"os":null}}`, []Assignment{{"profile.email", "a@x.jp"}, {"profile.n", n("1.50")}, {"web.os", nil}}},
		{`{"profile.email":"a@x.jp"}`, []Assignment{{"profile.email", "a@x.jp"}}},
		{`{"profile.email":"a@x.jp","profile":{"name":"x"}}`, []Assignment{{"profile.email", "a@x.jp"}, {"profile.name", "x"}}},
		{`{"profile":null}`, []Assignment{{"profile", nil}}},
		{`{"profile":{}}`, []Assignment{{"profile", map[string]any{}}}},
		{`{"profile":{"name":{}},"a":1}`, []Assignment{{"profile.name", map[string]any{}}, {"a", json.Number("1")}}},
		{`{"n":9007199254740993,"e":1E5}`, []Assignment{{"n", n("9007199254740993")}, {"e", n("1E5")}}},
		{`{"tags":[]}`, []Assignment{{"tags", []any{}}}},
		{`{"tags":["a",null,1,true]}`, []Assignment{{"tags", []any{"a", nil, n("1"), true}}}},
		{`{"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}}`, []Assignment{{"a.b.c.d.e.f.g", n("1")}}},
		{`{"name":"\u30bf\ud83d\ude00\n"}`, []Assignment{{"name", "タ😀\n"}}},
	}
	for _, test := range tests {
		got, err := ParseCustomer([]byte(test.in))
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("ParseCustomer(%s) = %v, %v, want %v", test.in, got, err, test.want)
		}
	}
}

func TestParseCustomerRefuses(t *testing.T) {
	tests := []struct{ in, says string }{
		{``, "ends too early"},
		{`{`, "ends too early"},
		{`{"a":`, "ends too early"},
		{`{"a":1`, "ends too early"},
		{`{"a":["x"`, "ends too early"},
		{`[]`, "a list"},
		{`"x"`, "a string"},
		{`null`, "null"},
		{`{"a":1}{`, "after"},
		{`{"a":1} x`, "after"},
		{`{"a":1,}`, "not valid JSON"},
		{`{a:1}`, "not valid JSON"},
		{`{"a":01}`, "not valid JSON"},
		{`{"a":NaN}`, "not valid JSON"},
		{`{"a":1,"a":2}`, `"a"`},
		{`{"a":1,"a":null}`, `"a"`},
		{`{"profile":{"x":1},"profile.x":2}`, `"profile.x"`},
		{`{"profile":{"x":1},"profile":{"y":2}}`, `"profile"`},
		{`{"tags":[["x"]]}`, "tags"},
		{`{"tags":[{"x":1}]}`, "tags"},
		{`{"a":` + strings.Repeat(`{"b":`, 8) + `1` + strings.Repeat(`}`, 9), "deeper"},
		{strings.Repeat(`{"b":`, 100_000), "deeper"},
		{`{"a":` + strings.Repeat(`[`, 100_000), "a list"},
		{"{\"a\":\"\xff\"}", "UTF-8"},
	}
	for _, test := range tests {
		got, err := ParseCustomer([]byte(test.in))
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("ParseCustomer(%s) = %v, %v, want an error with %q", excerpt(test.in), got, err, test.says)
		}
		if why := (*JSONError)(nil); !errors.As(err, &why) || !strings.Contains(why.Words.JA, "。") && !strings.Contains(why.Words.JA, "ません") {
			t.Errorf("ParseCustomer(%s) has no words in Japanese: %v", excerpt(test.in), err)
		}
	}
}

func initialSet(t *testing.T, more ...Field) *Fields {
	t.Helper()
	fields, err := NewFields("JP", InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	if fields, err = fields.With(more...); err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestRecordAsJSON(t *testing.T) {
	fields := initialSet(t)
	r := NewRecord("a \"1\" <&>")
	r.Set("name", Text("田中\n\u2028"))
	r.Set("member", Bool(false))
	r.Set("lastSeenAt", At(1795402800000))
	r.Set("sessionsCount", Num(1.5))
	r.Set("web.os", Text("x"))
	r.Set("profile.email", Text("a@x.jp"))
	r.Set("profile.name", Text("n"))
	r.Set("tags", Strings("x", "y"))
	r.Set("profile.unknown", Text("not in the fields"))
	want := `{"id":"a \"1\" <&>","lastSeenAt":1795402800000,"tags":["x","y"],"member":false,"sessionsCount":1.5,"web":{"os":"x"},"name":"田中\n\u2028","profile":{"email":"a@x.jp","name":"n"}}`
	if got := string(r.AppendJSON(nil, fields, nil)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	only := func(key string) bool { return key == "profile.name" || key == "member" }
	if got, want := string(r.AppendJSON(nil, fields, only)), `{"id":"a \"1\" <&>","member":false,"profile":{"name":"n"}}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	none := func(string) bool { return false }
	if got, want := string(r.AppendJSON([]byte("x"), fields, none)), `x{"id":"a \"1\" <&>"}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// What is written comes back as the same record.
func TestJSONComesBack(t *testing.T) {
	fields := initialSet(t,
		Field{Key: "profile.n", Kind: Number}, Field{Key: "profile.list", Kind: List}, Field{Key: "profile.flag", Kind: Boolean}, Field{Key: "profile.a_B9", Kind: String})
	numbers := []float64{0, 1, -1, 0.1, 0.1 + 0.2, 1e-6, 1e-7, 5e-324, -5e-324, 1 << 53, -(1 << 53), 1<<53 - 1, 123456789.125, math.Pi, 1e15}
	texts := []string{"x", " x ", "\"\\/\b\f\n\r\t", "\x00\x01\x7f", "タ😀\u2028\u2029", "</script>", "\ufffd", "é e\u0301"}
	for i := range max(len(numbers), len(texts)) {
		r := NewRecord("id " + texts[i%len(texts)])
		r.Set("profile.n", Num(numbers[i%len(numbers)]))
		r.Set("name", Text(texts[i%len(texts)]))
		r.Set("profile.a_B9", Text(texts[(i+1)%len(texts)]))
		r.Set("profile.list", Strings(texts...))
		r.Set("profile.flag", Bool(i%2 == 0))
		r.Set("web.lastSeenAt", At(int64(i)-3))
		text := r.AppendJSON(nil, fields, nil)
		assignments, err := ParseCustomer(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var back Record
		for _, a := range assignments {
			f, ok := fields.Lookup(a.Key)
			if !ok {
				t.Fatalf("%s: no field %s", text, a.Key)
			}
			v, fault := Coerce(f, a.Raw, nil)
			if fault != nil {
				t.Fatalf("%s: %v", text, fault)
			}
			back.Set(a.Key, v)
		}
		if !back.Equal(r) {
			t.Errorf("%s comes back as %s", text, back.AppendJSON(nil, fields, nil))
		}
	}
}

func TestFormatNumber(t *testing.T) {
	for n, want := range map[float64]string{
		0: "0", 5: "5", -1.5: "-1.5", 0.1: "0.1", 1e15: "1000000000000000", 1 << 53: "9007199254740992", 1e-6: "0.000001", 1e-7: "1e-07", 5e-324: "5e-324",
	} {
		if got := FormatNumber(n); got != want {
			t.Errorf("FormatNumber(%g) = %s, want %s", n, got, want)
		}
	}
}

func FuzzParseCustomer(f *testing.F) {
	f.Add([]byte(`{"id":"a","profile":{"x":[1,"b",null]},"t":true}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		assignments, err := ParseCustomer(raw)
		if err == nil && !json.Valid(raw) {
			t.Errorf("accepted: %q", raw)
		}
		seen := map[string]bool{}
		for _, a := range assignments {
			if seen[a.Key] {
				t.Errorf("%q: %s twice", raw, a.Key)
			}
			seen[a.Key] = true
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	fields, err := NewFields(DefaultRegion, InitialFields())
	if err != nil {
		b.Fatal(err)
	}
	r := NewRecord("customer")
	for f := range fields.All() {
		switch f.Kind {
		case Boolean:
			r.Set(f.Key, Bool(true))
		case Number:
			r.Set(f.Key, Num(12))
		case Date:
			r.Set(f.Key, At(1_790_000_000_000))
		case List:
			r.Set(f.Key, Strings("VIP", "卸"))
		default:
			r.Set(f.Key, Text("田中 花子"))
		}
	}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = r.AppendJSON(out[:0], fields, nil)
	}
}
