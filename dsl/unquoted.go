package dsl

import (
	"strings"

	"meibo/dsl/expr"
)

// null reports NULL and offers IS SET or IS UNSET for the operator before it.
func (a *assembler) null(after token) Value {
	t := a.take()
	wrong := fault{code: "null_value", at: t.at, expected: []string{"IS SET", "IS UNSET"},
		message: say("%s という値はありません。値がないことは IS UNSET、あることは IS SET と書きます。", "there is no %s; write IS UNSET for no value, IS SET for any", t.text)}
	if after.kind == tokOperator {
		whole := after.at.join(t.at)
		switch after.text {
		case "=", "~":
			wrong.fixes = []change{replace(whole, spacedAround(a.text, whole, "IS UNSET"))}
		default:
			wrong.fixes = []change{replace(whole, spacedAround(a.text, whole, "IS SET"))}
		}
	}
	wrong.fixes = append(wrong.fixes, replace(t.at, expr.Quote(t.text)))
	a.faults.add(wrong)
	return Value{At: t.at}
}

// unquoted reports words without quotes and offers to put some around them.
func (a *assembler) unquoted() Value {
	first := a.take()
	at := first.at
	bad := first.bad
	for a.belongs() {
		t := a.take()
		at, bad = at.join(t.at), bad || t.bad
	}
	written := a.text[at.Start:at.End]
	if bad {
		return Value{At: at}
	}
	fixes := []change{replace(at, expr.Quote(strings.Trim(written, "`")))}
	switch strings.ToLower(written) {
	case "yes", "はい", "on", "t", "真":
		fixes = append([]change{replace(at, "TRUE")}, fixes...)
	case "no", "いいえ", "off", "f", "偽":
		fixes = append([]change{replace(at, "FALSE")}, fixes...)
	}
	a.faults.add(fault{code: "unquoted_string", at: at, expected: []string{"string", "number", "TRUE", "FALSE", "date"},
		message: say("文字列は引用符で囲みます: %s", "strings are quoted: write %s", expr.Quote(clip(written))), fixes: fixes})
	return Value{At: at}
}

// belongs reports whether the next token is part of the unquoted words: a@x.jp
// and Tanaka Taro are, the field of a next condition is not.
func (a *assembler) belongs() bool {
	next := a.peek()
	if next.at.Start == a.tokens[a.pos-1].at.End { // no space between
		switch next.kind {
		case tokIdent, tokNumber, tokDuration, tokDate, tokDot, tokMinus, tokPlus, tokBad:
			return true
		}
	}
	switch next.kind {
	case tokIdent, tokNumber, tokBad:
		switch a.ahead(1).kind {
		case tokIdent, tokBad, tokNumber, tokEnd, tokAnd, tokOr, tokClose, tokComma:
			return true
		}
	}
	return false
}
