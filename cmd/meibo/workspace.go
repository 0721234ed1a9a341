package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"meibo/api/service"
	"meibo/index"
	"meibo/index/bleveindex"
	"meibo/index/indexer"
	"meibo/store"
)

// A workspace is a data folder that is open: store, index and the service on
// top of both. It must be closed.
type workspace struct {
	*service.Service
	dir     string
	store   *store.Store
	indexer *indexer.Indexer

	temporary bool // the folder is removed by Close
}

// Names in a data folder.
const (
	storeFile = store.FileName
	indexDir  = "index"
	filesDir  = "files" // uploads, exports and the like
	tokenFile = "owner.token"
)

// errNoData: the data folder holds no records.
var errNoData = errors.New("no customer data")

// openStore opens the records of a data folder. Unless create is set, a folder
// that holds none is refused, so that a misspelt --data makes no database.
func (a *app) openStore(dir string, create bool) (*store.Store, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, failed("「%s」はフォルダーではなくファイルです。--data にはデータフォルダーを指定してください。", "%q is a file; --data names a data folder", dir)
	}
	if !create {
		_, err := os.Stat(filepath.Join(dir, storeFile))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &failure{code: exitFailed, cause: errNoData, words: say(
				"データフォルダー「%s」に顧客データがありません。--data を確かめるか、meibo import か meibo serve で作ってください。",
				"there is no customer data in the folder %q; check --data, or create it with meibo import or meibo serve", dir)}
		}
	}
	return store.Open(dir, store.Options{Clock: a.clock})
}

// openWorkspace opens a data folder. The index follows in the background; see
// awaitIndex.
func (a *app) openWorkspace(dir string, create bool, log *slog.Logger) (*workspace, error) {
	return a.openWorkspaceWith(dir, create, log, bleveindex.Options{})
}

// openWorkspaceWith is openWorkspace with an engine that is set up otherwise.
func (a *app) openWorkspaceWith(dir string, create bool, log *slog.Logger, o bleveindex.Options) (*workspace, error) {
	s, err := a.openStore(dir, create)
	if err != nil {
		return nil, err
	}
	ix, err := indexer.Start(indexer.Config{
		Source: s, Dir: filepath.Join(dir, indexDir), Fields: s.Fields, Log: log,
		Open: func(dir string) (index.Backend, error) { return bleveindex.Open(dir, o) },
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	w := &workspace{dir: dir, store: s, indexer: ix}
	w.Service = service.New(service.Config{Store: s, Folder: filepath.Join(dir, filesDir), Index: ix, IndexStatus: w.indexStatus, Clock: a.clock, Log: log}).As(commandLine())
	if err := w.ClearUnfinished(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *workspace) indexStatus() service.IndexStatus {
	s := w.indexer.Status()
	status := service.IndexStatus{State: s.State, Stale: s.Stale, Applied: s.Applied, Committed: s.Committed, Generation: s.Generation}
	if s.Err != nil {
		status.Err = s.Err.Error()
	}
	return status
}

// indexPatience is how long an index that has failed may take to recover.
const indexPatience = 5 * time.Second

// awaitIndex waits until the index has everything that is stored, and tells
// when that takes long: after a crash or when the index has to be rebuilt.
func (a *app) awaitIndex(ctx context.Context, w *workspace) error {
	began := time.Now()
	shown := a.newProgress(say("検索インデックスを準備しています", "preparing the index"))
	defer shown.end()
	var failing time.Time
	for {
		err := w.tryIndex(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		status := w.indexer.Status()
		if status.State != indexer.StateFailed {
			failing = time.Time{}
		} else if failing.IsZero() {
			failing = time.Now()
		}
		if !failing.IsZero() && time.Since(failing) > indexPatience {
			return fmt.Errorf("the index cannot be prepared: %w", err)
		}
		if time.Since(began) > time.Second {
			done, total := int64(status.Applied), int64(status.Committed)
			if status.State == indexer.StateRebuilding {
				done, total = int64(status.Done), int64(status.Total)
			}
			shown.set(done, total, int(done))
		}
	}
}

// tryIndex asks the index for everything that is stored, for a moment.
func (w *workspace) tryIndex(ctx context.Context) error {
	const pause = 100 * time.Millisecond
	step, stop := context.WithTimeout(ctx, pause)
	defer stop()
	snapshot, err := w.indexer.Snapshot(step, w.store.Seq())
	if err == nil {
		snapshot.Release()
		return nil
	}
	<-step.Done() // an index that is being built says so at once
	return errors.Join(ctx.Err(), err)
}

// trimLog drops the part of the change log that the index has kept for good.
func (w *workspace) trimLog(ctx context.Context) error {
	return w.store.TrimLog(ctx, w.indexer.Persisted())
}

// Close stops the index, which waits for what the service holds of it, then
// closes the store.
func (w *workspace) Close() error {
	w.Service.Close()
	err := errors.Join(w.indexer.Close(), w.store.Close())
	if w.temporary {
		err = errors.Join(err, os.RemoveAll(w.dir))
	}
	return err
}
