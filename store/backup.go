package store

import (
	"archive/tar"
	"bytes"
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
	"time"
)

// manifestFile is the last file of a backup: whoever has it has all of it.
const manifestFile = "manifest.json"

// backupVersion is that of a backup's own form.
const backupVersion = 1

// A Manifest says what a backup holds.
type Manifest struct {
	Meibo     int                   `json:"meibo"`  // backupVersion
	Format    uint64                `json:"format"` // of the store's file
	Epoch     string                `json:"epoch"`
	Seq       uint64                `json:"seq"`
	Customers int                   `json:"customers"`
	Time      time.Time             `json:"time"`
	Version   string                `json:"version"` // of the program that made it
	Files     map[string]BackupFile `json:"files"`
}

// A BackupFile is how a file of a backup can be verified.
type BackupFile struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Backup writes the store as it is at one moment, with the list of whom it has
// erased. Writes go on meanwhile. It copies pages that are free too, with what was
// deleted on them: what must be gone from a backup is gone after Compact only.
func (s *Store) Backup(ctx context.Context, w io.Writer, version string) (m Manifest, err error) {
	m = Manifest{Meibo: backupVersion, Format: FormatVersion, Epoch: s.epoch, Time: s.clock().UTC(), Version: version, Files: map[string]BackupFile{}}
	archive := tar.NewWriter(w)
	err = s.view(func(v *view) error {
		meta, err := v.table(bucketMeta)
		if err != nil {
			return err
		}
		if m.Seq, err = meta.must(metaSeq); err != nil {
			return err
		}
		customers, err := meta.must(metaCustomers)
		if err != nil {
			return err
		}
		m.Customers = int(customers)
		return m.add(archive, FileName, v.bolt.Size(), func(w io.Writer) error {
			_, err := v.bolt.WriteTo(&untilDone{ctx, w})
			return err
		})
	})
	if err == nil {
		err = s.backUpErasures(&m, archive)
	}
	if err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = archive.WriteHeader(m.header(manifestFile, int64(len(text))))
	}
	if err == nil {
		_, err = archive.Write(text)
	}
	if err = errors.Join(err, archive.Close()); err != nil {
		return m, fmt.Errorf("store: back up: %w", err)
	}
	return m, nil
}

// backUpErasures adds the file of erasures; one of none where there is none.
func (s *Store) backUpErasures(m *Manifest, archive *tar.Writer) error {
	text, err := os.ReadFile(filepath.Join(s.folder, ErasuresFile))
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte(erasuresHead+"\n"), nil
	}
	if err != nil {
		return fmt.Errorf("store: back up: %w", err)
	}
	return m.add(archive, ErasuresFile, int64(len(text)), func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(text))
		return err
	})
}

func (m *Manifest) header(name string, size int64) *tar.Header {
	return &tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: m.Time.Truncate(time.Second), Format: tar.FormatPAX}
}

func (m *Manifest) add(archive *tar.Writer, name string, size int64, write func(io.Writer) error) error {
	hash := sha256.New()
	err := archive.WriteHeader(m.header(name, size))
	if err == nil {
		err = write(io.MultiWriter(archive, hash))
	}
	if err != nil {
		return fmt.Errorf("store: back up %s: %w", name, err)
	}
	m.Files[name] = BackupFile{Size: size, SHA256: hex.EncodeToString(hash.Sum(nil))}
	return nil
}

// untilDone takes no more once a context has ended.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u *untilDone) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(p)
}
