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
	known   *known
	outside bool // a caller's function runs: its panics are its own

	// The buckets of many look-ups, each looked up once, and room for a key.
	customers, ids, members, log table
	key                          []byte

	erasure *erasure // see wasErased; nil: not read yet

	absent string // an id that find did not find: whoever creates a customer looks first
}

// view reads. bbolt panics over a damaged page, and reading past the end of a
// file cut short is a fault of memory: both become a *CorruptError.
func (s *Store) view(read func(*view) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	btx, err := s.db.Begin(false)
	if err != nil {
		return boltError(err)
	}
	v := &view{bolt: btx, numbers: s.numbers.Load(), known: s.known}
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
	case bucketMembers:
		cached = &v.members
	case bucketLog:
		cached = &v.log
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

// Customer reads one customer: ErrNotFound, ErrDeleted when it was deleted, or
// a *MergedError.
func (s *Store) Customer(id string) (c Customer, err error) {
	err = s.view(func(v *view) error {
		c, err = v.live(id)
		return err
	})
	return c, err
}

// Customers reads several at one moment, in the order of ids. Where one is not
// there any more, a zero Customer stands. Small pages come from memory where
// they were read before: the records are shared with other callers and must not
// be changed, see schema.Record.Clone.
func (s *Store) Customers(ids []string) ([]Customer, error) {
	found := make([]Customer, len(ids))
	read := func(v *view) error { return v.fill(ids, found) }
	if len(ids) > 0 && len(ids) <= recentPage {
		hits, moment := s.recent.find(ids, found)
		if hits == len(ids) {
			return found, nil
		}
		read = func(v *view) error { return s.recent.fill(v, ids, found, hits, moment) }
	}
	if err := s.view(read); err != nil {
		return nil, err
	}
	return found, nil
}

// fill reads the customers that are not there yet.
func (v *view) fill(ids []string, found []Customer) error {
	for i, id := range ids {
		if found[i].Record.Len() > 0 {
			continue
		}
		c, err := v.live(id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		found[i] = c
	}
	return nil
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

// scanCheck is how many records Scan reads between two looks at its context.
const scanCheck = 1024

// Scan yields every customer of one moment, in the order in which they were
// created, until yield fails, and returns the moment's seq. Writes go on
// meanwhile, but the pages that they free are not used again before it ends.
func (s *Store) Scan(ctx context.Context, yield func(schema.Record) error) (seq uint64, err error) {
	return s.ScanNumbers(ctx, func(_ uint64, r schema.Record) error { return yield(r) })
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
