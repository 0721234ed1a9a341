package service

import (
	"fmt"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
)

// An Edit gives a field a value; a missing value clears the field.
type Edit struct {
	Key   string
	Value schema.Value
	Once  bool // of profileOnce: only where the field has no value yet, else a silent no-op
}

// A Body is a customer's JSON, read and checked against the fields, not yet
// against the record that it is for.
type Body struct {
	ID     string // "" when the body names none
	Edits  []Edit
	Faults []schema.ValueError // what the fields do not take, all of it
}

// unreadableJSON refuses JSON that is no customer's.
func unreadableJSON(err error) *Error {
	why := schema.JSONWords(err)
	return refuse(CodeBadRequest, "JSON を読めません: "+why.JA, why.EN)
}

// ReadBody reads a customer's JSON. Dates without an offset are wall clock in
// zone. The error is a refusal of JSON that cannot be read at all.
func ReadBody(raw []byte, fields *schema.Fields, zone *time.Location) (Body, error) {
	assignments, err := schema.ParseCustomer(raw)
	if err != nil {
		return Body{}, unreadableJSON(err)
	}
	var b Body
	for _, a := range assignments {
		b.read(a, fields, zone)
	}
	return b, nil
}

func (b *Body) read(a schema.Assignment, fields *schema.Fields, zone *time.Location) {
	if rest, ok := strings.CutPrefix(a.Key, onceGroup); ok && (rest == "" || rest[0] == '.') {
		b.readOnce(a, schema.ProfilePrefix+strings.TrimPrefix(rest, "."), fields, zone)
		return
	}
	if a.Key == schema.IDField {
		b.readID(a)
		return
	}
	f, ok := fields.Lookup(a.Key)
	if !ok {
		b.readGroup(a, fields)
		return
	}
	v, fault := schema.Coerce(f, a.Raw, zone)
	if fault != nil {
		b.Faults = append(b.Faults, *fault)
		return
	}
	b.Edits = append(b.Edits, Edit{Key: a.Key, Value: v})
}

// onceGroup is the group of a body whose values are for profile fields that
// have none yet.
const onceGroup = "profileOnce"

// readOnce takes a value of profileOnce. null or a blank one there, or null for
// the whole group, asks for nothing. Faults name the profile field that is meant.
func (b *Body) readOnce(a schema.Assignment, key string, fields *schema.Fields, zone *time.Location) {
	f, ok := fields.Lookup(key)
	switch {
	case !ok && a.Key == onceGroup && (a.Raw == nil || a.Empty()):
		return
	case !ok && a.Key == onceGroup:
		b.Faults = append(b.Faults, fieldFault(onceGroup, schema.CodeWrongKind, "%s はオブジェクトにしてください。", "%s is an object of profile fields"))
		return
	case !ok:
		b.Faults = append(b.Faults, UnknownField(key, fields))
		return
	}
	v, fault := schema.Coerce(f, a.Raw, zone)
	switch {
	case fault != nil:
		b.Faults = append(b.Faults, *fault)
	case !v.IsMissing():
		b.Edits = append(b.Edits, Edit{Key: key, Value: v, Once: true})
	}
}

func (b *Body) readID(a schema.Assignment) {
	id, ok := a.Raw.(string)
	if !ok {
		b.Faults = append(b.Faults, fieldFault(schema.IDField, schema.CodeWrongKind, "%s は文字列です。", "%s is a string"))
		return
	}
	if fault := schema.CheckID(id); fault != nil {
		b.Faults = append(b.Faults, *fault)
		return
	}
	b.ID = id
}

// readGroup takes what is no field's key: null for a whole group clears every
// field of it but the hidden ones, which nobody sees; anything else is a fault.
func (b *Body) readGroup(a schema.Assignment, fields *schema.Fields) {
	members := 0
	for f := range fields.All() {
		if strings.HasPrefix(f.Key, a.Key+".") {
			members++
			if a.Raw == nil && f.Collects() { // nobody sees a hidden one to clear it
				b.Edits = append(b.Edits, Edit{Key: f.Key})
			}
		}
	}
	switch {
	case members == 0:
		b.Faults = append(b.Faults, UnknownField(a.Key, fields))
	case a.Empty(): // asks for nothing
	case a.Raw != nil:
		b.Faults = append(b.Faults, fieldFault(a.Key, schema.CodeWrongKind,
			"%s は項目のグループです。オブジェクトか null にしてください。", "%s is a group of fields: send an object, or null to clear it"))
	}
}

// UnknownField is the fault of a key that is no field's, with the nearest one
// that is.
func UnknownField(key string, fields *schema.Fields) schema.ValueError {
	v := fieldFault(key, CodeUnknownField, "「%s」という項目はありません。", "there is no field %q")
	if near := dsl.Nearest(fields, key); len(near) > 0 { // so that a body and a filter suggest the same
		v.Message.JA += fmt.Sprintf("%s のことですか。", near[0].Key)
		v.Message.EN += fmt.Sprintf("; did you mean %s?", near[0].Key)
	}
	return v
}

// A Warning is something that was written as it came but is probably not what
// was meant.
type Warning struct {
	Field   string       `json:"field"`
	Code    string       `json:"code" doc:"phone_unparsed: the text is no possible phone number; it is kept as text"`
	Message schema.Words `json:"message"`
}

// CodePhoneUnparsed is the code of a phone number that was kept as text.
const CodePhoneUnparsed = "phone_unparsed"

func warningsOf(edits []Edit, fields *schema.Fields) []Warning {
	var found []Warning
	for _, e := range edits {
		f, _ := fields.Lookup(e.Key)
		if f.Format != schema.FormatPhone || e.Value.IsMissing() {
			continue
		}
		if _, ok := schema.ParsePhone(e.Value.Text(), fields.Region); !ok {
			found = append(found, Warning{Field: e.Key, Code: CodePhoneUnparsed, Message: schema.Words{
				JA: e.Key + " は電話番号として読めないため、文字列のまま保存しました。",
				EN: e.Key + " does not read as a phone number; it is kept as text"}})
		}
	}
	return found
}
