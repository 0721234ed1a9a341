package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

func putSegment(t *testing.T, s *Store, seg Segment, restoredFrom int) Segment {
	t.Helper()
	var kept Segment
	update(t, s, func(tx *Tx) (err error) { kept, err = tx.PutSegment(seg, restoredFrom); return err })
	return kept
}

// told is a segment's versions, newest first: number, filter, author, restored from.
func told(t *testing.T, s *Store, key string) string {
	t.Helper()
	list, err := s.SegmentVersions(key)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, v := range list {
		parts = append(parts, fmt.Sprintf("%d %s %s %d", v.Version, v.Filter, v.Author.Name, v.RestoredFrom))
	}
	return strings.Join(parts, ", ")
}

func TestEachSaveIsAVersion(t *testing.T) {
	now := testClock()
	dir := t.TempDir()
	s := open(t, dir, Options{Clock: func() time.Time { return now }})
	first := putSegment(t, s, Segment{Key: "vip", Filter: "a", Author: Author{"t1", "mia"}}, 0)
	putSegment(t, s, Segment{Key: "vip2", Filter: "x"}, 0) // whose key begins alike
	now = now.Add(time.Hour)
	second := putSegment(t, s, Segment{Key: "vip", Filter: "b", Author: Author{"t2", "ken"}}, 0)
	putSegment(t, s, Segment{Key: "vip", Filter: "a"}, 1)
	if first.Version != 1 || second.Version != 2 || !second.CreatedAt.Equal(first.UpdatedAt) || !second.UpdatedAt.Equal(now) {
		t.Errorf("%+v\n%+v", first, second)
	}
	const want = "3 a  1, 2 b ken 0, 1 a mia 0"
	if got := told(t, s, "vip"); got != want {
		t.Errorf("%s", got)
	}
	closeStore(t, s)
	s = open(t, dir, Options{})
	if got := told(t, s, "vip"); got != want || s.Segments().Len() != 2 {
		t.Errorf("after a restart: %s", got)
	}
	check(t, s)
}

func TestADeletedKeyBeginsAtOneAgain(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	putSegment(t, s, Segment{Key: "a", Filter: "1"}, 0)
	putSegment(t, s, Segment{Key: "a", Filter: "2"}, 0)
	putSegment(t, s, Segment{Key: "b", Filter: "3"}, 0)
	before := s.Segments()
	update(t, s, func(tx *Tx) error { return tx.DeleteSegment("a") })
	if _, ok := s.Segments().Lookup("a"); ok || told(t, s, "a") != "" || told(t, s, "b") != "1 3  0" {
		t.Errorf("left: %s", told(t, s, "a"))
	}
	if _, ok := before.Lookup("a"); !ok || before.Len() != 2 {
		t.Error("a set that somebody holds was changed")
	}
	if _, err := s.Update(t.Context(), func(tx *Tx) error { return tx.DeleteSegment("a") }); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if again := putSegment(t, s, Segment{Key: "a", Filter: "4"}, 0); again.Version != 1 || told(t, s, "a") != "1 4  0" {
		t.Errorf("%+v %s", again, told(t, s, "a"))
	}
	check(t, s)
}

// A transaction that ends in an error leaves the set and the file as they were.
func TestARefusedSaveLeavesNothing(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	putSegment(t, s, Segment{Key: "a", Filter: "1"}, 0)
	failure := errors.New("no")
	_, err := s.Update(t.Context(), func(tx *Tx) error {
		if _, err := tx.PutSegment(Segment{Key: "a", Filter: "2"}, 0); err != nil {
			return err
		}
		if seg, _ := tx.Segments().Lookup("a"); seg.Filter != "2" {
			t.Errorf("the transaction does not see its own: %+v", seg)
		}
		return failure
	})
	if seg, _ := s.Segments().Lookup("a"); !errors.Is(err, failure) || seg.Filter != "1" || told(t, s, "a") != "1 1  0" {
		t.Errorf("%v %+v %s", err, seg, told(t, s, "a"))
	}
	for _, key := range []string{"", "a\x00b", strings.Repeat("k", MaxSegmentKey+1)} {
		if err := s.PutSegment(Segment{Key: key}); err == nil {
			t.Errorf("%q is taken", key)
		}
	}
	if err := s.PutSegment(Segment{Key: strings.Repeat("k", MaxSegmentKey)}); err != nil {
		t.Error(err)
	}
}

// A segment from before there were versions is its first, and stays it.
func TestAnOlderSegmentIsItsFirstVersion(t *testing.T) {
	dir := t.TempDir()
	closeStore(t, open(t, dir, Options{}))
	editFile(t, dir, func(btx *bolt.Tx) error {
		b, err := tableOf(btx, bucketSegments)
		if err != nil {
			return err
		}
		return b.put([]byte("old"), []byte(`{"key":"old","filter":"member","createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-02T00:00:00Z"}`))
	})
	s := open(t, dir, Options{})
	check(t, s)
	if got := told(t, s, "old"); got != "1 member  0" {
		t.Errorf("%s", got)
	}
	putSegment(t, s, Segment{Key: "old", Filter: "tags"}, 0)
	if got := told(t, s, "old"); got != "2 tags  0, 1 member  0" {
		t.Errorf("%s", got)
	}
	check(t, s)
}

func TestOldVersionsGoFirst(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	update(t, s, func(tx *Tx) error {
		for i := range MaxSegmentVersions + 2 {
			if _, err := tx.PutSegment(Segment{Key: "a", Filter: fmt.Sprint(i + 1)}, 0); err != nil {
				return err
			}
		}
		return nil
	})
	list, err := s.SegmentVersions("a")
	if err != nil || len(list) != MaxSegmentVersions || list[0].Version != MaxSegmentVersions+2 || list[len(list)-1].Version != 3 {
		t.Errorf("%d versions, %v", len(list), err)
	}
	check(t, s)
}

func TestThereIsRoomForSoManySegments(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	var full, again error
	update(t, s, func(tx *Tx) error {
		for i := range MaxSegments {
			if _, err := tx.PutSegment(Segment{Key: fmt.Sprint(i)}, 0); err != nil {
				return err
			}
		}
		_, full = tx.PutSegment(Segment{Key: "more"}, 0)
		_, again = tx.PutSegment(Segment{Key: "7", Filter: "x"}, 0)
		return nil
	})
	if !errors.Is(full, ErrTooManySegments) || again != nil || s.Segments().Len() != MaxSegments {
		t.Errorf("%v, %v, %d", full, again, s.Segments().Len())
	}
}
