package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

type historyInput struct {
	CustomerID
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries of a page."`
	Cursor string `query:"cursor" doc:"nextCursor of the page before."`
}

type historyOutput struct{ Body service.HistoryAnswer }

type restoreInput struct {
	CustomerID
	IdempotencyKey string `header:"Idempotency-Key" doc:"The same request under the same key is carried out once in 24 hours; repeats get the first answer."`
}

func (h *handler) registerHistory(routes huma.API) {
	history := operation(http.MethodGet, customerPath+"/history", "getCustomerHistory", "Who changed a customer, when and how",
		service.Read, 308, 400, 404, 410)
	history.Description = "Changes of profile fields, tags, opt-outs, name and memberId, as long as the workspace keeps them; not what visits count, and not the first values of imported customers. Fields that the caller cannot see are left out. A deleted customer's history is answered to those who may restore it."
	register(routes, history, h.history)

	restore := operation(http.MethodPost, customerPath+"/restore", "restoreCustomer", "Undo the deletion of a customer",
		service.WriteRecord, 308, 400, 404, 409, 410, 503)
	restore.Description = "Brings the customer back as it was, but for values of fields that were deleted since. 409 when it is not deleted (already_exists) or another customer has its memberId by now (member_taken); 410 when the history no longer reaches back to the deletion."
	register(routes, restore, h.restore)
}

func (h *handler) history(ctx context.Context, in *historyInput) (*historyOutput, error) {
	id, err := in.customerID(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).History(ctx, service.HistoryRequest{ID: id, Limit: &in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, h.problemBelow(ctx, err, "/history")
	}
	return &historyOutput{answer}, nil
}

func (h *handler) restore(ctx context.Context, in *restoreInput) (*editOutput, error) {
	id, err := in.customerID(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).Restore(ctx, service.RestoreRequest{ID: id, Repeat: Conditions{IdempotencyKey: in.IdempotencyKey}.repeat(ctx)})
	if err != nil {
		return nil, h.problemBelow(ctx, err, "/restore")
	}
	return &editOutput{Status: http.StatusOK, ETag: answer.ETag,
		Body: editAnswer{Customer: customer{answer.Customer}, Status: answer.Status, Seq: answer.Seq}}, nil
}

// problemBelow is problemOf for what is below a customer's path: of a customer
// that was merged, it is at the other's.
func (h *handler) problemBelow(ctx context.Context, err error, below string) *Problem {
	p := h.problemOf(ctx, err)
	p.below = below
	return p
}
