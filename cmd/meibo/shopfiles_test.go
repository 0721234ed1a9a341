package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/xuri/excelize/v2"
)

// moreColumns are the columns of killShop's customers as a table.
var moreColumns = []string{"id", "profile.email", "profile.description", "profile.points", "profile.lastCheckoutCompletedAt"}

// moreRows lays NDJSON with these columns out as rows, the header first.
func moreRows(t testing.TB, ndjson []byte) [][]string {
	t.Helper()
	rows := [][]string{moreColumns}
	for line := range bytes.Lines(ndjson) {
		var c struct {
			ID      string         `json:"id"`
			Profile map[string]any `json:"profile"`
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		row := []string{c.ID}
		for _, column := range moreColumns[1:] {
			text := ""
			if v := c.Profile[column[len("profile."):]]; v != nil {
				text = fmt.Sprint(v)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return rows
}

func moreCSV(t testing.TB, ndjson []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(moreRows(t, ndjson)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func moreXLSX(t testing.TB, ndjson []byte) []byte {
	t.Helper()
	return sheetOf(t, moreRows(t, ndjson))
}

// sheetOf is an Excel file with rows of texts.
func sheetOf(t testing.TB, rows [][]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for k, text := range row {
			if text != "" {
				cells[k] = text
			}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), cells); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheetRows are the cells of all sheets of an Excel file, as they are shown.
func sheetRows(t testing.TB, content []byte) (rows [][]string) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, sheet := range f.GetSheetList() {
		list, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, list...)
	}
	return rows
}

// csvRows are the rows of an exported CSV as a reader of the file has them:
// without the mark that keeps a text from being a formula.
func csvRows(t testing.TB, content []byte) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func jsonLine(t testing.TB, value any) []byte {
	t.Helper()
	line, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return append(line, '\n')
}

// telcoFields are the fields that the telco file's columns become, as it has
// them.
func telcoFields(t testing.TB) []string {
	t.Helper()
	content, err := os.ReadFile(telcoFile)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, column := range csvRows(t, content)[0] {
		fields = append(fields, "profile."+column)
	}
	return fields
}

// wantSameRows compares tables and shows the first cells that differ.
func wantSameRows(t testing.TB, got, want [][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	different := 0
	for i := range min(len(got), len(want)) {
		for k := range max(len(got[i]), len(want[i])) {
			a, b := cell(got[i], k), cell(want[i], k)
			if a == b {
				continue
			}
			if different++; different <= 5 {
				t.Errorf("row %d, column %d: %q, want %q", i+1, k+1, a, b)
			}
		}
	}
	if different > 5 {
		t.Errorf("… and %d cells more", different-5)
	}
}

// cell is "" behind the end of a row.
func cell(row []string, k int) string {
	if k < len(row) {
		return row[k]
	}
	return ""
}
