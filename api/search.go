package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// A Question is what every way of asking has in common.
type Question struct {
	Filter   string `json:"filter,omitempty" doc:"A filter in the language; empty is everyone." example:"member = true AND web.sessionsCount > 5"`
	Q        string `json:"q,omitempty" doc:"Quick search over name, profile.name, e-mail, mobile number, memberId and id. Several lines are a list: who equals any of them."`
	TimeZone string `json:"timeZone,omitempty" doc:"IANA name in which the filter's days are meant; the workspace's when left out." example:"Asia/Tokyo"`
	Now      string `json:"now,omitempty" doc:"What now and today mean, in ISO 8601; the server's clock when left out." example:"2026-11-23T00:00:00Z"`
	MinSeq   uint64 `json:"minSeq,omitempty" doc:"The answer sees the write with this seq: it waits up to 2 seconds for it and is then refused as indexing. Without it, a search may be a moment behind one's own write."`
}

func (q Question) question() service.Question {
	return service.Question{Filter: q.Filter, Q: q.Q, TimeZone: q.TimeZone, Now: q.Now, MinSeq: q.MinSeq}
}

type searchBody struct {
	Question
	Sort   string                 `json:"sort,omitempty" doc:"Keys by comma, each with - in front for the largest first. Left out: -lastSeenAt. Missing values come last, ties are ordered by id." example:"-lastSeenAt,name"`
	Limit  *int                   `json:"limit,omitempty" minimum:"0" maximum:"1000" default:"50" doc:"Rows of a page."`
	Offset int                    `json:"offset,omitempty" minimum:"0" doc:"Rows to skip; not together with cursor."`
	Cursor string                 `json:"cursor,omitempty" doc:"nextCursor of the page before, sent with the same filter, q and sort. The next page keeps the first one's now."`
	Fields []string               `json:"fields,omitempty" nullable:"false" doc:"Keys, or groups such as profile, to answer with; all when left out. The id always comes."`
	Facets []service.FacetRequest `json:"facets,omitempty" nullable:"false" maxItems:"20" doc:"How all matches are spread over the values of fields; answered in this order. Not with a stream."`
}

type searchInput struct {
	Accept string `header:"Accept" hidden:"true"`
	Body   searchBody
}

// A searchAnswer is one page of customers.
type searchAnswer struct {
	Total      int             `json:"total" doc:"All matches, whatever the page."`
	Customers  []customer      `json:"customers" nullable:"false" doc:"A customer that was deleted while the page was read is left out."`
	NextCursor string          `json:"nextCursor,omitempty" doc:"Left out on the last page."`
	Seq        uint64          `json:"seq" doc:"The state of the data that was searched."`
	Stale      bool            `json:"stale,omitempty" doc:"The index that answered is being replaced: the answer may miss changes."`
	TookMs     float64         `json:"tookMs" doc:"Engine time in milliseconds."`
	Facets     []service.Facet `json:"facets,omitempty" nullable:"false" doc:"Of all matches, whatever the page: one for each that was asked, in that order."`
	Unmatched  []string        `json:"unmatched,omitempty" nullable:"false" doc:"Where q was a list, on pages without a cursor: its lines that no customer equals."`
}

type bodyOutput struct {
	Body func(huma.Context)
}

type countInput struct{ Body Question }

type countOutput struct{ Body service.CountAnswer }

type explainBody struct {
	Question
	Customer string `json:"customer,omitempty" doc:"Id of a customer, for whom each clause is then true or false."`
}

type explainInput struct{ Body explainBody }

type explainOutput struct{ Body service.ExplainAnswer }

func (h *handler) registerSearch(routes huma.API) {
	const path = "/v1/customers/search"
	search := withBody(operation(http.MethodPost, path, "searchCustomers", "Search customers", service.Read, 410, 422, 503), maxFilterBody, bodyTime)
	search.Description = "Answers one page. With `Accept: application/x-ndjson` the whole match streams instead, one customer a line, from where cursor or offset says; limit does not count. A stream that is cut off did not end with a complete last chunk."
	register(routes, search, h.search)
	operationAt(routes, search).Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemaOf[searchAnswer](routes)},
		ndjson:             {Schema: &huma.Schema{Type: "string", Description: "One Customer in JSON a line."}},
	}}
	register(routes, withBody(operation(http.MethodPost, "/v1/customers/count", "countCustomers",
		"Count customers", service.Read, 422, 503), maxFilterBody, bodyTime), h.count)
	explain := withBody(operation(http.MethodPost, "/v1/customers/explain", "explainFilter",
		"Explain how a filter is understood and answered", service.Read, 404, 422, 503), maxFilterBody, bodyTime)
	explain.Description = "Says the filter in words and clause by clause, each with how many customers match it alone and how many the whole would match without it; with `customer`, whether each clause is true of that customer, and the value found. " + planDescription
	register(routes, explain, h.explain)
}

