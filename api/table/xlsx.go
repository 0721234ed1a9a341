package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"meibo/dsl/schema"
)

// xlsxRows reads the first visible sheet of a workbook row by row, and those
// behind it which have the very same header: a table that was too long for one. excelize
// knows the workbook's styles; the sheet itself and the shared strings are
// scanned here, because excelize gives a cell either as shown or as stored,
// and both are needed: only the style tells a date from a number, and only the
// stored number is exact. Following it twice made 1,500 rows of 20 columns a
// second, this makes fifty times as many. Merged cells have their value in the
// first of them; of a formula the value is taken that was last calculated.
type xlsxRows struct {
	name    string
	parts   *workbookParts
	sheet   *sheetScanner
	before  int // rows of the sheets before this one: lines are numbered on
	columns []string
}

// zipMagic begins every ZIP file that holds something.
var zipMagic = []byte("PK\x03\x04")

func openXLSX(s Source, head []byte, consumed func(int)) (Reader, error) {
	if bytes.HasPrefix(head, oleMagic) {
		return nil, refuseOLE(s, head)
	}
	if !bytes.HasPrefix(head, zipMagic) {
		return nil, refuseFile(s.Name, "XLSX ファイルではありません。テキストなら拡張子を .csv にするか、形式 csv を指定してください。",
			"this is no XLSX file; if it is text, name it .csv or state the format csv")
	}
	if s.Path == "" {
		return nil, refuseFile(s.Name, "XLSX はファイルからだけ読めます。", "XLSX can be read from a file only")
	}
	parts, err := openWorkbook(s, consumed)
	if err != nil {
		return nil, xlsxError(s.Name, 0, err)
	}
	x := &xlsxRows{name: s.Name, parts: parts}
	if err := x.start(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

func (x *xlsxRows) start() error {
	var err error
	if x.sheet, err = x.parts.openSheet(); err != nil {
		return xlsxError(x.name, 0, err)
	}
	header, err := x.next()
	if errors.Is(err, io.EOF) {
		return refuseFile(x.name, "最初のシートが空です。", "the first sheet is empty")
	}
	if err != nil {
		return refuseHeader(x.name, err)
	}
	x.columns, err = headerNames(x.name, header.Line, header.Cells)
	return err
}

func (x *xlsxRows) Columns() []string { return x.columns }

// Next pads a row to the header: a sheet does not store empty cells at its end.
func (x *xlsxRows) Next() (Row, error) {
	r, err := x.next()
	if err != nil {
		return Row{}, err
	}
	if len(r.Cells) > len(x.columns) {
		return Row{}, &Fault{Line: r.Line, Code: codeCellCount, Raw: Shorten([]byte(strings.Join(r.Cells, "\t"))), Reason: schema.Words{
			JA: fmt.Sprintf("セルが %d 列目まであります。見出しは %d 列です。", len(r.Cells), len(x.columns)),
			EN: fmt.Sprintf("the row has cells up to column %d, the header %d", len(r.Cells), len(x.columns))}}
	}
	for len(r.Cells) < len(x.columns) {
		r.Cells = append(r.Cells, "")
	}
	if fault := repeatedHeader(x.columns, r); fault != nil {
		return Row{}, fault
	}
	return r, nil
}

// next reads the next row that has a value.
func (x *xlsxRows) next() (Row, error) {
	for {
		row, err := x.sheet.next()
		if err == io.EOF {
			more, err := x.follow()
			switch {
			case err != nil:
				return Row{}, err
			case !more:
				return Row{}, io.EOF
			}
			continue
		}
		if err != nil {
			return Row{}, xlsxError(x.name, x.before+x.sheet.line, err)
		}
		row.line += x.before
		if row.size > MaxRowBytes {
			return Row{}, longLineFault(textLine{number: row.line, length: int64(row.size)})
		}
		if row.failed >= 0 {
			return Row{}, x.sheetError(row)
		}
		cells := row.cells
		for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) > 0 {
			return Row{Line: row.line, Cells: cells}, nil
		}
	}
}

// follow goes on with the next sheet that continues the table. Sheets with
// another header, or none that can be read, are tables of their own: they stay unread.
func (x *xlsxRows) follow() (bool, error) {
	for x.columns != nil && len(x.parts.more) > 0 {
		part := x.parts.more[0]
		x.parts.more = x.parts.more[1:]
		sheet, err := x.parts.sheetOf(part)
		if err != nil {
			return false, xlsxError(x.name, x.before+x.sheet.line, err)
		}
		if !x.continues(sheet) {
			if err := sheet.close(); err != nil {
				return false, xlsxError(x.name, x.before+x.sheet.line, err)
			}
			continue
		}
		last := x.sheet
		x.before, x.sheet = x.before+last.line, sheet
		return true, last.close()
	}
	return false, nil
}

// continues reports whether a sheet begins with the header of this table.
func (x *xlsxRows) continues(sheet *sheetScanner) bool {
	row, err := sheet.next()
	if err != nil || row.failed >= 0 {
		return false
	}
	columns, err := headerNames(x.name, row.line, row.cells)
	return err == nil && slices.Equal(columns, x.columns)
}

// sheetError reports a cell whose formula has no value.
func (x *xlsxRows) sheetError(row sheetRow) *Fault {
	cell, name := row.cells[row.failed], fmt.Sprint(row.failed+1)
	if row.failed < len(x.columns) {
		name = x.columns[row.failed]
	}
	return &Fault{Line: row.line, Column: name, Code: codeSheetError, Raw: cell, Reason: schema.Words{
		JA: "セルが計算エラー（" + cell + "）です。",
		EN: "the cell holds the error " + cell}}
}

func (x *xlsxRows) Close() error {
	var err error
	if x.sheet != nil {
		err = x.sheet.close()
	}
	return errors.Join(err, x.parts.close())
}

// oleMagic begins files of the kind that Excel 97 wrote, and those of today
// that are protected by a password.
var oleMagic = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// refuseOLE tells a workbook with a password from one of Excel 97. The name of
// the encrypted stream stands in a directory near the beginning.
func refuseOLE(s Source, head []byte) error {
	beginning := head
	if f, err := s.open(); err == nil {
		if all, err := io.ReadAll(io.LimitReader(f, 1<<20)); err == nil {
			beginning = all
		}
		_ = f.Close() // it was only read
	}
	if bytes.Contains(beginning, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
		return refuseFile(s.Name, "パスワードで保護されたファイルです。Excel でパスワードを外して保存し直してください。",
			"the workbook is protected by a password; save it without one")
	}
	return refuseFile(s.Name, "Excel 97-2003 形式（.xls）です。Excel で .xlsx として保存し直してください。",
		"this is an Excel 97-2003 file (.xls); save it as .xlsx")
}

// xlsxError gives a fault inside the package words; what is no fault of the
// file goes through.
func xlsxError(name string, line int, err error) error {
	if known := (*FileError)(nil); errors.As(err, &known) {
		known.Name = name
		return known
	}
	damaged := errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrAlgorithm) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errBadXML) || isDeflateError(err)
	if !damaged {
		return fmt.Errorf("reading %s after row %d: %w", name, line, err)
	}
	e := refuseFile(name,
		fmt.Sprintf("ファイルが壊れているか、途中で切れています（%d 行目の後）: %v。もう一度保存するか、送り直してください。", line, err),
		fmt.Sprintf("the workbook is damaged or cut off (after row %d): %v; save or send it again", line, err))
	e.cause = err
	return e
}
