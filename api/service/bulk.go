package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"meibo/store"
)

// A BulkRequest asks for actions on many customers. For whom it is, is fixed
// now, not when the job's turn comes: it is for those whom the caller could
// count when asking, whatever happens while other jobs run.
type BulkRequest struct {
	Selection Selection
	Actions   []BulkAction
	DryRun    bool // only count what would come of it
	Repeat    Repeat
}

// A bulkOrder is what a job keeps of the request. Its customers are in the
// job's selection.
type bulkOrder struct {
	Selection chosenBy     `json:"selection"`
	Actions   []BulkAction `json:"actions"`
	DryRun    bool         `json:"dryRun,omitempty"`
	Total     int          `json:"total"`             // customers
	Missing   int          `json:"missing,omitempty"` // ids that are nobody's
	Seq       uint64       `json:"seq"`               // the selection has seen it; what the job writes comes later
}

// chosenBy is how the customers were chosen.
type chosenBy struct {
	Filter   *string `json:"filter,omitempty"`
	Q        string  `json:"q,omitempty"`
	TimeZone string  `json:"timeZone"`
	Now      string  `json:"now,omitempty"`
	IDs      int     `json:"ids,omitempty"` // how many were given
}

// Bulk makes a job that does actions to many customers, or with DryRun counts
// what they would come to. Whatever is wrong with the request is told at once
// and makes no job.
func (s *Service) Bulk(ctx context.Context, r BulkRequest) (Job, error) {
	request, err := json.Marshal(struct {
		Selection Selection
		Actions   []BulkAction
		DryRun    bool
	}{r.Selection, r.Actions, r.DryRun})
	if err != nil {
		return Job{}, refuse(CodeBadRequest, "actions の set を JSON として読めません。", "a set among the actions is not JSON: "+err.Error())
	}
	if err := r.Repeat.validate(); err != nil {
		return Job{}, err
	}
	chosen, err := s.checkBulk(ctx, r)
	if err != nil {
		return Job{}, err
	}
	order := bulkOrder{Selection: chosenBy{r.Selection.Filter, r.Selection.Q, chosen.zone, chosen.now, chosen.ids},
		Actions: r.Actions, DryRun: r.DryRun, Total: chosen.customers.Len(), Missing: len(chosen.missing), Seq: chosen.seq}
	made, err := once(ctx, s.store.Update, r.Repeat, fingerprint([]byte("BULK"), request), func(tx *store.Tx, _ uint64) (Job, error) {
		return s.addBulk(tx, order, chosen.customers)
	})
	if err != nil {
		return Job{}, err
	}
	s.jobs.Wake()
	return made, nil
}

// checkBulk tells all faults of a request together, then finds the customers.
func (s *Service) checkBulk(ctx context.Context, r BulkRequest) (selected, error) {
	fix, err := s.prepareSelection(r.Selection)
	zone, unknown := s.zoneNamed(r.Selection.TimeZone)
	if unknown != nil {
		zone = s.zone() // told with the selection
	}
	_, faults := planBulk(r.Actions, s.fields(), zone)
	var refusal *Error
	switch {
	case err == nil && len(faults) > 0:
		return selected{}, refuseValues(faults)
	case errors.As(err, &refusal):
		refusal.Values = append(refusal.Values, faults...)
		return selected{}, refusal
	case err != nil:
		return selected{}, err
	}
	return fix(ctx)
}

// addBulk keeps the job with its selection and, where it will write, the audit
// entry.
func (s *Service) addBulk(tx *store.Tx, order bulkOrder, customers *store.Selection) (Job, error) {
	number, err := s.addJob(tx, JobBulk, order)
	if err != nil {
		return Job{}, err
	}
	if err := tx.PutSelection(number, customers); err != nil {
		return Job{}, fmt.Errorf("keep a selection: %w", err)
	}
	if !order.DryRun {
		if err := s.audit(tx, act{action: "bulk.started", kind: "job", key: jobID(number), detail: order, job: number}); err != nil {
			return Job{}, err
		}
	}
	return s.expect(tx, number, 0, order.Total)
}

// expect notes with a new job how many customers it is for, and which job it
// is about.
func (s *Service) expect(tx *store.Tx, number, of uint64, total int) (Job, error) {
	j, err := tx.Job(number)
	if err != nil {
		return Job{}, fmt.Errorf("read a new job: %w", err)
	}
	j.Of, j.Total = of, int64(total)
	if err := tx.PutJob(j); err != nil {
		return Job{}, fmt.Errorf("keep a job: %w", err)
	}
	return s.job(j), nil
}

// planOrder reads the actions of an order again, in its zone. Fields may have
// changed since: then the job ends, saying so.
func (s *Service) planOrder(order bulkOrder) (bulkPlan, error) {
	zone, err := s.zoneNamed(order.Selection.TimeZone)
	if err != nil {
		return bulkPlan{}, err
	}
	plan, faults := planBulk(order.Actions, s.fields(), zone)
	if len(faults) > 0 {
		return bulkPlan{}, refuseValues(faults)
	}
	return plan, nil
}
