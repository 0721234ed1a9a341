package bleveindex

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bleve "github.com/blevesearch/bleve_index_api"

	"meibo/dsl/expr"
	"meibo/index"
)

// fill makes an index of some customers in a folder and closes it.
func fill(t *testing.T, dir string, customers int) {
	t.Helper()
	b, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	load(t, b, newCrowd(1), customers)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// segmentFiles are the segment files of a folder.
func segmentFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.zap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no segment files in %s: %v", dir, err)
	}
	return files
}

func TestDamageIsFound(t *testing.T) {
	damages := map[string]func(t *testing.T, dir string){
		"a truncated segment": func(t *testing.T, dir string) {
			for _, f := range segmentFiles(t, dir) {
				if err := os.Truncate(f, 100); err != nil {
					t.Fatal(err)
				}
			}
		},
		"an empty segment": func(t *testing.T, dir string) {
			for _, f := range segmentFiles(t, dir) {
				if err := os.Truncate(f, 0); err != nil {
					t.Fatal(err)
				}
			}
		},
		"a missing segment": func(t *testing.T, dir string) {
			for _, f := range segmentFiles(t, dir) {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
		},
		"a flipped byte": func(t *testing.T, dir string) {
			for _, f := range segmentFiles(t, dir) {
				flip(t, f, 0.5)
			}
		},
		"a flipped byte near the end": func(t *testing.T, dir string) {
			for _, f := range segmentFiles(t, dir) {
				flip(t, f, 0.98)
			}
		},
		"a missing root": func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, rootFile)); err != nil {
				t.Fatal(err)
			}
		},
		"an empty root": func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, rootFile), 0); err != nil {
				t.Fatal(err)
			}
		},
		"a truncated root": func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, rootFile), 5000); err != nil {
				t.Fatal(err)
			}
		},
		"a root of noise": func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, rootFile), []byte(strings.Repeat("noise", 10_000)), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"another program's files": func(t *testing.T, dir string) {
			for _, f := range append(segmentFiles(t, dir), filepath.Join(dir, rootFile)) {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "letter.txt"), []byte("Dear"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir, 300)
			damage(t, dir)
			for range 2 { // the first gave its lock back
				b, err := Open(dir, Options{})
				if !errors.Is(err, index.ErrDamaged) {
					t.Fatalf("Open = %v, %v, want an error that wraps ErrDamaged", b, err)
				}
			}
			if _, err := os.Stat(dir); err != nil {
				t.Errorf("the folder is for the indexer to set aside: %v", err)
			}
		})
	}
}

// flip changes one byte of a file, at a share of its length.
func flip(t *testing.T, path string, at float64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[int(float64(len(data))*at)] ^= 0x10
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAnIndexOfAnotherFormatIsOutdated(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 3)
	e, err := openEngine(dir, Options{}.withDefaults(), newColumnCache(1<<20), func(*engine) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	old := bleve.NewBatch()
	old.SetInternal([]byte(stateKey), []byte(`{"format":0}`))
	if err := e.write(old, nil); err != nil {
		t.Fatal(err)
	}
	if err := e.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, index.ErrDamaged) {
		t.Fatalf("Open = %v, want an error that wraps ErrDamaged", err)
	}
}

func TestAMissingFolderIsANewIndex(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	b, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p := b.Position(); p != (index.Position{}) {
		t.Errorf("Position = %v, want none", p)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = Open(dir, Options{}); err != nil { // still empty, and trusted
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFileIsNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); !errors.Is(err, index.ErrDamaged) {
		t.Fatalf("Open = %v, want an error that wraps ErrDamaged", err)
	}
}

func TestASecondOpenerDoesNotHang(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	start := time.Now()
	_, err = Open(dir, Options{LockTimeout: 100 * time.Millisecond})
	if err == nil || errors.Is(err, index.ErrDamaged) {
		t.Errorf("Open = %v, want an error that is not ErrDamaged", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("Open took %v", took)
	}
}

func TestPositionSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := index.Position{Epoch: "エポック", Seq: 1<<63 + 5}
	if err := b.Apply(context.Background(), index.Batch{Position: want, Upserts: newCrowd(1).people(3)}); err != nil {
		t.Fatal(err)
	}
	if got := b.Position(); got != want {
		t.Errorf("Position = %v, want %v", got, want)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if b, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	if got := b.Position(); got != want {
		t.Errorf("Position = %v, want %v", got, want)
	}
	s, err := b.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	if s.Position() != want || s.Total() != 3 {
		t.Errorf("the snapshot is at %v with %d customers, want %v with 3", s.Position(), s.Total(), want)
	}
}

func TestAfterAFailureAllSaysSo(t *testing.T) {
	b, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	failure := errors.New("no space")
	b.(*Backend).engine.fail(failure)
	if err := b.Apply(context.Background(), index.Batch{}); !errors.Is(err, failure) {
		t.Errorf("Apply = %v, want the failure", err)
	}
	if _, err := b.Snapshot(context.Background()); !errors.Is(err, failure) {
		t.Errorf("Snapshot = %v, want the failure", err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}

func TestPanicsAreErrors(t *testing.T) {
	err := func() (err error) {
		defer recovered(&err)
		var none []int
		_ = none[len(none)]
		return nil
	}()
	if !errors.Is(err, index.ErrDamaged) {
		t.Errorf("got %v, want an error that wraps ErrDamaged", err)
	}
}

func TestClosedIsClosed(t *testing.T) {
	b, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s.Release()
	s.Release() // harmless
	if _, err := s.Count(context.Background(), expr.Everyone()); !errors.Is(err, index.ErrClosed) {
		t.Errorf("Count of a released snapshot = %v, want ErrClosed", err)
	}
	for range 2 {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Apply(context.Background(), index.Batch{}); !errors.Is(err, index.ErrClosed) {
		t.Errorf("Apply = %v, want ErrClosed", err)
	}
	if _, err := b.Snapshot(context.Background()); !errors.Is(err, index.ErrClosed) {
		t.Errorf("Snapshot = %v, want ErrClosed", err)
	}
}
