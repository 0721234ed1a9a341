package service

import (
	"context"
	"fmt"
	"time"

	"meibo/api/job"
	"meibo/dsl/schema"
	"meibo/store"
)

// bulkStepSize is how many customers one transaction changes: others wait for
// the writer that long.
const bulkStepSize = 500

// A bulkPlace is how far a job on a selection is; its Tally, in the job's
// result, says what came of it so far.
type bulkPlace struct {
	After uint64 `json:"after"`           // the number of the last customer
	Found int    `json:"found,omitempty"` // of an undo: customers whose history tells of the job
}

// runBulk does the job; see Bulk.
func (s *register) runBulk(ctx context.Context, r *job.Run) error {
	caller, err := s.forJob(r.Job())
	if err != nil {
		return err
	}
	var order bulkOrder
	if err := r.Request(&order); err != nil {
		return err
	}
	plan, err := caller.planOrder(order)
	if err != nil {
		return err
	}
	tally := Tally{Total: order.Total, Missing: order.Missing, Faults: []TallyFault{}}
	if order.DryRun {
		return caller.dryRun(ctx, r, plan, tally)
	}
	number := r.Job().Number
	return caller.goThrough(ctx, r, walk{of: number, fresh: tally, do: func(tx *store.Tx, c store.Selected, _ *bulkPlace, t *Tally) error {
		if !c.Live {
			t.Gone++
			return nil
		}
		out, err := caller.act(tx, number, plan, c.Record)
		return t.count(c.Record.ID(), out, err)
	}})
}

// act does the actions to one customer.
func (s *Service) act(tx *store.Tx, number uint64, plan bulkPlan, r schema.Record) (Outcome, error) {
	if !plan.delete {
		w := plan.write(r)
		w.Job = number
		return s.Apply(tx, w)
	}
	seq, err := tx.Delete(r.ID())
	if err != nil {
		return Outcome{}, fmt.Errorf("delete customer: %w", err)
	}
	return Outcome{ID: r.ID(), Status: Deleted, Seq: seq}, s.note(tx, Deleted, CauseBulk, number, r, schema.NewRecord(r.ID()))
}

// A walk is what a job does to each customer of a selection.
type walk struct {
	of    uint64 // the job whose selection it is
	until uint64 // the number of the last customer; 0: to the end
	fresh Tally  // to begin with
	do    func(*store.Tx, store.Selected, *bulkPlace, *Tally) error
}

// goThrough does it, in steps that each commit with what they came to, from
// where the last one stood.
func (s *Service) goThrough(ctx context.Context, r *job.Run, w walk) error {
	for ended := false; !ended; {
		began := time.Now()
		place, tally, err := placeOf(r, w.fresh)
		if err != nil {
			return err
		}
		_, err = r.Commit(ctx, func(step *job.Step) error {
			list, end, err := step.Selected(w.of, place.After, s.stepSize)
			if err != nil {
				return fmt.Errorf("read a selection: %w", err)
			}
			for _, c := range list {
				if w.until > 0 && c.Number > w.until {
					end = true
					break
				}
				if err := w.do(step.Tx, c, &place, &tally); err != nil {
					return err
				}
				place.After = c.Number
			}
			ended = end
			step.Stage, step.Done, step.Total = StageCustomers, tally.seen(), int64(tally.Total)
			step.Checkpoint, step.Result = place, tally
			return nil
		})
		if err != nil {
			return refuseStore(err)
		}
		if !ended {
			s.giveWay(ctx, time.Since(began))
		}
	}
	return nil
}

// StageCustomers is the stage of jobs that go through customers.
const StageCustomers = "customers"

// placeOf is how far a job is; from its beginning, with a fresh tally.
func placeOf(r *job.Run, fresh Tally) (place bulkPlace, tally Tally, err error) {
	there, err := r.Checkpoint(&place)
	if err != nil || !there {
		return place, fresh, err
	}
	return place, tally, decodeResult(r.Job(), &tally)
}

// dryRun counts what the actions would come to. It reads in moments of its own
// and writes nothing but its result; after a restart it begins anew.
func (s *Service) dryRun(ctx context.Context, r *job.Run, plan bulkPlan, tally Tally) error {
	number := r.Job().Number
	for after, ended := uint64(0), false; !ended; {
		began := time.Now()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		list, end, err := s.store.Selected(number, after, s.stepSize)
		if err != nil {
			return fmt.Errorf("read a selection: %w", err)
		}
		for _, c := range list {
			after = c.Number
			if !c.Live {
				tally.Gone++
				continue
			}
			out, err := s.foresee(plan, c.Record)
			if err := tally.count(c.Record.ID(), out, err); err != nil {
				return err
			}
		}
		r.Tell(job.Progress{Stage: StageCustomers, Done: tally.seen(), Total: int64(tally.Total)})
		if ended = end; !ended {
			s.giveWay(ctx, time.Since(began))
		}
	}
	_, err := r.Commit(ctx, func(step *job.Step) error {
		step.Stage, step.Done, step.Total, step.Result = StageCustomers, tally.seen(), int64(tally.Total), tally
		return nil
	})
	return refuseStore(err)
}

// foresee is what act would come to.
func (s *Service) foresee(plan bulkPlan, r schema.Record) (Outcome, error) {
	if plan.delete {
		return Outcome{ID: r.ID(), Status: Deleted}, nil
	}
	_, out, _, err := outcome(r, true, plan.write(r), s.fields(), s.clock().UnixMilli())
	return out, err
}
