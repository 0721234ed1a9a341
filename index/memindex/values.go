package memindex

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"meibo/dsl/schema"
	"meibo/index"
)

// Values goes through all records.
func (s *snapshot) Values(ctx context.Context, q index.ValuesQuery) (index.ValuesPage, error) {
	if err := index.CheckValuesQuery(q); err != nil {
		return index.ValuesPage{}, err
	}
	if s.released.Load() {
		return index.ValuesPage{}, index.ErrClosed
	}
	type key struct {
		num  float64
		text string
	}
	counts := map[key]*index.ValueCount{}
	for i, r := range s.records {
		if i%1024 == 1023 && ctx.Err() != nil {
			return index.ValuesPage{}, ctx.Err()
		}
		for _, v := range valuesOf(r.Get(q.Field), q) {
			k := key{v.Num(), v.Text()}
			if counts[k] == nil {
				counts[k] = &index.ValueCount{Value: v, ID: r.ID()}
			}
			counts[k].Count++
		}
	}
	var page index.ValuesPage
	for _, c := range counts {
		page.Values = append(page.Values, *c)
	}
	slices.SortFunc(page.Values, func(a, b index.ValueCount) int { return schema.Compare(a.Value, b.Value) })
	if len(page.Values) > index.MaxValues {
		page.Values, page.More = page.Values[:index.MaxValues], true
	}
	slices.SortStableFunc(page.Values, func(a, b index.ValueCount) int { return cmp.Compare(b.Count, a.Count) })
	page.Values = page.Values[:min(q.Limit, len(page.Values))]
	return page, ctx.Err()
}

// valuesOf are the distinct values of one customer that a query is about.
func valuesOf(v schema.Value, q index.ValuesQuery) []schema.Value {
	if v.Kind() != q.Kind {
		return nil
	}
	return slices.DeleteFunc(distinct(v), func(v schema.Value) bool { return !strings.HasPrefix(v.Text(), q.Prefix) })
}

// distinct are the values that a customer counts for: those of a List, each
// once; texts in their folded form.
func distinct(v schema.Value) []schema.Value {
	if v.Kind() != schema.String && v.Kind() != schema.List {
		return []schema.Value{v}
	}
	var list []schema.Value
	seen := map[string]bool{}
	for _, text := range v.Elements() {
		if folded := schema.Fold(text); !seen[folded] {
			seen[folded] = true
			list = append(list, schema.Text(folded))
		}
	}
	return list
}
