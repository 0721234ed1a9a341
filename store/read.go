package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"meibo/dsl/schema"
)

// A Customer is a record with the seq of its last write.
type Customer struct {
	Record schema.Record
	Seq    uint64
}

// A view is one reading transaction: everything in it is of one moment.
type view struct {
	bolt    *bolt.Tx
	numbers *numbering
	outside bool // a caller's function runs: its panics are its own

	// The buckets of pages of rows, looked up once.
	customers, ids table
}

// view reads. bbolt panics over a damaged page, and reading past the end of a
// file cut short is a fault of memory: both become a *CorruptError.
func (s *Store) view(read func(*view) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	btx, err := s.db.Begin(false)
	if err != nil {
		return boltError(err)
	}
	v := &view{bolt: btx, numbers: s.numbers.Load()}
	defer func() {
		_ = btx.Rollback() // cannot fail for a reading transaction that is open
		if p := recover(); p != nil {
			if v.outside {
				panic(p)
			}
			err = &CorruptError{Reason: fmt.Sprint(p)}
		}
	}()
	return read(v)
}

func boltError(err error) error {
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return fmt.Errorf("store: %w", err)
}

func (v *view) table(name string) (table, error) {
	var cached *table
	switch name {
	case bucketCustomers:
		cached = &v.customers
	case bucketIDs:
		cached = &v.ids
	default:
		return tableOf(v.bolt, name)
	}
	if cached.bucket != nil {
		return *cached, nil
	}
	t, err := tableOf(v.bolt, name)
	*cached = t
	return t, err
}

// customer decodes the value of a customer's number.
func (v *view) customer(t table, key, body []byte) (stored, error) {
	c, err := decodeCustomer(body, v.numbers.keys)
	var unknown *unknownNumberError
	if errors.As(err, &unknown) {
		// A commit that numbered a new field can be visible to this
		// transaction a moment before the store has taken note of it.
		if v.numbers, err = readNumbering(v.bolt); err != nil {
			return stored{}, err
		}
		c, err = decodeCustomer(body, v.numbers.keys)
	}
	if err != nil {
		return stored{}, t.corrupt(key, err.Error())
	}
	return c, nil
}

// find looks a customer up by id, deleted ones too. number is 0 for none.
func (v *view) find(id string) (number uint64, c stored, err error) {
	ids, err := v.table(bucketIDs)
	if err != nil {
		return 0, stored{}, err
	}
	number, found, err := ids.number([]byte(id))
	if err != nil || !found {
		return 0, stored{}, err
	}
	c, err = v.at(number)
	if err == nil && c.record.ID() != id {
		err = ids.corrupt([]byte(id), fmt.Sprintf("it leads to the customer %q", c.record.ID()))
	}
	return number, c, err
}

// at reads the customer of a number that is known to be in use.
func (v *view) at(number uint64) (stored, error) {
	t, err := v.table(bucketCustomers)
	if err != nil {
		return stored{}, err
	}
	key := numberKey(number)
	body, err := t.get(key)
	switch {
	case err != nil:
		return stored{}, err
	case body == nil:
		return stored{}, t.corrupt(key, "missing")
	}
	return v.customer(t, key, body)
}

// live is find for callers: a customer, ErrNotFound or ErrDeleted.
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
		return Customer{}, ErrDeleted
	}
	return Customer{Record: c.record, Seq: c.seq}, nil
}

// Customer reads one customer: ErrNotFound, or ErrDeleted when it was deleted.
func (s *Store) Customer(id string) (c Customer, err error) {
	err = s.view(func(v *view) error {
		c, err = v.live(id)
		return err
	})
	return c, err
}

// Customers reads several at one moment, in the order of ids. Where one is not
// there any more, a zero Customer stands.
func (s *Store) Customers(ids []string) ([]Customer, error) {
	found := make([]Customer, len(ids))
	err := s.view(func(v *view) error {
		for i, id := range ids {
			c, err := v.live(id)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			found[i] = c
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// MemberCustomer is the id of the customer that has a memberId; ErrNotFound.
func (s *Store) MemberCustomer(memberID string) (id string, err error) {
	err = s.view(func(v *view) error {
		_, c, err := v.member(memberID)
		id = c.record.ID()
		return err
	})
	return id, err
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

// scanCheck is how many records Scan reads between two looks at its context.
const scanCheck = 1024

// Scan yields every customer of one moment, in the order in which they were
// created, until yield fails, and returns the moment's seq. Writes go on
// meanwhile, but the pages that they free are not used again before it ends.
func (s *Store) Scan(ctx context.Context, yield func(schema.Record) error) (seq uint64, err error) {
	err = s.view(func(v *view) error {
		if seq, err = s.committed(ctx, v); err != nil {
			return err
		}
		t, err := v.table(bucketCustomers)
		if err != nil {
			return err
		}
		n := 0
		return t.each(func(key, body []byte) error {
			if n++; n%scanCheck == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			c, err := v.customer(t, key, body)
			if err != nil || c.deleted {
				return err
			}
			v.outside = true
			err = yield(c.record)
			v.outside = false
			return err
		})
	})
	return seq, err
}

// committed is the view's seq, once it is known to be on disk. bbolt shows a
// commit to new readers just before it has made it durable; an index that took
// it over then could know, after a power cut, what the store does not.
func (s *Store) committed(ctx context.Context, v *view) (uint64, error) {
	meta, err := v.table(bucketMeta)
	if err != nil {
		return 0, err
	}
	seq, err := meta.must(metaSeq)
	if err != nil {
		return 0, err
	}
	err = s.await(ctx, func() bool { return s.Seq() >= seq || s.failure.Load() != nil })
	if err == nil && s.Seq() < seq {
		err = s.Failure()
	}
	return seq, err
}
