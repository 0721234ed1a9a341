package indextest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"meibo/dsl/schema"
	"meibo/index"
)

func textsOf(field, prefix string) index.ValuesQuery {
	return index.ValuesQuery{Field: field, Kind: schema.String, Prefix: prefix, Limit: index.MaxValues}
}

func elementsOf(field, prefix string) index.ValuesQuery {
	return index.ValuesQuery{Field: field, Kind: schema.List, Prefix: prefix, Limit: index.MaxValues}
}

func numbersOf(field string) index.ValuesQuery {
	return index.ValuesQuery{Field: field, Kind: schema.Number, Limit: index.MaxValues}
}

// A held is what is expected of one value: the value, how many have it, and
// the ids of those who have it.
type held struct {
	value any // string, float64 or bool
	by    []string
}

func (w held) schema() schema.Value {
	switch value := w.value.(type) {
	case string:
		return schema.Text(value)
	case float64:
		return schema.Num(value)
	case bool:
		return schema.Bool(value)
	}
	return schema.Value{}
}

func of(value any, ids ...string) held { return held{value, ids} }

// wantValues asks a fresh snapshot, before and after a merge.
func (b *bench) wantValues(q index.ValuesQuery, want ...held) {
	b.t.Helper()
	s := b.snapshot()
	b.wantValuesOf(s, q, want...)
	s.Release()
	if b.hooks.Merge == nil {
		return
	}
	b.hooks.Merge(b.t, b.backend)
	s = b.snapshot()
	defer s.Release()
	b.wantValuesOf(s, q, want...)
}

func (b *bench) wantValuesOf(s index.Snapshot, q index.ValuesQuery, want ...held) {
	b.t.Helper()
	page, err := s.Values(context.Background(), q)
	ok := err == nil && !page.More && slices.EqualFunc(page.Values, want, func(c index.ValueCount, w held) bool {
		return c.Value.Equal(w.schema()) && c.Count == len(w.by) && slices.Contains(w.by, c.ID)
	})
	if !ok {
		b.t.Errorf("%s: %v\n got %+v\nwant %+v", showValuesQuery(q), err, page, want)
	}
}

func valuesOfNothing(b *bench) {
	for _, q := range []index.ValuesQuery{textsOf("name", ""), textsOf("id", ""), elementsOf("tags", "x"), numbersOf("sessionsCount")} {
		b.wantValues(q)
	}
	b.put(customer("a", "city", schema.Text("東京")))
	b.wantValues(textsOf("name", ""))
	b.wantValues(textsOf("no.such.field", ""))
	b.wantValues(elementsOf("city", "")) // a String
	b.wantValues(numbersOf("city"))
}

// valuesOfTexts: what folds to the same is one value, told in its folded form.
func valuesOfTexts(b *bench) {
	long := strings.Repeat("x", schema.MaxTextBytes)
	b.put(
		customer("a", "city", schema.Text("Osaka")), customer("b", "city", schema.Text("ＯＳＡＫＡ")),
		customer("c", "city", schema.Text("たかまつ")), customer("d"), customer("e", "city", schema.Text(long)))
	b.put(customer("f", "city", schema.Text(" osaka ")), customer("g", "city", schema.Text("ﾀｶﾏﾂ")), customer("h", "city", schema.Text("Akita")))
	b.wantValues(textsOf("city", ""), of("osaka", "a", "b", "f"), of("タカマツ", "c", "g"), of("akita", "h"), of(long, "e"))
	b.wantValues(index.ValuesQuery{Field: "city", Kind: schema.String, Limit: 1}, of("osaka", "a", "b", "f"))
	b.wantValues(index.ValuesQuery{Field: "city", Kind: schema.String, Limit: 3}, of("osaka", "a", "b", "f"), of("タカマツ", "c", "g"), of("akita", "h"))
	// A phone number is told as text, not as a number.
	b.put(customer("p", "profile.phone", schema.Text("０９０-1234-5678")), customer("q", "profile.phone", schema.Text("09012345678")))
	b.wantValues(textsOf("profile.phone", ""), of("090-1234-5678", "p"), of("09012345678", "q"))
}

