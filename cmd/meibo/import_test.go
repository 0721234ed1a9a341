package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const telcoFile = "../../testdata/import/telco-churn.csv"

// The numbers that the filters must give are counted in the file itself.
func TestTelcoChurnAnswersAsAPlainScanOfTheFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := meibo(t, "import", "--data", dir, "--create-fields", telcoFile)
	r.wants(t, exitDone, "7,043 rows: 7,043 created", "0 bad", "profile.SeniorCitizen (Number)", "profile.TotalCharges (Number)", "profile.Churn (String)")
	rows := telcoRows(t)
	for _, c := range []struct {
		filter string
		holds  func(row map[string]string) bool
	}{
		{`profile.Churn = "Yes" AND profile.tenure > 12`, func(row map[string]string) bool { return row["Churn"] == "Yes" && number(row["tenure"]) > 12 }},
		{`profile.MonthlyCharges IS UNSET`, func(row map[string]string) bool { return strings.TrimSpace(row["MonthlyCharges"]) == "" }},
		{`profile.TotalCharges BETWEEN 100 AND 500 OR profile.Contract ^= "two"`, func(row map[string]string) bool {
			total := number(row["TotalCharges"])
			return total >= 100 && total <= 500 || strings.HasPrefix(strings.ToLower(row["Contract"]), "two")
		}},
		{`profile.SeniorCitizen = 1`, func(row map[string]string) bool { return row["SeniorCitizen"] == "1" }},
		{`profile.gender != "female"`, func(row map[string]string) bool { return row["gender"] != "Female" }},
	} {
		want := 0
		for _, row := range rows {
			if c.holds(row) {
				want++
			}
		}
		if out := meibo(t, "query", "--data", dir, "--count", c.filter).must(t); out != strconv.Itoa(want)+"\n" || want == 0 {
			t.Errorf("%s: %q, a plain scan finds %d", c.filter, out, want)
		}
	}
}

func telcoRows(t *testing.T) []map[string]string {
	t.Helper()
	f, err := os.Open(telcoFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, cell := range record {
			row[records[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

// number is -1 for a blank: no filter of the test looks below 0.
func number(cell string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	if err != nil {
		return -1
	}
	return n
}

func TestBadRowsAreReportedAndStopNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	report := filepath.Join(t.TempDir(), "bad.csv")
	huge := strings.Repeat("x", 10<<20)
	file := writeFile(t, "会員.csv", "メール,ランク,note\n"+
		"a@x.jp,1,good\n"+
		"b@x.jp,=1+1,not a number\n"+
		"c@x.jp\n"+
		"d@x.jp,2,"+huge+"\n"+
		"e@x.jp,3,\"stray\"quote\n"+
		"\"f@x.jp\",4,\"two\nlines\"\n"+
		"g@x.jp,5,"+strings.Repeat("長", 2000)+"\n"+
		"h@x.jp,6,last\n")
	r := meibo(t, "import", "--data", dir, "--create-fields", "--map", "ランク=profile.rank:Number", "--report", report, file)
	r.wants(t, exitDone, "8 rows: 3 created", "5 bad", report, "profile.rank (Number)")
	if out := meibo(t, "query", "--data", dir, "--ids", "--count").code; out != exitUsage {
		t.Errorf("exit %d", out)
	}
	if out := meibo(t, "query", "--data", dir, "--count", `profile.rank IN (1, 4, 6)`).must(t); out != "3\n" {
		t.Errorf("good rows: %s", out)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := "メール ランク note meibo:line meibo:error meibo:raw"; strings.Join(rows[0], " ") != want {
		t.Errorf("header %q, want %s", rows[0], want)
	}
	var got []string
	for _, row := range rows[1:] {
		column, _, _ := strings.Cut(row[4], ": ")
		if column == row[4] {
			column = ""
		}
		got = append(got, fmt.Sprintf("%s %s %s", row[3], column, row[0]))
	}
	if want := "3 ランク b@x.jp; 4  ; 5  ; 6 note ; 9 note g@x.jp"; strings.Join(got, "; ") != want {
		t.Errorf("refused rows:\n%s\nwant %s", text, want)
	}
	if rows[2][5] != "c@x.jp" {
		t.Errorf("the text of a row that cannot be read: %q", rows[2][5])
	}
}

func TestPrimitiveFieldsNeedSystem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	report := filepath.Join(t.TempDir(), "bad.csv")
	file := writeFile(t, "x.csv", "id,lastSeenAt,email\na,2026-11-23,a@x.jp\nb,,b@x.jp\n")
	meibo(t, "import", "--data", dir, "--report", report, file).wants(t, exitDone, "1 created", "1 bad", "--system")
	meibo(t, "import", "--data", dir, "--system", file).wants(t, exitDone, "1 created", "0 bad")
	if out := meibo(t, "query", "--data", dir, "--ids", "lastSeenAt = 2026-11-23").must(t); out != "a\n" {
		t.Error(out)
	}
}

func TestImportRefusesWhatItCannotPlace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := writeFile(t, "x.csv", "email,お気に入り,Churn\na@x.jp,1,2\n")
	meibo(t, "import", "--data", dir, file).wants(t, exitFailed, "お気に入り", "Churn", "--create-fields")
	meibo(t, "import", "--data", dir, "--map", "nowhere=profile.email", "--create-fields", file).wants(t, exitFailed, "nowhere")
	meibo(t, "import", "--data", dir, "--map", "Churn=profile.email", "--map", "お気に入り=", file).wants(t, exitFailed, "both go to")
	meibo(t, "import", "--data", dir, "--map", "Churn=", "--map", "お気に入り=", file).wants(t, exitDone, "1 created")
	meibo(t, "import", "--data", dir, "--create-fields", file).wants(t, exitDone, "profile.column_2", "お気に入り")
	// The label leads a second import of the like to the same field.
	meibo(t, "import", "--data", dir, file).wants(t, exitDone, "profile.column_2")
	if out := meibo(t, "query", "--data", dir, "--count", "profile.column_2 = 1").must(t); out != "2\n" {
		t.Error(out)
	}
}

func TestImportFromStandardInput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	in := `{"id":"a","profile":{"email":"a@x.jp","score":"12"}}` + "\n" + `{"id":"b","profile":{"score":7}}` + "\n"
	meiboWith(t, in, nil, "import", "--data", dir, "--create-fields", "-").wants(t, exitDone, "2 created", "profile.score (String)")
	if out := meibo(t, "query", "--data", dir, "--ids", `profile.score = "7"`).must(t); out != "b\n" {
		t.Error(out)
	}
	meiboWith(t, "", nil, "import", "--data", dir, "-").wants(t, exitFailed, "empty")
}

func TestImportFromAPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("this system names no open files")
	}
	if _, err := w.WriteString("email\na@x.jp\nb@x.jp\n"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data")
	meibo(t, "import", "--data", dir, path).wants(t, exitDone, "2 created")
}
