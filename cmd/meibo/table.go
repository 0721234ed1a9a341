package main

import (
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-runewidth"

	"meibo/dsl/schema"
)

// Bounds of a table that a person reads.
const (
	maxCellWidth    = 36 // columns of the terminal
	maxTableColumns = 9
)

// columnsFor are the fields that --fields names, groups spread out; all that
// are shown when it names none. The id always comes first.
func columnsFor(names []string, fields *schema.Fields) []schema.Field {
	id, _ := fields.Lookup(schema.IDField)
	columns := []schema.Field{id}
	taken := map[string]bool{schema.IDField: true}
	add := func(f schema.Field) {
		if !taken[f.Key] && !f.Hidden {
			taken[f.Key] = true
			columns = append(columns, f)
		}
	}
	for _, name := range names {
		for f := range fields.All() {
			if f.Key == name || strings.HasPrefix(f.Key, name+".") {
				add(f)
			}
		}
	}
	if names == nil {
		for f := range fields.All() {
			add(f)
		}
	}
	return columns
}

// usefulColumns chooses what a table shows unasked: what the filter and the
// order are about, then who it is, then whatever else the rows have, without
// columns that are empty in all of them.
func usefulColumns(filter, sort string, fields *schema.Fields, rows []schema.Record) []schema.Field {
	id, _ := fields.Lookup(schema.IDField)
	columns := []schema.Field{id}
	taken := map[string]bool{schema.IDField: true}
	add := func(key string, asked bool) {
		f, ok := fields.Lookup(key)
		if !ok || taken[key] || f.Hidden || len(columns) == maxTableColumns {
			return
		}
		if asked || anyHas(rows, key) {
			taken[key] = true
			columns = append(columns, f)
		}
	}
	for _, key := range []string{schema.NameField, schema.ProfileNameField} {
		add(key, false)
	}
	for _, word := range namesIn(sort + " " + filter) {
		add(word, true)
	}
	for _, key := range []string{schema.EmailField, schema.MobileNumberField, "city", schema.TagsField, "sessionsCount", schema.LastSeenField} {
		add(key, false)
	}
	if len(columns) < 5 {
		for f := range fields.All() {
			if f.IsProfile() {
				add(f.Key, false)
			}
		}
	}
	return columns
}

func anyHas(rows []schema.Record, key string) bool {
	for _, r := range rows {
		if !r.Get(key).IsMissing() {
			return true
		}
	}
	return false
}

// namesIn are the words of a filter that may be field keys; only the choice of
// columns depends on it.
func namesIn(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_'
	})
}

// writeTable aligns cells by the width that East Asian characters have on a
// terminal.
func writeTable(w io.Writer, columns []schema.Field, rows []schema.Record, zone *time.Location, lang string) error {
	width := &runewidth.Condition{StrictEmojiNeutral: true}
	lines := make([][]string, 0, len(rows)+1)
	header := make([]string, len(columns))
	for i, f := range columns {
		header[i] = f.Key
	}
	lines = append(lines, header)
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i, f := range columns {
			cells[i] = width.Truncate(visible(display(r.Get(f.Key), zone, lang)), maxCellWidth, "…")
		}
		lines = append(lines, cells)
	}
	widths := make([]int, len(columns))
	for _, cells := range lines {
		for i, cell := range cells {
			widths[i] = max(widths[i], width.StringWidth(cell))
		}
	}
	var b strings.Builder
	for _, cells := range lines {
		b.Reset()
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-width.StringWidth(cell))
			if columns[i].Kind == schema.Number {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
			b.WriteString("  ")
		}
		if _, err := io.WriteString(w, strings.TrimRight(b.String(), " ")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// visible keeps a value from moving the cursor or colouring the terminal.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return '·'
		}
		return r
	}, s)
}
