package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"meibo/dsl"
	"meibo/dsl/schema"
	"meibo/store"
)

// A NewField is a profile field to be added.
type NewField struct {
	Key, Kind   string
	Format      string
	Labels      schema.Words // a label that is missing is the other one, or the key's name
	Description schema.Words
	Hidden      bool
	Archived    bool
	Choices     []string
	Roles       []string // needs Administer when there are any
}

// A FieldPatch is what changes of a field; nil leaves it as it is.
type FieldPatch struct {
	Kind          *string
	Format        *string // "" takes it away
	LabelJA       *string
	LabelEN       *string
	DescriptionJA *string
	DescriptionEN *string
	Hidden        *bool
	Archived      *bool
	Choices       *[]string
	Roles         *[]string // needs Administer when they change
}

// A FieldAnswer is a field after a change.
type FieldAnswer struct {
	Field  schema.Field
	ETag   string
	UsedBy []Use // segments that this change takes the field from: they answer hidden_field or do not compile
}

// Field finds one field, with its ETag.
func (s *Service) Field(key string) (FieldAnswer, error) {
	f, ok := s.fields().Lookup(key)
	if !ok {
		return FieldAnswer{}, s.noField(key)
	}
	return FieldAnswer{Field: f, ETag: s.fieldETag(f)}, nil
}

// noField says what may have been meant among the fields that the caller sees.
func (s *Service) noField(key string) *Error {
	e := refuse(CodeNotFound, fmt.Sprintf("「%s」という項目はありません。", excerptOf(key)), fmt.Sprintf("there is no field %q", excerptOf(key)))
	if near := dsl.Nearest(s.fields(), key); len(near) > 0 {
		e.Message.JA += fmt.Sprintf("%s のことですか。", near[0].Key)
		e.Message.EN += fmt.Sprintf("; did you mean %s?", near[0].Key)
	}
	return e
}

