package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"meibo/store"
)

// backupCommand writes a backup.
type backupCommand struct {
	File string `arg:"" name:"file" help:"backup_file"`
}

func (c *backupCommand) run(ctx context.Context, a *app, at place) (err error) {
	if at.server != "" {
		return misused("backup に --server は使えません。--data を指定してください。", "backup takes --data, not --server")
	}
	if _, err := os.Stat(c.File); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, failed("%s はすでにあります。別の名前を指定してください。", "%s is there already: name another file", c.File))
	}
	s, err := a.openStore(at.data, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	m, err := writeBackup(ctx, s, c.File)
	if err != nil {
		return err
	}
	a.tell("顧客 %s 人（seq %d）のバックアップを %s に書きました。", "a backup of %s customers, seq %d, is in %s", grouped(m.Customers), m.Seq, c.File)
	return nil
}

// writeBackup makes the file whole under another name first.
func writeBackup(ctx context.Context, s *store.Store, path string) (m store.Manifest, err error) {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return m, fmt.Errorf("write the backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	m, err = s.Backup(ctx, f, versionText())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return m, err
	}
	if err = os.Rename(part, path); err != nil {
		return m, fmt.Errorf("write the backup: %w", err)
	}
	return m, syncFolder(filepath.Dir(path))
}

// syncFolder makes a new name outlive a power cut, where the system can.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	_ = d.Sync() // Windows cannot, and need not
	return d.Close()
}
