package bleveindex

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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

func TestKilledWhileWriting(t *testing.T) {
	if dir := os.Getenv(killFolder); dir != "" {
		writeUntilKilled(t, dir, Options{})
		return
	}
	dir := filepath.Join(t.TempDir(), "index")
	applied := uint64(0)
	for round := range 4 {
		applied = killAfter(t, "TestKilledWhileWriting", dir, applied+uint64(15+17*round))
		b, err := Open(dir, Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		seq := b.Position().Seq
		if seq < applied {
			t.Errorf("round %d: %d was applied, but only %d is there", round, applied, seq)
		}
		checkKilled(t, b, seq)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		applied = seq
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
	applied := uint64(0)
	for round := range 4 {
		applied = killAfter(t, "TestKilledBetweenParts", dir, applied+uint64(10+7*round))
		b, err := Open(dir, parts)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		seq := b.Position().Seq
		if seq < applied {
			t.Errorf("round %d: %d was applied, but only %d is there", round, applied, seq)
		}
		applied = seq + 1
		if err := b.Apply(context.Background(), killBatch(crowdFields(t), applied)); err != nil {
			t.Fatal(err)
		}
		checkKilled(t, b, applied)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
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
		fmt.Printf("applied %d\n", seq)
	}
}

// killAfter starts that program, kills it once it has applied a batch, and
// gives the last one that it said it applied.
func killAfter(t *testing.T, test, dir string, enough uint64) (applied uint64) {
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
		text, ok := strings.CutPrefix(lines.Text(), "applied ")
		if !ok {
			continue
		}
		if applied, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
		if applied == enough {
			if err := program.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = program.Wait() // killed
	if applied < enough {
		t.Fatalf("the program ended at %d, before %d", applied, enough)
	}
	return applied
}

// checkKilled holds that the index is exactly as it was after a batch.
func checkKilled(t *testing.T, b index.Backend, seq uint64) {
	t.Helper()
	s, err := b.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	for id, want := range map[string]bool{
		"last": true, strconv.FormatUint(seq, 10): true, strconv.FormatUint(seq-1, 10): true,
		strconv.FormatUint(seq-2, 10): false, strconv.FormatUint(seq+1, 10): false,
	} {
		if got, err := s.Contains(context.Background(), expr.Everyone(), id); err != nil || got != want {
			t.Errorf("at %d the customer %s is there: %v, %v, want %v", seq, id, got, err, want)
		}
	}
	last := expr.Among{Field: "seq", Kind: schema.Number, Values: []float64{float64(seq)}}
	if n, err := s.Count(context.Background(), last); err != nil || n != 2 || s.Total() != 3 {
		t.Errorf("at %d: %d customers of that batch, %v, %d in all; want 2 of 3", seq, n, err, s.Total())
	}
}
