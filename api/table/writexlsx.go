package table

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"meibo/dsl/schema"
)

// Bounds of a sheet.
const (
	maxSheetRows  = 1<<20 - 1 // of data: the header is one of the 1,048,576
	maxCellLength = 32767     // of a cell's text, in UTF-16 units
)

// xlsxWriter writes a workbook sheet by sheet, straight into the file. (The
// stream writer of excelize keeps a sheet unpacked on disk until its end, and
// makes control characters U+FFFD.)
type xlsxWriter struct {
	zip     *zip.Writer
	layout  Layout
	local   wallClock
	letters []string // A, B, …, AA: of the columns
	perRow  int      // rows of a sheet

	sheets int
	rows   int // of the sheet under way
	cut    int
	sheet  *bufio.Writer
	line   []byte
}

func newXLSXWriter(out io.Writer, l Layout) (*xlsxWriter, error) {
	x := &xlsxWriter{zip: zip.NewWriter(out), layout: l, local: wallClock{zone: l.Zone}, perRow: maxSheetRows}
	// A sheet is so repetitive that the fastest level makes it ten times smaller;
	// the usual one takes three times as long for a fifth less.
	x.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for i := range l.Columns {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return nil, fmt.Errorf("table: too many columns for a sheet: %w", err)
		}
		x.letters = append(x.letters, name)
	}
	return x, x.openSheet()
}

func (x *xlsxWriter) WriteRow(cells []schema.Value) error {
	if x.rows == x.perRow {
		if err := x.closeSheet(); err != nil {
			return err
		}
		if err := x.openSheet(); err != nil {
			return err
		}
	}
	x.rows++
	x.openRow(x.rows + 1)
	for i, v := range cells {
		x.cell(i, v)
	}
	return x.closeRow()
}

func (x *xlsxWriter) openRow(row int) {
	x.line = strconv.AppendInt(append(x.line[:0], `<row r="`...), int64(row), 10)
	x.line = append(x.line, `">`...)
}

func (x *xlsxWriter) closeRow() error {
	x.line = append(x.line, "</row>"...)
	_, err := x.sheet.Write(x.line)
	return err
}

// cell writes a value in a type of its own, so that nothing is run or changed:
// an id, a phone number or a formula is a text.
func (x *xlsxWriter) cell(column int, v schema.Value) {
	switch v.Kind() {
	case schema.None:
	case schema.Boolean:
		x.open(column, ` t="b"><v>`)
		x.line = append(x.line, '0'+byte(v.Num()))
		x.line = append(x.line, "</v></c>"...)
	case schema.Number:
		x.open(column, "><v>")
		x.line = append(v.AppendJSON(x.line), "</v></c>"...)
	case schema.Date:
		x.date(column, v.Millis())
	case schema.List:
		x.text(column, schema.ListText(v.Elements()), styleText)
	default:
		x.text(column, v.Text(), styleText)
	}
}

func (x *xlsxWriter) open(column int, rest string) {
	x.line = append(append(x.line, `<c r="`...), x.letters[column]...)
	row := x.rows + 1
	x.line = append(strconv.AppendInt(x.line, int64(row), 10), '"')
	x.line = append(x.line, rest...)
}

func (x *xlsxWriter) date(column int, millis int64) {
	serial, exact := x.local.serial(millis)
	if !exact {
		x.text(column, string(appendDate(nil, millis, x.layout.Zone)), styleText)
		return
	}
	x.open(column, styleDate+"><v>")
	x.line = append(strconv.AppendFloat(x.line, serial, 'f', -1, 64), "</v></c>"...)
}

func (x *xlsxWriter) text(column int, text, style string) {
	if len(text) > maxCellLength { // bytes, of which there are never fewer than units
		var cut bool
		if text, cut = shortened(text); cut {
			x.cut++
		}
	}
	x.open(column, style+` t="inlineStr"><is><t xml:space="preserve">`)
	x.line = append(appendSheetText(x.line, text), "</t></is></c>"...)
}

