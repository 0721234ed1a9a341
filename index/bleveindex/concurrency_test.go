package bleveindex

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// Each batch moves every customer to the next round. A snapshot must show one
// round only, whatever is written, merged and decoded meanwhile.
func TestSearchesWhileWriting(t *testing.T) {
	t.Run("whole", func(t *testing.T) { searchWhileWriting(t, Options{ColumnBytes: 20_000}) }) // too little: columns come and go
	t.Run("warm", func(t *testing.T) { searchWhileWriting(t, Options{Warm: true, Workers: 2, fewRows: 1, pause: 1}) })
	t.Run("in parts", func(t *testing.T) { searchWhileWriting(t, Options{Workers: 3, leastPart: 50, fewRows: 1}) })
}

func searchWhileWriting(t *testing.T, o Options) {
	b, err := Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	const customers, rounds = 300, 25
	round := func(n int) index.Batch {
		batch := index.Batch{Position: index.Position{Epoch: "e", Seq: uint64(n)}}
		for i := range customers {
			r := schema.NewRecord(fmt.Sprintf("c%03d", i))
			r.Set("round", schema.Num(float64(n)))
			r.Set("name", schema.Text(fmt.Sprintf("name %d of %d", i, n)))
			batch.Upserts = append(batch.Upserts, r)
		}
		return batch
	}
	if err := b.Apply(context.Background(), round(1)); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var searchers sync.WaitGroup
	for range 3 {
		searchers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := oneRound(b, customers); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := 2; n <= rounds && !t.Failed(); n++ {
		if err := b.Apply(context.Background(), round(n)); err != nil {
			t.Error(err)
		}
		if n%10 == 0 {
			if err := b.(*Backend).Merge(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}
	close(done)
	searchers.Wait()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if c := b.(*Backend).columns; len(c.pins) != 0 || len(c.entries) != 0 || c.used != 0 {
		t.Errorf("%d segments pinned, %d columns of %d bytes left", len(c.pins), len(c.entries), c.used)
	}
}

// oneRound asks a snapshot in several ways.
func oneRound(b index.Backend, customers int) error {
	ctx := context.Background()
	s, err := b.Snapshot(ctx)
	if err != nil {
		return err
	}
	defer s.Release()
	n := float64(s.Position().Seq)
	now := expr.And{Of: []expr.Expr{
		expr.Range{Field: "round", Kind: schema.Number, Min: n, Max: math.Inf(1)},
		expr.Text{Field: "name", Kind: schema.String, Match: expr.Suffix, Needles: []string{fmt.Sprintf(" of %v", n)}},
	}}
	page, err := s.Search(ctx, index.Query{Where: now, Sort: []index.SortKey{{Field: "name", Kind: schema.String}}, Limit: index.MaxLimit})
	if err != nil {
		return err
	}
	if page.Total != customers || len(page.Hits) != customers || s.Total() != customers {
		return fmt.Errorf("round %v: %d customers, %d match, %d hits, want %d each", n, s.Total(), page.Total, len(page.Hits), customers)
	}
	if !slices.IsSortedFunc(page.Hits, func(a, b index.Hit) int { return schema.Compare(a.Values[0], b.Values[0]) }) {
		return fmt.Errorf("round %v is not sorted", n)
	}
	if ok, err := s.Contains(ctx, now, "c007"); err != nil || !ok {
		return fmt.Errorf("round %v: Contains = %v, %w", n, ok, err)
	}
	return nil
}

// A long tail of single writes must not pile up files.
func TestTailOfSingleWrites(t *testing.T) {
	writes := 300
	if os.Getenv("MEIBO_LONG") != "" {
		writes = 2000
	}
	dir := t.TempDir()
	b, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	c := newCrowd(1)
	load(t, b, c, 1000)
	fields := crowdFields(t)
	took := make([]time.Duration, writes)
	for i := range writes {
		batch := index.Batch{Position: index.Position{Epoch: "e", Seq: uint64(i + 10)}, Fields: fields, Upserts: c.people(1)}
		start := time.Now()
		if err := b.Apply(context.Background(), batch); err != nil {
			t.Fatal(err)
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	t.Logf("%d writes: median %v, p99 %v, most %v", writes, took[writes/2], took[writes*99/100], took[writes-1])
	for few, patience := false, time.Now().Add(time.Minute); !few; time.Sleep(20 * time.Millisecond) {
		s, err := b.Snapshot(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		segments := len(s.(*snapshot).segments)
		if s.Total() != 1000+writes {
			t.Errorf("%d customers, want %d", s.Total(), 1000+writes)
		}
		s.Release()
		if few = segments <= 60; !few && time.Now().After(patience) {
			t.Fatalf("%d segments pile up", segments)
		}
	}
}
