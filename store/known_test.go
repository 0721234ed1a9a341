package store

import (
	"errors"
	"fmt"
	"testing"
)

// A hint that leads to another customer, to a deleted one or to none changes
// no answer.
func TestAWrongHint(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"), customer("b"), customer("gone"))
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("gone"); return err })
	for _, number := range []uint64{1, 2, 3, 4, 1 << 39} {
		for _, id := range []string{"a", "b", "gone", "nobody"} {
			s.known.note(id, number)
			c, err := s.Customer(id)
			switch id {
			case "gone":
				if !errors.Is(err, ErrDeleted) {
					t.Errorf("the deleted customer, hint %d: %v", number, err)
				}
			case "nobody":
				if !errors.Is(err, ErrNotFound) || errors.Is(err, ErrDeleted) {
					t.Errorf("nobody, hint %d: %v", number, err)
				}
			default:
				if err != nil || c.Record.ID() != id {
					t.Errorf("%s, hint %d: %v, %v", id, number, c, err)
				}
			}
		}
	}
}

// Numbers that a rollback took back are given again to other customers.
func TestAHintOfARollback(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for i := range 20 {
		id := fmt.Sprint("c", i)
		_, err := s.Update(t.Context(), func(tx *Tx) error {
			if _, err := tx.Put(customer("lost" + id)); err != nil {
				t.Error(err)
			}
			if c, err := tx.Customer("lost" + id); err != nil || c.Record.ID() != "lost"+id {
				t.Errorf("inside: %v, %v", c, err)
			}
			return errAbandoned
		})
		if !errors.Is(err, errAbandoned) {
			t.Error(err)
		}
		put(t, s, customer(id))
		if _, err := s.Customer("lost" + id); !errors.Is(err, ErrNotFound) {
			t.Errorf("what was rolled back: %v", err)
		}
		if c, err := s.Customer(id); err != nil || c.Record.ID() != id {
			t.Errorf("%v, %v", c, err)
		}
	}
}
