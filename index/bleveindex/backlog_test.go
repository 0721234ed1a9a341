package bleveindex

import (
	"context"
	"errors"
	"os"
	"testing"

	"meibo/index"
)

func TestBacklogIsBounded(t *testing.T) {
	var b backlog
	room := func() bool { is, _ := b.hasRoom(); return is }
	empty := func() bool { is, _ := b.isEmpty(); return is }
	if !room() || !empty() {
		t.Error("a new backlog is not empty")
	}
	b.add(mostUnwritten - 1)
	if !room() || empty() {
		t.Error("one customer less than the bound leaves no room, or counts as none")
	}
	b.add(1)
	if room() {
		t.Error("there is room at the bound")
	}
	_, changed := b.hasRoom()
	b.remove(1)
	select {
	case <-changed:
	default:
		t.Error("who waits is not told")
	}
	b.remove(mostUnwritten - 1)
	for range mostUnwrittenParts {
		b.add(0)
	}
	if room() || empty() {
		t.Error("batches without customers count as none")
	}
}

func TestSmallSegmentsGather(t *testing.T) {
	var b backlog
	gathered := func() bool { is, _ := b.isGathered(); return is }
	if !gathered() {
		t.Error("it is waited though there is nothing to write")
	}
	b.add(1)
	if gathered() {
		t.Error("one customer is written by himself")
	}
	b.change(0, 0, 1)
	if !gathered() {
		t.Error("it is waited though somebody is in a hurry")
	}
	b.change(0, 0, -1)
	for range gatheredParts - 2 {
		b.add(1)
	}
	if gathered() {
		t.Error("too few parts are enough")
	}
	b.add(1)
	if !gathered() {
		t.Error("enough parts are not enough")
	}
	b.remove(1)
	b.add(gatheredCustomers)
	if !gathered() {
		t.Error("many customers are not enough")
	}
}

func TestWaitingForTheDiskEnds(t *testing.T) {
	e := &engine{failed: make(chan struct{})}
	e.backlog.add(mostUnwritten)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.room(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("room = %v, want the context's error", err)
	}
	e.fail(errors.New("no space"))
	if err := e.flush(context.Background()); !errors.Is(err, index.ErrBroken) {
		t.Errorf("flush = %v, want ErrBroken", err)
	}
	e.backlog.remove(mostUnwritten)
	if err := e.room(context.Background()); !errors.Is(err, index.ErrBroken) {
		t.Errorf("room = %v, want ErrBroken", err)
	}
}

// What is applied is on disk soon, without anything else being written, and
// Persisted is never ahead of Position.
func TestPersistedFollowsPosition(t *testing.T) {
	b, err := Open(t.TempDir(), Options{Workers: 2, leastPart: 20})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	c := newCrowd(1)
	for seq := uint64(1); seq <= 30; seq++ {
		batch := index.Batch{Position: index.Position{Epoch: "e", Seq: seq}, Upserts: c.people(1 + int(seq%3)*30)}
		if err := b.Apply(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
		if persisted := b.Persisted().Seq; persisted > b.Position().Seq {
			t.Fatalf("%d is on disk, %d applied", persisted, b.Position().Seq)
		}
	}
	if err := b.(*Backend).engine.flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	if b.Persisted() != b.Position() {
		t.Errorf("%v is on disk, want %v", b.Persisted(), b.Position())
	}
}

// A write that fails in the background is told by what is asked for next, and
// what was on disk before is still there.
func TestAFailureInTheBackgroundIsTold(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	batch := index.Batch{Position: index.Position{Epoch: "e", Seq: 1}, Upserts: newCrowd(1).people(3)}
	if err := b.Apply(context.Background(), batch); err != nil && !errors.Is(err, index.ErrBroken) {
		t.Fatal(err)
	}
	if err := b.(*Backend).engine.flush(context.Background()); !errors.Is(err, index.ErrBroken) {
		t.Errorf("flush = %v, want ErrBroken", err)
	}
	if p := b.Persisted(); p != (index.Position{}) {
		t.Errorf("%v is on disk, want nothing", p)
	}
	if err := b.Apply(context.Background(), batch); !errors.Is(err, index.ErrBroken) {
		t.Errorf("Apply = %v, want ErrBroken", err)
	}
	if _, err := b.Snapshot(context.Background()); !errors.Is(err, index.ErrBroken) {
		t.Errorf("Snapshot = %v, want ErrBroken", err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
}
