package indextest

import (
	"regexp"
	"strings"
)

// outsideStrings finds the strings and the names in backticks of a canonical
// text, and the words in between that are read in any case.
var (
	quotedPart = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")
	anyCase    = regexp.MustCompile(`(^|[ (])(AND|OR|NOT|IS|SET|UNSET|IN|BETWEEN|HAS|ANY|ALL|TRUE|FALSE|now|today|yesterday|tomorrow|startOf|endOf|exact|version)([ ()+,-]|$)`)
)

// respelled writes a canonical text as somebody may have typed it: keywords in
// any case, full-width characters, other white space, comments, brackets that
// change nothing, single quotes.
func respelled(g *Generator, text string) string {
	var b strings.Builder
	from := 0
	for _, at := range quotedPart.FindAllStringIndex(text, -1) {
		b.WriteString(retyped(g, text[from:at[0]]))
		b.WriteString(requoted(g, text[at[0]:at[1]]))
		from = at[1]
	}
	b.WriteString(retyped(g, text[from:]))
	if text == "" || g.IntN(2) == 0 {
		return b.String()
	}
	return "( " + b.String() + "\n)"
}

// requoted writes a string in other quotes, where it holds none.
func requoted(g *Generator, quoted string) string {
	inner := quoted[1 : len(quoted)-1]
	if quoted[0] == '`' || strings.ContainsAny(inner, "\\\"'“”„‟″＂‘’‚‛′＇「」『』｢｣") {
		return quoted
	}
	marks := pick(g, [][2]string{{`"`, `"`}, {"'", "'"}, {"“", "”"}, {"「", "」"}, {"＂", "＂"}})
	return marks[0] + inner + marks[1]
}

// retyped changes what stands outside of strings.
func retyped(g *Generator, text string) string {
	text = anyCase.ReplaceAllStringFunc(text, func(word string) string {
		return pick(g, []func(string) string{strings.ToLower, strings.ToUpper, func(s string) string { return s }})(word)
	})
	var b strings.Builder
	wide := g.IntN(4) == 0
	for _, r := range text {
		switch {
		case r == ' ':
			b.WriteString(pick(g, []string{" ", " ", " ", "  ", "\n", "\t", "\u3000", " # よし\n"}))
		case wide && r > ' ' && r < 0x7f && g.IntN(2) == 0:
			b.WriteRune(r + 0xfee0)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
