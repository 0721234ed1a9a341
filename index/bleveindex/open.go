package bleveindex

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/blevesearch/bleve/v2/index/scorch"
	bleve "github.com/blevesearch/bleve_index_api"
	scorchapi "github.com/blevesearch/scorch_segment_api/v2"
	"golang.org/x/sync/errgroup"

	"meibo/index"
)

// rootFile is the file in which scorch lists its segments.
const rootFile = "root.bolt"

// Open opens the index in a folder, and creates folder and index where there
// is none. A folder that holds something else, or an index that does not read,
// gives an error that wraps index.ErrDamaged; one that another process has
// open, an error that does not. Cost: a read of all files, several at a time,
// to check them: 40 ms for a million customers when they are in memory.
func Open(dir string, o Options) (index.Backend, error) {
	o = o.withDefaults()
	isNew, err := prepareFolder(dir)
	if err != nil {
		return nil, err
	}
	columns := newColumnCache(o.ColumnBytes)
	e, err := openEngine(dir, o, columns, func(e *engine) error {
		if isNew {
			return nil
		}
		return checkEngine(dir, e, o.Workers)
	})
	if err != nil {
		return nil, openError(dir, o, err)
	}
	if isNew {
		if err := writeFirst(e); err != nil {
			_ = e.close()
			return nil, err
		}
	}
	b, err := newBackend(dir, e, columns, o)
	if err != nil {
		_ = e.close()
		return nil, err
	}
	return b, nil
}

// prepareFolder makes sure that there is a folder; isNew means that it is
// empty.
func prepareFolder(dir string) (isNew bool, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return false, fmt.Errorf("bleveindex: create the folder: %w", err)
		}
		return true, nil
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return false, damaged(dir, "is no folder")
	}
	if err != nil {
		return false, fmt.Errorf("bleveindex: read the folder: %w", err)
	}
	if len(entries) == 0 {
		return true, nil
	}
	if _, err := os.Stat(filepath.Join(dir, rootFile)); err != nil {
		return false, damaged(dir, "holds files but no index")
	}
	return false, nil
}

// openError tells a folder in use or out of reach from a damaged one.
func openError(dir string, o Options, err error) error {
	switch {
	case err.Error() == "timeout": // bbolt's; its own package stays out of this one
		return fmt.Errorf("bleveindex: %s is in use by another process (waited %v)", dir, o.LockTimeout)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("bleveindex: open %s: %w", dir, err)
	case errors.Is(err, index.ErrDamaged):
		return err
	}
	return damaged(dir, "does not open: %v", err)
}

// writeFirst makes the state of a new index durable, so that an index that
// says nothing of itself is known to be damaged.
func writeFirst(e *engine) error {
	values, err := internal(state{Format: format}, index.Position{})
	if err != nil {
		return err
	}
	b := bleve.NewBatch()
	b.InternalOps = values
	err = e.write(b, nil)
	if err == nil {
		err = e.flush(context.Background())
	}
	if err != nil {
		return fmt.Errorf("bleveindex: create: %w", err)
	}
	return nil
}

// checkEngine refuses an index whose newest state did not open completely.
// scorch itself would go back to an older state, or to none, with a line in
// the log.
func checkEngine(dir string, e *engine, workers int) error {
	epochs, err := e.scorch.RootBoltSnapshotEpochs()
	if err != nil || len(epochs) == 0 {
		return damaged(dir, "has no complete state (%v)", err)
	}
	newest, err := e.scorch.LoadSnapshot(epochs[0])
	if err != nil {
		return damaged(dir, "its newest state does not open: %v", err)
	}
	defer func() { _ = newest.Close() }()
	if _, _, err := readInternal(newest.Internal()); err != nil {
		return damaged(dir, "%v", err)
	}
	segments := slices.SortedFunc(slices.Values(newest.Segments()), func(a, b *scorch.SegmentSnapshot) int {
		return cmp.Compare(b.FullSize(), a.FullSize()) // the longest work first
	})
	var g errgroup.Group
	g.SetLimit(workers)
	for _, s := range segments {
		g.Go(func() (err error) {
			defer recovered(&err)
			return checkSegment(s)
		})
	}
	if err := g.Wait(); err != nil {
		return damaged(dir, "%v", err)
	}
	return nil
}

// checkSegment compares a segment's file with the checksum at its end.
func checkSegment(s *scorch.SegmentSnapshot) error {
	file, ok := s.Segment().(interface {
		scorchapi.PersistedSegment
		Data() []byte
		CRC() uint32
	})
	if !ok {
		return fmt.Errorf("segment %d has no file", s.Id())
	}
	data := file.Data()
	if len(data) < 4 || crc32.ChecksumIEEE(data[:len(data)-4]) != file.CRC() {
		return fmt.Errorf("the checksum of %s does not match", filepath.Base(file.Path()))
	}
	return nil
}
