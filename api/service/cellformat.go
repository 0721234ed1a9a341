package service

import (
	"fmt"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// A cellFormat is how the cells of one column write what more than one reading
// would take: the order of day, month and year, and the decimal mark. The zero
// value is the usual form, which needs no evidence: a year of four digits
// first, or an era, and a decimal point. A job keeps it as JSON.
//
// Forms that can be read in one way only are read whatever the format says:
// 2026-11-23 10:00, 2026/11/23, 2026年11月23日(月) 午後3時, 令和8年11月23日,
// R8.11.23; ￥1,234, 1,234円, $1,234.50 and full-width digits. The unit of an
// amount is dropped.
type cellFormat struct {
	Date    string `json:"date,omitempty"`
	Decimal string `json:"decimal,omitempty"`
}

// The formats that are stated or inferred from all values of a column.
const (
	dateYearFirst  = "y/m/d" // also the zero value, but for years of two digits
	dateDayFirst   = "d/m/y" // 23/11/2026, 23.11.2026
	dateMonthFirst = "m/d/y" // 11/23/2026
	dateCompact    = "yyyymmdd"
	dateMillis     = "milliseconds"

	decimalPoint = "decimal-point" // 1,234.5; also the zero value
	decimalComma = "decimal-comma" // 1.234,5
)

// statedFormat reads the name of a format as a request states it. DD.MM.YYYY
// and the like are the same as d/m/y.
func statedFormat(name string) (cellFormat, error) {
	switch key := orderName(name); key {
	case dateYearFirst, dateDayFirst, dateMonthFirst, dateCompact, dateMillis:
		return cellFormat{Date: key}, nil
	case decimalComma:
		return cellFormat{Decimal: key}, nil
	case decimalPoint:
		return cellFormat{}, nil
	}
	return cellFormat{}, refuse(CodeBadRequest,
		fmt.Sprintf("形式「%s」はありません。y/m/d、d/m/y、m/d/y、yyyymmdd、milliseconds、decimal-point、decimal-comma のどれかです。", name),
		fmt.Sprintf("there is no format %q: one of y/m/d, d/m/y, m/d/y, yyyymmdd, milliseconds, decimal-point, decimal-comma", name))
}

// orderName makes one "/" of separators, and one letter of a run of them
// where separators stand between.
func orderName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == dateCompact || strings.HasPrefix(name, "decimal-") {
		return name
	}
	var b []byte
	for i := range len(name) {
		c := name[i]
		if c == '.' || c == '-' {
			c = '/'
		}
		if i > 0 && strings.IndexByte("ymd", c) >= 0 && name[i-1] == c {
			continue
		}
		b = append(b, c)
	}
	return string(b)
}

// words is the format as a preview shows it; empty for the usual form.
func (c cellFormat) words() schema.Words {
	switch {
	case c.Date == dateYearFirst:
		return schema.Words{JA: "年/月/日（2026/11/23、26/11/23）", EN: "year, month, day (2026/11/23, 26/11/23)"}
	case c.Date == dateDayFirst:
		return schema.Words{JA: "日/月/年（23/11/2026）", EN: "day, month, year (23/11/2026)"}
	case c.Date == dateMonthFirst:
		return schema.Words{JA: "月/日/年（11/23/2026）", EN: "month, day, year (11/23/2026)"}
	case c.Date == dateCompact:
		return schema.Words{JA: "年月日 8 桁（20261123）", EN: "eight digits (20261123)"}
	case c.Date == dateMillis:
		return schema.Words{JA: "ミリ秒（1795359600000）", EN: "milliseconds (1795359600000)"}
	case c.Decimal == decimalComma:
		return schema.Words{JA: "小数点がコンマ（1.234,5）", EN: "decimal comma (1.234,5)"}
	}
	return schema.Words{}
}

// parse reads a cell for a field. Cells of other kinds than dates and numbers
// have one form, and what is not understood here is refused by the schema in
// its words.
func (c cellFormat) parse(f schema.Field, cell string, zone *time.Location) (schema.Value, *schema.ValueError) {
	switch f.Kind {
	case schema.Date:
		return c.parseDate(f, cell, zone)
	case schema.Number:
		return c.parseNumber(f, cell)
	}
	return schema.ParseText(f, cell, zone)
}

func (c cellFormat) parseDate(f schema.Field, cell string, zone *time.Location) (schema.Value, *schema.ValueError) {
	if isISO(cell) {
		if v, fault := schema.ParseText(f, cell, zone); fault == nil {
			return v, nil
		}
	}
	folded := schema.Fold(cell)
	if d, ok := compactDate(folded); ok && c.Date != dateMillis {
		if c.Date == dateCompact {
			return schema.ParseText(f, d.iso(), zone)
		}
		return refuseCell(f, schema.CodeBadDate,
			fmt.Sprintf("%s の「%s」は年月日 8 桁にもミリ秒にも読めます。日付の形式に yyyymmdd か milliseconds を指定してください。", f.Key, cell),
			fmt.Sprintf("%s: %q may be a date of eight digits or milliseconds; state the date format yyyymmdd or milliseconds", f.Key, cell))
	}
	d, ok := readDate(folded)
	if !ok {
		return schema.ParseText(f, cell, zone)
	}
	order := orderOf(c.Date)
	if d.sure {
		order = yearFirst
	}
	if d.orders&order != 0 {
		return schema.ParseText(f, d.in(order).iso(), zone)
	}
	asked := c.words()
	if asked.EN == "" {
		asked = cellFormat{Date: dateYearFirst}.words()
	}
	return refuseCell(f, schema.CodeBadDate,
		fmt.Sprintf("%s の「%s」は %s の日付として読めません。2026-11-23 の形にするか、列の日付の形式を指定してください。", f.Key, excerptCell(cell), asked.JA),
		fmt.Sprintf("%s: %q is no date written as %s; write 2026-11-23 or state the column's date format", f.Key, excerptCell(cell), asked.EN))
}

func (c cellFormat) parseNumber(f schema.Field, cell string) (schema.Value, *schema.ValueError) {
	if c.Decimal == "" && isPlainNumber(cell) {
		return schema.ParseText(f, cell, time.UTC)
	}
	folded := schema.Fold(cell)
	mark, name := pointMark, "1,234.5"
	if c.Decimal == decimalComma {
		mark, name = commaMark, "1.234,5"
	}
	n, ok := readNumber(folded)
	switch {
	case ok && n.marks&mark != 0:
		return schema.ParseText(f, n.digits(mark), time.UTC)
	case !ok && (mark == pointMark || !strings.ContainsAny(folded, ".,")):
		return schema.ParseText(f, folded, time.UTC) // 1e5, or a refusal
	}
	return refuseCell(f, schema.CodeWrongKind,
		fmt.Sprintf("%s の「%s」は %s のような数値として読めません。小数点がコンマの列なら decimal-comma を指定してください。", f.Key, excerptCell(cell), name),
		fmt.Sprintf("%s: %q is no number written like %s; state decimal-comma for a column with decimal commas", f.Key, excerptCell(cell), name))
}

func refuseCell(f schema.Field, code, ja, en string) (schema.Value, *schema.ValueError) {
	return schema.Value{}, &schema.ValueError{Field: f.Key, Code: code, Message: schema.Words{JA: ja, EN: en}}
}

// excerptCell is the beginning of a cell, for messages.
func excerptCell(cell string) string {
	const most = 40
	n := 0
	for i := range cell {
		if n++; n > most {
			return cell[:i] + "…"
		}
	}
	return cell
}
