package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// workFolder is where a file that is to take the store's place is made, within
// the data folder: on the same disk, so that one rename does it.
const workFolder = "meibo.db.tmp"

// compactBytes is what one transaction of bbolt's compaction writes: more takes
// memory, fewer time.
const compactBytes = 4 << 20

// Compact writes the store of a data folder anew without what was freed in it:
// bbolt does not wipe the pages of what is deleted, and never gives them back.
// The store must not be open. Until the new file has been verified and takes
// the old one's place, in one rename, nothing is changed; what a crash leaves
// over is removed the next time. It gives the file's size before and after.
// *NoSpaceError where the disk could not hold both. The old file's bytes are the disk's to overwrite then.
func Compact(ctx context.Context, dir string, o Options) (before, after int64, err error) {
	s, err := Open(dir, o)
	if err != nil {
		return 0, 0, err
	}
	path := filepath.Join(dir, FileName)
	work := filepath.Join(dir, workFolder)
	defer func() { err = errors.Join(err, s.Close(), os.RemoveAll(work)) }()
	if before, err = fileSize(path); err != nil {
		return 0, 0, err
	}
	if err := s.Check(ctx); err != nil {
		return 0, 0, err // damage would be written anew, and look sound to bbolt
	}
	if err := s.compactInto(ctx, work, o); err != nil {
		return 0, 0, err
	}
	if after, err = fileSize(filepath.Join(work, FileName)); err != nil {
		return 0, 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	return before, after, s.replaceBy(work)
}

// compactInto makes a verified copy without free pages in a folder that is
// made anew.
func (s *Store) compactInto(ctx context.Context, work string, o Options) error {
	if err := os.RemoveAll(work); err != nil {
		return fmt.Errorf("store: compact: %w", err)
	}
	if err := makeFolder(work); err != nil {
		return err
	}
	if err := s.checkRoom(work); err != nil {
		return err
	}
	target := filepath.Join(work, FileName)
	db, err := bolt.Open(target, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoSync: true, NoStatistics: true})
	if err != nil {
		return fmt.Errorf("store: compact: %w", err)
	}
	err = compactBolt(db, s.db)
	if err == nil {
		err = db.Sync() // NoSync above
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("store: compact: %w", err)
	}
	return s.verifyCopy(ctx, work, o)
}

// compactBolt copies everything; the sequences of buckets, from which numbers
// come, too. A panic over a damaged page is an error.
func compactBolt(to, from *bolt.DB) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &CorruptError{Reason: fmt.Sprint(p)}
		}
	}()
	return bolt.Compact(to, from, compactBytes)
}

func (s *Store) checkRoom(dir string) error {
	free, err := FreeBytes(dir)
	if err != nil {
		return err
	}
	size, err := fileSize(s.db.Path())
	if needed := uint64(size) + copyReserve; err == nil && free < needed {
		return &NoSpaceError{Needed: needed, Free: free}
	}
	return err
}

// verifyCopy reads a copy as a whole and compares it with the store.
func (s *Store) verifyCopy(ctx context.Context, dir string, o Options) error {
	copied, err := Open(dir, o)
	if err != nil {
		return err
	}
	err = copied.Check(ctx)
	if err == nil && (copied.Epoch() != s.Epoch() || copied.Seq() != s.Seq() || copied.Len() != s.Len()) {
		err = &CorruptError{Reason: "the new file is not like the old one"}
	}
	return errors.Join(err, copied.Close())
}

// replaceBy puts the file of another folder in the place of the store's own,
// which stays locked until it is closed.
func (s *Store) replaceBy(work string) error {
	if runtime.GOOS == "windows" { // where a file that is open cannot be replaced
		if err := s.Close(); err != nil {
			return err
		}
	}
	return moveFile(work, s.folder)
}

func moveFile(work, dir string) error {
	if err := syncFolder(work); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(work, FileName), filepath.Join(dir, FileName)); err != nil {
		return fmt.Errorf("store: take the old file's place: %w", err)
	}
	return syncFolder(dir)
}

// Words is the error for people, one line in each language.
func (e *NoSpaceError) Words() schema.Words {
	needed, free := (e.Needed+1<<20-1)>>20, e.Free>>20
	return schema.Words{
		JA: fmt.Sprintf("ディスクの空きが足りません（空き %d MiB、必要 %d MiB）。", free, needed),
		EN: fmt.Sprintf("the disk has %d MiB free, %d MiB are needed", free, needed),
	}
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, fmt.Errorf("store: %w", err)
	}
	return info.Size(), nil
}
