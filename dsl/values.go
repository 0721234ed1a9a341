package dsl

import (
	"strconv"
	"strings"

	"meibo/dsl/expr"
)

// readValue reads one value. What is no value is reported, skipped and comes
// back as BadValue, so that the rest of the filter is judged as if it were one.
func (a *assembler) readValue(after token) Value {
	t := a.peek()
	switch t.kind {
	case tokString:
		a.take()
		return Value{Kind: good(StringValue, t), Text: t.text, At: t.at}
	case tokNumber:
		a.take()
		if unit, ok := a.looseUnit(); ok {
			return a.daysAgo(t, unit)
		}
		return Value{Kind: NumberValue, Text: t.text, At: t.at}
	case tokMinus:
		return a.negative(after)
	case tokTrue, tokFalse:
		a.take()
		return Value{Kind: BoolValue, Text: t.text, At: t.at}
	case tokDate:
		a.take()
		return a.shifts(Value{Kind: good(DateValue, t), Text: t.text, At: t.at})
	case tokDuration:
		return a.loneDuration()
	case tokIdent:
		return a.wordValue(after)
	}
	return a.noValue(after)
}

// good is the kind, unless the token was reported.
func good(kind ValueKind, t token) ValueKind {
	if t.bad {
		return BadValue
	}
	return kind
}

func (a *assembler) negative(after token) Value {
	minus := a.peek()
	number := a.ahead(1)
	if number.kind != tokNumber {
		a.take()
		if number.kind == tokDuration {
			return a.loneDurationAt(minus)
		}
		return a.noValue(after)
	}
	a.take()
	a.take()
	return Value{Kind: NumberValue, Text: "-" + number.text, At: minus.at.join(number.at)}
}

// noValue reports that a value is missing; what stands in its place, when it
// does not begin something else, is skipped.
func (a *assembler) noValue(after token) Value {
	if v, ok := a.bareFraction(); ok {
		return v
	}
	t := a.peek()
	if t.kind == tokBad || t.kind == tokDot {
		return a.unquoted()
	}
	at := after.at
	message := say("「%s」の後に値がありません。", "a value is missing after %s", after.text)
	if !t.kind.endsValue() {
		at = t.at
		message = say("「%s」の後には値を書きます。「%s」は値ではありません。", "a value belongs after %s; %s is none", after.text, clip(a.text[t.at.Start:t.at.End]))
	}
	wrong := fault{code: "missing_value", at: at, expected: []string{"string", "number", "TRUE", "FALSE", "date"}, message: message}
	if t.kind == tokPlus && a.ahead(1).kind == tokNumber {
		wrong.fixes = []change{remove(a.text, t.at)}
	}
	if (t.kind == tokOperator) && a.ahead(1).kind.startsValue() { // = = 1
		wrong.fixes = []change{remove(a.text, t.at)}
	}
	if t.kind == tokPlus || t.kind == tokOperator {
		a.take()
		if a.peek().kind.startsValue() {
			a.readValue(after)
		}
	}
	a.faults.add(wrong)
	return Value{At: Extent{after.at.End, after.at.End}}
}

// wordValue reads now, startOf(mo), exact("…") and the like, and reports words
// that are none of them.
func (a *assembler) wordValue(after token) Value {
	t := a.peek()
	name := strings.ToLower(t.text)
	next := a.ahead(1)
	if t.quoted || t.bad {
		return a.unquoted()
	}
	switch name {
	case "now", "today", "yesterday", "tomorrow":
		if next.kind != tokDot {
			a.take()
			v := Value{Kind: DateValue, Text: name, At: t.at}
			if a.peek().kind == tokOpen && a.ahead(1).kind == tokClose { // now()
				a.take()
				v.Kind = BadValue
				brackets := next.at.join(a.take().at)
				a.faults.add(fault{code: "unexpected_token", at: brackets, message: say("%s に括弧は付けません。", "%s takes no brackets", name), fixes: []change{replace(brackets, "")}})
			}
			return a.shifts(v)
		}
	case "startof", "endof":
		if next.kind == tokOpen {
			return a.shifts(a.unitCall(name))
		}
	case "exact", "version":
		if next.kind == tokOpen {
			return a.textCall(name)
		}
	case "null", "nil", "none", "undefined", "empty", "blank":
		return a.null(after)
	}
	return a.unquoted()
}

// unitCall reads startOf(mo).
func (a *assembler) unitCall(name string) Value {
	word, open, arg := a.take(), a.take(), a.peek()
	v := Value{Kind: DateValue, Text: "startOf", At: word.at}
	if name == "endof" {
		v.Text = "endOf"
	}
	unit, known := unitWord(arg.text)
	known = known && arg.kind == tokIdent && unit.calendar()
	if known && !arg.quoted && strings.EqualFold(arg.text, string(unit)) {
		v.Unit = unit
	} else {
		a.badUnit(v.Text, open, unit, known)
		v.Kind = BadValue
	}
	if !arg.kind.endsValue() {
		a.take()
	}
	return a.closeCall(v, open)
}

// badUnit reports what stands in the brackets of startOf, where it is not d, w,
// mo or y; meant is the unit that it is another word for, if known.
func (a *assembler) badUnit(function string, open token, meant Unit, known bool) {
	arg := a.peek()
	wrong := fault{code: "unknown_unit", at: arg.at, expected: []string{"d", "w", "mo", "y"}, message: say("%s の単位は d、w、mo、y のどれかです。", "the unit of %s is d, w, mo or y", function)}
	switch {
	case known:
		wrong.fixes = []change{replace(arg.at, string(meant))}
	case strings.EqualFold(arg.text, "m"):
		wrong.fixes = []change{replace(arg.at, "mo")}
	case arg.kind == tokClose || arg.kind == tokEnd:
		wrong.at = open.at
		wrong.fixes = []change{replace(Extent{open.at.End, open.at.End}, "d")}
		if arg.kind == tokEnd {
			wrong.fixes[0].edits[0].text = "d)"
		}
	}
	a.faults.add(wrong)
}

