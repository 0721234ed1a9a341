package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"meibo/dsl/schema"
)

// Unpacked parts above this size go to temporary files, and a workbook that
// unpacks to more than the second is refused (a "zip bomb").
const (
	sheetInMemory = 16 << 20
	sheetUnpacked = 8 << 30
)

// xlsxRows reads the first sheet of a workbook row by row. It follows the
// sheet twice side by side, as shown and as stored: only how a cell is shown
// tells a date from a number, and only the stored number is exact.
type xlsxRows struct {
	name     string
	file     *excelize.File
	shown    *excelize.Rows
	stored   *excelize.Rows
	line     int
	date1904 bool
	columns  []string
}

func openXLSX(s Source, head []byte) (Reader, error) {
	if !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return nil, refuseFile(s.Name, "XLSX ファイルではありません。", "this is no XLSX file")
	}
	if s.Path == "" {
		return nil, refuseFile(s.Name, "XLSX はファイルからだけ読めます。", "XLSX can be read from a file only")
	}
	file, err := excelize.OpenFile(s.Path, excelize.Options{UnzipXMLSizeLimit: sheetInMemory, UnzipSizeLimit: sheetUnpacked,
		ShortDatePattern: "yyyy-mm-dd"})
	if err != nil {
		return nil, refuseFile(s.Name, "XLSX ファイルとして読めません: "+err.Error(), "cannot be read as XLSX: "+err.Error())
	}
	x := &xlsxRows{name: s.Name, file: file}
	if err := x.start(); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

func (x *xlsxRows) start() error {
	sheets := x.file.GetSheetList()
	if len(sheets) == 0 {
		return refuseFile(x.name, "シートがありません。", "the workbook has no sheet")
	}
	if props, err := x.file.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		x.date1904 = *props.Date1904
	}
	var err error
	if x.shown, err = x.file.Rows(sheets[0]); err != nil {
		return fmt.Errorf("reading sheet %s of %s: %w", sheets[0], x.name, err)
	}
	if x.stored, err = x.file.Rows(sheets[0]); err != nil {
		return fmt.Errorf("reading sheet %s of %s: %w", sheets[0], x.name, err)
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
	return r, nil
}

// next reads the next row that has a value, in both its forms.
func (x *xlsxRows) next() (Row, error) {
	for x.shown.Next() && x.stored.Next() {
		x.line++
		shown, err := x.shown.Columns()
		if err != nil {
			return Row{}, fmt.Errorf("%s, row %d: %w", x.name, x.line, err)
		}
		stored, err := x.stored.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return Row{}, fmt.Errorf("%s, row %d: %w", x.name, x.line, err)
		}
		cells, size := stored, 0
		for i := range cells {
			if i < len(shown) && shown[i] != stored[i] && looksLikeError(stored[i]) {
				continue // a text, see styleErrorText
			}
			if i < len(shown) {
				cells[i] = x.cell(shown[i], stored[i])
			}
			size += len(cells[i])
			if fault := x.sheetError(i, cells[i]); fault != nil {
				return Row{}, fault
			}
		}
		for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
			cells = cells[:len(cells)-1]
		}
		if size > MaxRowBytes {
			return Row{}, longLineFault(textLine{number: x.line, length: int64(size)})
		}
		if len(cells) > 0 {
			return Row{Line: x.line, Cells: cells}, nil
		}
	}
	if err := errors.Join(x.shown.Error(), x.stored.Error()); err != nil {
		return Row{}, fmt.Errorf("%s, after row %d: %w", x.name, x.line, err)
	}
	return Row{}, io.EOF
}

// shownDate matches a date as spreadsheets show it: 2026-11-23, 2026/11/23,
// 23.11.2026, 11/23/26 10:00, 2026年11月23日, 令和8年11月23日, 23-Nov-26.
var shownDate = regexp.MustCompile(`\d{1,4}\s*[-/.年]\s*(\d{1,2}|[A-Za-z]{3,9})\s*[-/.月]`)

// cell is the text of a cell: a date in ISO 8601, true or false, a number with
// all its digits, "" for #N/A (a look-up that found nothing).
func (x *xlsxRows) cell(shown, stored string) string {
	switch {
	case shown == stored && stored != "#N/A":
		return stored
	case stored == "#N/A":
		return ""
	case shown == "TRUE" && stored == "1":
		return "true"
	case shown == "FALSE" && stored == "0":
		return "false"
	}
	serial, err := strconv.ParseFloat(stored, 64)
	if err != nil || !shownDate.MatchString(shown) {
		return stored
	}
	at, err := excelize.ExcelDateToTime(serial, x.date1904)
	if err != nil {
		return stored
	}
	if serial == float64(int64(serial)) {
		return at.Format("2006-01-02")
	}
	if !x.date1904 && serial >= firstSerial { // excelize rounds to less than milliseconds
		at = time.UnixMilli(int64(math.Round((serial - epochSerial) * dayMillis))).UTC()
	}
	if at.Nanosecond() != 0 {
		return at.Format("2006-01-02T15:04:05.000")
	}
	return at.Format("2006-01-02T15:04:05")
}

func (x *xlsxRows) sheetError(column int, cell string) *Fault {
	switch cell {
	case "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!":
	default:
		return nil
	}
	name := strconv.Itoa(column + 1)
	if column < len(x.columns) {
		name = x.columns[column]
	}
	return &Fault{Line: x.line, Column: name, Code: codeSheetError, Raw: cell, Reason: schema.Words{
		JA: "セルが計算エラー（" + cell + "）です。",
		EN: "the cell holds the error " + cell}}
}

func (x *xlsxRows) Close() error {
	var errs []error
	for _, rows := range []*excelize.Rows{x.shown, x.stored} {
		if rows != nil {
			errs = append(errs, rows.Close())
		}
	}
	return errors.Join(append(errs, x.file.Close())...)
}
