package dsl

import "strings"

// mend goes on behind a token that may not stand where it stands. What it
// takes for meant is what recover.go and clause.go report; any other token is
// passed over.
func (w *trail) mend(t token) {
	switch {
	case w.loosens(t):
		w.loose = t.at.End
	case t.kind == tokAnd && w.place == atValue && w.slot == asLow: // BETWEEN AND 5
		w.slot = asHigh
	case t.kind == tokAnd || t.kind == tokOr:
		w.place, w.loose = atCondition, 0
	case t.kind == tokClose:
		w.close()
	default:
		w.mendHere(t)
	}
}

// loosens reports whether the token belongs to a value without quotes, as the
// parts of a@x.jp do, or to a date that is not written out yet.
func (w *trail) loosens(t token) bool {
	return w.loose > 0 && t.at.Start == w.loose && joinsLoose(t.kind)
}

func joinsLoose(k tokenKind) bool {
	switch k {
	case tokIdent, tokNumber, tokDuration, tokDate, tokDot, tokMinus, tokPlus, tokBad:
		return true
	}
	return false
}

// close is a bracket that comes too early, or closes nothing.
func (w *trail) close() {
	switch w.place {
	case atText, atUnit:
		w.done(true)
		return
	case atElement, afterElement, atNumber, atDuration, atCall:
		if w.slot == asElement {
			w.place = afterCondition
			return
		}
	}
	w.depth = max(w.depth-1, 0)
	w.place = afterCondition
}

func (w *trail) mendHere(t token) {
	switch w.place {
	case atCondition:
		w.noField(t)
	case inPath:
		w.place = afterPath
		w.again(t)
	case afterPath, afterQuantifier, afterNot:
		w.noOperator(t)
	case afterCondition: // a connective is missing
		if t.kind == tokIdent || t.kind == tokString || t.kind == tokOpen || t.kind == tokNot {
			w.place = atCondition
			w.condition(t)
		}
	case afterElement: // a comma is missing
		if !w.readValue(t) {
			w.looseValue(t)
		}
	case afterLow:
		if t.kind == tokComma || t.kind == tokMinus || isTo(t) || t.kind == tokOperator {
			w.place, w.slot = atValue, asHigh
		}
	case atValue, afterHas, atElement, atList:
		w.noValue(t)
	case atUnit:
		if t.kind == tokIdent {
			w.place = afterArgument
		}
	case atDuration:
		if t.kind == tokNumber {
			w.place = afterDate
		}
	}
}

// again follows the token from another place.
func (w *trail) again(t token) {
	if !w.take(t) {
		w.mendHere(t)
	}
}

// noField: = 5, where a field should stand first.
func (w *trail) noField(t token) {
	switch t.kind {
	case tokOperator, tokIs, tokIn, tokBetween, tokHas, tokAny, tokAll:
		w.key, w.pathAt, w.place = "", w.at, afterPath
		w.take(t)
	}
}

// noOperator: a value or another word where an operator should stand.
func (w *trail) noOperator(t token) {
	switch {
	case t.kind == tokIdent:
		if ours, _ := wordOperators(strings.ToUpper(t.text)); ours != "" && !t.quoted {
			w.op, w.place, w.slot = ours, atValue, asOperand
		} else if w.place == afterPath {
			w.place = atCondition
			w.condition(t)
		}
	case t.kind == tokOperator: // NOT = "x"
		w.op, w.place, w.slot = t.text, atValue, asOperand
	case t.kind.startsValue():
		w.slot = asOperand
		if !w.readValue(t) {
			w.looseValue(t)
		}
	}
}

// noValue: a list or words without quotes where a value should stand.
func (w *trail) noValue(t token) {
	switch {
	case t.kind == tokOpen && w.place != atElement:
		w.place = atList
		w.list(t)
	case w.place == atList && w.readValue(t): // IN "x"
	default:
		w.looseValue(t)
	}
}

// looseValue takes a word or a duration for a value.
func (w *trail) looseValue(t token) {
	if t.kind != tokIdent && t.kind != tokDuration && t.kind != tokBad {
		return
	}
	w.value, w.loose = w.at, t.at.End
	w.done(true)
}
