package indextest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"meibo/dsl/schema"
	"meibo/index"
)

// valuesQuery asks for the values of a field that has them, by a prefix that
// some have, or of one that has none.
func (g *Generator) valuesQuery() index.ValuesQuery {
	f, _ := g.Fields.Lookup(g.anyField())
	for f.Kind != schema.String && f.Kind != schema.List && f.Kind != schema.Number {
		f, _ = g.Fields.Lookup(g.anyField())
	}
	q := index.ValuesQuery{Field: f.Key, Kind: f.Kind, Limit: pick(g, []int{1, 2, 5, 50, index.MaxValues})}
	of := g.seen(f).Elements()
	if len(of) == 0 || g.IntN(3) == 0 { // of a Number always
		return q
	}
	runes := []rune(schema.Fold(pick(g, of)))
	q.Prefix = schema.Fold(string(runes[:min(len(runes), g.IntN(4))]))
	return q
}

// values compares the counts of values, and holds that the customer told with
// each has it.
func (p *pair) values(q index.ValuesQuery) {
	p.t.Helper()
	if fault := p.valuesFault(q); fault != "" {
		p.t.Errorf("%s: %s", showValuesQuery(q), fault)
	}
}

// valuesFault says what is wrong with an answer; "" is nothing.
func (p *pair) valuesFault(q index.ValuesQuery) string {
	want, err := p.oracle.Values(context.Background(), q)
	if err != nil {
		return "memindex: " + err.Error()
	}
	got, err := p.tested.Values(context.Background(), q)
	if err != nil {
		return err.Error()
	}
	if got.More != want.More || !slices.EqualFunc(got.Values, want.Values, sameCount) {
		return fmt.Sprintf("\n got %s\nwant %s", showValues(got), showValues(want))
	}
	for _, c := range slices.Concat(got.Values, want.Values) {
		if r, ok := p.records[c.ID]; !ok || !hasValue(r, q, c.Value) {
			return fmt.Sprintf("%q (there: %v) does not have %v", c.ID, ok, c.Value)
		}
	}
	return ""
}

// sameCount leaves the customers out, of whom any may be told.
func sameCount(a, b index.ValueCount) bool {
	return a.Value.Equal(b.Value) && a.Count == b.Count
}

func hasValue(r schema.Record, q index.ValuesQuery, v schema.Value) bool {
	own := r.Get(q.Field)
	if own.Kind() != q.Kind || q.Kind == schema.Number {
		return own.Equal(v)
	}
	return slices.ContainsFunc(own.Elements(), func(text string) bool { return schema.Fold(text) == v.Text() })
}

func showValuesQuery(q index.ValuesQuery) string {
	return fmt.Sprintf("Values(%s %s, prefix %.60q, limit %d)", q.Field, q.Kind, q.Prefix, q.Limit)
}

func showValues(p index.ValuesPage) string {
	list := make([]string, len(p.Values))
	for i, c := range p.Values {
		list[i] = fmt.Sprintf("%d × %.60v", c.Count, c.Value)
	}
	if p.More {
		list = append(list, "more")
	}
	return "[" + strings.Join(list, ", ") + "]"
}
