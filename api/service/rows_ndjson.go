package service

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

func newNDJSONRows(name string, head []byte, lines *lineReader, file io.Closer) (rowReader, error) {
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

func (n *ndjsonRows) Next() (row, error) {
	for {
		line, err := n.lines.next()
		if err != nil {
			return row{}, err
		}
		if line.tooLong() {
			return row{}, longLineFault(line)
		}
		text := bytes.TrimSpace(line.text)
		if len(text) == 0 {
			continue
		}
		if fault := encodingFault(line); fault != nil {
			return row{}, fault
		}
		members, err := schema.ParseCustomer(text)
		if err != nil {
			return row{}, jsonFault(line, err)
		}
		// An export may write a group without values so.
		return row{line: line.number, members: slices.DeleteFunc(members, schema.Assignment.Empty)}, nil
	}
}

func jsonFault(line textLine, err error) *rowFault {
	code := codeBadJSON
	if known := (*schema.ValueError)(nil); errors.As(err, &known) {
		return &rowFault{line: line.number, field: known.Field, code: known.Code, reason: known.Message, raw: shorten(line.text)}
	}
	return &rowFault{line: line.number, code: code, raw: shorten(line.text), reason: schema.Words{
		JA: "1 行に 1 人の JSON として読めません: " + jsonWords(err).JA,
		EN: err.Error()}}
}

func (n *ndjsonRows) Close() error { return n.file.Close() }
