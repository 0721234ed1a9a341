package dsl

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// A locator turns byte offsets of one text into lines, columns and UTF-16
// units. It keeps a mark every markEvery bytes, so that a lookup in a text of
// one long line does not read the whole line. Building it reads the text once.
type locator struct {
	text  string
	lines []int  // offset at which each line begins
	marks []mark // in order
}

type mark struct{ offset, utf16, runes int }

const markEvery = 1 << 10

func newLocator(text string) *locator {
	l := &locator{text: text, lines: []int{0}, marks: []mark{{}}}
	var at mark
	for i, r := range text {
		if i-l.marks[len(l.marks)-1].offset >= markEvery {
			at.offset = i
			l.marks = append(l.marks, at)
		}
		at.runes++
		at.utf16 += utf16Units(r)
		if r == '\n' {
			l.lines = append(l.lines, i+1)
		}
	}
	return l
}

func utf16Units(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// count says how many UTF-16 units and characters stand before an offset.
func (l *locator) count(offset int) (utf16, runes int) {
	i := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].offset > offset }) - 1
	m := l.marks[i]
	for _, r := range l.text[m.offset:offset] {
		m.utf16 += utf16Units(r)
		m.runes++
	}
	return m.utf16, m.runes
}

func (l *locator) span(at Extent) Span {
	start := min(max(at.Start, 0), len(l.text))
	end := min(max(at.End, start), len(l.text))
	u0, r0 := l.count(start)
	u1, _ := l.count(end)
	line := sort.SearchInts(l.lines, start+1) // lines that begin at or before start
	_, before := l.count(l.lines[line-1])
	return Span{Start: start, End: end, UTF16: [2]int{u0, u1}, Line: line, Column: r0 - before + 1}
}

// lineAround is the line that holds an offset, without its end, and where it begins.
func lineAround(text string, offset int) (line string, start int) {
	start = strings.LastIndexByte(text[:offset], '\n') + 1
	line, _, _ = strings.Cut(text[start:], "\n")
	return strings.TrimSuffix(line, "\r"), start
}

// runeAt is the character at an offset; 0 at the end of the text.
func runeAt(text string, offset int) (rune, int) {
	if offset >= len(text) {
		return 0, 0
	}
	if c := text[offset]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(text[offset:])
}

// ByteOffset is the byte offset of a position in UTF-16 code units, as
// browsers count. One inside a character is at its beginning, one beyond the
// text at its end.
func ByteOffset(text string, utf16 int) int {
	for i, r := range text {
		if utf16 < utf16Units(r) {
			return i
		}
		utf16 -= utf16Units(r)
	}
	return len(text)
}
