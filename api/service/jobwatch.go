package service

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"meibo/api/job"
	"meibo/store"
)

// A JobWatch tells what becomes of jobs to one who watches. It keeps a hash of
// each job that it may still have to tell of, and no goroutine. Not safe for
// several goroutines.
type JobWatch struct {
	s     *Service
	only  uint64 // 0: every job that the caller may see
	begun bool
	upTo  uint64 // jobs up to this number have ended and been told
	told  map[uint64][sha256.Size]byte
}

// WatchJobs begins to watch one job, or with "" all that the caller may see;
// CodeNotFound.
func (s *Service) WatchJobs(id string) (*JobWatch, error) {
	w := &JobWatch{s: s, told: map[uint64][sha256.Size]byte{}}
	if id == "" {
		return w, nil
	}
	j, err := s.storedJob(id)
	w.only = j.Number
	return w, err
}

// Changed is closed when there may be something new. It is to be taken before
// Look, which may be called as seldom as the caller likes: what changed twice
// meanwhile is told once.
func (w *JobWatch) Changed() <-chan struct{} { return w.s.jobs.Changed() }

// Look gives the jobs that are not as they were told last, the oldest first; the
// first time those that have not ended, or the one that is watched. over says
// that nothing will become of that one any more.
func (w *JobWatch) Look() (changed []Job, over bool, err error) {
	if w.only != 0 {
		return w.lookAtOne()
	}
	newest, going := w.upTo, uint64(0)
	err = w.s.store.Jobs(0, func(j store.Job) bool {
		if j.Number <= w.upTo {
			return false
		}
		newest = max(newest, j.Number)
		ended := job.Ended(j.State)
		if !ended {
			going = j.Number
		}
		if shown := w.s.job(j); w.s.seesJob(j) && w.isNew(j.Number, shown) && (w.begun || !ended) {
			changed = append(changed, shown)
		}
		return true
	})
	if err != nil {
		return nil, false, fmt.Errorf("watch the jobs: %w", err)
	}
	if w.begun, w.upTo = true, newest; going != 0 {
		w.upTo = going - 1
	}
	for number := range w.told {
		if number <= w.upTo {
			delete(w.told, number)
		}
	}
	slices.Reverse(changed)
	return changed, false, nil
}

func (w *JobWatch) lookAtOne() (changed []Job, over bool, err error) {
	j, err := w.s.store.Job(w.only)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, true, nil // forgotten
	case err != nil:
		return nil, false, fmt.Errorf("watch a job: %w", err)
	}
	if shown := w.s.job(j); w.isNew(j.Number, shown) {
		changed = []Job{shown}
	}
	return changed, job.Ended(j.State), nil
}

// isNew reports whether a job is not as it was told, and takes down that it is.
func (w *JobWatch) isNew(number uint64, shown Job) bool {
	body, err := json.Marshal(shown)
	if err != nil {
		panic("service: a job is made of plain values: " + err.Error())
	}
	hash := sha256.Sum256(body)
	if w.told[number] == hash {
		return false
	}
	w.told[number] = hash
	return true
}
