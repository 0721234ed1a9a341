package store

import (
	"encoding/json"
	"fmt"
	"slices"
)

// What names persons outside of their records: answers that are kept for a
// repetition, jobs and the audit log. This is the one thing that changes an
// entry of the audit log once it is written: the texts of erased customers in
// it are replaced, and nothing else.

// A ScrubPart is a bucket in which texts of erased customers can be.
type ScrubPart string

// The parts, in no special order.
const (
	ScrubAnswers ScrubPart = bucketIdempotency
	ScrubJobs    ScrubPart = bucketJobs
	ScrubAudit   ScrubPart = bucketAudit
)

// scrubChunk bounds how many values one call rewrites: other writes wait.
const scrubChunk = 500

// FindTexts looks for the texts in some more values of a part, those behind a
// key (nil: from the first), and gives the keys of those that have any and the
// key to go on with. The entry of the job with the number but is passed over:
// its runner writes it meanwhile. No write waits for it.
func (s *Store) FindTexts(part ScrubPart, texts *Texts, after []byte, but uint64) (keys [][]byte, last []byte, done bool, err error) {
	const most = 4 << 20 // bytes looked at in one reading transaction
	err = s.view(func(v *view) error {
		t, err := v.table(string(part))
		if err != nil {
			return err
		}
		c := t.bucket.Cursor()
		key, value := c.First()
		if after != nil {
			if key, value = c.Seek(after); key != nil && string(key) == string(after) {
				key, value = c.Next()
			}
		}
		for looked := 0; key != nil; key, value = c.Next() {
			if looked > most || len(keys) == scrubChunk {
				return nil
			}
			body, err := t.unseal(key, value)
			if err != nil {
				return err
			}
			looked += len(body) + 64
			last = slices.Clone(key)
			if number, _ := keyNumber(key); part == ScrubJobs && number == but {
				continue
			}
			if _, hit, err := scrubbed(part, key, body, texts); err != nil || hit {
				if err != nil {
					return t.corrupt(key, err.Error())
				}
				keys = append(keys, last)
			}
		}
		done = true
		return nil
	})
	return keys, last, done, err
}

// Scrub takes texts out of the values of keys that FindTexts gave.
func (tx *Tx) Scrub(part ScrubPart, texts *Texts, keys [][]byte) (changed int, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	defer tx.guard(&err)
	t, err := tx.table(string(part))
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		body, err := t.get(key)
		if err != nil {
			return 0, tx.fail(err)
		}
		if body == nil {
			continue // went meanwhile
		}
		next, hit, err := scrubbed(part, key, body, texts)
		if err != nil {
			return 0, tx.fail(t.corrupt(key, err.Error()))
		}
		if !hit {
			continue
		}
		changed++
		tx.dirty = true
		if next == nil {
			err = tx.forgetAnswer(t, key, body)
		} else {
			err = t.put(key, slices.Clone(next))
		}
		if err != nil {
			return 0, tx.fail(fmt.Errorf("store: scrub the bucket %s: %w", part, err))
		}
	}
	return changed, nil
}

// forgetAnswer deletes an answer whose very key names a person.
func (tx *Tx) forgetAnswer(t table, key, body []byte) error {
	ages, err := tx.table(bucketAges)
	if err != nil {
		return err
	}
	if err := ages.bucket.Delete(ageKey(body[:8], string(key))); err != nil {
		return err
	}
	return t.bucket.Delete(key)
}

// scrubbed is a value without the texts. Of a kept answer time and hash stay,
// so that a repetition still writes nothing; nil: nothing stays.
func scrubbed(part ScrubPart, key, body []byte, texts *Texts) (next []byte, hit bool, err error) {
	switch part {
	case ScrubAnswers:
		switch {
		case len(body) < answerHead:
			return nil, false, fmt.Errorf("not a kept answer")
		case texts.In(key):
			return nil, true, nil
		case texts.InJSON(body[answerHead:]):
			return body[:answerHead], true, nil
		}
		return body, false, nil
	case ScrubJobs:
		var j Job
		if err := json.Unmarshal(body, &j); err != nil {
			return nil, false, err
		}
		if j.Error != nil {
			ja, hitJA := texts.Replaced(j.Error.JA)
			en, hitEN := texts.Replaced(j.Error.EN)
			j.Error, hit = &JobError{Code: j.Error.Code, JA: ja, EN: en}, hitJA || hitEN
		}
		hit = scrubRaw(texts, &j.Request, &j.Checkpoint, &j.Result) || hit
		next, err = json.Marshal(j)
	default:
		var e AuditEntry
		if err := json.Unmarshal(body, &e); err != nil {
			return nil, false, err
		}
		e.Key, hit = texts.Replaced(e.Key)
		hit = scrubRaw(texts, &e.Before, &e.After, &e.Detail) || hit
		next, err = json.Marshal(e)
	}
	return next, hit, err
}

func scrubRaw(texts *Texts, documents ...*json.RawMessage) (hit bool) {
	for _, d := range documents {
		without, changed := texts.ReplacedInJSON(*d)
		*d, hit = without, hit || changed
	}
	return hit
}
