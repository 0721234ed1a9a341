package store

import (
	"fmt"

	"meibo/dsl/schema"
)

// Bounds of one step through the customers, whichever is reached first: it
// holds up other writes for some 50 ms.
const (
	stepRead    = 10_000
	stepWritten = 2_000
)

// Step goes on through the customers that are not deleted, after the one of a
// number (0: from the first), and writes those that change says. It gives the
// number up to which it came and whether that was the last. change must leave
// id and memberId as they are; it may change the record that it is given.
//
// It is for changes of all customers, which go on in steps so that other
// writes come in between: one call a transaction.
func (tx *Tx) Step(after uint64, change func(r *schema.Record) bool) (last uint64, done bool, err error) {
	if err := tx.usable(); err != nil {
		return after, false, err
	}
	defer tx.guard(&err)
	return tx.step(after, func(c *stored) bool { return !c.deleted && change(&c.record) })
}

// step is Step with deleted customers too.
func (tx *Tx) step(after uint64, change func(*stored) bool) (last uint64, done bool, err error) {
	numbers, changed, last, done, err := tx.changed(after, change)
	if err != nil {
		return after, false, err
	}
	for i, c := range changed { // after reading: writes would move the cursor's pages
		op := byte(opPut)
		if c.deleted {
			op = opDelete
		}
		if _, err := tx.putCustomer(numbers[i], c, op); err != nil {
			return after, false, tx.fail(err)
		}
	}
	return last, done, nil
}

func (tx *Tx) changed(after uint64, change func(*stored) bool) (numbers []uint64, changed []stored, last uint64, done bool, err error) {
	t, err := tx.table(bucketCustomers)
	if err != nil {
		return nil, nil, after, false, err
	}
	last = after
	cursor := t.bucket.Cursor()
	key, value := cursor.Seek(numberKey(after + 1))
	for read := 0; key != nil && read < stepRead && len(changed) < stepWritten; read++ {
		body, err := t.unseal(key, value)
		if err != nil {
			return nil, nil, after, false, err
		}
		c, err := tx.customer(t, key, body)
		if err != nil {
			return nil, nil, after, false, err
		}
		number, ok := keyNumber(key)
		if !ok {
			return nil, nil, after, false, t.corrupt(key, "the key is no number")
		}
		if last = number; change(&c) {
			numbers, changed = append(numbers, number), append(changed, c)
		}
		key, value = cursor.Next()
	}
	return numbers, changed, last, key == nil, nil
}

// A LeavingError says that a key belongs to a field that was deleted and
// whose values are still being taken out of the records.
type LeavingError struct{ Key string }

func (e *LeavingError) Error() string { return e.Words().EN }

// Words is the error for people, one line in each language.
func (e *LeavingError) Words() schema.Words {
	return schema.Words{
		JA: fmt.Sprintf("項目 %s は削除の途中です。記録からすべての値が消えるまで、このキーは使えません。しばらくしてからもう一度試すか、別のキーにしてください。", e.Key),
		EN: fmt.Sprintf("the field %s is being deleted: its key can be used again once every value of it is out of the records; try again later, or use another key", e.Key),
	}
}

// A TooManyFieldsError says that a change would leave more active profile
// fields than there may be.
type TooManyFieldsError struct{ Active int }

func (e *TooManyFieldsError) Error() string { return e.Words().EN }

// Words is the error for people, one line in each language.
func (e *TooManyFieldsError) Words() schema.Words {
	return schema.Words{
		JA: fmt.Sprintf("使用中のプロフィール項目は %d 個までです（%d 個になります）。使わない項目をアーカイブするか削除してください。", schema.MaxActiveFields, e.Active),
		EN: fmt.Sprintf("there would be %d active profile fields; at most %d: archive or delete some that are not used", e.Active, schema.MaxActiveFields),
	}
}

// A HeldError says that customers have values of a field.
type HeldError struct {
	Key       string
	Customers int
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("store: %d customers have a value of the field %s", e.Customers, e.Key)
}
