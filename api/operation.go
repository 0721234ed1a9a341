package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

// Limits of bodies, in bytes, and of the time in which one has to arrive.
const (
	maxFilterBody   = 3 << 19   // 1.5 MiB: a filter of 1 MiB, with its JSON escapes and q
	maxCustomerBody = 256 << 10 // a record of 64 KiB, with its JSON escapes
	maxBatchBody    = 64 << 20

	bodyTime  = 10 * time.Second
	batchTime = 60 * time.Second
)

// operation fills in what all of them have: a token unless anyone may call
// it, limits, and the statuses that any of them can answer.
func operation(method, path, id, summary string, permission service.Permission, statuses ...int) huma.Operation {
	op := huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary,
		Metadata: map[string]any{needs: permission},
		Errors:   append(slices.Clone(statuses), http.StatusInternalServerError),
	}
	if permission != service.Anyone {
		op.Security = []map[string][]string{{tokenScheme: {}}, {sessionScheme: {}}}
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	}
	return op
}

// withBody bounds an operation's body. huma counts a body that reaches the
// limit as beyond it.
func withBody(op huma.Operation, most int64, arrives time.Duration) huma.Operation {
	op.MaxBodyBytes, op.BodyReadTimeout = most+1, arrives
	op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusRequestTimeout,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	return op
}

// register adds an operation to the routes and the document. huma documents
// 422 for everything with parameters, because it answers so itself; here its
// faults are 400, and 422 is documented where a use case answers it.
func register[I, O any](routes huma.API, op huma.Operation, serve handlerOf[I, O]) {
	answers422 := slices.Contains(op.Errors, http.StatusUnprocessableEntity)
	huma.Register(routes, op, serve)
	if !answers422 {
		delete(operationAt(routes, op).Responses, "422")
	}
}
