package dsl

import "strings"

// between reads BETWEEN value AND value, and reports other ways to say it.
func (a *assembler) between(between token) {
	if a.peek().kind == tokOpen {
		a.betweenBrackets(between)
		return
	}
	a.value(between)
	if a.peek().kind == tokAnd {
		and := a.take()
		a.words = append(a.words, word{token: and})
		a.value(and)
		return
	}
	next := a.peek()
	low := a.words[len(a.words)-1].values[0]
	if low.Kind != BadValue {
		wrong := fault{code: "between_and", at: between.at.join(low.At), expected: []string{"AND"},
			message: say("BETWEEN には 2 つの値が要ります。BETWEEN 1 AND 10 のように AND で区切ります。", "BETWEEN takes two values with AND between them, as in BETWEEN 1 AND 10")}
		if (next.kind == tokComma || next.kind == tokMinus || isTo(next) || next.kind == tokOperator && next.text == "~") && a.ahead(1).kind.startsValue() {
			wrong.fixes = []change{replace(next.at, spacedAround(a.text, next.at, "AND"))}
		}
		a.faults.add(wrong)
	}
	if next.kind == tokComma || next.kind == tokMinus || next.kind == tokOperator || isTo(next) {
		a.take()
		a.readValue(next)
	}
	a.badBound()
}

// isTo: BETWEEN 1 TO 10.
func isTo(t token) bool {
	return t.kind == tokIdent && (strings.EqualFold(t.text, "to") || strings.EqualFold(t.text, "until") || t.text == "から")
}

// badBound completes a BETWEEN whose fault was reported, so that what follows
// is read as usual.
func (a *assembler) badBound() {
	at := a.words[len(a.words)-1].at
	and := word{token: token{kind: tokAnd, bad: true, at: Extent{at.End, at.End}}}
	bad := word{token: token{kind: tokValue, at: at}, values: []Value{{At: at}}}
	a.words = append(a.words, and, bad)
}

// betweenBrackets is BETWEEN (1, 10).
func (a *assembler) betweenBrackets(between token) {
	before := a.faults.count
	a.list(between)
	list := &a.words[len(a.words)-1]
	if a.faults.count == before {
		wrong := fault{code: "between_and", at: list.at, expected: []string{"value AND value"},
			message: say("BETWEEN は括弧を使わず、BETWEEN 1 AND 10 のように書きます。", "BETWEEN takes no brackets: write BETWEEN 1 AND 10")}
		if len(list.values) == 2 {
			low, high := list.values[0], list.values[1]
			wrong.fixes = []change{replace(list.at, a.text[low.At.Start:low.At.End]+" AND "+a.text[high.At.Start:high.At.End])}
		}
		a.faults.add(wrong)
	}
	list.kind, list.values = tokValue, []Value{{At: list.at}}
	a.badBound()
}
