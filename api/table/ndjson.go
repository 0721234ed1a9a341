package table

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"meibo/dsl/schema"
)

// ndjsonRows reads one customer per line.
type ndjsonRows struct {
	lines *lineReader
	file  io.Closer
}

func newNDJSONRows(name string, head []byte, lines *lineReader, file io.Closer) (Reader, error) {
	if bytes.HasPrefix(head, utf8BOM) {
		lines.skip(len(utf8BOM))
		head = head[len(utf8BOM):]
	}
	if bytes.HasPrefix(bytes.TrimSpace(head), []byte("[")) {
		return nil, refuseFile(name,
			"JSON の配列です。1 行に 1 人の JSON（NDJSON）にしてください（例: jq -c '.[]'）。",
			"this is one JSON array; write one customer per line (for example with jq -c '.[]')")
	}
	return &ndjsonRows{lines, file}, nil
}

func (n *ndjsonRows) Columns() []string { return nil }

func (n *ndjsonRows) Next() (Row, error) {
	for {
		line, err := n.lines.next()
		if err != nil {
			return Row{}, err
		}
		row, blank, err := n.row(line)
		if fault := (*Fault)(nil); errors.As(err, &fault) {
			fault.Whole = wholeText(line.text)
		}
		if !blank || err != nil {
			return row, err
		}
	}
}

func (n *ndjsonRows) row(line textLine) (r Row, blank bool, err error) {
	if line.tooLong() {
		return Row{}, false, longLineFault(line)
	}
	text := bytes.TrimSpace(line.text)
	if len(text) == 0 {
		return Row{}, true, nil
	}
	if fault := n.lines.encodingFault(line); fault != nil {
		return Row{}, false, fault
	}
	members, err := schema.ParseCustomer(text)
	if err != nil {
		return Row{}, false, jsonFault(line, err)
	}
	// An export may write a group without values so.
	return Row{Line: line.number, Members: slices.DeleteFunc(members, schema.Assignment.Empty), Text: string(text)}, false, nil
}

func jsonFault(line textLine, err error) *Fault {
	code := codeBadJSON
	if known := (*schema.ValueError)(nil); errors.As(err, &known) {
		return &Fault{Line: line.number, Field: known.Field, Code: known.Code, Reason: known.Message, Raw: Shorten(line.text)}
	}
	return &Fault{Line: line.number, Code: code, Raw: Shorten(line.text), Reason: schema.Words{
		JA: "1 行に 1 人の JSON として読めません: " + schema.JSONWords(err).JA,
		EN: err.Error()}}
}

func (n *ndjsonRows) Close() error { return n.file.Close() }
