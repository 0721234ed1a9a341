package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"meibo/dsl/schema"
)

// A copy is what the store was at that moment, and a store of its own.
func TestACopyIsAStoreOfItsOwn(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, schema.NewRecord("a"), schema.NewRecord("b"))
	dir := filepath.Join(t.TempDir(), "scratch")
	if err := s.CopyTo(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	put(t, s, schema.NewRecord("later"))
	c := open(t, dir, Options{Scratch: true})
	if c.Len() != 2 || c.Epoch() != s.Epoch() || c.Seq() != 2 {
		t.Errorf("%d customers, seq %d", c.Len(), c.Seq())
	}
	put(t, c, schema.NewRecord("there"))
	if _, err := s.Customer("there"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestACopyThatIsInterruptedLeavesNothing(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	dir := t.TempDir()
	if err := s.CopyTo(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Error(names, err)
	}
}

// Numbers lead to customers, and the log to the numbers that changed.
func TestCustomersByNumber(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, schema.NewRecord("a"), schema.NewRecord("b"), schema.NewRecord("c"))
	numbers := map[string]uint64{}
	seq, err := s.ScanNumbers(t.Context(), func(number uint64, r schema.Record) error {
		numbers[r.ID()] = number
		return nil
	})
	if err != nil || seq != 3 || len(numbers) != 3 {
		t.Fatal(seq, numbers, err)
	}
	update(t, s, func(tx *Tx) error {
		if _, err := tx.Delete("b"); err != nil {
			return err
		}
		if _, live, err := tx.Numbered(numbers["b"]); live || err != nil {
			t.Errorf("the deleted one is there: %v", err)
		}
		if r, live, err := tx.Numbered(numbers["c"]); !live || r.ID() != "c" || err != nil {
			t.Error(r.ID(), live, err)
		}
		var changed []uint64
		if err := tx.ChangedSince(2, func(number uint64) { changed = append(changed, number) }); err != nil {
			return err
		}
		if !slices.Equal(changed, []uint64{numbers["c"], numbers["b"]}) {
			t.Error(changed)
		}
		return nil
	})
	if err := s.TrimLog(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx *Tx) error {
		if err := tx.ChangedSince(2, func(uint64) {}); !errors.Is(err, ErrTrimmed) {
			t.Error(err)
		}
		return nil
	})
}
