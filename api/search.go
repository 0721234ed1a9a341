package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
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
	Sort   string   `json:"sort,omitempty" doc:"Keys by comma, each with - in front for the largest first. Left out: -lastSeenAt. Missing values come last, ties are ordered by id." example:"-lastSeenAt,name"`
	Limit  *int     `json:"limit,omitempty" minimum:"0" maximum:"1000" default:"50" doc:"Rows of a page."`
	Offset int      `json:"offset,omitempty" minimum:"0" doc:"Rows to skip; not together with cursor."`
	Cursor string   `json:"cursor,omitempty" doc:"nextCursor of the page before, sent with the same filter, q and sort. The next page keeps the first one's now, and its snapshot where the request named one; else it is what follows in the newest data."`
	Fields []string `json:"fields,omitempty" nullable:"false" doc:"Keys, or groups such as profile, to answer with; all when left out. The id always comes."`

	Snapshot string `json:"snapshot,omitempty" doc:"snapshot of an answer to the same filter, q, timeZone and now: this answer then sees the same customers in the same order, whatever was written since; sort, offset, limit and fields may differ, and nextCursor stays on it. It is held while it is used and a minute longer, or less where many are used; after that, gone. Rows show customers as they are stored now."`

	Facets []service.FacetRequest `json:"facets,omitempty" nullable:"false" maxItems:"20" doc:"How all matches are spread over the values of fields; answered in this order. Not with a stream."`
}

type searchInput struct {
	Accept string `header:"Accept" hidden:"true"`
	Body   searchBody
}

// A searchAnswer is one page of customers.
type searchAnswer struct {
	Total      int             `json:"total" doc:"All matches, whatever the page."`
	Customers  []customer      `json:"customers" nullable:"false" doc:"A customer that was deleted since the state that was searched is left out."`
	NextCursor string          `json:"nextCursor,omitempty" doc:"Left out on the last page."`
	Snapshot   string          `json:"snapshot" doc:"Names the state that was searched, with its now: send it with offset or cursor to see that state again."`
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

// unbounded is the key, in an operation's metadata, of answers that take as long
// as they take, each of their parts apart.
const unbounded = "unbounded"

// streams reports whether the answer goes out in parts, without a bound of the
// whole: the whole match of a search, line by line, is one.
func streams(ctx huma.Context) bool {
	return ctx.Operation().Metadata[unbounded] == true || ctx.Operation().OperationID == "searchCustomers" && wantsLines(ctx.Header("Accept"))
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
		Offset: in.Body.Offset, Cursor: in.Body.Cursor, Snapshot: in.Body.Snapshot, Fields: in.Body.Fields, Facets: in.Body.Facets}
	if wantsLines(in.Accept) {
		return &bodyOutput{func(ctx huma.Context) { h.stream(ctx, r) }}, nil
	}
	answer, err := h.as(ctx).Search(ctx, r)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return h.page(ctx, answer)
}

// encode writes the answer with its customers, which the service wrote, as
// they are: encoding/json would read every byte of each again.
func (a searchAnswer) encode(customers []json.RawMessage) ([]byte, error) {
	var around bytes.Buffer
	e := json.NewEncoder(&around)
	e.SetEscapeHTML(false)
	if err := e.Encode(a); err != nil {
		return nil, fmt.Errorf("encode a page: %w", err)
	}
	const list = `"customers":[` // only the total stands before it
	head, tail, _ := bytes.Cut(around.Bytes(), []byte(list))
	size := around.Len() + len(customers)
	for _, c := range customers {
		size += len(c)
	}
	page := append(append(make([]byte, 0, size), head...), list...)
	for i, c := range customers {
		if i > 0 {
			page = append(page, ',')
		}
		page = append(page, c...)
	}
	return append(page, tail...), nil
}

func (h *handler) count(ctx context.Context, in *countInput) (*countOutput, error) {
	answer, err := h.as(ctx).Count(ctx, in.Body.question())
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &countOutput{answer}, nil
}

func (h *handler) explain(ctx context.Context, in *explainInput) (*explainOutput, error) {
	answer, err := h.as(ctx).Explain(ctx, service.ExplainRequest{Question: in.Body.question(), Customer: in.Body.Customer})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &explainOutput{answer}, nil
}
