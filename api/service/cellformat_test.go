package service

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/dsl/schema"
)

func tokyoZone() *time.Location { return time.FixedZone("JST", 9*60*60) }

// found feeds the cells of a column, separated by |.
func found(kind schema.Kind, cells string) *formatFinder {
	f := newFormatFinder(schema.Field{Key: "profile.x", Kind: kind}, tokyoZone())
	for cell := range strings.SplitSeq(cells, "|") {
		f.see(cell)
	}
	return f
}

func TestDatesOfOneReading(t *testing.T) {
	field := schema.Field{Key: "profile.x", Kind: schema.Date}
	for cell, want := range map[string]string{
		"2026-11-23": "2026-11-23T00:00:00+09:00", "2026/11/23": "2026-11-23T00:00:00+09:00", "2026.11.23": "2026-11-23T00:00:00+09:00",
		"2026/1/5": "2026-01-05T00:00:00+09:00", " ２０２６／１１／２３ ": "2026-11-23T00:00:00+09:00",
		"2026-11-23 10:00": "2026-11-23T10:00:00+09:00", "2026/11/23 9:05": "2026-11-23T09:05:00+09:00",
		"2026/11/23 10:00:05": "2026-11-23T10:00:05+09:00", "2026/11/23T10:00:05.250": "2026-11-23T10:00:05.25+09:00",
		"2026-11-23 10:00:00 +0900": "2026-11-23T10:00:00+09:00", "2026/11/23 10:00 UTC": "2026-11-23T19:00:00+09:00",
		"2026/11/23 10:00:00 -05:00": "2026-11-24T00:00:00+09:00", "2026/11/23 10:00Z": "2026-11-23T19:00:00+09:00",
		"2026/11/23 1:05 PM": "2026-11-23T13:05:00+09:00", "2026/11/23 12:00 am": "2026-11-23T00:00:00+09:00",
		"2026/11/23 午後3:00": "2026-11-23T15:00:00+09:00", "2026/11/23 10:00 JST": "2026-11-23T10:00:00+09:00",
		"2026年11月23日": "2026-11-23T00:00:00+09:00", "2026年１月５日": "2026-01-05T00:00:00+09:00", "2026年 1月 5日": "2026-01-05T00:00:00+09:00",
		"2026年11月23日（月）": "2026-11-23T00:00:00+09:00", "2026年11月23日(月曜日) 10時5分": "2026-11-23T10:05:00+09:00",
		"2026年11月23日10:30": "2026-11-23T10:30:00+09:00", "2026年11月23日 午前9時": "2026-11-23T09:00:00+09:00",
		"令和8年11月23日": "2026-11-23T00:00:00+09:00", "令和元年5月1日": "2019-05-01T00:00:00+09:00", "㋿8年1月2日": "2026-01-02T00:00:00+09:00",
		"R8.11.23": "2026-11-23T00:00:00+09:00", "r8/11/23 10:00": "2026-11-23T10:00:00+09:00", "Ｈ３１．４．３０": "2019-04-30T00:00:00+09:00",
		"昭和64年1月7日": "1989-01-07T00:00:00+09:00", "平成元年1月8日": "1989-01-08T00:00:00+09:00", "平成33年4月1日": "2021-04-01T00:00:00+09:00",
		"S45.3.9": "1970-03-09T00:00:00+09:00", "大正15年12月1日": "1926-12-01T00:00:00+09:00", "1795402800000": "2026-11-23T12:00:00+09:00",
	} {
		v, fault := cellFormat{}.parse(field, cell, tokyoZone())
		at := v.Millis()
		if fault != nil || v.Kind() != schema.Date || time.UnixMilli(at).In(tokyoZone()).Format("2006-01-02T15:04:05.999-07:00") != want {
			t.Errorf("%q: %s, %v, want %s", cell, time.UnixMilli(at).In(tokyoZone()), fault, want)
		}
	}
}

func TestCellsThatAreNoDates(t *testing.T) {
	field := schema.Field{Key: "profile.x", Kind: schema.Date}
	for _, cell := range []string{"2026/02/30", "2026/13/01", "2026/11", "11/23", "2026年11月", "令和元年4月30日", "令和0年1月1日", "2026/11-23",
		"2026年11/23", "2026/11/23 25:00", "2026/11/23 10:60", "2026/11/23 13:00 pm", "2026/11/23 10:00 EST", "R8", "2026/11/23x", "090-1234-5678",
		"1/2/3", "2026/11/23 10", "明治5年12月1日", "11/12/2026", "26/11/23", "20261123", "1795402800", "tomorrow", "2026/11/23 (月"} {
		v, fault := cellFormat{}.parse(field, cell, tokyoZone())
		if fault == nil || !v.IsMissing() || fault.Field != "profile.x" || fault.Message.JA == "" || fault.Message.EN == "" {
			t.Errorf("%q is read as %v, %v", cell, v, fault)
		}
	}
}

