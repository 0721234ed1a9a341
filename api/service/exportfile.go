package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"meibo/api/job"
	"meibo/api/table"
	"meibo/index"
	"meibo/store"
)

// An export's file is export-12.xlsx in the service's folder, and export-12.part
// until it is whole.
const (
	exportFilePrefix = "export-"
	exportPart       = "part"
)

func (s *register) exportPath(number uint64, ending string) string {
	return filepath.Join(s.folder, exportFilePrefix+strconv.FormatUint(number, 10)+"."+ending)
}

// exportName is what a file is called where people keep it.
func exportName(j store.Job, r keptExport, zone *time.Location) string {
	return exportWords(r.Language) + "_" + time.UnixMilli(j.CreatedAt).In(zone).Format("20060102_1504") + "." + string(r.Format)
}

// write makes the file. Whatever goes wrong, nothing of it stays; only when the
// process ends by force does a part, which the next attempt begins anew.
func (e *exporter) write(ctx context.Context, snap index.Snapshot) (err error) {
	part, whole := e.exportPath(e.job.Number, exportPart), e.exportPath(e.job.Number, string(e.request.Format))
	if err := os.MkdirAll(e.folder, 0o700); err != nil {
		return fmt.Errorf("make the folder of exports: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeFile(part), removeFile(whole))
		}
	}()
	size, cut, err := e.writePart(ctx, snap, part)
	if err != nil {
		return err
	}
	if err := os.Rename(part, whole); err != nil {
		return fmt.Errorf("name an export: %w", err)
	}
	if err := syncFolder(e.folder); err != nil {
		return err
	}
	return e.finish(ctx, size, cut)
}

func (e *exporter) writePart(ctx context.Context, snap index.Snapshot, path string) (size int64, cut int, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, 0, fmt.Errorf("begin an export: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out, err := table.NewWriter(e.request.Format, f, e.layout)
	if err != nil {
		return 0, 0, fmt.Errorf("begin an export: %w", err)
	}
	if err := e.writeRows(ctx, snap, out); err != nil {
		return 0, 0, err
	}
	if cut, err = out.Close(); err == nil {
		err = f.Sync()
	}
	info, statErr := f.Stat()
	if err = errors.Join(err, statErr); err != nil {
		return 0, 0, fmt.Errorf("write an export: %w", err)
	}
	return info.Size(), cut, nil
}

// syncFolder makes the names in a folder outlive a power cut.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("keep a folder: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// removeFile deletes a file that may be gone already.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete a file: %w", err)
	}
	return nil
}

// sweepExports deletes the files that nobody can have any more: of exports that
// expired, that did not get to their end, or that are forgotten.
func (s *register) sweepExports(ctx context.Context) error {
	if s.folder == "" {
		return nil
	}
	entries, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list the exports: %w", err)
	}
	err = nil
	for _, entry := range entries {
		number, ours := exportNumber(entry.Name())
		if !ours || ctx.Err() != nil {
			continue
		}
		over, overErr := s.exportOver(number)
		if err = errors.Join(err, overErr); over {
			err = errors.Join(err, removeFile(filepath.Join(s.folder, entry.Name())))
		}
	}
	return err
}

func exportNumber(name string) (number uint64, ours bool) {
	rest, ours := strings.CutPrefix(name, exportFilePrefix)
	digits, _, dotted := strings.Cut(rest, ".")
	number, err := strconv.ParseUint(digits, 10, 64)
	return number, ours && dotted && err == nil
}

// exportOver reports whether the files of a job are no longer wanted.
func (s *register) exportOver(number uint64) (bool, error) {
	j, err := s.store.Job(number)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("read the job of an export: %w", err)
	case !job.Ended(j.State):
		return false, nil
	}
	result, err := exportResult(j)
	return err == nil && (j.State != job.Done || s.clock().UnixMilli() >= result.ExpiresAt), err
}
