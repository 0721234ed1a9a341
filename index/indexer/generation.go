package indexer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	"meibo/index"
)

// What becomes of a generation's folder once nobody uses it any more.
type fate int

const (
	keep     fate = iota
	remove        // another one has taken its place
	setAside      // it is damaged
)

// A generation is one index in one folder.
type generation struct {
	name    string
	backend index.Backend
	applied atomic.Uint64 // the seq of its last batch

	// Guarded by the Indexer's mu.
	refs int // one for being live or being built, one a snapshot
	fate fate
}

// apply writes a batch and takes note of its seq.
func (g *generation) apply(ctx context.Context, b index.Batch) error {
	if err := g.backend.Apply(ctx, b); err != nil {
		return fmt.Errorf("apply %d changes up to seq %d to %s: %w", len(b.Upserts)+len(b.Deletes), b.Position.Seq, g.name, err)
	}
	g.applied.Store(b.Position.Seq)
	return nil
}

// openLive opens the generation that CURRENT names, if it can be used, and
// clears away the folders of builds that were not finished.
func (x *Indexer) openLive() error {
	d := folder(x.c.Dir)
	if err := d.prepare(); err != nil {
		return err
	}
	name, err := d.current()
	if err != nil {
		return err
	}
	if name != "" {
		g, err := x.openGeneration(name)
		if err == nil {
			err = x.usable(g)
		}
		if err != nil {
			x.c.Log.Warn("the index cannot be used and is built anew", "generation", name, "reason", err)
			if err := x.discard(d, name, g); err != nil {
				return err
			}
			name = ""
		} else {
			x.live = g
		}
	}
	return d.removeOthers(name)
}

// openGeneration opens a folder; the generation has one reference.
func (x *Indexer) openGeneration(name string) (*generation, error) {
	backend, err := x.c.Open(filepath.Join(x.c.Dir, name))
	if err != nil {
		return nil, fmt.Errorf("open the index %s: %w", name, err)
	}
	g := &generation{name: name, backend: backend, refs: 1}
	g.applied.Store(backend.Position().Seq)
	x.set(func() { x.open++ })
	return g, nil
}

// usable says why an index that opened is not one of this store.
func (x *Indexer) usable(g *generation) error {
	p, epoch, seq := g.backend.Position(), x.c.Source.Epoch(), x.c.Source.Seq()
	switch {
	case p.Epoch != epoch:
		return fmt.Errorf("it is of the store %q, not %q", p.Epoch, epoch)
	case p.Seq > seq:
		return fmt.Errorf("it is at seq %d, ahead of the store at %d", p.Seq, seq)
	}
	return nil
}

// discard takes an index that Start found unusable out of the way.
func (x *Indexer) discard(d folder, name string, g *generation) error {
	if g != nil {
		if err := g.backend.Close(); err != nil {
			x.c.Log.Warn("closing an unusable index failed", "generation", name, "error", err)
		}
		x.set(func() { x.open-- })
	}
	if err := d.forget(); err != nil {
		return err
	}
	return d.setAside(name)
}

// condemn takes a damaged generation out of use. Snapshots of it go on until
// they are released. CURRENT goes at once: a restart must not trust the damage.
func (x *Indexer) condemn(g *generation, why error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.live != g {
		return // somebody else was faster
	}
	x.c.Log.Error("the index is damaged and is built anew", "generation", g.name, "error", why)
	if err := folder(x.c.Dir).forget(); err != nil {
		x.c.Log.Error("a damaged index stays named as current", "error", err)
	}
	x.live, x.stale, x.err = nil, false, why
	g.fate = setAside
	x.unref(g)
	x.stopFollow()
	x.broadcast()
}

// unref gives one reference back; the caller holds mu. The last one closes the
// generation, in a goroutine of its own, which open accounts for: closing may
// take a while and the last one may be a request.
func (x *Indexer) unref(g *generation) {
	if g.refs--; g.refs == 0 {
		go x.dispose(g)
	}
}

func (x *Indexer) dispose(g *generation) {
	err := g.backend.Close()
	if err != nil {
		err = fmt.Errorf("close the index %s: %w", g.name, err)
		x.c.Log.Error("closing an index failed", "generation", g.name, "error", err)
	}
	switch g.fate { // nobody else knows g any more
	case remove:
		if err := os.RemoveAll(filepath.Join(x.c.Dir, g.name)); err != nil {
			x.c.Log.Error("an old index was not deleted", "generation", g.name, "error", err)
		}
		err = nil // it was to go anyway
	case setAside:
		if err := folder(x.c.Dir).setAside(g.name); err != nil {
			x.c.Log.Error("a damaged index was not set aside", "generation", g.name, "error", err)
		}
		err = nil
	}
	x.set(func() {
		x.open--
		if x.closeErr == nil {
			x.closeErr = err
		}
	})
}
