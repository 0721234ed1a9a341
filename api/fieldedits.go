package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"meibo/api/service"
	"meibo/dsl/schema"
)

const fieldPath = "/v1/fields/{field}"

// A FieldKey is a field's key in the path.
type FieldKey struct {
	Key string `path:"field" doc:"The field's key: profile.plan, lastSeenAt."`
}

// A FieldMatch is what a caller believes of the field that it changes.
type FieldMatch struct {
	FieldKey
	Force   bool   `query:"force" doc:"Do it though segments use the field: they then answer an error, see usedBy."`
	IfMatch string `header:"If-Match" doc:"An ETag: refuses with 412 when the field has been changed since."`
}

// newField is a field to be added.
type newField struct {
	Key         string       `json:"key" doc:"profile. and then at most 64 ASCII letters, digits and underscores, a letter first; unique without regard to case."`
	Kind        string       `json:"kind" doc:"Boolean, String, Number, Date or List."`
	Format      string       `json:"format,omitempty" doc:"Of a String: phone, email, url or version."`
	Labels      optionalText `json:"labels,omitempty" doc:"One that is missing is the other one, or the key's name. At most 100 characters each."`
	Description optionalText `json:"description,omitempty" doc:"At most 1,000 characters each."`
	Hidden      bool         `json:"hidden,omitempty"`
	Archived    bool         `json:"archived,omitempty"`
	Choices     []string     `json:"choices,omitempty" nullable:"false" doc:"Of a List: the elements that it offers, at most 100 of 1 to 64 characters, no two equal when folded."`
	Roles       []string     `json:"roles,omitempty" nullable:"false" doc:"Those that see the field beside owners: manager, viewer, service, publishable; owner alone: nobody else; empty: everybody. For owners to set."`
}

type optionalText struct {
	JA string `json:"ja,omitempty"`
	EN string `json:"en,omitempty"`
}

type textPatch struct {
	JA *string `json:"ja,omitempty"`
	EN *string `json:"en,omitempty"`
}

// fieldPatch is what changes of a field; what it does not name stays.
type fieldPatch struct {
	Kind        *string   `json:"kind,omitempty" doc:"Only while no customer has a value of the field; of profile fields only."`
	Format      *string   `json:"format,omitempty" doc:"An empty text takes it away."`
	Labels      textPatch `json:"labels,omitempty"`
	Description textPatch `json:"description,omitempty"`
	Hidden      *bool     `json:"hidden,omitempty" doc:"Not collected from now on and shown nowhere; what is stored stays."`
	Archived    *bool     `json:"archived,omitempty" doc:"Not shown beside a chat; still collected, searchable and in the table."`
	Choices     *[]string `json:"choices,omitempty" nullable:"false"`
	Roles       *[]string `json:"roles,omitempty" nullable:"false" doc:"For owners to change; an empty list: everybody sees it."`
}

type addFieldInput struct{ Body newField }

type patchFieldInput struct {
	FieldMatch
	Body fieldPatch
}

type deleteFieldInput struct{ FieldMatch }

// A fieldAnswer is a field as it is now.
type fieldAnswer struct {
	schema.Field
	UsedBy []service.Use `json:"usedBy,omitempty" nullable:"false" doc:"After a change by force: what used the field and now answers an error."`
}

type fieldOutput struct {
	ETag string `header:"ETag" doc:"Names the state of the field's definition."`
	Body fieldAnswer
}

type deletedField struct {
	Key    string        `json:"key"`
	Status string        `json:"status" enum:"deleting" doc:"Nobody sees the field any more. Its values leave the records in the background; until they have, GET /v1/fields lists the key under deleting, and it cannot be used again."`
	UsedBy []service.Use `json:"usedBy,omitempty" nullable:"false" doc:"What used the field and now answers an error."`
}

type deletedFieldOutput struct{ Body deletedField }

type orderInput struct {
	Body struct {
		Keys []string `json:"keys" nullable:"false" doc:"All fields that the caller sees, each once, in their new order. Those that it does not see keep their places."`
	} `nameHint:"FieldOrder"`
}

type convertFieldInput struct {
	FieldKey
	Body convertField
}

type convertField struct {
	To     newField `json:"to" doc:"The field to make. It is seen by the roles that see the source, unless an owner says otherwise."`
	DryRun bool     `json:"dryRun,omitempty" doc:"Tells what would come of it and changes nothing."`
}

