package store

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// Whatever is added in whatever order, and however it is read, a selection is
// the set that a map is.
func TestASelectionIsASet(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	s := open(t, t.TempDir(), Options{})
	for range 30 {
		var chosen Selection
		want := map[uint64]bool{}
		most := []uint64{10, 1 << activeBits, 1 << 20, 1 << 40}[random.IntN(4)]
		for range random.IntN(300) {
			number := 1 + random.Uint64N(most)
			if random.IntN(8) == 0 {
				number = (1 + random.Uint64N(9)) << activeBits // where chunks begin
			}
			chosen.add(number)
			want[number] = true
		}
		if chosen.Len() != len(want) {
			t.Fatalf("seed %d: %d, want %d", seed, chosen.Len(), len(want))
		}
		job := addJob(t, s, Job{Kind: "bulk"})
		update(t, s, func(tx *Tx) error { return tx.PutSelection(job, &Selection{}) })
		update(t, s, func(tx *Tx) error { return tx.PutSelection(job, &chosen) })
		sorted := slices.Sorted(maps.Keys(want))
		limit := 1 + random.IntN(50)
		var got []uint64
		for after, done := uint64(0), false; !done; {
			var page []uint64
			err := s.view(func(v *view) (err error) {
				page, done, err = v.selectedNumbers(job, after, limit)
				return err
			})
			if err != nil || len(page) > limit || len(page) == 0 && !done {
				t.Fatalf("seed %d: after %d: %d of %d, %v", seed, after, len(page), limit, err)
			}
			if got = append(got, page...); len(page) > 0 {
				after = page[len(page)-1]
			}
		}
		if !slices.Equal(got, sorted) {
			t.Fatalf("seed %d: limit %d:\n%v\n%v", seed, limit, got, sorted)
		}
	}
	check(t, s)
}

// Select means customers that are there: once, by any id that leads to them.
func TestSelectFindsWhoIsThere(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a", "name", schema.Text("佐藤")), customer("b"), customer("gone"), customer("old"))
	merge(t, s, "old", "b")
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("gone"); return err })
	var chosen Selection
	unknown, err := s.Select(&chosen, []string{"a", "b", "old", "a", "gone", "never", ""})
	if err != nil || !slices.Equal(unknown, []string{"gone", "never", ""}) || chosen.Len() != 2 {
		t.Fatalf("%q, %d, %v", unknown, chosen.Len(), err)
	}
	job := addJob(t, s, Job{Kind: "bulk"})
	update(t, s, func(tx *Tx) error { return tx.PutSelection(job, &chosen) })

	// What happens to customers later does not change for whom the job is.
	update(t, s, func(tx *Tx) error { _, err := tx.Delete("a"); return err })
	put(t, s, customer("new"))
	list, done, err := s.Selected(job, 0, 10)
	if err != nil || !done || fmt.Sprint(shape(list)) != "[- b]" {
		t.Errorf("%v %v %v", shape(list), done, err)
	}
	update(t, s, func(tx *Tx) error {
		inside, done, err := tx.Selected(job, list[0].Number, 1)
		if err != nil || !done || fmt.Sprint(shape(inside)) != "[b]" {
			t.Errorf("in a transaction: %v %v %v", shape(inside), done, err)
		}
		return nil
	})
}

// shape is the ids of those that are there, - for the others.
func shape(list []Selected) (ids []string) {
	for _, one := range list {
		if id := one.Record.ID(); one.Live {
			ids = append(ids, id)
		} else {
			ids = append(ids, "-")
		}
	}
	return ids
}

func TestASelectionIsReplacedWhole(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	job := addJob(t, s, Job{Kind: "bulk"})
	var wide, narrow Selection
	wide.add(1)
	wide.add(5 << activeBits)
	narrow.add(2)
	update(t, s, func(tx *Tx) error { return tx.PutSelection(job, &wide) })
	update(t, s, func(tx *Tx) error { return tx.PutSelection(job, &narrow) })
	list, done, err := s.Selected(job, 0, 10)
	if err != nil || !done || len(list) != 1 || list[0].Number != 2 || list[0].Live {
		t.Errorf("%+v %v %v", list, done, err)
	}
}
