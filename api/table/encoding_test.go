package table

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/unicode"
)

// encoded is a text in an encoding.
func encoded(t *testing.T, e Encoding, text string) string {
	t.Helper()
	var err error
	switch e {
	case ShiftJIS:
		text, err = japanese.ShiftJIS.NewEncoder().String(text)
	case EUCJP:
		text, err = japanese.EUCJP.NewEncoder().String(text)
	case EUCKR:
		text, err = korean.EUCKR.NewEncoder().String(text)
	case UTF16LE:
		text, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	case UTF16BE:
		text, err = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEncodingsAreFound(t *testing.T) {
	japaneseText := "会員番号,氏名,フリガナ\n①,髙橋　花子,ﾀｶﾊｼ ﾊﾅｺ～\n2,\"東京都,\n港区\",x\n"
	for _, c := range []struct {
		name, text string
		encodings  []Encoding
	}{
		{"Japanese", japaneseText, []Encoding{UTF8, ShiftJIS, EUCJP, UTF16LE, UTF16BE}},
		{"kanji names alone", "id,name\n1,田中\n2,佐藤\n3,鈴木\n4,高橋\n5,渡辺\n", []Encoding{UTF8, ShiftJIS, EUCJP, UTF16LE}},
		{"half-width kana alone", "a,b\nﾀﾅｶ,ﾊﾅｺ\nｻﾄｳ,ｼﾞﾛｳ\n", []Encoding{UTF8, ShiftJIS}},
		{"one rare kanji", "a,b\n澤,1\n", []Encoding{UTF8, ShiftJIS}},
		{"Korean", "아이디,이름,회원등급\nhong1,홍길동,일반회원\nkim2,김민지,우수회원\n", []Encoding{UTF8, EUCKR, UTF16BE}},
		{"ASCII", "a,b\n1,2\n", []Encoding{UTF8, UTF16LE}},
		{"emoji", "a,b\n😀,𠮷野\n", []Encoding{UTF8, UTF16LE, UTF16BE}},
	} {
		_, want, err := readAll(t, fileOf(t, "x.csv", c.text))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range c.encodings {
			s := fileOf(t, "x.csv", encoded(t, e, c.text))
			found, err := detectEncoding(s, []byte(encoded(t, e, c.text)))
			if found != e || err != nil {
				t.Errorf("%s in %s is taken for %s, %v", c.name, e, found, err)
			}
			_, got, err := readAll(t, s)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s in %s: %v\n%s", c.name, e, err, diff)
			}
		}
	}
}

func TestAStatedEncodingOverrides(t *testing.T) {
	s := fileOf(t, "x.csv", "a,b\n"+encoded(t, EUCJP, "渦患")+",1\n") // also half-width kana of Shift_JIS
	for e, want := range map[Encoding]string{EUCJP: "2: 渦患|1", ShiftJIS: "2: ｱｲｴｵ|1"} {
		if s.Encoding = e; e == ShiftJIS {
			s = fileOf(t, "x.csv", "a,b\n\xb1\xb2\xb4\xb5,1\n")
			s.Encoding = e
		}
		if _, found, err := readAll(t, s); err != nil || found[0] != want {
			t.Errorf("%s: %q, %v", e, found, err)
		}
	}
	s = fileOf(t, "x.csv", strings.TrimPrefix(encoded(t, UTF16BE, "a,b\n花,2\n"), "\xfe\xff"))
	s.Encoding = UTF16BE
	if _, found, err := readAll(t, s); err != nil || found[0] != "2: 花|2" {
		t.Errorf("%q, %v", found, err)
	}
	for name, want := range map[string]Encoding{"Shift-JIS": ShiftJIS, "CP932": ShiftJIS, "EUC_JP": EUCJP, "utf8": UTF8, "UTF-16": UTF16LE, "cp949": EUCKR} {
		if e, err := ParseEncoding(name); e != want || err != nil {
			t.Errorf("%s: %s, %v", name, e, err)
		}
	}
	if _, err := ParseEncoding("latin1"); err == nil {
		t.Error("latin1 is accepted")
	}
}

// A row that cannot be decoded is told with the byte, and the others are read.
func TestBytesThatAreNoText(t *testing.T) {
	rows := strings.Repeat("花子,1\n", 20)
	for _, c := range []struct {
		e         Encoding
		bad       string
		at        int // of the bad byte in the row
		what, end string
	}{
		{UTF8, "花\xe8\x8a,1\n", 3, "is 0xE8", "23: 花子|1"},
		{ShiftJIS, "\x89\xd4\x81\x20,1\n", 2, "is 0x81", "23: 花子|1"},
		{EUCJP, "\xb2\xd6\xff,1\n", 2, "is 0xFF", "23: 花子|1"},
		{UTF16LE, "a\x00\x3d\xd8,\x001\x00\n\x00", 2, "half a character", "23: 花子|1"},
	} {
		before := encoded(t, c.e, "a,b\n"+rows)
		behind := encoded(t, c.e, "花子,1\n")
		if c.e == UTF16LE {
			behind = behind[2:]
		}
		source := fileOf(t, "x.csv", before+c.bad+behind)
		_, found, err := readAll(t, source)
		if err != nil || len(found) != 22 || found[20] != "22! bad_text" || found[21] != c.end {
			t.Errorf("%s: %q, %v", c.e, found[len(found)-2:], err)
			continue
		}
		reader, _, err := Open(source, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = reader.Next()
		}
		place := fmt.Sprintf("byte %d of the file (line 22)", len(before)+c.at+1)
		if !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), c.what) {
			t.Errorf("%s: %v, want %s %s", c.e, err, place, c.what)
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Lines of any length and end come out as they went in, however the bytes
// arrive.
func TestLinesAreExact(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 60 {
		var text strings.Builder
		for range 1 + r.IntN(40) {
			n := r.IntN(30)
			if r.IntN(8) == 0 {
				n = 65_530 + r.IntN(12)
			}
			text.WriteString(strings.Repeat("x", n))
			text.WriteString([]string{"\n", "\r\n", "\r", "\r\r\n", ""}[r.IntN(5)])
		}
		in := io.Reader(strings.NewReader(text.String()))
		if round%3 == 0 {
			in = iotest.HalfReader(in)
		} else if round%3 == 1 && text.Len() < 200_000 {
			in = iotest.OneByteReader(in)
		}
		lines := newLineReader(in)
		var got bytes.Buffer
		for {
			at := int64(got.Len())
			line, err := lines.next()
			if err == io.EOF {
				break
			}
			if err != nil || line.offset != at || line.tooLong() || bytes.ContainsAny(line.text, "\r\n") || line.text == nil && line.end == "" {
				t.Fatalf("seed %d: %v, %+v", seed, err, line.offset)
			}
			got.Write(line.text)
			got.WriteString(line.end)
		}
		if got.String() != text.String() {
			t.Fatalf("seed %d: %d bytes of %d", seed, got.Len(), text.Len())
		}
	}
}

// What is read of a large file is not held.
func TestReadingIsFlat(t *testing.T) {
	row := "髙橋花子,h@x.jp," + strings.Repeat("東京", 40) + "\n"
	for _, e := range []Encoding{UTF8, ShiftJIS} {
		content := encoded(t, e, "a,b,c\n"+strings.Repeat(row, 100_000))
		rows, _, err := Open(Source{Name: "x.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil }}, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		most := uint64(0)
		for n := 0; ; n++ {
			if n%20_000 == 0 {
				most = max(most, held())
			}
			if _, err := rows.Next(); err == io.EOF {
				if n != 100_000 {
					t.Errorf("%d rows", n)
				}
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if most > uint64(len(content))+16<<20 {
			t.Errorf("%s: %d MB held for a file of %d", e, most>>20, len(content)>>20)
		}
	}
}
