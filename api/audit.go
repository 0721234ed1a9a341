package api

import "github.com/danielgtaylor/huma/v2"

func (h *handler) registerAudit(routes huma.API) {}