func TestDateOrderIsChosenFromAllValues(t *testing.T) {
	for _, c := range []struct {
		cells, want string // the format, or those between which nothing decides
		kind        schema.Kind
	}{
		{"11/12/2026|23/11/2026|", "d/m/y", schema.Date}, {"11/12/2026|11/23/2026", "m/d/y", schema.Date},
		{"23.11.2026", "d/m/y", schema.Date}, {"11.12.2026", "d/m/y", schema.Date}, {"23-11-2026 10:00", "d/m/y", schema.Date},
		{"11/12/2026|05/06/2026", "d/m/y? m/d/y?", schema.Date}, {"23/11/2026|11/23/2026", "d/m/y? m/d/y?", schema.Date},
		{"2026/11/12|2026-11-12|令和8年1月2日", "", schema.Date}, {"2026/11/12|23/11/2026", "d/m/y", schema.Date},
		{"20261123", "yyyymmdd? milliseconds?", schema.Date}, {"", "", schema.Date}, {"x|y", "", schema.Date},
		{"26/11/23", "y/m/d? d/m/y?", schema.Date}, {"26/11/23|99/12/31", "y/m/d", schema.Date}, {"11/23/26", "m/d/y", schema.Date},
		{"x|23/11/2026", "d/m/y", schema.Date}, // a bad row decides nothing

		{"1,234|￥5", "", schema.Number}, {"1.234,56|7", "decimal-comma", schema.Number}, {"1,5|2,75", "decimal-comma", schema.Number},
		{"1.234", "", schema.Number}, {"1,5|2.75", "decimal-point? decimal-comma?", schema.Number}, {"1.234.567", "decimal-comma", schema.Number},
	} {
		format, ambiguous := found(c.kind, c.cells).choose()
		got := format.Date + format.Decimal
		if len(ambiguous) > 0 {
			got += strings.Join(ambiguous, "? ") + "?"
		}
		if got != c.want {
			t.Errorf("%q: %s, want %s", c.cells, got, c.want)
		}
	}
}

func TestFormatsReadTheirCells(t *testing.T) {
	for _, c := range []struct {
		format, cell, want string
	}{
		{"d/m/y", "11/12/2026", "2026-12-11"}, {"m/d/y", "11/12/2026", "2026-11-12"}, {"d/m/y", "2026/11/12", "2026-11-12"},
		{"y/m/d", "26/11/23", "2026-11-23"}, {"m/d/y", "11/23/69", "1969-11-23"}, {"d/m/y", "23.11.68", "2068-11-23"},
		{"yyyymmdd", "20261123", "2026-11-23"}, {"milliseconds", "20261123", "1970-01-01"}, {"d/m/y", "11/23/2026", "bad_date"},
		{"m/d/y", "23.11.2026", "bad_date"}, {"yyyymmdd", "2026/11/23", "2026-11-23"}, {"d/m/y", "20261123", "bad_date"},
	} {
		format, err := statedFormat(c.format)
		if err != nil {
			t.Fatal(err)
		}
		v, fault := format.parse(schema.Field{Key: "profile.x", Kind: schema.Date}, c.cell, tokyoZone())
		got := ""
		if fault != nil {
			got = fault.Code
		} else {
			got = time.UnixMilli(v.Millis()).In(tokyoZone()).Format("2006-01-02")
		}
		if got != c.want {
			t.Errorf("%s %q: %s, want %s", c.format, c.cell, got, c.want)
		}
	}
}

