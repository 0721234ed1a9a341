package dsl

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// Lengths of the railroad diagram in pixels.
const (
	railRadius = 10 // of a bend
	railGap    = 10 // between boxes, and between rows
	railHalf   = 13 // of a box's height
)

// A railroad is a piece of the grammar as a drawing: a line that comes in at
// the left, on the height 0, and goes out at the right on the same height.
type railroad struct {
	width, up, down int
	draw            func(c *railCanvas, x, y int)
}

// A railCanvas gathers SVG, and where the boxes are.
type railCanvas struct {
	strings.Builder
	boxes []railBox
}

type railBox struct {
	text              string
	x, y, right, base int
}

func (c *railCanvas) line(format string, args ...any) {
	fmt.Fprintf(c, "<path d=\""+format+"\"/>\n", args...)
}

// railroadOf draws a piece.
func railroadOf(n *ebnf) railroad {
	switch n.kind {
	case ebnfSequence:
		return railSequence(n.of)
	case ebnfChoice:
		var rows []railroad
		for _, part := range n.of {
			rows = append(rows, railroadOf(part))
		}
		return railChoice(rows)
	case ebnfOption:
		return railOption(railroadOf(n.of[0]))
	case ebnfRepetition:
		return railOption(railLoop(railroadOf(n.of[0]), railroad{}))
	}
	return railWord(n)
}

// railSequence draws X { "," X } as one X with the comma on the way back.
func railSequence(of []*ebnf) railroad {
	var parts []railroad
	for i := 0; i < len(of); i++ {
		part := railroadOf(of[i])
		if i+1 < len(of) && of[i+1].kind == ebnfRepetition {
			if between, ok := railBetween(of[i], of[i+1].of[0]); ok {
				part = railLoop(part, between)
				i++
			}
		}
		parts = append(parts, part)
	}
	return railRow(parts)
}

// railBetween is what stands between two turns of a piece.
func railBetween(n, again *ebnf) (railroad, bool) {
	switch {
	case again.String() == n.String():
		return railroad{}, true
	case again.kind == ebnfSequence && len(again.of) == 2 && again.of[1].String() == n.String():
		return railroadOf(again.of[0]), true
	}
	return railroad{}, false
}

func railWord(n *ebnf) railroad {
	class := map[ebnfKind]string{ebnfTerminal: "typed", ebnfKeyword: "typed", ebnfRule: "rule", ebnfSpecial: "words"}[n.kind]
	text := n.text
	if text == " " {
		text = "space"
		class = "words"
	}
	round := 0
	if class == "typed" {
		round = railHalf
	}
	width := 8*utf8.RuneCountInString(text) + 20
	return railroad{width, railHalf, railHalf, func(c *railCanvas, x, y int) {
		c.boxes = append(c.boxes, railBox{text, x, y - railHalf, x + width, y + railHalf})
		fmt.Fprintf(c, `<rect class="%s" x="%d" y="%d" width="%d" height="%d" rx="%d"/>`, class, x, y-railHalf, width, 2*railHalf, round)
		fmt.Fprintf(c, `<text class="%s" x="%d" y="%d">%s</text>`+"\n", class, x+width/2, y+4, html.EscapeString(text))
	}}
}

func railRow(parts []railroad) railroad {
	row := railroad{width: railGap * (len(parts) - 1)}
	for _, p := range parts {
		row.width += p.width
		row.up, row.down = max(row.up, p.up), max(row.down, p.down)
	}
	row.draw = func(c *railCanvas, x, y int) {
		for i, p := range parts {
			if i > 0 {
				c.line("M%d %dh%d", x, y, railGap)
				x += railGap
			}
			p.draw(c, x, y)
			x += p.width
		}
	}
	return row
}

// railChoice has its first alternative on the line and the others below.
func railChoice(rows []railroad) railroad {
	choice := railroad{up: rows[0].up}
	places := make([]int, len(rows)) // below the line
	for i, row := range rows {
		if i > 0 {
			places[i] = choice.down + railGap + row.up
		}
		choice.down = places[i] + row.down
		choice.width = max(choice.width, row.width+4*railRadius)
	}
	choice.draw = func(c *railCanvas, x, y int) {
		const r = railRadius
		left, right := x+2*r, x+choice.width-2*r
		c.line("M%d %dH%d", x, y, left)
		c.line("M%d %dH%d", left+rows[0].width, y, x+choice.width)
		for i, row := range rows {
			if at := y + places[i]; i == 1 { // leaves the line, and comes back to it
				c.line("M%d %dq%d 0 %d %dV%dq0 %d %d %d", x, y, r, r, r, at-r, r, r, r)
				c.line("M%d %dH%dq%d 0 %d %dV%dq0 %d %d %d", left+row.width, at, right, r, r, -r, y+r, -r, r, -r)
			} else if i > 1 { // goes on from the row above
				c.line("M%d %dV%dq0 %d %d %d", x+r, y+places[i-1]-r, at-r, r, r, r)
				c.line("M%d %dH%dq%d 0 %d %dV%d", left+row.width, at, right, r, r, -r, y+places[i-1]-r)
			}
			row.draw(c, left, y+places[i])
		}
	}
	return choice
}

// railOption has a way around above the piece.
func railOption(inner railroad) railroad {
	above := max(inner.up+railGap, 2*railRadius)
	width := inner.width + 4*railRadius
	return railroad{width, above, inner.down, func(c *railCanvas, x, y int) {
		const r = railRadius
		c.line("M%d %dh%d", x, y, 2*r)
		inner.draw(c, x+2*r, y)
		c.line("M%d %dh%d", x+width-2*r, y, 2*r)
		c.line("M%d %dq%d 0 %d %dv%dq0 %d %d %dh%dq%d 0 %d %dv%dq0 %d %d %d",
			x, y, r, r, -r, 2*r-above, -r, r, -r, inner.width, r, r, r, above-2*r, r, r, r)
	}}
}

// railLoop has a way back below the piece, with what stands between two turns.
func railLoop(inner, back railroad) railroad {
	below := max(inner.down+railGap+back.up, 2*railRadius)
	width := max(inner.width, back.width) + 4*railRadius
	return railroad{width, inner.up, below + back.down, func(c *railCanvas, x, y int) {
		const r = railRadius
		left, right := x+2*r, x+width-2*r
		c.line("M%d %dH%d", x, y, left)
		inner.draw(c, left, y)
		c.line("M%d %dH%d", left+inner.width, y, x+width)
		from := left + (right-left-back.width)/2
		c.line("M%d %dq%d 0 %d %dv%dq0 %d %d %dH%d", right, y, r, r, r, below-2*r, r, -r, r, from+back.width)
		c.line("M%d %dH%dq%d 0 %d %dv%dq0 %d %d %d", from, y+below, left, -r, -r, -r, 2*r-below, -r, r, -r)
		fmt.Fprintf(c, `<path class="arrow" d="M%d %dl8 -4v8z"/>`+"\n", left-r/2, y+below)
		if back.draw != nil {
			back.draw(c, from, y+below)
		}
	}}
}
