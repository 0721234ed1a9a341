package indexer_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/bleveindex"
)

const crashFolder = "MEIBO_TEST_INDEXER_CRASH_FOLDER"

func openBleve(dir string) (index.Backend, error) { return bleveindex.Open(dir, bleveindex.Options{}) }

// TestCrashChild is the process that gets killed; it is no test of its own.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashFolder)
	if dir == "" {
		t.Skip("runs as TestCrash's child only")
	}
	p := &pair{T: t, dir: dir, openIndex: openBleve}
	p.start()
	for i := 0; ; i++ {
		p.put(fmt.Sprint("c", i*7%50), float64(i))
		if i%5 == 4 {
			p.delete(fmt.Sprint("c", i*7%50))
		}
		if i%10 == 9 {
			p.putMany("b", 6000, float64(i)) // the index writes it in parts
		}
		fmt.Printf("ack %d\n", p.store.Seq())
	}
}

// A process is killed while it writes, alone and in bulk, and indexes. After a restart the index
// says what the store says, and was not built anew for it.
func TestCrash(t *testing.T) {
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 3))
	for range rounds {
		p := &pair{T: t, dir: t.TempDir(), openIndex: openBleve}
		for range 2 { // killed again, having resumed
			acked := kill(t, p.dir, 1+rnd.IntN(40), time.Duration(rnd.IntN(3000))*time.Microsecond)
			p.start()
			if p.store.Seq() < acked {
				t.Errorf("seq %d was acknowledged, the store has %d", acked, p.store.Seq())
			}
			p.same()
			if g := p.indexer.Status().Generation; g != "gen-000001" {
				t.Errorf("%s is in use", g)
			}
			p.stop()
		}
	}
}

// same compares the index with the store, customer by customer.
func (p *pair) same() {
	p.Helper()
	p.must(p.indexer.Ready(p.Context()))
	s, err := p.indexer.Snapshot(p.Context(), p.store.Seq())
	p.must(err)
	defer s.Release()
	if s.Total() != p.store.Len() {
		p.Errorf("%d customers are indexed, %d stored", s.Total(), p.store.Len())
	}
	_, err = p.store.Scan(p.Context(), func(r schema.Record) error {
		e := expr.Among{Field: "web.sessionsCount", Kind: schema.Number, Values: []float64{r.Get("web.sessionsCount").Num()}}
		in, err := s.Contains(context.Background(), e, r.ID())
		if err == nil && !in {
			p.Errorf("%s is stored with %v and not found by it", r.ID(), r.Get("web.sessionsCount"))
		}
		return err
	})
	p.must(err)
}

// kill lets a child acknowledge some writes and kills it a moment later.
func kill(t *testing.T, dir string, acks int, moment time.Duration) (acked uint64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashChild$", "-test.timeout=60s")
	child.Env = append(os.Environ(), crashFolder+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 1; lines.Scan(); n++ {
		seq, err := strconv.ParseUint(strings.TrimPrefix(lines.Text(), "ack "), 10, 64)
		if err != nil {
			t.Fatalf("the child says %q", lines.Text())
		}
		acked = seq
		if n == acks {
			time.Sleep(moment)
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || acked == 0 {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acked
}
