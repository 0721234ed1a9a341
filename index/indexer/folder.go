package indexer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// A folder is the path of an indexer's folder.
type folder string

const (
	currentFile  = "CURRENT"
	brokenSuffix = ".broken"
)

func isGeneration(name string) bool {
	return regexp.MustCompile(`^gen-[0-9]{6,9}$`).MatchString(name)
}

func (d folder) prepare() error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("make the index folder: %w", err)
	}
	return nil
}

// current is the name in CURRENT; "" when there is none or it says nothing
// sensible.
func (d folder) current() (string, error) {
	text, err := os.ReadFile(filepath.Join(string(d), currentFile))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("read which index is current: %w", err)
	}
	name := strings.TrimSpace(string(text))
	if info, err := os.Stat(filepath.Join(string(d), name)); !isGeneration(name) || err != nil || !info.IsDir() {
		return "", nil
	}
	return name, nil
}

// setCurrent replaces CURRENT: after a crash it names the old generation or
// the new one, as a whole.
func (d folder) setCurrent(name string) error {
	next := filepath.Join(string(d), currentFile+".new")
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write which index is current: %w", err)
	}
	_, err = f.WriteString(name + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(next, filepath.Join(string(d), currentFile))
	}
	if err == nil {
		err = d.sync()
	}
	if err != nil {
		return fmt.Errorf("write which index is current: %w", err)
	}
	return nil
}

// forget removes CURRENT.
func (d folder) forget() error {
	err := os.Remove(filepath.Join(string(d), currentFile))
	if err == nil || errors.Is(err, os.ErrNotExist) {
		err = d.sync()
	}
	if err != nil {
		return fmt.Errorf("take back which index is current: %w", err)
	}
	return nil
}

// sync makes the folder's names durable. Windows cannot and need not.
func (d folder) sync() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// generations lists the generations' folders, those set aside too.
func (d folder) generations() (names []string, err error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, fmt.Errorf("list the index folder: %w", err)
	}
	for _, e := range entries {
		if isGeneration(strings.TrimSuffix(e.Name(), brokenSuffix)) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// next is a name that no generation had yet.
func (d folder) next() (string, error) {
	names, err := d.generations()
	if err != nil {
		return "", err
	}
	last := 0
	for _, name := range names {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, "gen-"), brokenSuffix))
		if err == nil {
			last = max(last, n)
		}
	}
	return fmt.Sprintf("gen-%06d", last+1), nil
}

// removeOthers deletes builds that were not finished, and generations that
// were replaced just before a crash.
func (d folder) removeOthers(but string) error {
	names, err := d.generations()
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == but || strings.HasSuffix(name, brokenSuffix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(string(d), name)); err != nil {
			return fmt.Errorf("delete an unfinished index: %w", err)
		}
	}
	return nil
}

// setAside renames a generation's folder and deletes the one that was set
// aside before.
func (d folder) setAside(name string) error {
	names, err := d.generations()
	if err != nil {
		return err
	}
	for _, old := range names {
		if !strings.HasSuffix(old, brokenSuffix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(string(d), old)); err != nil {
			return fmt.Errorf("delete an index set aside: %w", err)
		}
	}
	from := filepath.Join(string(d), name)
	if err := os.Rename(from, from+brokenSuffix); err != nil {
		return fmt.Errorf("set an index aside: %w", err)
	}
	return nil
}
