package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/store"
)

// restoreCommand puts a backup in the place of what a data folder holds.
type restoreCommand struct {
	File string `arg:"" name:"file" help:"restore_file"`
	Yes  bool   `help:"restore_yes"`
}

// run verifies all of the backup before it changes anything. The records take
// their place in one rename; uploads, exports and the index belong to the
// records that were there, and go. Broken off after the rename, the folder is the restored
// one, and its index is made anew by whoever opens it.
func (c *restoreCommand) run(ctx context.Context, a *app, at place) (err error) {
	if at.server != "" {
		return misused("restore に --server は使えません。サーバーを止めて --data を指定してください。", "restore takes --data, not --server: stop the server first")
	}
	f, err := os.Open(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return failed("ファイル %s がありません。", "there is no file %s", c.File)
	}
	if err != nil {
		return err
	}
	defer f.Close() // it is only read
	if _, err := os.Stat(filepath.Join(at.data, storeFile)); err == nil && !c.Yes {
		if err := a.hasPerson(); err != nil {
			return err
		}
		a.tell("フォルダー %s の顧客データをバックアップの内容で置き換えます。続けるには restore と入力してください。",
			"the customer data in the folder %s will be replaced by the backup. To go on, type restore:", at.data)
		if err := a.typed("restore"); err != nil {
			return err
		}
	}
	a.tell("バックアップを確かめています…", "verifying the backup…")
	_, missing := os.Stat(at.data)
	r, err := store.PrepareRestore(ctx, at.data, f, store.Options{Clock: a.clock}, endJobs)
	if err != nil {
		if errors.Is(missing, fs.ErrNotExist) {
			os.Remove(at.data) // made for nothing; one that is not empty stays
		}
		return err
	}
	err = r.Commit()
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(at.data, filesDir)); err != nil {
		return err
	}
	if err := a.makeIndexAnew(ctx, at.data); err != nil {
		return err
	}
	a.tell("顧客 %s 人を復元しました。", "%s customers are restored", grouped(r.Customers))
	if r.Erased > 0 {
		a.tell("バックアップのあとで消去された %s 人は、もう一度消去しました。", "%s customers who were erased after the backup were erased again", grouped(r.Erased))
	}
	return nil
}

// endJobs cancels what waited when the backup was made: its files are not
// there, and nobody asks for it now. An erasure that had begun goes on.
func endJobs(s *store.Store) error {
	var waiting []uint64
	err := s.Jobs(0, func(j store.Job) bool {
		if !job.Ended(j.State) && !(j.Kind == service.JobErase && len(j.Checkpoint) > 0) {
			waiting = append(waiting, j.Number)
		}
		return true
	})
	if err != nil || len(waiting) == 0 {
		return err
	}
	_, err = s.Update(context.Background(), func(tx *store.Tx) error {
		for _, number := range waiting {
			j, err := tx.Job(number)
			if err != nil {
				return err
			}
			j.State, j.Cancel = job.Cancelled, true
			if err := tx.PutJob(j); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end the jobs of the backup: %w", err)
	}
	return nil
}
