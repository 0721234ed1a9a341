package store

import (
	"encoding/json"
	"errors"
	"fmt"
)

// A Job is long work that outlives the process which began it. The store keeps
// what is asked, how far it is and what came of it; what a kind of job means,
// its states among it, is its runner's.
type Job struct {
	Number     uint64          `json:"-"` // 1, 2, 3, …; the key
	Kind       string          `json:"kind"`
	State      string          `json:"state"`
	Actor      Actor           `json:"actor"`
	Caller     json.RawMessage `json:"caller,omitempty"`  // for whom it acts, as the service wrote it
	Request    json.RawMessage `json:"request,omitempty"` // what is to be done
	Of         uint64          `json:"of,omitempty"`      // the job that this one undoes
	Cancel     bool            `json:"cancel,omitempty"`  // somebody asked it to end early
	Starts     int             `json:"starts,omitempty"`  // since a step of it was kept or a process ended in order
	Stage      string          `json:"stage,omitempty"`
	Done       int64           `json:"done"`
	Total      int64           `json:"total"` // 0: not known yet
	Checkpoint json.RawMessage `json:"checkpoint,omitempty"`
	Result     json.RawMessage `json:"result,omitempty"`
	Error      *JobError       `json:"error,omitempty"`
	CreatedAt  int64           `json:"createdAt"` // epoch milliseconds, as the others
	StartedAt  int64           `json:"startedAt,omitempty"`
	EndedAt    int64           `json:"endedAt,omitempty"`
}

// A JobError is why a job failed, for people.
type JobError struct {
	Code string `json:"code"`
	JA   string `json:"ja"`
	EN   string `json:"en"`
}

// AddJob keeps a new job and gives it its number.
func (tx *Tx) AddJob(j Job) (number uint64, err error) {
	if err := tx.usable(); err != nil {
		return 0, err
	}
	defer tx.guard(&err)
	t, err := tx.table(bucketJobs)
	if err != nil {
		return 0, err
	}
	if number, err = t.bucket.NextSequence(); err != nil {
		return 0, tx.fail(fmt.Errorf("store: number a job: %w", err))
	}
	tx.dirty = true
	if err := t.putJSON(numberKey(number), j); err != nil {
		return 0, tx.fail(err)
	}
	return number, nil
}

// PutJob replaces a job that is there; ErrNotFound.
func (tx *Tx) PutJob(j Job) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	t, err := tx.table(bucketJobs)
	if err != nil {
		return err
	}
	if old, err := t.get(numberKey(j.Number)); err != nil || old == nil {
		return errors.Join(err, missing(old))
	}
	tx.dirty = true
	if err := t.putJSON(numberKey(j.Number), j); err != nil {
		return tx.fail(err)
	}
	return nil
}

func missing(body []byte) error {
	if body == nil {
		return ErrNotFound
	}
	return nil
}

// Job reads a job as this transaction sees it; ErrNotFound.
func (tx *Tx) Job(number uint64) (j Job, err error) {
	if err := tx.usable(); err != nil {
		return Job{}, err
	}
	defer tx.guard(&err)
	return tx.job(number)
}

// DeleteJob forgets a job and its selection; ErrNotFound.
func (tx *Tx) DeleteJob(number uint64) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	if _, err := tx.job(number); err != nil {
		return err
	}
	t, err := tx.table(bucketJobs)
	if err != nil {
		return err
	}
	tx.dirty = true
	if err := t.bucket.Delete(numberKey(number)); err != nil {
		return tx.fail(fmt.Errorf("store: forget a job: %w", err))
	}
	return tx.deleteSelection(number)
}

// Job reads one job; ErrNotFound.
func (s *Store) Job(number uint64) (j Job, err error) {
	err = s.view(func(v *view) error {
		j, err = v.job(number)
		return err
	})
	return j, err
}

func (v *view) job(number uint64) (j Job, err error) {
	t, err := v.table(bucketJobs)
	if err != nil {
		return Job{}, err
	}
	err = t.decodeJSON(numberKey(number), &j)
	j.Number = number
	return j, err
}

// Jobs yields the jobs, the newest first, those before a number only (0: all),
// until yield says false.
func (s *Store) Jobs(before uint64, yield func(Job) bool) error {
	return s.view(func(v *view) error {
		t, err := v.table(bucketJobs)
		if err != nil {
			return err
		}
		return t.backwards(before, func(number uint64, _ []byte) (bool, error) {
			j, err := v.job(number)
			if err != nil {
				return false, err
			}
			v.outside = true
			more := yield(j)
			v.outside = false
			return more, nil
		})
	})
}

// backwards goes through a bucket whose keys are numbers, from the largest
// below before (0: from the last) down.
func (t table) backwards(before uint64, yield func(number uint64, body []byte) (more bool, err error)) error {
	c := t.bucket.Cursor()
	key, value := []byte(nil), []byte(nil)
	if before > 0 {
		key, _ = c.Seek(numberKey(before))
	}
	if key != nil {
		key, value = c.Prev()
	} else { // all are before it: Seek has left the cursor beyond the end
		key, value = c.Last()
	}
	for ; key != nil; key, value = c.Prev() {
		number, ok := keyNumber(key)
		if !ok {
			return t.corrupt(key, "the key is no number")
		}
		body, err := t.unseal(key, value)
		if err != nil {
			return err
		}
		if more, err := yield(number, body); err != nil || !more {
			return err
		}
	}
	return nil
}
