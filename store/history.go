package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"meibo/dsl/schema"
)

// A HistoryEntry is one write in the history of a customer: who did what, and
// the values before and after it. Store and reader agree on nothing else about
// Action, Cause and Actor than that they are short texts.
type HistoryEntry struct {
	Seq     uint64 // of the write; entries of a customer are in its order
	At      int64  // epoch milliseconds; kept by the store, as Seq is
	Action  string // what was done: created, updated, deleted, restored
	Cause   string // by which way it came
	Actor   Actor
	Job     uint64 // that made the change; 0: none
	Changes []FieldChange
}

// An Actor is who made a change, as it was called then.
type Actor struct {
	TokenID string `json:"tokenId,omitempty"`
	Name    string `json:"name,omitempty"`
	Role    string `json:"role"`
}

// A FieldChange is what became of one field; a missing value is none.
type FieldChange struct {
	Key           string
	Before, After schema.Value
}

// codeMissing stands for no value, where a record has nothing at all.
const codeMissing = 7

// historyKey sorts entries by customer, then by seq.
func historyKey(number, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(numberKey(number), seq)
}

func historyPlace(key []byte) (number, seq uint64, ok bool) {
	if len(key) != 16 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(key), binary.BigEndian.Uint64(key[8:]), true
}

// Note adds an entry to a customer's history, for the last write of this
// transaction to that customer: one entry a write. It gives the entry its seq
// and time, and keeps nothing of it. A deleted customer has a history too.
func (tx *Tx) Note(id string, e HistoryEntry) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	number, c, err := tx.find(id)
	if err != nil {
		return err
	}
	if number == 0 {
		return ErrNotFound
	}
	t, err := tx.table(bucketHistory)
	if err != nil {
		return err
	}
	e.At = tx.millis
	body, err := appendHistory(nil, e, tx.fieldNumber)
	if err != nil {
		return tx.fail(err)
	}
	tx.dirty = true
	if err := t.put(historyKey(number, c.seq), body); err != nil {
		return tx.fail(fmt.Errorf("store: history of %q: %w", id, err))
	}
	return nil
}

func appendHistory(b []byte, e HistoryEntry, number func(key string) (uint64, error)) ([]byte, error) {
	b = binary.AppendVarint(b, e.At)
	for _, text := range []string{e.Action, e.Cause, e.Actor.TokenID, e.Actor.Name, e.Actor.Role} {
		b = appendText(b, text)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Changes)))
	for _, c := range e.Changes {
		n, err := number(c.Key)
		if err != nil {
			return nil, err
		}
		b = binary.AppendUvarint(b, n)
		for _, v := range []schema.Value{c.Before, c.After} {
			if v.IsMissing() {
				b = append(b, codeMissing)
			} else if b, err = appendValue(b, 0, v); err != nil {
				return nil, fmt.Errorf("store: field %s: %w", c.Key, err)
			}
		}
	}
	if e.Job != 0 {
		b = binary.AppendUvarint(b, e.Job)
	}
	return b, nil
}

// decodeHistory reads what appendHistory wrote.
func decodeHistory(body []byte, numbers *numbering) (HistoryEntry, error) {
	r := reader{text: string(body)}
	e := HistoryEntry{At: r.varint(), Action: r.string(), Cause: r.string(), Actor: Actor{TokenID: r.string(), Name: r.string(), Role: r.string()}}
	count := r.uvarint()
	if r.bad || count > uint64(len(body)) {
		return HistoryEntry{}, errors.New("not an entry of a history")
	}
	for range count {
		number := r.uvarint()
		if number == 0 || number >= uint64(len(numbers.keys)) {
			return HistoryEntry{}, &unknownNumberError{number}
		}
		e.Changes = append(e.Changes, FieldChange{Key: numbers.keys[number], Before: r.valueOrNone(), After: r.valueOrNone()})
	}
	if !r.bad && r.at < len(r.text) {
		e.Job = r.uvarint()
	}
	if r.bad || r.at != len(r.text) {
		return HistoryEntry{}, errors.New("the entry ends in the wrong place")
	}
	return e, nil
}

func (r *reader) valueOrNone() schema.Value {
	code := r.uvarint()
	if code == codeMissing {
		return schema.Value{}
	}
	return r.value(code)
}

// historyEntry unseals and decodes the value under a key.
func (v *view) historyEntry(t table, key, value []byte) (HistoryEntry, error) {
	body, err := t.unseal(key, value)
	if err != nil {
		return HistoryEntry{}, err
	}
	return v.history(t, key, body)
}

// history decodes the body under a key; like customer, it may meet a field
// that was numbered a moment ago.
func (v *view) history(t table, key, body []byte) (HistoryEntry, error) {
	e, err := decodeHistory(body, v.numbers)
	if unknown := (*unknownNumberError)(nil); errors.As(err, &unknown) {
		if v.numbers, err = readNumbering(v.bolt); err != nil {
			return HistoryEntry{}, err
		}
		e, err = decodeHistory(body, v.numbers)
	}
	_, seq, ok := historyPlace(key)
	if err == nil && !ok {
		err = errors.New("the key is no customer and seq")
	}
	if err != nil {
		return HistoryEntry{}, t.corrupt(key, err.Error())
	}
	e.Seq = seq
	return e, nil
}

// History yields what is kept of a customer's changes, newest first, those
// before a seq only (0: all), until yield says false. deletion is the newest entry
// of a customer that is deleted now, that of the deletion where it is kept; else nil.
// ErrNotFound where there never was a customer; a deleted one has its history.
// The values share memory with the entry, not with anything else.
func (s *Store) History(ctx context.Context, id string, before uint64, yield func(HistoryEntry) bool) (deletion *HistoryEntry, err error) {
	err = s.view(func(v *view) error {
		if _, err := v.live(id); err != nil && !errors.Is(err, ErrDeleted) {
			return err
		}
		number, c, err := v.find(id)
		if err != nil {
			return err
		}
		if c.deleted {
			if deletion, err = v.newestEntry(number); err != nil {
				return err
			}
		}
		return v.eachEntry(ctx, number, before, yield)
	})
	if err != nil {
		return nil, err
	}
	return deletion, nil
}

// newestEntry is the newest entry of a customer's history, nil where none is kept.
func (v *view) newestEntry(number uint64) (newest *HistoryEntry, err error) {
	err = v.eachEntry(context.Background(), number, 0, func(e HistoryEntry) bool {
		newest = &e
		return false
	})
	return newest, err
}

func (v *view) eachEntry(ctx context.Context, number, before uint64, yield func(HistoryEntry) bool) error {
	t, err := v.table(bucketHistory)
	if err != nil {
		return err
	}
	end := historyKey(number+1, 0) // numbers never reach the end of their range
	if before > 0 {
		end = historyKey(number, before)
	}
	c := t.bucket.Cursor()
	newest := c.Prev
	if key, _ := c.Seek(end); key == nil {
		newest = c.Last
	}
	key, value := newest()
	for looked := 1; key != nil && sameCustomer(key, number); key, value = c.Prev() {
		if looked++; looked%scanCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		e, err := v.historyEntry(t, key, value)
		if err != nil {
			return err
		}
		v.outside = true
		more := yield(e)
		v.outside = false
		if !more {
			return nil
		}
	}
	return nil
}

func sameCustomer(key []byte, number uint64) bool {
	return len(key) >= 8 && binary.BigEndian.Uint64(key) == number
}
