package table

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLook(t *testing.T) {
	long := "氏名;日\n" + strings.Repeat("花子;2026/11/23\n", 150)
	sheet := ab + strings.Repeat(`<row><c><v>1</v></c></row>`, 3)
	for _, c := range []struct {
		source Source
		want   string
	}{
		{fileOf(t, "x.csv", encoded(t, ShiftJIS, long)), `csv shift_jis ";" [氏名 日] 100 rows 0 faults 100 seen, more`},
		{fileOf(t, "x.tsv", "a\tb\n1\t2\n3\n"), `csv utf-8 "\t" [a b] 1 rows 1 faults 2 seen, whole`},
		{fileOf(t, "x", `{"id":"a","web":{"os":"x"}}`+"\nbad\n"+`{"name":"b"}`), `ndjson utf-8 "" [id web.os name] 2 rows 1 faults 3 seen, whole`},
		{workbook(t, handmade(sheet)), `xlsx  "" [a b] 3 rows 0 faults 3 seen, whole`},
		{fileOf(t, "x.csv", "a,b\n"), `csv utf-8 "," [a b] 0 rows 0 faults 0 seen, whole`},
		{fileOf(t, "x.csv", "a\n"+strings.Repeat("1\n", 100)), `csv utf-8 "," [a] 100 rows 0 faults 100 seen, whole`},
	} {
		s, err := Look(c.source, "")
		whole := "more"
		if s.Whole {
			whole = "whole"
		}
		got := fmt.Sprintf("%s %s %q %v %d rows %d faults %d seen, %s", s.Format, s.Encoding, s.Delimiter, s.Columns, len(s.Rows), len(s.Faults), s.Seen, whole)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	if _, err := Look(fileOf(t, "x.csv", ""), ""); err == nil {
		t.Error("an empty file has a shape")
	}
	s := fileOf(t, "x.csv", "a;b,c\n1;2,3\n")
	s.Delimiter = ","
	if shape, err := Look(s, ""); err != nil || len(shape.Columns) != 2 || shape.Columns[0] != "a;b" {
		t.Error(shape.Columns, err)
	}
	s.Delimiter = "x"
	if _, err := Look(s, ""); err == nil || !strings.Contains(err.Error(), `"x" cannot be a delimiter`) {
		t.Error(err)
	}
}
