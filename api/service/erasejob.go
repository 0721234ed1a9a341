package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"meibo/api/job"
	"meibo/store"
)

// Erasing is done in stages, one after the other for all customers of the job,
// because copies of what is known of them are in many places. First nobody sees
// or writes them any more (hide), so that no new copies come; then the copies go,
// found by what their records, still there, say (search); then the records (wipe);
// when the index has on disk that they are gone (index), the last: their ids (forget).
//
// A job that is broken off goes on at its stage. Doing a part of a stage twice
// does no harm. From the first step on it cannot be cancelled.
const (
	eraseHide   = "hide"
	eraseSearch = "search"
	eraseWipe   = "wipe"
	eraseIndex  = "index"
	eraseForget = "forget"
)

// Bounds of one step.
const (
	eraseStep   = 1000   // customers of a transaction
	erasePeople = 10_000 // customers looked for in one go through everything that could name them
	eraseShown  = 100    // hashes that the audit log names
	indexLook   = 20 * time.Millisecond
)

// An erasure is how far the job is: its checkpoint.
type erasure struct {
	Stage  string      `json:"stage"`
	After  uint64      `json:"after"` // the number of the customer up to which the stage is done
	Done   int64       `json:"done"`  // of the stage, about
	Seq    uint64      `json:"seq"`   // of the last write that the index has to know
	Result EraseResult `json:"result"`
	Hashes []string    `json:"hashes,omitempty"` // of the first ids
}

// An eraser is the job while it runs.
type eraser struct {
	*register
	run  *job.Run
	at   erasure
	plan erasePlan
}

func (s *register) runErase(ctx context.Context, run *job.Run) error {
	e := &eraser{register: s, run: run, at: erasure{Stage: eraseHide}}
	if err := run.Request(&e.plan); err != nil {
		return err
	}
	if _, err := run.Checkpoint(&e.at); err != nil {
		return err
	}
	e.at.Result.NotFound = e.plan.NotFound
	for _, stage := range []struct {
		name string
		do   func(context.Context) error
	}{{eraseHide, e.hide}, {eraseSearch, e.search}, {eraseWipe, e.wipe}, {eraseIndex, e.awaitIndex}, {eraseForget, e.forget}} {
		if stage.name != e.at.Stage {
			continue
		}
		if err := stage.do(ctx); err != nil {
			return fmt.Errorf("erase customers: %s: %w", stage.name, err)
		}
	}
	return nil
}

func (e *eraser) job() uint64 { return e.run.Job().Number }

// commit does one step. next is the checkpoint that change leaves.
func (e *eraser) commit(ctx context.Context, change func(tx *store.Tx, next *erasure) error) error {
	next := e.at
	_, err := e.run.Commit(ctx, func(step *job.Step) error {
		next = e.at
		if err := change(step.Tx, &next); err != nil {
			return err
		}
		total := int64(e.plan.Customers)
		step.Progress = job.Progress{Stage: next.Stage, Done: min(next.Done, total), Total: total}
		step.Checkpoint, step.Result = next, next.Result
		return nil
	})
	if err == nil {
		e.at = next
	}
	return err
}

// enter begins the next stage.
func (e *eraser) enter(ctx context.Context, stage string) error {
	return e.commit(ctx, func(_ *store.Tx, next *erasure) error {
		next.Stage, next.After, next.Done = stage, 0, 0
		return nil
	})
}

func (e *eraser) erasing(limit int) store.Erasing {
	return store.Erasing{Job: e.job(), After: e.at.After, Limit: limit}
}

// hide takes the customers out of every answer, with all that were merged into
// them and those that they were merged into since the job was asked for.
func (e *eraser) hide(ctx context.Context) error {
	for hidden := false; ; hidden = true {
		all, added, err := e.store.WithMerged(e.job())
		switch {
		case err != nil:
			return err
		case hidden && added == 0:
			return e.enter(ctx, eraseSearch) // nobody comes into hidden ones any more
		}
		err = e.commit(ctx, func(tx *store.Tx, next *erasure) error {
			next.After = 0
			return errors.Join(e.cancelled(ctx, tx), tx.PutSelection(e.job(), all))
		})
		for done := false; !done && err == nil; {
			err = e.commit(ctx, func(tx *store.Tx, next *erasure) error {
				last, all, persons, err := tx.Hide(e.erasing(eraseStep))
				next.After, done = last, all
				next.Result.Erased += persons
				next.Done += int64(persons)
				next.Seq = tx.Seq()
				return err
			})
		}
		if err != nil {
			return err
		}
	}
}

// cancelled notices, before anything is done, that the job was cancelled a
// moment ago.
func (e *eraser) cancelled(ctx context.Context, tx *store.Tx) error {
	j, err := tx.Job(e.job())
	if err == nil && j.Cancel && len(j.Checkpoint) == 0 {
		<-ctx.Done() // follows at once
		return ctx.Err()
	}
	return err
}

// wipe removes the records and histories, and takes the customers out of other
// jobs' selections.
func (e *eraser) wipe(ctx context.Context) error {
	var others []uint64
	err := e.store.Jobs(0, func(j store.Job) bool {
		if j.Number != e.job() {
			others = append(others, j.Number)
		}
		return true
	})
	for _, other := range others {
		if err == nil {
			err = e.commit(ctx, func(tx *store.Tx, _ *erasure) error {
				_, err := tx.Unselect(other, e.job())
				return err
			})
		}
	}
	for done := false; !done && err == nil; {
		err = e.commit(ctx, func(tx *store.Tx, next *erasure) (err error) {
			next.After, done, err = tx.Wipe(e.erasing(eraseStep))
			next.Done += eraseStep
			return err
		})
	}
	if err != nil {
		return err
	}
	return e.enter(ctx, eraseIndex)
}

// A persister knows what of the index is on disk.
type persister interface{ Persisted() uint64 }

// awaitIndex waits until the index cannot come back to a state in which it has
// the customers. One that fails is mended by whoever keeps it; so long it waits.
func (e *eraser) awaitIndex(ctx context.Context) error {
	index, can := e.index.(persister)
	for {
		look, stop := context.WithTimeout(ctx, time.Second)
		snapshot, err := e.index.Snapshot(look, e.at.Seq)
		stop()
		if err == nil {
			snapshot.Release()
			if !can || index.Persisted() >= e.at.Seq {
				return e.enter(ctx, eraseForget)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(indexLook):
		}
	}
}

// forget removes the ids, and with them the last that tells the customers from
// each other. The audit log gets hashes of the first ids: who knows an id can
// have it hashed again.
func (e *eraser) forget(ctx context.Context) error {
	acting, err := e.forJob(e.run.Job())
	if err != nil {
		return err
	}
	for done := false; !done; {
		err := e.commit(ctx, func(tx *store.Tx, next *erasure) error {
			hashes, last, all, err := tx.Forget(e.erasing(eraseStep))
			if err != nil {
				return err
			}
			next.After, done = last, all
			next.Done += int64(len(hashes))
			for _, h := range hashes[:min(len(hashes), eraseShown-len(next.Hashes))] {
				next.Hashes = append(next.Hashes, h.Hash)
			}
			if !all {
				return nil
			}
			if err := tx.PutSelection(e.job(), &store.Selection{}); err != nil {
				return err
			}
			return acting.audit(tx, act{action: "customer.erased", kind: "customer", job: e.job(),
				detail: map[string]any{"erased": next.Result.Erased, "hashes": next.Hashes}})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
