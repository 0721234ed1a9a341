package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl/schema"
)

const customerPath = "/v1/customers/{id}"

// A CustomerID travels percent-encoded in the path, so that it may hold a slash.
type CustomerID struct {
	ID string `path:"id" doc:"The customer's id, percent-encoded: a slash in it is sent as %2F."`
}

type getInput struct {
	CustomerID
	IfNoneMatch string `header:"If-None-Match" doc:"An ETag: answers 304 while the customer's editable part is still that."`
}

// Conditions are what a caller believes of the customer that it writes. (They
// and CustomerID are exported because huma reads only exported embedded types.)
type Conditions struct {
	IfMatch        string `header:"If-Match" doc:"An ETag: refuses with 412 when the customer has been edited since. * wants it to exist."`
	IfNoneMatch    string `header:"If-None-Match" doc:"* wants the customer not to exist yet."`
	IdempotencyKey string `header:"Idempotency-Key" doc:"The same request under the same key is carried out once in 24 hours; repeats get the first answer."`
}

type editInput struct {
	CustomerID
	Conditions
	RawBody []byte `contentType:"application/json"`
}

type deleteInput struct {
	CustomerID
	Conditions
}

type getOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Names the state of what can be edited: profile, tags and opt-outs."`
	Seq    uint64 `header:"X-Seq" doc:"The seq of the customer's last write."`
	Body   customer
}

// An editAnswer is the customer after a write.
type editAnswer struct {
	Customer customer          `json:"customer"`
	Status   string            `json:"status" enum:"created,updated,unchanged,restored"`
	Seq      uint64            `json:"seq" doc:"A search with this minSeq sees the write."`
	Warnings []service.Warning `json:"warnings,omitempty" nullable:"false" doc:"What was kept as it came but is probably not meant."`
}

type editOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   editAnswer
}

type deleteOutput struct{ Body service.DeleteAnswer }

func (h *handler) registerCustomers(routes huma.API) {
	get := operation(http.MethodGet, customerPath, "getCustomer", "Read a customer", service.Read, 308, 404, 410)
	get.Description = "Reads the store, so it is never behind a write. A customer that was merged into another leads there."
	register(routes, get, h.get)
	operationAt(routes, get).Responses["304"] = &huma.Response{Description: "Not modified"}

	put := withBody(operation(http.MethodPut, customerPath, "putCustomer", "Replace a customer's editable part, or create the customer",
		service.WriteRecord, 308, 409, 410, 412, 422, 503), maxCustomerBody, bodyTime)
	put.Description = "Sets profile, tags and opt-outs to exactly what the body says; write-once values that it leaves out stay. Other fields are read-only; sending one back unchanged is no fault. A field that only profileOnce names keeps its value, or gets that one where it has none."
	h.registerEdit(routes, put, h.put, "application/json")
	created := *operationAt(routes, put).Responses["200"]
	created.Description = "Created"
	operationAt(routes, put).Responses["201"] = &created
	documentMemberPut(routes, *operationAt(routes, put))

	patch := withBody(operation(http.MethodPatch, customerPath, "patchCustomer", "Change a customer by a merge patch",
		service.WriteRecord, 308, 404, 409, 410, 412, 422, 503), maxCustomerBody, bodyTime)
	patch.Description = "A JSON merge patch: null clears a field, or a whole group; what the body does not name stays. Values of profileOnce are taken, after all others, by fields that then have none."
	h.registerEdit(routes, patch, h.patch, "application/json", "application/merge-patch+json")

	remove := operation(http.MethodDelete, customerPath, "deleteCustomer", "Take a customer out of every answer",
		service.WriteRecord, 308, 400, 404, 409, 410, 412, 503)
	register(routes, remove, h.delete)
}

// memberSign begins a path segment that names a memberId. Percent-encoded it
// is part of an id, which is then refused: no id begins with it.
const memberSign = "@"