// planDescription names the ways in which the engine reads the index: each
// line of a plan begins with one of them.
const planDescription = "Each line of `plan` begins with the name of what the engine did, with the rows found and the time taken (with the lines below it, summed over segments): `all` and `none` read nothing; `postings` reads those of values; `dense` is a set of rows kept from an earlier question; `permutation` a range of the rows sorted by value; `scan` a column of numbers; `arena` all texts of a column; `trigrams` the texts that hold three bytes of what is looked for; `dictionary` the distinct values; `presence` which rows have a value; `rows` the few rows that other conditions left; `and`, `or` and `not` join the lines below them. Several names mean that segments took different ways, and `not read` that none had to. The line `order` tells how the first rows were found: `walk` through the rows sorted by the key, `heap` or `sort` of the matches, or the `order` of the whole result."

const ndjson = "application/x-ndjson"

// streams reports whether the answer is to be the whole match, line by line.
func streams(ctx huma.Context) bool {
	return ctx.Operation().OperationID == "searchCustomers" && wantsLines(ctx.Header("Accept"))
}

func wantsLines(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		if mediaType(part) == ndjson {
			return true
		}
	}
	return false
}

func (h *handler) search(ctx context.Context, in *searchInput) (*bodyOutput, error) {
	r := service.SearchRequest{Question: in.Body.question(), Sort: in.Body.Sort, Limit: in.Body.Limit,
		Offset: in.Body.Offset, Cursor: in.Body.Cursor, Fields: in.Body.Fields, Facets: in.Body.Facets}
	if wantsLines(in.Accept) {
		return &bodyOutput{func(ctx huma.Context) { h.stream(ctx, r) }}, nil
	}
	answer, err := h.service.Search(ctx, r)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	body := searchAnswer{Total: answer.Total, Customers: make([]customer, len(answer.Customers)), NextCursor: answer.NextCursor,
		Seq: answer.Seq, Stale: answer.Stale, TookMs: answer.TookMs, Facets: answer.Facets, Unmatched: answer.Unmatched}
	for i, c := range answer.Customers {
		body.Customers[i] = customer{c}
	}
	return &bodyOutput{func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", "application/json")
		ctx.SetStatus(http.StatusOK)
		e := json.NewEncoder(ctx.BodyWriter())
		e.SetEscapeHTML(false)
		_ = e.Encode(body) // the client may be gone; nobody is left to tell
	}}, nil
}

// streamPause is how long a client may take for a part of a stream.
const streamPause = 30 * time.Second

// streamFlush is how many rows are sent at a time.
const streamFlush = 200

// stream sends the whole match. Until the first row a refusal is a problem as
// usual; after it the connection is cut, because the status is out.
func (h *handler) stream(ctx huma.Context, r service.SearchRequest) {
	writer := humagin.Unwrap(ctx).Writer
	control := http.NewResponseController(writer)
	rows := 0
	start := func() {
		ctx.SetHeader("Content-Type", ndjson)
		ctx.SetStatus(http.StatusOK)
	}
	err := h.service.Stream(ctx.Context(), r, func(_ schema.Record, row json.RawMessage) error {
		if rows == 0 {
			start()
		}
		if rows%streamFlush == 0 {
			if err := control.SetWriteDeadline(time.Now().Add(streamPause)); err != nil {
				return err
			}
			writer.Flush()
		}
		rows++
		_, err := writer.Write(append(row, '\n'))
		return err
	})
	switch {
	case err == nil && rows == 0:
		start()
		writer.WriteHeaderNow()
	case err != nil && rows == 0:
		send(ctx, h.problemOf(ctx.Context(), err))
	case err != nil:
		if ctx.Context().Err() == nil { // it is not the client that went away
			h.problemOf(ctx.Context(), err) // for the log
		}
		panic(http.ErrAbortHandler)
	}
}

func (h *handler) count(ctx context.Context, in *countInput) (*countOutput, error) {
	answer, err := h.service.Count(ctx, in.Body.question())
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &countOutput{answer}, nil
}

func (h *handler) explain(ctx context.Context, in *explainInput) (*explainOutput, error) {
	answer, err := h.service.Explain(ctx, service.ExplainRequest{Question: in.Body.question(), Customer: in.Body.Customer})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &explainOutput{answer}, nil
}
