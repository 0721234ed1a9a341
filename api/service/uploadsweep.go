package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"meibo/api/job"
	"meibo/api/table"
	"meibo/store"
)

// sweepFiles deletes what imports have left: uploads a day after they came and
// those whose import has ended, and files of refused rows when they are older
// than the workspace keeps exports.
func (s *register) sweepFiles(ctx context.Context) error {
	if s.folder == "" {
		return nil
	}
	return errors.Join(s.sweepUploads(ctx), s.sweepErrors(ctx))
}

func (s *register) sweepUploads(ctx context.Context) error {
	names, err := namesIn(filepath.Join(s.folder, uploadsFolder))
	for _, name := range names {
		id, isUpload := strings.CutSuffix(name, uploadMeta)
		if !isUpload || ctx.Err() != nil {
			continue
		}
		u, readErr := s.readUpload(id)
		if readErr != nil {
			err = errors.Join(err, readErr)
			continue
		}
		over, overErr := s.uploadOver(u)
		err = errors.Join(err, overErr)
		if over {
			err = errors.Join(err, s.dropUpload(id))
		}
	}
	return err
}

// uploadOver reports whether nobody will import an upload any more.
func (s *register) uploadOver(u storedUpload) (bool, error) {
	if u.Job != 0 {
		if ended, err := s.jobEnded(u.Job); err != nil || ended {
			return ended, err
		}
		return false, nil
	}
	if s.clock().UnixMilli() < u.expiresAt() {
		return false, nil
	}
	busy, _, err := s.importing(u.ID)
	return busy == 0 && err == nil, err
}

// jobEnded reports whether a job has ended; one that is forgotten has.
func (s *register) jobEnded(number uint64) (bool, error) {
	j, err := s.store.Job(number)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return job.Ended(j.State), err
}

func (s *register) sweepErrors(ctx context.Context) error {
	names, err := namesIn(s.folder)
	begins := s.clock().Add(-time.Duration(s.store.Settings().ExportDays) * 24 * time.Hour)
	for _, name := range names {
		if !strings.HasPrefix(name, "job-") || !strings.Contains(name, errorsMark) {
			continue
		}
		path := filepath.Join(s.folder, name)
		info, statErr := os.Stat(path)
		if statErr != nil || ctx.Err() != nil || info.ModTime().After(begins) {
			continue
		}
		if removeErr := os.Remove(path); removeErr != nil {
			err = errors.Join(err, fmt.Errorf("delete refused rows: %w", removeErr))
		}
	}
	return err
}

// ClearUnfinished deletes what an earlier process was in the middle of: uploads
// that had not arrived and copies for dry runs. It is for the start, before the
// first request.
func (s *Service) ClearUnfinished() error {
	if s.folder == "" {
		return nil
	}
	uploads := filepath.Join(s.folder, uploadsFolder)
	names, err := namesIn(uploads)
	for _, name := range names {
		id := name[:len(name)-len(filepath.Ext(name))]
		_, statErr := os.Stat(s.uploadPath(id, uploadMeta))
		if strings.HasSuffix(name, uploadPart) || strings.HasSuffix(name, uploadData) && errors.Is(statErr, fs.ErrNotExist) {
			err = errors.Join(err, os.Remove(filepath.Join(uploads, name)))
		}
	}
	scratch, readErr := namesIn(s.folder)
	err = errors.Join(err, readErr)
	for _, name := range scratch {
		if strings.HasPrefix(name, scratchPrefix) || strings.HasPrefix(name, table.TempPrefix) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(s.folder, name)))
		}
	}
	if err != nil {
		return fmt.Errorf("delete unfinished files: %w", err)
	}
	return nil
}

// namesIn lists a folder; one that is not there is empty.
func namesIn(folder string) (names []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list files: %w", err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}
