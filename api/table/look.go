package table

import (
	"errors"
	"io"
	"slices"
)

// LookRows is how many rows a look shows at most.
const LookRows = 100

// A Shape is what a look at a file shows: how it holds its rows, and the first
// of them.
type Shape struct {
	Format    Format
	Encoding  Encoding // "" for a workbook
	Delimiter string   // of CSV
	Columns   []string // the header; of NDJSON the keys of the first rows, in their order
	Rows      []Row    // the first, at most LookRows
	Faults    []*Fault // of rows among them that cannot be read
	Seen      int      // rows and faults that were read
	Whole     bool     // the file has no more
}

// Look reads the beginning of a file, and all of its bytes only where its
// encoding has to be found out. format may be "". To read the file alike later,
// without finding out again, state what the shape says in its Source.
func Look(s Source, format Format) (shape Shape, err error) {
	rows, format, err := Open(s, format, nil)
	if err != nil {
		return Shape{}, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	shape = Shape{Format: format, Columns: slices.Clone(rows.Columns())}
	shape.Encoding, shape.Delimiter = HowWritten(rows)
	for shape.Seen < LookRows {
		row, err := rows.Next()
		var fault *Fault
		switch {
		case errors.Is(err, io.EOF):
			shape.Whole = true
			return shape, nil
		case errors.As(err, &fault):
			shape.Faults = append(shape.Faults, fault)
		case err != nil:
			return shape, err
		default:
			shape.add(row)
		}
		shape.Seen++
	}
	_, err = rows.Next()
	shape.Whole = errors.Is(err, io.EOF)
	return shape, nil
}

// add keeps a row, which its reader may use again, and the keys it names.
func (s *Shape) add(row Row) {
	row.Cells, row.Members = slices.Clone(row.Cells), slices.Clone(row.Members)
	s.Rows = append(s.Rows, row)
	for _, member := range row.Members {
		if !slices.Contains(s.Columns, member.Key) && len(s.Columns) < MaxColumns {
			s.Columns = append(s.Columns, member.Key)
		}
	}
}

// HowWritten tells the encoding and the delimiter with which a file is read;
// stated in a Source they spare finding them out again.
func HowWritten(rows Reader) (e Encoding, delimiter string) {
	switch rows := rows.(type) {
	case *csvRows:
		return rows.lines.reader.encoding, string(rune(rows.comma))
	case *ndjsonRows:
		return rows.lines.encoding, ""
	}
	return "", ""
}
