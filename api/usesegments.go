package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
)

type countSegmentInput struct {
	SegmentKey
	MinSeq uint64 `query:"minSeq" doc:"As in a search."`
}

type countSegmentOutput struct{ Body service.SegmentCount }

type segmentCustomersInput struct {
	SegmentKey
	Q        string `query:"q" doc:"As in a search."`
	TimeZone string `query:"timeZone" doc:"As in a search; a segment's own zone comes first."`
	Now      string `query:"now" doc:"As in a search."`
	MinSeq   uint64 `query:"minSeq" doc:"As in a search."`
	Sort     string `query:"sort" doc:"As in a search."`
	Limit    int    `query:"limit" minimum:"0" maximum:"1000" default:"50" doc:"Rows of a page."`
	Offset   int    `query:"offset" minimum:"0" doc:"Rows to skip; not together with cursor."`
	Cursor   string `query:"cursor" doc:"nextCursor of the page before."`
	Snapshot string `query:"snapshot" doc:"As in a search."`
	Fields   string `query:"fields" doc:"Keys, or groups such as profile, by comma; all when left out."`
}

type containsInput struct {
	SegmentKey
	CustomerID string `path:"customerId" doc:"The customer's id, percent-encoded."`
}

type containsOutput struct{ Body service.Contains }

type containsManyInput struct {
	SegmentKey
	Body struct {
		IDs []string `json:"ids" nullable:"false" maxItems:"10000"`
	} `nameHint:"ContainsBody"`
}

type containsManyOutput struct{ Body service.ContainsMany }

type segmentsOfOutput struct{ Body service.CustomerSegments }

func (h *handler) registerSegmentUse(routes huma.API) {
	register(routes, operation(http.MethodGet, segmentPath+"/count", "countSegment", "Count a segment", service.UseSegment, 400, 404, 422, 503), h.countSegment)
	members := operation(http.MethodGet, segmentPath+"/customers", "segmentCustomers", "The customers in a segment", service.UseSegment, 400, 404, 410, 422, 503)
	members.Description = "A search with the segment as its filter. A token that may only use segments gets ids, in the order of the ids."
	register(routes, members, h.segmentCustomers)
	operationAt(routes, members).Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemaOf[searchAnswer](routes)}}}
	contains := operation(http.MethodGet, segmentPath+"/contains/{customerId}", "segmentContains", "Whether a customer is in a segment", service.UseSegment, 308, 404, 410, 422)
	contains.Description = "Answered from the customer's record: it sees every write that was acknowledged before."
	register(routes, contains, h.segmentContains)
	many := withBody(operation(http.MethodPost, segmentPath+"/contains", "segmentContainsMany", "Which of some customers are in a segment", service.UseSegment, 404, 422), maxFilterBody, bodyTime)
	register(routes, many, h.segmentContainsMany)
	of := operation(http.MethodGet, customerPath+"/segments", "customerSegments", "The segments that a customer is in", service.UseSegment, 308, 404, 410)
	of.Description = "Answered from the customer's record: it sees every write that was acknowledged before."
	register(routes, of, h.customerSegments)
}

func (h *handler) countSegment(ctx context.Context, in *countSegmentInput) (*countSegmentOutput, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).CountSegment(ctx, key, in.MinSeq)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &countSegmentOutput{answer}, nil
}

func (h *handler) segmentCustomers(ctx context.Context, in *segmentCustomersInput) (*bodyOutput, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	r := service.SearchRequest{Question: service.Question{Q: in.Q, TimeZone: in.TimeZone, Now: in.Now, MinSeq: in.MinSeq},
		Sort: in.Sort, Limit: &in.Limit, Offset: in.Offset, Cursor: in.Cursor, Snapshot: in.Snapshot}
	if in.Fields != "" {
		r.Fields = strings.Split(in.Fields, ",")
	}
	answer, err := h.as(ctx).SegmentCustomers(ctx, key, r)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return h.page(ctx, answer)
}

func (h *handler) segmentContains(ctx context.Context, in *containsInput) (*containsOutput, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	customer, err := unescaped(ctx, in.CustomerID)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).SegmentContains(ctx, key, customer)
	if err != nil {
		p := h.problemOf(ctx, err)
		p.above = "/v1/segments/" + url.PathEscape(key) + "/contains/"
		return nil, p
	}
	return &containsOutput{answer}, nil
}

func (h *handler) segmentContainsMany(ctx context.Context, in *containsManyInput) (*containsManyOutput, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).SegmentContainsMany(ctx, key, in.Body.IDs)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &containsManyOutput{answer}, nil
}

func (h *handler) customerSegments(ctx context.Context, in *struct{ CustomerID }) (*segmentsOfOutput, error) {
	id, err := in.customerID(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).SegmentsOf(ctx, id)
	if err != nil {
		return nil, h.problemBelow(ctx, err, "/segments")
	}
	return &segmentsOfOutput{answer}, nil
}

// page sends a page of customers, which the service wrote.
func (h *handler) page(ctx context.Context, answer service.SearchAnswer) (*bodyOutput, error) {
	body := searchAnswer{Total: answer.Total, Customers: []customer{}, NextCursor: answer.NextCursor,
		Snapshot: answer.Snapshot, Seq: answer.Seq, Stale: answer.Stale, TookMs: answer.TookMs, Facets: answer.Facets, Unmatched: answer.Unmatched}
	encoded, err := body.encode(answer.Customers)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &bodyOutput{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetHeader("Content-Length", strconv.Itoa(len(encoded)))
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(encoded) // the client may be gone; nobody is left to tell
	}}, nil
}
