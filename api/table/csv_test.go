package table

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fileOf is a source with the given bytes.
func fileOf(t *testing.T, name, content string) Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return Source{Name: name, Path: path}
}

// readAll lists rows as "line: a|b" and faults as "line! code column".
func readAll(t *testing.T, s Source) (columns, found []string, err error) {
	t.Helper()
	rows, _, err := Open(s, "", nil)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for {
		r, err := rows.Next()
		var fault *Fault
		switch {
		case errors.Is(err, io.EOF):
			return rows.Columns(), found, nil
		case errors.As(err, &fault):
			found = append(found, strings.TrimSpace(fmt.Sprintf("%d! %s %s", fault.Line, fault.Code, fault.Column)))
		case err != nil:
			return rows.Columns(), found, err
		default:
			found = append(found, fmt.Sprintf("%d: %s", r.Line, strings.Join(r.Cells, "|")))
		}
	}
}

func TestCSVRows(t *testing.T) {
	for _, c := range []struct {
		name, text string
		columns    string
		want       []string
	}{
		{"plain", "a,b\n1,2\n3,4\n", "a b", []string{"2: 1|2", "3: 3|4"}},
		{"no line end at the end", "a,b\n1,2", "a b", []string{"2: 1|2"}},
		{"mark, CRLF, blank lines", "\ufeffa,b\r\n\r\n1,2\r\n\r\n", "a b", []string{"3: 1|2"}},
		{"semicolons", "a;b;c\n1,5;2;3\n", "a b c", []string{"2: 1,5|2|3"}},
		{"tabs", "a\tb\n1,5\t2\n", "a b", []string{"2: 1,5|2"}},
		{"a delimiter in a quoted header does not count", "\"a;;;\",b\n1,2\n", "a;;; b", []string{"2: 1|2"}},
		{"quotes", "a,b\n\"x, \"\"y\"\"\",\"\"\n", "a b", []string{"2: x, \"y\"|"}},
		{"a cell of several lines", "a,b\n\"x\r\ny\n\nz\",2\n3,4\n", "a b", []string{"2: x\r\ny\n\nz|2", "6: 3|4"}},
		{"Japanese", "氏名,メール\n髙橋　花子,h@x.jp\n", "氏名 メール", []string{"2: 髙橋　花子|h@x.jp"}},
		{"too few and too many cells", "a,b\n1\n1,2,3\n4,5\n", "a b", []string{"2! cell_count", "3! cell_count", "4: 4|5"}},
		{"a stray quote", "a,b\n1,2\"x\n\"3\"y,4\n5,6\n", "a b", []string{"2! stray_quote b", "3! stray_quote a", "4: 5|6"}},
		{"an unclosed quote swallows one row only", "a,b\n1,\"x\n3,4\n5,6\n", "a b", []string{"2! stray_quote", "3: 3|4", "4: 5|6"}},
		{"two unclosed quotes", "a,b\n1,\"x\n2,\"y\n5,6\n", "a b", []string{"2! stray_quote b", "3! stray_quote", "4: 5|6"}},
		{"spaces belong to cells", "a,b\n 1 , 2\n", "a b", []string{"2:  1 | 2"}},
		{"one column", "a\n1\n2\n", "a", []string{"2: 1", "3: 2"}},
		{"header only", "a,b\n", "a b", nil},
		{"Shift_JIS in one row of UTF-8", "a,b\n\x93\x63,1\n髙橋,3\n", "a b", []string{"2! bad_text", "3: 髙橋|3"}},
		{"bars", "a|b,c|d\n1|2|3\n", "a b,c d", []string{"2: 1|2|3"}},
		{"what Excel says first", "sep=;\r\na;b\r\n1,5;2\r\n", "a b", []string{"3: 1,5|2"}},
		{"line ends of old Macs", "a,b\r1,2\r\r\"x\ry\",4\r", "a b", []string{"2: 1|2", "4: x\ry|4"}},
		{"mixed line ends", "a,b\r\n1,2\n3,4\r5,6\r\n\"7\n8\r9\",\"\r\n\"", "a b", []string{"2: 1|2", "3: 3|4", "4: 5|6", "5: 7\n8\r9|\r\n"}},
		{"NUL in a row", "a,b\n" + strings.Repeat("1,2\n", 3000) + "x\x00,1\n", "a b", numbered(3000, "1|2", "3002! bad_text")},
		{"the header again", "a,b\n1,2\n a ,b\n3,4\n", "a b", []string{"2: 1|2", "3! header_again", "4: 3|4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			columns, found, err := readAll(t, fileOf(t, "x.csv", c.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(columns, " "); got != c.columns {
				t.Errorf("columns %q, want %q", got, c.columns)
			}
			if diff := cmp.Diff(c.want, found); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// numbered are so many equal rows from line 2 on, and then another.
func numbered(n int, cells, last string) []string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf("%d: %s", i+2, cells))
	}
	return append(rows, last)
}

