package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// auditChunk is how many entries TrimAudit deletes in one transaction, which
// others wait for.
const auditChunk = 1_000

// TrimAudit forgets the entries of the audit log that are older than a time, in
// epoch milliseconds; one of just that time stays. It goes from the oldest on
// and ends at the first that stays: where a clock was put back, an older entry
// stands behind a newer one and stays until that goes. It holds up no write for
// longer than deleting a thousand entries takes.
func (s *Store) TrimAudit(ctx context.Context, before int64) (forgotten int, err error) {
	for {
		if err := ctx.Err(); err != nil {
			return forgotten, err
		}
		var old [][]byte
		if err := s.view(func(v *view) (err error) { old, err = v.oldAudit(before); return err }); err != nil {
			return forgotten, err
		}
		if len(old) == 0 {
			return forgotten, nil
		}
		if _, err := s.Update(ctx, func(tx *Tx) error { return tx.forgetAudit(old) }); err != nil {
			return forgotten, err
		}
		forgotten += len(old)
	}
}

// oldAudit are the keys of the oldest entries, as many as are older and fit in
// a step.
func (v *view) oldAudit(before int64) (old [][]byte, err error) {
	t, err := v.table(bucketAudit)
	if err != nil {
		return nil, err
	}
	c := t.bucket.Cursor()
	for key, value := c.First(); key != nil && len(old) < auditChunk; key, value = c.Next() {
		body, err := t.unseal(key, value)
		if err != nil {
			return nil, err
		}
		var e struct {
			At int64 `json:"at"`
		}
		if err := json.Unmarshal(body, &e); err != nil {
			return nil, t.corrupt(key, err.Error())
		}
		if e.At >= before {
			break
		}
		old = append(old, slices.Clone(key))
	}
	return old, nil
}

func (tx *Tx) forgetAudit(keys [][]byte) (err error) {
	defer tx.guard(&err)
	t, err := tx.table(bucketAudit)
	if err != nil {
		return err
	}
	tx.dirty = true
	for _, key := range keys {
		if err := t.bucket.Delete(key); err != nil {
			return tx.fail(fmt.Errorf("store: trim the audit log: %w", err))
		}
	}
	return nil
}
