package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// A result is what a caller of UpdateGrouped was told.
type result struct {
	seq      uint64
	err      error
	panicked any
}

// inOneGroup holds the writer up until all changes wait, so that they are of
// one group, in their order.
func inOneGroup(t *testing.T, s *Store, changes ...func(*Tx) error) []result {
	t.Helper()
	results := make([]chan result, len(changes))
	update(t, s, func(*Tx) error {
		for i, change := range changes {
			results[i] = make(chan result, 1)
			go func() { results[i] <- grouped(s, t.Context(), change) }()
			waitFor(s, i+1)
		}
		return nil
	})
	var list []result
	for _, r := range results {
		list = append(list, <-r)
	}
	return list
}

func grouped(s *Store, ctx context.Context, change func(*Tx) error) (r result) {
	defer func() { r.panicked = recover() }()
	r.seq, r.err = s.UpdateGrouped(ctx, change)
	return r
}

// waitFor returns when so many changes are in the queue.
func waitFor(s *Store, n int) {
	for {
		s.queue.mu.Lock()
		there := len(s.queue.waiting)
		s.queue.mu.Unlock()
		if there >= n {
			return
		}
		time.Sleep(50 * time.Microsecond)
	}
}

func putting(id string, values ...any) func(*Tx) error {
	return func(tx *Tx) error { _, err := tx.Put(customer(id, values...)); return err }
}

// Changes that wait at the same time share a transaction; each has its seq.
func TestAGroupIsOneTransaction(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	var transactions, saw []int
	var changes []func(*Tx) error
	for i := range 20 {
		changes = append(changes, func(tx *Tx) error {
			transactions, saw = append(transactions, tx.bolt.ID()), append(saw, int(tx.Seq()))
			return putting(fmt.Sprint("c", i))(tx)
		})
	}
	for i, r := range inOneGroup(t, s, changes...) {
		if r.err != nil || r.seq != uint64(i+1) || saw[i] != i || transactions[i] != transactions[0] {
			t.Errorf("change %d: %+v, saw seq %d in transaction %d of %v", i, r, saw[i], transactions[i], transactions)
		}
	}
	check(t, s)
}

// A refusal costs nobody anything: nothing runs twice.
func TestARefusalInAGroup(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	runs := 0
	counted := func(change func(*Tx) error) func(*Tx) error {
		return func(tx *Tx) error { runs++; return change(tx) }
	}
	got := inOneGroup(t, s,
		counted(putting("a", "memberId", schema.Text("m"))),
		counted(putting("b", "memberId", schema.Text("m"))),
		counted(func(tx *Tx) error { _, err := tx.Delete("nobody"); return err }),
		counted(putting("a", "memberId", schema.Text("m"))), // equal: writes nothing
		counted(putting("c")))
	var taken *MemberTakenError
	if !errors.As(got[1].err, &taken) || taken.ID != "a" || !errors.Is(got[2].err, ErrNotFound) {
		t.Errorf("refusals: %v, %v", got[1].err, got[2].err)
	}
	for i, want := range map[int]uint64{0: 1, 1: 0, 2: 0, 3: 1, 4: 2} {
		if got[i].seq != want || i != 1 && i != 2 && got[i].err != nil {
			t.Errorf("change %d: %+v, want seq %d", i, got[i], want)
		}
	}
	if runs != 5 {
		t.Errorf("%d runs of 5 changes", runs)
	}
	check(t, s)
}

