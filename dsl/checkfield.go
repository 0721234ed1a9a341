package dsl

import (
	"cmp"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// field finds the field that a path names, and reports one that is not there
// with the nearest names.
func (c *checker) field(p Path) (schema.Field, bool) {
	if len(p.Names) == 0 { // reported by the scanner
		return schema.Field{}, false
	}
	key := strings.Join(p.Names, ".")
	if f, ok := c.env.Fields.Lookup(key); ok {
		return f, true
	}
	near := Nearest(c.env.Fields, key)
	wrong := fault{code: "unknown_field", at: p.At, message: say("%s という項目はありません。", "there is no field %s", clip(key))}
	if len(near) > 0 {
		wrong.message = say("%[1]s という項目はありません。%[2]s（%[3]s）ですか？", "there is no field %[1]s; did you mean %[2]s (%[4]s)?", clip(key), near[0].Key, near[0].Labels.JA, near[0].Labels.EN)
	}
	for _, f := range near {
		wrong.expected = append(wrong.expected, f.Key)
		wrong.fixes = append(wrong.fixes, replace(p.At, f.Key))
	}
	c.faults.add(wrong)
	return schema.Field{}, false
}

// mendWhole completes the fixes of the unknown field that was reported last:
// where the field that is meant takes another operator or value than the one
// written (顧客タグ = "VIP"), the fix changes that too.
func (c *checker) mendWhole(p *Pred) {
	if len(p.Path.Names) == 0 || c.faults.full || len(c.faults.list) == 0 {
		return
	}
	last := &c.faults.list[len(c.faults.list)-1]
	if last.code != "unknown_field" || last.at != p.Path.At {
		return
	}
	for i, key := range last.expected {
		field, _ := c.env.Fields.Lookup(key)
		var found faults
		trial := *c
		trial.faults = &found
		if trial.operator(p, field); len(found.list) == 0 {
			trial.positive(p, field)
		}
		if len(found.list) == 1 && len(found.list[0].fixes) > 0 {
			last.fixes[i].edits = append(last.fixes[i].edits, found.list[0].fixes[0].edits...)
		}
	}
}

// maxNearest is how many names an unknown one may bring to mind.
const maxNearest = 3

// Nearest are the fields that a key may have meant, the likeliest first: the
// same key in another case, a label in either language, the last part alone,
// and few edits away. At most three; none when nothing is near.
func Nearest(fields *schema.Fields, key string) []schema.Field {
	if len(key) > 2*schema.MaxKeyLength {
		return nil
	}
	type candidate struct {
		schema.Field
		far int
	}
	var found []candidate
	folded := schema.Fold(key)
	for f := range fields.All() {
		if far, ok := farFrom(f, key, folded); ok {
			found = append(found, candidate{f, far})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var list []schema.Field
	for _, one := range found[:min(len(found), maxNearest)] {
		list = append(list, one.Field)
	}
	return list
}

// farFrom measures in quarters of an edit, so that equally distant names keep
// a sensible order; ok is false when the field is too far to be meant.
func farFrom(f schema.Field, key, folded string) (far int, ok bool) {
	lower, own := strings.ToLower(key), strings.ToLower(f.Key)
	if lower == own {
		return 0, true
	}
	if folded == schema.Fold(f.Labels.JA) || folded == schema.Fold(f.Labels.EN) {
		return 1, true
	}
	last, ownLast := lastPart(lower), lastPart(own)
	if last == ownLast {
		return 2, true
	}
	limit := max(1, len(lower)/4)
	whole := distance(lower, own)
	part := distance(last, ownLast)
	switch {
	case whole <= limit && whole < len(own):
		return 4 * whole, true
	case part <= max(1, len(last)/4) && part < len(ownLast) && len(last) > 2:
		return 4*part + 1, true
	case label(f, folded):
		return 4*limit + 2, true
	}
	return 0, false
}

// label reports whether the text is the greater part of a label: 最新アクセス
// of 最新アクセス時間.
func label(f schema.Field, folded string) bool {
	if len(folded) < 6 {
		return false
	}
	for _, l := range []string{schema.Fold(f.Labels.JA), schema.Fold(f.Labels.EN)} {
		if strings.Contains(l, folded) && 2*len(folded) >= len(l) {
			return true
		}
	}
	return false
}

func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// distance counts the edits between two short texts, in bytes; two letters
// that changed places are one edit. Cost: the product of their lengths.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	next := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			next[j] = min(last[j]+1, next[j-1]+1, last[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}
