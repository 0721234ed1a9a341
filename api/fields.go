package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl/schema"
)

type fieldsOutput struct {
	Body struct {
		Fields []schema.Field `json:"fields" nullable:"false" doc:"In their display order."`
	} `nameHint:"FieldsAnswer"`
}

func (h *handler) registerFields(routes huma.API) {
	register(routes, operation(http.MethodGet, "/v1/fields", "listFields", "The workspace's fields", service.Read),
		func(ctx context.Context, _ *struct{}) (*fieldsOutput, error) {
			out := &fieldsOutput{}
			out.Body.Fields = h.as(ctx).Fields()
			return out, nil
		})
}
