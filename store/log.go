package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"meibo/dsl/schema"
)

// What a log entry says was done.
const (
	opPut    = 1
	opDelete = 2
)

// A logEntry says which customer a write changed, not what it wrote: whoever
// follows the log reads the customer as it is now.
type logEntry struct {
	seq    uint64 // the key
	millis int64
	op     byte
	number uint64 // of the customer
}

// logFill: entries come in order and never grow, so pages can be full.
const logFill = 1.0

func (tx *Tx) appendLog(e logEntry) error {
	t, err := tx.table(bucketLog)
	if err != nil {
		return err
	}
	body := binary.AppendVarint(make([]byte, 0, 24), e.millis)
	body = binary.AppendUvarint(append(body, e.op), e.number)
	t.bucket.FillPercent = logFill
	if err := t.put(numberKey(e.seq), body); err != nil {
		return fmt.Errorf("store: log entry %d: %w", e.seq, err)
	}
	return nil
}

func (t table) logEntry(key, value []byte) (logEntry, error) {
	body, err := t.unseal(key, value)
	if err != nil {
		return logEntry{}, err
	}
	return t.decodeLogEntry(key, body)
}

func (t table) decodeLogEntry(key, body []byte) (logEntry, error) {
	r := reader{text: string(body)}
	e := logEntry{millis: r.varint(), op: r.byte(), number: r.uvarint()}
	seq, ok := keyNumber(key)
	if !ok || r.bad || r.at != len(body) || e.op != opPut && e.op != opDelete {
		return logEntry{}, t.corrupt(key, "not a log entry")
	}
	e.seq = seq
	return e, nil
}

// Bounds of what one call of Changes reads: log entries, and bytes of records
// as they are stored (some four times that in memory).
const (
	maxChanges     = 10_000
	maxChangeBytes = 32 << 20
)

// Changes returns the writes after a seq, oldest first, waiting until there is
// one or ctx ends. It reads up to limit log entries (at most, and with 0,
// 10,000) and names a customer once, at its last write among them; the last
// element's seq is the last one covered. Large records make it stop earlier.
// Of a customer that was erased the change has no id: there is nothing left
// to do for it. ErrTrimmed when entries right after
// `after` are gone; ErrClosed when the store is closed.
func (s *Store) Changes(ctx context.Context, after uint64, limit int) ([]schema.Change, error) {
	if limit <= 0 || limit > maxChanges {
		limit = maxChanges
	}
	if err := s.await(ctx, func() bool { return s.Seq() > after || s.failure.Load() != nil }); err != nil {
		return nil, err
	}
	if s.Seq() <= after {
		return nil, s.Failure() // nothing will come any more
	}
	var changes []schema.Change
	err := s.view(func(v *view) error {
		entries, err := v.entries(after, limit)
		if err != nil {
			return err
		}
		if entries, err = v.within(entries, maxChangeBytes); err != nil {
			return err
		}
		if changes, err = v.changes(entries); err != nil {
			return err
		}
		_, err = s.committed(ctx, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return changes, nil
}

// entries reads the log from the seq that follows after.
func (v *view) entries(after uint64, limit int) ([]logEntry, error) {
	meta, err := v.table(bucketMeta)
	if err != nil {
		return nil, err
	}
	trimmed, err := meta.must(metaTrimmed)
	switch {
	case err != nil:
		return nil, err
	case after < trimmed:
		return nil, ErrTrimmed
	}
	t, err := v.table(bucketLog)
	if err != nil {
		return nil, err
	}
	var entries []logEntry
	c := t.bucket.Cursor()
	for key, value := c.Seek(numberKey(after + 1)); key != nil && len(entries) < limit; key, value = c.Next() {
		e, err := t.logEntry(key, value)
		if err != nil {
			return nil, err
		}
		if e.seq != after+1+uint64(len(entries)) {
			return nil, t.corrupt(key, fmt.Sprintf("the entry before it, %d, is missing", e.seq-1))
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// within cuts entries where the records that they name, each counted once,
// come to more bytes than budget. One entry at least is left.
func (v *view) within(entries []logEntry, budget int) ([]logEntry, error) {
	t, err := v.table(bucketCustomers)
	if err != nil {
		return nil, err
	}
	seen := make(map[uint64]bool, len(entries))
	for i, e := range entries {
		if seen[e.number] {
			continue
		}
		seen[e.number] = true
		budget -= len(t.bucket.Get(numberKey(e.number)))
		if budget < 0 && i > 0 {
			return entries[:i], nil
		}
	}
	return entries, nil
}

// changes reads the customers that entries name, each at its last entry.
func (v *view) changes(entries []logEntry) ([]schema.Change, error) {
	last := make(map[uint64]uint64, len(entries)) // number → seq
	for _, e := range entries {
		last[e.number] = e.seq
	}
	changes := make([]schema.Change, 0, len(last))
	for _, e := range entries {
		if last[e.number] != e.seq {
			continue
		}
		c, err := v.at(e.number)
		if err != nil {
			return nil, err
		}
		change := schema.Change{Seq: e.seq, ID: c.record.ID()}
		if !c.deleted {
			change.Record = &c.record
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// trimChunk is how many entries one transaction of TrimLog deletes, so that it
// holds up other writes for milliseconds only.
const trimChunk = 5_000

// TrimLog deletes the log's entries up to a seq. Whoever follows the log must
// be past them.
func (s *Store) TrimLog(ctx context.Context, upTo uint64) error {
	for {
		done := false
		_, err := s.Update(ctx, func(tx *Tx) (err error) {
			done, err = tx.trim(min(upTo, tx.seq))
			return err
		})
		if err != nil || done {
			return err
		}
	}
}

func (tx *Tx) trim(upTo uint64) (done bool, err error) {
	defer tx.guard(&err)
	meta, err := tx.table(bucketMeta)
	if err != nil {
		return false, err
	}
	trimmed, err := meta.must(metaTrimmed)
	if err != nil || trimmed >= upTo {
		return true, err
	}
	t, err := tx.table(bucketLog)
	if err != nil {
		return false, err
	}
	upTo = min(upTo, trimmed+trimChunk)
	done = upTo < trimmed+trimChunk
	for seq := trimmed + 1; seq <= upTo; seq++ {
		if err := t.bucket.Delete(numberKey(seq)); err != nil {
			return false, fmt.Errorf("store: trim the log: %w", err)
		}
	}
	tx.dirty = true
	return done, meta.putNumber([]byte(metaTrimmed), upTo)
}
