package expr

import (
	"strings"
	"testing"

	"meibo/dsl/schema"
)

func TestString(t *testing.T) {
	exact := func(needles ...string) Text {
		return Text{Field: "name", Kind: schema.String, Form: Exact, Needles: needles}
	}
	tests := []struct {
		in   Expr
		want string
	}{
		{yes, `NOT id IN ()`},
		{no, `id IN ()`},
		{and(), `NOT id IN ()`},
		{or(), `id IN ()`},
		{not(yes), `NOT NOT id IN ()`},
		{and(vip, or(named, vip)), `vip = true AND (name IS SET OR vip = true)`},
		{or(vip, and(named, vip)), `vip = true OR name IS SET AND vip = true`},
		{not(and(vip, named)), `NOT (vip = true AND name IS SET)`},
		{not(or(vip)), `NOT vip = true`},
		{and(or(vip)), `vip = true`},
		{Boolean{"vip", false}, `vip = false`},
		{number(1, 5), `n BETWEEN 1 AND 5`},
		{open(number(1, 5), true, true), `n > 1 AND n < 5`},
		{not(open(number(1, 5), false, true)), `NOT (n >= 1 AND n < 5)`},
		{number(-0.1, inf), `n >= -0.1`},
		{open(number(-inf, 5e-324), false, true), `n < 0.` + strings.Repeat("0", 323) + `5`},
		{number(-inf, inf), `n IS SET`},
		{number(2, 1), `id IN ()`},
		{numbers(9007199254740992), `n = 9007199254740992`},
		{numbers(-1, 0.5), `n IN (-1, 0.5)`},
		{open(date(1763910000000, 1763996400000), false, true), `d BETWEEN 1763910000000 AND 1763996399999`},
		{date(1763910000000, inf), `d >= 1763910000000`},
		{open(date(-inf, 1763910000000), false, true), `d <= 1763909999999`},
		{dates(1763910000000), `d = 1763910000000`},
		{dates(1763910000), `d = 1970-01-21T09:58:30.000Z`},
		{date(-1763910000, inf), `d >= -1763910000`},
		{text("x"), `s = "x"`},
		{text("x", "y"), `s IN ("x", "y")`},
		{exact("X y"), `name = exact("X y")`},
		{exact("X", "y"), `name IN (exact("X"), exact("y"))`},
		{Text{Field: "s", Kind: schema.String, Match: Contains, Needles: []string{`a"b\c`}}, `s ~ "a\"b\\c"`},
		{Text{Field: "s", Kind: schema.String, Match: Prefix, Needles: []string{"*%?"}}, `s ^= "*%?"`},
		{Text{Field: "s", Kind: schema.String, Match: Suffix, Form: Exact, Needles: []string{"x\n\t\x00"}}, `s $= exact("x\n\t\u0000")`},
		{tag("a"), `tags HAS "a"`},
		{tag("a", "b"), `tags HAS ANY ("a", "b")`},
		{Text{Field: "tags", Kind: schema.List, All: true, Needles: []string{"a"}}, `tags ALL = "a"`},
		{Text{Field: "tags", Kind: schema.List, All: true, Form: Exact, Needles: []string{"a", "b"}}, `tags ALL IN (exact("a"), exact("b"))`},
		{Text{Field: "tags", Kind: schema.List, Match: Prefix, Needles: []string{"vip/"}}, `tags ^= "vip/"`},
		{Text{Field: "tags", Kind: schema.List, Match: Prefix, All: true, Needles: []string{"vip/"}}, `tags ALL ^= "vip/"`},
		{Text{Field: "profile.mobileNumber", Kind: schema.String, Form: Phone, Region: "JP", Needles: []string{"090-1234-5678"}}, `profile.mobileNumber = "090-1234-5678"`},
		{Version{Field: "v", Min: "2.1", Max: "2.1"}, `v = version("2.1")`},
		{Version{Field: "v", Min: "2.1", MinOpen: true}, `v > version("2.1")`},
		{Version{Field: "v", Max: "2.1"}, `v <= version("2.1")`},
		{Version{Field: "v", Min: "2.1", Max: "3"}, `v BETWEEN version("2.1") AND version("3")`},
		{Version{Field: "v", Min: "2.1", Max: "3", MaxOpen: true}, `v >= version("2.1") AND v < version("3")`},
		{Quick{Terms: []string{"田中", "090"}, Region: "JP"}, `"田中 090"`},
		{Present{"profile.in"}, `profile.in IS SET`},
		{Present{"Between.x"}, "`Between`.x IS SET"},
		{Present{"now"}, "`now` IS SET"},
		{Present{"profile.column-1"}, "profile.`column-1` IS SET"},
	}
	for _, test := range tests {
		if got := String(test.in); got != test.want {
			t.Errorf("String(%#v)\n got %s\nwant %s", test.in, got, test.want)
		}
	}
}

func TestCostPutsCheapFirst(t *testing.T) {
	cheapToDear := []Expr{
		yes, vip, number(1, 2), text("x"), text("x", "y", "z"),
		Text{Field: "s", Kind: schema.String, Match: Contains, Needles: []string{"x"}},
		Quick{Terms: []string{"x"}}, Quick{Terms: []string{"x", "y"}},
	}
	for i, e := range cheapToDear[1:] {
		if before := cheapToDear[i]; Cost(before) >= Cost(e) {
			t.Errorf("%s costs %d, %s %d", String(before), Cost(before), String(e), Cost(e))
		}
	}
	if got, want := Cost(and(vip, not(or(named, vip)))), 3*Cost(vip); got != want {
		t.Errorf("a junction costs %d, want the sum of its parts, %d", got, want)
	}
}
