package bleveindex

import (
	"context"
	"fmt"

	bleve "github.com/blevesearch/bleve_index_api"
	"golang.org/x/sync/errgroup"

	"meibo/index"
)

// Apply makes the batch visible and leaves it to Bleve to write it to disk; it
// waits when too much is not there yet. A large batch is applied in parts,
// several at a time, and its position after them; snapshots see none of it
// before. If the program is killed in between, the index has some of the batch
// at the position before it, and gets it again.
//
// Once parts were handed to Bleve the batch is not cancelled. After an error
// that came from there the index has to be opened again; all later calls say
// so.
func (b *Backend) Apply(ctx context.Context, batch index.Batch) error {
	b.applying.Lock()
	defer b.applying.Unlock()
	if err := b.usable(ctx); err != nil {
		return err
	}
	if err := checkBatch(batch); err != nil {
		return err
	}
	docs, err := buildDocuments(ctx, batch, b.options.Workers)
	if err != nil {
		return err
	}
	if err := b.engine.room(ctx); err != nil {
		return err
	}
	next := b.hold(batch)
	err = b.write(batch, docs, next)
	b.letGo()
	if err != nil {
		return fmt.Errorf("bleveindex: apply up to seq %d: %w", batch.Position.Seq, err)
	}
	return b.refresh()
}

// hold keeps the view as it is and gives the state that the batch leads to.
func (b *Backend) hold(batch index.Batch) state {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = true
	return b.view.state.after(batch.Fields, b.view.total == 0)
}

func (b *Backend) letGo() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = false
}

// write hands the documents to Bleve. Each part carries the state, which never
// promises more of the documents than is true of any of them.
func (b *Backend) write(batch index.Batch, docs []*document, next state) error {
	last := bleve.NewBatch()
	for _, id := range batch.Deletes {
		last.Delete(id)
	}
	var err error
	if last.InternalOps, err = internal(next, batch.Position); err != nil {
		return err
	}
	position := batch.Position // not the batch, whose records may go before
	reached := func() { b.persisted.Store(&position) }
	parts := min(b.options.Workers, len(docs)/b.options.leastPart)
	if parts < 2 {
		for _, d := range docs {
			last.Update(d)
		}
		return b.engine.write(last, reached)
	}
	var g errgroup.Group
	for i := range parts {
		part := bleve.NewBatch()
		part.SetInternal([]byte(stateKey), last.InternalOps[stateKey])
		for _, d := range docs[i*len(docs)/parts : (i+1)*len(docs)/parts] {
			part.Update(d)
		}
		g.Go(func() error { return b.engine.write(part, nil) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return b.engine.write(last, reached)
}

// checkBatch refuses a batch that names an id twice.
func checkBatch(batch index.Batch) error {
	named := make(map[string]bool, len(batch.Upserts)+len(batch.Deletes))
	for _, r := range batch.Upserts {
		if r.ID() == "" || named[r.ID()] {
			return fmt.Errorf("bleveindex: the batch up to seq %d upserts the id %q twice, or it is empty", batch.Position.Seq, r.ID())
		}
		named[r.ID()] = true
	}
	for _, id := range batch.Deletes {
		if named[id] {
			return fmt.Errorf("bleveindex: the batch up to seq %d upserts and deletes the id %q", batch.Position.Seq, id)
		}
	}
	return nil
}
