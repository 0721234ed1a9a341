package dsl

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// renderWidth is how many columns of a long line are shown around a span.
const renderWidth = 72

// Render shows a diagnostic as a person reads it: the line of the text, carets
// under the span, and the message in lang ("ja", else English). Characters of
// double width get two carets.
func Render(text string, d Diagnostic, lang string) string {
	line, from := lineAround(text, min(d.Span.Start, len(text)))
	start := min(d.Span.Start-from, len(line))
	end := min(max(d.Span.End-from, start), len(line))
	before, marked, after := window(line[:start], line[start:end], line[end:])
	gutter := strconv.Itoa(max(d.Span.Line, 1))
	margin := strings.Repeat(" ", len(gutter))
	var b strings.Builder
	b.WriteString(gutter + " | " + before + marked + after + "\n")
	b.WriteString(margin + " | " + strings.Repeat(" ", columns(before)) + strings.Repeat("^", max(columns(marked), 1)) + "\n")
	message, severity := d.Message.EN, d.Severity
	if lang == "ja" {
		message, severity = d.Message.JA, map[string]string{Error: "エラー", Warning: "注意"}[d.Severity]
	}
	b.WriteString(severity + ": " + message)
	return b.String()
}

// window cuts what lies far from the span and makes every character visible.
func window(before, marked, after string) (string, string, string) {
	before, marked, after = visible(tail(before, renderWidth)), visible(head(marked, renderWidth)), visible(head(after, renderWidth))
	if columns(before)+columns(marked)+columns(after) <= renderWidth {
		return before, marked, after
	}
	if columns(before) > renderWidth/2 {
		before = "…" + tail(before, renderWidth/2)
	}
	if room := max(renderWidth-columns(before)-columns(marked), 8); columns(after) > room {
		after = head(after, room) + "…"
	}
	return before, marked, after
}

// head and tail are at most n characters from either end.
func head(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

func tail(s string, n int) string {
	from := max(0, len(s)-4*n)
	for from < len(s) && !utf8.RuneStart(s[from]) {
		from++
	}
	r := []rune(s[from:])
	return string(r[max(0, len(r)-n):])
}

func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// columns is the width on a terminal. It does not ask the environment: the
// same diagnostic reads the same everywhere.
func columns(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return (&runewidth.Condition{StrictEmojiNeutral: true}).StringWidth(s)
}

// isPlain reports whether every byte is a printable character of ASCII, which
// takes one column.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
