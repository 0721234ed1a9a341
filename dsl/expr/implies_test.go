package expr

import (
	"testing"

	"meibo/dsl/schema"
)

func phone(m Match, needles ...string) Text {
	return Text{Field: "p", Kind: schema.String, Form: Phone, Match: m, Region: "JP", Needles: needles}
}

func exactly(m Match, needles ...string) Text {
	return Text{Field: "s", Kind: schema.String, Form: Exact, Match: m, Needles: needles}
}

func piece(m Match, needle string) Text {
	return Text{Field: "s", Kind: schema.String, Match: m, Needles: []string{needle}}
}

func allTags(needles ...string) Text {
	return Text{Field: "tags", Kind: schema.List, All: true, Needles: needles}
}

func tagPiece(m Match, needle string, all bool) Text {
	return Text{Field: "tags", Kind: schema.List, Match: m, All: all, Needles: []string{needle}}
}

func version(low, high string) Version { return Version{Field: "s", Min: low, Max: high} }

// TestImplies: what follows ("=>"), what excludes ("><"), what covers everyone
// ("||"), and pairs of which nothing is known ("?").
func TestImplies(t *testing.T) {
	for _, test := range []struct {
		a    Expr
		how  string
		b    Expr
		name string
	}{
		{number(5, inf), "=>", number(3, inf), ""},
		{number(3, inf), "?", number(5, inf), ""},
		{open(number(5, inf), true, false), "=>", number(5, inf), ""},
		{number(5, inf), "?", open(number(5, inf), true, false), ""},
		{number(5, inf), "><", open(number(-inf, 5), false, true), ""},
		{number(5, inf), "?", number(-inf, 5), "they share 5"},
		{number(1, 2), "=>", not(number(3, 4)), ""},
		{numbers(1, 5), "=>", number(1, 5), ""},
		{numbers(1, 6), "?", number(1, 5), ""},
		{numbers(6, 7), "><", number(1, 5), ""},
		{numbers(1), "=>", numbers(1, 2), ""},
		{numbers(1), "><", numbers(2), ""},
		{not(numbers(1)), "||", not(numbers(2)), "no number is both"},
		{not(numbers(1)), "?", numbers(2), "a missing number is neither"},
		{number(5, inf), "=>", Present{"n"}, ""},
		{number(5, inf), "?", Present{"m"}, "another field"},
		{number(5, inf), "><", not(Present{"n"}), ""},
		{not(Present{"n"}), "=>", not(number(5, inf)), ""},
		{not(number(3, inf)), "=>", not(number(5, inf)), ""},
		{not(number(5, inf)), "?", not(number(3, inf)), ""},
		{date(0, 10), "=>", date(0, 20), ""},
		{date(0, 10), "?", number(0, 20), "another field and kind"},
		{vip, "><", Boolean{"vip", false}, ""},
		{vip, "=>", vip, ""},
		{not(vip), "?", Boolean{"vip", false}, "it may be missing"},
		{Boolean{"vip", false}, "=>", not(vip), ""},

		{text("abc"), "=>", piece(Prefix, "ab"), ""},
		{text("abc"), "=>", piece(Suffix, "c"), ""},
		{text("abc", "xbx"), "=>", piece(Contains, "b"), ""},
		{text("abc", "xx"), "?", piece(Contains, "b"), ""},
		{text("xx", "yy"), "><", piece(Contains, "b"), ""},
		{text("a"), "=>", text("a", "b"), ""},
		{text("a"), "><", text("b", "c"), ""},
		{piece(Prefix, "abc"), "=>", piece(Prefix, "ab"), ""},
		{piece(Prefix, "abc"), "=>", piece(Contains, "bc"), ""},
		{piece(Contains, "abc"), "=>", piece(Contains, "b"), ""},
		{piece(Contains, "abc"), "?", piece(Prefix, "a"), ""},
		{piece(Prefix, "abc"), "?", piece(Suffix, "c"), ""},
		{piece(Prefix, "a"), "><", piece(Prefix, "b"), ""},
		{piece(Suffix, "a"), "><", piece(Suffix, "b"), ""},
		{piece(Contains, "a"), "?", piece(Contains, "b"), ""},
		{exactly(Equal, "Ab"), "=>", text("ab"), "exact is narrower than folded"},
		{text("ab"), "?", exactly(Equal, "Ab"), ""},
		{text("ab"), "><", exactly(Equal, "Abc"), ""},
		{exactly(Equal, "Ab"), "=>", piece(Prefix, "a"), ""},
		{exactly(Equal, "Ab"), "=>", exactly(Prefix, "A"), ""},
		{exactly(Equal, "Ab"), "><", exactly(Prefix, "a"), ""},
		{exactly(Prefix, "か"), "?", piece(Prefix, "カ"), "a voiced mark may follow"},
		{text("ab"), "?", exactly(Prefix, "A"), ""},

		{phone(Equal, "090-1234-5678"), "=>", phone(Equal, "+81 90 1234 5678"), ""},
		{phone(Equal, "090-1234-5678"), "><", phone(Equal, "090-1234-5679"), ""},
		{phone(Prefix, "090-12"), "=>", phone(Prefix, "090"), ""},
		{phone(Prefix, "09012"), "?", phone(Prefix, "090-1"), "as text they differ"},
		{Text{Field: "p", Kind: schema.String, Form: Exact, Needles: []string{"+819012345678"}}, "=>", phone(Equal, "090-1234-5678"), ""},

		{tag("a"), "=>", tag("a", "b"), ""},
		{tag("a"), "?", tag("b"), "a list has both"},
		{allTags("a"), "=>", tag("a", "b"), ""},
		{allTags("a"), "=>", allTags("a", "b"), ""},
		{allTags("a"), "><", tag("b"), ""},
		{allTags("a"), "><", allTags("b"), ""},
		{tag("a"), "?", allTags("a"), ""},
		{tag("a"), "=>", Present{"tags"}, ""},
		{tagPiece(Prefix, "vip/", true), "=>", tagPiece(Prefix, "vip", false), ""},
		{tagPiece(Prefix, "vip/", false), "?", tagPiece(Prefix, "vip", true), ""},
		{tag("vip/a"), "=>", tagPiece(Contains, "vip", false), ""},

		{version("2", "3"), "=>", version("1", ""), ""},
		{version("2", "3"), "><", version("3.1", ""), ""},
		{version("2.10", ""), "=>", version("2.10.0", ""), ""},
		{text("v2.1"), "=>", version("2", "3"), ""},
		{text("latest"), "><", version("2", "3"), ""},
		{text("2.0", "5.0"), "?", version("2", "3"), ""},
		{version("2", "3"), "=>", Present{"s"}, ""},

		{Quick{Terms: []string{"a", "b"}}, "=>", Quick{Terms: []string{"b"}}, ""},
		{Quick{Terms: []string{"a"}}, "?", Quick{Terms: []string{"a", "b"}}, ""},
		{Quick{Terms: []string{"a"}}, "?", Present{"name"}, ""},

		{vip, "=>", or(named, vip), ""},
		{and(vip, named), "=>", vip, ""},
		{and(vip, named), "=>", or(named, number(1, 2)), ""},
		{or(vip, named), "?", vip, ""},
		{or(numbers(1), numbers(2)), "=>", number(1, 2), ""},
		{and(number(1, 2), vip), "=>", and(number(1, 3), vip), ""},
		{not(or(vip, named)), "=>", not(vip), ""},
		{not(vip), "=>", not(and(vip, named)), ""},
		{vip, "=>", not(not(vip)), ""},
		{vip, "><", not(vip), ""},
		{or(vip, named), "||", not(vip), ""},
		{or(vip, named), "><", and(not(vip), not(named)), ""},
		{no, "=>", vip, ""},
		{vip, "=>", yes, ""},
		{yes, "||", vip, ""},
		{vip, "=>", Present{"id"}, "every record has an id"},
		{not(Present{"id"}), "=>", vip, ""},
	} {
		a, b := Simplify(test.a), Simplify(test.b)
		prover := NewProver(1 << 20)
		got := ""
		switch {
		case prover.Implies(a, b):
			got = "=>"
		case prover.Excludes(a, b):
			got = "><"
		case prover.Covers(a, b):
			got = "||"
		default:
			got = "?"
		}
		if got != test.how {
			t.Errorf("%s %s %s, want %s (%s)", String(a), got, String(b), test.how, test.name)
		}
		if got == "><" && !prover.Excludes(b, a) || got == "||" && !prover.Covers(b, a) {
			t.Errorf("%s %s %s, but not the other way round", String(a), got, String(b))
		}
	}
}

// TestProverStops: without work left nothing is affirmed, and junctions deep
// inside one another cost no more than was allowed.
func TestProverStops(t *testing.T) {
	if NewProver(0).Implies(vip, vip) {
		t.Error("affirmed without work")
	}
	prover := NewProver(10_000)
	a, b := Expr(vip), Expr(named)
	for range 40 {
		a, b = and(or(a, number(1, 2)), or(a, date(1, 5))), or(and(b, number(5, 6)), and(b, date(7, 9)))
	}
	if prover.Implies(a, b) {
		t.Error("affirmed what is not so")
	}
	if prover.left > 0 || prover.left < -20_000 {
		t.Errorf("%d units left of 10,000", prover.left)
	}
	long := make([]string, 20_000)
	for i := range long {
		long[i] = string(rune('一' + i))
	}
	if prover := NewProver(10_000); prover.Implies(Simplify(exactly(Equal, long...)), piece(Contains, "x")) || prover.left > 0 {
		t.Errorf("%d units left", prover.left)
	}
}
