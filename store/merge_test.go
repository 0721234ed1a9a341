package store

import (
	"errors"
	"fmt"
	"testing"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// note notes a change of a customer, under the seq of its last write.
func note(t *testing.T, s *Store, id string) {
	t.Helper()
	update(t, s, func(tx *Tx) error { return tx.Note(id, HistoryEntry{Action: "updated", Cause: id}) })
}

// historyOf lists a customer's history, the newest first.
func historyOf(t *testing.T, s *Store, id string) (entries string) {
	t.Helper()
	_, err := s.History(t.Context(), id, 0, func(e HistoryEntry) bool {
		entries += fmt.Sprint(e.Seq, e.Cause, " ")
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func merge(t *testing.T, s *Store, from, into string) uint64 {
	t.Helper()
	return update(t, s, func(tx *Tx) error {
		_, err := tx.Merge(from, into)
		return err
	})
}

func TestMergedCustomersLeadToTheirTargetAndAreNoResult(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, customer("a", "memberId", schema.Text("m"), "name", schema.Text("佐藤")), customer("b"), customer("c"))
	note(t, s, "a")
	note(t, s, "b")
	put(t, s, customer("a", "memberId", schema.Text("m")))
	note(t, s, "a")
	if seq := merge(t, s, "a", "b"); seq != 6 || s.Len() != 2 {
		t.Errorf("seq %d, %d customers", seq, s.Len())
	}
	changes, err := s.Changes(t.Context(), 4, 10)
	if err != nil || describe(changes) != "5 a gone, 6 b" {
		t.Errorf("the log tells %q, %v", describe(changes), err)
	}
	if got := historyOf(t, s, "b"); got != "4a 2b 1a " {
		t.Errorf("history %s", got)
	}
	merge(t, s, "b", "c") // and on to a third
	for range 2 {
		for id, target := range map[string]string{"a": "c", "b": "c"} {
			var merged *MergedError
			if _, err := s.Customer(id); !errors.As(err, &merged) || merged.Target != target || merged.ID != id || !errors.Is(err, ErrNotFound) || errors.Is(err, ErrDeleted) {
				t.Errorf("%s: %v", id, err)
			}
		}
		if _, err := s.MemberCustomer("m"); !errors.Is(err, ErrNotFound) {
			t.Errorf("the memberId is not free: %v", err)
		}
		if list, err := s.Customers([]string{"a", "b", "c"}); err != nil || list[0].Record.Len() != 0 || list[1].Record.Len() != 0 || list[2].Record.ID() != "c" {
			t.Errorf("%v, %v", list, err)
		}
		seen := ""
		if _, err := s.Scan(t.Context(), func(r schema.Record) error { seen += r.ID(); return nil }); err != nil || seen != "c" {
			t.Errorf("a scan sees %q, %v", seen, err)
		}
		check(t, s)
		closeStore(t, s)
		s = open(t, dir, Options{})
	}
	var stored stored
	if err := s.view(func(v *view) (err error) { _, stored, err = v.find("a"); return err }); err != nil || stored.record.Len() != 1 {
		t.Errorf("values are left of it: %v, %v", stored.record, err)
	}
}

func TestRefusedMergesChangeNothing(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"), customer("b"), customer("gone"), customer("part"))
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("gone"); return err })
	merge(t, s, "part", "b")
	var merged *MergedError
	update(t, s, func(tx *Tx) error {
		for _, c := range []struct {
			from, into string
			want       func(error) bool
		}{
			{"none", "a", func(err error) bool { return errors.Is(err, ErrNotFound) }},
			{"a", "none", func(err error) bool { return errors.Is(err, ErrNotFound) }},
			{"a", "", func(err error) bool { return errors.Is(err, ErrNotFound) }},
			{"gone", "a", func(err error) bool { return errors.Is(err, ErrDeleted) }},
			{"a", "gone", func(err error) bool { return errors.Is(err, ErrDeleted) }},
			{"part", "a", func(err error) bool { return errors.As(err, &merged) }},
			{"a", "part", func(err error) bool { return errors.As(err, &merged) }},
			{"a", "a", func(err error) bool { return err != nil }},
		} {
			if _, err := tx.Merge(c.from, c.into); !c.want(err) {
				t.Errorf("%q into %q: %v", c.from, c.into, err)
			}
		}
		if _, err := tx.Put(customer("part")); !errors.As(err, &merged) || merged.Target != "b" {
			t.Errorf("a merged one is written: %v", err)
		}
		if _, err := tx.Delete("part"); !errors.As(err, &merged) {
			t.Errorf("a merged one is deleted: %v", err)
		}
		return nil
	})
	if s.Seq() != 7 || s.Len() != 2 {
		t.Errorf("seq %d, %d customers", s.Seq(), s.Len())
	}
	check(t, s)
}

// What a merged customer leads to has to be there, and to end.
func TestCheckFindsMergesThatLeadNowhere(t *testing.T) {
	for name, target := range map[string]uint64{"nobody": 9, "itself": 1} {
		dir := t.TempDir()
		s := open(t, dir, Options{})
		put(t, s, customer("a"), customer("b"))
		merge(t, s, "a", "b")
		numbers := s.numbers.Load()
		closeStore(t, s)
		editFile(t, dir, func(btx *bolt.Tx) error {
			customers, err := tableOf(btx, bucketCustomers)
			if err != nil {
				return err
			}
			body, err := appendCustomer(nil, stored{deleted: true, merged: target, seq: 3, record: schema.NewRecord("a")},
				func(key string) (uint64, error) { return numbers.byKey[key], nil })
			if err != nil {
				return err
			}
			return customers.put(numberKey(1), body)
		})
		s = open(t, dir, Options{})
		var corrupt *CorruptError
		if err := s.Check(t.Context()); !errors.As(err, &corrupt) || corrupt.Bucket != bucketCustomers {
			t.Errorf("%s: %v", name, err)
		}
	}
}
