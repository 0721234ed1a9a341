package store

import (
	"bytes"
	"fmt"
	"slices"

	"meibo/dsl/schema"
)

// Merge makes a customer part of another: its id leads to the other from now
// on (*MergedError), its values are gone, its history and the months in which
// it was active are the other's, which is written anew under the seq that is
// returned. What the other takes over of its values is the caller's to Put. It cannot be undone. A refusal (ErrNotFound, ErrDeleted,
// *MergedError for either) has changed nothing.
func (tx *Tx) Merge(from, into string) (seq uint64, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	defer tx.guard(&err)
	if from == into {
		return 0, fmt.Errorf("store: the customer %q cannot be merged into itself", from)
	}
	for _, id := range []string{from, into} {
		if _, err := tx.live(id); err != nil {
			return 0, err
		}
	}
	target, _, err := tx.find(into)
	if err != nil {
		return 0, err
	}
	number, old, err := tx.find(from)
	if err != nil {
		return 0, err
	}
	if seq, err = tx.merge(number, old, target); err != nil {
		return 0, tx.fail(err)
	}
	return seq, nil
}

func (tx *Tx) merge(number uint64, old stored, target uint64) (seq uint64, err error) {
	if err := tx.moveMember(number, memberOf(old.record), ""); err != nil {
		return 0, err
	}
	if err := tx.moveHistory(number, target); err != nil {
		return 0, err
	}
	if err := tx.moveActive(number, target); err != nil {
		return 0, err
	}
	tombstone := stored{deleted: true, merged: target, record: schema.NewRecord(old.record.ID())}
	if _, err = tx.putCustomer(number, tombstone, opDelete); err != nil {
		return 0, err
	}
	tx.count--
	into, err := tx.at(target)
	if err != nil {
		return 0, err
	}
	return tx.putCustomer(target, into, opPut) // its last write comes after all of its history
}

// moveHistory gives a customer's history to another. Its keys are the
// customer's number followed by a seq, which no two changes share.
func (tx *Tx) moveHistory(from, to uint64) error {
	history, err := tx.table(bucketHistory)
	if err != nil {
		return err
	}
	prefix := numberKey(from)
	var keys, bodies [][]byte // first all of them: a cursor does not like changes under it
	c := history.bucket.Cursor()
	for key, value := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, value = c.Next() {
		body, err := history.unseal(key, value)
		if err != nil {
			return err
		}
		keys, bodies = append(keys, slices.Clone(key)), append(bodies, slices.Clone(body))
	}
	for i, key := range keys {
		if err := history.bucket.Delete(key); err != nil {
			return fmt.Errorf("store: %w", err)
		}
		moved := append(numberKey(to), key[len(prefix):]...)
		if err := history.put(moved, bodies[i]); err != nil { // sealed anew: the checksum covers the key
			return fmt.Errorf("store: history of the customer number %d: %w", to, err)
		}
	}
	return nil
}

// mergedInto checks that the customers which a merged one leads to are there,
// and that they end: at most as many as there are customers.
func (c *checker) mergedInto(t table, key []byte, target uint64) error {
	most := t.bucket.Sequence()
	for n := uint64(0); target != 0; n++ {
		next, there, err := c.get(target)
		switch {
		case err != nil:
			return nil // told where that customer is looked at
		case !there:
			return t.corrupt(key, fmt.Sprintf("it was merged into number %d, which is not there", target))
		case n > most:
			return t.corrupt(key, "it was merged into itself")
		}
		target = next.merged
	}
	return nil
}
