package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"meibo/api/job"
	"meibo/store"
)

// An undoOrder is what a job that undoes another keeps of its request.
type undoOrder struct {
	Job   string `json:"job"`
	Until uint64 `json:"until"` // the number of the last customer that it came to
	Seq   uint64 `json:"seq"`   // what it wrote comes later
	Total int    `json:"total"`

	Changed int   `json:"changed"` // customers that it changed
	At      int64 `json:"at"`      // when it began, in epoch milliseconds
}

// Undo makes a job that takes back what a job on many customers did, also one
// that was cancelled or failed, as far as the history remembers it and nobody
// has changed it since.
func (s *Service) Undo(ctx context.Context, id string) (Job, error) {
	s.undoing.Lock()
	defer s.undoing.Unlock()
	target, err := s.storedJob(id)
	if err != nil {
		return Job{}, err
	}
	order, err := s.undoable(target)
	if err != nil {
		return Job{}, err
	}
	var made Job
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		number, err := s.addJob(tx, JobUndo, order)
		if err != nil {
			return err
		}
		if err := s.audit(tx, act{action: "undo.started", kind: "job", key: id, detail: order, job: number}); err != nil {
			return err
		}
		made, err = s.expect(tx, number, target.Number, order.Total)
		return err
	})
	if err != nil {
		return Job{}, refuseStore(err)
	}
	s.jobs.Wake()
	return made, nil
}

// undoable tells why a job cannot be undone, or what undoing it takes.
func (s *Service) undoable(target store.Job) (undoOrder, error) {
	switch {
	case target.Kind == JobUndo:
		return undoOrder{}, refuse(CodeNotUndoable, "取り消しは取り消せません。同じ操作をもう一度行ってください。", "an undo cannot be undone: do the action again")
	case target.Kind != JobBulk:
		return undoOrder{}, refuse(CodeNotUndoable, "取り消せるのは一括操作だけです。", "only bulk actions can be undone")
	case !job.Ended(target.State):
		return undoOrder{}, refuse(CodeNotUndoable, "このジョブはまだ終わっていません。終わるのを待つか、中止してから取り消してください。",
			"the job has not ended: wait for it or cancel it first")
	case target.EndedAt < s.historyBegins():
		return undoOrder{}, refuse(CodeGone, "ジョブから時間がたち、履歴が残っていないため、取り消せません。",
			"the job is too long ago to be undone: the history does not reach back so far")
	}
	var order bulkOrder
	if err := json.Unmarshal(target.Request, &order); err != nil {
		return undoOrder{}, fmt.Errorf("read the request of the job %d: %w", target.Number, err)
	}
	if order.DryRun {
		return undoOrder{}, refuse(CodeNotUndoable, "このジョブは試しただけで、何も変更していません。", "the job was a dry run: it has changed nothing")
	}
	undo := undoOrder{Job: jobID(target.Number), Seq: order.Seq, At: target.StartedAt}
	if len(target.Checkpoint) > 0 { // else it had not begun
		var place bulkPlace
		var tally Tally
		if err := errors.Join(json.Unmarshal(target.Checkpoint, &place), decodeResult(target, &tally)); err != nil {
			return undoOrder{}, fmt.Errorf("read how far the job %d came: %w", target.Number, err)
		}
		undo.Until, undo.Total, undo.Changed = place.After, int(tally.seen()), tally.Changed
	}
	return undo, s.notUndone(target.Number)
}

// notUndone refuses a job that was undone or is being undone. An undo that
// ended early may be asked for again: what it has taken back is then as it
// should be.
func (s *Service) notUndone(number uint64) error {
	by := uint64(0)
	err := s.store.Jobs(0, func(j store.Job) bool {
		if j.Kind == JobUndo && j.Of == number && j.State != job.Failed && j.State != job.Cancelled {
			by = j.Number
		}
		return by == 0 && j.Number > number
	})
	switch {
	case err != nil:
		return fmt.Errorf("look for an undo: %w", err)
	case by != 0:
		return refuse(CodeNotUndoable, "このジョブはすでに取り消されています（ジョブ "+jobID(by)+"）。", "the job is undone already, by the job "+jobID(by))
	}
	return nil
}
