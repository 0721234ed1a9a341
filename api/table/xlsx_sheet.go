package table

import (
	"errors"
	"fmt"
	"io"
	"strconv"
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
	return w.sheetOf(w.sheet)
}

// sheetOf opens a sheet at its rows.
func (w *workbookParts) sheetOf(part string) (*sheetScanner, error) {
	in, err := w.part(part, maxUnpacked)
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

// cut gives the row's cells, one allocation for all of them.
func (s *sheetScanner) cut() []string {
	all, from := string(s.text), 0
	cells := make([]string, len(s.ends))
	for i, end := range s.ends {
		cells[i], from = all[from:end], end
	}
	return cells
}
