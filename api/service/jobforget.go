package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"meibo/api/job"
	"meibo/store"
)

// forgottenAtOnce bounds how many jobs one transaction forgets.
const forgottenAtOnce = 100

// forgetJobs forgets the jobs that ended before the workspace's history begins,
// at most once an hour: what they did cannot be undone any more.
func (s *register) forgetJobs(ctx context.Context) error {
	s.forgot.mu.Lock()
	defer s.forgot.mu.Unlock()
	now := s.clock()
	if !s.forgot.last.IsZero() && now.Sub(s.forgot.last) < historyPause {
		return nil
	}
	for more := true; more; {
		var err error
		if more, err = s.forgetSomeJobs(ctx, s.historyBegins()); err != nil {
			return err
		}
	}
	s.forgot.last = now
	return nil
}

func (s *register) forgetSomeJobs(ctx context.Context, before int64) (more bool, err error) {
	var old []store.Job
	err = s.store.Jobs(0, func(j store.Job) bool {
		if job.Ended(j.State) && j.EndedAt < before {
			old = append(old, j)
		}
		more = len(old) == forgottenAtOnce
		return !more
	})
	if err != nil || len(old) == 0 {
		return false, err
	}
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		for _, j := range old {
			if err := s.forgetJob(tx, j); err != nil {
				return err
			}
		}
		return nil
	})
	return more && err == nil, err
}

// forgetJob forgets a job that has ended, with its selection and its files. The
// files go first: what is left of one that a crash comes between is a job
// without them, to be forgotten at the next time, and no file that nobody knows.
func (s *register) forgetJob(tx *store.Tx, j store.Job) error {
	if err := s.removeJobFiles(j.Number); err != nil {
		return err
	}
	if err := tx.DeleteJob(j.Number); err != nil {
		return fmt.Errorf("forget the job %d: %w", j.Number, err)
	}
	return nil
}

// jobFile is how the names of a job's files begin.
func jobFile(number uint64) string { return "job-" + jobID(number) + "-" }

// removeJobFiles removes whatever lies in the folder for a job.
func (s *register) removeJobFiles(number uint64) error {
	if s.folder == "" {
		return nil
	}
	files, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the files of the job %d: %w", number, err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), jobFile(number)) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(s.folder, f.Name())); err != nil {
			return fmt.Errorf("remove the files of the job %d: %w", number, err)
		}
	}
	return nil
}
