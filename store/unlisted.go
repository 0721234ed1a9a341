package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	bolt "go.etcd.io/bbolt"
)

// bbolt writes which pages are free with each commit: of a million customers
// that takes a millisecond, twice what a small write takes without it. So it
// is written when the store is closed. After a crash bbolt finds the free
// pages by going through the file, 0.2 s a million customers; it does so in a
// goroutine of its own, where a damaged page would end the program. Therefore
// such a file is read here first.

// Where the head of a file, two pages, has what is looked at (bbolt's file
// format: a page begins with 16 bytes, its meta with magic, version, page size
// and flags of 4 bytes each, and the root bucket's 16).
const (
	metaPageSizeAt = 16 + 8
	metaFreelistAt = 16 + 16 + 16
	noFreelist     = 1<<64 - 1
)

// listsFreePages reports whether both of a file's heads say where the free
// pages are listed. What has no such heads is left to bbolt.
func listsFreePages(f io.ReaderAt) (bool, error) {
	var head [metaFreelistAt + 8]byte
	at := int64(0)
	for range 2 {
		if _, err := f.ReadAt(head[:], at); errors.Is(err, io.EOF) {
			return true, nil
		} else if err != nil {
			return false, err
		}
		if binary.NativeEndian.Uint64(head[metaFreelistAt:]) == noFreelist {
			return false, nil
		}
		at = int64(binary.NativeEndian.Uint32(head[metaPageSizeAt:]))
	}
	return true, nil
}

// openRead opens a file, having read it first where bbolt would go through it.
func openRead(path string, options *bolt.Options) (*bolt.DB, error) {
	if err := readUnlisted(path, *options); err != nil {
		return nil, err
	}
	return bolt.Open(path, 0o600, options)
}

// readUnlisted reads every page of a file that does not list its free ones.
// The caller makes an error of a panic.
func readUnlisted(path string, options bolt.Options) (err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	listed, err := listsFreePages(f)
	if err := errors.Join(err, f.Close()); err != nil || listed {
		return err
	}
	options.ReadOnly = true
	db, err := bolt.Open(path, 0o600, &options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }() // after a panic too: it holds a lock
	return db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bolt.Bucket) error { return readBucket(b) })
	})
}

func readBucket(b *bolt.Bucket) error {
	return b.ForEach(func(key, value []byte) error {
		if value == nil {
			return readBucket(b.Bucket(key))
		}
		return nil
	})
}

// listFreePages has bbolt write which pages are free, for both heads of the
// file, unless nothing was written. The caller has the writer's token.
func (s *Store) listFreePages() error {
	if !s.written || s.failure.Load() != nil {
		return nil
	}
	s.db.NoFreelistSync = false
	for range 2 {
		if err := s.db.Update(func(*bolt.Tx) error { return nil }); err != nil {
			return fmt.Errorf("list the free pages: %w", err)
		}
	}
	return nil
}
