package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl"
	"meibo/dsl/channel"
)

type convertInput struct {
	RawBody []byte `contentType:"application/json"`
}

// A convertAnswer is one filter in all of its forms.
type convertAnswer struct {
	Filter             string           `json:"filter" doc:"In canonical form. The positions of all else are in this text."`
	AST                tree             `json:"ast"`
	Channel            *channel.Query   `json:"channel,omitempty" doc:"Left out where channelDiagnostics say why, or where the filter does not compile."`
	ChannelDiagnostics []dsl.Diagnostic `json:"channelDiagnostics" nullable:"false" doc:"Each part of the filter that the channel form cannot say exactly."`
	Diagnostics        []dsl.Diagnostic `json:"diagnostics" nullable:"false" doc:"What the filter compiles with, as analyze tells it."`
}

type convertOutput struct{ Body convertAnswer }

// A tree is null for the empty filter.
type tree struct{ *dsl.Tree }

// MarshalJSON writes the tree itself.
func (t tree) MarshalJSON() ([]byte, error) { return json.Marshal(t.Tree) }

// Schema is how the document describes it.
func (tree) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "The filter's syntax; null is the empty filter, everyone.",
		OneOf: []*huma.Schema{registered[dsl.Tree](r), {Type: "null"}}}
}

func (h *handler) registerConvert(routes huma.API) {
	op := withBody(operation(http.MethodPost, "/v1/filter/convert", "convertFilter",
		"Write a filter in its other forms", service.Read, 422), maxFilterBody, bodyTime)
	op.Description = "Takes the text, the syntax tree or the channel form of a filter and answers with all three. A tree or channel form that cannot be read is 422 with `errors`, whose `field` is the JSON pointer of the fault in the body. A filter that does not compile is converted all the same; `diagnostics` say what is wrong."
	op.SkipValidateBody = true // the service reads forms strictly, with all of their faults at once
	register(routes, op, h.convert)
	operationAt(routes, op).RequestBody.Content = map[string]*huma.MediaType{"application/json": {Schema: convertSchema(routes)}}
}

func convertSchema(routes huma.API) *huma.Schema {
	r := routes.OpenAPI().Components.Schemas
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: "string", Description: doc} }
	return &huma.Schema{Type: "object", AdditionalProperties: false,
		Properties: map[string]*huma.Schema{
			"filter": text("A filter in the language."), "ast": tree{}.Schema(r), "channel": registered[channel.Query](r),
			"timeZone": text("As in a search: says what day a date of the channel form is."), "now": text("As in a search."),
		},
		OneOf: []*huma.Schema{{Required: []string{"filter"}}, {Required: []string{"ast"}}, {Required: []string{"channel"}}},
	}
}

func (h *handler) convert(ctx context.Context, in *convertInput) (*convertOutput, error) {
	c, err := h.as(ctx).Convert(in.RawBody)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &convertOutput{convertAnswer{Filter: c.Filter, AST: tree{c.AST}, Channel: c.Channel,
		ChannelDiagnostics: c.ChannelDiagnostics, Diagnostics: c.Diagnostics}}, nil
}
