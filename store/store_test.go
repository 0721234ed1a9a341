package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

func testClock() time.Time { return time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC) }

func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	if o.Clock == nil {
		o.Clock = testClock
	}
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && s.Failure() == nil {
			t.Error(err)
		}
	})
	return s
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// update runs an update that has to succeed.
func update(t testing.TB, s *Store, change func(tx *Tx) error) uint64 {
	t.Helper()
	seq, err := s.Update(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func put(t testing.TB, s *Store, records ...schema.Record) uint64 {
	t.Helper()
	return update(t, s, func(tx *Tx) error {
		for _, r := range records {
			if _, err := tx.Put(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func customer(id string, values ...any) schema.Record {
	r := schema.NewRecord(id)
	for i := 0; i < len(values); i += 2 {
		r.Set(values[i].(string), values[i+1].(schema.Value))
	}
	return r
}

// fortyFields is a record of the size that FORMAT.md's figures are about.
func fortyFields(id string) schema.Record {
	r := schema.NewRecord(id)
	for i := range 10 {
		r.Set(fmt.Sprintf("profile.text%d", i), schema.Text(fmt.Sprintf("value %d of %s 東京", i, id)))
		r.Set(fmt.Sprintf("profile.number%d", i), schema.Num(float64(i*1000)))
		r.Set(fmt.Sprintf("profile.date%d", i), schema.At(1_764_000_000_000+int64(i)))
		r.Set(fmt.Sprintf("profile.flag%d", i), schema.Bool(i%2 == 0))
	}
	return r
}

func check(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("Check: %v", err)
	}
}

func TestANewStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := open(t, dir, Options{})
	if s.Seq() != 0 || s.Len() != 0 || len(s.Epoch()) != 32 {
		t.Errorf("seq %d, %d customers, epoch %q", s.Seq(), s.Len(), s.Epoch())
	}
	if got := s.Settings(); got.Zone.String() != "Asia/Tokyo" || got.Region != "JP" || got.WeekStart != time.Monday {
		t.Errorf("settings %+v", got)
	}
	if s.Fields().Len() != 40 || s.Fields().Region != "JP" {
		t.Errorf("%d fields, region %s", s.Fields().Len(), s.Fields().Region)
	}
	i := 0
	initial := schema.InitialFields()
	for f := range s.Fields().All() {
		if !reflect.DeepEqual(f, initial[i]) {
			t.Errorf("field %d is %+v, want %+v", i, f, initial[i])
		}
		i++
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, FileName): 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
	}
	check(t, s)
	epoch := s.Epoch()
	closeStore(t, s)
	closeStore(t, s)
	if again := open(t, dir, Options{}); again.Epoch() != epoch {
		t.Errorf("another epoch after reopening: %s, %s", epoch, again.Epoch())
	}
}

func TestPutAndDelete(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	a := customer("a", "memberId", schema.Text("m1"), "name", schema.Text("佐藤"))
	if seq := put(t, s, a, customer("b")); seq != 2 || s.Seq() != 2 || s.Len() != 2 {
		t.Errorf("seq %d, store %d, %d customers", seq, s.Seq(), s.Len())
	}
	if got, err := s.Customer("a"); err != nil || !got.Record.Equal(a) || got.Seq != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	// Put of an equal record writes nothing.
	update(t, s, func(tx *Tx) error {
		if seq, err := tx.Put(a.Clone()); seq != 1 || err != nil {
			t.Errorf("an equal record: %d, %v", seq, err)
		}
		return nil
	})
	if s.Seq() != 2 {
		t.Errorf("seq %d after a write that changes nothing", s.Seq())
	}
	// A memberId belongs to one; the refusal leaves the transaction usable.
	update(t, s, func(tx *Tx) error {
		_, err := tx.Put(customer("b", "memberId", schema.Text("m1")))
		var taken *MemberTakenError
		if !errors.As(err, &taken) || taken.ID != "a" || taken.MemberID != "m1" {
			t.Errorf("a memberId that is taken: %v", err)
		}
		_, err = tx.Put(customer("c", "memberId", schema.Text("M1"))) // another, byte by byte
		return err
	})
	if id, err := s.MemberCustomer("m1"); id != "a" || err != nil {
		t.Errorf("m1 is %q, %v", id, err)
	}
	update(t, s, func(tx *Tx) error {
		if _, err := tx.Delete("a"); err != nil {
			return err
		}
		if _, err := tx.Delete("a"); !errors.Is(err, ErrDeleted) {
			t.Errorf("deleted twice: %v", err)
		}
		if _, err := tx.Delete("nobody"); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrDeleted) {
			t.Errorf("deleted nobody: %v", err)
		}
		_, err := tx.Put(customer("b", "memberId", schema.Text("m1"))) // free again
		return err
	})
	if s.Len() != 2 {
		t.Errorf("%d customers", s.Len())
	}
	if _, err := s.Customer("a"); !errors.Is(err, ErrDeleted) || !errors.Is(err, ErrNotFound) {
		t.Errorf("a deleted customer: %v", err)
	}
	list, err := s.Customers([]string{"c", "a", "nobody", "", "b"})
	if err != nil || len(list) != 5 || list[0].Record.ID() != "c" || list[4].Record.ID() != "b" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, i := range []int{1, 2, 3} {
		if list[i].Seq != 0 || list[i].Record.Len() != 0 {
			t.Errorf("element %d is %+v", i, list[i])
		}
	}
	check(t, s)
	put(t, s, customer("a")) // there again
	if got, err := s.Customer("a"); err != nil || got.Record.Len() != 1 || s.Len() != 3 {
		t.Errorf("%+v, %v, %d customers", got, err, s.Len())
	}
	check(t, s)
}

func TestPutRefusesBadIDs(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for _, id := range []string{"", " ", "@x", "a\x00b", strings.Repeat("x", schema.MaxIDBytes+1)} {
		_, err := s.Update(t.Context(), func(tx *Tx) error {
			_, err := tx.Put(schema.NewRecord(id))
			return err
		})
		var fault *schema.ValueError
		if !errors.As(err, &fault) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if s.Seq() != 0 || s.Len() != 0 {
		t.Errorf("seq %d, %d customers", s.Seq(), s.Len())
	}
}

func TestUpdateTakesEverythingBack(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("kept"))
	broken := errors.New("broken")
	write := func(tx *Tx) {
		if _, err := tx.Put(customer("lost", "profile.unheardOf", schema.Num(1))); err != nil {
			t.Error(err)
		}
		if err := tx.PutFields([]schema.Field{{Key: "profile.lost", Kind: schema.Number}}); err != nil {
			t.Error(err)
		}
	}
	var kept *Tx
	if _, err := s.Update(t.Context(), func(tx *Tx) error { kept = tx; write(tx); return broken }); !errors.Is(err, broken) {
		t.Errorf("error: %v", err)
	}
	if _, err := kept.Put(customer("late")); !errors.Is(err, ErrTxDone) {
		t.Errorf("a transaction used after its end: %v", err)
	}
	func() {
		defer func() {
			if p := recover(); p != "panicked" {
				t.Errorf("recovered %v", p)
			}
		}()
		_, _ = s.Update(t.Context(), func(tx *Tx) error { write(tx); panic("panicked") })
	}()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Update(ctx, func(tx *Tx) error { write(tx); cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if s.Seq() != 1 || s.Len() != 1 || s.Fields().Len() != 40 {
		t.Errorf("seq %d, %d customers, %d fields", s.Seq(), s.Len(), s.Fields().Len())
	}
	put(t, s, customer("next", "profile.other", schema.Num(2)))
	if c, err := s.Customer("next"); err != nil || c.Record.Get("profile.other").Num() != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	check(t, s)
}

func TestPutFields(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	before := s.Fields()
	added := []schema.Field{
		{Key: "profile.zebra", Kind: schema.Number, Labels: schema.Words{JA: "しまうま", EN: "Zebra"}, Write: schema.WriteManager},
		{Key: "profile.ant", Kind: schema.List, Write: schema.WriteManager},
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.PutFields(added[:1]); err != nil {
			return err
		}
		if _, ok := tx.Fields().Lookup("profile.zebra"); !ok {
			t.Error("the transaction does not see its own field")
		}
		return tx.PutFields(added[1:])
	})
	email, _ := before.Lookup(schema.EmailField)
	email.Hidden = true
	update(t, s, func(tx *Tx) error { return tx.PutFields([]schema.Field{email}) })
	refused := [][]schema.Field{
		{{Key: "profile.zebra", Kind: schema.String}}, // another kind
		{{Key: "profile.Zebra", Kind: schema.Number}}, // only the case differs
		{{Key: "profile.a b", Kind: schema.Number}},
		{{Key: "profile.twice", Kind: schema.Number}, {Key: "profile.twice", Kind: schema.Number}},
	}
	for _, list := range refused {
		if _, err := s.Update(t.Context(), func(tx *Tx) error { return tx.PutFields(list) }); err == nil {
			t.Errorf("%+v is taken", list)
		}
	}
	for range 2 {
		var keys []string
		for f := range s.Fields().All() {
			keys = append(keys, f.Key)
		}
		if len(keys) != 42 || keys[40] != "profile.zebra" || keys[41] != "profile.ant" {
			t.Errorf("the order is %v", keys)
		}
		if f, _ := s.Fields().Lookup(schema.EmailField); !reflect.DeepEqual(f, email) {
			t.Errorf("e-mail is %+v", f)
		}
		if f, _ := s.Fields().Lookup("profile.zebra"); f.CreatedAt != testClock().UnixMilli() {
			t.Errorf("zebra was added at %d", f.CreatedAt)
		} else if f.CreatedAt = 0; !reflect.DeepEqual(f, added[0]) {
			t.Errorf("zebra is %+v", f)
		}
		closeStore(t, s)
		s = open(t, dir, Options{})
	}
	if before.Len() != 40 {
		t.Error("the old set changed")
	}
}

func TestSettings(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutSettings(t.Context(), Settings{Zone: berlin, Region: "DE", WeekStart: time.Sunday}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Settings{{}, {Zone: berlin, Region: "D"}, {Zone: berlin, Region: "DE", WeekStart: 7}, {Zone: time.Local, Region: "DE"}} {
		if err := s.PutSettings(t.Context(), bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	for range 2 {
		if got := s.Settings(); got.Zone.String() != "Europe/Berlin" || got.Region != "DE" || got.WeekStart != time.Sunday || s.Fields().Region != "DE" {
			t.Errorf("%+v, region %s", got, s.Fields().Region)
		}
		closeStore(t, s)
		s = open(t, dir, Options{})
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	start := time.Now()
	_, err := Open(dir, Options{})
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Folder != dir {
		t.Fatalf("a second opening: %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if text := err.Error(); strings.Contains(text, "\n") || !strings.Contains(text, dir) || !strings.Contains(text, "--server") {
		t.Errorf("the text is %q", text)
	}
	closeStore(t, s)
	open(t, dir, Options{})
}

func TestOtherFilesAreRefused(t *testing.T) {
	t.Run("newer", func(t *testing.T) {
		dir := t.TempDir()
		closeStore(t, open(t, dir, Options{}))
		editFile(t, dir, func(btx *bolt.Tx) error {
			return table{name: bucketMeta, bucket: btx.Bucket([]byte(bucketMeta))}.putNumber([]byte(metaFormat), FormatVersion+1)
		})
		wantFormatError(t, dir, FormatVersion+1)
	})
	t.Run("another program's bbolt file", func(t *testing.T) {
		dir := t.TempDir()
		editFile(t, dir, func(btx *bolt.Tx) error {
			_, err := btx.CreateBucket([]byte("theirs"))
			return err
		})
		wantFormatError(t, dir, 0)
	})
	t.Run("text", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte(strings.Repeat("no database\n", 4096)), 0o600); err != nil {
			t.Fatal(err)
		}
		wantFormatError(t, dir, 0)
	})
}

// A file of the first version has fewer buckets; opening it adds the others.
func TestAnOlderFileIsBroughtToThisVersion(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, customer("a"))
	closeStore(t, s)
	editFile(t, dir, func(btx *bolt.Tx) error {
		for _, name := range []string{bucketHistory, bucketActive, bucketVersions, bucketSessions, bucketSecrets} {
			if err := btx.DeleteBucket([]byte(name)); err != nil {
				return err
			}
		}
		return table{name: bucketMeta, bucket: btx.Bucket([]byte(bucketMeta))}.putNumber([]byte(metaFormat), 1)
	})
	s = open(t, dir, Options{})
	if _, err := s.Customer("a"); err != nil {
		t.Error(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func wantFormatError(t *testing.T, dir string, found uint64) {
	t.Helper()
	s, err := Open(dir, Options{})
	var format *FormatError
	if !errors.As(err, &format) || format.Found != found || format.Known != FormatVersion {
		t.Errorf("opened %v: %v", s, err)
	}
}

// editFile changes a closed store's file behind its back.
func editFile(t testing.TB, dir string, change func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(filepath.Join(dir, FileName), 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}
