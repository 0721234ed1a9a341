package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl/schema"
)

type healthOutput struct {
	Body struct {
		Status string `json:"status" enum:"ok"`
	} `nameHint:"Health"`
}

type readyOutput struct {
	Body struct {
		Status string              `json:"status" enum:"ready"`
		Index  service.IndexStatus `json:"index"`
	} `nameHint:"Readiness"`
}

func (h *handler) registerHealth(routes huma.API) {
	register(routes, operation(http.MethodGet, "/healthz", "health", "Whether the process answers", service.Anyone),
		func(context.Context, *struct{}) (*healthOutput, error) {
			out := &healthOutput{}
			out.Body.Status = "ok"
			return out, nil
		})
	register(routes, operation(http.MethodGet, "/readyz", "ready", "Whether searches are answered", service.Anyone, 503), h.ready)
}

func (h *handler) ready(ctx context.Context, _ *struct{}) (*readyOutput, error) {
	status := h.service.Stats().Index
	if !status.Answers() {
		return nil, newProblem(ctx, service.CodeIndexing, schema.Words{
			JA: "検索インデックスを準備しています（" + status.State + "）。", EN: "the index is not ready: " + status.State})
	}
	out := &readyOutput{}
	out.Body.Status, out.Body.Index = service.StateReady, status
	return out, nil
}