func TestNumbersOfCells(t *testing.T) {
	const refused = -1
	for _, c := range []struct {
		format, cell string
		want         float64
	}{
		{"", "1234", 1234}, {"", "￥1,234", 1234}, {"", "¥1,234", 1234}, {"", `\1,234`, 1234}, {"", "$1,234.50", 1234.5}, {"", "1234円", 1234},
		{"", "１，２３４ 円", 1234}, {"", "-1,234", -1234}, {"", "−¥5", -5}, {"", "¥-5", -5}, {"", "1,234,567.25", 1234567.25}, {"", "US$ 3", 3},
		{"", "1.5", 1.5}, {"", "007", 7}, {"", "1e3", 1000}, {"", "€1.50", 1.5}, {"", "₩12,000", 12000}, {"", "12,000원", 12000},
		{"", "1,5", refused}, {"", "1.234,56", refused}, {"", "12,34", refused}, {"", "1,2345", refused}, {"", "¥", refused}, {"", "5人", refused},
		{"", "1,234.", refused}, {"", "1..2", refused}, {"", "--5", refused}, {"", "¥9007199254740993", refused},
		{decimalComma, "1.234,56", 1234.56}, {decimalComma, "1.234", 1234}, {decimalComma, "0,5", 0.5}, {decimalComma, "€ 1.234,5", 1234.5},
		{decimalComma, "1,234.5", refused}, {decimalComma, "1.5", refused}, {decimalComma, "12", 12},
	} {
		v, fault := cellFormat{Decimal: c.format}.parse(schema.Field{Key: "profile.x", Kind: schema.Number}, c.cell, time.UTC)
		if c.want == refused && fault == nil || c.want != refused && (fault != nil || v.Num() != c.want) {
			t.Errorf("%s %q: %v, %v, want %v", c.format, c.cell, v, fault, c.want)
		}
	}
}

func TestKindOfNewFieldsFromWhatPeopleWrite(t *testing.T) {
	for _, c := range []struct {
		cells  string
		want   schema.Kind
		format cellFormat
	}{
		{"￥1,234|￥0||12", schema.Number, cellFormat{}}, {"1,234|5", schema.Number, cellFormat{}}, {"1234円|￥5", schema.Number, cellFormat{}},
		{"１２３|４", schema.Number, cellFormat{}}, {"$5|￥5", schema.String, cellFormat{}}, {"1,2|3,4", schema.String, cellFormat{}},
		{"1.234,56|7,5", schema.Number, cellFormat{Decimal: decimalComma}}, {"€7,50", schema.Number, cellFormat{Decimal: decimalComma}},
		{"1.234,56|1.5", schema.String, cellFormat{}}, {"０９０", schema.String, cellFormat{}}, {"￥1,234|なし", schema.String, cellFormat{}},
		{"¥9007199254740993", schema.String, cellFormat{}},
		{"2026/11/23|2026/1/5 10:00", schema.Date, cellFormat{}}, {"令和8年11月23日|R8.11.23", schema.Date, cellFormat{}},
		{"23.11.2026|2026-11-23", schema.Date, cellFormat{Date: dateDayFirst}}, {"11/12/2026", schema.Date, cellFormat{}},
		{"23/11/2026|11/23/2026", schema.String, cellFormat{}}, {"26/11/23", schema.String, cellFormat{}}, {"2026/11/23|未定", schema.String, cellFormat{}},
		{"20261123", schema.Number, cellFormat{}}, {"2026/11/23|5", schema.String, cellFormat{}}, {"090-1234-5678", schema.String, cellFormat{}},
		{"100-0001", schema.String, cellFormat{}}, {"true|false", schema.Boolean, cellFormat{}}, {"||", schema.None, cellFormat{}},
	} {
		f := found(schema.None, c.cells)
		if got := f.evidence().kind(); got != c.want {
			t.Errorf("%q: %s, want %s", c.cells, got, c.want)
		}
		if format, _ := f.choose(); format != c.format {
			t.Errorf("%q: %+v, want %+v", c.cells, format, c.format)
		}
	}
}

func TestFormatsAreNamed(t *testing.T) {
	for name, want := range map[string]string{"d/m/y": "d/m/y", "DD.MM.YYYY": "d/m/y", "yyyy-mm-dd": "y/m/d", "MM/DD/YYYY": "m/d/y",
		"YYYYMMDD": "yyyymmdd", "milliseconds": "milliseconds", "Decimal-Comma": "decimal-comma", "decimal-point": "", "": "bad", "d/m": "bad", "dmy": "bad"} {
		format, err := statedFormat(name)
		if got := format.Date + format.Decimal; want == "bad" && CodeOf(err) != CodeBadRequest || want != "bad" && (err != nil || got != want) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
		if want != "bad" && want != "" && (format.words().JA == "" || format.words().EN == "") {
			t.Errorf("%q is shown as nothing", name)
		}
		encoded, err := json.Marshal(format)
		var back cellFormat
		if err == nil {
			err = json.Unmarshal(encoded, &back)
		}
		if diff := cmp.Diff(format, back); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
}
