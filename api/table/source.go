package table

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

// A Format is how a file holds its rows.
type Format string

// The formats; "" is found out from the file's name, then from its beginning.
const (
	NDJSON Format = "ndjson" // one customer per line, nested or dotted
	CSV    Format = "csv"    // a header; comma, semicolon, tab or vertical bar
	XLSX   Format = "xlsx"   // the first visible sheet, a header in its first row
)

// Bounds on one row, so that a damaged or hostile file costs no memory.
// A stored record has at most schema.MaxRecordBytes, so no good row is larger.
const (
	MaxRowBytes = 1 << 20
	MaxColumns  = 4096
)

// A Source is a file to import. Name is what reports call it.
// Open gives its bytes from the start, each time it is called (twice when
// fields are created); it is nil for a file at Path, and XLSX needs a Path.
type Source struct {
	Name string
	Path string
	Open func() (io.ReadCloser, error)
	Size int64 // bytes, 0 when unknown: only for progress

	Encoding  Encoding // "": found out from all bytes, which takes a pass of its own
	Delimiter string   // of CSV: one of , ; | and tab; "": found out from the header

	TempDir string // of temporary files, which go when the reader is closed; "": the system's
}

func (s Source) open() (io.ReadCloser, error) {
	if s.Open != nil {
		return s.Open()
	}
	return os.Open(s.Path)
}

// TempPrefix begins the names of temporary files, for whoever clears up after a
// process that was killed.
const TempPrefix = "strings-"

// A Row is one customer of a file. Of a table it has cells, one per column;
// of NDJSON it has members. Both are valid until the next row is read.
type Row struct {
	Line    int // where it begins, from 1; of a sheet the row's number
	Cells   []string
	Members []schema.Assignment
	Text    string // of NDJSON, what Members were read from: a fraction of their size
}

// Reader reads the rows of one file in their order. Next ends with io.EOF;
// a *Fault is a row that cannot be read but behind which reading goes on;
// any other error ends the file.
type Reader interface {
	Columns() []string // header of a table; nil when each row names its own keys
	Next() (Row, error)
	Close() error
}

// A Fault says what is wrong with a row, or with one value of it.
type Fault struct {
	Line   int
	Column string // header, "" when the whole row is meant
	Field  string
	Code   string
	Reason schema.Words
	Raw    string // the value, or the beginning of the row
	Whole  string // of a row that cannot be read: its text as far as it was read; a row that goes on over lines is its first
}

func (f *Fault) Error() string { return fmt.Sprintf("line %d: %s", f.Line, f.Reason.EN) }

// Codes of rows that cannot be read at all; values have those of schema.
const (
	codeRowTooLong = "row_too_long"
	codeCellCount  = "cell_count"
	codeStrayQuote = "stray_quote"
	codeBadJSON    = "bad_json"
	codeSheetError = "sheet_error"

	codeHeaderAgain = "header_again"
)

// Open opens a file's rows. consumed, which may be nil, is told of bytes
// as they are read.
func Open(s Source, format Format, consumed func(bytes int)) (Reader, Format, error) {
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
	rows, err := openFormat(s, format, lines, f, consumed)
	if err != nil {
		return nil, format, errors.Join(err, f.Close())
	}
	return rows, format, nil
}

func openFormat(s Source, format Format, lines *lineReader, f io.Closer, consumed func(int)) (Reader, error) {
	head := lines.peek()
	if len(bytes.TrimSpace(bytes.TrimPrefix(head, utf8BOM))) == 0 {
		return nil, refuseFile(s.Name, "ファイルが空です。", "the file is empty")
	}
	if format == XLSX {
		rows, err := openXLSX(s, head, consumed)
		if err != nil {
			return nil, err
		}
		return rows, f.Close() // it reads the file by its path
	}
	if err := checkTextFile(s, head); err != nil {
		return nil, err
	}
	encoding, err := s.Encoding, error(nil)
	if encoding == "" {
		if encoding, err = detectEncoding(s, head); err != nil {
			return nil, err
		}
	}
	lines.decode(encoding)
	if len(bytes.TrimSpace(lines.peek())) == 0 {
		return nil, refuseFile(s.Name, "ファイルが空です。", "the file is empty")
	}
	switch format {
	case NDJSON:
		return newNDJSONRows(s.Name, lines.peek(), lines, f)
	case CSV:
		return newCSVRows(s, lines, f)
	}
	return nil, refuseFile(s.Name,
		fmt.Sprintf("形式「%s」は読めません。ndjson、csv、xlsx のどれかを指定してください。", format),
		fmt.Sprintf("there is no format %q: one of ndjson, csv, xlsx", format))
}

// formatOf believes the beginning of a file before its name: what is a ZIP or
// OLE file is no text, whatever it is called.
func formatOf(s Source, lines *lineReader) Format {
	head := bytes.TrimSpace(bytes.TrimPrefix(lines.peek(), utf8BOM))
	if bytes.HasPrefix(head, zipMagic) || bytes.HasPrefix(head, oleMagic) {
		return XLSX
	}
	switch strings.ToLower(filepath.Ext(s.Name)) {
	case ".csv", ".tsv", ".txt":
		return CSV
	case ".ndjson", ".jsonl", ".json":
		return NDJSON
	case ".xlsx", ".xlsm", ".xls":
		return XLSX
	}
	if bytes.HasPrefix(head, []byte("{")) {
		return NDJSON
	}
	return CSV
}

// checkTextFile refuses what can be seen at a glance to be no text.
func checkTextFile(s Source, head []byte) error {
	for _, kind := range []struct{ magic, what string }{
		{"PK\x03\x04", "ZIP/XLSX"}, {"\x1f\x8b", "gzip"}, {"%PDF", "PDF"}, {"\xd0\xcf\x11\xe0", "Excel 97 (.xls)"}, {"SQLite format 3", "SQLite"},
	} {
		if bytes.HasPrefix(head, []byte(kind.magic)) {
			return refuseFile(s.Name,
				fmt.Sprintf("テキストではなく %s です。CSV か NDJSON、または XLSX で保存してください。", kind.what),
				fmt.Sprintf("this is %s, not text; save it as CSV, NDJSON or XLSX", kind.what))
		}
	}
	null := bytes.IndexByte(head, 0)
	switch {
	case null < 0, bytes.HasPrefix(head, utf8BOM), bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), s.Encoding == UTF16LE, s.Encoding == UTF16BE:
		return nil
	case bytes.Count(head, []byte{0})*3 > len(head):
		return refuseFile(s.Name,
			fmt.Sprintf("目印（BOM）のない UTF-16 のようです（%d バイト目が NUL）。文字コードに utf-16le か utf-16be を指定してください。", null+1),
			fmt.Sprintf("this looks like UTF-16 without a mark (byte %d is NUL); state the encoding utf-16le or utf-16be", null+1))
	}
	return refuseFile(s.Name,
		fmt.Sprintf("テキストファイルではありません（%d バイト目に NUL があります）。", null+1),
		fmt.Sprintf("this is no text file: byte %d is NUL", null+1))
}

// A FileError is a fault of a whole file: no row of it can be read.
type FileError struct {
	Name  string // of the file
	Words schema.Words
	cause error
}

func (e *FileError) Error() string { return e.Name + ": " + e.Words.EN }

func (e *FileError) Unwrap() error { return e.cause }

func refuseFile(name, ja, en string) *FileError {
	return &FileError{Name: name, Words: schema.Words{JA: ja, EN: en}}
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
