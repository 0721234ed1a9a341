package bleveindex

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// killFolder is the variable that makes the test binary the program that
// TestKilledWhileWriting kills.
const killFolder = "MEIBO_TEST_KILL_FOLDER"

// killBatch is what that program writes: batch seq has the customers seq and
// "last", and deletes the customer before the one before.
func killBatch(fields *schema.Fields, seq uint64) index.Batch {
	b := index.Batch{Position: index.Position{Epoch: "e", Seq: seq}, Fields: fields}
	for _, id := range []string{strconv.FormatUint(seq, 10), "last"} {
		r := schema.NewRecord(id)
		r.Set("seq", schema.Num(float64(seq)))
		r.Set("name", schema.Text("名前 "+id))
		b.Upserts = append(b.Upserts, r)
	}
	if seq > 2 {
		b.Deletes = []string{strconv.FormatUint(seq-2, 10)}
	}
	return b
}

// A batch is on disk some time after it was applied: a killed program comes
// back at what it said was there, or later, and always between two batches.
func TestKilledWhileWriting(t *testing.T) {
	if dir := os.Getenv(killFolder); dir != "" {
		writeUntilKilled(t, dir, Options{})
		return
	}
	dir := filepath.Join(t.TempDir(), "index")
	seq := uint64(0)
	for round := range 4 {
		seq = reopenKilled(t, dir, Options{}, killAfter(t, "TestKilledWhileWriting", dir, seq+uint64(15+170*round)), func(b index.Backend, seq uint64) {
			checkKilled(t, b, seq)
		})
	}
}

// A batch that was cut off between its parts is made good by applying it again.
func TestKilledBetweenParts(t *testing.T) {
	parts := Options{Workers: 2, leastPart: 1}
	if dir := os.Getenv(killFolder); dir != "" {
		writeUntilKilled(t, dir, parts)
		return
	}
	dir := filepath.Join(t.TempDir(), "index")
	seq := uint64(0)
	for round := range 4 {
		seq = 1 + reopenKilled(t, dir, parts, killAfter(t, "TestKilledBetweenParts", dir, seq+uint64(10+70*round)), func(b index.Backend, seq uint64) {
			if err := b.Apply(context.Background(), killBatch(crowdFields(t), seq+1)); err != nil {
				t.Fatal(err)
			}
			checkKilled(t, b, seq+1)
		})
	}
}

// reopenKilled opens the index that a killed program left, has it checked and
// closes it. Its position lies between what was on disk and what was applied.
func reopenKilled(t *testing.T, dir string, o Options, left progress, check func(b index.Backend, seq uint64)) (seq uint64) {
	t.Helper()
	b, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	seq = b.Position().Seq
	if b.Persisted() != b.Position() {
		t.Errorf("the index opens at %v, of which %v is on disk", b.Position(), b.Persisted())
	}
	if seq < left.persisted || seq > left.applied+1 {
		t.Errorf("%d was on disk and %d applied, but %d is there", left.persisted, left.applied, seq)
	}
	check(b, seq)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return seq
}

// writeUntilKilled applies one batch after the other and says which are done.
func writeUntilKilled(t *testing.T, dir string, o Options) {
	b, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	fields := crowdFields(t)
	for seq := b.Position().Seq + 1; ; seq++ {
		if err := b.Apply(context.Background(), killBatch(fields, seq)); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("applied %d %d\n", seq, b.Persisted().Seq)
	}
}

// progress is what a program said last: what it has applied and what of that is
// on disk.
type progress struct{ applied, persisted uint64 }

// killAfter starts that program and kills it once it has applied enough.
func killAfter(t *testing.T, test, dir string, enough uint64) (said progress) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	program := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+test+"$", "-test.v")
	program.Env = append(os.Environ(), killFolder+"="+dir)
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var next progress
		if n, _ := fmt.Sscanf(lines.Text(), "applied %d %d", &next.applied, &next.persisted); n < 2 {
			continue
		}
		said = next
		if said.applied == enough {
			if err := program.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = program.Wait() // killed
	if said.applied < enough {
		t.Fatalf("the program ended at %d, before %d", said.applied, enough)
	}
	return said
}

// checkKilled holds that the index is exactly as it was after a batch.
func checkKilled(t *testing.T, b index.Backend, seq uint64) {
	t.Helper()
	s, err := b.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	there := map[string]bool{"last": seq > 0}
	for i := seq + 1; i+3 > seq && i > 0; i-- { // two of its time, and one on each side
		there[strconv.FormatUint(i, 10)] = i <= seq && i+1 >= seq
	}
	total := 0
	for id, want := range there {
		if got, err := s.Contains(context.Background(), expr.Everyone(), id); err != nil || got != want {
			t.Errorf("at %d the customer %s is there: %v, %v, want %v", seq, id, got, err, want)
		}
		if want {
			total++
		}
	}
	last := expr.Among{Field: "seq", Kind: schema.Number, Values: []float64{float64(seq)}}
	if n, err := s.Count(context.Background(), last); err != nil || n != min(total, 2) || s.Total() != total {
		t.Errorf("at %d: %d customers of that batch, %v, %d in all; want %d in all", seq, n, err, s.Total(), total)
	}
}
