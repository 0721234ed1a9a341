package store

import (
	"errors"
	"fmt"

	"meibo/dsl/schema"
)

// Customer reads a customer as this transaction sees it: ErrNotFound,
// ErrDeleted or a *MergedError.
func (tx *Tx) Customer(id string) (c Customer, err error) {
	if err := tx.usable(); err != nil {
		return Customer{}, err
	}
	defer tx.guard(&err)
	return tx.live(id)
}

// MemberCustomer is the id of the customer that has a memberId; ErrNotFound.
func (tx *Tx) MemberCustomer(memberID string) (id string, err error) {
	if err := tx.usable(); err != nil {
		return "", err
	}
	defer tx.guard(&err)
	_, c, err := tx.member(memberID)
	return c.record.ID(), err
}

// Put writes a customer as a whole, new or not; a deleted one is there again.
// A record equal to the stored one writes nothing and returns the seq of its
// last write. A refusal (*schema.ValueError, *MemberTakenError, *MergedError, *ErasedError)
// has changed nothing: the transaction can go on. The record is not kept.
func (tx *Tx) Put(r schema.Record) (seq uint64, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	defer tx.guard(&err)
	if fault := schema.CheckID(r.ID()); fault != nil {
		return 0, fault
	}
	number, old, err := tx.find(r.ID())
	if err != nil {
		return 0, err
	}
	if old.merged != 0 || old.erased {
		return 0, tx.goneError(old)
	}
	there := number != 0 && !old.deleted
	if there && old.record.Equal(r) {
		return old.seq, nil
	}
	if err := tx.checkMember(number, r); err != nil {
		return 0, err
	}
	if seq, err = tx.write(number, old, r); err != nil {
		return 0, tx.fail(err)
	}
	if !there {
		tx.count++
	}
	tx.revived = number != 0 && !there
	return seq, nil
}

// Revived reports whether the last Put wrote a customer that was deleted.
func (tx *Tx) Revived() bool { return tx.revived }

// checkMember refuses a memberId that another customer has. Member ids are
// compared byte by byte: many systems have ids that differ in case only.
func (tx *Tx) checkMember(number uint64, r schema.Record) error {
	memberID := memberOf(r)
	if memberID == "" {
		return nil
	}
	if len(memberID) > schema.MaxTextBytes {
		return fmt.Errorf("store: a memberId of %d bytes; at most %d", len(memberID), schema.MaxTextBytes)
	}
	holder, c, err := tx.member(memberID)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	case holder != number:
		return &MemberTakenError{MemberID: memberID, ID: c.record.ID()}
	}
	return nil
}

// write stores a checked record; number is 0 for a new customer. After an
// error the transaction is half done and must not be committed.
func (tx *Tx) write(number uint64, old stored, r schema.Record) (uint64, error) {
	customers, err := tx.table(bucketCustomers)
	if err != nil {
		return 0, err
	}
	if number == 0 {
		tx.absent = ""
		if number, err = customers.bucket.NextSequence(); err != nil {
			return 0, fmt.Errorf("store: number a customer: %w", err)
		}
		ids, err := tx.table(bucketIDs)
		if err != nil {
			return 0, err
		}
		if err := ids.putNumber([]byte(r.ID()), number); err != nil {
			return 0, fmt.Errorf("store: %w", err)
		}
	}
	oldMember := ""
	if !old.deleted {
		oldMember = memberOf(old.record)
	}
	if err := tx.moveMember(number, oldMember, memberOf(r)); err != nil {
		return 0, err
	}
	return tx.putCustomer(number, stored{record: r}, opPut)
}

// moveMember keeps the bucket members in step with a customer's memberId.
func (tx *Tx) moveMember(number uint64, from, to string) error {
	if from == to {
		return nil
	}
	members, err := tx.table(bucketMembers)
	if err != nil {
		return err
	}
	if from != "" {
		if err := members.bucket.Delete([]byte(from)); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	if to == "" {
		return nil
	}
	if err := members.putNumber([]byte(to), number); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// customerFill is how full bbolt leaves the pages of customers, which come
// with growing numbers: full, but for room to let a record grow a little.
const customerFill = 0.9

// putCustomer writes the record and its log entry under the next seq.
func (tx *Tx) putCustomer(number uint64, c stored, op byte) (uint64, error) {
	tx.dirty = true
	c.record = tx.without(c.record)
	tx.written = append(tx.written, c.record.ID())
	customers, err := tx.table(bucketCustomers)
	if err != nil {
		return 0, err
	}
	c.seq = tx.seq + 1
	body, err := appendCustomer(make([]byte, 0, 512), c, tx.fieldNumber)
	if err != nil {
		return 0, err
	}
	customers.bucket.FillPercent = customerFill
	if err := customers.put(numberKey(number), body); err != nil {
		return 0, fmt.Errorf("store: customer %q: %w", c.record.ID(), err)
	}
	if err := tx.appendLog(logEntry{seq: c.seq, millis: tx.millis, op: op, number: number}); err != nil {
		return 0, err
	}
	tx.seq = c.seq
	return c.seq, nil
}
