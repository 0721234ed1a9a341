package jsondoc

import (
	"fmt"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// Codes of a document that is not what its reader expects.
const (
	CodeBadJSON       = "bad_json"       // not JSON, or the same member twice
	CodeUnknownMember = "unknown_member" // a member that does not belong there
	CodeMissingMember = "missing_member" // a member that has to be there is not
	CodeUnknownWord   = "unknown_word"   // a word that is none of those that can stand there
	CodeWrongCount    = "wrong_count"    // more or fewer elements than belong there
)

// MaxFaults is how many faults of one document are told; nobody reads on.
const MaxFaults = 50

// Faults collects what is wrong with one document. Each has in Field the
// pointer of the value that it is about.
type Faults struct{ List []schema.ValueError }

// Full reports whether no more faults are taken: a reader may stop.
func (f *Faults) Full() bool { return len(f.List) >= MaxFaults }

// Add tells a fault of what at points to; the words are formats that share
// their arguments.
func (f *Faults) Add(at, code, ja, en string, args ...any) {
	f.Tell(schema.ValueError{Field: at, Code: code, Message: say(ja, en, args...)})
}

// Tell is Add for a fault that is there already.
func (f *Faults) Tell(fault schema.ValueError) {
	if !f.Full() {
		f.List = append(f.List, fault)
	}
}

// Object reports whether v is an object, and tells members that are none of
// the allowed ones.
func (f *Faults) Object(v *Value, at string, allowed ...string) bool {
	if !f.Is(v, at, Object) {
		return false
	}
	for i := range v.Items {
		if name := v.Items[i].Name; !slices.Contains(allowed, name) {
			f.Add(Child(at, name), CodeUnknownMember, "「%[1]s」はここでは使えません。使えるのは %[2]s です。", "%[1]s does not belong here; what does is %[2]s", Clip(name), strings.Join(allowed, ", "))
		}
	}
	return true
}

// Is tells a value of another JSON type; true when it is as it should be.
func (f *Faults) Is(v *Value, at string, kind Kind) bool {
	if v.Kind != kind {
		f.Add(at, schema.CodeWrongKind, "ここには%[1]sを書きます。%[3]sは書けません。", "here belongs %[2]s, not %[4]s", kind.ja(), kind.en(), v.Kind.ja(), v.Kind.en())
	}
	return v.Kind == kind
}

// Needs finds a member that has to be there, and tells when it is not, or of
// another type.
func (f *Faults) Needs(v *Value, at, name string, kind Kind) (*Value, bool) {
	m := v.Member(name)
	if m == nil {
		f.Add(at, CodeMissingMember, "「%s」がありません。", "%s is missing", name)
		return nil, false
	}
	return m, f.Is(m, Child(at, name), kind)
}

// Word tells a text that is none of the words; true when it is one.
func (f *Faults) Word(text, at string, words ...string) bool {
	if slices.Contains(words, text) {
		return true
	}
	f.Add(at, CodeUnknownWord, "「%[1]s」は使えません。使えるのは %[2]s です。", "%[1]s cannot stand here; what can is %[2]s", Clip(text), strings.Join(words, ", "))
	return false
}

// Clip is the beginning of a text, for messages.
func Clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > 40 {
			return s[:i] + "…"
		}
	}
	return s
}

func say(ja, en string, args ...any) schema.Words {
	if len(args) == 0 {
		return schema.Words{JA: ja, EN: en}
	}
	return schema.Words{JA: fmt.Sprintf(ja, args...), EN: fmt.Sprintf(en, args...)}
}

func (k Kind) ja() string {
	return [...]string{Null: " null ", Bool: " true か false ", Number: "数値", String: "文字列", Array: "配列", Object: "オブジェクト"}[k]
}

func (k Kind) en() string {
	return [...]string{Null: "null", Bool: "true or false", Number: "a number", String: "a string", Array: "an array", Object: "an object"}[k]
}
