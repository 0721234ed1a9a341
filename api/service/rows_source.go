package service

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"meibo/dsl/schema"
)

// An ImportFormat is how a file holds its rows.
type ImportFormat string

// The formats; "" is found out from the file's name, then from its beginning.
const (
	FormatNDJSON ImportFormat = "ndjson" // one customer per line, nested or dotted
	FormatCSV    ImportFormat = "csv"    // a header; comma, semicolon or tab
	FormatXLSX   ImportFormat = "xlsx"   // the first sheet, a header in its first row
)

// Bounds on one row, so that a damaged or hostile file costs no memory.
// A stored record has at most schema.MaxRecordBytes, so no good row is larger.
const (
	maxRowBytes = 1 << 20
	maxColumns  = 4096
)

// An ImportSource is a file to import. Name is what reports call it.
// Open gives its bytes from the start, each time it is called (twice when
// fields are created); it is nil for a file at Path, and XLSX needs a Path.
type ImportSource struct {
	Name string
	Path string
	Open func() (io.ReadCloser, error)
	Size int64 // bytes, 0 when unknown: only for progress
}

func (s ImportSource) open() (io.ReadCloser, error) {
	if s.Open != nil {
		return s.Open()
	}
	return os.Open(s.Path)
}

// A row is one customer of a file. Of a table it has cells, one per column;
// of NDJSON it has members. Both are valid until the next row is read.
type row struct {
	line    int // where it begins, from 1; of a sheet the row's number
	cells   []string
	members []schema.Assignment
}

// rowReader reads the rows of one file in their order. Next ends with io.EOF;
// a *rowFault is a row that cannot be read but behind which reading goes on;
// any other error ends the file.
type rowReader interface {
	Columns() []string // header of a table; nil when each row names its own keys
	Next() (row, error)
	Close() error
}

// A rowFault says what is wrong with a row, or with one value of it.
type rowFault struct {
	line   int
	column string // header, "" when the whole row is meant
	field  string
	code   string
	reason schema.Words
	raw    string
}

func (f *rowFault) Error() string { return fmt.Sprintf("line %d: %s", f.line, f.reason.EN) }

// Codes of rows that cannot be read at all; values have those of schema.
const (
	codeBadRow     = "bad_row"
	codeRowTooLong = "row_too_long"
	codeCellCount  = "cell_count"
	codeStrayQuote = "stray_quote"
	codeBadJSON    = "bad_json"
	codeSheetError = "sheet_error"
)

// openRows opens a file's rows. consumed, which may be nil, is told of bytes
// as they are read.
func openRows(s ImportSource, format ImportFormat, consumed func(bytes int)) (rowReader, ImportFormat, error) {
	f, err := s.open()
	if err != nil {
		return nil, "", refuseOpen(s.Name, err)
	}
	var in io.Reader = f
	if consumed != nil {
		in = &countingReader{f, consumed}
	}
	lines := newLineReader(in)
	if format == "" {
		format = formatOf(s, lines)
	}
	rows, err := openFormat(s, format, lines, f)
	if err != nil {
		return nil, format, errors.Join(err, f.Close())
	}
	return rows, format, nil
}

func openFormat(s ImportSource, format ImportFormat, lines *lineReader, f io.Closer) (rowReader, error) {
	head := lines.peek()
	if len(bytes.TrimSpace(bytes.TrimPrefix(head, utf8BOM))) == 0 {
		return nil, refuseFile(s.Name, "ファイルが空です。", "the file is empty")
	}
	if format == FormatXLSX {
		rows, err := openXLSX(s, head)
		if err != nil {
			return nil, err
		}
		return rows, f.Close() // it reads the file by its path
	}
	if err := checkTextFile(s.Name, head); err != nil {
		return nil, err
	}
	switch format {
	case FormatNDJSON:
		return newNDJSONRows(s.Name, head, lines, f)
	case FormatCSV:
		return newCSVRows(s.Name, head, lines, f)
	}
	return nil, refuse(CodeBadRequest,
		fmt.Sprintf("形式「%s」は読めません。ndjson、csv、xlsx のどれかを指定してください。", format),
		fmt.Sprintf("there is no format %q: one of ndjson, csv, xlsx", format))
}

func formatOf(s ImportSource, lines *lineReader) ImportFormat {
	switch strings.ToLower(filepath.Ext(s.Name)) {
	case ".csv", ".tsv":
		return FormatCSV
	case ".ndjson", ".jsonl", ".json":
		return FormatNDJSON
	case ".xlsx", ".xlsm":
		return FormatXLSX
	}
	head := bytes.TrimSpace(bytes.TrimPrefix(lines.peek(), utf8BOM))
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return FormatXLSX
	case bytes.HasPrefix(head, []byte("{")):
		return FormatNDJSON
	}
	return FormatCSV
}

// checkTextFile refuses what can be seen at a glance to be no UTF-8 text.
func checkTextFile(name string, head []byte) error {
	for _, kind := range []struct{ magic, what string }{
		{"PK\x03\x04", "ZIP/XLSX"}, {"\x1f\x8b", "gzip"}, {"%PDF", "PDF"}, {"\xd0\xcf\x11\xe0", "Excel 97 (.xls)"},
		{"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"}, {"SQLite format 3", "SQLite"},
	} {
		if bytes.HasPrefix(head, []byte(kind.magic)) {
			return refuseFile(name,
				fmt.Sprintf("UTF-8 のテキストではなく %s です。UTF-8 の CSV か NDJSON、または XLSX で保存してください。", kind.what),
				fmt.Sprintf("this is %s, not UTF-8 text; save it as UTF-8 CSV, NDJSON or XLSX", kind.what))
		}
	}
	if i := bytes.IndexByte(head, 0); i >= 0 {
		return refuseFile(name,
			fmt.Sprintf("テキストファイルではありません（%d バイト目に NUL があります）。", i+1),
			fmt.Sprintf("this is no text file: byte %d is NUL", i+1))
	}
	return nil
}

// refuseFile is a fault of a whole file: nothing of it is imported.
func refuseFile(name, ja, en string) *Error {
	return refuse(CodeBadRequest, name+": "+ja, name+": "+en)
}

func refuseOpen(name string, err error) error {
	cause := err
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		cause = p.Err
	}
	e := refuseFile(name, "ファイルを開けません: "+cause.Error(), "cannot open the file: "+cause.Error())
	e.cause = err
	return e
}

type countingReader struct {
	io.Reader
	consumed func(int)
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.consumed(n)
	return n, err
}
