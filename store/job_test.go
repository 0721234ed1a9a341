package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// addJob keeps a job and gives its number.
func addJob(t *testing.T, s *Store, j Job) (number uint64) {
	t.Helper()
	update(t, s, func(tx *Tx) (err error) {
		number, err = tx.AddJob(j)
		return err
	})
	return number
}

// jobNumbers lists the numbers of the jobs before one, at most limit of them.
func jobNumbers(t *testing.T, s *Store, before uint64, limit int) string {
	t.Helper()
	var list []string
	err := s.Jobs(before, func(j Job) bool {
		list = append(list, fmt.Sprint(j.Number, j.Kind))
		return len(list) < limit
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

func TestJobsAreKeptWhole(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	j := Job{Kind: "bulk", State: "failed", Actor: Actor{TokenID: "t", Name: "店舗", Role: "manager"}, Caller: json.RawMessage(`{"a":1}`),
		Request: json.RawMessage(`{"ids":["c1"]}`), Of: 3, Cancel: true, Stage: "write", Done: 5, Total: 9, Checkpoint: json.RawMessage(`{"after":5}`),
		Result: json.RawMessage(`{"changed":5}`), Error: &JobError{Code: "internal", JA: "だめ", EN: "no"}, CreatedAt: 1, StartedAt: 2, EndedAt: 3}
	j.Number = addJob(t, s, j)
	closeStore(t, s)
	s = open(t, dir, Options{})
	got, err := s.Job(j.Number)
	if err != nil || !reflect.DeepEqual(got, j) {
		t.Errorf("%+v, %v", got, err)
	}
	j.State, j.Error = "done", nil
	update(t, s, func(tx *Tx) error {
		if err := tx.PutJob(j); err != nil {
			return err
		}
		if seen, err := tx.Job(j.Number); err != nil || seen.State != "done" {
			t.Errorf("its own transaction sees %+v, %v", seen, err)
		}
		return nil
	})
	if got, err := s.Job(j.Number); err != nil || got.State != "done" || got.Error != nil {
		t.Errorf("%+v, %v", got, err)
	}
	check(t, s)
}

func TestJobsAreListedTheNewestFirst(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if got := jobNumbers(t, s, 0, 9); got != "" {
		t.Errorf("an empty store lists %s", got)
	}
	for _, kind := range []string{"a", "b", "c", "d"} {
		addJob(t, s, Job{Kind: kind})
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteJob(2) })
	for before, want := range map[uint64]string{0: "4d 3c 1a", 5: "4d 3c 1a", 4: "3c 1a", 3: "1a", 2: "1a", 1: "", 99: "4d 3c 1a"} {
		if got := jobNumbers(t, s, before, 9); got != want {
			t.Errorf("before %d: %q, want %q", before, got, want)
		}
	}
	if got := jobNumbers(t, s, 0, 2); got != "4d 3c" {
		t.Errorf("until yield says false: %s", got)
	}
	update(t, s, func(tx *Tx) error { return tx.DeleteJob(4) })
	if number := addJob(t, s, Job{Kind: "e"}); number != 5 {
		t.Errorf("the number of a forgotten job is used again: %d", number)
	}
}

func TestJobsThatAreNotThere(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	number := addJob(t, s, Job{Kind: "a"})
	update(t, s, func(tx *Tx) error { return tx.DeleteJob(number) })
	for _, number := range []uint64{0, number, 99} {
		if _, err := s.Job(number); !errors.Is(err, ErrNotFound) {
			t.Errorf("read %d: %v", number, err)
		}
		update(t, s, func(tx *Tx) error {
			_, read := tx.Job(number)
			for way, err := range map[string]error{"read": read, "put": tx.PutJob(Job{Number: number}), "delete": tx.DeleteJob(number)} {
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("%s %d: %v", way, number, err)
				}
			}
			return nil // a refusal leaves the transaction usable
		})
	}
	check(t, s)
}

// A transaction that fails takes its job, selection and audit entry back.
func TestATransactionTakesItsJobBack(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	no := errors.New("no")
	_, err := s.Update(t.Context(), func(tx *Tx) error {
		number, err := tx.AddJob(Job{Kind: "a"})
		var chosen Selection
		chosen.add(1)
		return errors.Join(err, tx.PutSelection(number, &chosen), tx.Audit(AuditEntry{Action: "a", Job: number}), no)
	})
	if !errors.Is(err, no) {
		t.Fatal(err)
	}
	entries := 0
	if err := s.AuditEntries(t.Context(), 0, func(AuditEntry) bool { entries++; return true }); err != nil || entries != 0 {
		t.Errorf("%d entries, %v", entries, err)
	}
	if got := jobNumbers(t, s, 0, 9); got != "" {
		t.Errorf("jobs %s", got)
	}
	check(t, s)
}

// A job that is forgotten takes its selection with it, and no other's.
func TestAForgottenJobTakesItsSelectionWithIt(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"), customer("b"))
	chosen := func(ids ...string) *Selection {
		sel := &Selection{}
		if unknown, err := s.Select(sel, ids); err != nil || len(unknown) > 0 {
			t.Fatal(unknown, err)
		}
		return sel
	}
	first, second := addJob(t, s, Job{Kind: "a"}), addJob(t, s, Job{Kind: "b"})
	update(t, s, func(tx *Tx) error {
		return errors.Join(tx.PutSelection(first, chosen("a", "b")), tx.PutSelection(second, chosen("b")))
	})
	update(t, s, func(tx *Tx) error { return tx.DeleteJob(first) })
	if got, done, err := s.Selected(first, 0, 10); err != nil || len(got) != 0 || !done {
		t.Errorf("%v %v %v", got, done, err)
	}
	if got, done, err := s.Selected(second, 0, 10); err != nil || len(got) != 1 || got[0].Record.ID() != "b" || !done {
		t.Errorf("%v %v %v", got, done, err)
	}
	check(t, s)
}
