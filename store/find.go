package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"meibo/dsl/schema"
)

// customer decodes the value of a customer's number.
func (v *view) customer(t table, key, body []byte) (stored, error) {
	c, err := decodeCustomer(body, v.numbers)
	if err == nil {
		return c, nil
	}
	if unknown := (*unknownNumberError)(nil); errors.As(err, &unknown) {
		// A commit that numbered a new field can be visible to this
		// transaction a moment before the store has taken note of it.
		if v.numbers, err = readNumbering(v.bolt); err != nil {
			return stored{}, err
		}
		c, err = decodeCustomer(body, v.numbers)
	}
	if err != nil {
		return stored{}, t.corrupt(key, err.Error())
	}
	return c, nil
}

// find looks a customer up by id, deleted ones too. number is 0 for none; an
// id that was erased is an *ErasedError once nothing else knows it.
func (v *view) find(id string) (number uint64, c stored, err error) {
	if id == v.absent {
		return 0, stored{}, nil
	}
	if number := v.known.number(id); number != 0 {
		if c, there, err := v.get(number); err != nil || there && c.record.ID() == id {
			return number, c, err
		}
	}
	ids, err := v.table(bucketIDs)
	if err != nil {
		return 0, stored{}, err
	}
	v.key = append(v.key[:0], id...)
	number, found, err := ids.number(v.key)
	switch {
	case err != nil:
		return 0, stored{}, err
	case !found:
		if err := v.refuseErased(id); err != nil {
			return 0, stored{}, err
		}
		v.absent = id
		return 0, stored{}, nil
	}
	c, err = v.at(number)
	if err == nil && c.record.ID() != id {
		err = ids.corrupt([]byte(id), fmt.Sprintf("it leads to the customer %q", c.record.ID()))
	}
	if err == nil {
		v.known.note(id, number)
	}
	return number, c, err
}

// at reads the customer of a number that is known to be in use.
func (v *view) at(number uint64) (stored, error) {
	c, there, err := v.get(number)
	if err == nil && !there {
		err = &CorruptError{Bucket: bucketCustomers, Key: numberKey(number), Reason: "missing"}
	}
	return c, err
}

// get reads the customer of a number, if there is one.
func (v *view) get(number uint64) (c stored, there bool, err error) {
	t, err := v.table(bucketCustomers)
	if err != nil {
		return stored{}, false, err
	}
	v.key = binary.BigEndian.AppendUint64(v.key[:0], number)
	body, err := t.get(v.key)
	if body == nil || err != nil {
		return stored{}, false, err
	}
	c, err = v.customer(t, v.key, body)
	return c, true, err
}

// live is find for callers: a customer, ErrNotFound, ErrDeleted, a
// *MergedError or an *ErasedError.
func (v *view) live(id string) (Customer, error) {
	if id == "" {
		return Customer{}, ErrNotFound // bbolt has no empty keys
	}
	number, c, err := v.find(id)
	switch {
	case err != nil:
		return Customer{}, err
	case number == 0:
		return Customer{}, ErrNotFound
	case c.deleted:
		return Customer{}, v.goneError(c)
	}
	return Customer{Record: c.record, Seq: c.seq}, nil
}

// goneError says why a stored customer is not there any more.
func (v *view) goneError(c stored) error {
	if c.erased {
		return &ErasedError{ID: c.record.ID()}
	}
	if c.merged == 0 {
		return ErrDeleted
	}
	e := &MergedError{ID: c.record.ID()}
	for c.merged != 0 { // it ends: a target was there when it was named, and what was merged never comes back
		next, err := v.at(c.merged)
		if err != nil {
			return err
		}
		c = next
	}
	if c.erased {
		return &ErasedError{ID: e.ID}
	}
	e.Target = c.record.ID()
	return e
}

// member finds the customer that has a memberId.
func (v *view) member(memberID string) (number uint64, c stored, err error) {
	members, err := v.table(bucketMembers)
	if err != nil {
		return 0, stored{}, err
	}
	if memberID == "" {
		return 0, stored{}, ErrNotFound
	}
	number, found, err := members.number([]byte(memberID))
	switch {
	case err != nil:
		return 0, stored{}, err
	case !found:
		return 0, stored{}, ErrNotFound
	}
	c, err = v.at(number)
	if err == nil && (c.deleted || memberOf(c.record) != memberID) {
		err = members.corrupt([]byte(memberID), fmt.Sprintf("it leads to the customer %q", c.record.ID()))
	}
	return number, c, err
}

func memberOf(r schema.Record) string { return r.Get(schema.MemberIDField).Text() }
