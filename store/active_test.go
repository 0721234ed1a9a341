package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

func active(t *testing.T, s *Store, month string) uint64 {
	t.Helper()
	count, err := s.Active(month)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// tokyo is an instant by the clocks of Tokyo.
func tokyo(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04:05.000Z07:00", text+"+09:00")
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

func TestMonthsEndInTheWorkspacesZone(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, customer("a"), customer("b"))
	count := func(id, at string) {
		t.Helper()
		update(t, s, func(tx *Tx) error { return tx.CountActive(id, tokyo(t, at)) })
	}
	count("a", "2026-11-30T23:59:59.999")
	count("a", "2026-11-01T00:00:00.000") // the same month: once
	count("b", "2026-12-01T00:00:00.000")
	count("b", "2026-10-31T23:59:59.999")
	settings := s.Settings()
	settings.Zone = time.UTC
	if err := s.PutSettings(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	count("b", "2026-12-01T08:59:59.999") // 23:59 on the last of November in UTC
	closeStore(t, s)
	s = open(t, dir, Options{})
	for month, want := range map[string]uint64{"2026-10": 1, "2026-11": 2, "2026-12": 1, "2027-01": 0, "": 0} {
		if got := active(t, s, month); got != want {
			t.Errorf("%s: %d, want %d", month, got, want)
		}
	}
	check(t, s)
	_, err := s.Update(t.Context(), func(tx *Tx) error { return tx.CountActive("none", 0) })
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody is counted: %v", err)
	}
}

// The edges of chunks: 4,095 and 4,096 are numbers of two of them.
func TestManyCustomersAreActive(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	const many = 4100
	update(t, s, func(tx *Tx) error {
		for i := range many {
			if _, err := tx.Put(customer(fmt.Sprint(i))); err != nil {
				return err
			}
			if err := tx.CountActive(fmt.Sprint(i), 0); err != nil {
				return err
			}
		}
		return nil
	})
	if got := active(t, s, "1970-01"); got != many {
		t.Errorf("%d", got)
	}
	check(t, s)
}

func TestAMergedCustomersMonthsAreTheTargets(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"), customer("b"), customer("c"))
	update(t, s, func(tx *Tx) error {
		return errors.Join(
			tx.CountActive("a", tokyo(t, "2026-10-10T00:00:00.000")), tx.CountActive("a", tokyo(t, "2026-11-10T00:00:00.000")),
			tx.CountActive("b", tokyo(t, "2026-11-10T00:00:00.000")), tx.CountActive("b", tokyo(t, "2026-12-10T00:00:00.000")),
			tx.CountActive("c", tokyo(t, "2026-11-10T00:00:00.000")))
	})
	merge(t, s, "a", "b")
	if got := []uint64{active(t, s, "2026-10"), active(t, s, "2026-11"), active(t, s, "2026-12")}; got[0] != 1 || got[1] != 2 || got[2] != 1 {
		t.Errorf("%v", got)
	}
	update(t, s, func(tx *Tx) error { return tx.CountActive("b", tokyo(t, "2026-10-10T00:00:00.000")) })
	if got := active(t, s, "2026-10"); got != 1 {
		t.Errorf("%d: the target was not in the month", got)
	}
	check(t, s)
}

func TestCheckHoldsMonthsAgainstTheirSets(t *testing.T) {
	for name, edit := range map[string]func(t table) error{
		"a wrong count":     func(t table) error { return t.putNumber([]byte("1970-01"), 2) },
		"no count":          func(t table) error { return t.bucket.Delete([]byte("1970-01")) },
		"no set":            func(t table) error { return t.bucket.Delete(activeChunk("1970-01", 1)) },
		"a set that is cut": func(t table) error { return t.put(activeChunk("1970-01", 1), []byte{2}) },
		"a key cut":         func(t table) error { return t.put([]byte("1970"), nil) },
	} {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		put(t, s, customer("a"))
		update(t, s, func(tx *Tx) error { return tx.CountActive("a", 0) })
		closeStore(t, s)
		editFile(t, dir, func(btx *bolt.Tx) error {
			active, err := tableOf(btx, bucketActive)
			if err != nil {
				return err
			}
			return edit(active)
		})
		var corrupt *CorruptError
		if err := open(t, dir, Options{}).Check(t.Context()); !errors.As(err, &corrupt) || corrupt.Bucket != bucketActive {
			t.Errorf("%s: %v", name, err)
		}
	}
}
