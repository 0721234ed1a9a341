package table

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxSheetRow is the last row that a sheet can have.
const maxSheetRow = 1 << 20

// A sheetRow is a row as the sheet stores it.
type sheetRow struct {
	line   int
	cells  []string // up to MaxColumns+1 of them, up to MaxRowBytes in all
	size   int      // bytes of all cells, also of those that were left out
	failed int      // the first cell that holds an error, -1 without one
}

// sheetScanner reads the rows of a sheet in one pass.
type sheetScanner struct {
	xml   *xmlScanner
	in    io.Closer
	parts *workbookParts
	dates map[int]bool // which styles show dates
	line  int
	text  []byte // of the cells of the row, one after another
	ends  []int
}

func (w *workbookParts) openSheet() (*sheetScanner, error) {
	if _, ok := w.parts[w.strings]; ok {
		in, err := w.part(w.strings, maxUnpacked)
		if err != nil {
			return nil, err
		}
		w.shared, err = readSharedStrings(in, w.tempDir)
		if err = errors.Join(err, in.Close()); err != nil {
			return nil, err
		}
	}
	in, err := w.part(w.sheet, maxUnpacked)
	if err != nil {
		return nil, err
	}
	s := &sheetScanner{xml: newXMLScanner(in), in: in, parts: w, dates: map[int]bool{}}
	for {
		if err := s.tag(); err != nil {
			return nil, errors.Join(err, in.Close())
		}
		if s.xml.name == "sheetData" {
			return s, nil
		}
	}
}

func (s *sheetScanner) close() error { return s.in.Close() }

