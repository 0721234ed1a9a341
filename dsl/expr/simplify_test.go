package expr

import (
	"math"
	"reflect"
	"testing"
	"time"

	"meibo/dsl/schema"
)

var (
	inf   = math.Inf(1)
	yes   = Const{true}
	no    = Const{false}
	vip   = Boolean{"vip", true}
	named = Present{"name"}
)

func and(of ...Expr) Expr { return And{of} }
func or(of ...Expr) Expr  { return Or{of} }
func not(e Expr) Expr     { return Not{e} }

func number(low, high float64) Range {
	return Range{Field: "n", Kind: schema.Number, Min: low, Max: high}
}

func open(r Range, low, high bool) Range {
	r.MinOpen, r.MaxOpen = low, high
	return r
}

func date(low, high float64) Range {
	return Range{Field: "d", Kind: schema.Date, Min: low, Max: high}
}

func numbers(values ...float64) Among {
	return Among{Field: "n", Kind: schema.Number, Values: values}
}

func dates(values ...float64) Among { return Among{Field: "d", Kind: schema.Date, Values: values} }

func text(needles ...string) Text {
	return Text{Field: "s", Kind: schema.String, Needles: needles}
}

func tag(needles ...string) Text {
	return Text{Field: "tags", Kind: schema.List, Needles: needles}
}

