package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// handmade is a workbook of one sheet, by part.
func handmade(sheet string) map[string]string {
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	return map[string]string{
		"_rels/.rels":     `<Relationships><Relationship Id="r1" Type="` + office + `/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<?xml version="1.0"?><workbook xmlns:r="` + office + `"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="r2" Type="` + office + `/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="` + office + `/styles" Target="styles.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + sheet + `</sheetData></worksheet>`,
	}
}

// packed writes parts as a ZIP file.
func packed(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		part, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(part, parts[name])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func workbook(t *testing.T, parts map[string]string) Source {
	t.Helper()
	return fileOf(t, "x.xlsx", string(packed(t, parts)))
}

const ab = `<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>`

func TestCellsOfSheets(t *testing.T) {
	styles := `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="4">` +
		`<numFmt numFmtId="164" formatCode="[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/><numFmt numFmtId="165" formatCode="[h]:mm"/>` +
		`<numFmt numFmtId="166" formatCode="0.00E+00"/><numFmt numFmtId="167" formatCode="G/標準&quot;日&quot;"/></numFmts>` +
		`<cellXfs count="7"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="57"/></cellXfs></styleSheet>`
	strings := `<sst><si><t>一</t></si><si><r><t>東</t></r><r><t xml:space="preserve">京 </t></r><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si><si><t/></si>` +
		`<si><t>a_x000D_b_x005F_x_</t></si></sst>`
	for _, c := range []struct{ name, cells, want string }{
		{"shared", `<c t="s"><v>0</v></c><c t="s"><v>1</v></c>`, "2: 一|東京 "},
		{"shared, escapes", `<c t="s"><v>2</v></c><c t="s"><v>3</v></c>`, "2: |a\rb_x_"},
		{"inline", `<c t="inlineStr"><is><r><t>x</t></r><r><t>y</t></r></is></c><c t="str"><f>A1&amp;"z"</f><v>&lt;z&gt;&#x41;&#13;&#10;</v></c>`, "2: xy|<z>A\r\n"},
		{"CDATA and comments", `<!-- <c> --><c t="str"><v><![CDATA[1 > 0]]></v></c><?x y?><c t='str'><v>a<!-- b -->c</v></c>`, "2: 1 > 0|ac"},
		{"booleans and errors", `<c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c>`, "2: true|"},
		{"an error", `<c t="b"><v>0</v></c><c t="e"><v>#DIV/0!</v></c>`, "2! sheet_error b"},
		{"numbers", `<c><v>1.0000000000000001E-2</v></c><c t="n"><v>1234567.1000000001</v></c>`, "2: 0.01|1234567.1"},
		{"long numbers", `<c><v>12345678901234567</v></c><c s="4"><v>1E+20</v></c>`, "2: 12345678901234567|100000000000000000000"},
		{"dates", `<c s="1"><v>46349</v></c><c s="2"><v>46349.5</v></c>`, "2: 2026-11-23|2026-11-23T12:00:00"},
		{"dates of other languages", `<c s="6"><v>46349.000011574</v></c><c s="5"><v>3</v></c>`, "2: 2026-11-23T00:00:01|3"},
		{"times and durations", `<c s="1"><v>0.5</v></c><c s="3"><v>1.5</v></c>`, "2: 12:00:00|1.5"},
		{"milliseconds", `<c s="1"><v>46349.50000001157</v></c><c s="1"><v>-1</v></c>`, "2: 2026-11-23T12:00:00.001|-1"},
		{"1900", `<c s="1"><v>1</v></c><c s="1"><v>60</v></c>`, "2: 1900-01-01|60"},
		{"ISO dates", `<c t="d"><v>2026-11-23</v></c><c s="99"><v>5</v></c>`, "2: 2026-11-23|5"},
		{"prefixes", `<x:c r="B2"><x:v>5</x:v></x:c>`, "2: |5"},
		{"a formula without a value", `<c><f>A1</f></c><c><f>A1</f><v>7</v></c>`, "2: |7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			parts := handmade(ab + `<row>` + c.cells + `</row>`)
			parts["xl/styles.xml"], parts["xl/sharedStrings.xml"] = styles, strings
			_, found, err := readAll(t, workbook(t, parts))
			if diff := cmp.Diff([]string{c.want}, found); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestSheetsOfWorkbooks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.xlsm") // macros are never unpacked
	f := excelize.NewFile()
	for sheet, text := range map[string]string{"Sheet1": "hidden", "second": "shown"} {
		if _, err := f.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for _, cell := range []string{"A1", "A3"} {
			if err := f.SetCellStr(sheet, cell, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.SetActiveSheet(1)
	date1904 := true
	for _, err := range []error{f.SetSheetVisible("Sheet1", false), f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904}),
		f.SetCellStr("second", "B1", "when"), f.MergeCell("second", "A3", "A5"), f.SaveAs(path), f.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	columns, found, err := readAll(t, Source{Name: "x.xlsm", Path: path})
	if diff := cmp.Diff([][]string{{"shown", "when"}, {"3: shown|"}}, [][]string{columns, found}); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if got := dateText("0", true) + dateText("44887", true); got != "1904-01-012026-11-23" || dateText("2958465", false) != "9999-12-31" {
		t.Error(got)
	}
}

func TestWorkbooksThatAreRefused(t *testing.T) {
	with := func(name, content string) map[string]string {
		parts := handmade(ab)
		parts[name] = content
		return parts
	}
	zeros := strings.Repeat(" ", 80<<20)
	for _, c := range []struct {
		name, want string
		parts      map[string]string
	}{
		{"a zip of something else", "no workbook", map[string]string{"a.csv": "x"}},
		{"XLSB", "XLSB", map[string]string{"xl/workbook.bin": "x"}},
		{"OpenDocument", "OpenDocument", map[string]string{"content.xml": "x"}},
		{"no sheet", "has no sheet", with("xl/workbook.xml", `<workbook><sheets/></workbook>`)},
		{"a sheet that is missing", "has no sheet", with("xl/_rels/workbook.xml.rels", `<Relationships/>`)},
		{"an empty sheet", "is empty", with("xl/worksheets/sheet1.xml", `<worksheet><sheetData/></worksheet>`)},
		{"a sheet without data", "damaged or cut off", with("xl/worksheets/sheet1.xml", `<worksheet></worksheet>`)},
		{"a sheet cut off", "damaged or cut off", with("xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+ab)},
		{"no XML", "damaged or cut off", with("xl/workbook.xml", `x`)},
		{"bad styles", "damaged or cut off", with("xl/styles.xml", `<styleSheet><`)},
		{"a shared string that is not there", "no shared string", with("xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>`)},
		{"entities", "damaged or cut off", with("xl/worksheets/sheet1.xml", `<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData>`+ab+`</sheetData></worksheet>`)},
		{"a bomb of a sheet", "zip bomb", with("xl/worksheets/sheet1.xml", `<worksheet><sheetData>`+ab+zeros)},
		{"a bomb of strings", "zip bomb", with("xl/sharedStrings.xml", `<sst>`+zeros)},
		{"a bomb of styles", "zip bomb", with("xl/styles.xml", `<styleSheet>`+zeros)},
		{"a header twice", `has "a" twice`, handmade(ab[:len(ab)-len("</row>")] + `<c t="str"><v>a</v></c></row>`)},
		{"rows that go back", "damaged or cut off", handmade(ab + `<row r="5"><c><v>1</v></c></row><row r="2"/>`)},
		{"cells that go back", "damaged or cut off", handmade(ab + `<row><c r="B2"><v>1</v></c><c r="A2"/></row>`)},
		{"a row beyond the last", "more than 1048576 rows", handmade(ab + `<row r="1048577"/>`)},
	} {
		t.Run(c.name, func(t *testing.T) { refusedFlat(t, workbook(t, c.parts), c.want) })
	}
	for _, c := range []struct{ name, text, want string }{
		{"Excel 97", string(oleMagic) + "Workbook", ".xls"},
		{"encrypted", string(oleMagic) + strings.Repeat("\x00", 20_000) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", "protected by a password"},
		{"text", "a,b\n1,2\n", "state the format csv"},
		{"only magic", "PK\x03\x04", "damaged or cut off"},
		{"nothing", "", "the file is empty"},
	} {
		t.Run(c.name, func(t *testing.T) { refusedFlat(t, fileOf(t, "x.xlsx", c.text), c.want) })
	}
}

// refusedFlat holds that a file is refused with words and without much memory.
func refusedFlat(t *testing.T, s Source, want string) {
	t.Helper()
	var err error
	if used := allocated(func() { _, _, err = readAll(t, s) }); used > 24<<20 {
		t.Errorf("refusing took %d MB", used>>20)
	}
	if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "x.xlsx: ") {
		t.Errorf("got %v, want %q", err, want)
	}
}

// allocated is how many bytes a function allocates, which bounds what it holds.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A header that tells a small size is not believed, nor one that tells a large.
func TestSizesThatLie(t *testing.T) {
	for name, size := range map[string]uint64{"small": 10, "large": 8 << 30} {
		t.Run(name, func(t *testing.T) {
			content := []byte(`<worksheet><sheetData>` + ab + strings.Repeat(`<row><c><v>1</v></c></row>`, 1000) + `</sheetData></worksheet>`)
			var b bytes.Buffer
			w := zip.NewWriter(&b)
			for part, text := range handmade("") {
				var in io.Writer
				var err error
				if strings.Contains(part, "sheet1") {
					in, err = w.CreateRaw(&zip.FileHeader{Name: part, Method: zip.Store, CRC32: crc32.ChecksumIEEE(content),
						CompressedSize64: uint64(len(content)), UncompressedSize64: size})
					text = string(content)
				} else {
					in, err = w.Create(part)
				}
				if err == nil {
					_, err = io.WriteString(in, text)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			_, _, err := readAll(t, fileOf(t, "x.xlsx", b.String()))
			if err == nil || !strings.Contains(err.Error(), "damaged") && !strings.Contains(err.Error(), "zip bomb") {
				t.Error(err)
			}
		})
	}
}

func TestRowsOfSheetsThatAreTooLarge(t *testing.T) {
	wide := &strings.Builder{}
	for i := range 100_000 {
		fmt.Fprintf(wide, `<c t="str"><v>c%d</v></c>`, i)
	}
	huge := strings.Repeat("x", 10<<20)
	many := strings.Repeat(`<c t="str"><v>`+strings.Repeat("y", 1000)+`</v></c>`, 3000)
	for _, c := range []struct{ name, row, want string }{
		{"100,000 columns", wide.String(), "2! cell_count"},
		{"a cell of 10 MB", `<c t="str"><v>` + huge + `</v></c>`, "2! row_too_long"},
		{"inline, of 10 MB", `<c t="inlineStr"><is><t>` + huge + `</t></is></c>`, "2! row_too_long"},
		{"cells of 3 MB together", many, "2! row_too_long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := workbook(t, handmade(ab+`<row>`+c.row+`</row><row><c><v>7</v></c></row>`))
			used := allocated(func() {
				_, found, err := readAll(t, s)
				if diff := cmp.Diff([]string{c.want, "3: 7|"}, found); diff != "" || err != nil {
					t.Error(diff, err)
				}
			})
			if used > 16<<20 {
				t.Errorf("took %d MB", used>>20)
			}
		})
	}
	refusedFlat(t, workbook(t, handmade(`<row>`+wide.String()+`</row>`)), "columns; at most 4096")
}

// Shared strings beyond what memory may hold go to the folder that is given,
// and do not stay there.
func TestManySharedStringsGoToAFile(t *testing.T) {
	const count = 150_000
	all, rows := &strings.Builder{}, &strings.Builder{}
	text := func(i int) string {
		return fmt.Sprintf("%d-%x-%s", i, crc32.ChecksumIEEE([]byte{byte(i), byte(i >> 8)}), strings.Repeat("k", 300))
	}
	for i := range count {
		fmt.Fprintf(all, "<si><t>%s</t></si>", text(i))
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	var want []int
	for i := range 5000 {
		n := i * (count / 5000)
		if i%5 == 0 {
			n = r.IntN(count)
		}
		want = append(want, n)
		fmt.Fprintf(rows, `<row><c t="s"><v>%d</v></c></row>`, n)
	}
	parts := handmade(ab + rows.String())
	parts["xl/sharedStrings.xml"] = `<sst>` + all.String() + `</sst>`
	s := workbook(t, parts)
	s.TempDir = t.TempDir()
	reader, _, err := Open(s, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(s.TempDir); err != nil || len(files) != 1 {
		t.Errorf("%d temporary files, %v", len(files), err)
	}
	for i, n := range want {
		row, err := reader.Next()
		if err != nil || row.Cells[0] != text(n) {
			t.Fatalf("row %d: %.20v, %v, want %.20s (seed %d)", i, row.Cells, err, text(n), seed)
		}
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(s.TempDir); err != nil || len(files) != 0 {
		t.Errorf("%d temporary files stay, %v", len(files), err)
	}
}

// Whatever happens to the bytes of a workbook, the rows before the damage are
// those of the file, and the damage is told.
func TestDamagedWorkbooks(t *testing.T) {
	var rows strings.Builder
	for i := range 300 {
		fmt.Fprintf(&rows, `<row><c t="s"><v>%d</v></c><c><v>%d</v></c></row>`, i%3, i*7919)
	}
	parts := handmade(ab + rows.String())
	parts["xl/sharedStrings.xml"] = `<sst><si><t>x</t></si><si><t>y</t></si><si><t>z</t></si></sst>`
	whole := packed(t, parts)
	_, want, err := readAll(t, fileOf(t, "x.xlsx", string(whole)))
	if err != nil || len(want) != 300 {
		t.Fatal(len(want), err)
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		damaged := bytes.Clone(whole)
		if r.IntN(2) == 0 {
			damaged = damaged[:r.IntN(len(damaged))]
		} else {
			damaged[r.IntN(len(damaged))] ^= byte(1 + r.IntN(255))
		}
		_, found, err := readAll(t, fileOf(t, "x.xlsx", string(damaged)))
		if err == nil && len(damaged) < len(whole) {
			t.Fatalf("a workbook of %d bytes of %d is read (seed %d)", len(damaged), len(whole), seed)
		}
		if err == nil && len(found) != len(want) {
			t.Fatalf("%d rows of %d and no word (seed %d)", len(found), len(want), seed)
		}
	}
}

// A sheet of any bytes is read or refused: no panic, no loop, no rows beyond
// what its bytes can hold.
func TestSheetsOfAnyBytes(t *testing.T) {
	base := ab + `<row r="2"><c r="A2" t="str"><f>A1</f><v>x&amp;y</v></c><c t="inlineStr"><is><r><t>k</t></r><rPh><t>z</t></rPh></is></c></row><!-- a --><row><c><v><![CDATA[1]]></v></c></row>`
	parts := []string{"<", ">", "/", "<row>", "</row>", "<c>", "</c>", "<v>", "<![CDATA[", "]]>", "<!--", "-->", "&", ";", "\"", "=", " r=\"A1\"", "</sheetData>", "\x00", "\xff", "<?"}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for range 400 {
		text := base
		for range 1 + r.IntN(4) {
			at := r.IntN(len(text))
			text = text[:at] + parts[r.IntN(len(parts))] + text[min(len(text), at+r.IntN(4)):]
		}
		_, found, err := readAll(t, workbook(t, handmade(text)))
		if fault := (*FileError)(nil); err != nil && !errors.As(err, &fault) || len(found) > 10 {
			t.Fatalf("seed %d: %q: %v, %d rows", seed, text, err, len(found))
		}
	}
}

// held is what is live after a collection.
func held() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
