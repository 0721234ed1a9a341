package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// noted puts a record and notes it, with the action and as many changes as
// values are given.
func noted(t testing.TB, s *Store, action string, r schema.Record, changes ...FieldChange) uint64 {
	t.Helper()
	return update(t, s, func(tx *Tx) error {
		if _, err := tx.Put(r); err != nil {
			return err
		}
		return tx.Note(r.ID(), HistoryEntry{Action: action, Cause: "edit", Actor: Actor{TokenID: "t", Name: "n", Role: "owner"}, Changes: changes})
	})
}

// history is a customer's as "seq action", newest first.
func history(t testing.TB, s *Store, id string, before uint64) string {
	t.Helper()
	var got []string
	_, err := s.History(t.Context(), id, before, func(e HistoryEntry) bool {
		got = append(got, fmt.Sprint(e.Seq, " ", e.Action))
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(got, ", ")
}

// An entry reads as it was noted, with values of every kind and of none.
func TestAnEntryKeepsItsValues(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	changes := []FieldChange{
		{Key: "profile.text", Before: schema.Value{}, After: schema.Text("田中")},
		{Key: "profile.flag", Before: schema.Bool(false), After: schema.Bool(true)},
		{Key: "profile.count", Before: schema.Num(1.5), After: schema.Num(-3)},
		{Key: "profile.day", Before: schema.At(-1), After: schema.Value{}},
		{Key: "tags", Before: schema.Strings("a"), After: schema.Strings("a", "b")},
	}
	seq := noted(t, s, "updated", customer("a"), changes...)
	check(t, s)
	closeStore(t, s)
	s = open(t, dir, Options{})
	var got []HistoryEntry
	if _, err := s.History(t.Context(), "a", 0, func(e HistoryEntry) bool { got = append(got, e); return true }); err != nil || len(got) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	e := got[0]
	if e.Seq != seq || e.At != testClock().UnixMilli() || e.Action != "updated" || e.Cause != "edit" || e.Actor != (Actor{"t", "n", "owner"}) {
		t.Errorf("%+v", e)
	}
	same := func(a, b FieldChange) bool {
		return a.Key == b.Key && a.Before.Equal(b.Before) && a.After.Equal(b.After)
	}
	if !slices.EqualFunc(e.Changes, changes, same) {
		t.Errorf("%+v", e.Changes)
	}
}

// The newest entry comes first, of this customer only, and a reader can go on
// from any place.
func TestHistoryIsReadFromTheNewest(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for i := range 3 {
		for _, id := range []string{"a", "b", "c"} {
			noted(t, s, fmt.Sprint(id, i), customer(id, "profile.n", schema.Num(float64(i))))
		}
	}
	for _, c := range []struct {
		id     string
		before uint64
		want   string
	}{
		{"a", 0, "7 a2, 4 a1, 1 a0"}, {"b", 0, "8 b2, 5 b1, 2 b0"}, {"c", 0, "9 c2, 6 c1, 3 c0"},
		{"b", 9, "8 b2, 5 b1, 2 b0"}, {"b", 8, "5 b1, 2 b0"}, {"b", 5, "2 b0"}, {"b", 2, ""}, {"c", 1, ""}, {"a", 100, "7 a2, 4 a1, 1 a0"},
	} {
		if got := history(t, s, c.id, c.before); got != c.want {
			t.Errorf("%s before %d: %s, want %s", c.id, c.before, got, c.want)
		}
	}
	one := 0
	if _, err := s.History(t.Context(), "a", 0, func(HistoryEntry) bool { one++; return false }); err != nil || one != 1 {
		t.Errorf("%d entries after the first no, %v", one, err)
	}
	for _, id := range []string{"", "nobody"} {
		if _, err := s.History(t.Context(), id, 0, nil); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrDeleted) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// An entry is part of its transaction: taken back with it.
func TestAnEntryIsCommittedWithItsWrite(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	noted(t, s, "created", customer("a"))
	rollback := errors.New("rolled back")
	_, err := s.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.Put(customer("a", "name", schema.Text("x")))
		return errors.Join(err, tx.Note("a", HistoryEntry{Action: "updated"}), rollback)
	})
	if !errors.Is(err, rollback) || history(t, s, "a", 0) != "1 created" {
		t.Errorf("%v, %s", err, history(t, s, "a", 0))
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.Note("nobody", HistoryEntry{}); !errors.Is(err, ErrNotFound) {
			t.Errorf("a note on nobody: %v", err)
		}
		return nil
	})
}

