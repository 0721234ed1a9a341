package store

import (
	"errors"
	"fmt"

	"meibo/dsl/schema"
)

// Delete takes a customer out of every answer. What it was stays in the file,
// so that the deletion can be undone; its memberId is free. ErrNotFound and
// ErrDeleted have changed nothing.
func (tx *Tx) Delete(id string) (seq uint64, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	defer tx.guard(&err)
	if _, err := tx.live(id); err != nil {
		return 0, err
	}
	number, c, err := tx.find(id)
	if err != nil {
		return 0, err
	}
	if err := tx.moveMember(number, memberOf(c.record), ""); err != nil {
		return 0, tx.fail(err)
	}
	c.deleted = true
	if seq, err = tx.putCustomer(number, c, opDelete); err != nil {
		return 0, tx.fail(err)
	}
	tx.count--
	return seq, nil
}

// Deleted reads a customer that is deleted, as it was, and the newest entry of
// its history, that of the deletion; nil where none is kept any more. ErrNotFound
// where there never was one, ErrNotDeleted where it is there.
func (tx *Tx) Deleted(id string) (r schema.Record, deletion *HistoryEntry, err error) {
	if err := tx.usable(); err != nil {
		return r, nil, err
	}
	defer tx.guard(&err)
	number, c, err := tx.gone(id)
	if err != nil {
		return r, nil, err
	}
	deletion, err = tx.newestEntry(number)
	return c.record, deletion, err
}

// Undelete brings a deleted customer back as r, which is what Deleted gave or
// less. Its errors are those of Deleted, and *MemberTakenError where another
// customer got the memberId meanwhile; they have changed nothing.
func (tx *Tx) Undelete(r schema.Record) (seq uint64, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	defer tx.guard(&err)
	number, c, err := tx.gone(r.ID())
	if err != nil {
		return 0, err
	}
	if err := tx.checkMember(number, r); err != nil {
		return 0, err
	}
	if err := tx.moveMember(number, "", memberOf(r)); err != nil {
		return 0, tx.fail(err)
	}
	c.deleted, c.record = false, r
	if seq, err = tx.putCustomer(number, c, opPut); err != nil {
		return 0, tx.fail(fmt.Errorf("store: undelete: %w", err))
	}
	tx.count++
	return seq, nil
}

// gone finds a deleted customer.
func (tx *Tx) gone(id string) (number uint64, c stored, err error) {
	if _, err := tx.live(id); err == nil {
		return 0, stored{}, ErrNotDeleted
	} else if !errors.Is(err, ErrDeleted) {
		return 0, stored{}, err
	}
	return tx.find(id)
}
