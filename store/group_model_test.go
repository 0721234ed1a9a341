package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"

	"meibo/dsl/schema"
)

// A wrote is one write of a change, as the transaction told it.
type wrote struct {
	seq    uint64
	id     string
	record schema.Record // none: deleted
}

var errAbandoned = errors.New("abandoned")

// Many writers at once, alone and in groups; some fail, panic or go away,
// before and after they have written. The file then holds exactly what was
// acknowledged, in the order of the seqs, which have no gaps.
func TestModelOfGroups(t *testing.T) {
	const writers = 16
	cases := 100
	if n, err := strconv.Atoi(os.Getenv("MEIBO_CASES")); err == nil {
		cases = min(n, 2_000)
	}
	seed := rand.Uint64()
	if n, err := strconv.ParseUint(os.Getenv("MEIBO_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("MEIBO_SEED=%d", seed)
	dir := t.TempDir()
	s := open(t, dir, Options{})
	acked := make([][]wrote, writers)
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			for range cases {
				acked[w] = append(acked[w], randomChange(t, rnd, s)...)
			}
		})
	}
	running.Wait()
	m := modelOf(t, slices.Concat(acked...))
	compare(t, s, m)
	closeStore(t, s)
	compare(t, open(t, dir, Options{}), m)
}

// randomChange runs one change, however it ends, and returns what of it was
// acknowledged.
func randomChange(t *testing.T, rnd *rand.Rand, s *Store) []wrote {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	run := s.UpdateGrouped
	switch rnd.IntN(12) {
	case 0:
		cancel()
	case 1:
		go cancel() // at any moment
	case 2:
		run = s.Update
	}
	end := rnd.IntN(10)
	moment := rnd.IntN(4) // before so many writes
	choices := rnd.Uint64()
	var done []wrote
	seq, panicked, err := caught(func() (uint64, error) {
		return run(ctx, func(tx *Tx) error {
			done = nil
			rnd := rand.New(rand.NewPCG(choices, 0)) // a second run does the same
			for i := range 3 {
				if i == moment {
					switch end {
					case 0:
						return errAbandoned
					case 1:
						panic(errAbandoned)
					}
				}
				if w, ok := randomWrite(t, rnd, tx); ok {
					done = append(done, w)
				}
			}
			return nil
		})
	})
	switch {
	case panicked != nil && panicked != errAbandoned,
		err != nil && !errors.Is(err, errAbandoned) && !errors.Is(err, context.Canceled):
		t.Errorf("%v, panic %v", err, panicked)
	case err != nil || panicked != nil:
		return nil
	case len(done) > 0 && seq != done[len(done)-1].seq:
		t.Errorf("seq %d of a change that wrote %v", seq, done)
	case seq > s.Seq():
		t.Errorf("seq %d was acknowledged before the store had it", seq)
	}
	return done
}

func caught(run func() (uint64, error)) (seq uint64, panicked any, err error) {
	defer func() { panicked = recover() }()
	seq, err = run()
	return seq, nil, err
}

// randomWrite puts or deletes a customer; ok is false when that was refused or
// changed nothing.
func randomWrite(t *testing.T, rnd *rand.Rand, tx *Tx) (w wrote, ok bool) {
	before := tx.Seq()
	var taken *MemberTakenError
	var err error
	w.id = fmt.Sprint("c", rnd.IntN(40))
	if rnd.IntN(5) == 0 {
		w.seq, err = tx.Delete(w.id)
	} else {
		w.record = randomRecord(rnd, w.id)
		w.seq, err = tx.Put(w.record)
	}
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.As(err, &taken) {
		t.Errorf("write %s: %v", w.id, err)
	}
	return w, err == nil && w.seq > before
}

// modelOf replays acknowledged writes in the order of their seqs.
func modelOf(t *testing.T, acked []wrote) model {
	t.Helper()
	slices.SortFunc(acked, func(a, b wrote) int { return int(a.seq) - int(b.seq) })
	m := model{records: map[string]schema.Record{}, seqs: map[string]uint64{}}
	for _, w := range acked {
		if seq := m.wrote(w.id); seq != w.seq {
			t.Fatalf("seq %d was acknowledged where %d should come", w.seq, seq)
		}
		if w.record.Len() == 0 {
			delete(m.records, w.id)
		} else {
			m.records[w.id] = w.record
		}
	}
	return m
}
