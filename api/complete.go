package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl"
)

type completeInput struct {
	Body struct {
		Filter   string `json:"filter" doc:"A filter in the language, right, wrong or half-written."`
		Cursor   *int   `json:"cursor,omitempty" minimum:"0" doc:"Where the cursor stands, in UTF-16 code units; at the end when left out or beyond it."`
		TimeZone string `json:"timeZone,omitempty" doc:"As in a search."`
		Now      string `json:"now,omitempty" doc:"As in a search."`
	} `nameHint:"CompleteBody"`
}

func (in *completeInput) request() service.CompleteRequest {
	return service.CompleteRequest{Filter: in.Body.Filter, Cursor: in.Body.Cursor, TimeZone: in.Body.TimeZone, Now: in.Body.Now}
}

type completeOutput struct{ Body dsl.Completion }

type hoverOutput struct{ Body service.HoverAnswer }

func (h *handler) registerComplete(routes huma.API) {
	complete := withBody(operation(http.MethodPost, "/v1/filter/complete", "completeFilter",
		"What may stand at the cursor of a filter", service.Read), maxFilterBody, bodyTime)
	complete.Description = "Each candidate's insert may replace the range. While the index is not ready, values are left out."
	register(routes, complete, h.complete)
	hover := withBody(operation(http.MethodPost, "/v1/filter/hover", "hoverFilter",
		"What stands under the cursor of a filter", service.Read), maxFilterBody, bodyTime)
	hover.Description = "Where there is nothing to say, found is false and the rest is left out. While the index is not ready, count and example are left out."
	register(routes, hover, h.hover)
}

func (h *handler) complete(ctx context.Context, in *completeInput) (*completeOutput, error) {
	answer, err := h.as(ctx).Complete(ctx, in.request())
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &completeOutput{answer}, nil
}

func (h *handler) hover(ctx context.Context, in *completeInput) (*hoverOutput, error) {
	answer, err := h.as(ctx).Hover(ctx, in.request())
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &hoverOutput{answer}, nil
}
