package indextest

import (
	"context"
	"fmt"
	"math"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

func facetCases() []boundaryCase {
	return []boundaryCase{
		{"facets of nobody", facetsOfNobody},
		{"facets of texts", facetsOfTexts},
		{"facets of lists", facetsOfLists},
		{"facets of Booleans", facetsOfBooleans},
		{"facets of numbers", facetsOfNumbers},
		{"facets of dates", facetsOfDates},
		{"facets of ids", facetsOfIDs},
		{"facets of a field of several kinds", facetsOfKinds},
		{"facets with as many edges as there may be", facetsOfManyEdges},
		{"facets of what is left", facetsOfWhatIsLeft},
		{"facets with many values", facetsOfManyValues},
		{"facets that no backend answers", badFacets},
	}
}

func facetsOfNobody(b *bench) {
	check := func(e expr.Expr) {
		b.t.Helper()
		for _, q := range []index.FacetQuery{facet("city", 5), facet("tags", 5), facet("member", 5), facet("id", 5), facet("no.such.field", 5)} {
			b.wantFacet(e, q, spread{})
		}
		b.wantFacet(e, facet("sessionsCount", 5, 0, 1, 2), spread{counts: []int{0, 0}})
		b.wantFacet(e, facet("lastSeenAt", 0, 0, 1), spread{counts: []int{0}})
		b.wantFacet(e, facet("lastSeenAt", 0), spread{})
		s := b.snapshot()
		defer s.Release()
		if got, err := s.Facets(context.Background(), e, nil); len(got) != 0 || err != nil {
			b.t.Errorf("no queries: %v, %v", got, err)
		}
	}
	check(everyone())
	b.put(customer("a", "city", schema.Text("東京"), "sessionsCount", schema.Num(1), "member", schema.Bool(true)))
	check(named("nobody"))
	check(expr.Const{})
	b.wantFacet(everyone(), facet("no.such.field", 5), spread{missing: 1})
}

// facetsOfTexts: what folds to the same is one value, told in its folded form;
// ties come in the order of its bytes.
func facetsOfTexts(b *bench) {
	city := func(id, name, of string) schema.Record {
		return customer(id, "name", schema.Text(name), "city", schema.Text(of))
	}
	b.put(city("a", "x", "Osaka"), city("b", "y", "ＯＳＡＫＡ"), city("c", "x", "たかまつ"), city("d", "x", ""), city("e", "y", "zushi"))
	b.put(city("f", "x", " osaka "), city("g", "x", "ﾀｶﾏﾂ"), city("h", "x", "Akita"), city("i", "y", ""))
	b.wantFacet(everyone(), facet("city", 10), spread{distinct: 4, missing: 2,
		values: []held{of("osaka", "a", "b", "f"), of("タカマツ", "c", "g"), of("akita", "h"), of("zushi", "e")}})
	b.wantFacet(everyone(), facet("city", 3), spread{distinct: 4, missing: 2,
		values: []held{of("osaka", "a", "b", "f"), of("タカマツ", "c", "g"), of("akita", "h")}})
	b.wantFacet(named("x"), facet("city", 1), spread{distinct: 3, missing: 1, values: []held{of("osaka", "a", "f")}})
	b.wantFacet(named("y"), facet("city", 9), spread{distinct: 2, missing: 1, values: []held{of("osaka", "b"), of("zushi", "e")}})
	b.wantFacet(named("y"), facet("city", 0), spread{missing: 1})
}

// facetsOfLists: a customer counts once for an element, in however many forms
// it was written.
func facetsOfLists(b *bench) {
	repeated := schema.Stored(schema.List, 0, "", []string{"VIP", "vip", "ＶＩＰ", "new"})
	b.put(
		customer("a", "tags", repeated), customer("b", "tags", schema.Strings("new", "常連"), "name", schema.Text("x")),
		customer("c", "tags", schema.Strings("Vip"), "name", schema.Text("x")), customer("d", "tags", schema.Strings()), customer("e"))
	b.put(customer("f", "tags", schema.Strings("new"), "name", schema.Text("x")))
	b.wantFacet(everyone(), facet("tags", 10), spread{distinct: 3, missing: 2,
		values: []held{of("new", "a", "b", "f"), of("vip", "a", "c"), of("常連", "b")}})
	b.wantFacet(named("x"), facet("tags", 2), spread{distinct: 3, values: []held{of("new", "b", "f"), of("vip", "c")}})
	b.wantFacet(everyone(), facet("tags", 0), spread{missing: 2})
}

func facetsOfBooleans(b *bench) {
	member := func(id string, is bool) schema.Record { return customer(id, "member", schema.Bool(is)) }
	b.put(member("a", true), member("b", false), customer("c"))
	tie := []held{of(false, "b"), of(true, "a")}
	b.wantFacet(everyone(), facet("member", 2), spread{distinct: 2, missing: 1, values: tie})
	b.wantFacet(everyone(), facet("member", 1), spread{distinct: 2, missing: 1, values: tie[:1]})
	b.put(member("d", true), customer("e", "name", schema.Text("x")))
	b.wantFacet(everyone(), facet("member", 9), spread{distinct: 2, missing: 2, values: []held{of(true, "a", "d"), of(false, "b")}})
	b.wantFacet(named("x"), facet("member", 9), spread{missing: 1})
}

// facetsOfNumbers: an edge that is a value begins a bucket; the last edge
// belongs to none; two equal edges have nothing between them.
func facetsOfNumbers(b *bench) {
	number := func(id string, n float64) schema.Record { return customer(id, "profile.amount", schema.Num(n)) }
	b.put(number("a", 0), number("b", -1.5), number("c", 10), number("d", 9), customer("none"))
	b.put(number("e", 0.1), number("f", -20), number("g", 10), number("h", schema.MaxNumber))
	ends := []float64{-20, schema.MaxNumber}
	ask := func(q index.FacetQuery, want spread) {
		b.t.Helper()
		want.missing, want.numbers = 1, ends
		b.wantFacet(everyone(), q, want)
	}
	ask(facet("profile.amount", 3), spread{distinct: 7, values: []held{of(10.0, "c", "g"), of(-20.0, "f"), of(-1.5, "b")}})
	ask(facet("profile.amount", 0), spread{})
	ask(facet("profile.amount", 0, 0, 5, 10), spread{below: 2, counts: []int{2, 1}, above: 3})
	ask(facet("profile.amount", 0, -20, -10, 0, 10, 20), spread{counts: []int{1, 1, 3, 2}, above: 1})
	ask(facet("profile.amount", 0, 0, 0.1), spread{below: 2, counts: []int{1}, above: 5})
	ask(facet("profile.amount", 1, 10, 10, 10, 11), spread{distinct: 7, values: []held{of(10.0, "c", "g")},
		below: 5, counts: []int{0, 0, 2}, above: 1})
	ask(facet("profile.amount", 0, 9, 9), spread{below: 4, counts: []int{0}, above: 4})
	ask(facet("profile.amount", 0, math.Inf(-1), 0, math.Inf(1)), spread{counts: []int{2, 6}})
	ask(facet("profile.amount", 0, 0, schema.MaxNumber), spread{below: 2, counts: []int{5}, above: 1})
}

func facetsOfDates(b *bench) {
	const midnight, day = 1763823600000, 24 * 60 * 60 * 1000
	seen := func(id string, at int64) schema.Record { return customer(id, "lastSeenAt", schema.At(at)) }
	b.put(seen("a", midnight), seen("b", midnight-1), seen("c", midnight+day-1), seen("d", midnight+day), customer("e"))
	b.put(seen("f", schema.MinMillis), seen("g", schema.MaxMillis), seen("h", midnight))
	b.wantFacet(everyone(), facet("lastSeenAt", 0, midnight-day, midnight, midnight+day), spread{
		below: 1, counts: []int{1, 3}, above: 2, missing: 1, numbers: []float64{schema.MinMillis, schema.MaxMillis}})
	b.wantFacet(expr.Range{Field: "lastSeenAt", Kind: schema.Date, Min: 0, Max: midnight}, facet("lastSeenAt", 0),
		spread{numbers: []float64{midnight - 1, midnight}})
}

// facetsOfIDs: the id is a String like others.
func facetsOfIDs(b *bench) {
	b.put(customer("a"), customer("A"), customer("c"), customer("Ｂ"))
	b.put(customer("ａ"), customer("b2"), customer("d", "name", schema.Text("x")))
	b.wantFacet(everyone(), facet("id", 9), spread{distinct: 5,
		values: []held{of("a", "a", "A", "ａ"), of("b", "Ｂ"), of("b2", "b2"), of("c", "c"), of("d", "d")}})
	b.wantFacet(named("x"), facet("id", 9), spread{distinct: 1, values: []held{of("d", "d")}})
}

// facetsOfKinds: what was written before a field's kind was changed is missing.
func facetsOfKinds(b *bench) {
	b.put(customer("a", "city", schema.Text("1")), customer("b", "city", schema.Num(1)), customer("c", "city", schema.Bool(true)))
	b.put(customer("d", "city", schema.Strings("1")), customer("e", "city", schema.At(1)))
	for kind, want := range map[schema.Kind]spread{
		schema.String:  {distinct: 1, values: []held{of("1", "a")}},
		schema.List:    {distinct: 1, values: []held{of("1", "d")}},
		schema.Boolean: {distinct: 1, values: []held{of(true, "c")}},
		schema.Number:  {distinct: 1, values: []held{of(1.0, "b")}, numbers: []float64{1, 1}},
		schema.Date:    {numbers: []float64{1, 1}},
	} {
		q := index.FacetQuery{Field: "city", Kind: kind, Top: len(want.values)}
		want.missing = 4
		b.wantFacet(everyone(), q, want)
	}
}

func facetsOfManyEdges(b *bench) {
	edges := make([]float64, index.MaxFacetEdges)
	counts := make([]int, len(edges)-1)
	var records []schema.Record
	for i := range edges {
		edges[i] = float64(i * i)
		records = append(records, customer(fmt.Sprintf("c%04d", i), "profile.amount", schema.Num(float64(i*i))))
	}
	for i := range counts {
		counts[i] = 1
	}
	b.put(records...)
	b.wantFacet(everyone(), facet("profile.amount", 0, edges...), spread{counts: counts, above: 1, numbers: []float64{0, edges[len(edges)-1]}})
}

// facetsOfWhatIsLeft: neither a deleted customer nor a value that was replaced
// counts, in a snapshot from before they still do.
func facetsOfWhatIsLeft(b *bench) {
	person := func(id, city, tag string, n float64) schema.Record {
		return customer(id, "city", schema.Text(city), "tags", schema.Strings(tag), "sessionsCount", schema.Num(n))
	}
	b.put(person("a", "x", "t", 1), person("b", "x", "t", 2), person("c", "y", "u", 3))
	before := b.snapshot()
	b.apply([]schema.Record{person("a", "z", "u", 4)}, []string{"c"})
	b.wantFacet(everyone(), facet("city", 9), spread{distinct: 2, values: []held{of("x", "b"), of("z", "a")}})
	b.wantFacet(everyone(), facet("tags", 9), spread{distinct: 2, values: []held{of("t", "b"), of("u", "a")}})
	b.wantFacet(everyone(), facet("sessionsCount", 0, 0, 3), spread{counts: []int{1}, above: 1, numbers: []float64{2, 4}})
	b.wantFacetOf(before, everyone(), facet("city", 9), spread{distinct: 2, values: []held{of("x", "a", "b"), of("y", "c")}})
	before.Release()
}

// facetsOfManyValues: of more values than may be told, the first are told and
// all are counted.
func facetsOfManyValues(b *bench) {
	const n = index.MaxFacetValues + 200
	text := func(id string, i int) schema.Record {
		return customer(fmt.Sprintf("%s%04d", id, i), "profile.text", schema.Text(fmt.Sprintf("v%04d", i)))
	}
	var records []schema.Record
	for i := range n {
		records = append(records, text("c", i))
	}
	b.put(records...)
	b.put(customer("none"), text("d", 1199), text("d", 1000))
	want := spread{distinct: n, missing: 1, values: []held{of("v1000", "c1000", "d1000"), of("v1199", "c1199", "d1199")}}
	for i := range index.MaxFacetValues - len(want.values) {
		want.values = append(want.values, of(fmt.Sprintf("v%04d", i), fmt.Sprintf("c%04d", i)))
	}
	b.wantFacet(everyone(), facet("profile.text", index.MaxFacetValues), want)
	want.values = want.values[:1]
	b.wantFacet(everyone(), facet("profile.text", 1), want)
}
