package table

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"meibo/dsl/schema"
)

// Styles of cells, as attributes; they count the cellXfs in styles.
const (
	styleText   = ` s="1"` // stays a text when somebody edits it
	styleDate   = ` s="2"`
	styleHeader = ` s="3"`
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// styles: general, text, date with seconds, and the header in bold.
const styles = xmlHead + `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
	`<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Yu Gothic"/></font><font><b/><sz val="11"/><name val="Yu Gothic"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
	`<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>` +
	`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

// A part is one of the small files in a workbook.
type part struct{ name, content string }

// parts are those beside the sheets.
func (x *xlsxWriter) parts() []part {
	var types, sheets, relations strings.Builder
	for n := 1; n <= x.sheets; n++ {
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, appendSheetText(nil, x.layout.sheetName(n)), n, n)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, n, n)
	}
	fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>`, x.sheets+1)
	const packaged = "http://schemas.openxmlformats.org/package/2006/"
	return []part{
		{"[Content_Types].xml", xmlHead + `<Types xmlns="` + packaged + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", xmlHead + `<Relationships xmlns="` + packaged + `relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", xmlHead + `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", xmlHead + `<Relationships xmlns="` + packaged + `relationships">` + relations.String() + `</Relationships>`},
		{"xl/styles.xml", styles},
	}
}

// sheetHead is a sheet up to its rows: the header stays in view, and columns
// are wide enough for what they usually hold.
func (x *xlsxWriter) sheetHead() string {
	var b strings.Builder
	b.WriteString(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`)
	for i, column := range x.layout.Columns {
		fmt.Fprintf(&b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width(column))
	}
	b.WriteString("</cols><sheetData>")
	return b.String()
}

// width is that of a column, in digits.
func width(c Column) int {
	const widest = 40
	header := 2
	for _, r := range c.Header {
		header += min(2, utf8.RuneLen(r)) // about: what is not ASCII is wide here
	}
	usual := 16
	switch {
	case c.Field.Key == schema.IDField, c.Field.Kind == schema.List, c.Field.Format == schema.FormatEmail, c.Field.Format == schema.FormatURL:
		usual = 28
	case c.Field.Kind == schema.Date:
		usual = 20
	case c.Field.Kind == schema.Boolean, c.Field.Kind == schema.Number:
		usual = 10
	}
	return min(max(usual, header), widest)
}
