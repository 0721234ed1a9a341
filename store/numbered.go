package store

import (
	"context"

	"meibo/dsl/schema"
)

// ScanNumbers is Scan with the customers' numbers: small, given once, never
// used again. Who has to remember something of every customer keeps them.
func (s *Store) ScanNumbers(ctx context.Context, yield func(number uint64, r schema.Record) error) (seq uint64, err error) {
	err = s.view(func(v *view) error {
		if seq, err = s.committed(ctx, v); err != nil {
			return err
		}
		return v.eachNumbered(ctx, yield)
	})
	return seq, err
}

// ScanNumbers yields every customer as this transaction sees it, with its number.
func (tx *Tx) ScanNumbers(ctx context.Context, yield func(number uint64, r schema.Record) error) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	return tx.eachNumbered(ctx, yield)
}

func (v *view) eachNumbered(ctx context.Context, yield func(number uint64, r schema.Record) error) error {
	t, err := v.table(bucketCustomers)
	if err != nil {
		return err
	}
	n := 0
	return t.each(func(key, body []byte) error {
		if n++; n%scanCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		number, ok := keyNumber(key)
		if !ok {
			return t.corrupt(key, "the key is no number")
		}
		c, err := v.customer(t, key, body)
		if err != nil || c.deleted {
			return err
		}
		v.outside = true
		err = yield(number, c.record)
		v.outside = false
		return err
	})
}

// Numbered reads the customer of a number as this transaction sees it; live is
// false for one that is deleted or merged, and for a number that nobody has.
func (tx *Tx) Numbered(number uint64) (r schema.Record, live bool, err error) {
	if err := tx.usable(); err != nil {
		return schema.Record{}, false, err
	}
	defer tx.guard(&err)
	c, there, err := tx.get(number)
	if err != nil {
		return schema.Record{}, false, err
	}
	return c.record, there && !c.deleted, nil
}

// ChangedSince yields the numbers of the customers that were written after a
// seq, this transaction's own writes among them; a number may come several
// times. ErrTrimmed when the log does not go back so far.
func (tx *Tx) ChangedSince(seq uint64, yield func(number uint64)) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	for seq < tx.seq {
		entries, err := tx.entries(seq, maxChanges)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return &CorruptError{Bucket: bucketLog, Key: numberKey(seq + 1), Reason: "missing"}
		}
		for _, e := range entries {
			yield(e.number)
		}
		seq = entries[len(entries)-1].seq
	}
	return nil
}
