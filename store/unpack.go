package store

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// unpack writes the files of a backup into a folder and verifies them.
func (r *Restoration) unpack(ctx context.Context, backup io.Reader, dir string) error {
	archive := tar.NewReader(backup)
	there := map[string]BackupFile{}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r.brokenOff(ctx, err, len(there) > 0)
		}
		switch header.Name {
		case FileName, ErasuresFile:
			if err := roomFor(dir, header.Size); err != nil {
				return err
			}
			file, err := writeFile(ctx, filepath.Join(dir, header.Name), archive)
			if err != nil {
				return r.brokenOff(ctx, err, true)
			}
			there[header.Name] = file
		case manifestFile:
			if err := json.NewDecoder(io.LimitReader(archive, 1<<20)).Decode(&r.Manifest); err != nil {
				return r.brokenOff(ctx, err, true)
			}
		default:
			return refuseOther()
		}
	}
	return r.verify(there)
}

// roomFor checks that a disk takes a file twice: as it is, and written anew.
func roomFor(dir string, size int64) error {
	free, err := FreeBytes(dir)
	if err != nil {
		return err
	}
	if needed := 2*uint64(size) + copyReserve; free < needed {
		return &NoSpaceError{Needed: needed, Free: free}
	}
	return nil
}

func refuseOther() error {
	return badBackup("このファイルは meibo のバックアップではありません。", "this file is not a backup of meibo")
}

func refuseDamaged() error {
	return badBackup("バックアップのファイルが壊れています。別のバックアップを使ってください。", "the backup is damaged: use another one")
}

// brokenOff tells a backup that ends too early from another file.
func (r *Restoration) brokenOff(ctx context.Context, err error, begun bool) error {
	var path *fs.PathError // of a file that is written, not of the backup
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &path):
		return fmt.Errorf("store: restore: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF) && begun:
		return badBackup("バックアップのファイルが途中で切れています。コピーし直すか、別のバックアップを使ってください。", "the backup is cut short: copy it again, or use another one")
	case begun:
		return refuseDamaged()
	}
	return refuseOther()
}

func (r *Restoration) verify(there map[string]BackupFile) error {
	m := r.Manifest
	switch {
	case m.Meibo == 0 && len(there) == 0:
		return refuseOther()
	case m.Meibo == 0:
		return badBackup("バックアップのファイルが途中で切れています。コピーし直すか、別のバックアップを使ってください。", "the backup is cut short: copy it again, or use another one")
	case m.Meibo > backupVersion || m.Format > FormatVersion:
		return badBackup(fmt.Sprintf("このバックアップは新しい meibo（%s）で作られました。その meibo で復元してください。", m.Version),
			fmt.Sprintf("this backup was made by a newer meibo (%s): restore it with that one", m.Version))
	}
	for _, name := range []string{FileName, ErasuresFile} {
		if m.Files[name] == (BackupFile{}) || m.Files[name] != there[name] {
			return refuseDamaged()
		}
	}
	return nil
}

func writeFile(ctx context.Context, path string, from io.Reader) (file BackupFile, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return file, err
	}
	hash := sha256.New()
	file.Size, err = io.Copy(&untilDone{ctx, io.MultiWriter(f, hash)}, from)
	file.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return file, errors.Join(err, f.Close())
}
