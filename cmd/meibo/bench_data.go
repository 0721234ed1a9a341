package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"meibo/api/service"
	"meibo/api/table"
	"meibo/index/bleveindex"
)

// generateBench makes a temporary folder with demo customers. remove is set
// where there is something to remove, also with an error.
func (a *app) generateBench(ctx context.Context, customers int, report *benchReport) (dir string, remove func() error, err error) {
	if dir, err = os.MkdirTemp("", "meibo-bench-"); err != nil {
		return "", nil, fmt.Errorf("make a folder to measure in: %w", err)
	}
	remove = func() error { return os.RemoveAll(dir) }
	a.tell("デモ顧客 %s 人を %s に取り込んでいます（終わったら消します）…", "loading %s demo customers into %s, which is removed at the end…", grouped(customers), dir)
	report.Load, err = a.loadBench(ctx, dir, customers)
	if err != nil {
		return dir, remove, err
	}
	report.Load.DiskBytes, err = folderSize(dir)
	debug.FreeOSMemory() // the load's garbage is no part of what follows
	return dir, remove, err
}

// loadBench imports into an empty folder and closes it.
func (a *app) loadBench(ctx context.Context, dir string, customers int) (load *benchLoad, err error) {
	w, err := a.openWorkspace(dir, true, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	defer a.collectLess()()
	now := a.clock().UTC().Truncate(24 * time.Hour)
	r := service.ImportRequest{Sources: []table.Source{newDemoCustomers(1, now).source(uint64(customers))},
		Format: table.NDJSON, System: true}
	shown := a.showImport(&r)
	began := time.Now()
	result, err := w.Import(ctx, r)
	took := time.Since(began).Seconds()
	shown.end()
	switch {
	case err != nil:
		return nil, err
	case result.Cancelled:
		return nil, errors.Join(ctx.Err(), errors.New("the load was interrupted"))
	case result.Created != customers:
		return nil, fmt.Errorf("of %d demo customers %d were created", customers, result.Created)
	}
	return &benchLoad{Seconds: took, PerSecond: float64(customers) / took, RSSAnonBytes: anonymousMemory()}, w.trimLog(ctx)
}

// folderSize is what the files of a folder hold, in bytes.
func folderSize(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("measure the folder's size: %w", err)
	}
	return total, nil
}

// openBench opens the folder and waits until its index has everything.
func (a *app) openBench(ctx context.Context, dir string, o bleveindex.Options) (*workspace, error) {
	w, err := a.openWorkspaceWith(dir, false, nil, o)
	if err != nil {
		return nil, err
	}
	if err := a.awaitIndex(ctx, w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}
