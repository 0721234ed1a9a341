package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"meibo/dsl/schema"
)

// A Selection is a set of customers by their numbers: a bit each, in chunks
// as the sets of active customers are. It is how a job fixes for whom it is:
// 125 KB for a million customers. The zero Selection is empty. Not safe for
// several goroutines.
type Selection struct {
	chunks map[uint64][]byte
	count  int
}

// Len is the number of customers.
func (s *Selection) Len() int { return s.count }

func (s *Selection) add(number uint64) {
	chunk := s.chunks[number>>activeBits]
	if chunk == nil {
		if s.chunks == nil {
			s.chunks = map[uint64][]byte{}
		}
		chunk = make([]byte, activeBytes, activeBytes+checksumSize)
		s.chunks[number>>activeBits] = chunk
	}
	at, bit := number>>3&(activeBytes-1), byte(1)<<(number&7)
	if chunk[at]&bit == 0 {
		chunk[at] |= bit
		s.count++
	}
}

// Select adds customers to a selection and lists the ids of which none is
// there. One that was merged means its target. Cost: some 2 µs an id.
func (s *Store) Select(selection *Selection, ids []string) (unknown []string, err error) {
	err = s.view(func(v *view) error {
		for _, id := range ids {
			number, err := v.selectable(id)
			switch {
			case errors.Is(err, ErrNotFound):
				unknown = append(unknown, id)
			case err != nil:
				return err
			default:
				selection.add(number)
			}
		}
		return nil
	})
	return unknown, err
}

// selectable is the number of a customer that is there, under its own id or
// under one that was merged into it; ErrNotFound.
func (v *view) selectable(id string) (uint64, error) {
	if id == "" {
		return 0, ErrNotFound
	}
	number, c, err := v.find(id)
	switch {
	case err != nil:
		return 0, err
	case number == 0:
		return 0, ErrNotFound
	case !c.deleted:
		return number, nil
	}
	var merged *MergedError
	if err = v.goneError(c); errors.As(err, &merged) {
		if number, c, err = v.find(merged.Target); err == nil && !c.deleted {
			return number, nil
		}
	}
	if errors.Is(err, ErrDeleted) || err == nil {
		err = ErrNotFound
	}
	return 0, err
}

// PutSelection keeps for whom a job is, in place of what was kept before.
func (tx *Tx) PutSelection(job uint64, selection *Selection) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	if err := tx.deleteSelection(job); err != nil {
		return err
	}
	t, err := tx.table(bucketSelections)
	if err != nil {
		return err
	}
	tx.dirty = true
	for _, at := range slices.Sorted(maps.Keys(selection.chunks)) {
		body := append(make([]byte, 0, activeBytes+checksumSize), selection.chunks[at]...)
		if err := t.put(selectionKey(job, at), body); err != nil {
			return tx.fail(fmt.Errorf("store: selection of the job %d: %w", job, err))
		}
	}
	return nil
}

func selectionKey(job, chunk uint64) []byte { return historyKey(job, chunk) }

func (tx *Tx) deleteSelection(job uint64) error {
	t, err := tx.table(bucketSelections)
	if err != nil {
		return err
	}
	var keys [][]byte
	c := t.bucket.Cursor()
	for key, _ := c.Seek(numberKey(job)); bytes.HasPrefix(key, numberKey(job)); key, _ = c.Next() {
		keys = append(keys, slices.Clone(key))
	}
	for _, key := range keys {
		tx.dirty = true
		if err := t.bucket.Delete(key); err != nil {
			return tx.fail(fmt.Errorf("store: selection of the job %d: %w", job, err))
		}
	}
	return nil
}

// A Selected is a customer of a selection as it is now. Of one that is gone
// meanwhile (deleted, merged) Live is false and the record what is left of it.
type Selected struct {
	Number uint64
	Record schema.Record
	Live   bool
}

// Selected reads up to limit customers of a job's selection with numbers above
// after, in the order of their numbers, as this transaction sees them. done
// says that there are no more behind them.
func (tx *Tx) Selected(job, after uint64, limit int) (list []Selected, done bool, err error) {
	if err := tx.usable(); err != nil {
		return nil, false, err
	}
	defer tx.guard(&err)
	return tx.selected(job, after, limit)
}

// Selected is Tx.Selected of a moment of its own.
func (s *Store) Selected(job, after uint64, limit int) (list []Selected, done bool, err error) {
	err = s.view(func(v *view) error {
		list, done, err = v.selected(job, after, limit)
		return err
	})
	return list, done, err
}

func (v *view) selected(job, after uint64, limit int) (list []Selected, done bool, err error) {
	numbers, done, err := v.selectedNumbers(job, after, limit)
	if err != nil {
		return nil, false, err
	}
	list = make([]Selected, 0, len(numbers))
	for _, number := range numbers {
		c, there, err := v.get(number)
		if err != nil {
			return nil, false, err
		}
		list = append(list, Selected{Number: number, Record: c.record, Live: there && !c.deleted})
	}
	return list, done, nil
}

func (v *view) selectedNumbers(job, after uint64, limit int) (numbers []uint64, done bool, err error) {
	t, err := v.table(bucketSelections)
	if err != nil {
		return nil, false, err
	}
	c := t.bucket.Cursor()
	for key, value := c.Seek(selectionKey(job, (after+1)>>activeBits)); key != nil; key, value = c.Next() {
		of, chunk, ok := historyPlace(key)
		if !ok {
			return nil, false, t.corrupt(key, "the key is no job and chunk")
		}
		if of != job {
			break
		}
		body, err := t.unseal(key, value)
		if err != nil {
			return nil, false, err
		}
		if len(body) != activeBytes {
			return nil, false, t.corrupt(key, "not a set of customers")
		}
		for i := range uint64(1) << activeBits {
			number := chunk<<activeBits + i
			if number <= after || body[i>>3]&(1<<(i&7)) == 0 {
				continue
			}
			if len(numbers) == limit {
				return numbers, false, nil
			}
			numbers = append(numbers, number)
		}
	}
	return numbers, true, nil
}

// selection checks that a set of customers reads and belongs to a job.
func (c *checker) selection(t table, key, body []byte) error {
	job, _, ok := historyPlace(key)
	switch {
	case !ok:
		return t.corrupt(key, "the key is no job and chunk")
	case len(body) != activeBytes:
		return t.corrupt(key, "not a set of customers")
	}
	if _, err := c.job(job); errors.Is(err, ErrNotFound) {
		return t.corrupt(key, fmt.Sprintf("there is no job %d", job))
	}
	return nil // a job that does not read is told with the jobs
}
