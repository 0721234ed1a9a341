package table

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

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
