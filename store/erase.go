package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"meibo/dsl/schema"
)

// A customer is erased in three steps, each of many transactions, because
// others hold parts of it:
//
//   - Hide takes it out of every answer, the index's by way of the log, and
//     nobody can write it again; its record stays, so that whoever removes copies
//     elsewhere still knows what to look for, after a restart too.
//   - Wipe removes the record, but for the id, and the history.
//   - Forget removes the id, once the index, which deletes by ids, has persisted
//     the deletion. What is left under the number is a tombstone of nobody, to
//     which old entries of the log lead.
//
// The months keep its bit: it says nothing without the id, and without it the
// count of past months would change.
//
// The customers are those of a job's selection.

// An Erasing is one step of an erasure through a job's selection: for the
// customers with numbers above After, up to Limit of them.
type Erasing struct {
	Job, After uint64
	Limit      int
}

// eachErasing goes through them.
func (tx *Tx) eachErasing(e Erasing, do func(number uint64, c stored) error) (last uint64, done bool, err error) {
	if err := tx.usable(); err != nil {
		return 0, false, err
	}
	defer tx.guard(&err)
	numbers, done, err := tx.selectedNumbers(e.Job, e.After, e.Limit)
	if err != nil {
		return 0, false, err
	}
	last = e.After
	for _, number := range numbers {
		c, err := tx.at(number)
		if err == nil {
			err = do(number, c)
		}
		if err != nil {
			return 0, false, tx.fail(err)
		}
		last = number
	}
	return last, done, nil
}

// Hide is the first step. It says how many it has hidden that were not merged
// into others: how many persons.
func (tx *Tx) Hide(e Erasing) (last uint64, done bool, persons int, err error) {
	last, done, err = tx.eachErasing(e, func(number uint64, c stored) error {
		if c.erased {
			return nil
		}
		if c.merged == 0 {
			persons++
		}
		return tx.hide(number, c)
	})
	return last, done, persons, err
}

func (tx *Tx) hide(number uint64, c stored) error {
	if !c.deleted {
		if err := tx.moveMember(number, memberOf(c.record), ""); err != nil {
			return err
		}
		tx.count--
	}
	c.deleted, c.erased, c.merged = true, true, 0
	_, err := tx.putCustomer(number, c, opDelete)
	return err
}

// Hidden reads what is left of the customers of a job's selection that are
// hidden, and what their histories say that they were: what to look for elsewhere.
func (s *Store) Hidden(e Erasing) (list []schema.Record, last uint64, done bool, err error) {
	err = s.view(func(v *view) error {
		numbers, all, err := v.selectedNumbers(e.Job, e.After, e.Limit)
		if err != nil {
			return err
		}
		last, done = e.After, all
		for _, number := range numbers {
			c, err := v.at(number)
			if err != nil {
				return err
			}
			if c.erased && c.record.Len() > 0 {
				if list, err = v.everything(list, number, c); err != nil {
					return err
				}
			}
			last = number
		}
		return nil
	})
	return list, last, done, err
}

// everything adds a customer's record, and one for each entry of its history
// with the values that it had then.
func (v *view) everything(list []schema.Record, number uint64, c stored) ([]schema.Record, error) {
	list = append(list, c.record)
	err := v.eachEntry(context.Background(), number, 0, func(e HistoryEntry) bool {
		before, after := schema.NewRecord(c.record.ID()), schema.NewRecord(c.record.ID())
		for _, change := range e.Changes {
			before.Set(change.Key, change.Before)
			after.Set(change.Key, change.After)
		}
		list = append(list, before, after)
		return true
	})
	return list, err
}

// Wipe is the second step, for customers that are hidden.
func (tx *Tx) Wipe(e Erasing) (last uint64, done bool, err error) {
	return tx.eachErasing(e, func(number uint64, c stored) error {
		if !c.erased {
			return nil
		}
		if err := tx.forgetHistory(number); err != nil {
			return err
		}
		if c.record.Len() == 0 {
			return nil // was forgotten before
		}
		c.record = schema.NewRecord(c.record.ID())
		return tx.putErased(number, c)
	})
}

// putErased replaces what is left of a customer, which the log need not tell:
// to the index it is deleted already.
func (tx *Tx) putErased(number uint64, c stored) error {
	body, err := appendCustomer(nil, c, tx.fieldNumber)
	if err != nil {
		return err
	}
	customers, err := tx.table(bucketCustomers)
	if err != nil {
		return err
	}
	tx.dirty = true
	if err := customers.put(numberKey(number), body); err != nil {
		return fmt.Errorf("store: erase a customer: %w", err)
	}
	return nil
}

func (tx *Tx) forgetHistory(number uint64) error {
	t, err := tx.table(bucketHistory)
	if err != nil {
		return err
	}
	var keys [][]byte
	c := t.bucket.Cursor()
	for key, _ := c.Seek(numberKey(number)); bytes.HasPrefix(key, numberKey(number)); key, _ = c.Next() {
		keys = append(keys, slices.Clone(key))
	}
	for _, key := range keys {
		tx.dirty = true
		if err := t.bucket.Delete(key); err != nil {
			return fmt.Errorf("store: erase a history: %w", err)
		}
	}
	return nil
}

// Forget is the last step, for customers that are wiped and that the index has
// persisted as deleted. What is noted of them goes into the file of erasures
// before it is committed.
func (tx *Tx) Forget(e Erasing) (forgotten []ErasedHash, last uint64, done bool, err error) {
	key, err := tx.erasureKey()
	if err != nil {
		return nil, 0, false, err
	}
	last, done, err = tx.eachErasing(e, func(number uint64, c stored) error {
		id := c.record.ID()
		if !c.erased || id == "" {
			return nil
		}
		forgotten = append(forgotten, ErasedHash{Hash: fmt.Sprintf("%x", erasedHash(key, id)), At: tx.millis})
		return tx.forgetID(number, c, key)
	})
	if err == nil {
		err = tx.store.noteErasures(key, forgotten)
	}
	if err != nil {
		return nil, 0, false, tx.fail(err)
	}
	return forgotten, last, done, nil
}

func (tx *Tx) forgetID(number uint64, c stored, key string) error {
	id := c.record.ID()
	ids, err := tx.table(bucketIDs)
	if err != nil {
		return err
	}
	if err := ids.bucket.Delete([]byte(id)); err != nil {
		return fmt.Errorf("store: forget an id: %w", err)
	}
	if err := tx.keepErased(erasedHash(key, id), tx.millis); err != nil {
		return err
	}
	c.record = schema.Record{}
	return tx.putErased(number, c)
}
