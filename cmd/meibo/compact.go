package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"meibo/store"
)

// compactCommand takes what was freed in a data folder off the disk.
type compactCommand struct{}

// run writes the store anew, then the index, whose old files still have words
// of customers that are gone. It can be broken off anywhere: an index that is
// missing is made anew by whoever opens the folder next.
func (c *compactCommand) run(ctx context.Context, a *app, at place) error {
	if at.server != "" {
		return misused("compact に --server は使えません。サーバーを止めて --data を指定してください。", "compact takes --data, not --server: stop the server first")
	}
	if err := a.needStore(at.data); err != nil {
		return err
	}
	before, err := folderSize(at.data)
	if err != nil {
		return err
	}
	a.tell("顧客データを確かめ、書き直しています…", "verifying and rewriting the customer data…")
	was, is, err := store.Compact(ctx, at.data, store.Options{Clock: a.clock})
	if err != nil {
		return err
	}
	if err := a.makeIndexAnew(ctx, at.data); err != nil {
		return err
	}
	after, err := folderSize(at.data)
	if err != nil {
		return err
	}
	a.tell("meibo.db は %s KiB から %s KiB に、データフォルダーは %s KiB から %s KiB になりました。", "meibo.db: %s KiB before, %s KiB now; the data folder: %s KiB before, %s KiB now",
		kib(was), kib(is), kib(before), kib(after))
	return nil
}

// needStore refuses a folder that holds no records, or that is in use.
func (a *app) needStore(dir string) error {
	s, err := a.openStore(dir, false)
	if err != nil {
		return err
	}
	return s.Close()
}

// makeIndexAnew removes all generations of the index, and makes one.
func (a *app) makeIndexAnew(ctx context.Context, dir string) (err error) {
	if err := os.RemoveAll(filepath.Join(dir, indexDir)); err != nil {
		return err
	}
	w, err := a.openWorkspace(dir, false, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	return a.awaitIndex(ctx, w)
}

func kib(bytes int64) string { return grouped(int((bytes + 1023) >> 10)) }
