package service

import (
	"errors"
	"strings"

	"meibo/dsl"
	"meibo/dsl/schema"
)

// A Code names a kind of refusal. Codes are stable: programs tell errors
// apart by them, never by a message.
type Code string

// The codes that the use cases answer with.
const (
	CodeBadRequest         Code = "bad_request"
	CodeUnauthorized       Code = "unauthorized"
	CodeTokenExpired       Code = "token_expired"
	CodeForbidden          Code = "forbidden"
	CodeLastOwner          Code = "last_owner" // nobody else could administer the register
	CodeNotFound           Code = "not_found"
	CodeGone               Code = "gone"
	CodeReadOnly           Code = "read_only"
	CodeWriteOnce          Code = "write_once"
	CodeMemberTaken        Code = "member_taken"
	CodeKeyReused          Code = "idempotency_key_reused"
	CodeKindFixed          Code = "kind_fixed"         // customers have values of the field
	CodeTooManyFields      Code = "too_many_fields"    // active profile fields
	CodeInUse              Code = "in_use"             // something else refers to it
	CodeNotFinished        Code = "not_finished"       // a job whose outcome is asked for
	CodeExists             Code = "already_exists"     // a key that is taken
	CodeMerged             Code = "merged"             // the customer is now part of another: Target
	CodeBadMemberHash      Code = "bad_member_hash"    // a memberId without the proof of it
	CodeBadVisitorToken    Code = "bad_visitor_token"  // a customer without the proof of being it
	CodeOriginNotAllowed   Code = "origin_not_allowed" // a publishable key on a page of another site
	CodePreconditionFailed Code = "precondition_failed"
	CodeRecordTooLarge     Code = "record_too_large"
	CodeUnknownField       Code = "unknown_field"
	CodeHiddenField        Code = "hidden_field"
	CodeInvalidFilter      Code = "invalid_filter"
	CodeInvalidValue       Code = "invalid_value"
	CodeIndexing           Code = "indexing"
	CodeTimeout            Code = "timeout"
	CodeStoreReadOnly      Code = "store_read_only"
	CodeTooLarge           Code = "too_large" // a body or a file
	CodeNoSpace            Code = "no_space"  // on the disk
	CodeInternal           Code = "internal"
)

// Codes are all of them, for whoever must have an answer to each.
func Codes() []Code {
	return []Code{CodeBadRequest, CodeUnauthorized, CodeTokenExpired, CodeForbidden, CodeLastOwner, CodeNotFound, CodeGone, CodeReadOnly, CodeWriteOnce,
		CodeMemberTaken, CodeKeyReused, CodeKindFixed, CodeTooManyFields, CodeInUse, CodeNotFinished, CodeExists, CodeMerged,
		CodeBadMemberHash, CodeBadVisitorToken, CodeOriginNotAllowed, CodePreconditionFailed, CodeRecordTooLarge, CodeUnknownField, CodeHiddenField,
		CodeInvalidFilter, CodeInvalidValue, CodeIndexing, CodeTimeout, CodeStoreReadOnly, CodeTooLarge, CodeNoSpace, CodeInternal}
}

// An Error is a refusal that a caller can act on. Everything else that goes
// wrong is an ordinary error and the caller's CodeInternal.
type Error struct {
	Code        Code
	Message     schema.Words
	Diagnostics []dsl.Diagnostic    // of CodeInvalidFilter and CodeUnknownField in a filter
	Values      []schema.ValueError // of a body's fields, all of them at once
	UsedBy      []Use               // of CodeInUse: what refers to it
	Target      string              // of CodeMerged: the id of the customer that it is part of
	cause       error
}

// A Use is a thing that refers to another, and so keeps it from being deleted.
type Use struct {
	Kind string `json:"kind" enum:"segment,field"`
	Key  string `json:"key"`
}

func (e *Error) Error() string {
	if len(e.Values) == 0 {
		return string(e.Code) + ": " + e.Message.EN
	}
	parts := make([]string, len(e.Values))
	for i := range e.Values {
		parts[i] = e.Values[i].Error()
	}
	return string(e.Code) + ": " + strings.Join(parts, "; ")
}

func (e *Error) Unwrap() error { return e.cause }

// CodeOf is the code of an error: CodeInternal when it is none of ours.
func CodeOf(err error) Code {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return CodeInternal
}

func refuse(code Code, ja, en string) *Error {
	return &Error{Code: code, Message: schema.Words{JA: ja, EN: en}}
}

// refuseParameter is a bad_request about one parameter, named as it travels.
func refuseParameter(name, code, ja, en string) *Error {
	e := refuse(CodeBadRequest, ja, en)
	e.Values = []schema.ValueError{{Field: name, Code: code, Message: e.Message}}
	return e
}

// refuseFilter carries a filter's diagnostics. A filter whose only faults are
// unknown fields keeps that code, which programs treat differently: a field
// may have been renamed. So does one whose segments use hidden fields or fields
// that are not for the caller.
func refuseFilter(diagnostics []dsl.Diagnostic) *Error {
	code := Code("")
	for _, d := range diagnostics {
		if d.Severity != dsl.Error {
			continue
		}
		own := CodeInvalidFilter
		switch d.Code {
		case string(CodeUnknownField), string(CodeHiddenField):
			own = Code(d.Code)
		case "forbidden_segment":
			own = CodeForbidden
		}
		if code != "" && code != own {
			own = CodeInvalidFilter
		}
		code = own
	}
	if code == "" {
		code = CodeInvalidFilter
	}
	e := refuse(code, "フィルターに誤りがあります。", "the filter does not compile")
	for _, d := range diagnostics {
		if dsl.HasErrors([]dsl.Diagnostic{d}) {
			e.Message = d.Message
			break
		}
	}
	e.Diagnostics = diagnostics
	return e
}

// refuseValues is the refusal of a body for all of its faults at once. Its
// code is that of the gravest: a value that no policy could allow before one
// that this caller may not write, and that before a conflict with what is
// stored.
func refuseValues(faults []schema.ValueError) *Error {
	e := &Error{Code: CodeWriteOnce, Message: faults[0].Message, Values: faults}
	for _, f := range faults {
		if c := codeOfFault(f.Code); gravity(c) > gravity(e.Code) {
			e.Code = c
		}
	}
	for _, f := range faults {
		if codeOfFault(f.Code) == e.Code {
			e.Message = f.Message
			break
		}
	}
	return e
}

func codeOfFault(code string) Code {
	switch c := Code(code); c {
	case CodeUnknownField, CodeReadOnly, CodeWriteOnce, CodeHiddenField:
		return c
	}
	return CodeInvalidValue
}

func gravity(c Code) int {
	switch c {
	case CodeUnknownField:
		return 4
	case CodeInvalidValue:
		return 3
	case CodeHiddenField:
		return 2
	case CodeReadOnly:
		return 1
	}
	return 0
}
