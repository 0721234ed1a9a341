package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

type monthInput struct {
	Month string `query:"month" required:"true" doc:"2026-11"`
}

type monthOutput struct{ Body service.MonthlyActive }

func (h *handler) registerStats(routes huma.API) {
	op := operation(http.MethodGet, "/v1/stats/mau", "monthlyActive", "Count the customers who were active in a month", service.Read, 400)
	register(routes, op, h.monthlyActive)
}

func (h *handler) monthlyActive(ctx context.Context, in *monthInput) (*monthOutput, error) {
	answer, err := h.as(ctx).MonthlyActive(in.Month)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &monthOutput{answer}, nil
}