func TestADeletedCustomerComesBackAsItWas(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	was := customer("a", "memberId", schema.Text("m"), "profile.name", schema.Text("田中"))
	put(t, s, was, customer("b"))
	remove := func() {
		update(t, s, func(tx *Tx) error {
			_, err := tx.Delete("a")
			return errors.Join(err, tx.Note("a", HistoryEntry{Action: "deleted"}))
		})
	}
	remove()
	closeStore(t, s)
	s = open(t, dir, Options{})
	deletion, err := s.History(t.Context(), "a", 0, func(HistoryEntry) bool { return true })
	if err != nil || deletion == nil || deletion.Action != "deleted" || deletion.Seq != 3 {
		t.Errorf("%+v, %v", deletion, err)
	}
	update(t, s, func(tx *Tx) error {
		r, deletion, err := tx.Deleted("a")
		if err != nil || !r.Equal(was) || deletion == nil || deletion.Seq != 3 {
			t.Errorf("%v %+v %v", r, deletion, err)
		}
		_, err = tx.Undelete(r)
		return err
	})
	if c, err := s.Customer("a"); err != nil || !c.Record.Equal(was) || c.Seq != 4 || s.Len() != 2 {
		t.Errorf("%+v, %v, %d customers", c, err, s.Len())
	}
	if id, err := s.MemberCustomer("m"); err != nil || id != "a" {
		t.Errorf("%s, %v", id, err)
	}
	check(t, s)

	// One that is there, one that never was, one whose memberId is taken.
	remove()
	update(t, s, func(tx *Tx) error {
		if _, err := tx.Put(customer("b", "memberId", schema.Text("m"))); err != nil {
			return err
		}
		var taken *MemberTakenError
		if _, err := tx.Undelete(was); !errors.As(err, &taken) || taken.ID != "b" {
			t.Errorf("%v", err)
		}
		if _, err := tx.Undelete(customer("b")); !errors.Is(err, ErrNotDeleted) {
			t.Errorf("%v", err)
		}
		if _, err := tx.Undelete(customer("nobody")); !errors.Is(err, ErrNotFound) {
			t.Errorf("%v", err)
		}
		if _, _, err := tx.Deleted("b"); !errors.Is(err, ErrNotDeleted) {
			t.Errorf("%v", err)
		}
		return nil
	})
	if s.Len() != 1 {
		t.Errorf("%d customers", s.Len())
	}
	check(t, s)
}

// Put on a deleted id is a new beginning, and says so.
func TestPutTellsWhomItRevives(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	revived := func(r schema.Record) (told bool) {
		update(t, s, func(tx *Tx) error {
			_, err := tx.Put(r)
			told = tx.Revived()
			return err
		})
		return told
	}
	if revived(customer("a")) || revived(customer("a", "name", schema.Text("x"))) {
		t.Error("neither was deleted")
	}
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("a"); return err })
	if !revived(customer("a")) || revived(customer("a", "name", schema.Text("y"))) {
		t.Error("the first of these revives, the second does not")
	}
}

// What is older than the limit goes, what is of just that time stays, and each
// step goes on where the one before ended.
func TestTrimmingForgetsWhatIsOlder(t *testing.T) {
	now := testClock()
	s := open(t, t.TempDir(), Options{Clock: func() time.Time { return now }})
	const customers = historyChunk/2 + 7 // two old entries each: more than one step deletes
	write := func(round string) {
		update(t, s, func(tx *Tx) error {
			for i := range customers {
				id := fmt.Sprint("c", i)
				if _, err := tx.Put(customer(id, "name", schema.Text(round))); err != nil {
					return err
				}
				if err := tx.Note(id, HistoryEntry{Action: round}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	write("first")
	now = now.Add(time.Minute)
	write("second")
	now = now.Add(time.Minute)
	write("third")
	seq := s.Seq()
	forgotten, err := s.TrimHistory(t.Context(), now.Add(-2*time.Minute).UnixMilli())
	if err != nil || forgotten != 0 {
		t.Errorf("%d forgotten at just the first one's time, %v", forgotten, err)
	}
	if err := s.view(func(v *view) error {
		old, next, err := v.oldHistory(1, now.UnixMilli())
		if len(old) != historyChunk || next == 0 {
			t.Errorf("one step would delete %d entries and go on at %d", len(old), next)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if forgotten, err = s.TrimHistory(t.Context(), now.UnixMilli()); err != nil || forgotten != 2*customers {
		t.Errorf("%d forgotten, %v", forgotten, err)
	}
	for i := range customers {
		if got := history(t, s, fmt.Sprint("c", i), 0); !strings.HasSuffix(got, " third") || strings.Contains(got, ",") {
			t.Fatalf("c%d: %s", i, got)
		}
	}
	if forgotten, err = s.TrimHistory(t.Context(), now.UnixMilli()+1); err != nil || forgotten != customers || s.Seq() != seq {
		t.Errorf("%d forgotten, %v, seq %d after %d", forgotten, err, s.Seq(), seq)
	}
	check(t, s)
}
