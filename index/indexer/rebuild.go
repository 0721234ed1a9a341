package indexer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"meibo/dsl/schema"
	"meibo/index"
)

// rebuild makes a new generation out of all customers, brings it up to date
// and puts it in the place of the old one, which may answer meanwhile.
func (x *Indexer) rebuild(ctx context.Context) error {
	d := folder(x.c.Dir)
	name, err := d.next()
	if err != nil {
		return err
	}
	g, err := x.openGeneration(name)
	if err != nil {
		return errors.Join(err, os.RemoveAll(filepath.Join(x.c.Dir, name)))
	}
	x.c.Log.Info("building the index", "generation", name)
	if err := x.fill(ctx, g); err != nil {
		x.set(func() {
			g.fate = remove
			x.unref(g)
		})
		return fmt.Errorf("build the index %s: %w", name, err)
	}
	x.swap(g)
	x.pause = x.c.RetryFirst
	x.c.Log.Info("the index is complete", "generation", name, "seq", g.applied.Load())
	return nil
}

// fill indexes everything there is, and what was written meanwhile; once that
// is on disk, CURRENT names the generation.
func (x *Indexer) fill(ctx context.Context, g *generation) error {
	if err := x.scan(ctx, g); err != nil {
		return err
	}
	// Once, up to here: chasing a source that is being loaded would never end,
	// and following does the rest.
	target := x.c.Source.Seq()
	for g.applied.Load() < target {
		changes, err := x.c.Source.Changes(ctx, g.applied.Load(), maxBatch)
		if err != nil {
			return fmt.Errorf("follow the change log: %w", err)
		}
		if err := x.apply(ctx, g, changes); err != nil {
			return err
		}
	}
	if err := g.persist(ctx); err != nil {
		return err
	}
	return folder(x.c.Dir).setCurrent(g.name)
}

// scan indexes all customers of one moment. Only the last batch says which
// store and seq they are of: a build that was not finished says nothing.
func (x *Indexer) scan(ctx context.Context, g *generation) error {
	total := 0
	if s, ok := x.c.Source.(interface{ Len() int }); ok {
		total = s.Len()
	}
	x.set(func() { x.done, x.total = 0, total })
	batch, bytes := make([]schema.Record, 0, maxBatch), 0
	flush := func(p index.Position) error {
		if err := g.apply(ctx, index.Batch{Position: p, Fields: x.c.Fields(), Upserts: batch}); err != nil {
			return err
		}
		x.set(func() { x.done += len(batch) })
		clear(batch) // the records may go
		batch, bytes = batch[:0], 0
		return nil
	}
	seq, err := x.c.Source.Scan(ctx, func(r schema.Record) error {
		batch, bytes = append(batch, r), bytes+weight(r)
		if len(batch) < maxBatch && bytes < maxBatchBytes {
			return nil
		}
		return flush(index.Position{})
	})
	if err != nil {
		return fmt.Errorf("read all customers: %w", err)
	}
	return flush(index.Position{Epoch: x.c.Source.Epoch(), Seq: seq})
}

// weight is about what a record takes in memory, in bytes.
func weight(r schema.Record) int {
	const value = 72 // a key and a value
	n := value * r.Len()
	for _, v := range r.All() {
		for _, text := range v.Elements() {
			n += len(text)
		}
	}
	return n
}

// swap puts a complete generation in use. The old one is deleted when its last
// snapshot is released.
func (x *Indexer) swap(g *generation) {
	x.set(func() {
		if old := x.live; old != nil {
			old.fate = remove
			x.unref(old)
		}
		x.live, x.stale, x.err = g, false, nil
	})
}
