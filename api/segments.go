package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl/schema"
)

const segmentPath = "/v1/segments/{key}"

// A SegmentKey travels percent-encoded in the path.
type SegmentKey struct {
	Key string `path:"key" doc:"The segment's key, percent-encoded: a slash in it is sent as %2F."`
}

// unescaped takes a text out of its path segment, see CustomerID.
func unescaped(ctx context.Context, text string) (string, error) {
	return CustomerID{text}.customerID(ctx)
}

// A SegmentBody is a segment as it is saved. (It is exported because huma reads
// only exported embedded types.)
type SegmentBody struct {
	Name        schema.Words `json:"name,omitempty"`
	Description schema.Words `json:"description,omitempty"`
	Filter      string       `json:"filter" doc:"A filter in the language; empty is everyone." example:"tags HAS \"VIP\""`
	TimeZone    string       `json:"timeZone,omitempty" doc:"IANA name of the zone that rules its dates; left out: the request's, or the workspace's."`
	Folder      string       `json:"folder,omitempty" doc:"A/B is a folder in A."`
	Colour      string       `json:"colour,omitempty" doc:"#rrggbb, or red, orange, yellow, green, teal, blue, purple, pink or gray."`
	Format      bool         `json:"format,omitempty" doc:"Keep the filter in canonical form instead of as it is written here."`
}

func (b SegmentBody) request(key, ifMatch string) service.SegmentRequest {
	return service.SegmentRequest{Key: key, Name: b.Name, Description: b.Description, Filter: b.Filter, TimeZone: b.TimeZone,
		Folder: b.Folder, Colour: b.Colour, Format: b.Format, IfMatch: ifMatch}
}

type newSegmentBody struct {
	Key string `json:"key,omitempty" doc:"Required. How filters refer to it: segment(\"key\"). It cannot be changed." example:"vip"`
	SegmentBody
}

// An IfMatch is what a caller believes of the segment that it changes.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"An ETag: refuses with 412 when the segment has been saved since."`
}

type createSegmentInput struct{ Body newSegmentBody }

type replaceSegmentInput struct {
	SegmentKey
	IfMatch
	Body SegmentBody
}

type segmentInput struct{ SegmentKey }

type deleteSegmentInput struct {
	SegmentKey
	IfMatch
}

type segmentOutput struct {
	ETag string `header:"ETag" doc:"Names this version."`
	Body service.SegmentAnswer
}

type listSegmentsInput struct {
	Folder string `query:"folder" doc:"Only those in this folder and in the folders below it."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
	Cursor string `query:"cursor" doc:"nextCursor of the page before."`
}

type segmentsOutput struct{ Body service.SegmentsAnswer }

type versionsOutput struct {
	Body struct {
		Versions []service.SegmentVersionAnswer `json:"versions" nullable:"false" doc:"The newest first; the last 1,000."`
	} `nameHint:"SegmentVersionsAnswer"`
}

type restoreSegmentInput struct {
	SegmentKey
	IfMatch
	Body struct {
		Version int `json:"version" minimum:"1"`
	} `nameHint:"RestoreSegmentBody"`
}

type graphOutput struct{ Body service.SegmentGraph }

func (h *handler) registerSegments(routes huma.API) {
	list := operation(http.MethodGet, "/v1/segments", "listSegments", "The segments by key", service.UseSegment)
	list.Description = "A token that may only use segments gets their keys and names."
	list.Errors = append(list.Errors, http.StatusBadRequest)
	register(routes, list, h.listSegments)
	create := withBody(operation(http.MethodPost, "/v1/segments", "createSegment", "Create a segment", service.EditSegments, 409, 422, 503), maxFilterBody, bodyTime)
	create.DefaultStatus = http.StatusCreated
	register(routes, create, h.createSegment)
	register(routes, operation(http.MethodGet, "/v1/segments/graph", "segmentGraph", "Which segment refers to which, and what each reads", service.Read), h.segmentGraph)
	register(routes, operation(http.MethodGet, segmentPath, "getSegment", "Read a segment", service.UseSegment, 404), h.getSegment)
	replace := withBody(operation(http.MethodPut, segmentPath, "replaceSegment", "Replace a segment", service.EditSegments, 404, 412, 422, 503), maxFilterBody, bodyTime)
	replace.Description = "Sets every part to what the body says. Each save that changes something is a version."
	register(routes, replace, h.replaceSegment)
	remove := operation(http.MethodDelete, segmentPath, "deleteSegment", "Delete a segment with its versions", service.EditSegments, 404, 409, 412, 503)
	remove.DefaultStatus = http.StatusNoContent
	register(routes, remove, h.deleteSegment)
	register(routes, operation(http.MethodGet, segmentPath+"/versions", "segmentVersions", "What a segment was, and what each save changed", service.Read, 404), h.segmentVersions)
	register(routes, withBody(operation(http.MethodPost, segmentPath+"/restore", "restoreSegment", "Make a segment what it was in a version",
		service.EditSegments, 404, 412, 422, 503), maxCustomerBody, bodyTime), h.restoreSegment)
	h.registerSegmentUse(routes)
}

func (h *handler) listSegments(ctx context.Context, in *listSegmentsInput) (*segmentsOutput, error) {
	r := service.SegmentsRequest{Limit: in.Limit, Cursor: in.Cursor}
	if in.Folder != "" {
		r.Folder = &in.Folder
	}
	answer, err := h.as(ctx).Segments(ctx, r)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &segmentsOutput{answer}, nil
}

func (h *handler) createSegment(ctx context.Context, in *createSegmentInput) (*segmentOutput, error) {
	answer, err := h.as(ctx).CreateSegment(ctx, in.Body.request(in.Body.Key, ""))
	return h.segment(ctx, answer, err)
}

func (h *handler) replaceSegment(ctx context.Context, in *replaceSegmentInput) (*segmentOutput, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).ReplaceSegment(ctx, in.Body.request(key, in.IfMatch.IfMatch))
	return h.segment(ctx, answer, err)
}

func (h *handler) getSegment(ctx context.Context, in *segmentInput) (*segmentOutput, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).Segment(ctx, key)
	return h.segment(ctx, answer, err)
}

func (h *handler) restoreSegment(ctx context.Context, in *restoreSegmentInput) (*segmentOutput, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	answer, err := h.as(ctx).RestoreSegment(ctx, key, in.Body.Version, in.IfMatch.IfMatch)
	return h.segment(ctx, answer, err)
}

func (h *handler) segment(ctx context.Context, answer service.SegmentAnswer, err error) (*segmentOutput, error) {
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &segmentOutput{ETag: answer.ETag, Body: answer}, nil
}

func (h *handler) deleteSegment(ctx context.Context, in *deleteSegmentInput) (*struct{}, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	if err := h.as(ctx).DeleteSegment(ctx, key, in.IfMatch.IfMatch); err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return nil, nil
}

func (h *handler) segmentVersions(ctx context.Context, in *segmentInput) (*versionsOutput, error) {
	key, err := unescaped(ctx, in.Key)
	if err != nil {
		return nil, err
	}
	out := &versionsOutput{}
	if out.Body.Versions, err = h.as(ctx).SegmentVersions(ctx, key); err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return out, nil
}

func (h *handler) segmentGraph(ctx context.Context, _ *struct{}) (*graphOutput, error) {
	answer, err := h.as(ctx).Graph(ctx)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &graphOutput{answer}, nil
}
