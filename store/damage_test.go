package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// filled makes a closed store with a value in every bucket.
func filled(t *testing.T) (dir string) {
	dir = t.TempDir()
	s := open(t, dir, Options{})
	update(t, s, func(tx *Tx) error { return tx.Remember("key", [32]byte{1}, []byte("answer")) })
	put(t, s, customer("a", "memberId", schema.Text("m")), customer("b"))
	update(t, s, func(tx *Tx) error { return tx.CountActive("a", 0) })
	if _, err := s.Secret(t.Context(), MemberSecret); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error { return tx.Note("b", HistoryEntry{Action: "created", Cause: "edit"}) })
	_, token, err := s.CreateToken(NewToken{Name: "t", Role: "owner"})
	if err == nil {
		_, err = s.AddSignInKey(token.ID, testClock().Add(time.Hour))
	}
	if err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error {
		number, err := tx.AddJob(Job{Kind: "bulk", State: "queued"})
		if err != nil {
			return err
		}
		var chosen Selection
		chosen.add(1)
		return errors.Join(tx.PutSelection(number, &chosen), tx.Audit(AuditEntry{Action: "bulk.started", Job: number}))
	})
	if err := s.PutSegment(Segment{Key: "vip"}); err != nil {
		t.Fatal(err)
	}
	put(t, s, customer("erased"))
	erase(t, s, "erased")
	closeStore(t, s)
	return dir
}

