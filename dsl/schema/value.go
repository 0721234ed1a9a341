package schema

import (
	"slices"
	"strconv"
	"strings"
)

// Limits on one value. Sizes are in bytes of UTF-8 unless the name says
// otherwise.
const (
	MaxTextBytes   = 4 << 10 // a String, and an element of a List
	MaxTags        = 100     // elements of the field "tags"
	MaxTagLength   = 64      // characters (code points) of one tag
	MaxRecordBytes = 64 << 10
	MaxNumber      = 1 << 53 // the largest magnitude of a Number
)

// A Value is one field's value. The zero Value is missing. Values are
// immutable: a List's elements must not be changed through Elements.
type Value struct {
	kind Kind
	num  float64 // Boolean: 0 or 1; Number; Date: epoch milliseconds
	text string
	list []string
}

// Bool, Num, At, Text and Strings build values. They trust their argument;
// what comes from outside goes through Coerce or ParseText first.
func Bool(b bool) Value {
	if b {
		return Value{kind: Boolean, num: 1}
	}
	return Value{kind: Boolean}
}

// Num builds a Number; -0 becomes 0.
func Num(n float64) Value {
	if n == 0 {
		n = 0 // drops the sign
	}
	return Value{kind: Number, num: n}
}

// At builds a Date from epoch milliseconds.
func At(millis int64) Value { return Value{kind: Date, num: float64(millis)} }

// Text builds a String; a blank one (which folds to nothing) is missing.
func Text(s string) Value {
	if Fold(s) == "" {
		return Value{}
	}
	return Value{kind: String, text: s}
}

// Strings builds a List: blank elements are dropped, of elements equal after
// folding the first is kept, and a list of none is missing. The argument is
// not kept.
func Strings(elements ...string) Value {
	var kept []string
	seen := make(map[string]bool, len(elements)) // a hostile list has ten thousand
	for _, e := range elements {
		f := Fold(e)
		if f == "" || seen[f] {
			continue
		}
		seen[f] = true
		kept = append(kept, e)
	}
	if len(kept) == 0 {
		return Value{}
	}
	return Value{kind: List, list: kept}
}

// Stored rebuilds a value from its parts exactly as they were stored, with no
// check and no folding: for decoders of data that was checked when written.
func Stored(kind Kind, num float64, text string, list []string) Value {
	return Value{kind: kind, num: num, text: text, list: list}
}

// Kind says what the value is; None means missing.
func (v Value) Kind() Kind { return v.kind }

// IsMissing reports whether there is no value.
func (v Value) IsMissing() bool { return v.kind == None }

// Bool is a Boolean's truth; false for every other kind.
func (v Value) Bool() bool { return v.kind == Boolean && v.num != 0 }

// Num is a Number, a Date in epoch milliseconds, or a Boolean as 0 or 1.
func (v Value) Num() float64 { return v.num }

// Millis is a Date's epoch milliseconds.
func (v Value) Millis() int64 { return int64(v.num) }

// Text is a String's raw text.
func (v Value) Text() string { return v.text }

// Elements is a List's raw elements, or a String's text as the only one.
// The caller must not change the slice.
func (v Value) Elements() []string {
	if v.kind == String {
		return []string{v.text}
	}
	return v.list
}

// Equal compares exactly: raw text, no folding, elements in order.
func (v Value) Equal(w Value) bool {
	return v.kind == w.kind && v.num == w.num && v.text == w.text && slices.Equal(v.list, w.list)
}

// Compare orders two values of one kind as results are sorted: numbers and
// dates by size, false before true, strings by the bytes of their folded form.
// It returns a number below, equal to or above 0. Missing values are the
// caller's business (they come last in either direction); lists compare equal.
func Compare(v, w Value) int {
	if v.kind == String && w.kind == String {
		return strings.Compare(Fold(v.text), Fold(w.text))
	}
	switch {
	case v.num < w.num:
		return -1
	case v.num > w.num:
		return 1
	}
	return 0
}

// String shows a value for logs and test failures; it is not a wire format.
func (v Value) String() string {
	switch v.kind {
	case None:
		return "missing"
	case Boolean:
		return strconv.FormatBool(v.Bool())
	case String:
		return strconv.Quote(v.text)
	case List:
		quoted := make([]string, len(v.list))
		for i, e := range v.list {
			quoted[i] = strconv.Quote(e)
		}
		return "(" + strings.Join(quoted, ", ") + ")"
	default:
		return strconv.FormatFloat(v.num, 'g', -1, 64)
	}
}
