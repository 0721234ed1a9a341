package table

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

func TestXLSXRows(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	set := func(cell string, v any) {
		t.Helper()
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	style := func(cell string, s *excelize.Style) {
		t.Helper()
		id, err := f.NewStyle(s)
		if err == nil {
			err = f.SetCellStyle("Sheet1", cell, cell, id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"氏名", "登録日", "金額", "会員", "電話", "割合"} {
		cell, _ := excelize.CoordinatesToCellName(i+1, 1)
		set(cell, name)
	}
	set("A2", "髙橋 花子")
	set("B2", time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))
	style("B2", &excelize.Style{NumFmt: 14})
	set("C2", 1234567.5)
	style("C2", &excelize.Style{NumFmt: 4}) // 1,234,567.50
	set("D2", true)
	set("E2", "09012345678")
	set("F2", 0.125)
	style("F2", &excelize.Style{NumFmt: 10}) // 12.50%
	japanese := `yyyy"年"m"月"d"日"`
	set("B3", time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	style("B3", &excelize.Style{CustomNumFmt: &japanese})
	set("D3", false)
	set("A5", "佐藤") // row 4 is empty
	set("B5", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	set("A6", "#REF!")
	set("A7", "山田")
	set("C7", "#N/A")
	set("G8", "beyond the header")
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	columns, found, err := readAll(t, Source{Name: "x.xlsx", Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"氏名", "登録日", "金額", "会員", "電話", "割合"}, columns); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"2: 髙橋 花子|2026-11-23|1234567.5|true|09012345678|0.125",
		"3: |2026-01-02||false||",
		"5: 佐藤|2026-01-02T03:04:05||||",
		"6: #REF!|||||", // a text that looks like an error is a text
		"7: 山田||#N/A|||",
		"8! cell_count",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}
