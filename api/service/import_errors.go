package service

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"meibo/api/table"
	"meibo/dsl/schema"
)

// What an error file has beside the columns of the file that it is of. An
// import leaves these columns out, so that a corrected error file can be
// imported as it is.
const (
	ownColumns  = "meibo:"
	columnLine  = "meibo:line"
	columnError = "meibo:error"
	columnRaw   = "meibo:raw" // of a row that could not be read: its text
)

// errorsMark is in the names of all error files.
const errorsMark = ".errors."

// codeRawRow: the text of a row that could not be read still stands there.
const codeRawRow = "raw_row"

// A refusedRow is a row that was not taken, and why.
type refusedRow struct {
	parsedRow
	faults []BadRow
}

// errorFiles are the files of an import's refused rows, one for each file that
// has any. Each grows with the batches: what a batch adds is on disk before the
// batch is committed, and what stands there beyond the committed length (a
// process that ended in between) is cut off before the next is added.
type errorFiles struct {
	folder   string
	job      uint64
	japanese bool // of the reasons
}

// path is where the refused rows of a file are; number is from 0.
func (e *errorFiles) path(number int, format table.Format) string {
	return filepath.Join(e.folder, fmt.Sprintf("%s%d%s%s", jobFile(e.job), number+1, errorsMark, errorFormat(format)))
}

// errorFormat: sheets come back as CSV.
func errorFormat(format table.Format) table.Format {
	if format == table.NDJSON {
		return table.NDJSON
	}
	return table.CSV
}

// add appends rows to the error file of a file, of which kept bytes are
// committed, and gives its length. Without error files it does nothing.
func (e *errorFiles) add(file *importFile, kept int64, rows []refusedRow) (length int64, err error) {
	if e == nil || len(rows) == 0 {
		return kept, nil
	}
	if err := os.MkdirAll(e.folder, 0o700); err != nil {
		return 0, fmt.Errorf("make the folder of refused rows: %w", err)
	}
	f, err := os.OpenFile(e.path(file.number, file.format), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("keep the refused rows: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err := e.encode(file, kept == 0, rows)
	if err == nil {
		err = f.Truncate(kept)
	}
	if err == nil {
		_, err = f.WriteAt(text, kept)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return 0, fmt.Errorf("keep the refused rows: %w", err)
	}
	return kept + int64(len(text)), nil
}

func (e *errorFiles) encode(file *importFile, first bool, rows []refusedRow) ([]byte, error) {
	var out bytes.Buffer
	if file.format == table.NDJSON {
		for _, r := range rows {
			if err := e.encodeLine(&out, r); err != nil {
				return nil, err
			}
		}
		return out.Bytes(), nil
	}
	w := csv.NewWriter(&out)
	header := make([]string, 0, len(file.columns)+3)
	for _, col := range file.columns {
		if !col.own {
			header = append(header, col.header)
		}
	}
	if first {
		out.WriteString("\ufeff") // without it, spreadsheets on Japanese Windows read Shift_JIS
		_ = w.Write(escaped(append(slices.Clone(header), columnLine, columnError, columnRaw)))
	}
	for _, r := range rows {
		_ = w.Write(escaped(e.cells(file, r, len(header))))
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// escaped are cells that no spreadsheet runs; an import takes that back.
func escaped(cells []string) []string {
	for i := range cells {
		cells[i] = table.Escaped(cells[i])
	}
	return cells
}

// cells are a refused row as the error file has it.
func (e *errorFiles) cells(file *importFile, r refusedRow, columns int) []string {
	cells := make([]string, 0, columns+3)
	raw := ""
	if r.row.Cells == nil {
		raw = r.text()
		cells = cells[:columns]
	}
	for i, cell := range r.row.Cells {
		if i < len(file.columns) && !file.columns[i].own {
			cells = append(cells, cell)
		}
		if i < len(file.columns) && file.columns[i].raw {
			raw = cell
		}
	}
	return append(cells, strconv.Itoa(r.line), e.reasons(r), raw)
}

// encodeLine writes a row as an object again, its members under dotted keys.
func (e *errorFiles) encodeLine(out *bytes.Buffer, r refusedRow) error {
	found, err := r.members()
	if err != nil {
		return err
	}
	members := make([]schema.Assignment, 0, len(found)+2)
	members = append(members, schema.Assignment{Key: columnLine, Raw: r.line}, schema.Assignment{Key: columnError, Raw: e.reasons(r)})
	if r.row.Text == "" {
		members = append(members, schema.Assignment{Key: columnRaw, Raw: r.text()})
	}
	for _, m := range found {
		if m.Key == columnRaw || !strings.HasPrefix(m.Key, ownColumns) {
			members = append(members, m)
		}
	}
	for i, m := range members {
		out.WriteString(memberStart(i))
		key, err := json.Marshal(m.Key)
		if err != nil {
			return err
		}
		value, err := json.Marshal(m.Raw)
		if err != nil {
			return err
		}
		out.Write(key)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteString("}\n")
	return nil
}

// members are those of a row that was read once before.
func (r refusedRow) members() ([]schema.Assignment, error) {
	if r.row.Text == "" {
		return nil, nil
	}
	found, err := schema.ParseCustomer([]byte(r.row.Text))
	if err != nil {
		return nil, fmt.Errorf("read the refused row of line %d again: %w", r.line, err)
	}
	return slices.DeleteFunc(found, schema.Assignment.Empty), nil
}

// memberStart is what stands before a member of an object.
func memberStart(i int) string {
	if i == 0 {
		return "{"
	}
	return ","
}

// text is a row that could not be read.
func (r refusedRow) text() string {
	if len(r.parsedRow.faults) == 0 {
		return ""
	}
	f := r.parsedRow.faults[0]
	return cmp.Or(f.Whole, f.Raw)
}

// reasons are all faults of a row in one text.
func (e *errorFiles) reasons(r refusedRow) string {
	parts := make([]string, len(r.faults))
	for i, f := range r.faults {
		words := f.Reason.EN
		if e.japanese {
			words = f.Reason.JA
		}
		if parts[i] = words; f.Column != "" {
			parts[i] = f.Column + ": " + words
		}
	}
	return strings.Join(parts, " / ")
}

// remove deletes the error files of a job, which is about to begin anew.
func (e *errorFiles) remove() error {
	names, err := namesIn(e.folder)
	for _, name := range names {
		if strings.HasPrefix(name, jobFile(e.job)) && strings.Contains(name, errorsMark) {
			err = errors.Join(err, os.Remove(filepath.Join(e.folder, name)))
		}
	}
	if err != nil {
		return fmt.Errorf("delete refused rows: %w", err)
	}
	return nil
}
