package store

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"meibo/dsl/schema"
)

const crashFolder = "MEIBO_TEST_CRASH_FOLDER"

// crashWrite is write number i of the child: what it does depends on i alone.
func crashWrite(i int, put func(schema.Record) error, del func(id string) error) error {
	for j := range 1 + i%5 {
		if err := put(customer(fmt.Sprint("c", (i*7+j)%40), "profile.i", schema.Num(float64(i)))); err != nil {
			return err
		}
	}
	if i%4 == 3 {
		return del(fmt.Sprint("c", i*7%40)) // which it has just put
	}
	return nil
}

// TestCrashChild is the process that gets killed; it is no test of its own.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashFolder)
	if dir == "" {
		t.Skip("runs as TestCrash's child only")
	}
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv(crashWriters) != "" {
		groupedCrashWrites(t, s)
	}
	for i := 0; ; i++ {
		seq, err := s.Update(t.Context(), func(tx *Tx) error {
			return crashWrite(i,
				func(r schema.Record) error { _, err := tx.Put(r); return err },
				func(id string) error { _, err := tx.Delete(id); return err })
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("ack %d\n", seq)
	}
}

// A process is killed in the middle of its writes. Every write that it
// acknowledged is there, and the last one, if it got no answer, is there as a
// whole or not at all.
func TestCrash(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 2))
	for range rounds {
		dir := t.TempDir()
		acks := killedWriter(t, dir, 1+rnd.IntN(60), time.Duration(rnd.IntN(2000))*time.Microsecond)
		var acked uint64
		if _, err := fmt.Sscanf(acks[len(acks)-1], "ack %d", &acked); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, Options{})
		if s.Seq() < acked {
			t.Errorf("seq %d was acknowledged, the store has %d", acked, s.Seq())
		}
		want, ok := modelAt(s.Seq())
		if !ok {
			t.Fatalf("the store's seq %d is inside a transaction", s.Seq())
		}
		compare(t, s, want)
		closeStore(t, s)
	}
}

// modelAt repeats the child's writes until they reach a seq.
func modelAt(seq uint64) (m model, ok bool) {
	m = model{records: map[string]schema.Record{}, seqs: map[string]uint64{}}
	for i := 0; m.seq < seq; i++ {
		_ = crashWrite(i, func(r schema.Record) error {
			if old, there := m.records[r.ID()]; !there || !old.Equal(r) {
				m.records[r.ID()] = r
				m.wrote(r.ID())
			}
			return nil
		}, func(id string) error {
			delete(m.records, id)
			m.wrote(id)
			return nil
		})
	}
	return m, m.seq == seq
}

// killedWriter lets a child acknowledge some writes, then kills it a moment
// later, and returns all that it said.
func killedWriter(t *testing.T, dir string, acks int, moment time.Duration, env ...string) (said []string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$", "-test.timeout=60s")
	child.Env = append(append(os.Environ(), crashFolder+"="+dir), env...)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if n := len(said); n >= acks && !killed {
			killed = true
			// In the middle of its work a second process is refused.
			if n%2 == 0 {
				var locked *LockedError
				if _, err := Open(dir, Options{}); !errors.As(err, &locked) {
					t.Errorf("a second process: %v", err)
				}
			}
			time.Sleep(moment)
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || !killed {
		t.Fatalf("the child ended by itself: %v; it said %q", err, said)
	}
	return said
}
