package jsondoc

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"meibo/dsl/schema"
)

// plain is a value as encoding/json decodes it with UseNumber.
func plain(v *Value) any {
	switch v.Kind {
	case Bool:
		return v.Text == "true"
	case Number:
		return json.Number(v.Text)
	case String:
		return v.Text
	case Array:
		list := make([]any, len(v.Items))
		for i := range v.Items {
			list[i] = plain(&v.Items[i])
		}
		return list
	case Object:
		members := map[string]any{}
		for i := range v.Items {
			members[v.Items[i].Name] = plain(&v.Items[i])
		}
		return members
	}
	return nil
}

func seeds() []string {
	return []string{
		`null`, `true`, ` false `, `0`, `-0`, `-12.50e+3`, `1E9`, `""`, `"a\"\\\/\b\f\n\r\t\u3042\ud83d\ude00\ud800"`, `"あ"`, `[]`, `{}`,
		`[1,[2,{"a":[]}],"x"]`, `{"a":{"b":{"c":null}},"":0,"a\u0062":true}`, "\t\r\n [ 1 , 2 ] ",
		``, ` `, `nul`, `tru`, `01`, `1.`, `.5`, `-`, `1e`, `+1`, `1 2`, `[1,]`, `[1`, `[,]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1`, `"a`, `"\x"`, `"\u12"`,
		"\"a\nb\"", "[1]x", "\x00", "[\x00]", "1\x00", "\"\xff\"", "\ufeff{}", `{"a":1,"a":2}`, strings.Repeat("[", 400),
	}
}

// agree: what encoding/json takes, within the bounds and without a member
// twice, is read the same; all else is refused.
func agree(t *testing.T, text string) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var want any
	valid := json.Valid([]byte(text)) && d.Decode(&want) == nil
	got, fault := Parse([]byte(text))
	if (got == nil) != (fault != nil) {
		t.Fatalf("%q: %v and %v", text, got, fault)
	}
	if fault != nil {
		own := fault.Code != CodeBadJSON || strings.Contains(fault.Message.EN, "twice") || strings.Contains(fault.Message.EN, "UTF-8")
		if fault.Message.JA == "" || fault.Message.EN == "" || valid && !own {
			t.Fatalf("%q: %+v", text, fault)
		}
		return
	}
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(plain(got))
	if !valid || !bytes.Equal(a, b) {
		t.Fatalf("%q: read as %s, encoding/json reads %s (%v)", text, b, a, valid)
	}
}

func TestParse(t *testing.T) {
	for _, text := range seeds() {
		agree(t, text)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range seeds() {
		f.Add(text)
	}
	f.Fuzz(agree)
}

func TestFaultsSayWhere(t *testing.T) {
	deep := strings.Repeat(`[`, MaxDepth+1)
	for _, test := range []struct{ text, code, at, says string }{
		{`{"a":[1,{"b/c~":tru}]}`, CodeBadJSON, "/a/1/b~1c~0", "byte 16 should be a value"},
		{`{"a":{"x":1,"x":2}}`, CodeBadJSON, "/a/x", "x stands there twice"},
		{`[1 2]`, CodeBadJSON, "", "byte 3 should be a comma or ]"},
		{`{"a":1`, CodeBadJSON, "", "a comma or }"},
		{"[\"\xff\"]", CodeBadJSON, "", "UTF-8"},
		{deep, "too_deep", strings.Repeat("/0", MaxDepth), "300"},
		{`"` + strings.Repeat("x", MaxBytes) + `"`, "too_long", "", "1572864"},
		{"[" + strings.Repeat("1,", MaxValues) + "1]", "too_many_values", "/199999", "200000"},
	} {
		_, fault := Parse([]byte(test.text))
		if fault == nil || fault.Code != test.code || fault.Field != test.at || !strings.Contains(fault.Message.EN, test.says) {
			t.Errorf("%.60s: %+v", test.text, fault)
		}
	}
}

func TestManyMembersAreStillTold(t *testing.T) {
	var b strings.Builder
	for i := range 40 {
		b.WriteString(`"` + strings.Repeat("m", i) + `":0,`)
	}
	if _, fault := Parse([]byte("{" + b.String() + `"mmm":1}`)); fault == nil || fault.Field != "/mmm" {
		t.Errorf("%+v", fault)
	}
}

func TestFaults(t *testing.T) {
	v, _ := Parse([]byte(`{"a":1,"b":"x","c":2}`))
	var f Faults
	f.Object(v, "/p", "a", "b")
	f.Needs(v, "/p", "z", String)
	f.Needs(v, "/p", "a", String)
	f.Word("x", "/p/b", "y", "z")
	if m, ok := f.Needs(v, "/p", "b", String); !ok || m.Text != "x" {
		t.Error("b was not found")
	}
	var got []string
	for _, fault := range f.List {
		got = append(got, fault.Field+" "+fault.Code)
	}
	if want := []string{"/p/c unknown_member", "/p missing_member", "/p/a wrong_kind", "/p/b unknown_word"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for range 2 * MaxFaults {
		f.Tell(schema.ValueError{})
	}
	if !f.Full() || len(f.List) != MaxFaults {
		t.Errorf("%d faults are kept", len(f.List))
	}
}
