package dsl

import "strings"

// readValue begins a value.
func (w *trail) readValue(t token) bool {
	before := w.value
	w.value, w.loose = w.at, 0
	switch t.kind {
	case tokString, tokTrue, tokFalse:
		return w.done(true)
	case tokNumber:
		w.loose = t.at.End // 2026-1 may become a date
		return w.done(true)
	case tokMinus:
		w.place = atNumber
		return true
	case tokDate:
		w.place = afterDate
		return true
	case tokIdent:
		if w.word(t) {
			return true
		}
	}
	w.value = before
	return false
}

// word reads the words with which a value may begin.
func (w *trail) word(t token) bool {
	if t.quoted {
		return false
	}
	switch name := strings.ToLower(t.text); name {
	case "now", "today", "yesterday", "tomorrow":
		w.place = afterDate
	case "startof", "endof", "exact", "version":
		w.place, w.call = atCall, name
	default:
		return false
	}
	return true
}

func (w *trail) endCall(t token) bool {
	if !w.on(t, tokClose, afterDate) {
		return false
	}
	if w.slot == asArgument || w.call == "exact" || w.call == "version" {
		return w.done(true)
	}
	return true
}

// done ends a value, if ok.
func (w *trail) done(ok bool) bool {
	if !ok {
		return false
	}
	switch w.slot {
	case asElement:
		w.place = afterElement
	case asLow:
		w.place = afterLow
	default:
		w.place = afterCondition
	}
	return true
}

// within goes on inside a value.
func (w *trail) within(t token) bool {
	switch w.place {
	case atNumber:
		return w.done(t.kind == tokNumber)
	case atCall:
		if w.call == "startof" || w.call == "endof" {
			return w.on(t, tokOpen, atUnit)
		}
		return w.on(t, tokOpen, atText)
	case atText:
		return w.on(t, tokString, afterArgument)
	case atUnit:
		unit, known := unitWord(t.text)
		return known && unit.calendar() && strings.EqualFold(t.text, string(unit)) && w.on(t, tokIdent, afterArgument)
	case afterArgument:
		return w.endCall(t)
	case atDuration:
		return w.on(t, tokDuration, afterDate)
	}
	if w.on(t, tokPlus, atDuration) || w.on(t, tokMinus, atDuration) { // afterDate
		return true
	}
	w.done(true)
	return w.take(t)
}
