package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"meibo/dsl/schema"
)

func TestChanges(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"), customer("b"), customer("c"))
	put(t, s, customer("a", "name", schema.Text("new")))
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("b"); return err })

	tests := []struct {
		after uint64
		limit int
		want  string
	}{
		{0, 0, "3 c, 4 a, 5 b gone"},
		{0, 2, "1 a, 2 b gone"}, // as they are now
		{2, 1, "3 c"},
		{3, 100, "4 a, 5 b gone"},
	}
	for _, test := range tests {
		changes, err := s.Changes(t.Context(), test.after, test.limit)
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(changes); got != test.want {
			t.Errorf("after %d, limit %d: %s, want %s", test.after, test.limit, got, test.want)
		}
	}
	if changes, _ := s.Changes(t.Context(), 0, 1); changes[0].Record.Get("name").Text() != "new" {
		t.Error("a change does not show the record as it is now")
	}
}

// Large records make a batch shorter, and what it covers is covered.
func TestChangesBoundsMemory(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"), customer("b"), customer("a", "name", schema.Text("x")), customer("c"))
	err := s.view(func(v *view) error {
		entries, err := v.entries(0, 100)
		if err != nil {
			return err
		}
		for budget, want := range map[int]string{0: "1 a", 30: "2 b, 3 a", 1 << 20: "2 b, 3 a, 4 c"} {
			cut, err := v.within(entries, budget)
			if err != nil {
				return err
			}
			changes, err := v.changes(cut)
			if got := describe(changes); got != want {
				t.Errorf("budget %d: %s, want %s", budget, got, want)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func describe(changes []schema.Change) string {
	text := ""
	for i, c := range changes {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(c.Seq, " ", c.ID)
		if c.Record == nil {
			text += " gone"
		}
	}
	return text
}

func TestChangesWaits(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Changes(ctx, 0, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing to tell: %v", err)
	}
	type answer struct {
		changes []schema.Change
		err     error
	}
	wait := func(after uint64) chan answer {
		got := make(chan answer, 1)
		go func() {
			changes, err := s.Changes(context.Background(), after, 10)
			got <- answer{changes, err}
		}()
		return got
	}
	first := wait(0)
	put(t, s, customer("a"))
	if a := <-first; a.err != nil || describe(a.changes) != "1 a" {
		t.Errorf("%s, %v", describe(a.changes), a.err)
	}
	second := wait(1)
	closeStore(t, s)
	if a := <-second; !errors.Is(a.err, ErrClosed) {
		t.Errorf("closed while waiting: %v", a.err)
	}
	for name, err := range map[string]error{
		"Changes":  func() error { _, err := s.Changes(t.Context(), 0, 1); return err }(),
		"Customer": func() error { _, err := s.Customer("a"); return err }(),
		"Scan":     func() error { _, err := s.Scan(t.Context(), nil); return err }(),
		"Update":   func() error { _, err := s.Update(t.Context(), nil); return err }(),
		"Check":    s.Check(t.Context()),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s of a closed store: %v", name, err)
		}
	}
}

func TestTrimLog(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	for i := range 3 {
		update(t, s, func(tx *Tx) error {
			for j := range trimChunk {
				if _, err := tx.Put(customer(fmt.Sprint("c", j), "profile.i", schema.Num(float64(i)))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	const bound = 2*trimChunk + 17
	if err := s.TrimLog(t.Context(), bound); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		check(t, s)
		if _, err := s.Changes(t.Context(), bound-1, 1); !errors.Is(err, ErrTrimmed) {
			t.Errorf("below the bound: %v", err)
		}
		if changes, err := s.Changes(t.Context(), bound, 1); err != nil || changes[0].Seq != bound+1 {
			t.Errorf("%s, %v", describe(changes), err)
		}
		closeStore(t, s)
		s = open(t, dir, Options{})
	}
	// All of it, and beyond: seqs go on where they were.
	if err := s.TrimLog(t.Context(), 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := s.TrimLog(t.Context(), 5); err != nil { // trimmed already
		t.Fatal(err)
	}
	closeStore(t, s)
	s = open(t, dir, Options{})
	if seq := put(t, s, customer("next")); seq != 3*trimChunk+1 {
		t.Errorf("the seq after trimming everything is %d", seq)
	}
	check(t, s)
}

func TestScan(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if seq, err := s.Scan(t.Context(), func(schema.Record) error { t.Error("yields"); return nil }); seq != 0 || err != nil {
		t.Errorf("an empty store: %d, %v", seq, err)
	}
	put(t, s, customer("b"), customer("a"), customer("c"))
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("a"); return err })
	var ids []string
	seq, err := s.Scan(t.Context(), func(r schema.Record) error {
		ids = append(ids, r.ID())
		// Is not seen, and must not wait for the scan although the file grows
		// far beyond what it was: see mapBytes.
		update(t, s, func(tx *Tx) error {
			for i := range 2000 {
				if _, err := tx.Put(fortyFields(fmt.Sprint("later", len(ids), ".", i))); err != nil {
					return err
				}
			}
			return nil
		})
		return nil
	})
	if err != nil || seq != 4 || fmt.Sprint(ids) != "[b c]" {
		t.Errorf("%v, seq %d, %v", ids, seq, err)
	}
	stop := errors.New("stop")
	if _, err := s.Scan(t.Context(), func(schema.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("yield's error: %v", err)
	}
	defer func() {
		if p := recover(); p != "the caller's" {
			t.Errorf("recovered %v", p)
		}
	}()
	_, _ = s.Scan(t.Context(), func(schema.Record) error { panic("the caller's") })
}

// Several writers and followers at once: each follower sees every seq, in
// order, and ends with what the store has.
func TestWritersAndFollowers(t *testing.T) {
	const writers, writes = 4, 50
	s := open(t, t.TempDir(), Options{})
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range writes {
				_, err := s.Update(context.Background(), func(tx *Tx) error {
					id := fmt.Sprint("c", (w+i)%7)
					if i%10 == 9 {
						if _, err := tx.Delete(id); !errors.Is(err, ErrNotFound) {
							return err
						}
					}
					_, err := tx.Put(customer(id, "profile.by", schema.Num(float64(w)), "profile.i", schema.Num(float64(i))))
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	var followers sync.WaitGroup
	for range 3 {
		followers.Go(func() { follow(t, s, done) })
	}
	all.Wait()
	close(done)
	put(t, s, customer("last")) // wakes whoever has read everything
	followers.Wait()
	check(t, s)
}

func follow(t *testing.T, s *Store, done chan struct{}) {
	known := map[string]schema.Record{}
	var at uint64
	for {
		select {
		case <-done:
			if at == s.Seq() && known["last"].Len() > 0 {
				sameCustomers(t, s, known)
				return
			}
		default:
		}
		changes, err := s.Changes(context.Background(), at, 7)
		if err != nil {
			t.Error(err)
			return
		}
		for _, c := range changes {
			if c.Seq <= at {
				t.Errorf("seq %d after %d", c.Seq, at)
			}
			at = c.Seq
			if c.Record == nil {
				delete(known, c.ID)
			} else {
				known[c.ID] = *c.Record
			}
		}
		if at > s.Seq() {
			t.Errorf("told of seq %d when %d was committed", at, s.Seq())
		}
	}
}

func sameCustomers(t *testing.T, s *Store, want map[string]schema.Record) {
	t.Helper()
	got := map[string]schema.Record{}
	if _, err := s.Scan(t.Context(), func(r schema.Record) error { got[r.ID()] = r; return nil }); err != nil {
		t.Error(err)
	}
	if len(got) != len(want) || s.Len() != len(want) {
		t.Errorf("%d customers are scanned, %d counted, %d wanted", len(got), s.Len(), len(want))
	}
	for id, r := range want {
		if !got[id].Equal(r) {
			t.Errorf("%s is %v, want %v", id, got[id], r)
		}
	}
}
