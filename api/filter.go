package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

type analyzeInput struct {
	Body struct {
		Filter   string `json:"filter" doc:"A filter in the language, right or wrong."`
		TimeZone string `json:"timeZone,omitempty" doc:"As in a search."`
		Now      string `json:"now,omitempty" doc:"As in a search."`
	} `nameHint:"AnalyzeBody"`
}

type analyzeOutput struct{ Body service.Analysis }

type formatBody struct {
	Filter string `json:"filter"`
}

type formatInput struct{ Body formatBody }

type formatOutput struct{ Body formatBody }

func (h *handler) registerFilter(routes huma.API) {
	register(routes, withBody(operation(http.MethodPost, "/v1/filter/analyze", "analyzeFilter",
		"What the parser knows about a filter", service.Read), maxFilterBody, bodyTime), h.analyze)
	register(routes, withBody(operation(http.MethodPost, "/v1/filter/format", "formatFilter",
		"Write a filter in its canonical form, comments kept", service.Read, 422), maxFilterBody, bodyTime), h.format)
}

func (h *handler) analyze(ctx context.Context, in *analyzeInput) (*analyzeOutput, error) {
	answer, err := h.as(ctx).Analyze(ctx, service.AnalyzeRequest{Filter: in.Body.Filter, TimeZone: in.Body.TimeZone, Now: in.Body.Now})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &analyzeOutput{answer}, nil
}

func (h *handler) format(ctx context.Context, in *formatInput) (*formatOutput, error) {
	text, err := h.service.Format(in.Body.Filter)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &formatOutput{formatBody{text}}, nil
}
