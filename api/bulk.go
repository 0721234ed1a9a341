package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

const bulkPath = "/v1/customers/bulk"

type bulkBody struct {
	Selection service.Selection    `json:"selection"`
	Actions   []service.BulkAction `json:"actions" nullable:"false" doc:"At least one; done in their order to each customer."`
	DryRun    bool                 `json:"dryRun,omitempty" doc:"Only count what would come of it: nothing is written."`
}

type bulkInput struct {
	IdempotencyKey string `header:"Idempotency-Key" doc:"The same request under the same key makes one job in 24 hours; repeats get the first answer."`
	Body           bulkBody
}

func (h *handler) registerBulk(routes huma.API) {
	bulk := withBody(operation(http.MethodPost, bulkPath, "bulkCustomers", "Do something to many customers", service.RunJobs, 409, 422, 503), maxBatchBody, batchTime)
	bulk.DefaultStatus = http.StatusAccepted
	bulk.Description = "Makes a job of kind bulk. For whom it is, is fixed now, from a state that has seen every write before this one. A filter or q takes the right to search. " +
		"Each customer is written as by a PATCH; one that is refused stops no other. The job's result is {total, changed, unchanged, gone, refused, missing, faults, seq}; faults are the first 50 kinds of reason, each with code, field, message, count and the id of an example. " +
		"What is wrong for every customer (the filter, unknown, hidden or read-only fields, values of another kind, taking away a write-once value) is told at once, and makes no job."
	register(routes, bulk, h.bulk)

	undo := operation(http.MethodPost, jobsPath+"/{job}/undo", "undoJob", "Take back what a bulk job did", service.RunJobs, 404, 409, 410, 503)
	undo.DefaultStatus = http.StatusAccepted
	undo.Description = "Makes a job of kind undo, also for a bulk job that was cancelled or failed: for what it did. Fields get back the values that they had, where they still have what the job left; of tags, those that the job added or took away; deleted customers come back. " +
		"What cannot be taken back is counted in the result, which has the form of a bulk job's: changed_since, merged_since, history_gone, member_taken, unknown_field, hidden_field. " +
		"409 (not_undoable) when the job has not ended, was a dry run, is no bulk job or was undone; 410 when the history does not reach back to it."
	register(routes, undo, h.undoJob)
}

type acceptedJob struct{ Body service.Job }

func (h *handler) bulk(ctx context.Context, in *bulkInput) (*acceptedJob, error) {
	j, err := h.as(ctx).Bulk(ctx, service.BulkRequest{Selection: in.Body.Selection, Actions: in.Body.Actions, DryRun: in.Body.DryRun,
		Repeat: Conditions{IdempotencyKey: in.IdempotencyKey}.repeat(ctx)})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &acceptedJob{j}, nil
}

func (h *handler) undoJob(ctx context.Context, in *jobInput) (*acceptedJob, error) {
	j, err := h.as(ctx).Undo(ctx, in.Job)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &acceptedJob{j}, nil
}
