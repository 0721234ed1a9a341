package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"meibo/dsl/schema"
)

// A pair is two customers that one writer puts and deletes, both in each write.
type pair struct {
	ids   []string
	acked atomic.Uint64 // the seq of the last write of the first that was acknowledged
}

// Writers and readers of pages at once. A writer reads what was acknowledged,
// deletions too; no reader gets a customer from before a write that was
// acknowledged when it began, or half of a write.
func TestModelOfPages(t *testing.T) {
	const writers, readers = 3, 2
	cases := 40
	if n, err := strconv.Atoi(os.Getenv("MEIBO_CASES")); err == nil {
		cases = min(n, 5_000)
	}
	seed := rand.Uint64()
	if n, err := strconv.ParseUint(os.Getenv("MEIBO_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("MEIBO_SEED=%d", seed)
	s := open(t, t.TempDir(), Options{})
	pairs := make([]pair, 4*writers)
	for i := range pairs {
		pairs[i].ids = []string{fmt.Sprint("left", i), fmt.Sprint("right", i)}
	}
	var writing, reading sync.WaitGroup
	var over atomic.Bool
	for w := range writers {
		writing.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			for range cases {
				changePair(t, s, rnd, &pairs[rnd.IntN(4)*writers+w])
			}
		})
	}
	for r := range readers {
		reading.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(writers+r)))
			for !over.Load() {
				readPairs(t, s, pairs, rnd.Perm(len(pairs))[:1+rnd.IntN(len(pairs))])
			}
		})
	}
	writing.Wait()
	over.Store(true)
	reading.Wait()
	check(t, s)
	if s.recent.byID.Len() == 0 {
		t.Error("nothing was kept")
	}
}

// changePair writes or deletes both customers, after a write that fails in some
// cases, and reads them.
func changePair(t *testing.T, s *Store, rnd *rand.Rand, p *pair) {
	run := s.UpdateGrouped
	if rnd.IntN(4) == 0 {
		run = s.Update
	}
	value, gone := schema.Num(rnd.Float64()), rnd.IntN(5) == 0
	var first uint64
	change := func(tx *Tx) (err error) {
		seqs := make([]uint64, len(p.ids))
		for i, id := range p.ids {
			if seqs[i], err = tx.Put(customer(id, "profile.i", value)); err == nil && gone {
				seqs[i], err = tx.Delete(id)
			}
			if err != nil {
				return err
			}
		}
		first = seqs[0]
		return nil
	}
	if rnd.IntN(4) == 0 {
		_, err := run(t.Context(), func(tx *Tx) error { return errors.Join(change(tx), errAbandoned) })
		if !errors.Is(err, errAbandoned) {
			t.Errorf("a write that fails: %v", err)
		}
	}
	if _, err := run(t.Context(), change); err != nil {
		t.Error(err)
	}
	p.acked.Store(first)
	for range 2 { // from the file or from memory
		page, err := s.Customers(p.ids)
		if err != nil {
			t.Error(err)
			return
		}
		for i, c := range page {
			if c.Record.Get("profile.i").Equal(value) == gone || gone != (c.Record.Len() == 0) {
				t.Errorf("%s is %v after %v was written; deleted: %v", p.ids[i], c, value, gone)
			}
		}
	}
}

func readPairs(t *testing.T, s *Store, pairs []pair, chosen []int) {
	var ids []string
	var acked []uint64
	for _, i := range chosen {
		ids = append(ids, pairs[i].ids...)
		acked = append(acked, pairs[i].acked.Load())
	}
	page, err := s.Customers(ids)
	if err != nil {
		t.Error(err)
		return
	}
	for i, before := range acked {
		left, right := page[2*i], page[2*i+1]
		if !left.Record.Get("profile.i").Equal(right.Record.Get("profile.i")) {
			t.Errorf("half of a write: %v, %v", left, right)
		}
		if left.Seq != 0 && left.Seq < before {
			t.Errorf("%s of seq %d was read after %d was acknowledged", ids[2*i], left.Seq, before)
		}
	}
}

