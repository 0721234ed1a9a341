package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// A deletingField is one that was deleted and whose key cannot be used again
// yet.
type deletingField struct {
	Key  string `json:"key"`
	Done uint64 `json:"done" doc:"Of how many customers the values are out."`
	Of   uint64 `json:"of" doc:"How many customers there are, deleted ones counted."`
}

type fieldsOutput struct {
	Body struct {
		Fields   []schema.Field  `json:"fields" nullable:"false" doc:"Those that the caller may see, in their display order."`
		Deleting []deletingField `json:"deleting" nullable:"false" doc:"Fields that were deleted and whose values are on their way out of the records."`
	} `nameHint:"FieldsAnswer"`
}

func (h *handler) registerFields(routes huma.API) {
	register(routes, operation(http.MethodGet, "/v1/fields", "listFields", "The workspace's fields", service.Read), h.listFields)
}

func (h *handler) listFields(ctx context.Context, _ *struct{}) (*fieldsOutput, error) {
	out := &fieldsOutput{}
	out.Body.Fields, out.Body.Deleting = h.as(ctx).Fields(), []deletingField{}
	leaving, err := h.as(ctx).Leaving()
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	for _, l := range leaving {
		out.Body.Deleting = append(out.Body.Deleting, deletingField{l.Key, l.At, l.Of})
	}
	return out, nil
}
