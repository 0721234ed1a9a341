package store

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErasuresFile is the file beside the store's that says who was erased. The
// store knows it too; the file is there for when an older copy of the store
// takes its place, by `meibo restore` or by hand. It only grows: lines of a
// key, under which the hashes after it were made, and of hashes with times.
const ErasuresFile = "erasures"

const (
	erasuresHead = "meibo erasures 1"
	keyLine      = "key "
)

// Erasures are hashes of ids by the key under which they were made.
type Erasures map[string][]ErasedHash

// Len is how many hashes there are.
func (e Erasures) Len() (n int) {
	for _, list := range e {
		n += len(list)
	}
	return n
}

// noteErasures adds to the file, durably. A hash that was noted for a
// transaction which then failed does no harm: it is done again.
func (s *Store) noteErasures(key string, list []ErasedHash) error {
	if len(list) == 0 {
		return nil
	}
	return appendErasures(filepath.Join(s.folder, ErasuresFile), key, list)
}

func appendErasures(path, key string, list []ErasedHash) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: note who was erased: %w", err)
	}
	var text strings.Builder
	info, err := f.Stat()
	if err == nil && info.Size() == 0 {
		text.WriteString(erasuresHead + "\n")
	} else if err == nil {
		text.WriteString("\n") // after a line that a crash cut short
	}
	text.WriteString(keyLine + key + "\n")
	for _, e := range list {
		fmt.Fprintf(&text, "%s %d\n", e.Hash, e.At)
	}
	if err == nil {
		_, err = f.WriteString(text.String())
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("store: note who was erased: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// ReadErasures reads the file of a folder; none is none erased.
func ReadErasures(dir string) (Erasures, error) {
	f, err := os.Open(filepath.Join(dir, ErasuresFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Erasures{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: read who was erased: %w", err)
	}
	defer f.Close()
	return ParseErasures(f)
}

// ParseErasures reads what such a file says. A line that a crash cut short is
// passed over: its transaction was not committed.
func ParseErasures(r io.Reader) (Erasures, error) {
	all := Erasures{}
	lines := bufio.NewScanner(r)
	if !lines.Scan() || lines.Text() != erasuresHead {
		return nil, errors.Join(lines.Err(), &CorruptError{Reason: ErasuresFile + " is not a list of erasures"})
	}
	key := ""
	for lines.Scan() {
		text, isKey := strings.CutPrefix(lines.Text(), keyLine)
		if isKey {
			key = text
			continue
		}
		hash, at, _ := strings.Cut(text, " ")
		raw, err := hex.DecodeString(hash)
		millis, numberErr := strconv.ParseInt(at, 10, 64)
		if err == nil && numberErr == nil && len(raw) == 32 && key != "" {
			all[key] = append(all[key], ErasedHash{Hash: hash, At: millis})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("store: read who was erased: %w", err)
	}
	return all, nil
}
