package store

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
	"time"
)

// The bucket active keeps, for each calendar month of the workspace's zone,
// the set of customers that were active in it: bits by the customers' numbers,
// in chunks, and how many there are. A month is that of the zone at the moment
// of the change; a zone that is set later moves nobody.

const (
	monthLayout = "2006-01"
	monthLength = len(monthLayout)

	activeBits  = 12 // 4,096 customers a chunk, which is 512 bytes
	activeBytes = 1 << activeBits / 8
)

// CountActive counts a customer among those of the month that an instant, in
// epoch milliseconds, is in. Counting again changes nothing. ErrNotFound.
func (tx *Tx) CountActive(id string, millis int64) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	if id == "" {
		return ErrNotFound
	}
	number, _, err := tx.find(id)
	switch {
	case err != nil:
		return err
	case number == 0:
		return ErrNotFound
	}
	if _, err := tx.mark(monthOf(millis, tx.zone()), number, true); err != nil {
		return tx.fail(err)
	}
	return nil
}

func monthOf(millis int64, zone *time.Location) string {
	return time.UnixMilli(millis).In(zone).Format(monthLayout)
}

func (tx *Tx) zone() *time.Location {
	if tx.settings != nil {
		return tx.settings.Zone
	}
	return tx.store.Settings().Zone
}

// Active is how many customers were active in a month ("2026-11").
func (s *Store) Active(month string) (count uint64, err error) {
	err = s.view(func(v *view) error {
		t, err := v.table(bucketActive)
		if err != nil || month == "" { // bbolt has no empty keys
			return err
		}
		count, _, err = t.number([]byte(month))
		return err
	})
	return count, err
}

func activeChunk(month string, number uint64) []byte {
	return append([]byte(month), numberKey(number>>activeBits)...)
}

// mark sets or clears a customer's bit in a month and keeps the count in step.
func (tx *Tx) mark(month string, number uint64, on bool) (changed bool, err error) {
	t, err := tx.table(bucketActive)
	if err != nil {
		return false, err
	}
	key := activeChunk(month, number)
	chunk, err := t.chunk(key)
	if err != nil {
		return false, err
	}
	at, bit := number>>3&(activeBytes-1), byte(1)<<(number&7)
	if (chunk[at]&bit != 0) == on {
		return false, nil
	}
	chunk[at] ^= bit
	tx.dirty = true
	count, _, err := t.number([]byte(month))
	if err != nil {
		return false, err
	}
	if count++; !on {
		count -= 2
	}
	if err := t.putNumber([]byte(month), count); err != nil {
		return false, fmt.Errorf("store: %w", err)
	}
	if err := t.put(key, chunk); err != nil {
		return false, fmt.Errorf("store: customers active in %s: %w", month, err)
	}
	return true, nil
}

// chunk is a copy of a chunk, empty where there is none, with room for the seal.
func (t table) chunk(key []byte) ([]byte, error) {
	body, err := t.get(key)
	if err != nil {
		return nil, err
	}
	if body != nil && len(body) != activeBytes {
		return nil, t.corrupt(key, "not a set of customers")
	}
	chunk := make([]byte, activeBytes, activeBytes+checksumSize)
	copy(chunk, body)
	return chunk, nil
}

// moveActive makes one customer active in another's place: two that turn out
// to be the same person were one all along.
func (tx *Tx) moveActive(from, to uint64) error {
	months, err := tx.activeMonths()
	if err != nil {
		return err
	}
	for _, month := range months {
		was, err := tx.mark(month, from, false)
		if err != nil {
			return err
		}
		if !was {
			continue
		}
		if _, err := tx.mark(month, to, true); err != nil {
			return err
		}
	}
	return nil
}

// activeMonths are the months in which anybody was active. Cost: a look-up a
// month.
func (v *view) activeMonths() (months []string, err error) {
	t, err := v.table(bucketActive)
	if err != nil {
		return nil, err
	}
	c := t.bucket.Cursor()
	for key, _ := c.First(); key != nil; {
		if len(key) < monthLength {
			return nil, t.corrupt(key, "not a month")
		}
		month := string(key[:monthLength])
		months = append(months, month)
		key, _ = c.Seek(append([]byte(month), bytes.Repeat([]byte{0xff}, 9)...)) // past its chunks
	}
	return months, nil
}

// activeMonth checks a value of the bucket: the count of a month comes before
// its chunks and has to be the number of their bits.
func (c *checker) activeMonth(t table, key, body []byte) error {
	if len(key) != monthLength && len(key) != monthLength+8 {
		return t.corrupt(key, "not a month")
	}
	if len(key) == monthLength {
		count, _, err := t.number(key)
		c.active = append(c.active, activeCount{slices.Clone(key), int64(count)})
		return err
	}
	if len(body) != activeBytes || len(c.active) == 0 || !bytes.HasPrefix(key, c.active[len(c.active)-1].month) {
		return t.corrupt(key, "not a set of customers that is counted")
	}
	for _, b := range body {
		c.active[len(c.active)-1].missing -= int64(bits.OnesCount8(b))
	}
	return nil
}

// An activeCount is a month's count without the bits seen so far.
type activeCount struct {
	month   []byte
	missing int64
}

func (c *checker) activeCounts() error {
	for _, a := range c.active {
		if a.missing == 0 {
			continue
		}
		if err := c.found(&CorruptError{Bucket: bucketActive, Key: a.month, Reason: fmt.Sprintf("counts %d customers more than are in the month", a.missing)}); err != nil {
			return err
		}
	}
	return nil
}