// valuesOfLists: a customer counts once for an element, however often and in
// whatever forms it was written.
func valuesOfLists(b *bench) {
	repeated := schema.Stored(schema.List, 0, "", []string{"VIP", "vip", "ＶＩＰ", "new"})
	b.put(
		customer("a", "tags", repeated), customer("b", "tags", schema.Strings("new", "常連")),
		customer("c", "tags", schema.Strings("Vip")), customer("d", "tags", schema.Strings()), customer("e"))
	b.put(customer("f", "tags", schema.Strings("new")))
	b.wantValues(elementsOf("tags", ""), of("new", "a", "b", "f"), of("vip", "a", "c"), of("常連", "b"))
	b.wantValues(elementsOf("tags", "v"), of("vip", "a", "c"))
	b.wantValues(textsOf("tags", ""))
}

func valuesOfNumbers(b *bench) {
	number := func(id string, n float64) schema.Record { return customer(id, "profile.amount", schema.Num(n)) }
	b.put(number("a", 0), number("b", -1.5), number("c", 10), number("d", 9), customer("none"))
	b.put(number("e", 0.1), number("f", -20), number("g", 10), number("h", schema.MaxNumber))
	b.wantValues(numbersOf("profile.amount"),
		of(10.0, "c", "g"), of(-20.0, "f"), of(-1.5, "b"), of(0.0, "a"), of(0.1, "e"), of(9.0, "d"), of(float64(schema.MaxNumber), "h"))
}

// valuesOfIDs: the id is a String like others.
func valuesOfIDs(b *bench) {
	b.put(customer("a"), customer("A"), customer("c"), customer("Ｂ"))
	b.put(customer("ａ"), customer("b2"))
	b.wantValues(textsOf("id", ""), of("a", "a", "A", "ａ"), of("b", "Ｂ"), of("b2", "b2"), of("c", "c"))
	b.wantValues(textsOf("id", "b"), of("b", "Ｂ"), of("b2", "b2"))
	b.apply(nil, []string{"a", "ａ", "c"})
	b.wantValues(textsOf("id", ""), of("a", "A"), of("b", "Ｂ"), of("b2", "b2"))
}

func valuesByPrefix(b *bench) {
	city := func(id, name string) schema.Record { return customer(id, "city", schema.Text(name)) }
	b.put(city("a", "東京"), city("b", "東京都"), city("c", "東大阪"), city("d", "京都"), city("e", "\U0010ffff"), city("f", "とうきょう"))
	b.put(city("g", "東京都"), city("h", "Tokyo"), city("i", "tokorozawa"), city("j", "to"), city("k", "tp"), city("l", "東亰"))
	b.wantValues(textsOf("city", "東京"), of("東京都", "b", "g"), of("東京", "a"))
	b.wantValues(textsOf("city", "東"), of("東京都", "b", "g"), of("東京", "a"), of("東亰", "l"), of("東大阪", "c"))
	b.wantValues(textsOf("city", "トウ"), of("トウキョウ", "f"))
	b.wantValues(textsOf("city", "to"), of("to", "j"), of("tokorozawa", "i"), of("tokyo", "h"))
	b.wantValues(textsOf("city", "\U0010ffff"), of("\U0010ffff", "e"))
	b.wantValues(textsOf("city", "西"))
	b.wantValues(textsOf("city", "東京都庁"))
}

// valuesGone: what a customer had counts no longer once changed or deleted.
func valuesGone(b *bench) {
	city := func(id, name string) schema.Record { return customer(id, "city", schema.Text(name)) }
	b.put(city("a", "x"), city("b", "x"), city("c", "y"), city("d", "z"), city("e", "z"))
	b.apply([]schema.Record{city("a", "z"), customer("c"), city("f", "x")}, []string{"d", "nobody"})
	b.wantValues(textsOf("city", ""), of("x", "b", "f"), of("z", "a", "e"))
	b.apply(nil, []string{"b", "e"})
	b.wantValues(textsOf("city", ""), of("x", "f"), of("z", "a"))
	b.apply([]schema.Record{city("c", "y")}, []string{"a", "f"})
	b.wantValues(textsOf("city", ""), of("y", "c"))
	b.apply(nil, []string{"c"})
	b.wantValues(textsOf("city", ""))
}

