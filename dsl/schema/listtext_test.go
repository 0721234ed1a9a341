package schema

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestListText(t *testing.T) {
	field := Field{Key: "tags", Kind: List}
	for _, c := range []struct {
		written string
		want    Value
	}{
		{`VIP, 常連`, Strings("VIP", "常連")},
		{`VIP、常連；a;b,c`, Strings("VIP", "常連", "a", "b", "c")},
		{`"a,b", c`, Strings("a,b", "c")},
		{`"a ""x""", " b "`, Strings(`a "x"`, " b ")},
		{"\"a\nb\"\nc", Strings("a\nb", "c")},
		{`a"b, c`, Strings(`a"b`, "c")},
		{`"a" b, c`, Strings(`"a" b`, "c")}, // typed by a person: the quote closes before the element ends
		{`"a, b`, Strings(`"a`, "b")},
		{` , ;`, Value{}},
	} {
		if got, fault := ParseText(field, c.written, time.UTC); fault != nil || !got.Equal(c.want) {
			t.Errorf("%s: %v, %v; want %v", c.written, got, fault, c.want)
		}
	}
	if got := ListText([]string{"VIP", "a,b", ` c`, `d"`}); got != `VIP, "a,b", " c", "d"""` {
		t.Error(got)
	}
}

// Every list reads back from how it is written.
func TestListTextReadsBack(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	parts := []string{"a", "あ", ",", ";", "、", "，", "；", "\n", "\r", `"`, `""`, " ", "　", "\t", "\u0085", "x", "=", "'", "\x00"}
	for range 20_000 {
		elements := make([]string, r.IntN(5))
		for i := range elements {
			for range 1 + r.IntN(4) {
				elements[i] += parts[r.IntN(len(parts))]
			}
		}
		want := Strings(elements...)
		written := ListText(want.Elements())
		if got, fault := ParseText(Field{Key: "profile.list", Kind: List}, written, time.UTC); fault != nil || !got.Equal(want) {
			t.Fatalf("seed %d: %q is written %q and read %v, %v", seed, want.Elements(), written, got, fault)
		}
	}
}
