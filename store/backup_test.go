package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"meibo/dsl/schema"
)

// holds reports whether any file of a folder has some bytes.
func holds(t *testing.T, dir, text string) (in []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		if bytes.Contains(body, []byte(text)) {
			in = append(in, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestCompactLeavesNothingOfWhatWasFreed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	for i := range 50 {
		put(t, s, customer(fmt.Sprint("c", i), "name", schema.Text(fmt.Sprint("person ", i)+strings.Repeat("x", 4000))))
	}
	put(t, s, customer("stays"), customer("e", "name", schema.Text("a name of nobody else")))
	number, err := s.db.Begin(false)
	if err != nil {
		t.Fatal(err)
	}
	last := number.Bucket([]byte(bucketCustomers)).Sequence()
	if err := number.Rollback(); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		update(t, s, func(tx *Tx) error { _, err := tx.Put(customer(fmt.Sprint("c", i))); return err })
	}
	erase(t, s, "e")
	epoch, seq := s.Epoch(), s.Seq()
	var locked *LockedError
	if _, _, err := Compact(t.Context(), dir, Options{}); !errors.As(err, &locked) {
		t.Errorf("of an open store: %v", err)
	}
	closeStore(t, s)
	if len(holds(t, dir, "a name of nobody else")) == 0 {
		t.Log("bbolt has used the page again already") // then this test shows less
	}
	if err := os.MkdirAll(filepath.Join(dir, workFolder), 0o700); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, workFolder, FileName), []byte("half a name of nobody else"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, after, err := Compact(t.Context(), dir, Options{Clock: testClock})
	if err != nil || after >= before {
		t.Errorf("%d bytes became %d, %v", before, after, err)
	}
	if in := holds(t, dir, "name of nobody else"); len(in) > 0 {
		t.Errorf("still in %q", in)
	}
	if got := names(t, dir); fmt.Sprint(got) != "[erasures meibo.db]" {
		t.Errorf("the folder has %q", got)
	}
	s = open(t, dir, Options{})
	check(t, s)
	if s.Epoch() != epoch || s.Seq() != seq || s.Len() != 51 {
		t.Errorf("%s %d %d", s.Epoch(), s.Seq(), s.Len())
	}
	gone(t, s, "e")
	put(t, s, customer("next"))
	if err := s.view(func(v *view) error {
		n, _, err := v.find("next")
		if n != last+1 {
			t.Errorf("the next customer has number %d, want %d", n, last+1)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// A cancelled compaction, and one of a damaged file, change nothing.
func TestACompactionThatFails(t *testing.T) {
	dir := filled(t)
	before, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := Compact(ended, dir, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	after, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil || !bytes.Equal(before, after) || len(names(t, dir)) != 2 {
		t.Errorf("something has changed: %v, %q", err, names(t, dir))
	}
}

func backup(t *testing.T, s *Store) []byte {
	t.Helper()
	var b bytes.Buffer
	m, err := s.Backup(t.Context(), &b, "v1")
	if err != nil || m.Seq != s.Seq() || m.Customers != s.Len() {
		t.Fatalf("%+v, %v", m, err)
	}
	return b.Bytes()
}

func restore(t *testing.T, dir string, from []byte) (*Restoration, error) {
	t.Helper()
	r, err := PrepareRestore(t.Context(), dir, bytes.NewReader(from), Options{}, nil)
	if err != nil {
		return nil, err
	}
	if err := r.Commit(); err != nil {
		t.Fatal(err)
	}
	return r, r.Close()
}

// Who was erased after a backup is erased again when it comes back, also where
// the store that knew it is damaged.
func TestRestoringErasesAgain(t *testing.T) {
	for _, damaged := range []bool{false, true} {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		put(t, s, customer("stays"), customer("early"), customer("e", "name", schema.Text("a name of nobody else")))
		erase(t, s, "early")
		kept := backup(t, s)
		put(t, s, customer("later"))
		erase(t, s, "e", "later")
		epoch := s.Epoch()
		closeStore(t, s)
		if damaged {
			if err := os.WriteFile(filepath.Join(dir, FileName), bytes.Repeat([]byte("x"), 1<<16), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := restore(t, dir, kept); err == nil {
				t.Error("somebody else's file was replaced")
			}
			if err := os.Remove(filepath.Join(dir, FileName)); err != nil {
				t.Fatal(err)
			}
		}
		r, err := restore(t, dir, kept)
		if err != nil || r.Erased != 1 || r.Manifest.Customers != 2 {
			t.Fatalf("%+v, %v", r, err)
		}
		if in := holds(t, dir, "a name of nobody else"); len(in) > 0 {
			t.Errorf("still in %q", in)
		}
		s = open(t, dir, Options{})
		check(t, s)
		if s.Epoch() == epoch || s.Len() != 1 {
			t.Errorf("epoch %s as before, or %d customers", s.Epoch(), s.Len())
		}
		for _, id := range []string{"early", "e", "later"} {
			gone(t, s, id)
		}
		if got := names(t, dir); fmt.Sprint(got) != "[erasures meibo.db]" {
			t.Errorf("the folder has %q", got)
		}
		closeStore(t, s)

		empty := filepath.Join(t.TempDir(), "new")
		if _, err := restore(t, empty, kept); err != nil {
			t.Fatal(err)
		}
		s = open(t, empty, Options{})
		check(t, s)
		gone(t, s, "early") // the backup knows that itself
		if _, err := s.Customer("e"); err != nil {
			t.Errorf("elsewhere nobody erased it: %v", err)
		}
	}
}

func TestWhatIsNoBackupChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, customer("a", "name", schema.Text("佐藤")))
	good := backup(t, s)
	put(t, s, customer("b"))
	var locked *LockedError
	if _, err := restore(t, dir, good); !errors.As(err, &locked) {
		t.Errorf("a folder in use: %v", err)
	}
	closeStore(t, s)
	flipped := bytes.Clone(good)
	flipped[len(good)/2] ^= 1
	newer := bytes.Replace(good, []byte(`"format": 3`), []byte(`"format": 9`), 1)
	for what, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":         {nil, "not a backup"},
		"a text":          {[]byte(strings.Repeat("hello\n", 1000)), "not a backup"},
		"a flipped bit":   {flipped, "damaged"},
		"a newer one":     {newer, "newer meibo (v1)"},
		"cut in the db":   {good[:len(good)/2], "cut short"},
		"no manifest":     {good[:bytes.Index(good, []byte(manifestFile))], "cut short"},
		"half a manifest": {good[:bytes.Index(good, []byte(`"format"`))], "cut short"},
	} {
		_, err := restore(t, dir, c.file)
		var bad *BackupError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) || bad.Words().JA == "" {
			t.Errorf("%s: %v", what, err)
		}
		if got := names(t, dir); fmt.Sprint(got) != "[meibo.db]" {
			t.Errorf("%s leaves %q", what, got)
		}
	}
	s = open(t, dir, Options{})
	if s.Len() != 2 {
		t.Errorf("%d customers", s.Len())
	}
}

// A backup that is made while others write is of one moment.
func TestAHotBackup(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"))
	written := &writing{each: func(n int) {
		put(t, s, customer(fmt.Sprint("c", n), "name", schema.Text(strings.Repeat("y", 3000))))
	}}
	if _, err := s.Backup(t.Context(), written, "v"); err != nil || written.n == 0 {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := restore(t, dir, written.Bytes()); err != nil {
		t.Fatal(err)
	}
	restored := open(t, dir, Options{})
	check(t, restored)
	if restored.Len() != 1 || s.Len() < 2 {
		t.Errorf("%d customers, %d", restored.Len(), s.Len())
	}
}

// A writing does something at each write.
type writing struct {
	bytes.Buffer
	n    int
	each func(int)
}

func (w *writing) Write(p []byte) (int, error) {
	w.n++
	w.each(w.n)
	return w.Buffer.Write(p)
}