// valuesBeyond: the first MaxValues in order are looked at, of those that
// there still are; what is more frequent behind them is not told.
func valuesBeyond(b *bench) {
	const n = index.MaxValues
	var records []schema.Record
	for i := range n {
		records = append(records, customer(fmt.Sprintf("c%04d", i), "profile.text", schema.Text(fmt.Sprintf("v%04d", i)), "profile.amount", schema.Num(float64(i))))
	}
	b.put(records...)
	ask := func(q index.ValuesQuery, values int, more bool, first string, count int) {
		b.t.Helper()
		s := b.snapshot()
		defer s.Release()
		page, err := s.Values(context.Background(), q)
		if err != nil || page.More != more || len(page.Values) != values || page.Values[0].Count != count || page.Values[0].Value.String() != first {
			b.t.Errorf("%s: %d values, more %v, %v: %.200s", showValuesQuery(q), len(page.Values), page.More, err, showValues(page))
		}
	}
	value := schema.Text("v0000").String()
	ask(textsOf("profile.text", ""), n, false, value, 1)
	ask(numbersOf("profile.amount"), n, false, schema.Num(0).String(), 1)
	last := func(id string) schema.Record {
		return customer(id, "profile.text", schema.Text("w"), "profile.amount", schema.Num(n))
	}
	b.put(last("d1"), last("d2"))
	ask(textsOf("profile.text", ""), n, true, value, 1)
	ask(numbersOf("profile.amount"), n, true, schema.Num(0).String(), 1)
	ask(index.ValuesQuery{Field: "profile.text", Kind: schema.String, Limit: 7}, 7, true, value, 1)
	ask(textsOf("profile.text", "v09"), 100, false, schema.Text("v0900").String(), 1)
	b.apply(nil, []string{"c0500"})
	ask(textsOf("profile.text", ""), n, false, schema.Text("w").String(), 2)
	ask(numbersOf("profile.amount"), n, false, schema.Num(n).String(), 2)
}

func valuesOfASnapshot(b *bench) {
	b.put(customer("a", "city", schema.Text("x")), customer("b", "city", schema.Text("y")))
	before := b.snapshot()
	b.apply([]schema.Record{customer("c", "city", schema.Text("z")), customer("b", "city", schema.Text("z"))}, []string{"a"})
	b.wantValues(textsOf("city", ""), of("z", "b", "c"))
	b.wantValuesOf(before, textsOf("city", ""), of("x", "a"), of("y", "b"))
	if b.hooks.Reopen == nil {
		before.Release()
		return
	}
	before.Release()
	b.backend = b.hooks.Reopen(b.t, b.backend)
	b.wantValues(textsOf("city", ""), of("z", "b", "c"))
}

func badValues(b *bench) {
	b.put(customer("a", "city", schema.Text("x")))
	s := b.snapshot()
	for name, q := range map[string]index.ValuesQuery{
		"a Boolean":             {Field: "member", Kind: schema.Boolean, Limit: 1},
		"a Date":                {Field: "lastSeenAt", Kind: schema.Date, Limit: 1},
		"no kind":               {Field: "city", Limit: 1},
		"no limit":              {Field: "city", Kind: schema.String},
		"a negative limit":      {Field: "city", Kind: schema.String, Limit: -1},
		"a limit too high":      {Field: "city", Kind: schema.String, Limit: index.MaxValues + 1},
		"a number by a prefix":  {Field: "sessionsCount", Kind: schema.Number, Prefix: "1", Limit: 1},
		"a prefix not folded":   {Field: "city", Kind: schema.String, Prefix: "X", Limit: 1},
		"a prefix with a blank": {Field: "city", Kind: schema.String, Prefix: "x ", Limit: 1},
	} {
		if page, err := s.Values(context.Background(), q); !errors.Is(err, index.ErrBadQuery) {
			b.t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if page, err := s.Values(ended, textsOf("city", "")); !errors.Is(err, context.Canceled) {
		b.t.Errorf("in a context that has ended: %+v, %v", page, err)
	}
	s.Release()
	if page, err := s.Values(context.Background(), textsOf("city", "")); !errors.Is(err, index.ErrClosed) {
		b.t.Errorf("of a released snapshot: %+v, %v", page, err)
	}
}