func TestSimplify(t *testing.T) {
	negativeZero := math.Copysign(0, -1)
	tests := []struct {
		name     string
		in, want Expr
	}{
		{"an empty And is everyone", and(), yes},
		{"an empty Or is no one", or(), no},
		{"And of one", and(vip), vip},
		{"Or of one", or(vip), vip},
		{"And drops true", and(vip, yes, named), and(vip, named)},
		{"And with false", and(vip, no, named), no},
		{"Or drops false", or(vip, no, named), or(vip, named)},
		{"Or with true", or(vip, yes), yes},
		{"nested And", and(vip, and(named, and(number(1, 2)))), and(vip, named, number(1, 2))},
		{"nested Or", or(or(vip, named), number(1, 2)), or(vip, named, number(1, 2))},
		{"Or within And stays", and(vip, or(named, number(1, 2))), and(vip, or(named, number(1, 2)))},
		{"constants deep down", or(no, and(vip, or(not(not(yes)), named))), vip},
		{"NOT NOT", not(not(vip)), vip},
		{"NOT NOT NOT", not(not(not(vip))), not(vip)},
		{"NOT everyone", not(and()), no},
		{"repetition in And", and(vip, named, vip), and(vip, named)},
		{"repetition in Or", or(vip, named, and(vip)), or(vip, named)},
		{"repetition of a junction", and(or(vip, named), or(vip, named)), or(vip, named)},
		{"p AND NOT p", and(vip, named, not(vip)), no},
		{"NOT p AND p", and(not(vip), vip), no},
		{"p OR NOT p", or(not(named), vip, named), yes},

		{"empty range", number(5, 1), no},
		{"open at its only number", open(number(5, 5), true, false), no},
		{"one number", number(5, 5), numbers(5)},
		{"all numbers", number(-inf, inf), Present{"n"}},
		{"all numbers and beyond", open(number(-1e300, 1e300), true, true), Present{"n"}},
		{"beyond all numbers", number(1e300, inf), no},
		{"NaN", number(math.NaN(), 1), no},
		{"minus zero", number(negativeZero, negativeZero), numbers(0)},

		{"dates include their first millisecond and exclude their last", open(date(9, 20), true, false), open(date(10, 21), false, true)},
		{"parts of a millisecond", date(9.5, 20.5), open(date(10, 21), false, true)},
		{"an open part of a millisecond", open(date(9.5, 20.5), true, true), open(date(10, 21), false, true)},
		{"one millisecond", open(date(9, 10), false, true), dates(9)},
		{"no millisecond", open(date(9, 10), true, true), no},
		{"all dates", date(schema.MinMillis, schema.MaxMillis), Present{"d"}},
		{"after all dates", open(date(schema.MaxMillis, inf), true, false), no},

		{"Among is sorted and distinct", numbers(3, 1, 3, negativeZero, 0), numbers(0, 1, 3)},
		{"Among of none", numbers(), no},
		{"Among of what no number is", numbers(inf, math.NaN(), 1e300), no},
		{"Among of what no date is", dates(1.5, 7), dates(7)},

		{"two ranges that both hold", and(number(1, inf), vip, open(number(-inf, 5), false, true)), and(open(number(1, 5), false, true), vip)},
		{"ranges that exclude each other", and(number(1, 2), number(3, 4)), no},
		{"ranges that touch", and(number(1, 3), number(3, 4)), numbers(3)},
		{"an open end wins", and(open(number(1, 3), true, false), number(1, 3)), open(number(1, 3), true, false)},
		{"a range and values", and(number(2, 8), numbers(1, 2, 8, 9)), numbers(2, 8)},
		{"values and values", and(numbers(1, 2, 3), numbers(2, 3, 4)), numbers(2, 3)},
		{"merged away, then one more", and(number(1, 2), number(3, 4), number(0, 9)), no},
		{"values of which one holds", or(numbers(1), vip, numbers(5, 3)), or(numbers(1, 3, 5), vip)},
		{"ranges of which one holds stay", or(number(1, 2), number(3, 4)), or(number(1, 2), number(3, 4))},
		{"what merges can be a repetition", and(numbers(1), or(numbers(1), vip), or(vip, numbers(1, 1))), and(numbers(1), or(numbers(1), vip), or(vip, numbers(1)))},
		{"what merges can be an opposite", and(not(numbers(2)), number(1, 2), number(2, 3)), no},
		{"another field does not merge", and(number(1, 2), Range{Field: "m", Kind: schema.Number, Min: 3, Max: 4}), and(number(1, 2), Range{Field: "m", Kind: schema.Number, Min: 3, Max: 4})},

		{"true or false is present", or(vip, Boolean{"vip", false}, named), or(Present{"vip"}, named)},
		{"true and false is no one", and(vip, named, Boolean{"vip", false}), no},
		{"true, and false of another field", and(vip, Boolean{"member", false}), and(vip, Boolean{"member", false})},

		{"needles are sorted and distinct", text("b", "a", "b"), text("a", "b")},
		{"no needles", text(), no},
		{"no needles, all", Text{Field: "tags", Kind: schema.List, All: true}, no},
		{"All of a String", Text{Field: "s", Kind: schema.String, All: true, Needles: []string{"a"}}, text("a")},
		{"texts of which one holds", or(text("b"), text("a")), text("a", "b")},
		{"a String cannot equal two texts", and(text("b"), text("a")), no},
		{"a String in two sets", and(text("a", "b"), text("b", "c")), text("b")},
		{"a List can", and(tag("a"), tag("b")), and(tag("a"), tag("b"))},
		{"a List with one of both", or(tag("a"), tag("b")), tag("a", "b")},
		{"exact and folded differ", or(text("a"), Text{Field: "s", Kind: schema.String, Form: Exact, Needles: []string{"a"}}), or(text("a"), Text{Field: "s", Kind: schema.String, Form: Exact, Needles: []string{"a"}})},
		{"prefixes stay", or(Text{Field: "s", Kind: schema.String, Match: Prefix, Needles: []string{"a"}}, Text{Field: "s", Kind: schema.String, Match: Prefix, Needles: []string{"b"}}), or(Text{Field: "s", Kind: schema.String, Match: Prefix, Needles: []string{"a"}}, Text{Field: "s", Kind: schema.String, Match: Prefix, Needles: []string{"b"}})},

		{"versions the wrong way round", Version{Field: "v", Min: "2.10", Max: "2.9"}, no},
		{"one version without itself", Version{Field: "v", Min: "2.10", Max: "2.10.0", MaxOpen: true}, no},
		{"no version", Version{Field: "v", Min: "two"}, no},
		{"two versions", and(Version{Field: "v", Min: "2.9"}, Version{Field: "v", Min: "2.10", MinOpen: true}, Version{Field: "v", Max: "3"}), Version{Field: "v", Min: "2.10", MinOpen: true, Max: "3"}},

		{"a term twice", Quick{Terms: []string{"a", "b", "a"}, Region: "JP"}, Quick{Terms: []string{"a", "b"}, Region: "JP"}},
		{"no term", Quick{Region: "JP"}, yes},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Simplify(test.in)
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("Simplify(%s)\n got %#v\nwant %#v", String(test.in), got, test.want)
			}
			if again := Simplify(got); !reflect.DeepEqual(again, got) {
				t.Errorf("simplified again: %#v, before %#v", again, got)
			}
		})
	}
}

// What was given is shared with others and must not change.
func TestSimplifyLeavesItsArgument(t *testing.T) {
	in := or(numbers(3, 1), and(text("b", "a"), vip), numbers(2))
	Simplify(in)
	if want := or(numbers(3, 1), and(text("b", "a"), vip), numbers(2)); !reflect.DeepEqual(in, want) {
		t.Errorf("the argument became %#v", in)
	}
}

// The work is bounded: what the language admits at most (5,000 nodes, and
// 10,000 values in a list) stays far below a second.
func TestSimplifyIsBounded(t *testing.T) {
	deep := Expr(vip)
	for i := range 2500 {
		deep = or(and(deep, numbers(float64(i))), named)
	}
	wide := make([]Expr, 5000)
	for i := range wide {
		wide[i] = and(numbers(float64(i), float64(i+1)), vip)
	}
	many := make([]Expr, 5000)
	for i := range many {
		many[i] = text(string(rune('a'+i%26)), time.Duration(i).String())
	}
	start := time.Now()
	for _, e := range []Expr{deep, or(wide...), or(many...)} {
		Simplify(e)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}
