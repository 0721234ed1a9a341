package store

import (
	"context"
	"encoding/json"
	"fmt"
)

// An AuditEntry is one change of what the register is set to, or one act on
// many customers: who did what to what, before and after. Nobody can change
// one. The store agrees with its readers on nothing about the texts.
type AuditEntry struct {
	Number uint64          `json:"-"`  // 1, 2, 3, …; the key
	At     int64           `json:"at"` // epoch milliseconds; kept by the store
	Actor  Actor           `json:"actor"`
	Action string          `json:"action"`           // field.created, export.started, …
	Kind   string          `json:"kind"`             // of its target: field, segment, token, session, secret, settings, job, export, customer
	Key    string          `json:"key,omitempty"`    // of its target
	Before json.RawMessage `json:"before,omitempty"` // the target; missing where there was none
	After  json.RawMessage `json:"after,omitempty"`
	Detail json.RawMessage `json:"detail,omitempty"` // what else is known of the act: filter, rows
	Job    uint64          `json:"job,omitempty"`    // that does it
}

// Audit adds an entry, in the transaction of what it tells, and gives it its
// number and time.
func (tx *Tx) Audit(e AuditEntry) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	t, err := tx.table(bucketAudit)
	if err != nil {
		return err
	}
	number, err := t.bucket.NextSequence()
	if err != nil {
		return tx.fail(fmt.Errorf("store: number an audit entry: %w", err))
	}
	e.At = tx.millis
	tx.dirty = true
	if err := t.putJSON(numberKey(number), e); err != nil {
		return tx.fail(err)
	}
	return nil
}

// AuditEntries yields what is kept, the newest first, entries before a number
// only (0: all), until yield says false.
func (s *Store) AuditEntries(ctx context.Context, before uint64, yield func(AuditEntry) bool) error {
	return s.view(func(v *view) error {
		t, err := v.table(bucketAudit)
		if err != nil {
			return err
		}
		looked := 0
		return t.backwards(before, func(number uint64, body []byte) (bool, error) {
			if looked++; looked%scanCheck == 0 && ctx.Err() != nil {
				return false, ctx.Err()
			}
			var e AuditEntry
			if err := json.Unmarshal(body, &e); err != nil {
				return false, t.corrupt(numberKey(number), err.Error())
			}
			e.Number = number
			v.outside = true
			more := yield(e)
			v.outside = false
			return more, nil
		})
	})
}
