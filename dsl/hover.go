package dsl

import (
	"strings"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A Hovered is what stands under a cursor. Range's Line and Column are 0.
type Hovered struct {
	Range   Span          `json:"range"`
	Title   string        `json:"title"` // as it is written canonically
	Text    schema.Words  `json:"text"`
	Field   *schema.Field `json:"field,omitempty"`   // of a field
	Count   *int          `json:"count,omitempty"`   // customers that have the field or the value, or are in the segment
	Example string        `json:"example,omitempty"` // a value of the field, as the language writes it
}

// HoverData answers what a hover asks of the customers. Either may be nil;
// false means that there is no answer now. Neither is asked about a hidden
// field, and each is called at most once.
type HoverData struct {
	Count   func(expr.Expr) (int, bool)
	Example func(schema.Field) (schema.Value, bool)
}

// Hover says what stands under the cursor, a byte offset: a field, an
// operator, a word of the language, a value, a date (and what it comes to now)
// or a segment. The cursor is under the character behind it; at the end of a
// word, under the word. ok is false where there is nothing to say. Any text
// will do, as for Complete.
func Hover(text string, cursor int, env Env, data HoverData) (h Hovered, ok bool) {
	env = newCompiler(env).env
	text = valid(text)
	cursor = snap(text, cursor)
	tokens, comments, _ := tokensOf(text)
	if len(tokens) == 0 || inComment(comments, cursor) {
		return Hovered{}, false
	}
	l := &look{text: text, tokens: tokens, cursor: cursor, trail: trail{fields: env.Fields}, env: env, data: data}
	k, ok := l.under()
	if !ok {
		return Hovered{}, false
	}
	for _, t := range tokens[:k] {
		l.trail.step(t)
	}
	h, at, ok := l.token(k)
	if !ok || at.Start > cursor || at.End < cursor { // it ended before, at what is no part of it
		return Hovered{}, false
	}
	h.Range = newLocator(text).span(at)
	h.Range.Line, h.Range.Column = 0, 0
	return h, true
}

// A look is a hover at work. The trail is that of the tokens before the one
// under the cursor.
type look struct {
	text   string
	tokens []token
	cursor int
	trail  trail
	env    Env
	data   HoverData
}

// under is the token under the cursor.
func (l *look) under() (int, bool) {
	at := -1
	for i, t := range l.tokens[:len(l.tokens)-1] {
		if t.at.Start > l.cursor {
			break
		}
		if l.cursor < t.at.End || l.cursor == t.at.End && t.kind != tokOpen && t.kind != tokClose && t.kind != tokComma {
			at = i
		}
	}
	return at, at >= 0
}

func (l *look) token(k int) (Hovered, Extent, bool) {
	t := l.tokens[k]
	switch l.trail.place {
	case afterPath, inPath:
		if t.kind == tokDot || t.kind == tokIdent && l.trail.place == inPath {
			return l.path(l.trail.pathAt)
		}
	case atNumber, atCall, atUnit, atDuration, afterArgument:
		return l.within(l.trail.value)
	case atText:
		if l.trail.slot == asArgument {
			return l.segment(k)
		}
		return l.within(l.trail.value)
	case afterDate:
		if t.kind == tokPlus || t.kind == tokMinus {
			return l.within(l.trail.value)
		}
	case atValue, afterHas, atElement, afterElement, atList:
		if t.kind.startsValue() {
			return l.within(k)
		}
	}
	switch {
	case t.kind == tokIdent:
		return l.path(k)
	case t.kind == tokString && !t.bad && l.trail.place == atCondition:
		return l.quick(t)
	case t.kind == tokOperator || t.kind >= tokAnd && t.kind < tokTrue:
		return l.operator(k)
	}
	return Hovered{}, Extent{}, false
}

// within is the value that begins at a token.
func (l *look) within(k int) (Hovered, Extent, bool) {
	a := assembler{text: l.text, tokens: l.tokens, pos: k, faults: &faults{}}
	v := a.readValue(token{})
	if v.Kind == BadValue || v.At.End < l.cursor || v.At.Start > l.cursor {
		return Hovered{}, Extent{}, false
	}
	return l.value(v)
}

// operator is the operator, of several words perhaps, or keyword at a token.
func (l *look) operator(k int) (Hovered, Extent, bool) {
	first, w := k, &l.trail
	switch w.place {
	case atCondition, afterCondition:
		return l.described(l.tokens[k].text, l.tokens[k].at)
	case afterLow: // the AND of BETWEEN
		return l.described("BETWEEN", l.tokens[k].at)
	case afterQuantifier, afterIs, afterIsNot, afterNot, afterHas:
		first = w.opAt
		if t := l.tokens[first]; t.kind == tokAny || t.kind == tokAll {
			first++
		}
	}
	end := operatorEnd(l.tokens, first)
	if end <= k { // something stands between its words
		first, end = k, k+1
	}
	at, words := l.tokens[first].at, []string{}
	for _, t := range l.tokens[first:end] {
		at, words = at.join(t.at), append(words, t.text)
	}
	return l.described(strings.Join(words, " "), at)
}

func (l *look) described(op string, at Extent) (Hovered, Extent, bool) {
	name := operatorName(op)
	if name.JA == "" {
		return Hovered{}, Extent{}, false
	}
	h := Hovered{Title: op, Text: name}
	switch op {
	case "AND", "OR", "SET", "UNSET":
	case "NOT":
		h.Text = say("%[1]s。値がない顧客も、次の条件に当てはまらなければ当てはまります。", "%[2]s; customers without a value match too where it does not", name.JA, name.EN)
	default:
		missing := operatorMissing(op)
		h.Text = say("%[1]s。%[3]s", "%[2]s. %[4]s", name.JA, name.EN, missing.JA, missing.EN)
	}
	return h, at, true
}

// count asks for the number of customers that match an expression.
func (l *look) count(e expr.Expr) *int {
	if l.data.Count == nil || e == nil {
		return nil
	}
	n, ok := l.data.Count(e)
	if !ok {
		return nil
	}
	return &n
}
