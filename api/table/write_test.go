package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"meibo/dsl/schema"
)

func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// allKinds has a column of each kind beside the id.
func allKinds(zone *time.Location) Layout {
	l := Layout{Zone: zone, Sheet: "顧客"}
	for _, f := range []schema.Field{{Key: "id", Kind: schema.String}, {Key: "profile.text", Kind: schema.String}, {Key: "profile.number", Kind: schema.Number},
		{Key: "member", Kind: schema.Boolean}, {Key: "profile.date", Kind: schema.Date}, {Key: "tags", Kind: schema.List}} {
		l.Columns = append(l.Columns, Column{Header: f.Key, Field: f})
	}
	return l
}

// written writes rows to a file that Open reads.
func written(t *testing.T, format Format, l Layout, rows [][]schema.Value) (Source, int) {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(format, &out, l)
	for _, row := range rows {
		if err == nil {
			err = w.WriteRow(row)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	cut, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "out."+string(format))
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return Source{Name: filepath.Base(path), Path: path, Size: int64(out.Len())}, cut
}

// readBack reads a file as an import would.
func readBack(t *testing.T, s Source, l Layout) (rows [][]schema.Value) {
	t.Helper()
	in, format, err := Open(s, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for {
		r, err := in.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		row := make([]schema.Value, len(l.Columns))
		for i, c := range l.Columns {
			var fault *schema.ValueError
			if format == NDJSON {
				for _, m := range r.Members {
					if m.Key == c.Field.Key {
						row[i], fault = schema.Coerce(c.Field, m.Raw, l.Zone)
					}
				}
			} else {
				row[i], fault = schema.ParseText(c.Field, r.Cells[i], l.Zone)
			}
			if fault != nil {
				t.Fatalf("row %d: %v", r.Line, fault)
			}
		}
		rows = append(rows, row)
	}
}

// Whatever a record can hold comes back as it was, in each format.
func TestWhatIsWrittenReadsBack(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	zone := newYork(t)
	l := allKinds(zone)
	var rows [][]schema.Value
	for i := range 600 {
		rows = append(rows, []schema.Value{schema.Text(fmt.Sprintf("c%d", i)), randomText(r), randomNumber(r), schema.Bool(r.IntN(2) == 0), randomDate(r), randomList(r)})
		for column := 1; column < len(l.Columns); column++ {
			if r.IntN(8) == 0 {
				rows[i][column] = schema.Value{}
			}
		}
	}
	for _, format := range []Format{CSV, XLSX, NDJSON} {
		t.Run(string(format), func(t *testing.T) {
			s, _ := written(t, format, l, rows)
			if diff := cmp.Diff(rows, readBack(t, s, l), cmp.Comparer(schema.Value.Equal)); diff != "" {
				t.Errorf("seed %d\n%s", seed, diff)
			}
		})
	}
}

func randomText(r *rand.Rand) schema.Value { return schema.Text(randomString(r)) }

func randomString(r *rand.Rand) string {
	parts := []string{"a", "=", "+", "-", "@", "＝", "＋", "－", "＠", "'", `"`, ",", ";", "、", "\t", "\r", "\n", "\r\n", " ", "　", "あ", "髙", "𠮷", "\x00", "\x01", "\x1f",
		"\x7f", "\u0085", "\ufffe", "\uffff", "\ufeff", "\u2028", "_x0001_", "_x0041", "_x005F_", "_", "x", "0041", "<", ">", "&", "&lt;", "]]>", "#N/A", "#REF!", "TRUE", "1", "0012", "2026-11-23", "cmd|' /C calc'!A0"}
	var b strings.Builder
	for range 1 + r.IntN(5) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

func randomNumber(r *rand.Rand) schema.Value {
	return schema.Num([]float64{0, -1, 0.1, 1e-7, -1.5e-9, 1 << 53, -(1 << 53), 1234567.25, 1.0 / 3, 98765432101234}[r.IntN(10)])
}

// randomDate is often near a change of the clocks, before sheets count days,
// or so early that its milliseconds have ten digits.
func randomDate(r *rand.Rand) schema.Value {
	switch r.IntN(6) {
	case 0:
		return schema.At(schema.MinMillis + r.Int64N(schema.MaxMillis-schema.MinMillis))
	case 1: // 1 November 2026, 00:00 to 04:00 in New York
		return schema.At(time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC).UnixMilli() + r.Int64N(4*60)*60_000)
	case 2: // 8 March 2026
		return schema.At(time.Date(2026, 3, 8, 5, 0, 0, 0, time.UTC).UnixMilli() + r.Int64N(4*60)*60_000 + 1)
	case 3:
		return schema.At([]int64{schema.MinMillis, schema.MaxMillis, 1_234_567_890, 0, -1, -2_203_891_200_000, -2_203_804_800_000}[r.IntN(7)])
	}
	return schema.At(r.Int64N(2_000_000_000_000))
}

func randomList(r *rand.Rand) schema.Value {
	elements := make([]string, r.IntN(4))
	for i := range elements {
		elements[i] = randomString(r)
	}
	return schema.Strings(elements...)
}

// A spreadsheet runs no cell of the CSV, and sees none but texts in the XLSX.
func TestNoCellIsRun(t *testing.T) {
	l := allKinds(time.UTC)
	for _, text := range []string{"=1+1", "+81 90", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x", "'=1", "''@x"} {
		row := []schema.Value{schema.Text("c1"), schema.Text(text), schema.Num(-2), {}, {}, schema.Strings(text)}
		s, _ := written(t, CSV, l, [][]schema.Value{row})
		raw, err := os.ReadFile(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		_, second, _ := strings.Cut(string(raw), "\r\n")
		cells := strings.SplitN(strings.TrimPrefix(second, "c1,"), ",", 2)
		if first := strings.Trim(cells[0], `"`); !strings.HasPrefix(first, "'") {
			t.Errorf("%q stands in the file as %q", text, first)
		}
		if !strings.Contains(second, ",-2,") {
			t.Errorf("the number -2 is changed: %q", second)
		}
		s, _ = written(t, XLSX, l, [][]schema.Value{row})
		f, err := excelize.OpenFile(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		kind, err := f.GetCellType("顧客", "B2")
		formula, _ := f.GetCellFormula("顧客", "B2")
		if err != nil || kind != excelize.CellTypeInlineString || formula != "" {
			t.Errorf("%q is a cell of type %v, formula %q: %v", text, kind, formula, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestCSVIsAsRFC4180Says(t *testing.T) {
	l := allKinds(time.FixedZone("", 9*60*60))
	l.Columns[1].Header = "=名前"
	s, _ := written(t, CSV, l, [][]schema.Value{{schema.Text("0012"), schema.Text("山田 \"花子\"\n様"), schema.Num(1.5), schema.Bool(true),
		schema.At(1_795_000_000_123), schema.Strings("VIP", "a,b")}})
	raw, err := os.ReadFile(s.Path)
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeffid,'=名前,profile.number,member,profile.date,tags\r\n" +
		"0012,\"山田 \"\"花子\"\"\n様\",1.5,true,2026-11-18T20:06:40.123+09:00,\"VIP, \"\"a,b\"\"\"\r\n"
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Error(diff)
	}
	columns, _, err := readAll(t, s)
	if err != nil || columns[1] != "=名前" {
		t.Errorf("columns %q, %v", columns, err)
	}
}

func TestSheetsHoldTypedCells(t *testing.T) {
	l := allKinds(time.FixedZone("", 9*60*60))
	s, _ := written(t, XLSX, l, [][]schema.Value{{schema.Text("0012"), schema.Text("090-1234-5678"), schema.Num(1.5), schema.Bool(true),
		schema.At(1_795_000_000_500), schema.Strings("VIP", "b")}})
	f, err := excelize.OpenFile(s.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var shown []string
	for _, cell := range []string{"A2", "B2", "C2", "D2", "E2", "F2"} {
		text, err := f.GetCellValue("顧客", cell)
		kind, kindErr := f.GetCellType("顧客", cell)
		if err = errors.Join(err, kindErr); err != nil {
			t.Fatal(err)
		}
		shown = append(shown, fmt.Sprint(kind, " ", text))
	}
	raw, err := f.GetCellValue("顧客", "E2", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"5 0012", "5 090-1234-5678", "0 1.5", "1 TRUE", "0 2026-11-18 20:06:40", "5 VIP, b"}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Error(diff)
	}
	if raw != "46344.83796875579" && !strings.HasPrefix(raw, "46344.8379") {
		t.Errorf("the date is %s", raw)
	}
	panes, err := f.GetPanes("顧客")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the header is not in view: %+v, %v", panes, err)
	}
	style, err := f.GetCellStyle("顧客", "A1")
	if err != nil {
		t.Fatal(err)
	}
	if header, err := f.GetStyle(style); err != nil || header.Font == nil || !header.Font.Bold {
		t.Errorf("the header is not bold: %+v, %v", header, err)
	}
}

func TestRowsGoOnInTheNextSheet(t *testing.T) {
	l := Layout{Zone: time.UTC, Sheet: "顧客", Columns: []Column{{Header: "ID", Field: schema.Field{Key: "id", Kind: schema.String}}}}
	var out bytes.Buffer
	w, err := newXLSXWriter(&out, l)
	if err != nil {
		t.Fatal(err)
	}
	w.perRow = 3
	for i := range 7 {
		if err := w.WriteRow([]schema.Value{schema.Text(fmt.Sprint(i))}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var found []string
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprint(sheet, rows))
	}
	want := []string{"顧客[[ID] [0] [1] [2]]", "顧客 2[[ID] [3] [4] [5]]", "顧客 3[[ID] [6]]"}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	if maxSheetRows != 1_048_575 {
		t.Errorf("a sheet takes %d rows", maxSheetRows)
	}
}

// A table that was too long for one sheet comes back whole; a sheet of another
// table behind it does not come with it.
func TestATableOverSeveralSheetsIsReadOn(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	set := func(sheet string, rows ...[]any) {
		t.Helper()
		if sheet != "Sheet1" {
			if _, err := f.NewSheet(sheet); err != nil {
				t.Fatal(err)
			}
		}
		for i, row := range rows {
			if err := f.SetSheetRow(sheet, fmt.Sprint("A", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("Sheet1", []any{"id", "名前"}, []any{"a", "一"}, []any{"b", "二"})
	set("2", []any{"id", "名前"}, []any{"c", "三"})
	set("memo", []any{"note"}, []any{"x"})
	set("empty")
	set("hidden", []any{"id", "名前"}, []any{"h", "隠"})
	if err := f.SetSheetVisible("hidden", false); err != nil {
		t.Fatal(err)
	}
	set("3", []any{"id", "名前", ""}, []any{"d"}, []any{"e", "五", "too many"})
	path := filepath.Join(t.TempDir(), "x.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	_, found, err := readAll(t, Source{Name: "x.xlsx", Path: path})
	want := []string{"2: a|一", "3: b|二", "5: c|三", "7: d|", "8! cell_count"}
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestWhatACellCannotHoldIsCutAndCounted(t *testing.T) {
	l := allKinds(time.UTC)
	long := schema.Stored(schema.String, 0, strings.Repeat("𠮷", 20_000), nil) // two units each
	fits := schema.Stored(schema.String, 0, strings.Repeat("あ", maxCellLength), nil)
	s, cut := written(t, XLSX, l, [][]schema.Value{{schema.Text("a"), long, {}, {}, {}, {}}, {schema.Text("b"), fits, {}, {}, {}, {}}})
	if cut != 1 {
		t.Errorf("%d cells are cut", cut)
	}
	in, _, err := Open(s, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, want := range []string{strings.Repeat("𠮷", maxCellLength/2), fits.Text()} {
		r, err := in.Next()
		if err != nil || r.Cells[1] != want {
			t.Errorf("%d bytes came back, not %d: %v", len(r.Cells[1]), len(want), err)
		}
	}
}

func TestAnUnknownFormatIsRefused(t *testing.T) {
	if _, err := NewWriter("pdf", io.Discard, Layout{}); err == nil {
		t.Error("pdf is written")
	}
}
