package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// A NoSpaceError says that a disk has no room for what is to be written.
type NoSpaceError struct{ Needed, Free uint64 } // bytes

func (e *NoSpaceError) Error() string {
	return fmt.Sprintf("store: the disk has %d bytes free, %d are needed", e.Free, e.Needed)
}

// CopyTo makes a copy of the store's file, as it is at one moment, in a folder
// that is made for it. Writes go on meanwhile. The copy is a store of its own
// with the same epoch: it is for trying things out, and is opened with
// Options.Scratch. It is not synced, and after an error nothing is left of it.
// *NoSpaceError where the disk could not hold it. Cost: that of writing the file.
func (s *Store) CopyTo(ctx context.Context, dir string) (err error) {
	if err := makeFolder(dir); err != nil {
		return err
	}
	path := filepath.Join(dir, FileName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: copy: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	return s.view(func(v *view) error { return copyInto(ctx, v.bolt, f, dir) })
}

// copyReserve is left free for everything else that the disk holds.
const copyReserve = 64 << 20

func copyInto(ctx context.Context, btx *bolt.Tx, f *os.File, dir string) error {
	free, err := FreeBytes(dir)
	if err != nil {
		return err
	}
	if needed := uint64(btx.Size()) + copyReserve; free < needed {
		return &NoSpaceError{Needed: needed, Free: free}
	}
	if _, err := btx.WriteTo(&interruptible{ctx, f}); err != nil {
		return errors.Join(ctx.Err(), fmt.Errorf("store: copy: %w", err)) // bbolt gives the words of an error only
	}
	return nil
}

// interruptible is a file that takes no more once a context has ended.
type interruptible struct {
	ctx  context.Context
	file *os.File
}

func (w *interruptible) Write(p []byte) (int, error) {
	const part = 8 << 20 // bytes between two looks at the context
	written := 0
	for len(p) > 0 {
		if err := w.ctx.Err(); err != nil {
			return written, err
		}
		n, err := w.file.Write(p[:min(part, len(p))])
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}