func TestFilesThatAreRefusedWhole(t *testing.T) {
	wide := strings.Repeat("c,", 100_000) + "c\n"
	for _, c := range []struct{ name, file, text, want string }{
		{"empty", "x.csv", "", "the file is empty"},
		{"blank", "x.ndjson", " \n\r\n", "the file is empty"},
		{"a mark alone", "x.csv", "\ufeff", "the file is empty"},
		{"a name twice", "x.csv", "a,b,a\n1,2,3\n", `the header has "a" twice, as columns 1 and 3`},
		{"no names", "x.csv", ",,\n1,2,3\n", "the header names no column"},
		{"binary", "x.csv", "abc\x00def\n", "byte 4 is NUL"},
		{"gzip", "x.csv", "\x1f\x8b\x08", "gzip"},
		{"a workbook called CSV", "x.csv", "PK\x03\x04....", "the workbook is damaged"},
		{"UTF-16 without a mark", "x.csv", "a\x00,\x00b\x00\n\x00", "state the encoding utf-16le"},
		{"UTF-16, nothing behind the mark", "x.csv", "\xff\xfe", "the file is empty"},
		{"no encoding that is known", "x.csv", "a\xff\xfe\xfd\xff,b\n", "byte 2 of the file is 0xFF"},
		{"Latin-1", "x.csv", "name,city\nFran\xe7ois,Orl\xe9ans\n", "byte 15 of the file is 0xE7"},
		{"Excel 97 called CSV", "x.csv", string(oleMagic) + "....", ".xls"},
		{"JSON called CSV", "x.csv", `{"id":"a"}` + "\n", "use --format ndjson"},
		{"an array", "x.json", `[{"id":"a"}]`, "one JSON array"},
		{"no workbook", "x.xlsx", "a,b\n", "no XLSX"},
		{"100,000 columns", "x.csv", wide, "has 100001 columns"},
		{"unclosed header", "x.csv", "\"a,b\n1,2\n", "the header (line 1) cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := readAll(t, fileOf(t, c.file, c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if fault := (*FileError)(nil); !errors.As(err, &fault) {
				t.Errorf("%T is no fault of the file", err)
			}
		})
	}
}

func TestHugeRowsAreSkippedInBoundedMemory(t *testing.T) {
	huge := strings.Repeat("x", 10<<20)
	for name, text := range map[string]string{
		"a long line":               "a,b\n1,2\n" + huge + ",2\n3,4\n",
		"a long line in quotes":     "a,b\n1,2\n\"" + huge + "\",2\n3,4\n",
		"many lines in an open one": "a,b\n1,2\n5,\"" + strings.Repeat("x,y,z\n", 2<<20/6) + "\n3,4\n",
	} {
		t.Run(name, func(t *testing.T) {
			source := fileOf(t, "x.csv", text)
			var found []string
			var err error
			// The last reads its lines again, each as a row of its own: many faults, told one by one.
			if used := allocated(func() { _, found, err = readAll(t, source) }); err != nil || len(found) < 100 && used > 8<<20 {
				t.Fatalf("%d MB, %v", used>>20, err)
			}
			first, last := found[0], found[len(found)-1]
			if first != "2: 1|2" || !strings.HasPrefix(found[1], "3! ") || !strings.HasSuffix(last, ": 3|4") {
				t.Errorf("got %s, %s … %s", first, found[1], last)
			}
		})
	}
	_, found, err := readAll(t, fileOf(t, "x.ndjson", `{"id":"a"}`+"\n"+`{"name":"`+huge+`"}`+"\n"+`{"id":"b"}`+"\n"))
	if diff := cmp.Diff([]string{"1: ", "2! row_too_long", "3: "}, found); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// Whatever encoding/csv reads without an error is read alike, and no input
// makes the reader panic, loop or lose a good file's rows.
func FuzzCSVAgreesWithTheStandardLibrary(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a,b\n\"x\n\ny\",2\n", "a\n\"\"\"\"\n", "a,b\r\n1,\"2\r\n\"\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { compareWithEncodingCSV(t, text) })
}

func TestRandomCSVAgreesWithTheStandardLibrary(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	parts := []string{"a", "b", ",", ",", "\n", "\n", "\"", "\"\"", "\r\n", "あ", " "}
	for range 20_000 {
		var b strings.Builder
		b.WriteString("x,y\n")
		for range r.IntN(16) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		compareWithEncodingCSV(t, b.String())
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func compareWithEncodingCSV(t *testing.T, text string) {
	t.Helper()
	standard := csv.NewReader(strings.NewReader(text))
	standard.FieldsPerRecord = -1
	want, wantErr := standard.ReadAll()
	in := newLineReader(strings.NewReader(text))
	c := &csvRows{lines: lineQueue{reader: in}, comma: ','}
	var got [][]string
	faults := 0
	for steps := 0; ; steps++ {
		if steps > 2*strings.Count(text, "\n")+2 {
			t.Fatalf("%q: the reader does not end", text)
		}
		r, err := c.readRecord()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			faults++
			continue
		}
		for i := range r.Cells { // encoding/csv makes each line end inside of a cell "\n"
			r.Cells[i] = strings.ReplaceAll(r.Cells[i], "\r\n", "\n")
		}
		got = append(got, r.Cells)
	}
	for _, cells := range want { // what encoding/csv knows nothing of
		for i := range cells {
			cells[i] = plainText(cells[i])
		}
	}
	bad := bytes.ContainsRune([]byte(text), '\uFFFD') // invalid UTF-8 is a fault of ours
	if wantErr != nil || bad || strings.Contains(text, "\r") && strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\r") {
		return // encoding/csv gives up, or treats a lone CR in its own way
	}
	for _, row := range got { // encoding/csv changes line ends in cells
		for i := range row {
			row[i] = strings.ReplaceAll(row[i], "\r\n", "\n")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || faults > 0 {
		t.Errorf("%q: %d faults\n%s", text, faults, diff)
	}
}
