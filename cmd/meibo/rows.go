package main

import (
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// writeColumns aligns rows of text, the first of which is the header, by the
// width that East Asian characters have on a terminal.
func writeColumns(w io.Writer, rows [][]string) error {
	width := &runewidth.Condition{StrictEmojiNeutral: true}
	widths := make([]int, len(rows[0]))
	for _, cells := range rows {
		for i := range cells {
			cells[i] = visible(cells[i])
			widths[i] = max(widths[i], width.StringWidth(cells[i]))
		}
	}
	for _, cells := range rows {
		var b strings.Builder
		for i, cell := range cells {
			b.WriteString(cell + strings.Repeat(" ", widths[i]-width.StringWidth(cell)+2))
		}
		if _, err := io.WriteString(w, strings.TrimRight(b.String(), " ")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func joined(list []string) string { return strings.Join(list, ", ") }
