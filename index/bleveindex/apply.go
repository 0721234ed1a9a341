package bleveindex

import (
	"context"
	"fmt"

	bleve "github.com/blevesearch/bleve_index_api"

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
	parts, err := buildParts(ctx, batch, b.options)
	if err != nil {
		return err
	}
	if err := b.engine.room(ctx); err != nil {
		return err
	}
	next := b.hold(batch)
	defer b.letGo()
	if err := b.write(batch, parts, next); err != nil {
		return fmt.Errorf("bleveindex: apply up to seq %d: %w", batch.Position.Seq, err)
	}
	return b.show(context.WithoutCancel(ctx))
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

// write hands the parts to Bleve. Each carries the state, which never promises
// more of the customers than is true of any of them; the last one carries what
// else the batch says.
func (b *Backend) write(batch index.Batch, parts []*part, next state) error {
	ops, err := internal(next, batch.Position)
	if err != nil {
		return err
	}
	for len(parts) > 1 {
		first := bleve.NewBatch()
		parts[0].addTo(first)
		first.SetInternal([]byte(stateKey), ops[stateKey])
		if err := b.engine.write(first, nil); err != nil {
			return err
		}
		parts = parts[1:]
	}
	last := bleve.NewBatch()
	last.InternalOps = ops
	for _, id := range batch.Deletes {
		last.Delete(id)
	}
	if len(parts) > 0 {
		parts[0].addTo(last)
	}
	position := batch.Position // not the batch, whose records may go before
	return b.engine.write(last, func() { b.persisted.Store(&position) })
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
