package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"meibo/dsl/schema"
)

// again bounds one transaction of EraseAgain, in customers.
const again = 1000

// Erasures are those that the store itself knows of.
func (s *Store) Erasures() (all Erasures, err error) {
	all = Erasures{}
	err = s.view(func(v *view) error {
		keys, err := v.erasureKeys()
		if err != nil || len(keys) == 0 {
			return err
		}
		t, err := v.table(bucketErased)
		if err != nil {
			return err
		}
		return t.each(func(hash, _ []byte) error {
			var e erasedEntry
			if err := t.decodeJSON(hash, &e); err != nil {
				return err
			}
			for _, key := range keys { // which of them made it is not kept
				all[key] = append(all[key], ErasedHash{Hash: hex.EncodeToString(hash), At: e.At})
			}
			return nil
		})
	})
	return all, err
}

// EraseAgain erases every customer that another copy of this store, newer or
// beside it, has erased, with all that names them in here, and remembers the
// erasures. No index may follow the store yet. Cost: two µs an id for each key of the erasures.
func (s *Store) EraseAgain(ctx context.Context, known Erasures) (erased int, err error) {
	if known.Len() == 0 {
		return 0, nil
	}
	if _, err := s.Update(ctx, func(tx *Tx) error { return tx.adoptKey(known) }); err != nil {
		return 0, err
	}
	numbers, err := s.erasedBefore(ctx, known)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(numbers, again) {
		if err := s.scrubNumbers(ctx, part); err != nil {
			return erased, err
		}
		persons := 0
		_, err := s.Update(ctx, func(tx *Tx) (err error) {
			persons, err = tx.eraseNow(part)
			return err
		})
		if err != nil {
			return erased, err
		}
		erased += persons
	}
	_, err = s.Update(ctx, func(tx *Tx) error { return tx.keepErasures(known) })
	return erased, err
}

// erasedBefore are the numbers of the customers whose ids are among hashes.
func (s *Store) erasedBefore(ctx context.Context, known Erasures) (numbers []uint64, err error) {
	hashes := map[string]bool{}
	for _, list := range known {
		for _, e := range list {
			raw, err := hex.DecodeString(e.Hash)
			if err != nil {
				return nil, fmt.Errorf("store: erasures: %w", err)
			}
			hashes[string(raw)] = true
		}
	}
	err = s.view(func(v *view) error {
		ids, err := v.table(bucketIDs)
		if err != nil {
			return err
		}
		looked := 0
		return ids.each(func(id, _ []byte) error {
			if looked++; looked%scanCheck == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			for key := range known {
				if !hashes[string(erasedHash(key, string(id)))] {
					continue
				}
				number, _, err := ids.number(id)
				if err != nil {
					return err
				}
				numbers = append(numbers, number)
				break
			}
			return nil
		})
	})
	return numbers, err
}

// scrubNumbers takes the texts of customers out of everything but their records.
func (s *Store) scrubNumbers(ctx context.Context, numbers []uint64) error {
	var records []schema.Record
	err := s.view(func(v *view) error {
		for _, number := range numbers {
			c, err := v.at(number)
			if err != nil {
				return err
			}
			if records, err = v.everything(records, number, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	texts := TextsOf(records, s.Fields(), s.Settings().Region)
	for _, part := range []ScrubPart{ScrubAnswers, ScrubJobs, ScrubAudit} {
		if _, err := s.ScrubAll(ctx, part, texts, 0); err != nil {
			return err
		}
	}
	return nil
}

// ScrubAll is Scrub for a whole part, in as many transactions as it takes.
func (s *Store) ScrubAll(ctx context.Context, part ScrubPart, texts *Texts, but uint64) (changed int, err error) {
	var after []byte
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return changed, err
		}
		var keys [][]byte
		if keys, after, done, err = s.FindTexts(part, texts, after, but); err != nil {
			return changed, err
		}
		if len(keys) == 0 {
			continue
		}
		_, err = s.Update(context.WithoutCancel(ctx), func(tx *Tx) error {
			n, err := tx.Scrub(part, texts, keys)
			changed += n
			return err
		})
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// adoptKey takes the key of the others where the store has none yet.
func (tx *Tx) adoptKey(known Erasures) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	own, err := tx.erasureKeys()
	if err != nil || len(own) > 0 {
		return err
	}
	return tx.putErasureKey(string(erasureKey), slices.Min(slices.Collect(maps.Keys(known))))
}

func (tx *Tx) putErasureKey(name, key string) error {
	secrets, err := tx.table(bucketSecrets)
	if err != nil {
		return err
	}
	tx.dirty, tx.erasure = true, nil
	if err := secrets.putJSON([]byte(name), Secret{Text: key, CreatedAt: time.UnixMilli(tx.millis).UTC()}); err != nil {
		return tx.fail(fmt.Errorf("store: keep a key of erasures: %w", err))
	}
	return nil
}

// eraseNow does all three steps at once, and says how many persons that were.
func (tx *Tx) eraseNow(numbers []uint64) (persons int, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	defer tx.guard(&err)
	key, err := tx.erasureKey()
	if err != nil {
		return 0, err
	}
	for _, number := range numbers {
		c, err := tx.at(number)
		if err == nil && c.merged == 0 {
			persons++
		}
		if err == nil && !c.erased {
			err = tx.hide(number, c)
		}
		if err == nil {
			err = tx.forgetHistory(number)
		}
		if err == nil {
			c, err = tx.at(number)
		}
		if err == nil && c.record.Len() > 0 {
			err = tx.forgetID(number, c, key)
		}
		if err != nil {
			return 0, tx.fail(err)
		}
	}
	return persons, nil
}

// keepErasures remembers erasures with the keys of their hashes.
func (tx *Tx) keepErasures(known Erasures) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	own, err := tx.erasureKeys()
	if err != nil {
		return err
	}
	for key, list := range known {
		if !slices.Contains(own, key) {
			name := fmt.Sprintf("%s-%x", erasureKey, erasedHash(key, "")[:8])
			if err := tx.putErasureKey(name, key); err != nil {
				return err
			}
		}
		for _, e := range list {
			hash, err := hex.DecodeString(e.Hash)
			if err == nil {
				err = tx.keepErased(hash, e.At)
			}
			if err != nil {
				return tx.fail(err)
			}
		}
	}
	tx.dirty, tx.erasure = true, nil
	return nil
}