// A flipped bit in any value of any bucket is found by Check, and never read
// as something else.
func TestEveryFlippedByteIsFound(t *testing.T) {
	for _, name := range bucketNames() {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			var key []byte
			editFile(t, dir, func(btx *bolt.Tx) error {
				b := btx.Bucket([]byte(name))
				k, v := b.Cursor().Last()
				key = slices.Clone(k)
				flipped := slices.Clone(v)
				flipped[len(v)/2] ^= 0x10
				return b.Put(key, flipped)
			})
			s, err := Open(dir, Options{})
			if err == nil {
				err = s.Check(t.Context())
				closeStore(t, s)
			}
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) || corrupt.Bucket != name || !bytes.Equal(corrupt.Key, key) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestDamagedValuesAreNotRead(t *testing.T) {
	dir := filled(t)
	editFile(t, dir, func(btx *bolt.Tx) error {
		flip := func(bucket string, key []byte) error {
			b := btx.Bucket([]byte(bucket))
			v := slices.Clone(b.Get(key))
			v[0] ^= 1
			return b.Put(key, v)
		}
		return errors.Join(flip(bucketCustomers, numberKey(1)), flip(bucketLog, numberKey(2)), flip(bucketIdempotency, []byte("key")))
	})
	s := open(t, dir, Options{})
	reads := map[string]func() error{
		"Customer":  func() error { _, err := s.Customer("a"); return err },
		"Customers": func() error { _, err := s.Customers([]string{"b", "a"}); return err },
		"Member":    func() error { _, err := s.MemberCustomer("m"); return err },
		"Scan":      func() error { _, err := s.Scan(t.Context(), func(schema.Record) error { return nil }); return err },
		"Changes":   func() error { _, err := s.Changes(t.Context(), 1, 10); return err },
		"Put": func() error {
			_, err := s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Put(customer("a")); return err })
			return err
		},
		"Recall": func() error {
			_, err := s.Update(t.Context(), func(tx *Tx) error {
				if _, _, ok := tx.Recall("key"); ok {
					t.Error("recalled a damaged answer")
				}
				_, err := tx.Put(customer("c"))
				if err == nil {
					t.Error("the transaction goes on after damage")
				}
				return nil
			})
			return err
		},
	}
	for name, read := range reads {
		var corrupt *CorruptError
		if err := read(); !errors.As(err, &corrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := s.Customer("b"); err != nil || c.Record.ID() != "b" {
		t.Errorf("the undamaged one: %v", err)
	}
}

// What seals well but contradicts itself is found too.
func TestCheckFindsContradictions(t *testing.T) {
	edits := map[string]func(btx *bolt.Tx) error{
		"an id that leads elsewhere": func(btx *bolt.Tx) error {
			return table{name: bucketIDs, bucket: btx.Bucket([]byte(bucketIDs))}.putNumber([]byte("a"), 2)
		},
		"an id too many": func(btx *bolt.Tx) error {
			return table{name: bucketIDs, bucket: btx.Bucket([]byte(bucketIDs))}.putNumber([]byte("x"), 2)
		},
		"a memberId gone": func(btx *bolt.Tx) error { return btx.Bucket([]byte(bucketMembers)).Delete([]byte("m")) },
		"a log entry gone": func(btx *bolt.Tx) error {
			return btx.Bucket([]byte(bucketLog)).Delete(numberKey(1))
		},
		"a customer gone": func(btx *bolt.Tx) error {
			return btx.Bucket([]byte(bucketCustomers)).Delete(numberKey(2))
		},
		"a wrong count": func(btx *bolt.Tx) error {
			return table{name: bucketMeta, bucket: btx.Bucket([]byte(bucketMeta))}.putNumber([]byte(metaCustomers), 3)
		},
		"a seq behind": func(btx *bolt.Tx) error {
			return table{name: bucketMeta, bucket: btx.Bucket([]byte(bucketMeta))}.putNumber([]byte(metaSeq), 1)
		},
		"a history of nobody": func(btx *bolt.Tx) error {
			b := btx.Bucket([]byte(bucketHistory))
			body, err := appendHistory(nil, HistoryEntry{Action: "created"}, nil)
			return errors.Join(err, table{name: bucketHistory, bucket: b}.put(historyKey(9, 1), body))
		},
		"an erased id that came back": func(btx *bolt.Tx) error {
			secrets, err := tableOf(btx, bucketSecrets)
			if err != nil {
				return err
			}
			var key Secret
			if err := secrets.decodeJSON([]byte(erasureKey), &key); err != nil {
				return err
			}
			return table{name: bucketErased, bucket: btx.Bucket([]byte(bucketErased))}.putJSON(erasedHash(key.Text, "a"), erasedEntry{})
		},
		"an erasure of no hash": func(btx *bolt.Tx) error {
			return table{name: bucketErased, bucket: btx.Bucket([]byte(bucketErased))}.putJSON([]byte("x"), erasedEntry{})
		},
		"a history that is ahead of its customer": func(btx *bolt.Tx) error {
			b := btx.Bucket([]byte(bucketHistory))
			body, err := appendHistory(nil, HistoryEntry{Action: "created"}, nil)
			return errors.Join(err, table{name: bucketHistory, bucket: b}.put(historyKey(2, 3), body))
		},
		"a history of an unknown field": func(btx *bolt.Tx) error {
			b := btx.Bucket([]byte(bucketHistory))
			body, err := appendHistory(nil, HistoryEntry{Changes: []FieldChange{{Key: "x"}}}, func(string) (uint64, error) { return 99, nil })
			return errors.Join(err, table{name: bucketHistory, bucket: b}.put(historyKey(2, 2), body))
		},
		"an age gone": func(btx *bolt.Tx) error {
			b := btx.Bucket([]byte(bucketAges))
			k, _ := b.Cursor().First()
			return b.Delete(slices.Clone(k))
		},
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			editFile(t, dir, edit)
			s := open(t, dir, Options{})
			var corrupt *CorruptError
			if err := s.Check(t.Context()); !errors.As(err, &corrupt) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A file cut short is refused; a page overwritten with noise is an error, and
// neither is a crash.
func TestDamagedPages(t *testing.T) {
	page, noticed := os.Getpagesize(), 0
	for n := 1; n < 12; n++ {
		dir := filled(t)
		path := filepath.Join(dir, FileName)
		used := usedPages(t, path)
		if n >= used {
			break
		}
		if err := os.Truncate(path, int64(n*page)); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(dir, Options{}); err == nil {
			t.Errorf("opened %d of %d pages", n, used)
			_ = s.Close()
		}

		dir = filled(t)
		overwrite(t, filepath.Join(dir, FileName), bytes.Repeat([]byte{0xA5}, page), int64(n*page))
		s, err := Open(dir, Options{})
		if err != nil {
			noticed++
			continue
		}
		if s.Check(t.Context()) != nil {
			noticed++
		}
		_, _ = s.Customer("a") // whatever it says, it returns
		_, _ = s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Put(customer("a", "name", schema.Text("x"))); return err })
		_ = s.Close()
	}
	if noticed < 4 { // the others were free
		t.Errorf("%d noisy pages were noticed", noticed)
	}
}

func usedPages(t *testing.T, path string) (pages int) {
	t.Helper()
	editFile(t, filepath.Dir(path), func(btx *bolt.Tx) error {
		pages = int(btx.Size()) / os.Getpagesize()
		return nil
	})
	return pages
}

func overwrite(t *testing.T, path string, with []byte, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(with, at)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// When a commit fails, the write is not acknowledged and no other is taken;
// reading goes on; opening again makes it good.
func TestReadOnlyAfterAFailedCommit(t *testing.T) {
	dir := t.TempDir()
	var disk *os.File
	s := open(t, dir, Options{openFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag, mode)
		disk = f
		return f, err
	}})
	put(t, s, customer("a"))
	waiting := make(chan error, 1)
	go func() {
		_, err := s.Changes(t.Context(), 1, 10)
		waiting <- err
	}()
	if err := disk.Close(); err != nil { // from now on every write to it fails
		t.Fatal(err)
	}
	write := func() error {
		_, err := s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Put(customer("b")); return err })
		return err
	}
	if err := write(); !errors.Is(err, ErrReadOnly) || !errors.Is(err, os.ErrClosed) {
		t.Fatalf("the failed commit: %v", err)
	}
	if err := write(); !errors.Is(err, ErrReadOnly) {
		t.Errorf("the next write: %v", err)
	}
	if err := <-waiting; !errors.Is(err, ErrReadOnly) {
		t.Errorf("who waited for changes: %v", err)
	}
	if err := s.Failure(); !errors.Is(err, ErrReadOnly) || s.Seq() != 1 || s.Len() != 1 {
		t.Errorf("%v, seq %d, %d customers", err, s.Seq(), s.Len())
	}
	if c, err := s.Customer("a"); err != nil || c.Seq != 1 {
		t.Errorf("reading: %+v, %v", c, err)
	}
	if changes, err := s.Changes(t.Context(), 0, 10); err != nil || describe(changes) != "1 a" {
		t.Errorf("the log: %s, %v", describe(changes), err)
	}
	_ = s.Close() // the file is closed under it
	again := open(t, dir, Options{})
	if again.Failure() != nil || again.Seq() != 1 {
		t.Errorf("%v, seq %d", again.Failure(), again.Seq())
	}
	put(t, again, customer("b"))
	check(t, again)
}
