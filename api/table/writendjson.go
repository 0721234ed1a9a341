package table

import (
	"bufio"
	"io"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// ndjsonWriter writes each row as one line of nested JSON, as the API answers
// a customer: the id first, a group where its first field stands.
type ndjsonWriter struct {
	out    *bufio.Writer
	id     int // the column of the id, -1: there is none
	groups []jsonGroup
	line   []byte
}

// A jsonGroup is the columns that are written as one object, or one column
// that stands by itself.
type jsonGroup struct {
	opening string // `"web":{`; "" for a column by itself
	members []jsonMember
}

type jsonMember struct {
	column int
	label  string // `"os":`
}

func newNDJSONWriter(out io.Writer, l Layout) Writer {
	n := &ndjsonWriter{out: bufio.NewWriterSize(out, writeBuffer), id: -1}
	at := map[string]int{} // of a group, by name
	for i, column := range l.Columns {
		key := column.Field.Key // keys are plain ASCII and need no escapes
		name, rest, nested := strings.Cut(key, ".")
		switch g, there := at[name]; {
		case key == schema.IDField:
			n.id = i
		case !nested:
			n.groups = append(n.groups, jsonGroup{members: []jsonMember{{i, `"` + key + `":`}}})
		case there:
			n.groups[g].members = append(n.groups[g].members, jsonMember{i, `"` + rest + `":`})
		default:
			at[name] = len(n.groups)
			n.groups = append(n.groups, jsonGroup{opening: `"` + name + `":{`, members: []jsonMember{{i, `"` + rest + `":`}}})
		}
	}
	return n
}

func (n *ndjsonWriter) WriteRow(cells []schema.Value) error {
	b := append(n.line[:0], '{')
	if n.id >= 0 {
		b = cells[n.id].AppendJSON(append(b, `"id":`...))
	}
	for _, g := range n.groups {
		open := false
		for _, m := range g.members {
			v := cells[m.column]
			if v.IsMissing() {
				continue
			}
			if last := b[len(b)-1]; last != '{' {
				b = append(b, ',')
			}
			if g.opening != "" && !open {
				open, b = true, append(b, g.opening...)
			}
			b = appendJSONCell(append(b, m.label...), v)
		}
		if open {
			b = append(b, '}')
		}
	}
	n.line = append(b, '}', '\n')
	_, err := n.out.Write(n.line)
	return err
}

// appendJSONCell writes a value as the API does, except for a date whose
// milliseconds have ten digits (early in 1970): whoever reads that refuses it
// as somebody's seconds, so it is written out.
func appendJSONCell(b []byte, v schema.Value) []byte {
	if v.Kind() == schema.Date && schema.TenDigits(v.Millis()) {
		return append(appendDate(append(b, '"'), v.Millis(), time.UTC), '"')
	}
	return v.AppendJSON(b)
}

func (n *ndjsonWriter) Close() (cut int, err error) { return 0, n.out.Flush() }
