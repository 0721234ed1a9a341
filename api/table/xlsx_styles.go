package table

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// readStyles gives excelize a workbook of nothing but the styles, so that no
// other part of a hostile file reaches it.
func (w *workbookParts) readStyles(name string) error {
	if _, ok := w.parts[name]; !ok {
		return nil // every number is a number
	}
	content, err := w.whole(name)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	for _, part := range []struct {
		name    string
		content []byte
	}{
		{"[Content_Types].xml", []byte(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`)},
		{"_rels/.rels", []byte(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ` +
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`)},
		{"xl/workbook.xml", []byte(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>`)},
		{"xl/styles.xml", content},
	} {
		in, err := archive.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Store})
		if err == nil {
			_, err = in.Write(part.content)
		}
		if err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	if w.styles, err = excelize.OpenReader(&packed); err != nil {
		return fmt.Errorf("%w: %s: %v", errBadXML, name, err)
	}
	return nil
}

// showsDate reports whether a style shows a number as a date or a time of day.
func (w *workbookParts) showsDate(style int) bool {
	if w.styles == nil {
		return false
	}
	s, err := w.styles.GetStyle(style)
	if err != nil {
		return false // as spreadsheets do with a style that is not there
	}
	if s.CustomNumFmt != nil {
		return isDateFormat(*s.CustomNumFmt)
	}
	switch n := s.NumFmt; {
	case n >= 14 && n <= 22, n >= 27 && n <= 36, n == 45, n == 47, n >= 50 && n <= 58:
		return true // 27 to 58 are the dates of East Asian languages
	}
	return false
}

// isDateFormat reports whether a number format has a part of a date outside
// quotes. A duration ([h]:mm) is a number.
func isDateFormat(code string) bool {
	code = strings.ToLower(code)
	if strings.HasPrefix(code, "general") {
		return false
	}
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case ';':
			return false
		case '\\', '_', '*':
			i++
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return false
			}
			if inside := code[i+1 : i+end]; inside != "" && strings.Trim(inside, "hms") == "" {
				return false
			}
			i += end
		case 'y', 'm', 'd', 'h', 's':
			return true
		case 'e':
			if i+1 == len(code) || code[i+1] != '+' && code[i+1] != '-' {
				return true // the year of an era; else an exponent
			}
		}
	}
	return false
}

// dateText is a stored number as ISO 8601: a day, a moment, or a time of day
// below 1. What is no date (negative, the 29 February 1900 that Excel has) is
// given back as it is.
func dateText(stored string, date1904 bool) string {
	serial, err := strconv.ParseFloat(stored, 64)
	if err != nil || serial < 0 || serial > 2_958_466 {
		return stored
	}
	const dayMillis = 24 * 60 * 60 * 1000
	millis := int64(math.Round(serial * dayMillis))
	layout := "2006-01-02T15:04:05"
	if millis%1000 != 0 {
		layout += ".000"
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case serial < 60:
		base = base.AddDate(0, 0, 1)
	case serial < 61:
		return stored
	}
	switch {
	case millis < dayMillis && millis > 0:
		layout = strings.TrimPrefix(layout, "2006-01-02T")
	case millis == 0 && !date1904:
		return "00:00:00"
	case millis%dayMillis == 0:
		layout = "2006-01-02"
	}
	return time.UnixMilli(base.UnixMilli() + millis).UTC().Format(layout)
}

// numberText is a stored number with the fewest digits that mean it, without
// an exponent.
func numberText(stored string) string {
	if len(stored) <= 15 && !strings.ContainsAny(stored, "eE") || !strings.ContainsAny(stored, ".eE") {
		return stored
	}
	n, err := strconv.ParseFloat(stored, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return stored
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}
