package dsl

import (
	"strings"

	"meibo/dsl/schema"
)

// A place is what may stand next in a filter, whatever stood before it.
type place uint8

const (
	atCondition     place = iota // a condition, NOT or a bracket
	inPath                       // the next name of a path, behind its dot
	afterPath                    // an operator; the end of the condition behind a Boolean field
	afterQuantifier              // an operator, behind ANY or ALL
	afterIs                      // SET, UNSET or NOT
	afterIsNot                   // SET
	afterNot                     // IN, BETWEEN or HAS, behind a field's NOT
	afterHas                     // a value, ANY or ALL
	atList                       // the bracket that opens a list
	atValue                      // a value
	atElement                    // a value or the end of a list
	afterElement                 // a comma or the end of a list
	afterLow                     // the AND of BETWEEN
	afterCondition               // AND, OR or a closing bracket
	atNumber                     // a number, behind its minus
	atCall                       // the bracket behind exact, version, startOf, endOf
	atText                       // the string of exact, version, segment
	atUnit                       // the unit of startOf, endOf
	afterArgument                // the bracket that closes a call
	afterDate                    // + or -, or what follows the value
	atDuration                   // a duration, behind + or -
)

// A slot is what a value fills, and so what follows it.
type slot uint8

const (
	asOperand slot = iota
	asElement
	asLow
	asHigh
	asArgument // of a call that is a condition: segment("…")
)

// A stage is all that decides which tokens may follow, but for the path where
// one is being read. It is the grammar as a machine with one counter: a
// filter's only nesting is that of conditions in brackets.
type stage struct {
	place place
	slot  slot
	depth int // brackets open around conditions
}

// A trail follows the tokens of a filter and knows what may stand next. It
// goes on behind tokens that have no business where they stand, as if they
// were what was meant or were not there: people complete half-written text.
// A test holds it against the grammar.
type trail struct {
	stage
	fields  *schema.Fields
	lenient bool // any bare path is a condition, as the grammar has it
	at      int  // index of the next token

	key    string // the condition's path, so far
	pathAt int    // index of its first token
	op     string // the operator without NOT, as it is written; "" for none
	opAt   int    // index of its first word
	listAt int    // index of the list's bracket
	call   string // the function whose brackets are open, in lower case
	value  int    // index of the token with which the last value began
	loose  int    // offset at which a value ends to which touching tokens belong; 0: there is none
}

// step follows one token and reports whether it may stand where it stands.
func (w *trail) step(t token) bool {
	if t.at.Start != w.loose {
		w.loose = 0
	}
	ok := w.take(t)
	if !ok {
		w.mend(t)
	}
	w.at++
	return ok && !t.bad
}

// complete reports whether the filter may end here.
func (w *trail) complete() bool {
	switch {
	case w.depth > 0:
		return false
	case w.place == afterPath:
		return w.bare()
	case w.place == afterDate:
		return w.slot == asOperand || w.slot == asHigh
	}
	return w.place == afterCondition || w.at == 0
}

// same reports whether both accept the same tokens from here on.
func (w *trail) same(x *trail) bool {
	if w.stage != x.stage || w.loose != x.loose {
		return false
	}
	switch w.place {
	case atValue, afterHas, atCall, afterArgument:
		return w.op == x.op && w.call == x.call
	case inPath, afterPath:
		return w.key == x.key && w.lenient == x.lenient
	}
	return true
}

// field is the field that the path names.
func (w *trail) field() (schema.Field, bool) { return w.fields.Lookup(w.key) }

// bare reports whether the path alone is a condition.
func (w *trail) bare() bool {
	if w.lenient {
		return true
	}
	f, ok := w.field()
	return ok && f.Kind == schema.Boolean
}

