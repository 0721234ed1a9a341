package dsl

import (
	"cmp"
	"slices"
	"strings"
)

// An outline is what stands between the conditions of a filter: brackets, AND,
// OR and NOT, and comments. The tree does not keep brackets, so the edits of
// fixes are worked out on the outline.
type outline struct {
	text     string
	tokens   []token
	comments []Comment
}

// newOutline reads the text between the leaves, which are in its order, and
// nothing of the leaves themselves: their lists may be long.
func newOutline(text string, leaves []leaf) outline {
	o := outline{text: text}
	from := 0
	for _, one := range leaves {
		o.read(Extent{from, one.Extent().Start})
		from = one.Extent().End
	}
	o.read(Extent{from, len(text)})
	return o
}

func (o *outline) read(gap Extent) {
	tokens, comments, _ := scan(o.text[gap.Start:gap.End], &faults{})
	for _, t := range tokens {
		if t.kind != tokEnd {
			t.at = Extent{gap.Start + t.at.Start, gap.Start + t.at.End}
			o.tokens = append(o.tokens, t)
		}
	}
	for _, c := range comments {
		c.At = Extent{gap.Start + c.At.Start, gap.Start + c.At.End}
		o.comments = append(o.comments, c)
	}
}

// from is the index of the first token that begins at an offset or behind it.
func (o outline) from(offset int) int {
	i, _ := slices.BinarySearchFunc(o.tokens, offset, func(t token, offset int) int { return cmp.Compare(t.at.Start, offset) })
	return i
}

// kind is that of token i; tokEnd where there is none.
func (o outline) kind(i int) tokenKind {
	if i < 0 || i >= len(o.tokens) {
		return tokEnd
	}
	return o.tokens[i].kind
}

// between are the tokens from one offset to another.
func (o outline) between(start, end int) []token { return o.tokens[o.from(start):o.from(end)] }

// balanced takes in the brackets without which those inside have no partner:
// a node's extent does not cover brackets at its ends.
func (o outline) balanced(at Extent) Extent {
	first, last := o.from(at.Start), o.from(at.End)
	open, missing := 0, 0
	for _, t := range o.tokens[first:last] {
		switch t.kind {
		case tokOpen:
			open++
		case tokClose:
			if open--; open < 0 {
				open, missing = 0, missing+1
			}
		}
	}
	for ; missing > 0 && o.kind(first-1) == tokOpen; missing-- {
		first--
		at.Start = o.tokens[first].at.Start
	}
	for ; open > 0 && o.kind(last) == tokClose; open-- {
		at.End = o.tokens[last].at.End
		last++
	}
	return at
}

// enclosed reports whether brackets stand around a balanced stretch.
func (o outline) enclosed(at Extent) bool {
	return o.kind(o.from(at.Start)-1) == tokOpen && o.kind(o.from(at.End)) == tokClose
}

// outer takes in the brackets around a balanced stretch.
func (o outline) outer(at Extent) Extent {
	for o.enclosed(at) {
		at = Extent{o.tokens[o.from(at.Start)-1].at.Start, o.tokens[o.from(at.End)].at.End}
	}
	return at
}

// commented reports whether a comment stands within a stretch.
func (o outline) commented(at Extent) bool {
	i, _ := slices.BinarySearchFunc(o.comments, at.Start, func(c Comment, offset int) int { return cmp.Compare(c.At.Start, offset) })
	return i < len(o.comments) && o.comments[i].At.Start < at.End
}

// without takes one part of several out, with its brackets and the connective
// of these parts before it, or behind the first. Comments in between stay.
func (o outline) without(part Extent, connective tokenKind) change {
	at := o.outer(o.balanced(part))
	before, behind := o.from(at.Start)-1, o.from(at.End)
	if o.kind(before) == connective {
		return o.cut(o.tokens[before].at, at)
	}
	return o.cut(at, o.tokens[behind].at)
}

// cut takes two stretches out that only space or comments separate.
func (o outline) cut(first, second Extent) change {
	title := say("取り除く", "remove it")
	if o.commented(Extent{first.End, second.Start}) {
		return replaceAll(title, replacement{first, " "}, replacement{second, " "})
	}
	at := first.join(second)
	before := strings.TrimRight(o.text[:at.Start], " \t")
	behind := strings.TrimLeft(o.text[at.End:], " \t")
	at = Extent{len(before), len(o.text) - len(behind)}
	return replaceAll(title, replacement{at, glue(before, behind)})
}

// glue is the space that two texts need between them when they meet.
func glue(before, behind string) string {
	last := lastRune(before)
	first, _ := runeAt(behind, 0)
	if before == "" || behind == "" || isSpace(last) || isSpace(first) || foldRune(last) == '(' || foldRune(first) == ')' {
		return ""
	}
	return " "
}

// bracketed puts brackets around a stretch, with more text before the last.
func bracketed(at Extent, more string) []replacement {
	return []replacement{{Extent{at.Start, at.Start}, "("}, {Extent{at.End, at.End}, more + ")"}}
}
