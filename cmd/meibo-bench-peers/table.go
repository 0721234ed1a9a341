package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// writeTable prints the report for people, its tables in Markdown.
func (r report) writeTable(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, r.Machine)
	fmt.Fprintln(&b, strings.Join(r.Versions, ", "))
	fmt.Fprintf(&b, "%d customers; now is %s; medians of %d warm runs in ms\n\n", r.Customers, r.Now.Format("2006-01-02"), r.Runs)
	b.WriteString(markdown(r.loadCells()))
	b.WriteByte('\n')
	b.WriteString(markdown(r.questionCells()))
	_, err := io.WriteString(w, b.String())
	return err
}

func (r report) loadCells() [][]string {
	cells := [][]string{{"loaded", "customers/s", "MB on disk"}}
	for _, l := range r.Loads {
		cells = append(cells, []string{l.Engine, fmt.Sprintf("%.0f", float64(l.Customers)/l.Seconds), fmt.Sprintf("%.0f", float64(l.Bytes)/1e6)})
	}
	return cells
}

func (r report) questionCells() [][]string {
	head := []string{"question", "rows", "meibo: both", "forgetful"}
	for _, p := range r.Rows[0].Peers {
		head = append(head, p.Peer+": count", "first 50", "both")
	}
	cells := [][]string{append(head, "best peer / meibo", "/ forgetful")}
	for _, q := range r.Rows {
		line := []string{strings.ReplaceAll(q.Question, "|", `\|`), fmt.Sprint(q.Matches), q.Meibo.String(), q.Forgetful.String()}
		for _, p := range q.Peers {
			line = append(line, p.Count.String(), p.Page.String(), p.Both.String())
		}
		cells = append(cells, append(line, ratio(q.best(), q.Meibo), ratio(q.best(), q.Forgetful)))
	}
	return cells
}

// String has three digits, and no more than a microsecond.
func (m milliseconds) String() string {
	switch {
	case m < 0.9995:
		return fmt.Sprintf("%.3f", float64(m))
	case m < 9.995:
		return fmt.Sprintf("%.2f", float64(m))
	case m < 99.95:
		return fmt.Sprintf("%.1f", float64(m))
	}
	return fmt.Sprintf("%.0f", float64(m))
}

// ratio is how many times longer the peer takes; below 1 it is the faster one.
func ratio(peer, meibo milliseconds) string {
	if meibo == 0 {
		return "–"
	}
	switch times := float64(peer / meibo); {
	case times < 0.995:
		return fmt.Sprintf("%.2f", times)
	case times < 9.95:
		return fmt.Sprintf("%.1f", times)
	default:
		return fmt.Sprintf("%.0f", times)
	}
}

// markdown lines cells up: the first column to the left, the others, which are
// numbers, to the right. The first line is the head.
func markdown(cells [][]string) string {
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, cell := range line {
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	var b strings.Builder
	for n, line := range cells {
		for i, cell := range line {
			pad := strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell))
			if i > 0 {
				cell = pad + cell
			} else {
				cell += pad
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
		if n == 0 {
			b.WriteString("|" + strings.Repeat("-", widths[0]+2))
			for _, width := range widths[1:] {
				b.WriteString("|" + strings.Repeat("-", width+1) + ":")
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}
