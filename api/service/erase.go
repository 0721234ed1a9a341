package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"meibo/api/job"
	"meibo/dsl/schema"
	"meibo/store"
)

// MaxEraseIDs bounds the ids of one request; there is no bound with a filter.
const MaxEraseIDs = 10_000

// An EraseSelection is whom to erase: ids, also of deleted and of merged
// customers, or a question. One of the two is there.
type EraseSelection struct {
	IDs   []string
	Asked bool // Question counts, an empty one too: everybody
	Question
}

// An EraseRequest asks to erase customers for good.
type EraseRequest struct {
	Selection EraseSelection
	DryRun    bool // only count
	Confirm   *int // how many that are, unless DryRun
}

// An erasePlan is what the job keeps of the request: nothing of the persons.
// Who they are is the job's selection, which it empties.
type erasePlan struct {
	Customers int  `json:"customers"` // in the selection; those merged into them come on top
	NotFound  int  `json:"notFound"`
	DryRun    bool `json:"dryRun,omitempty"`
}

// An EraseResult is what came of the job.
type EraseResult struct {
	Erased   int `json:"erased" doc:"Persons: a customer and those that were merged into it are one. Of a dry run: that would be."`
	NotFound int `json:"notFound" doc:"Ids of the request that nobody has, or of customers that were erased before."`
	Answers  int `json:"answers" doc:"Answers kept for Idempotency-Keys that were emptied."`
	Audit    int `json:"audit" doc:"Entries of the audit log in which texts were replaced."`
	Jobs     int `json:"jobs" doc:"Jobs of which that is true."`
	Exports  int `json:"exports" doc:"Files of exports that were deleted."`
	Files    int `json:"files" doc:"Uploads and error files that were deleted."`
	Imports  int `json:"imports" doc:"Waiting imports of such a file, which have failed."`
}

// EraseOne erases the customer of an id. confirm, where it is there, is the id again.
func (s *Service) EraseOne(ctx context.Context, id, confirm string) (Job, error) {
	if confirm != "" && confirm != id {
		return Job{}, refuseParameter("confirm", "other_customer", "confirm が URL の ID と違います。", "confirm is not the id of the customer in the path")
	}
	var chosen store.Selection
	unknown, err := s.store.SelectErasable(&chosen, []string{id})
	switch {
	case err != nil:
		return Job{}, fmt.Errorf("find a customer to erase: %w", err)
	case len(unknown) > 0:
		if _, err := s.stored(id); CodeOf(err) == CodeGone {
			return Job{}, err
		}
		return Job{}, refuseNotFound()
	}
	return s.addErasure(ctx, &chosen, erasePlan{Customers: chosen.Len()})
}

// Erase erases a set of customers, which is fixed by this call.
func (s *Service) Erase(ctx context.Context, r EraseRequest) (Job, error) {
	if r.Selection.Asked == (r.Selection.IDs != nil) {
		return Job{}, refuseParameter("selection", "one_of", "selection には ids か、filter・q のどちらか一方を入れてください。", "selection has either ids or filter and q")
	}
	if len(r.Selection.IDs) > MaxEraseIDs {
		return Job{}, refuseParameter("selection", "too_many", fmt.Sprintf("ids は %d 個までです。", MaxEraseIDs), fmt.Sprintf("at most %d ids", MaxEraseIDs))
	}
	if !r.DryRun && r.Confirm == nil {
		return Job{}, refuseParameter("confirm", "required", "confirm に対象の人数を入れてください。dryRun で数えられます。", "confirm is how many customers that are; dryRun counts them")
	}
	chosen, plan, err := s.toErase(ctx, r)
	if err != nil {
		return Job{}, err
	}
	if !r.DryRun && *r.Confirm != plan.Customers {
		return Job{}, refuse(CodePreconditionFailed, fmt.Sprintf("対象は %d 人で、confirm の %d 人と違います。", plan.Customers, *r.Confirm),
			fmt.Sprintf("the selection has %d customers, confirm says %d", plan.Customers, *r.Confirm))
	}
	return s.addErasure(ctx, chosen, plan)
}

// toErase finds the customers of a request.
func (s *Service) toErase(ctx context.Context, r EraseRequest) (*store.Selection, erasePlan, error) {
	const part = 1000 // ids looked up at once
	chosen, plan := &store.Selection{}, erasePlan{DryRun: r.DryRun}
	var ids []string
	look := func() error {
		unknown, err := s.store.SelectErasable(chosen, ids)
		plan.NotFound += len(unknown)
		ids = ids[:0]
		return err
	}
	add := func(id string) error {
		if ids = append(ids, id); len(ids) < part {
			return nil
		}
		return look()
	}
	var err error
	if r.Selection.Asked {
		asked := r.Selection.Question
		asked.MinSeq = s.store.Seq()
		err = s.Stream(ctx, SearchRequest{Question: asked, Fields: []string{schema.IDField}}, func(c schema.Record, _ json.RawMessage) error { return add(c.ID()) })
	}
	for _, id := range r.Selection.IDs {
		if err == nil {
			err = add(id)
		}
	}
	if err == nil {
		err = look()
	}
	plan.Customers = chosen.Len()
	return chosen, plan, err
}

// addErasure keeps the job. A dry run has ended with that.
func (s *Service) addErasure(ctx context.Context, chosen *store.Selection, plan erasePlan) (Job, error) {
	number := uint64(0)
	_, err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if number, err = s.addJob(tx, JobErase, plan); err != nil {
			return err
		}
		if plan.DryRun {
			return s.endDryErasure(tx, number, plan)
		}
		if err := tx.PutSelection(number, chosen); err != nil {
			return err
		}
		return s.audit(tx, act{action: "erase.started", kind: "customer", detail: plan, job: number})
	})
	if err != nil {
		return Job{}, refuseStore(err)
	}
	s.jobs.Wake()
	return s.Job(jobID(number))
}

func (s *Service) endDryErasure(tx *store.Tx, number uint64, plan erasePlan) error {
	j, err := tx.Job(number)
	if err != nil {
		return err
	}
	result, err := json.Marshal(EraseResult{Erased: plan.Customers, NotFound: plan.NotFound})
	if err != nil {
		return fmt.Errorf("keep a result: %w", err)
	}
	j.State, j.Result, j.StartedAt, j.EndedAt = job.Done, result, j.CreatedAt, j.CreatedAt
	return tx.PutJob(j)
}

// refuseErased is for whoever names a customer that was erased.
func refuseErased() *Error {
	return refuse(CodeGone, "この顧客は完全に消去されました。この ID は二度と使えません。", "this customer was erased for good; its id cannot be used again")
}

// goneFor tells a customer that was erased from one that never was.
func goneFor(err error) *Error {
	var erased *store.ErasedError
	if errors.As(err, &erased) {
		return refuseErased()
	}
	return refuseNotFound()
}
