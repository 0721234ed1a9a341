package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
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

// SelectErasable adds customers to a selection, deleted ones too, and lists the
// ids of which none is there. One that was merged means its target: they are
// the same person.
func (s *Store) SelectErasable(selection *Selection, ids []string) (unknown []string, err error) {
	err = s.view(func(v *view) error {
		for _, id := range ids {
			number := uint64(0)
			if id != "" { // bbolt has no empty keys
				if number, _, err = v.find(id); err != nil && !errors.Is(err, ErrNotFound) {
					return err
				}
			}
			if number != 0 {
				if number, err = v.target(number); err != nil {
					return err
				}
			}
			if number == 0 {
				unknown = append(unknown, id)
				continue
			}
			selection.add(number)
		}
		return nil
	})
	return unknown, err
}

// target is the number of the customer that a number leads to, itself where it
// was not merged. One whose erasure was broken off is still to be erased; of
// one whose erasure is over nobody knows the id.
func (v *view) target(number uint64) (uint64, error) {
	for {
		c, err := v.at(number)
		switch {
		case err != nil:
			return 0, err
		case c.merged == 0:
			return number, nil
		}
		number = c.merged
	}
}

// WithMerged is a job's selection with all customers that are the same persons:
// those that they were merged into, and those that were merged into any of
// these. It says how many that adds. Cost: one look at the first bytes of each customer's record, 50 ms
// for a million.
func (s *Store) WithMerged(job uint64) (all *Selection, added int, err error) {
	all = &Selection{}
	err = s.view(func(v *view) error {
		asked, _, err := v.selectedNumbers(job, 0, -1)
		if err != nil {
			return err
		}
		leads, err := v.leads()
		if err != nil {
			return err
		}
		for next := slices.Clone(asked); len(next) > 0; {
			number := next[len(next)-1]
			next = next[:len(next)-1]
			if !all.add(number) {
				continue
			}
			c, err := v.at(number)
			if err != nil {
				return err
			}
			next = append(next, leads[number]...)
			if c.merged != 0 {
				next = append(next, c.merged)
			}
		}
		added = all.Len() - len(asked)
		return nil
	})
	return all, added, err
}

// leads lists, by the number of each customer that others were merged into, these.
func (v *view) leads() (map[uint64][]uint64, error) {
	t, err := v.table(bucketCustomers)
	if err != nil {
		return nil, err
	}
	leads := map[uint64][]uint64{}
	c := t.bucket.Cursor()
	for key, value := c.First(); key != nil; key, value = c.Next() {
		if len(value) == 0 || value[0]&flagMerged == 0 {
			continue
		}
		body, err := t.unseal(key, value)
		if err != nil {
			return nil, err
		}
		merged, err := v.customer(t, key, body)
		if err != nil {
			return nil, err
		}
		leads[merged.merged] = append(leads[merged.merged], binary.BigEndian.Uint64(key))
	}
	return leads, nil
}

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

// Unselect takes the customers of one job's selection out of another's.
func (tx *Tx) Unselect(from, job uint64) (changed bool, err error) {
	if err := tx.usable(); err != nil {
		return false, err
	}
	defer tx.guard(&err)
	t, err := tx.table(bucketSelections)
	if err != nil {
		return false, err
	}
	erased, err := tx.chunks(job)
	if err != nil {
		return false, err
	}
	there, err := tx.chunks(from)
	if err != nil {
		return false, err
	}
	for at, chunk := range there {
		hit := false
		for i, bits := range erased[at] {
			hit = hit || chunk[i]&bits != 0
			chunk[i] &^= bits
		}
		if !hit {
			continue
		}
		tx.dirty, changed = true, true
		if err := t.put(selectionKey(from, at), chunk); err != nil {
			return false, tx.fail(fmt.Errorf("store: selection of the job %d: %w", from, err))
		}
	}
	return changed, nil
}

// Meet reports whether the selections of two jobs have a customer in common.
func (s *Store) Meet(a, b uint64) (common bool, err error) {
	err = s.view(func(v *view) error {
		first, err := v.chunks(a)
		if err != nil {
			return err
		}
		second, err := v.chunks(b)
		if err != nil {
			return err
		}
		for at, chunk := range first {
			for i, bits := range second[at] {
				common = common || chunk[i]&bits != 0
			}
		}
		return nil
	})
	return common, err
}

// chunks are copies of a job's selection, with room for the seals.
func (v *view) chunks(job uint64) (map[uint64][]byte, error) {
	t, err := v.table(bucketSelections)
	if err != nil {
		return nil, err
	}
	chunks := map[uint64][]byte{}
	c := t.bucket.Cursor()
	for key, value := c.Seek(numberKey(job)); bytes.HasPrefix(key, numberKey(job)); key, value = c.Next() {
		body, err := t.unseal(key, value)
		if err != nil {
			return nil, err
		}
		if len(body) != activeBytes {
			return nil, t.corrupt(key, "not a set of customers")
		}
		_, at, _ := historyPlace(key)
		chunks[at] = append(make([]byte, 0, activeBytes+checksumSize), body...)
	}
	return chunks, nil
}
