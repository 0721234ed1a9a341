package dsl

import "strings"

// blank reports a text of which nothing is left to compare; the predicate that
// was meant is IS UNSET or IS SET.
func (c *checker) blank(v Value) {
	c.faults.add(fault{code: "blank_text", at: v.At, expected: []string{"string", "IS SET", "IS UNSET"},
		message: say("空の文字列とは比べられません。値がないことは IS UNSET と書きます。", "nothing compares with an empty string; write IS UNSET for no value"),
		fixes:   c.blankFixes(v)})
}

// blankFixes replaces the operator before a blank value; inside a list it
// takes the value out. Which of them fits is tried, see verified.
func (c *checker) blankFixes(v Value) []change {
	before := c.text[:v.At.Start]
	for _, op := range []struct{ text, instead string }{
		{"!=", "IS SET"}, {"=", "IS UNSET"}, {"!~", "IS UNSET"}, {"~", "IS SET"},
	} {
		trimmed := strings.TrimRightFunc(before, isSpace)
		start, ok := cutFolded(trimmed, op.text)
		if !ok {
			continue
		}
		if start, ok := cutFolded(trimmed[:start], "^"); ok {
			return []change{replace(Extent{start, v.At.End}, "IS SET")}
		}
		if start, ok := cutFolded(trimmed[:start], "$"); ok {
			return []change{replace(Extent{start, v.At.End}, "IS SET")}
		}
		at := Extent{start, v.At.End}
		return []change{replace(at, spacedAround(c.text, at, op.instead))}
	}
	after := c.text[v.At.End:]
	rest := strings.TrimLeftFunc(after, isSpace)
	if r, n := runeAt(rest, 0); foldRune(r) == ',' {
		return []change{replace(Extent{v.At.Start, v.At.End + len(after) - len(rest) + n}, "")}
	}
	return []change{replace(v.At, "")}
}

// cutFolded is where a suffix begins, the text folded character by character.
func cutFolded(text, suffix string) (start int, ok bool) {
	for i := len(suffix) - 1; i >= 0; i-- {
		r := lastRune(text)
		if text == "" || foldRune(r) != rune(suffix[i]) {
			return 0, false
		}
		text = text[:len(text)-len(string(r))]
	}
	return len(text), true
}
