package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
)

// display shows a value to a person: dates as wall clock in the zone.
func display(v schema.Value, zone *time.Location, lang string) string {
	switch v.Kind() {
	case schema.Boolean:
		switch {
		case lang != "ja":
			return strconv.FormatBool(v.Bool())
		case v.Bool():
			return "はい"
		}
		return "いいえ"
	case schema.Number:
		return schema.FormatNumber(v.Num())
	case schema.Date:
		return time.UnixMilli(v.Millis()).In(zone).Format("2006-01-02 15:04")
	case schema.String:
		return v.Text()
	case schema.List:
		return strings.Join(v.Elements(), ", ")
	}
	return ""
}

// exact shows a value to a program, so that import reads the same value again:
// dates in ISO 8601 with milliseconds and offset.
func exact(v schema.Value, zone *time.Location) string {
	switch v.Kind() {
	case schema.Boolean:
		return strconv.FormatBool(v.Bool())
	case schema.Date:
		return time.UnixMilli(v.Millis()).In(zone).Format("2006-01-02T15:04:05.000Z07:00")
	case schema.List:
		return strings.Join(v.Elements(), ";")
	}
	return display(v, zone, "en")
}

// csvTable writes customers as CSV, a column a field.
type csvTable struct {
	w       *csv.Writer
	columns []schema.Field
	zone    *time.Location
	cells   []string
}

func newCSVTable(out *bufio.Writer, columns []schema.Field, zone *time.Location) *csvTable {
	return &csvTable{w: csv.NewWriter(out), columns: columns, zone: zone, cells: make([]string, len(columns))}
}

func (t *csvTable) header() error {
	for i, f := range t.columns {
		t.cells[i] = f.Key
	}
	return t.w.Write(t.cells)
}

func (t *csvTable) row(r schema.Record) error {
	for i, f := range t.columns {
		t.cells[i] = exact(r.Get(f.Key), t.zone)
	}
	return t.w.Write(t.cells)
}

func (t *csvTable) flush() error {
	t.w.Flush()
	return t.w.Error()
}

// writeJSON writes one document with a customer a line.
func writeJSON(out *bufio.Writer, answer service.SearchAnswer) error {
	fmt.Fprintf(out, "{\"total\":%d,\"seq\":%d,\"tookMs\":%s,\"customers\":[", answer.Total, answer.Seq, schema.FormatNumber(answer.TookMs))
	for i, raw := range answer.Customers {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		out.Write(raw)
	}
	out.WriteString("\n]")
	if len(answer.Unmatched) > 0 {
		unmatched, err := json.Marshal(answer.Unmatched)
		if err != nil {
			return err
		}
		out.WriteString(",\"unmatched\":")
		out.Write(unmatched)
	}
	_, err := out.WriteString("}\n") // a bufio.Writer keeps the first error
	return err
}

// grouped writes 12,345.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
