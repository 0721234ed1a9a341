package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"meibo/dsl/schema"
)

// unclosed is the file of a store as a crash leaves it, and as Close does.
func unclosed(t *testing.T) (crashed, closed []byte) {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		_, err := s.Update(t.Context(), func(tx *Tx) error {
			for k := range 400 {
				r := schema.NewRecord(string(rune('a'+i)) + "-" + string(rune(0x4e00+k)))
				r.Set("name", schema.Text("customer of a file that is not closed"))
				if _, err := tx.Put(r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func() []byte {
		content, err := os.ReadFile(filepath.Join(dir, FileName))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	crashed = read()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return crashed, read()
}

func openContent(t *testing.T, dir string, content []byte) (*Store, error) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, FileName), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(dir, Options{})
}

func TestFreePagesAreListedByClose(t *testing.T) {
	crashed, closed := unclosed(t)
	for name, test := range map[string]struct {
		content []byte
		listed  bool
	}{"crashed": {crashed, false}, "closed": {closed, true}} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if listed, err := listsFreePages(f); listed != test.listed || err != nil {
			t.Errorf("%s: %v, %v", name, listed, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		s, err := openContent(t, t.TempDir(), test.content)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Len() != 1200 {
			t.Errorf("%s: %d customers, want 1200", name, s.Len())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// bbolt would end the program on a damaged page of a file that was not closed:
// it is an error, or not noticed before it is read.
func TestADamagedPageAfterACrash(t *testing.T) {
	crashed, _ := unclosed(t)
	page := os.Getpagesize()
	refused, dir := 0, t.TempDir()
	for at := 2 * page; at < 60*page; at += page {
		damaged := append([]byte(nil), crashed...)
		for i := 8; i < 16; i++ { // what the page is, how much is on it, how far it goes on
			damaged[at+i] ^= 0xa5
		}
		s, err := openContent(t, dir, damaged)
		if err == nil {
			_ = s.Close() // a page that is not in use, or one whose fault comes out here
			continue
		}
		refused++
		var corrupt *CorruptError
		if !errors.As(err, &corrupt) {
			t.Errorf("page %d: %v", at/page, err)
		}
	}
	if refused < 5 {
		t.Errorf("%d damaged pages were refused", refused)
	}
}
