package dsl

import (
	"strings"

	"meibo/dsl/expr"
)

// existence reports EXISTS and NOT EXISTS, word i, of other languages; false
// when the word is another.
func (c *clause) existence(i int) bool {
	w := c.words[i]
	if w.quoted || !strings.EqualFold(w.text, "exists") {
		return false
	}
	at, negated := w.at, c.words[i-1].kind == tokNot
	if negated {
		at = c.words[i-1].at.join(at)
	}
	ours := opText(Set, negated)
	c.faults.add(fault{code: "foreign_operator", at: at, expected: []string{ours},
		message: say("「%s」という演算子はありません。「%s」と書きます。", "there is no %s; write %s", strings.ToUpper(w.text), ours),
		fixes:   []change{replace(at, ours)}})
	return true
}

// operatorEnd is the last word of the operator at word i: STARTS WITH and ENDS
// WITH are two.
func (c *clause) operatorEnd(i int) int {
	if i+1 == c.to || c.words[i+1].quoted || !strings.EqualFold(c.words[i+1].text, "with") {
		return i
	}
	switch strings.ToUpper(c.words[i].text) {
	case "STARTS", "BEGINS", "ENDS":
		return i + 1
	}
	return i
}

// inOurWords is the fix for the foreign operator at the extent, where one
// value, at word i, is all that follows it.
func (c *clause) inOurWords(at Extent, i int, ours string, pattern bool) []change {
	if i+1 != c.to {
		return nil
	}
	value := c.words[i]
	whole := at.join(value.at)
	switch {
	case value.kind == tokString && pattern:
		sign, needle := likePattern(value.text)
		if strings.HasPrefix(ours, "!") {
			sign = "!" + sign
		}
		return []change{replace(whole, sign+" "+expr.Quote(needle))}
	case value.kind == tokString:
		return []change{replace(at, ours)}
	case (value.kind == tokIdent || value.kind == tokNumber) && !pattern:
		return []change{replace(whole, ours+" "+expr.Quote(c.text[value.at.Start:value.at.End]))}
	}
	return nil
}

// toRange is the fix for the range 1 TO 10 without BETWEEN, which begins at
// word i; ok is false when there is no TO.
func (c *clause) toRange(i int) (fix change, ok bool) {
	start := Extent{c.words[i].at.Start, c.words[i].at.Start}
	for _, w := range c.words[i+1 : c.to] {
		if isTo(w.token) {
			return replaceAll(say("BETWEEN で書く", "write it with BETWEEN"), replacement{start, "BETWEEN "}, replacement{w.at, "AND"}), true
		}
	}
	return change{}, false
}

// keywordElement reports a keyword in the place of a list's value, where it
// can only be a text without quotes: IN ("JP", IN, OR).
func (a *assembler) keywordElement(w *word) bool {
	t := a.peek()
	if _, reserved := keyword(t.text); !reserved || t.kind < tokAnd || t.kind > tokAll {
		return false
	}
	before, after := a.tokens[a.pos-1].kind, a.ahead(1).kind
	if before != tokOpen && before != tokComma || after != tokClose && after != tokComma {
		return false
	}
	a.take()
	written := expr.Quote(a.text[t.at.Start:t.at.End])
	a.faults.add(fault{code: "unquoted_string", at: t.at, expected: []string{"string"},
		message: say("「%s」は予約語です。文字列としては引用符で囲みます: %s", "%s is a keyword; as a string it is quoted: %s", t.text, written),
		fixes:   []change{replace(t.at, written)}})
	w.values = append(w.values, Value{At: t.at})
	w.at.End = t.at.End
	if a.peek().kind == tokComma {
		a.take()
	}
	return true
}

// bareFraction reports .5, which is 0.5.
func (a *assembler) bareFraction() (Value, bool) {
	point, digits := a.peek(), a.ahead(1)
	if point.kind != tokDot || digits.kind != tokNumber || point.at.End != digits.at.Start {
		return Value{}, false
	}
	a.take()
	at := point.at.join(a.take().at)
	a.faults.add(fault{code: "bad_number", at: at, expected: []string{"number"},
		message: say("小数点の前にも数字が必要です。0.5 のように書きます。", "a number has a digit before its point too, as in 0.5"),
		fixes:   []change{replace(Extent{at.Start, at.Start}, "0")}})
	return Value{At: at}, true
}

// unknownFunction reports name("…") and the like at a name other than segment.
func unknownFunction(at Extent, name string) fault {
	wrong := fault{code: "unknown_function", at: at, expected: []string{"segment"},
		message: say("%s という関数はありません。ここで使えるのは segment(\"…\") です。", "there is no function %s; here only segment(\"…\") can stand", clip(name))}
	if distance(strings.ToLower(name), "segment") <= 2 {
		wrong.fixes = []change{replace(at, "segment")}
	}
	return wrong
}
