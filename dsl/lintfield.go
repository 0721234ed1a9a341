package dsl

import (
	"slices"
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// fields tells of fields that are not in use, each where it is first named:
// hidden, archived, or without a value in any record. What a segment reads is
// told at the reference.
func (l *linter) fields(leaves []leaf) {
	named := map[string]bool{}
	for _, one := range leaves {
		if call, ok := one.Node.(*Call); ok && !l.wrong(call.At) {
			l.segmentFields(call, one.means)
			continue
		}
		field, at, ok := l.fieldAt(one.Node)
		if !ok || named[field.Key] {
			continue
		}
		named[field.Key] = true
		l.shelved(at, field)
		if l.counts.never(field.Key) {
			l.found.add(fault{code: "empty_field", warning: true, at: at,
				message: say("%[1]s（%[2]s）に値がある顧客はいません。", "no customer has a value in %[1]s (%[3]s)", field.Key, field.Labels.JA, field.Labels.EN)})
		}
	}
}

// shelved tells of a field that is hidden or archived.
func (l *linter) shelved(at Extent, field schema.Field) {
	if field.Hidden {
		l.found.add(fault{code: "hidden_field", warning: true, at: at,
			message: say("%[1]s（%[2]s）は非表示の項目で、新しい値は集められていません。", "%[1]s (%[3]s) is hidden: no new values are collected", field.Key, field.Labels.JA, field.Labels.EN)})
	}
	if field.Archived {
		l.found.add(fault{code: "archived_field", warning: true, at: at,
			message: say("%[1]s（%[2]s）はアーカイブ済みの項目です。", "%[1]s (%[3]s) is archived", field.Key, field.Labels.JA, field.Labels.EN)})
	}
}

// segmentFields tells of the archived fields that a segment reads, other
// segments and all. A hidden one is an error of Compile.
func (l *linter) segmentFields(call *Call, means expr.Expr) {
	var archived []string
	for _, key := range namedFields(means) {
		if field, _ := l.source.fields.Lookup(key); field.Archived {
			archived = append(archived, key)
		}
	}
	key := clip(call.Arg.Text)
	if len(archived) > 0 {
		l.found.add(fault{code: "archived_field", warning: true, at: call.Arg.At,
			message: say("セグメント「%[1]s」はアーカイブ済みの項目を使っています: %[2]s", "the segment %[1]s uses archived fields: %[2]s", key, clip(strings.Join(archived, ", ")))})
	}
}

// namedFields are those that conditions name; quick search reads what there is.
func namedFields(e expr.Expr) []string {
	if _, quick := e.(expr.Quick); quick {
		return nil
	}
	parts := expr.Children(e)
	if len(parts) == 0 {
		return expr.FieldsOf(e)
	}
	var keys []string
	for _, part := range parts {
		for _, key := range namedFields(part) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
