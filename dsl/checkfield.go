package dsl

import (
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
	if f, ok := c.fields.Lookup(key); ok {
		return f, c.shown(f, p.At)
	}
	near := c.nearest(key)
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

// shown refuses a hidden field in a segment's filter. No values of it are
// collected any more, so the segment would go on answering with ever older
// ones; a person who asks by one is warned of it by Lint instead.
func (c *checker) shown(f schema.Field, at Extent) bool {
	if !f.Hidden || !c.saved {
		return true
	}
	c.faults.add(fault{code: "hidden_field", at: at,
		message: say("%[1]s（%[2]s）は非表示の項目なので、セグメントでは使えません。", "%[1]s (%[3]s) is hidden, so a segment cannot use it", f.Key, f.Labels.JA, f.Labels.EN)})
	return false
}

// maxMended bounds the values of a predicate of which a fix is completed: each
// field that may be meant is tried with all of them.
const maxMended = 100

// mendWhole completes the fixes of the unknown field that was reported last:
// where the field that is meant takes another operator or value than the one
// written (顧客タグ = "VIP"), the fix changes that too.
func (c *checker) mendWhole(p *Pred) {
	if len(p.Path.Names) == 0 || len(p.Values) > maxMended || c.faults.full || len(c.faults.list) == 0 {
		return
	}
	last := &c.faults.list[len(c.faults.list)-1]
	if last.code != "unknown_field" || last.at != p.Path.At {
		return
	}
	for i, key := range last.expected {
		field, _ := c.fields.Lookup(key)
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
