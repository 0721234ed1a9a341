package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

type batchInput struct {
	ContentType    string `header:"Content-Type" hidden:"true"`
	IdempotencyKey string `header:"Idempotency-Key" doc:"The same batch under the same key is carried out once in 24 hours; repeats get the first answer."`
	RawBody        []byte `contentType:"application/json"`
}

type batchOutput struct{ Body service.BatchAnswer }

func (h *handler) registerBatch(routes huma.API) {
	op := withBody(operation(http.MethodPost, "/v1/customers/batch", "batchCustomers", "Create or change up to 10,000 customers",
		service.WriteRecord, 409, 410, 503), maxBatchBody, batchTime)
	op.Description = "Each record is merged like a PATCH, and created when its id is unknown or left out. A record with a memberId and no id is for the customer who has that memberId; a new one gets it. An id that was merged means the customer that it is part of. A refused record stops no other; all others are committed together."
	op.SkipValidateBody = true // the service reads customers, with all of their faults at once
	register(routes, op, h.batch)
	most := service.MaxBatch
	operationAt(routes, op).RequestBody.Content = map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: "object", Required: []string{"customers"}, AdditionalProperties: false,
			Properties: map[string]*huma.Schema{"customers": {Type: "array", Items: customerEditSchema(routes), MaxItems: &most}}}},
		ndjson: {Schema: &huma.Schema{Type: "string", Description: "One customer in JSON a line."}},
	}
}

func (h *handler) batch(ctx context.Context, in *batchInput) (*batchOutput, error) {
	answer, err := h.as(ctx).Batch(ctx, service.BatchRequest{Body: in.RawBody, Lines: mediaType(in.ContentType) == ndjson,
		Policy: service.PeoplePolicy(), Repeat: service.Repeat{Caller: requestOf(ctx).caller.TokenID, Key: in.IdempotencyKey}})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &batchOutput{answer}, nil
}