// take moves on when the token is one that may stand here.
func (w *trail) take(t token) bool {
	switch w.place {
	case atCondition:
		return w.condition(t)
	case inPath:
		return w.name(t)
	case afterPath:
		return w.behindPath(t)
	case afterQuantifier:
		return w.operator(t)
	case afterIs, afterIsNot:
		return w.is(t)
	case afterNot:
		return w.negatable(t)
	case afterHas:
		return w.quantifier(t, atList) || w.readValue(t)
	case atValue:
		return w.slot == asOperand && w.list(t) || w.readValue(t)
	case atList:
		return w.list(t)
	case atElement:
		return w.endList(t) || w.readValue(t)
	case afterElement:
		return w.endList(t) || w.on(t, tokComma, atElement)
	case afterLow:
		return w.fill(asHigh, w.on(t, tokAnd, atValue))
	case afterCondition:
		return w.connective(t)
	}
	return w.within(t)
}

// on moves to a place when the token is of a kind.
func (w *trail) on(t token, kind tokenKind, to place) bool {
	if t.kind != kind {
		return false
	}
	w.place = to
	return true
}

// fill sets what the next value fills, if it moved.
func (w *trail) fill(s slot, moved bool) bool {
	if moved {
		w.slot = s
	}
	return moved
}

func (w *trail) condition(t token) bool {
	switch t.kind {
	case tokNot:
		return true
	case tokOpen:
		w.depth++
		return true
	case tokString:
		w.place, w.op, w.key = afterCondition, "", ""
		return true
	}
	if !w.on(t, tokIdent, afterPath) {
		return false
	}
	w.key, w.pathAt, w.op, w.call = t.text, w.at, "", ""
	return true
}

func (w *trail) name(t token) bool {
	if !w.on(t, tokIdent, afterPath) {
		return false
	}
	if len(w.key) <= 2*schema.MaxKeyLength { // a hostile path goes on; no field is called so
		w.key += "." + t.text
	}
	return true
}

func (w *trail) behindPath(t token) bool {
	switch t.kind {
	case tokDot:
		w.place = inPath
		return true
	case tokOpen:
		w.place, w.slot, w.call = atText, asArgument, strings.ToLower(w.key)
		return true
	case tokAnd, tokOr, tokClose:
		return w.bare() && w.connective(t)
	}
	return w.quantifier(t, afterQuantifier) || w.operator(t)
}

// quantifier reads ANY or ALL, before an operator or behind HAS.
func (w *trail) quantifier(t token, to place) bool {
	if t.kind != tokAny && t.kind != tokAll {
		return false
	}
	if to == atList {
		w.op += " " + t.text
	} else {
		w.opAt = w.at
	}
	w.place = to
	return true
}

func (w *trail) operator(t token) bool {
	if w.place == afterPath {
		w.opAt = w.at
	}
	switch t.kind {
	case tokOperator:
		w.op, w.place, w.slot = t.text, atValue, asOperand
	case tokIs:
		w.place = afterIs
	case tokNot:
		w.place = afterNot
	default:
		return w.negatable(t)
	}
	return true
}

// negatable are the operators that NOT may stand before.
func (w *trail) negatable(t token) bool {
	switch t.kind {
	case tokIn:
		w.place, w.slot = atList, asOperand
	case tokBetween:
		w.place, w.slot = atValue, asLow
	case tokHas:
		w.place, w.slot = afterHas, asOperand
	default:
		return false
	}
	w.op = t.text
	return true
}

func (w *trail) is(t token) bool {
	if w.place == afterIs && (w.on(t, tokNot, afterIsNot) || w.on(t, tokUnset, afterCondition)) {
		return true
	}
	return w.on(t, tokSet, afterCondition)
}

func (w *trail) list(t token) bool {
	if w.place == atValue && w.op == "HAS" || !w.on(t, tokOpen, atElement) {
		return false
	}
	w.slot, w.listAt = asElement, w.at
	return true
}

func (w *trail) endList(t token) bool { return w.on(t, tokClose, afterCondition) }

func (w *trail) connective(t token) bool {
	if w.on(t, tokAnd, atCondition) || w.on(t, tokOr, atCondition) {
		return true
	}
	if t.kind != tokClose || w.depth == 0 {
		return false
	}
	w.depth--
	w.place = afterCondition
	return true
}
