package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"meibo/store"
)

// removeFiles deletes the files in the service's folder that have one of the
// texts, but for those of exports, which are told by their selections. What
// cannot be searched, because it is compressed or a copy of the store, goes
// whatever it has. It gives the names, without folders and extensions, of what
// was deleted.
func (e *eraser) removeFiles(ctx context.Context, texts *store.Texts) (removed []string, err error) {
	if e.folder == "" {
		return nil, nil
	}
	err = filepath.WalkDir(e.folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // it went meanwhile, or there never was a file
		case err != nil:
			return err
		case !entry.Type().IsRegular() || ofExport(entry.Name()) || strings.HasSuffix(entry.Name(), uploadPart):
			return nil // the last: it is still arriving
		}
		named, err := fileNames(ctx, path, texts)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !named {
			return nil
		}
		if err != nil {
			return err
		}
		name, _, _ := strings.Cut(entry.Name(), ".")
		removed = append(removed, name)
		if filepath.Base(filepath.Dir(path)) == uploadsFolder {
			return e.dropUpload(name) // with what is kept about it
		}
		return os.Remove(path)
	})
	if err != nil {
		return nil, fmt.Errorf("search the files: %w", err)
	}
	return removed, nil
}

// fileWindow is how much of a file is searched at once.
const fileWindow = 256 << 10

// fileNames reports whether a file has one of the texts, or may have.
func fileNames(ctx context.Context, path string, texts *store.Texts) (bool, error) {
	if filepath.Base(path) == store.FileName {
		return true, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	overlap := 2 * texts.Longest()
	window := make([]byte, 0, fileWindow+overlap)
	for first := true; ; first = false {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, err := io.ReadFull(f, window[len(window):cap(window)])
		window = window[:len(window)+n]
		if first && (bytes.HasPrefix(window, []byte("PK\x03\x04")) || bytes.HasPrefix(window, []byte("\x1f\x8b"))) {
			return true, nil // XLSX and other archives
		}
		if texts.In(window) {
			return true, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		window = window[:copy(window, window[len(window)-overlap:])]
	}
}

// ofExport reports whether a file in the service's folder is an export's.
func ofExport(name string) bool { _, is := exportNumber(name); return is }

// removeExportFile deletes the file of an export, finished or not.
func (e *eraser) removeExportFile(j store.Job) (removed bool, err error) {
	if e.folder == "" {
		return false, nil
	}
	paths, err := filepath.Glob(filepath.Join(e.folder, exportFilePrefix+strconv.FormatUint(j.Number, 10)+".*"))
	for _, path := range paths {
		if err == nil {
			err = os.Remove(path)
		}
	}
	if err != nil {
		return false, fmt.Errorf("delete an export: %w", err)
	}
	return len(paths) > 0, nil
}
