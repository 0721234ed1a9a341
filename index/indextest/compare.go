package indextest

import (
	"context"
	"fmt"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/memindex"
)

// questionsPerWorld is how many questions one history of records is asked,
// and questionsPerBatch how many between two of its batches.
const (
	questionsPerWorld = 100
	questionsPerBatch = 5
)

// Compare asks a backend and memindex the same random questions about the same
// random histories. It stops at the first world with a difference and prints
// how to bring it back.
func Compare(t *testing.T, seed uint64, cases int, open Open, hooks Hooks) {
	t.Helper()
	for world := 0; cases > 0; world++ {
		n := min(cases, questionsPerWorld)
		cases -= n
		s := seed + uint64(world)
		ok := t.Run(fmt.Sprintf("seed=%d", s), func(t *testing.T) {
			w := newWorld(t, s, open, hooks)
			defer w.close()
			w.live(n)
		})
		if !ok {
			t.Fatalf("again with: MEIBO_SEED=%d MEIBO_CASES=%d", s, n)
		}
	}
}

// A world is one history of customers in two backends.
type world struct {
	t        *testing.T
	g        *Generator
	hooks    Hooks
	tested   index.Backend
	oracle   index.Backend
	customer map[string]schema.Record // as it is now
	ids      []string                 // those that may occur
	seq      uint64
	last     index.Batch
}

func newWorld(t *testing.T, seed uint64, open Open, hooks Hooks) *world {
	w := &world{t: t, g: NewGenerator(seed), hooks: hooks, tested: open(t), oracle: memindex.New(), customer: map[string]schema.Record{}}
	w.ids = ids()
	w.g.Shuffle(len(w.ids), func(i, j int) { w.ids[i], w.ids[j] = w.ids[j], w.ids[i] })
	w.ids = w.ids[:20+w.g.IntN(len(w.ids)-20)]
	return w
}

func (w *world) close() {
	if err := w.tested.Close(); err != nil {
		w.t.Errorf("Close: %v", err)
	}
}

// live alternates batches and questions. The snapshots of one batch are kept
// until after the next, to see that they do not change.
func (w *world) live(questions int) {
	old := w.snapshots()
	for asked := 0; asked < questions && !w.t.Failed(); {
		w.step()
		now := w.snapshots()
		for range min(questionsPerBatch, questions-asked) {
			now.ask(w.g)
			asked++
		}
		old.check(w.g.Expr(2), "a snapshot from before the last batch: ")
		old.release()
		old = now
	}
	old.release()
}

// step applies a batch and, now and then, what the hooks offer.
func (w *world) step() {
	ctx := context.Background()
	b := w.last // applying a batch again changes nothing
	if w.seq == 0 || w.g.IntN(10) > 0 {
		b = w.batch()
	}
	for _, backend := range []index.Backend{w.tested, w.oracle} {
		if err := backend.Apply(ctx, b); err != nil {
			w.t.Fatalf("Apply of %d upserts, %d deletes: %v", len(b.Upserts), len(b.Deletes), err)
		}
	}
	w.last = b
	w.look()
	if w.hooks.Merge != nil && w.g.IntN(6) == 0 {
		w.hooks.Merge(w.t, w.tested)
	}
	if w.hooks.Reopen != nil && w.g.IntN(8) == 0 {
		w.tested = w.hooks.Reopen(w.t, w.tested)
	}
	if got, want := w.tested.Position(), w.oracle.Position(); got != want {
		w.t.Fatalf("Position = %+v, want %+v", got, want)
	}
}

// batch changes a random part of the customers: none, few or most of them.
func (w *world) batch() index.Batch {
	w.seq += 1 + uint64(w.g.IntN(5))
	b := index.Batch{Position: index.Position{Epoch: "e", Seq: w.seq}, Fields: w.g.Fields}
	share := pick(w.g, []int{0, 2, 10, 10, 30, 100})
	for _, id := range w.ids {
		if w.g.IntN(100) >= share {
			continue
		}
		r, there := w.customer[id]
		switch {
		case w.g.IntN(4) == 0: // also one that is not there
			delete(w.customer, id)
			b.Deletes = append(b.Deletes, id)
			continue
		case there && w.g.IntN(3) > 0:
			r = w.g.Edit(r)
		default:
			r = w.g.Record(id)
		}
		w.customer[id] = r
		b.Upserts = append(b.Upserts, r)
	}
	return b
}

// look shows the customers to the generator, in an order that the seed alone
// decides.
func (w *world) look() {
	var records []schema.Record
	for _, id := range w.ids {
		if r, ok := w.customer[id]; ok {
			records = append(records, r)
		}
	}
	w.g.Look(records)
}

// question is what is asked about a snapshot.
func question(g *Generator) expr.Expr {
	e := g.Expr(g.IntN(4))
	if g.IntN(2) == 0 {
		return expr.Simplify(e)
	}
	return e
}
