package api

import "github.com/danielgtaylor/huma/v2"

func (h *handler) registerExports(routes huma.API) {}
