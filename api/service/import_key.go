package service

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"meibo/dsl/schema"
	"meibo/store"
)

// A keyLookup finds customers by an e-mail address or a phone number, which no
// bucket of the store leads to. It is made by one scan, and follows the change
// log from there on: before each row it reads what was written since, the
// import's own rows among it. So two rows with the same new key meet the same
// customer, and what others write meanwhile counts.
type keyLookup struct {
	field  string // that holds the key
	phone  bool
	region string
	seed   maphash.Seed
	table  keyTable
	seen   uint64 // the seq up to which the table is
}

// newKeyLookup scans the store; nil for a key that needs no lookup.
func newKeyLookup(ctx context.Context, s *store.Store, key ImportKey) (*keyLookup, error) {
	if key != KeyEmail && key != KeyPhone {
		return nil, nil
	}
	l := &keyLookup{field: key.field(), phone: key == KeyPhone, region: s.Fields().Region, seed: maphash.MakeSeed()}
	seq, err := s.ScanNumbers(ctx, l.note)
	if err != nil {
		return nil, fmt.Errorf("read the keys of all customers: %w", err)
	}
	l.seen = seq
	return l, nil
}

// canonical is the form in which two keys are the same; "" for none.
func (l *keyLookup) canonical(v schema.Value) string {
	text := v.Text()
	if l.phone {
		if forms, ok := schema.ParsePhone(text, l.region); ok {
			return forms.International
		}
	}
	return schema.Fold(text)
}

func (l *keyLookup) note(number uint64, r schema.Record) error {
	if key := l.canonical(r.Get(l.field)); key != "" {
		l.table.add(hashKey(l.seed, key), number)
	}
	return nil
}

// follow reads what was written since the last time. A log that was trimmed
// meanwhile means a scan.
func (l *keyLookup) follow(ctx context.Context, tx *store.Tx) error {
	if l.seen == tx.Seq() {
		return nil
	}
	var numbers []uint64
	err := tx.ChangedSince(l.seen, func(number uint64) { numbers = append(numbers, number) })
	if errors.Is(err, store.ErrTrimmed) {
		l.seen = tx.Seq()
		return tx.ScanNumbers(ctx, l.note)
	}
	if err != nil {
		return err
	}
	for _, number := range numbers {
		r, live, err := tx.Numbered(number)
		if err != nil {
			return err
		}
		if live {
			_ = l.note(number, r) // it has none
		}
	}
	l.seen = tx.Seq()
	return nil
}

// find is the ids of the customers that have a key, at most limit.
func (l *keyLookup) find(tx *store.Tx, key string, limit int) (ids []string, err error) {
	l.table.find(hashKey(l.seed, key), func(number uint64) bool {
		r, live, readErr := tx.Numbered(number)
		if err = readErr; err != nil {
			return false
		}
		if live && l.canonical(r.Get(l.field)) == key {
			ids = append(ids, r.ID())
		}
		return len(ids) < limit
	})
	return ids, err
}

// codeAmbiguousKey: several customers have the row's key.
const codeAmbiguousKey = "ambiguous_key"

// maxAmbiguous is how many of them are named.
const maxAmbiguous = 3

// locate makes a row's write be for the customer that its key names, or for a
// new one. An *Error refuses the row.
func (im *importer) locate(ctx context.Context, tx *store.Tx, w *Write) error {
	switch im.request.Key {
	case KeyID:
		return nil
	case KeyMemberID:
		return im.locateMember(tx, w)
	case KeyEmail, KeyPhone:
		return im.locateKey(ctx, tx, w)
	}
	return findMember(tx, w)
}

func (im *importer) locateMember(tx *store.Tx, w *Write) error {
	memberID := editOf(*w, schema.MemberIDField).Text()
	if memberID == "" {
		return im.mustBeNew(tx, w.ID)
	}
	id, err := tx.MemberCustomer(memberID)
	switch {
	case err == nil:
		w.ID = id
		return nil
	case errors.Is(err, store.ErrNotFound):
		return im.mustBeNew(tx, w.ID)
	}
	return fmt.Errorf("find the customer of a memberId: %w", err)
}

func (im *importer) locateKey(ctx context.Context, tx *store.Tx, w *Write) error {
	if err := im.lookup.follow(ctx, tx); err != nil {
		return fmt.Errorf("follow the keys of customers: %w", err)
	}
	key := im.lookup.canonical(editOf(*w, im.lookup.field))
	if key == "" {
		return im.mustBeNew(tx, w.ID)
	}
	ids, err := im.lookup.find(tx, key, maxAmbiguous+1)
	switch {
	case err != nil:
		return fmt.Errorf("find the customer of a key: %w", err)
	case len(ids) == 0:
		return im.mustBeNew(tx, w.ID)
	case len(ids) > 1:
		return refuseAmbiguous(im.lookup.field, ids)
	}
	w.ID = ids[0] // whatever id the row names: a customer's does not change
	return nil
}

func refuseAmbiguous(field string, ids []string) *Error {
	slices.Sort(ids)
	list, more := strings.Join(ids[:min(len(ids), maxAmbiguous)], ", "), ""
	if len(ids) > maxAmbiguous {
		more = ", …"
	}
	e := refuse(CodeInvalidValue, fmt.Sprintf("%s が同じ顧客が複数います（%s%s）。", field, list, more),
		fmt.Sprintf("several customers have this %s (%s%s)", field, list, more))
	e.Values = []schema.ValueError{{Field: field, Code: codeAmbiguousKey, Message: e.Message}}
	return e
}

// mustBeNew refuses a row that its key makes a new customer, but whose id
// somebody has: it would change who was not meant.
func (im *importer) mustBeNew(tx *store.Tx, id string) error {
	if id == "" || schema.CheckID(id) != nil {
		return nil
	}
	_, err := tx.Customer(id)
	merged := (*store.MergedError)(nil)
	switch {
	case errors.Is(err, store.ErrDeleted), errors.Is(err, store.ErrNotFound) && !errors.As(err, &merged):
		return nil
	case err != nil && merged == nil:
		return fmt.Errorf("read a customer: %w", err)
	}
	field := im.request.Key.field()
	e := refuse(CodeExists, fmt.Sprintf("この id の顧客はいますが、%s が違います。", field), fmt.Sprintf("there is a customer with this id, but with another %s", field))
	e.Values = []schema.ValueError{{Field: schema.IDField, Code: string(CodeExists), Message: e.Message}}
	return e
}

// editOf is the value that a write gives a field; missing for none.
func editOf(w Write, key string) schema.Value {
	for _, e := range w.Edits {
		if e.Key == key {
			return e.Value
		}
	}
	return schema.Value{}
}
