package service

import (
	"fmt"

	"meibo/dsl/schema"
)

// Opt-outs are the two primitive fields, beside tags, that people may write.
const (
	unsubscribeEmailField   = "unsubscribeEmail"
	unsubscribeTextingField = "unsubscribeTexting"
)

func isOptOut(key string) bool {
	return key == unsubscribeEmailField || key == unsubscribeTextingField
}

// Editable reports whether people and API clients may write a field: profile
// fields, tags and the opt-outs.
func Editable(f schema.Field) bool { return f.IsProfile() || f.Write != schema.WriteSystem }

// A Policy says what a writer may do to a record. The zero Policy is that of
// people and API clients.
type Policy struct {
	// Primitive allows primitive fields too, and takes them as they are: an
	// owner's import of another system's export. A field that is hidden is
	// then left out silently, not refused: it is not collected any more.
	Primitive bool
	// KeepOptOuts ignores an attempt to take an opt-out back (import, boot).
	KeepOptOuts bool
	// OnceSilently ignores a later value of a write-once field instead of
	// refusing it: the first stays either way.
	OnceSilently bool
}

// PeoplePolicy is that of the console and of API clients.
func PeoplePolicy() Policy { return Policy{} }

// ImportPolicy is that of an import; system is an owner's import of another
// system's export.
func ImportPolicy(system bool) Policy {
	return Policy{Primitive: system, KeepOptOuts: true, OnceSilently: system}
}

// IngestPolicy is that of boot, touch and forms, whose readers let only the
// fields through that are theirs. One who holds a publishable key is not told
// by a refusal what is stored.
func IngestPolicy(publishable bool) Policy {
	return Policy{Primitive: true, KeepOptOuts: true, OnceSilently: publishable}
}

// A verdict is what a policy says about one edit.
type verdict uint8

const (
	apply verdict = iota
	ignore
	fault
)

// judge decides one edit against the value that is stored. Writing what is
// already there is never a fault, so that a program can send back what it got.
func (p Policy) judge(f schema.Field, old schema.Value, e Edit) (verdict, schema.ValueError) {
	value := e.Value
	if value.Equal(old) {
		return ignore, schema.ValueError{}
	}
	switch {
	case f.Key == schema.IDField:
		return fault, readOnly(f)
	case !f.Collects() && p.Primitive, f.Key == schema.MemberField && p.Primitive:
		return ignore, schema.ValueError{} // member follows from memberId
	case !f.Collects():
		return fault, fieldFault(f.Key, CodeHiddenField, "%s は非表示のため書き込めません。", "%s is hidden: it takes no values from now on")
	case !p.Primitive && !Editable(f):
		return fault, readOnly(f)
	case e.Once && !old.IsMissing():
		return ignore, schema.ValueError{}
	case isOptOut(f.Key) && p.KeepOptOuts && old.Bool() && !value.Bool():
		return ignore, schema.ValueError{}
	case f.Write == schema.WriteOnce && !old.IsMissing() && p.OnceSilently:
		return ignore, schema.ValueError{}
	case f.Write == schema.WriteOnce && !old.IsMissing():
		return fault, fieldFault(f.Key, CodeWriteOnce, "%s は最初の値から変更できません。", "%s keeps its first value; it already has one")
	}
	return apply, schema.ValueError{}
}

func readOnly(f schema.Field) schema.ValueError {
	return fieldFault(f.Key, CodeReadOnly, "%s はシステムの項目なので変更できません。",
		"%s is kept by the system and cannot be written; profile fields, tags, unsubscribeEmail and unsubscribeTexting can")
}

// fieldFault fills the key into both messages.
func fieldFault(key string, code Code, ja, en string) schema.ValueError {
	return schema.ValueError{Field: key, Code: string(code), Message: schema.Words{JA: fmt.Sprintf(ja, key), EN: fmt.Sprintf(en, key)}}
}