// Whatever a change does after it has written, nothing of it stays, its caller
// is told and the others are written.
func TestAFailureInAGroup(t *testing.T) {
	broken := errors.New("broken")
	for name, fail := range map[string]func(*Tx) error{
		"error":       func(*Tx) error { return broken },
		"panic":       func(*Tx) error { panic(broken) },
		"fault":       func(tx *Tx) error { _ = tx.fail(broken); return nil }, // which the change ignores
		"end of ctx ": func(tx *Tx) error { return context.Canceled },
	} {
		for _, failing := range []int{1, 3, maxRetries + 3} {
			s := open(t, t.TempDir(), Options{})
			changes := []func(*Tx) error{putting("first")}
			for i := range failing {
				changes = append(changes, func(tx *Tx) error {
					return errors.Join(putting(fmt.Sprint("bad", i), "profile.new", schema.Num(1))(tx), fail(tx))
				})
			}
			got := inOneGroup(t, s, append(changes, putting("last"))...)
			for i, r := range got {
				bad := i > 0 && i <= failing
				switch {
				case bad && name == "panic" && r.panicked != broken,
					bad && name != "panic" && (r.err == nil || r.seq != 0),
					!bad && (r.err != nil || r.panicked != nil || r.seq == 0):
					t.Errorf("%s, %d failing: change %d: %+v", name, failing, i, r)
				}
			}
			if s.Seq() != 2 || s.Len() != 2 || len(s.numbers.Load().keys) != 2 {
				t.Errorf("%s: seq %d, %d customers, fields %v", name, s.Seq(), s.Len(), s.numbers.Load().keys)
			}
			sameCustomers(t, s, map[string]schema.Record{"first": customer("first"), "last": customer("last")})
			check(t, s)
		}
	}
}

// A change that ends its goroutine, as a failing test does, may end the
// leader's: the others are written all the same.
func TestAGroupWhoseLeaderIsGone(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	ended := make(chan struct{})
	results := make(chan result, 3)
	update(t, s, func(*Tx) error {
		go func() {
			defer close(ended)
			_, _ = s.UpdateGrouped(t.Context(), func(*Tx) error { runtime.Goexit(); return nil })
		}()
		waitFor(s, 1)
		for i := range 3 {
			go func() { results <- grouped(s, t.Context(), putting(fmt.Sprint("c", i))) }()
			waitFor(s, i+2)
		}
		return nil
	})
	<-ended
	for range 3 {
		if r := <-results; r.err != nil || r.seq == 0 {
			t.Errorf("%+v", r)
		}
	}
	if s.Len() != 3 {
		t.Errorf("%d customers", s.Len())
	}
}

// ctx ends the wait for one's turn: the change has then never run.
func TestAGroupWithoutWhoLeft(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ran := false
	update(t, s, func(*Tx) error {
		left := make(chan result)
		go func() { left <- grouped(s, ctx, func(*Tx) error { ran = true; return nil }) }()
		waitFor(s, 1)
		cancel()
		if r := <-left; !errors.Is(r.err, context.Canceled) {
			t.Errorf("%+v", r)
		}
		return nil
	})
	if r := grouped(s, ctx, func(*Tx) error { ran = true; return nil }); !errors.Is(r.err, context.Canceled) || ran {
		t.Errorf("%+v; ran: %v", r, ran)
	}
}

// What a change keeps of its Tx is over when its turn is, not when the
// group's is.
func TestATxOfAGroupIsOver(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	var kept *Tx
	got := inOneGroup(t, s,
		func(tx *Tx) error { kept = tx; return nil },
		func(*Tx) error { _, err := kept.Put(customer("late")); return err })
	if got[0].err != nil || !errors.Is(got[1].err, ErrTxDone) || s.Len() != 0 {
		t.Errorf("%+v; %d customers", got, s.Len())
	}
}

// When the disk fails nobody of the group is told anything else, not even who
// was refused because of another's write that is now lost.
func TestAGroupThatTheDiskDidNotTake(t *testing.T) {
	dir := t.TempDir()
	closeStore(t, open(t, dir, Options{}))
	s := open(t, dir, Options{openFile: func(name string, _ int, mode os.FileMode) (*os.File, error) {
		return os.OpenFile(name, os.O_RDONLY, mode)
	}})
	got := inOneGroup(t, s, putting("a", "memberId", schema.Text("m")), putting("b", "memberId", schema.Text("m")))
	for i, r := range got {
		if !errors.Is(r.err, ErrReadOnly) || r.seq != 0 {
			t.Errorf("change %d: %+v", i, r)
		}
	}
	if r := grouped(s, t.Context(), putting("c")); !errors.Is(r.err, ErrReadOnly) {
		t.Errorf("afterwards: %+v", r)
	}
}
