package store

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// crashWriters makes the child of the crash tests write from many goroutines.
const crashWriters = "MEIBO_TEST_CRASH_WRITERS"

const crashingWriters = 8

// groupedCrashWrites never returns. Each writer counts up in a pair of
// customers of its own, and refuses every fifth of its writes half done.
func groupedCrashWrites(t *testing.T, s *Store) {
	var writers sync.WaitGroup
	for w := range crashingWriters {
		writers.Go(func() {
			for i := 1; ; i++ {
				seq, err := s.UpdateGrouped(t.Context(), func(tx *Tx) error {
					for _, half := range []string{"left", "right"} {
						if _, err := tx.Put(customer(fmt.Sprint(half, w), "profile.i", schema.Num(float64(i)))); err != nil {
							return err
						}
						if i%5 == 0 {
							return errAbandoned
						}
					}
					return nil
				})
				if err == nil {
					fmt.Printf("ack %d %d %d\n", seq, w, i)
				}
			}
		})
	}
	writers.Wait()
}

// A process is killed in the middle of the groups of eight writers. Each pair
// has what its writer was last told, or one write more, both halves alike.
func TestCrashInAGroup(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 3))
	for range rounds {
		dir := t.TempDir()
		acks := killedWriter(t, dir, 20+rnd.IntN(200), time.Duration(rnd.IntN(2000))*time.Microsecond, crashWriters+"=1")
		var told [crashingWriters]int
		for _, line := range acks {
			var seq uint64
			var w, i int
			if n, _ := fmt.Sscanf(line, "ack %d %d %d", &seq, &w, &i); n == 3 { // the last line may be cut
				told[w] = max(told[w], i)
			}
		}
		s := open(t, dir, Options{})
		check(t, s)
		for w, last := range told {
			left, right := counted(t, s, fmt.Sprint("left", w)), counted(t, s, fmt.Sprint("right", w))
			next := last + 1
			if next%5 == 0 {
				next++
			}
			if left != right || left != last && left != next {
				t.Errorf("writer %d was told of write %d; the file has %d and %d", w, last, left, right)
			}
		}
		closeStore(t, s)
	}
}

// counted is how far a crashed writer came with a customer; 0 for none.
func counted(t *testing.T, s *Store, id string) int {
	t.Helper()
	c, err := s.Customers([]string{id})
	if err != nil {
		t.Fatal(err)
	}
	return int(c[0].Record.Get("profile.i").Num())
}