// documentMemberPut describes PUT /v1/customers/@{memberId} as a path of its
// own. It is served by the one with {id}: the router has no other way.
func documentMemberPut(routes huma.API, op huma.Operation) {
	op.Path, op.OperationID = "/v1/customers/"+memberSign+"{memberId}", "putMember"
	op.Summary = "Replace the editable part of the customer who has a memberId, or create the customer"
	op.Description = "As PUT by id, for the customer with this memberId; a new one gets it. The @ is sent as it is: %40 would be the beginning of an id, and no id begins with @."
	op.Responses = maps.Clone(op.Responses)
	delete(op.Responses, "308") // a member is found where it is
	op.Parameters = slices.Clone(op.Parameters)
	for i, p := range op.Parameters {
		if p.In == "path" {
			member := *p
			member.Name, member.Description = "memberId", "The memberId, percent-encoded."
			op.Parameters[i] = &member
		}
	}
	routes.OpenAPI().Paths[op.Path] = &huma.PathItem{Put: &op}
}

// registerEdit documents the customer that a raw body holds.
func (h *handler) registerEdit(routes huma.API, op huma.Operation, serve handlerOf[editInput, editOutput], types ...string) {
	op.SkipValidateBody = true // the service reads customers, with all of their faults at once
	register(routes, op, serve)
	content := map[string]*huma.MediaType{}
	for _, t := range types {
		content[t] = &huma.MediaType{Schema: customerEditSchema(routes)}
	}
	operationAt(routes, op).RequestBody.Content = content
}

// customerID takes an id out of its path segment. gin's own unescaping is that
// of queries, where + is a space.
func (in CustomerID) customerID(ctx context.Context) (string, error) {
	id, err := url.PathUnescape(in.ID)
	if err != nil {
		return "", newProblem(ctx, service.CodeBadRequest, schema.Words{
			JA: "パスの ID のパーセントエンコーディングが正しくありません。", EN: "the id in the path is not percent-encoded as it should be"})
	}
	return id, nil
}

func (h *handler) get(ctx context.Context, in *getInput) (*getOutput, error) {
	id, err := in.customerID(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).Get(ctx, id)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	out := &getOutput{Status: http.StatusOK, ETag: answer.ETag, Seq: answer.Seq, Body: customer{answer.Customer}}
	if in.IfNoneMatch != "" && service.TagMatches(in.IfNoneMatch, answer.ETag) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

func (in *editInput) request(ctx context.Context, id string) service.EditRequest {
	return service.EditRequest{ID: id, Body: in.RawBody, Policy: service.PeoplePolicy(),
		Condition: in.condition(), Repeat: in.repeat(ctx)}
}

func (c Conditions) condition() service.Condition {
	return service.Condition{IfMatch: c.IfMatch, IfNoneMatch: c.IfNoneMatch}
}

func (c Conditions) repeat(ctx context.Context) service.Repeat {
	return service.Repeat{Caller: requestOf(ctx).caller.TokenID, Key: c.IdempotencyKey}
}

func (h *handler) put(ctx context.Context, in *editInput) (*editOutput, error) {
	return h.edit(ctx, in, func(ctx context.Context, r service.EditRequest) (service.EditAnswer, error) {
		if strings.HasPrefix(in.ID, memberSign) && r.ID != memberSign {
			r.ID, r.MemberID = "", strings.TrimPrefix(r.ID, memberSign)
		}
		return h.as(ctx).Put(ctx, r)
	})
}

func (h *handler) patch(ctx context.Context, in *editInput) (*editOutput, error) {
	return h.edit(ctx, in, h.as(ctx).Patch)
}

func (h *handler) edit(ctx context.Context, in *editInput, write func(context.Context, service.EditRequest) (service.EditAnswer, error)) (*editOutput, error) {
	id, err := in.customerID(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := write(ctx, in.request(ctx, id))
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	out := &editOutput{Status: http.StatusOK, ETag: answer.ETag,
		Body: editAnswer{Customer: customer{answer.Customer}, Status: answer.Status, Seq: answer.Seq, Warnings: answer.Warnings}}
	if answer.Status == service.Created {
		out.Status = http.StatusCreated
	}
	return out, nil
}

func (h *handler) delete(ctx context.Context, in *deleteInput) (*deleteOutput, error) {
	id, err := in.customerID(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).Delete(ctx, service.DeleteRequest{ID: id, Condition: in.condition(), Repeat: in.repeat(ctx)})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &deleteOutput{answer}, nil
}

// A customer is nested JSON that the service wrote.
type customer struct{ json.RawMessage }

// Schema is how the document describes it.
func (customer) Schema(r huma.Registry) *huma.Schema { return customerSchema(r) }
