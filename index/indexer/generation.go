package indexer

import (
	"context"
	"errors"
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

// persist waits until all that was applied is on disk.
func (g *generation) persist(ctx context.Context) error {
	if err := g.backend.Flush(ctx); err != nil {
		return fmt.Errorf("write %s to disk: %w", g.name, err)
	}
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
		if err := x.openNamed(d, name); err != nil {
			x.failed(err) // and tried again by the goroutine
		}
	}
	return d.removeOthers(name)
}

// openNamed puts the generation that CURRENT names in use. One that is damaged
// or not of this store is set aside: CURRENT then names none. One that does
// not open for another reason (too many open files, say) stays where it is.
func (x *Indexer) openNamed(d folder, name string) error {
	g, err := x.openGeneration(name)
	if err != nil && !errors.Is(err, index.ErrDamaged) {
		return err
	}
	if err == nil {
		err = x.usable(g)
	}
	if err != nil {
		x.c.Log.Warn("the index cannot be used and is built anew", "generation", name, "reason", err)
		return x.discard(d, name, g)
	}
	x.set(func() { x.live, x.err = g, nil })
	return nil
}

// reopen opens the generation that CURRENT names again, once nobody uses it any
// more. ok is false when there is none.
func (x *Indexer) reopen(ctx context.Context) (ok bool, err error) {
	d := folder(x.c.Dir)
	name, err := d.current()
	if err != nil || name == "" {
		return false, err
	}
	if err := x.await(ctx, func() bool { return x.open == 0 }); err != nil {
		return false, err
	}
	if err := x.openNamed(d, name); err != nil {
		return false, fmt.Errorf("open the index again: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.live != nil, nil
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

// heed takes a generation out of use when an error of its backend says that it
// is damaged, so that it is built anew, or broken, so that it is opened again.
// Snapshots of it go on until they are released.
func (x *Indexer) heed(g *generation, why error) {
	isDamaged := errors.Is(why, index.ErrDamaged)
	if !isDamaged && !errors.Is(why, index.ErrBroken) {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.live != g {
		return // somebody else was faster
	}
	if isDamaged {
		x.c.Log.Error("the index is damaged and is built anew", "generation", g.name, "error", why)
		// At once: a restart must not trust the damage.
		if err := folder(x.c.Dir).forget(); err != nil {
			x.c.Log.Error("a damaged index stays named as current", "error", err)
		}
		g.fate = setAside
	}
	x.live, x.stale, x.err = nil, false, why
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
