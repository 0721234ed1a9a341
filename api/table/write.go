package table

import (
	"fmt"
	"io"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// A Column of a table that is written: a field and what stands above it.
type Column struct {
	Header string
	Field  schema.Field
}

// A Writer writes the rows of one file as they come, in flat memory. The file
// is whole when Close has returned without an error; what it is written to is
// the caller's to close.
type Writer interface {
	// WriteRow writes a row with one value for each column; a missing one is an
	// empty cell. The values are not kept.
	WriteRow(cells []schema.Value) error
	// Close ends the file. cut is the number of cells that were longer than the
	// format allows and stand there shortened.
	Close() (cut int, err error)
}

// Layout is how a table is written.
type Layout struct {
	Columns []Column       // the id is among them
	Zone    *time.Location // in which dates are shown
	Sheet   string         // name of an XLSX file's first sheet
}

// NewWriter begins a file with its header.
func NewWriter(format Format, out io.Writer, l Layout) (Writer, error) {
	switch format {
	case CSV:
		return newCSVWriter(out, l)
	case NDJSON:
		return newNDJSONWriter(out, l), nil
	case XLSX:
		return newXLSXWriter(out, l)
	}
	return nil, fmt.Errorf("table: there is no format %q", format)
}

// appendDate writes a date in ISO 8601 with the offset of its zone, and with
// milliseconds where there are any. It reads back as the same instant: where
// the zone's year or offset cannot be written, it is in UTC.
func appendDate(b []byte, millis int64, zone *time.Location) []byte {
	at := time.UnixMilli(millis).In(zone)
	if _, offset := at.Zone(); offset%60 != 0 || at.Year() < 1 || at.Year() > 9999 {
		at = at.UTC()
	}
	if at.Nanosecond() != 0 {
		return at.AppendFormat(b, "2006-01-02T15:04:05.000Z07:00")
	}
	return at.AppendFormat(b, "2006-01-02T15:04:05Z07:00")
}

// sheetName is the name of the n-th sheet, from 1.
func (l Layout) sheetName(n int) string {
	name := strings.TrimSpace(l.Sheet)
	if name == "" {
		name = "Sheet"
	}
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s %d", name, n)
}
