package service

import (
	"context"
	"errors"
	"fmt"
	"os"

	"meibo/store"
)

// scratchPrefix begins the names of the folders in which dry runs work.
const scratchPrefix = "scratch-"

// rehearse does an import on a copy of the register, which it throws away: rows
// depend on each other and on what is stored, also over batches, and only doing
// it gives the exact numbers. Writers go on meanwhile. refused, which may be
// nil, keeps the refused rows.
func (s *Service) rehearse(ctx context.Context, r ImportRequest, refused *errorFiles) (report ImportReport, err error) {
	first, err := s.newImporter(r)
	if err != nil {
		return ImportReport{}, err
	}
	if err := first.plan(); err != nil {
		return ImportReport{}, err // before anything is copied
	}
	dir, err := s.scratchFolder()
	if err != nil {
		return ImportReport{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	first.tell(ImportProgress{Stage: StageCopy})
	if err := s.store.CopyTo(ctx, dir); err != nil {
		return ImportReport{}, refuseSpace(err)
	}
	scratch, err := store.Open(dir, store.Options{Clock: s.clock, Scratch: true})
	if err != nil {
		return ImportReport{}, fmt.Errorf("open the copy for a dry run: %w", err)
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	there := New(Config{Store: scratch, Clock: s.clock, Log: s.log})
	defer there.Close()
	im, err := there.As(s.caller).newImporter(r)
	if err != nil {
		return ImportReport{}, err
	}
	there.importRows, there.beforeBatch = s.importRows, s.beforeBatch
	im.errors = refused
	if err := im.prepare(ctx); err != nil {
		return ImportReport{}, err
	}
	err = im.load(ctx)
	im.report.Cancelled = ctx.Err() != nil
	return im.report, err
}

// scratchFolder makes a folder beside the data, so that the copy lies on the
// disk whose free space counts; without one a temporary one.
func (s *register) scratchFolder() (string, error) {
	if s.folder != "" {
		if err := os.MkdirAll(s.folder, 0o700); err != nil {
			return "", fmt.Errorf("make a folder for a dry run: %w", err)
		}
	}
	dir, err := os.MkdirTemp(s.folder, scratchPrefix)
	if err != nil {
		return "", fmt.Errorf("make a folder for a dry run: %w", err)
	}
	return dir, nil
}

// refuseSpace tells that a disk is full; other errors stay as they are.
func refuseSpace(err error) error {
	var space *store.NoSpaceError
	if !errors.As(err, &space) {
		return err
	}
	e := refuse(CodeNoSpace, fmt.Sprintf("ディスクの空きが足りません（%d MB 必要、空きは %d MB）。空きを増やしてからもう一度実行してください。", space.Needed>>20, space.Free>>20),
		fmt.Sprintf("the disk has %d MB free, %d MB are needed; make room and try again", space.Free>>20, space.Needed>>20))
	e.cause = err
	return e
}