// textCall reads exact("…") and version("…").
func (a *assembler) textCall(name string) Value {
	word, open, arg := a.take(), a.take(), a.peek()
	v := Value{Kind: ExactValue, Text: arg.text, At: word.at}
	if name == "version" {
		v.Kind = VersionValue
	}
	if arg.kind == tokString {
		a.take()
		v.Kind = good(v.Kind, arg)
		return a.closeCall(v, open)
	}
	wrong := fault{code: "missing_value", at: arg.at, expected: []string{"string"}, message: say(`%[1]s には文字列を 1 つ書きます。例: %[1]s("2.10.0")`, `%[1]s takes one string, as in %[1]s("2.10.0")`, name)}
	start := arg.at
	for !a.peek().kind.endsValue() {
		start = start.join(a.take().at)
	}
	if arg.kind != tokEnd && arg.kind != tokClose {
		wrong.at = start
		wrong.fixes = []change{replace(start, expr.Quote(a.text[start.Start:start.End]))}
	}
	a.faults.add(wrong)
	v.Kind = BadValue
	return a.closeCall(v, open)
}

func (a *assembler) closeCall(v Value, open token) Value {
	if a.peek().kind == tokClose {
		v.At.End = a.take().at.End
		return v
	}
	end := a.tokens[a.pos-1].at.End
	if v.Kind != BadValue {
		a.faults.add(fault{code: "unclosed_bracket", at: open.at, expected: []string{")"}, message: say("括弧が閉じていません。", "this bracket is not closed"),
			fixes: []change{replace(Extent{end, end}, ")")}})
	}
	v.Kind, v.At.End = BadValue, end
	return v
}

// shifts reads + 1d - 2mo behind a date.
func (a *assembler) shifts(v Value) Value {
	for {
		sign, by := a.peek(), a.ahead(1)
		if sign.kind != tokPlus && sign.kind != tokMinus {
			return v
		}
		a.take()
		v.At = v.At.join(sign.at)
		if by.kind != tokDuration {
			return a.badShift(v, sign)
		}
		a.take()
		v.At = v.At.join(by.at)
		if by.bad {
			v.Kind = BadValue
			continue
		}
		amount, unit, _ := strings.Cut(by.text, " ")
		n, _ := strconv.Atoi(amount) // digits, few of them: the scanner saw to that
		if sign.kind == tokMinus {
			n = -n
		}
		v.Shifts = append(v.Shifts, Shift{n, Unit(unit)})
	}
}

func (a *assembler) badShift(v Value, sign token) Value {
	by := a.peek()
	wrong := fault{code: "bad_shift", at: sign.at, expected: []string{"30d", "2mo", "15min"},
		message: say("日付の「%s」の後には、30d や 2mo のような期間を書きます。", "after a date, %s takes a duration, as in 30d or 2mo", sign.text)}
	if by.kind == tokNumber {
		wrong.at = by.at
		a.take()
		unit, known := unitWord(a.peek().text)
		if a.peek().kind == tokIdent && known { // 30 days
			word := a.take()
			wrong.at = by.at.join(word.at)
			wrong.fixes = []change{replace(wrong.at, by.text+string(unit))}
		} else {
			end := Extent{by.at.End, by.at.End}
			wrong.fixes = []change{replace(end, "d"), replace(end, "h"), replace(end, "mo")}
		}
		v.At = v.At.join(wrong.at)
	} else if by.kind.startsValue() { // today + today
		a.take()
	}
	if v.Kind != BadValue {
		a.faults.add(wrong)
	}
	v.Kind = BadValue
	return v
}

func (a *assembler) loneDuration() Value { return a.loneDurationAt(token{at: a.peek().at, text: ""}) }

// loneDurationAt is a duration with nothing to count from.
func (a *assembler) loneDurationAt(sign token) Value {
	t := a.take()
	at := sign.at.join(t.at)
	if !t.bad {
		written := a.text[t.at.Start:t.at.End]
		a.faults.add(loneDurationFault(at, written, "now-"+written, "now+"+written))
	}
	return Value{At: at}
}

func loneDurationFault(at Extent, duration string, instead ...string) fault {
	wrong := fault{code: "bad_duration", at: at, expected: []string{"now-30d", "today+1w"},
		message: say("期間だけでは値になりません。now-%[1]s のように、いつから数えるかを書きます。", "a duration alone is no value; say from when, as in now-%[1]s", duration)}
	for _, text := range instead {
		wrong.fixes = append(wrong.fixes, replace(at, text))
	}
	return wrong
}

// looseUnit is the unit of 3 days (ago), where the word is no field of a next
// condition.
func (a *assembler) looseUnit() (Unit, bool) {
	unit, ok := unitWord(a.peek().text)
	next := a.ahead(1)
	return unit, ok && a.peek().kind == tokIdent && (next.kind.endsValue() || isAgo(next.text))
}

func isAgo(word string) bool { return strings.EqualFold(word, "ago") || word == "前" }

func (a *assembler) daysAgo(number token, unit Unit) Value {
	at := number.at.join(a.take().at)
	if isAgo(a.peek().text) {
		at = at.join(a.take().at)
	}
	duration := number.text + string(unit)
	a.faults.add(loneDurationFault(at, duration, "now-"+duration))
	return Value{At: at}
}