// shortened is a text as long as a cell takes it, in whole characters.
func shortened(text string) (short string, cut bool) {
	units := 0
	for i, c := range text {
		if units += max(1, utf16.RuneLen(c)); units > maxCellLength {
			return text[:i], true
		}
	}
	return text, false
}

// Close ends the last sheet and says in the workbook what there is.
func (x *xlsxWriter) Close() (cut int, err error) {
	if err := x.closeSheet(); err != nil {
		return x.cut, err
	}
	for _, part := range x.parts() {
		w, err := x.zip.Create(part.name)
		if err == nil {
			_, err = io.WriteString(w, part.content)
		}
		if err != nil {
			return x.cut, err
		}
	}
	return x.cut, x.zip.Close()
}

func (x *xlsxWriter) openSheet() error {
	x.sheets, x.rows = x.sheets+1, 0
	w, err := x.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", x.sheets))
	if err != nil {
		return err
	}
	x.sheet = bufio.NewWriterSize(w, writeBuffer)
	if _, err := x.sheet.WriteString(x.sheetHead()); err != nil {
		return err
	}
	x.openRow(1)
	for i, column := range x.layout.Columns {
		x.text(i, column.Header, styleHeader)
	}
	return x.closeRow()
}

func (x *xlsxWriter) closeSheet() error {
	if _, err := x.sheet.WriteString("</sheetData></worksheet>"); err != nil {
		return err
	}
	return x.sheet.Flush()
}

// A wallClock turns instants into the days since the end of 1899 that sheets
// count, in a zone. It remembers a stretch of time in which the zone's offset
// is one and no local time comes twice, since most dates are in the same.
type wallClock struct {
	zone        *time.Location
	from, until int64 // the stretch, in epoch milliseconds
	offset      int64 // in milliseconds
}

// Sheets count days from 30 December 1899 on, but only since March 1900
// correctly, and to the year 9999.
const (
	dayMillis   = 24 * 60 * 60 * 1000
	firstSerial = 61
	lastSerial  = 2958466
	epochSerial = 25569 // of 1 January 1970
)

// serial is an instant as a sheet holds it; exact says that it reads back as
// the same one.
func (w *wallClock) serial(millis int64) (serial float64, exact bool) {
	if millis < w.from || millis >= w.until {
		at := time.UnixMilli(millis).In(w.zone)
		_, seconds := at.Zone()
		w.offset = int64(seconds) * 1000
		w.from, w.until = clearStretch(at)
		if millis < w.from || millis >= w.until { // near a change
			w.from, w.until = 0, 0
			if local := time.UnixMilli(millis + w.offset).UTC(); twice(local, millis, w.zone) {
				return 0, false
			}
		}
	}
	serial = float64(millis+w.offset)/dayMillis + epochSerial
	return serial, serial >= firstSerial && serial < lastSerial
}

// clearStretch is when the zone's offset at an instant holds, without a day
// and an hour at either end, in which a local time may come twice.
func clearStretch(at time.Time) (from, until int64) {
	const margin = dayMillis + dayMillis/24
	start, end := at.ZoneBounds()
	from, until = schema.MinMillis, schema.MaxMillis+1
	if !start.IsZero() {
		from = start.UnixMilli() + margin
	}
	if !end.IsZero() {
		until = end.UnixMilli() - margin
	}
	return from, until
}

// twice reports whether a wall clock shows a local time at another instant
// than millis too.
func twice(local time.Time, millis int64, zone *time.Location) bool {
	for _, near := range []int64{-dayMillis, dayMillis} {
		_, seconds := time.UnixMilli(millis + near).In(zone).Zone()
		other := local.UnixMilli() - int64(seconds)*1000
		if _, there := time.UnixMilli(other).In(zone).Zone(); there == seconds && other != millis {
			return true
		}
	}
	return false
}