// tag goes to the next tag. A sheet that ends before its end is damaged.
func (s *sheetScanner) tag() error {
	for {
		err := s.xml.skipText()
		if err == nil {
			_, err = s.xml.next()
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil || s.xml.name != "" {
			return err
		}
	}
}

// next reads a row; io.EOF is the end of the data, not of the file.
func (s *sheetScanner) next() (sheetRow, error) {
	for {
		if s.xml.name == "sheetData" && (s.xml.closing || s.xml.empty) {
			if err := s.xml.end(); err != nil {
				return sheetRow{}, err
			}
			return sheetRow{}, io.EOF
		}
		if err := s.tag(); err != nil {
			return sheetRow{}, err
		}
		if s.xml.name != "row" || s.xml.closing {
			continue
		}
		s.line++
		if r := s.xml.attribute("r"); r != nil {
			line, err := strconv.Atoi(string(r))
			if err != nil || line < s.line {
				return sheetRow{}, fmt.Errorf("%w: the row number %.20q", errBadXML, r)
			}
			s.line = line
		}
		if s.line > maxSheetRow {
			return sheetRow{}, refuseFile("", fmt.Sprintf("シートの行が %d を超えています。", maxSheetRow), fmt.Sprintf("the sheet has more than %d rows", maxSheetRow))
		}
		return s.row()
	}
}

// row reads the cells of a row whose tag was read.
func (s *sheetScanner) row() (sheetRow, error) {
	row := sheetRow{line: s.line, failed: -1}
	s.text, s.ends = s.text[:0], s.ends[:0]
	column := 0
	for !s.xml.empty || s.xml.name != "row" {
		if err := s.tag(); err != nil {
			return row, err
		}
		if s.xml.name == "row" && s.xml.closing {
			break
		}
		if s.xml.name != "c" || s.xml.closing {
			continue
		}
		column++
		if name := s.xml.attribute("r"); name != nil {
			at, ok := columnOfCell(name)
			if !ok || at < column {
				return row, fmt.Errorf("%w: the cell %.20q in row %d", errBadXML, name, s.line)
			}
			column = at
		}
		if err := s.cell(&row, column); err != nil {
			return row, err
		}
	}
	row.cells = s.cut()
	return row, nil
}

// cell reads a cell whose tag was read and puts its text at a column.
func (s *sheetScanner) cell(row *sheetRow, column int) error {
	kind := string(s.xml.attribute("t"))
	style, _ := strconv.Atoi(string(s.xml.attribute("s"))) // 0 without one
	from := len(s.text)
	length, err := s.content(kind)
	if err != nil {
		return err
	}
	text := s.text[from:]
	if length > len(text) && row.size+length <= MaxRowBytes {
		row.size += MaxRowBytes // it was longer than a row may be
	}
	text, err = s.value(kind, style, text)
	if err != nil {
		return fmt.Errorf("row %d: %w", s.line, err)
	}
	row.size += max(len(text), length)
	if row.size > MaxRowBytes || column > MaxColumns+1 || len(text) == 0 {
		s.text = s.text[:from]
		if column > MaxColumns+1 && len(text) > 0 {
			column, text = MaxColumns+1, []byte(" ")
		} else {
			return nil
		}
	}
	for len(s.ends) < column-1 {
		s.ends = append(s.ends, from)
	}
	s.text = append(s.text[:from], text...)
	s.ends = append(s.ends[:column-1], len(s.text))
	if kind == "e" && string(text) != "#N/A" && row.failed < 0 {
		row.failed = column - 1
	}
	return nil
}

// content appends the text of a cell's <v>, or of the runs of its <is>, to
// s.text, up to MaxRowBytes; length is how much there was.
func (s *sheetScanner) content(kind string) (length int, err error) {
	if s.xml.empty {
		return 0, nil
	}
	wanted := "v"
	if kind == "inlineStr" {
		wanted = "t"
	}
	most := len(s.text) + MaxRowBytes
	return s.xml.collect(&s.text, wanted, "c", most)
}

// collect appends the texts of the wanted elements up to the end of the
// element around them. Readings of kanji (rPh) do not belong to the text.
func (x *xmlScanner) collect(into *[]byte, wanted, around string, most int) (length int, err error) {
	inside, aside := false, false
	for {
		if inside && !aside {
			var n int
			*into, n, err = x.text(*into, most)
			length += n
		} else {
			err = x.skipText()
		}
		if err != nil {
			return length, ended(err)
		}
		cdata, err := x.next()
		if err != nil {
			return length, ended(err)
		}
		switch {
		case x.name == "":
			if inside && !aside {
				length += len(cdata)
				*into = append(*into, cdata[:max(0, min(len(cdata), most-len(*into)))]...)
			}
		case x.name == around && x.closing:
			return length, nil
		case x.name == "rPh":
			aside = !x.closing && !x.empty
		case x.name == wanted:
			inside = !x.closing && !x.empty
		}
	}
}

func ended(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// value is the text of a cell of a kind: a date in ISO 8601, true or false, a
// number with all its digits, "" for #N/A (a look-up that found nothing).
func (s *sheetScanner) value(kind string, style int, text []byte) ([]byte, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || s.parts.shared == nil {
			return nil, fmt.Errorf("%w: no shared string %.20q", errBadXML, text)
		}
		return s.parts.shared.get(i)
	case "inlineStr", "str":
		return unescapeCell(text), nil
	case "b":
		switch string(text) {
		case "1":
			return []byte("true"), nil
		case "0":
			return []byte("false"), nil
		}
		return text, nil
	case "e":
		if string(text) == "#N/A" {
			return nil, nil
		}
		return text, nil
	case "d":
		return text, nil
	}
	if len(text) == 0 {
		return nil, nil
	}
	isDate, known := s.dates[style]
	if !known {
		isDate = s.parts.showsDate(style)
		s.dates[style] = isDate
	}
	if isDate {
		return []byte(dateText(string(text), s.parts.date1904)), nil
	}
	return []byte(numberText(string(text))), nil
}

// cut gives the row's cells, one allocation for all of them.
func (s *sheetScanner) cut() []string {
	all, from := string(s.text), 0
	cells := make([]string, len(s.ends))
	for i, end := range s.ends {
		cells[i], from = all[from:end], end
	}
	return cells
}

// columnOfCell is the column of a cell's name: 28 for AB12.
func columnOfCell(name []byte) (int, bool) {
	column := 0
	for i, c := range name {
		if c >= '0' && c <= '9' {
			return column, i > 0
		}
		if c |= 0x20; c < 'a' || c > 'z' || i > 3 {
			return 0, false
		}
		column = column*26 + int(c-'a') + 1
	}
	return 0, false
}
