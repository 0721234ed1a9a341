package service

import (
	"fmt"

	"meibo/dsl/schema"
)

// outcome is what a write makes of a customer, as far as the record alone says:
// the record, what it came to, and whether updatedAt moved. An *Error refuses.
func outcome(current schema.Record, exists bool, w Write, fields *schema.Fields, now int64) (next schema.Record, out Outcome, moved bool, err error) {
	next = current.Clone()
	if w.MemberID != "" && next.Get(schema.MemberIDField).IsMissing() {
		next.Set(schema.MemberIDField, schema.Text(w.MemberID))
	}
	moved = w.change != nil && w.change(&next, exists)
	applied, err := edit(&next, w, fields)
	if err != nil {
		return next, Outcome{}, false, err
	}
	stampChanges(&next, applied, fields, now)
	moved = moved || !exists || changesProfile(current, next, applied)
	moved = derive(&next, w, exists, moved, now)
	out = Outcome{ID: next.ID(), Status: Updated, Record: next, Warnings: warningsOf(applied, fields)}
	switch {
	case !exists:
		out.Status = Created
	case next.Equal(current):
		out.Status = Unchanged
		return next, out, false, nil
	}
	if size := recordBytes(next); size > schema.MaxRecordBytes {
		return next, Outcome{}, false, refuse(CodeRecordTooLarge,
			fmt.Sprintf("顧客の記録が大きすぎます（%d バイト、上限 %d バイト）。", size, schema.MaxRecordBytes),
			fmt.Sprintf("the customer's record would have %d bytes; at most %d are kept", size, schema.MaxRecordBytes))
	}
	return next, out, moved, nil
}