// A reader that began before a commit was over keeps nothing of what it read.
func TestALateReaderKeepsNothing(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"), customer("b"))
	old, err := s.Customers([]string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	for _, late := range []func(){
		func() { s.recent.begin([]string{"a"}) },
		func() { s.recent.end() },
	} {
		_, moment := s.recent.find(nil, nil)
		late()
		if s.recent.keep(moment, old) || s.recent.byID.Contains("a") {
			t.Error("the record of before the commit was kept")
		}
	}
	s.recent.begin([]string{"a"})
	_, moment := s.recent.find(nil, nil)
	if !s.recent.keep(moment, old) || s.recent.byID.Contains("a") || !s.recent.byID.Contains("b") {
		t.Error("during a commit, all but its customers are kept")
	}
	s.recent.end()
}

// What a commit that failed has written is read from the file from then on.
func TestPagesAfterAFailedCommit(t *testing.T) {
	var disk *os.File
	s := open(t, t.TempDir(), Options{openFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		f, err = os.OpenFile(name, flag, mode)
		disk = f
		return f, err
	}})
	put(t, s, customer("a"), customer("b"))
	ids := []string{"a", "b"}
	for range 2 {
		if _, err := s.Customers(ids); err != nil {
			t.Fatal(err)
		}
	}
	if err := disk.Close(); err != nil { // from now on every write to it fails
		t.Fatal(err)
	}
	_, err := s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Put(customer("a", "profile.i", schema.Num(1))); return err })
	if !errors.Is(err, ErrReadOnly) {
		t.Fatalf("the failed commit: %v", err)
	}
	for range 2 {
		page, err := s.Customers(ids)
		if err != nil || !page[0].Record.Equal(customer("a")) || !page[1].Record.Equal(customer("b")) {
			t.Errorf("%v, %v", page, err)
		}
	}
	if s.recent.byID.Contains("a") || !s.recent.byID.Contains("b") {
		t.Errorf("kept: %v", s.recent.byID.Keys())
	}
}

func TestPagesOfAClosedStore(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"))
	for kept := range 2 {
		if _, err := s.Customers([]string{"a"}); err != nil || s.recent.byID.Len() != kept {
			t.Fatalf("%v; %d kept, want %d: who is read twice", err, s.recent.byID.Len(), kept)
		}
	}
	closeStore(t, s)
	if page, err := s.Customers([]string{"a"}); !errors.Is(err, ErrClosed) {
		t.Errorf("%v, %v", page, err)
	}
}

func TestLargePagesAreNotKept(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	put(t, s, customer("a"))
	page, err := s.Customers(slices.Repeat([]string{"a"}, recentPage+1))
	if err != nil || len(page) != recentPage+1 || page[recentPage].Record.ID() != "a" || s.recent.byID.Len() != 0 {
		t.Errorf("%d customers, %v; %d kept", len(page), err, s.recent.byID.Len())
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	for what, text := range map[string]string{"customers": "", "bytes": strings.Repeat("x", schema.MaxTextBytes)} {
		r := newRecent()
		for i := range recentCustomers + 100 {
			one := customer(fmt.Sprint(i), "profile.a", schema.Text(text), "profile.b", schema.Strings(text, "y"))
			if c := (Customer{Record: one}); !r.keep(0, []Customer{c, c}) {
				t.Fatal("not kept")
			}
		}
		total := 0
		for _, k := range r.byID.Values() {
			total += keptBytes(k.Record)
		}
		if r.bytes != total || total > recentBytes || r.byID.Len() > recentCustomers {
			t.Errorf("%s: %d customers of %d bytes, %d by the count", what, r.byID.Len(), total, r.bytes)
		}
		if last := fmt.Sprint(recentCustomers + 99); !r.byID.Contains(last) || r.byID.Contains("0") {
			t.Errorf("%s: the oldest stayed or the newest went", what)
		}
	}
}

func TestTheSizeOfAValue(t *testing.T) {
	if n := reflect.TypeFor[schema.Value]().Size() + reflect.TypeFor[string]().Size(); n != valueBytes {
		t.Errorf("a value and its key take %d bytes", n)
	}
}