// fieldETag names the state of a field's definition.
func (s *Service) fieldETag(f schema.Field) string {
	body, err := json.Marshal(f)
	if err != nil {
		panic(err) // texts and flags
	}
	sum := sha256.Sum256(append([]byte(s.store.Epoch()+"\n"), body...))
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// AddField adds a profile field at the end of the order.
func (s *Service) AddField(ctx context.Context, n NewField) (FieldAnswer, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	f, err := s.definition(n)
	if err != nil {
		return FieldAnswer{}, err
	}
	return s.putField(ctx, f, nil)
}

// definition is the field that a new one would be.
func (s *Service) definition(n NewField) (schema.Field, error) {
	leaving, err := s.leavingKeys()
	if err != nil {
		return schema.Field{}, err
	}
	f := schema.Field{Key: n.Key, Format: schema.Format(n.Format), Labels: trimmed(n.Labels), Description: trimmed(n.Description),
		Write: schema.WriteManager, Hidden: n.Hidden, Archived: n.Archived, Choices: n.Choices, Roles: n.Roles}
	if f.Labels.JA == "" {
		f.Labels.JA = f.Labels.EN
	}
	if f.Labels.JA == "" {
		f.Labels.JA = strings.TrimPrefix(n.Key, schema.ProfilePrefix)
	}
	if f.Labels.EN == "" {
		f.Labels.EN = f.Labels.JA
	}
	var faults faultList
	taken := faults.newKey("key", n.Key, s.store.Fields(), leaving)
	f.Kind = faults.kind(n.Kind)
	if first, ok := schema.Initial(f.Key); ok && taken == nil {
		f.Write = first.Write // what is written once stays so
		faults.initialKind(first, f.Kind)
	}
	faults.field(f)
	switch {
	case len(faults) > 0:
		return f, refuseValues(faults)
	case taken != nil:
		return f, taken
	case len(f.Roles) > 0:
		return f, s.mayRestrict()
	}
	return f, nil
}

func trimmed(w schema.Words) schema.Words {
	return schema.Words{JA: strings.TrimSpace(w.JA), EN: strings.TrimSpace(w.EN)}
}

// mayRestrict: who may see a field is the owner's to say.
func (s *Service) mayRestrict() error {
	if s.caller.May(Administer) {
		return nil
	}
	return refuse(CodeForbidden, "項目を見られる役割（roles）を変えられるのは owner だけです。", "only owners may set which roles see a field (roles)")
}

// putField adds or replaces a field; detail is what the audit log is to know
// beside it, nil for nothing.
func (s *Service) putField(ctx context.Context, f schema.Field, detail any) (FieldAnswer, error) {
	_, err := s.store.Update(ctx, func(tx *store.Tx) error {
		return s.auditField(tx, f.Key, detail, func() error { return tx.PutFields([]schema.Field{f}) })
	})
	if err != nil {
		return FieldAnswer{}, refuseFieldStore(err)
	}
	return s.Field(f.Key)
}

// PatchField changes a field. Of a primitive one the kind and the format are
// the system's. Hiding a field that segments use, and changing its kind, needs
// force. ifMatch is the ETag that the field should have; "" asks for nothing.
// Cost: every segment is compiled when the field is hidden or its kind
// changes; see store.Tx.ChangeKind for the latter.
func (s *Service) PatchField(ctx context.Context, key string, p FieldPatch, force bool, ifMatch string) (FieldAnswer, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	before, err := s.fieldToChange(key, ifMatch)
	if err != nil {
		return FieldAnswer{}, err
	}
	after, err := s.patched(before, p)
	if err != nil {
		return FieldAnswer{}, err
	}
	var uses []Use
	if after.Hidden && !before.Hidden || after.Kind != before.Kind {
		if uses, err = s.usesOfField(key); err != nil {
			return FieldAnswer{}, err
		}
		if len(uses) > 0 && !force {
			return FieldAnswer{}, refuseUsed(key, uses)
		}
	}
	put := s.putField
	if after.Kind != before.Kind {
		put = s.changeKind
	}
	answer, err := put(ctx, after, forcedOn(uses))
	answer.UsedBy = uses
	return answer, err
}

// fieldToChange is a field that the caller sees, in the state that it expects.
func (s *Service) fieldToChange(key, ifMatch string) (schema.Field, error) {
	f, ok := s.fields().Lookup(key)
	switch {
	case !ok:
		return f, s.noField(key)
	case ifMatch != "" && !TagMatches(ifMatch, s.fieldETag(f)):
		return f, refuse(CodePreconditionFailed, "項目はその間に変更されています。読み直してからもう一度保存してください。",
			"the field is not as If-Match says: read it again and repeat the change")
	}
	return f, nil
}

// patched is the field as it would be, checked as a whole.
func (s *Service) patched(f schema.Field, p FieldPatch) (schema.Field, error) {
	var faults faultList
	before := f
	if p.Kind != nil {
		f.Kind = faults.kind(*p.Kind)
		if first, ok := schema.Initial(f.Key); ok {
			faults.initialKind(first, f.Kind)
			f.Kind = first.Kind
		}
	}
	if p.Format != nil {
		f.Format = schema.Format(*p.Format)
	}
	if !f.IsProfile() && f.Format != before.Format {
		faults.add("format", codeNoPrimitive, "%s はシステムの項目なので、形式は変えられません。", "%s is kept by the system: its format cannot change", f.Key)
		f.Format = before.Format
	}
	set(&f.Labels.JA, p.LabelJA)
	set(&f.Labels.EN, p.LabelEN)
	set(&f.Description.JA, p.DescriptionJA)
	set(&f.Description.EN, p.DescriptionEN)
	f.Labels, f.Description = trimmed(f.Labels), trimmed(f.Description)
	set(&f.Hidden, p.Hidden)
	set(&f.Archived, p.Archived)
	set(&f.Choices, p.Choices)
	set(&f.Roles, p.Roles)
	if f.Labels.JA == "" || f.Labels.EN == "" {
		faults.add("labels", codeBadLabel, "表示名は日本語と英語の両方が要ります。", "a field has a label in both languages")
	}
	if faults.field(f); len(faults) > 0 {
		return f, refuseValues(faults)
	}
	if !slices.Equal(f.Roles, before.Roles) {
		return f, s.mayRestrict()
	}
	return f, nil
}

func set[T any](at *T, to *T) {
	if to != nil {
		*at = *to
	}
}

// changeKind refuses while anybody has a value. It counts first, while other
// writes go on, because that is the common refusal.
func (s *Service) changeKind(ctx context.Context, f schema.Field, detail any) (FieldAnswer, error) {
	n, err := s.store.Holders(f.Key)
	if err == nil && n > 0 {
		err = &store.HeldError{Key: f.Key, Customers: n}
	}
	if err == nil {
		_, err = s.store.Update(ctx, func(tx *store.Tx) error {
			return s.auditField(tx, f.Key, detail, func() error { return tx.ChangeKind(f) })
		})
	}
	var held *store.HeldError
	if errors.As(err, &held) {
		return FieldAnswer{}, refuseHeld(held)
	}
	if err != nil {
		return FieldAnswer{}, refuseFieldStore(err)
	}
	return s.Field(f.Key)
}

func refuseHeld(held *store.HeldError) *Error {
	e := refuse(CodeKindFixed,
		fmt.Sprintf("%d 人の顧客に %s の値があるため、種類は変えられません。値を新しい項目に変換してください（POST /v1/fields/%s/convert、meibo fields convert）。", held.Customers, held.Key, held.Key),
		fmt.Sprintf("the kind of %s is fixed, because customers have values of it (%d of them); convert the values to a new field (POST /v1/fields/%s/convert, meibo fields convert)", held.Key, held.Customers, held.Key))
	e.Values = []schema.ValueError{{Field: "kind", Code: codeKindFixed, Message: e.Message}}
	return e
}

func refuseUsed(key string, uses []Use) *Error {
	var list []string
	for _, u := range uses {
		list = append(list, u.Key)
	}
	e := refuse(CodeInUse,
		fmt.Sprintf("%s はセグメント %s が使っています。それらのセグメントが使えなくなってもよければ force を付けてください。", key, strings.Join(list, "、")),
		fmt.Sprintf("%s is used by the segments %s; with force they will answer an error from then on", key, strings.Join(list, ", ")))
	e.UsedBy = uses
	return e
}
