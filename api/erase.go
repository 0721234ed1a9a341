package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

// An eraseOneBody repeats whom it is about, so that a slip in a path erases nobody.
type eraseOneBody struct {
	Confirm string `json:"confirm,omitempty" doc:"The id again. Left out, the path alone counts."`
}

type eraseOneInput struct {
	CustomerID
	Body *eraseOneBody `required:"false"`
}

// An eraseSelection is whom to erase.
type eraseSelection struct {
	IDs      []string `json:"ids,omitempty" nullable:"false" maxItems:"10000" doc:"Ids, also of deleted and of merged customers. Either these or a filter."`
	Filter   *string  `json:"filter,omitempty" doc:"A filter in the language; an empty one is everybody."`
	Q        string   `json:"q,omitempty" doc:"Quick search, together with the filter or alone."`
	TimeZone string   `json:"timeZone,omitempty" doc:"IANA name; left out: the workspace's."`
}

type eraseInput struct {
	Body struct {
		Selection eraseSelection `json:"selection"`
		DryRun    bool           `json:"dryRun,omitempty" doc:"Only count: the job has ended at once, erased of its result is how many that would be."`
		Confirm   *int           `json:"confirm,omitempty" minimum:"0" doc:"How many customers the selection has, unless dryRun. Refuses with 412 when it has another number by now."`
	} `nameHint:"EraseBody"`
}

const erasesForGood = "Removes customers for good: from the store, the history, the index, kept answers, jobs, uploads and finished exports that have them, and their ids, " +
	"memberIds, e-mail addresses and phone numbers from the audit log. A customer and those that were merged into it are one person. What is left is a keyed hash of the id: it never comes back, and restored backups are freed of the customer again. " +
	"Bytes that were freed leave the disk with `meibo compact`. The job cannot be cancelled once it has begun, nor undone. Its result: erased, notFound, and what else was changed."

func (h *handler) registerErase(routes huma.API) {
	one := withBody(operation(http.MethodPost, customerPath+"/erase", "eraseCustomer", "Erase a customer for good", service.Erase, 404, 410, 503), maxCustomerBody, bodyTime)
	one.Description = erasesForGood
	one.DefaultStatus = http.StatusAccepted
	register(routes, one, h.eraseOne)

	many := withBody(operation(http.MethodPost, "/v1/customers/erase", "eraseCustomers", "Erase many customers for good", service.Erase, 412, 422, 503), maxFilterBody, bodyTime)
	many.Description = erasesForGood + " The set is fixed when the request is answered."
	many.DefaultStatus = http.StatusAccepted
	register(routes, many, h.erase)
}

func (h *handler) eraseOne(ctx context.Context, in *eraseOneInput) (*jobOutput, error) {
	id, err := in.customerID(ctx)
	if err != nil {
		return nil, err
	}
	confirm := ""
	if in.Body != nil {
		confirm = in.Body.Confirm
	}
	j, err := h.as(ctx).EraseOne(ctx, id, confirm)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &jobOutput{j}, nil
}

func (h *handler) erase(ctx context.Context, in *eraseInput) (*jobOutput, error) {
	chosen := in.Body.Selection
	r := service.EraseRequest{DryRun: in.Body.DryRun, Confirm: in.Body.Confirm, Selection: service.EraseSelection{IDs: chosen.IDs}}
	if chosen.Filter != nil || chosen.Q != "" {
		r.Selection.Asked, r.Selection.Question = true, service.Question{Q: chosen.Q, TimeZone: chosen.TimeZone}
		if chosen.Filter != nil {
			r.Selection.Filter = *chosen.Filter
		}
	}
	j, err := h.as(ctx).Erase(ctx, r)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &jobOutput{j}, nil
}
