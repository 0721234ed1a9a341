package store

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// IdempotencyAge is how long the answer to a write is kept for its repetition.
const IdempotencyAge = 24 * time.Hour

// purgeChunk bounds the expired answers that one Remember deletes. It is more
// than the one that it adds, so the bucket shrinks to what is 24 h old.
const purgeChunk = 32

const (
	bodyHashSize = 32
	answerHead   = 8 + bodyHashSize // time and hash, before the answer
)

// Remember keeps the answer to a write, in the write's own transaction. A key
// that was used before is replaced. result is not kept.
func (tx *Tx) Remember(key string, bodyHash [32]byte, result []byte) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	if key == "" {
		return fmt.Errorf("store: an empty idempotency key")
	}
	kept, err := tx.table(bucketIdempotency)
	if err != nil {
		return err
	}
	ages, err := tx.table(bucketAges)
	if err != nil {
		return err
	}
	tx.dirty = true
	if err := tx.purge(kept, ages); err != nil {
		return tx.fail(err)
	}
	if old, err := kept.get([]byte(key)); err != nil {
		return tx.fail(err)
	} else if len(old) >= 8 {
		if err := ages.bucket.Delete(ageKey(old[:8], key)); err != nil {
			return tx.fail(fmt.Errorf("store: %w", err))
		}
	}
	body := binary.BigEndian.AppendUint64(make([]byte, 0, answerHead+len(result)+checksumSize), uint64(tx.millis))
	age := ageKey(body, key)
	body = append(append(body, bodyHash[:]...), result...)
	if err := kept.put([]byte(key), body); err != nil {
		return tx.fail(fmt.Errorf("store: keep an answer: %w", err))
	}
	if err := ages.put(age, nil); err != nil {
		return tx.fail(fmt.Errorf("store: keep an answer: %w", err))
	}
	return nil
}

// Recall finds the answer that an earlier write with this key was given. A
// damaged answer fails the transaction: the write must not happen twice.
func (tx *Tx) Recall(key string) (bodyHash [32]byte, result []byte, ok bool) {
	if tx.usable() != nil || key == "" {
		return bodyHash, nil, false
	}
	var err error
	defer tx.guard(&err)
	kept, err := tx.table(bucketIdempotency)
	if err != nil {
		_ = tx.fail(err)
		return bodyHash, nil, false
	}
	body, err := kept.get([]byte(key))
	if err == nil && body != nil && len(body) < answerHead {
		err = kept.corrupt([]byte(key), "not a kept answer")
	}
	switch {
	case err != nil:
		_ = tx.fail(err)
		return bodyHash, nil, false
	case body == nil || int64(binary.BigEndian.Uint64(body)) <= tx.expired():
		return bodyHash, nil, false
	}
	copy(bodyHash[:], body[8:])
	return bodyHash, slices.Clone(body[answerHead:]), true
}

// expired is the time up to which answers are no longer kept.
func (tx *Tx) expired() int64 { return tx.millis - IdempotencyAge.Milliseconds() }

// purge deletes the oldest answers that have expired.
func (tx *Tx) purge(kept, ages table) error {
	var old [][]byte
	c := ages.bucket.Cursor()
	for k, _ := c.First(); k != nil && len(old) < purgeChunk; k, _ = c.Next() {
		if len(k) > 8 && int64(binary.BigEndian.Uint64(k)) > tx.expired() {
			break
		}
		old = append(old, slices.Clone(k))
	}
	for _, k := range old {
		if len(k) > 8 {
			if err := kept.bucket.Delete(k[8:]); err != nil {
				return fmt.Errorf("store: %w", err)
			}
		}
		if err := ages.bucket.Delete(k); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// ageKey sorts answers by the time when they were given.
func ageKey(millis []byte, key string) []byte { return append(slices.Clone(millis), key...) }
