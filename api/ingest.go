package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"meibo/api/service"
	"meibo/dsl/schema"
)

const (
	bootPath  = "/v1/boot"
	touchPath = customerPath + "/touch"
	formsPath = "/v1/forms"
)

type signalInput struct {
	RawBody []byte `contentType:"application/json"`
}

type touchInput struct {
	CustomerID
	RawBody []byte `contentType:"application/json"`
}

// An ingestAnswer is what a way in tells.
type ingestAnswer struct {
	ID           string            `json:"id"`
	VisitorToken string            `json:"visitorToken,omitempty" doc:"What a browser keeps to be the same customer the next time."`
	Customer     *customer         `json:"customer,omitempty" doc:"For secret tokens only."`
	Status       string            `json:"status,omitempty" enum:"created,updated,unchanged" doc:"For secret tokens only."`
	Seq          uint64            `json:"seq,omitempty" doc:"For secret tokens only: a search with this minSeq sees the write."`
	Warnings     []service.Warning `json:"warnings,omitempty" nullable:"false" doc:"For secret tokens only: what was kept as it came but is probably not meant."`
}

type ingestOutput struct{ Body ingestAnswer }

func (h *handler) registerIngest(routes huma.API, engine *gin.Engine) {
	boot := h.ingestOperation(bootPath, "boot", "Begin a visit: who is there", 403, 409, 413, 422, 503)
	boot.Description = "With a publishable key a memberId needs its memberHash, the lower-case hexadecimal HMAC-SHA256 of the memberId under the member secret; " +
		"the answer is the id and a visitor token, whatever happened. A secret token may name any memberId and gets the customer. " +
		"Without a memberId the visitor token resumes its customer, or a new anonymous one starts. An anonymous customer whose visitor token comes with a proved memberId becomes that member, or part of it. " +
		"A boot is a visit on its platform (for publishable keys web unless it says otherwise; for secret tokens none unless it says one)."
	registerSignal(routes, boot, h.boot, bootBody(), true)

	touch := h.ingestOperation(touchPath, "touch", "Tell that a customer is there", 403, 404, 410, 422, 503)
	touch.Description = "A visit more than 30 minutes after the platform's last one starts a session. Late and repeated touches change nothing. A publishable key sends the customer's visitor token. A merged customer's touch is its target's."
	registerSignal(routes, touch, h.touch, touchBody(), true)

	forms := h.ingestOperation(formsPath, "form", "Take a bot's answers", 403, 404, 409, 410, 413, 422, 503)
	forms.Description = "Profile fields of a customer that exists: named by one of id, memberId and visitorToken, by a publishable key by its visitorToken. It is no visit."
	registerSignal(routes, forms, h.form, formBody(), false)

	for path := range crossOriginRoutes {
		engine.OPTIONS(path, h.preflight)
	}
	h.registerStats(routes)
	h.registerMemberSecret(routes)
}

func (h *handler) ingestOperation(path, id, summary string, statuses ...int) huma.Operation {
	op := withBody(operation(http.MethodPost, path, id, summary, service.Ingest, statuses...), maxCustomerBody, bodyTime)
	op.SkipValidateBody = true // the service reads it, with all faults at once
	op.Middlewares = huma.Middlewares{h.requireOrigin}
	return op
}

// registerSignal documents the body that a way in reads raw.
func registerSignal[I any](routes huma.API, op huma.Operation, serve handlerOf[I, ingestOutput], body map[string]*huma.Schema, device bool) {
	register(routes, op, serve)
	whole := &huma.Schema{Type: "object", AdditionalProperties: false, Properties: body}
	if device {
		described := describeFields(service.IsDeviceField, func(f schema.Field) *huma.Schema { return valueSchema(f, true) })
		for name, s := range described.Properties {
			s.Nullable = s.Type == "object" || s.Nullable
			whole.Properties[name] = s
		}
	}
	whole.PrecomputeMessages()
	operationAt(routes, op).RequestBody.Content = map[string]*huma.MediaType{"application/json": {Schema: whole}}
}

func textSchema(doc string) *huma.Schema {
	return &huma.Schema{Type: "string", Description: doc, Nullable: true}
}

func instantSchema() *huma.Schema {
	return &huma.Schema{Description: "When it was, epoch milliseconds or ISO 8601 text; left out, or in the future: now.",
		AnyOf: []*huma.Schema{{Type: "integer"}, {Type: "string", Nullable: true}}}
}

func platformSchema() *huma.Schema {
	return &huma.Schema{Type: "string", Enum: []any{service.PlatformWeb, service.PlatformMobile}}
}

// profileBody are the profile fields, as a boot and a form take them.
func profileBody() map[string]*huma.Schema {
	profile := describeFields(schema.Field.IsProfile, func(f schema.Field) *huma.Schema { return valueSchema(f, true) }).Properties["profile"]
	profile.Nullable = true
	once := *profile
	profile.Description, once.Description = "Profile fields; null clears one.", "Profile fields, each only where it has no value yet."
	return map[string]*huma.Schema{"profile": profile, "profileOnce": &once}
}

func bootBody() map[string]*huma.Schema {
	body := profileBody()
	body["memberId"] = textSchema("Who is signed in.")
	body["memberHash"] = textSchema("With a publishable key: the proof of the memberId.")
	body["visitorToken"] = textSchema("From an earlier answer.")
	body["platform"], body["at"] = platformSchema(), instantSchema()
	body["name"] = textSchema("The name in the site's member data; only with a memberId.")
	for _, key := range []string{"unsubscribeEmail", "unsubscribeTexting"} {
		body[key] = &huma.Schema{Type: "boolean", Nullable: true, Description: "An opt-out can be set here, not taken back."}
	}
	return body
}

func touchBody() map[string]*huma.Schema {
	return map[string]*huma.Schema{"platform": platformSchema(), "at": instantSchema(), "visitorToken": textSchema("With a publishable key: that of the customer.")}
}

func formBody() map[string]*huma.Schema {
	body := profileBody()
	body["id"], body["memberId"] = textSchema("The customer's id."), textSchema("The customer's memberId.")
	body["visitorToken"] = textSchema("That of the customer.")
	return body
}

func (h *handler) boot(ctx context.Context, in *signalInput) (*ingestOutput, error) {
	return h.ingested(ctx)(h.as(ctx).Boot(ctx, in.RawBody))
}

func (h *handler) touch(ctx context.Context, in *touchInput) (*ingestOutput, error) {
	id, err := in.customerID(ctx)
	if err != nil {
		return nil, err
	}
	return h.ingested(ctx)(h.as(ctx).Touch(ctx, service.TouchRequest{ID: id, Body: in.RawBody}))
}

func (h *handler) form(ctx context.Context, in *signalInput) (*ingestOutput, error) {
	return h.ingested(ctx)(h.as(ctx).Form(ctx, in.RawBody))
}

// ingested makes an answer of what a use case returns.
func (h *handler) ingested(ctx context.Context) func(service.IngestAnswer, error) (*ingestOutput, error) {
	return func(a service.IngestAnswer, err error) (*ingestOutput, error) {
		if err != nil {
			return nil, h.problemOf(ctx, err)
		}
		out := &ingestOutput{ingestAnswer{ID: a.ID, VisitorToken: a.VisitorToken, Status: a.Status, Seq: a.Seq, Warnings: a.Warnings}}
		if a.Customer != nil {
			out.Body.Customer = &customer{a.Customer}
		}
		return out, nil
	}
}
