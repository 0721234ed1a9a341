package store

import (
	"fmt"
	"math"
	"slices"

	"meibo/dsl/schema"
)

// DeleteField takes a profile field out of Fields at once. Its values leave the
// records by Strip, step by step, and until ForgetField its key cannot be used
// for another field, whatever its case. From now on no record is written with
// a value of it: see Tx.without. ErrNotFound has changed nothing.
func (tx *Tx) DeleteField(key string) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	list, err := readStoredFields(tx.bolt)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(f storedField) bool { return f.Key == key && !f.Leaving })
	switch {
	case i < 0:
		return ErrNotFound
	case !list[i].IsProfile():
		return fmt.Errorf("store: the field %s is no profile field", key)
	}
	gone := list[i]
	gone.Leaving = true
	return tx.replaceFields(list, []storedField{gone})
}

// Leaving is a field that was deleted, and how far its values are out of the
// records: those of At customers of Of, deleted ones counted.
type Leaving struct {
	schema.Field
	At, Of uint64
}

// Leaving lists the fields that were deleted and whose key cannot be used
// again yet.
func (s *Store) Leaving() (list []Leaving, err error) {
	if len(*s.leaving.Load()) == 0 {
		return nil, nil
	}
	err = s.view(func(v *view) error {
		fields, err := readStoredFields(v.bolt)
		if err != nil {
			return err
		}
		customers, err := v.table(bucketCustomers)
		if err != nil {
			return err
		}
		last := customers.bucket.Sequence()
		for _, f := range fields {
			if f.Leaving {
				list = append(list, Leaving{f.Field, min(f.Stripped, last), last})
			}
		}
		return nil
	})
	return list, err
}

// allStripped marks a field of which no record has a value any more.
const allStripped = math.MaxUint64

// Strip takes the values of a deleted field out of some more records, those of
// deleted customers too, and notes how far it is: after a restart the next
// call goes on there. done means that no record has one any more. Each record
// that had a value has a new seq, so that the index follows; nothing else of
// it changes. Cost: that of a step, see stepRead.
func (tx *Tx) Strip(key string) (done bool, err error) {
	if err := tx.usable(); err != nil {
		return false, err
	}
	defer tx.guard(&err)
	list, err := readStoredFields(tx.bolt)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(list, func(f storedField) bool { return f.Key == key && f.Leaving })
	switch {
	case i < 0:
		return false, ErrNotFound
	case list[i].Stripped == allStripped:
		return true, nil
	}
	f := list[i]
	f.Stripped, done, err = tx.step(f.Stripped, func(c *stored) bool {
		had := !c.record.Get(key).IsMissing()
		c.record.Set(key, schema.Value{})
		return had
	})
	if err != nil {
		return false, err
	}
	if done {
		f.Stripped = allStripped
	}
	t, err := tableOf(tx.bolt, bucketFields)
	if err != nil {
		return false, err
	}
	tx.dirty = true
	if err := t.putJSON([]byte(key), f); err != nil {
		return false, tx.fail(err)
	}
	return done, nil
}

// ForgetField frees the key of a deleted field whose values are all out.
func (tx *Tx) ForgetField(key string) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	list, err := readStoredFields(tx.bolt)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(f storedField) bool { return f.Key == key && f.Leaving })
	switch {
	case i < 0:
		return ErrNotFound
	case list[i].Stripped != allStripped:
		return fmt.Errorf("store: records still have values of the field %s", key)
	}
	t, err := tableOf(tx.bolt, bucketFields)
	if err != nil {
		return err
	}
	tx.dirty, tx.leaving = true, leavingOf(slices.Delete(list, i, i+1))
	if err := t.bucket.Delete([]byte(key)); err != nil {
		return tx.fail(fmt.Errorf("store: forget the field %s: %w", key, err))
	}
	return nil
}

// without is a record as it may be stored: without values of deleted fields,
// wherever they came from (a record that was read before, another customer
// that this one merges with).
func (tx *Tx) without(r schema.Record) schema.Record {
	cloned := false
	for _, key := range tx.leaving {
		if r.Get(key).IsMissing() {
			continue
		}
		if !cloned {
			r, cloned = r.Clone(), true
		}
		r.Set(key, schema.Value{})
	}
	return r
}

// Holders counts the customers that have a value of a field. Deleted customers
// count as having none. Cost: all records are decoded, some 2 s for a million;
// nothing when no record ever had a value of that key. Writes go on meanwhile.
func (s *Store) Holders(key string) (n int, err error) {
	err = s.view(func(v *view) error {
		n, _, err = v.holders(key)
		return err
	})
	return n, err
}

// holders counts those that are not deleted and lists the numbers of those
// that are.
func (v *view) holders(key string) (live int, deleted []uint64, err error) {
	if _, ever := v.numbers.byKey[key]; !ever {
		return 0, nil, nil
	}
	t, err := v.table(bucketCustomers)
	if err != nil {
		return 0, nil, err
	}
	err = t.each(func(number, body []byte) error {
		c, err := v.customer(t, number, body)
		if err != nil || c.record.Get(key).IsMissing() {
			return err
		}
		if !c.deleted {
			live++
			return nil
		}
		n, ok := keyNumber(number)
		if !ok {
			return t.corrupt(number, "the key is no number")
		}
		deleted = append(deleted, n)
		return nil
	})
	return live, deleted, err
}

// ChangeKind replaces a field by one of the same key and another kind, which
// is possible while no customer has a value: else a *HeldError. What deleted
// customers had is taken out, so that bringing one back brings back no value
// of the old kind. Cost: as Holders, with all other writes waiting, and 20 µs
// for each deleted customer that had a value.
func (tx *Tx) ChangeKind(f schema.Field) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	list, err := readStoredFields(tx.bolt)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(g storedField) bool { return g.Key == f.Key && !g.Leaving })
	if i < 0 {
		return ErrNotFound
	}
	live, deleted, err := tx.holders(f.Key)
	switch {
	case err != nil:
		return err
	case live > 0:
		return &HeldError{Key: f.Key, Customers: live}
	}
	for _, number := range deleted {
		c, err := tx.at(number)
		if err != nil {
			return tx.fail(err)
		}
		c.record.Set(f.Key, schema.Value{})
		if _, err := tx.putCustomer(number, c, opDelete); err != nil {
			return tx.fail(err)
		}
	}
	return tx.replaceFields(list, []storedField{{Position: list[i].Position, Field: f}})
}
