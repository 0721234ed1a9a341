package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"meibo/api/service"
	"meibo/dsl"
	"meibo/dsl/schema"
)

// writeExplanation shows what a filter says, what was bound, its clauses, the
// engine's plan and the count. Errors stay in the writer until it is flushed.
func (a *app) writeExplanation(w io.Writer, e service.ExplainAnswer) {
	a.titled(w, say("意味", "meaning"), a.words(e.Sentence))
	a.titled(w, say("条件式", "expression"), e.Expression)
	a.titled(w, say("現在", "now"), fmt.Sprintf("%s (%s)", e.Now, e.TimeZone))
	for _, b := range e.Bound {
		a.titled(w, say("日付", "date"), fmt.Sprintf("%s = %s", b.Text, boundText(b)))
	}
	for _, s := range e.Segments {
		a.titled(w, say("セグメント", "segment"), a.segmentTitle(s))
		for text := range strings.SplitSeq(s.Filter, "\n") {
			fmt.Fprintln(w, "  "+visible(text))
		}
	}
	if v := e.Customer; v != nil {
		a.titled(w, say("顧客", "customer"), a.verdict(*v))
	}
	if len(e.Clauses) > 0 {
		fmt.Fprintln(w, a.words(say("条件ごとの結果", "clauses")))
		a.writeClauses(w, e)
	}
	fmt.Fprintln(w, a.words(say("検索のしかた", "plan")))
	for text := range strings.SplitSeq(strings.TrimRight(e.Plan, "\n"), "\n") {
		fmt.Fprintln(w, "  "+visible(text))
	}
	a.titled(w, say("人数", "count"), fmt.Sprintf("%d (%g ms, seq %d)", e.Total, e.TookMs, e.Seq))
}

// titled writes a line behind its title.
func (a *app) titled(w io.Writer, title schema.Words, text string) {
	fmt.Fprintln(w, padded(a.words(title), 12, false)+visible(text))
}

func (a *app) segmentTitle(s service.UsedSegment) string {
	title := s.Key
	if name := a.words(s.Name); name != "" {
		title += " " + name
	}
	return title + " (" + s.TimeZone + ")"
}

func (a *app) verdict(v service.Verdict) string {
	text := v.ID + " " + mark(v.Matches) + " " + a.words(say("当てはまらない", "does not match"))
	if v.Matches {
		text = v.ID + " " + mark(true) + " " + a.words(say("当てはまる", "matches"))
	}
	if v.Q != nil {
		text += "  --q " + mark(*v.Q)
	}
	return text
}

func mark(matches bool) string {
	if matches {
		return "✓"
	}
	return "✗"
}

func boundText(b dsl.Binding) string {
	text := b.Start.Format(time.RFC3339Nano)
	if b.Day {
		text += " until " + b.End.Format(time.RFC3339Nano)
	}
	if b.Segment != "" {
		text += " (segment " + b.Segment + ")"
	}
	return text
}

// writeClauses shows a clause a line, indented as they stand in one another:
// how many match it, how many the whole would match without it, and with a
// customer whether it is true and what was found.
func (a *app) writeClauses(w io.Writer, e service.ExplainAnswer) {
	rows := [][]string{{"", a.words(say("単独", "alone")), a.words(say("除くと", "without")), a.words(say("条件", "clause")), a.words(say("値", "found"))}}
	for _, c := range e.Clauses {
		rows = append(rows, a.clauseRow(c))
	}
	first := 0 // the column of numbers
	if e.Customer != nil {
		first = 1
	}
	for i := range rows {
		rows[i] = rows[i][1-first : 4+first]
	}
	writeRows(w, rows, func(column int) bool { return column == first || column == first+1 })
	if e.Cut {
		fmt.Fprintln(w, "  "+a.words(say("条件が多いため、ここには一部だけを示します。", "there are too many clauses to show, or to count, all of them")))
	}
}

func (a *app) clauseRow(c service.Clause) []string {
	text := c.Text
	if c.Kind == "and" || c.Kind == "or" { // its parts stand below it
		if text = strings.ToUpper(c.Kind); c.Negated {
			text = "NOT (" + text + ")"
		}
	}
	truth := ""
	if c.Matches != nil {
		truth = mark(*c.Matches)
	}
	return []string{truth, countText(c.Count), countText(c.Without), strings.Repeat("  ", c.Depth) + text, a.foundText(c)}
}

func countText(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// foundText is what the customer has where the clause looks.
func (a *app) foundText(c service.Clause) string {
	if c.Found != nil {
		return a.valueFound(*c.Found)
	}
	terms := make([]string, len(c.Terms))
	for i, t := range c.Terms {
		where := make([]string, len(t.Found))
		for j, f := range t.Found {
			where[j] = f.Field
		}
		in := strings.Join(where, ", ")
		if in == "" {
			in = a.words(say("なし", "nowhere"))
		}
		terms[i] = t.Term + ": " + in
	}
	return strings.Join(terms, "; ")
}

func (a *app) valueFound(f service.Found) string {
	switch {
	case f.Hidden:
		return a.words(say("非表示の項目", "hidden field"))
	case f.Missing:
		return a.words(say("値なし", "no value"))
	case f.Time != "":
		return f.Time
	}
	var text string
	if json.Unmarshal(f.Value, &text) == nil {
		return text
	}
	return string(f.Value)
}

// writeRows writes a table, indented, its columns aligned by the width that
// East Asian characters have on a terminal.
func writeRows(w io.Writer, rows [][]string, right func(column int) bool) {
	widths := make([]int, len(rows[0]))
	for _, cells := range rows {
		for i := range cells {
			cells[i] = terminal().Truncate(visible(cells[i]), maxClauseWidth, "…")
			widths[i] = max(widths[i], terminal().StringWidth(cells[i]))
		}
	}
	for _, cells := range rows {
		var b strings.Builder
		for i, cell := range cells {
			b.WriteString("  " + padded(cell, widths[i], right(i)))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// maxClauseWidth bounds a cell of the table of clauses, in columns.
const maxClauseWidth = 72

// padded fills a text up to a width; right puts the space in front.
func padded(text string, width int, right bool) string {
	space := strings.Repeat(" ", max(0, width-terminal().StringWidth(text)))
	if right {
		return space + text
	}
	return text + space
}

func terminal() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }
