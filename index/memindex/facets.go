package memindex

import (
	"context"
	"errors"

	"meibo/dsl/expr"
	"meibo/index"
)

// Facets is on its way.
func (s *snapshot) Facets(ctx context.Context, e expr.Expr, queries []index.FacetQuery) ([]index.Facet, error) {
	return nil, errors.New("facets are not there yet")
}