// fieldConversion says what came of a conversion.
type fieldConversion struct {
	Field     schema.Field             `json:"field"`
	DryRun    bool                     `json:"dryRun"`
	Converted int                      `json:"converted" doc:"Customers that got a value, or would."`
	Kept      int                      `json:"kept" doc:"Customers that had one already: the conversion went on after it was broken off."`
	Failed    int                      `json:"failed" doc:"Customers whose value did not convert."`
	Failures  []service.ConvertFailure `json:"failures" nullable:"false" doc:"Values that did not convert, the most frequent first, at most 100."`
	Untold    int                      `json:"untold" doc:"Of failed: customers whose value is not among failures."`
	Seq       uint64                   `json:"seq" doc:"A search with this minSeq sees all of it."`
}

type fieldConversionOutput struct{ Body fieldConversion }

func (h *handler) registerFieldEdits(routes huma.API) {
	register(routes, operation(http.MethodGet, fieldPath, "getField", "Read a field", service.Read, 404), h.getField)

	add := withBody(operation(http.MethodPost, "/v1/fields", "addField", "Add a profile field", service.EditFields, 409, 422, 503), maxCustomerBody, bodyTime)
	add.DefaultStatus = http.StatusCreated
	register(routes, add, h.addField)

	patch := withBody(operation(http.MethodPatch, fieldPath, "patchField", "Change a field", service.EditFields, 404, 409, 412, 422, 503), maxCustomerBody, bodyTime)
	patch.Description = "Also hides and archives a field, and shows it again. Of a field that the system keeps, the kind and the format are fixed."
	register(routes, patch, h.patchField)

	register(routes, operation(http.MethodDelete, fieldPath, "deleteField", "Delete a profile field and all of its values", service.EditFields, 400, 404, 409, 412, 503), h.deleteField)

	order := withBody(operation(http.MethodPut, "/v1/fields/order", "orderFields", "Set the display order of the fields", service.EditFields, 422, 503), maxCustomerBody, bodyTime)
	register(routes, order, h.orderFields)

	convert := withBody(operation(http.MethodPost, fieldPath+"/convert", "convertField", "Fill a new field from the values of another", service.EditFields, 404, 409, 422, 503), maxCustomerBody, bodyTime)
	convert.Description = "The source keeps its values; updatedAt does not move. After a timeout, the same request goes on where values are missing."
	register(routes, convert, h.convertField)
}

func (h *handler) fieldOutput(ctx context.Context, answer service.FieldAnswer, err error) (*fieldOutput, error) {
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &fieldOutput{ETag: answer.ETag, Body: fieldAnswer{answer.Field, answer.UsedBy}}, nil
}

func (h *handler) getField(ctx context.Context, in *FieldKey) (*fieldOutput, error) {
	answer, err := h.as(ctx).Field(in.Key)
	return h.fieldOutput(ctx, answer, err)
}

func (h *handler) addField(ctx context.Context, in *addFieldInput) (*fieldOutput, error) {
	answer, err := h.as(ctx).AddField(ctx, in.Body.definition())
	return h.fieldOutput(ctx, answer, err)
}

func (f newField) definition() service.NewField {
	return service.NewField{Key: f.Key, Kind: f.Kind, Format: f.Format, Labels: schema.Words(f.Labels), Description: schema.Words(f.Description),
		Hidden: f.Hidden, Archived: f.Archived, Choices: f.Choices, Roles: f.Roles}
}

func (h *handler) patchField(ctx context.Context, in *patchFieldInput) (*fieldOutput, error) {
	p := in.Body
	answer, err := h.as(ctx).PatchField(ctx, in.Key, service.FieldPatch{Kind: p.Kind, Format: p.Format, LabelJA: p.Labels.JA, LabelEN: p.Labels.EN,
		DescriptionJA: p.Description.JA, DescriptionEN: p.Description.EN, Hidden: p.Hidden, Archived: p.Archived, Choices: p.Choices, Roles: p.Roles},
		in.Force, in.IfMatch)
	return h.fieldOutput(ctx, answer, err)
}

func (h *handler) deleteField(ctx context.Context, in *deleteFieldInput) (*deletedFieldOutput, error) {
	answer, err := h.as(ctx).DeleteField(ctx, in.Key, in.Force, in.IfMatch)
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &deletedFieldOutput{deletedField{answer.Key, "deleting", answer.UsedBy}}, nil
}

func (h *handler) orderFields(ctx context.Context, in *orderInput) (*fieldsOutput, error) {
	if err := h.as(ctx).OrderFields(ctx, in.Body.Keys); err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return h.listFields(ctx, nil)
}

func (h *handler) convertField(ctx context.Context, in *convertFieldInput) (*fieldConversionOutput, error) {
	done, err := h.as(ctx).ConvertField(ctx, service.ConvertRequest{From: in.Key, To: in.Body.To.definition(), DryRun: in.Body.DryRun})
	if err != nil {
		return nil, h.problemOf(ctx, err)
	}
	return &fieldConversionOutput{fieldConversion(done)}, nil
}
