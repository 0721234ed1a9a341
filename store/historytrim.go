package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
)

// Bounds of one step of TrimHistory: customers that it looks at in one reading
// transaction (a seek each), and entries that it deletes in one writing
// transaction, which others wait for.
const (
	historyLook  = 10_000
	historyChunk = 1_000
)

// TrimHistory forgets the entries of all histories that are older than a time,
// in epoch milliseconds; one of just that time stays. It looks at the oldest
// entry of each customer, so it costs a microsecond a customer that has a
// history, and holds up no write for longer than deleting a thousand entries
// takes. Where a clock was put back, an older entry stands behind a newer one
// and stays until that goes.
func (s *Store) TrimHistory(ctx context.Context, before int64) (forgotten int, err error) {
	next := uint64(1) // the customer to go on with
	for next != 0 {
		if err := ctx.Err(); err != nil {
			return forgotten, err
		}
		var old [][]byte
		err := s.view(func(v *view) (err error) {
			old, next, err = v.oldHistory(next, before)
			return err
		})
		if err != nil {
			return forgotten, err
		}
		if len(old) == 0 {
			continue
		}
		if _, err := s.Update(ctx, func(tx *Tx) error { return tx.forget(old) }); err != nil {
			return forgotten, err
		}
		forgotten += len(old)
	}
	return forgotten, nil
}

// oldHistory are keys of entries to forget, from a customer on, and the
// customer to go on with; 0 at the end.
func (v *view) oldHistory(from uint64, before int64) (old [][]byte, next uint64, err error) {
	t, err := v.table(bucketHistory)
	if err != nil {
		return nil, 0, err
	}
	c := t.bucket.Cursor()
	key, value := c.Seek(historyKey(from, 0))
	for looked := 0; key != nil; {
		number, _, ok := historyPlace(key)
		if !ok {
			return nil, 0, t.corrupt(key, "the key is no customer and seq")
		}
		if looked == historyLook || len(old) == historyChunk {
			return old, number, nil
		}
		body, err := t.unseal(key, value)
		if err != nil {
			return nil, 0, err
		}
		if at, n := binary.Varint(body); n > 0 && at < before {
			old = append(old, slices.Clone(key))
			key, value = c.Next()
			continue
		}
		looked++
		key, value = c.Seek(historyKey(number+1, 0))
	}
	return old, 0, nil
}

func (tx *Tx) forget(keys [][]byte) (err error) {
	defer tx.guard(&err)
	t, err := tx.table(bucketHistory)
	if err != nil {
		return err
	}
	tx.dirty = true
	for _, key := range keys {
		if err := t.bucket.Delete(key); err != nil {
			return tx.fail(fmt.Errorf("store: trim the history: %w", err))
		}
	}
	return nil
}
