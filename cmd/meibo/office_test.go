package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// officeEnv demands LibreOffice: without it, a machine that has none skips
// what needs it. make office installs it on Debian.
const officeEnv = "MEIBO_OFFICE"

// needOffice is the path of LibreOffice's program.
func needOffice(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"soffice", "libreoffice"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv(officeEnv) != "" {
		t.Fatalf("%s is set and there is no LibreOffice: make office installs it", officeEnv)
	}
	t.Skip("SKIPPED: no LibreOffice here, so nobody else has read our Excel files; make office installs it, " + officeEnv + "=1 demands it")
	return ""
}

// officeCSV is what LibreOffice reads in an Excel file: the first sheet, each
// cell as it is shown, as texts.
func officeCSV(t *testing.T, office string, xlsx []byte) [][]string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "export.xlsx")
	if err := os.WriteFile(path, xlsx, 0o600); err != nil {
		t.Fatal(err)
	}
	// A profile of its own, so that no office that runs is asked. 44 is the comma,
	// 34 the quotes, 76 UTF-8; then from line 1, quotes where needed, numbers as
	// they are shown, the first sheet.
	convert := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,0", "--outdir", dir, path)
	convert.Env = append(os.Environ(), "HOME="+dir, "LC_ALL=C.UTF-8")
	if out, err := convert.CombinedOutput(); err != nil {
		t.Fatalf("LibreOffice: %v: %s", err, out)
	}
	made, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(made) != 1 {
		t.Fatalf("LibreOffice made %v (%v)", made, err)
	}
	content, err := os.ReadFile(made[0])
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Another program reads the same values in an exported Excel file as it reads
// in the exported CSV: texts as they are, numbers as numbers.
func TestLibreOfficeReadsWhatWasExported(t *testing.T) {
	office := needOffice(t)
	register := newRegister(t)
	content, err := os.ReadFile(telcoFile)
	if err != nil {
		t.Fatal(err)
	}
	register.importFile("telco.csv", bytes.NewReader(content), map[string]any{"system": false, "key": "auto"})
	fields := append([]string{"id"}, telcoFields(t)...)
	asked := map[string]any{"fields": fields, "sort": "id"}
	wantSameRows(t, officeCSV(t, office, register.export("xlsx", asked)), csvRows(t, register.export("csv", asked)))
}

// Formulas stay texts, ids and phone numbers keep their zeros, dates are dates.
func TestLibreOfficeRunsNoFormula(t *testing.T) {
	office := needOffice(t)
	register := newRegister(t)
	lines := `{"id":"007","profile":{"name":"=1+1","mobileNumber":"090-1234-5678","description":"+SUM(1;2)","lastCheckoutCompletedAt":"2026-11-23T10:20:30+09:00"}}
{"id":"0123","tags":["-1","@home"],"profile":{"name":"＝１＋１","mobileNumber":"09012345678","description":"改行\nと\"引用\"","lastCheckoutCompletedAt":"2026-01-02T00:00:00+09:00"}}
`
	register.importFile("x.ndjson", strings.NewReader(lines), nil)
	fields := []string{"id", "profile.mobileNumber", "profile.description", "profile.lastCheckoutCompletedAt", "profile.name"} // as the workspace orders them
	asked := map[string]any{"fields": fields, "sort": "id"}
	rows := officeCSV(t, office, register.export("xlsx", asked))
	if len(rows) != 3 {
		t.Fatalf("%q", rows)
	}
	for i, want := range [][]string{fields, {"007", "090-1234-5678", "+SUM(1;2)", "2026-11-23 10:20:30", "=1+1"}, {"0123", "09012345678", "改行\nと\"引用\"", "2026-01-02 00:00:00", "＝１＋１"}} {
		if got := rows[i]; !slices.Equal(got, want) { // a date is shown by its format, a number would be another
			t.Errorf("row %d: %q, want %q", i+1, got, want)
		}
	}
}

// Random texts of all kinds arrive in LibreOffice as they are, but for those
// that no CSV can tell apart.
func TestLibreOfficeReadsRandomTexts(t *testing.T) {
	office := needOffice(t)
	random := rand.New(rand.NewPCG(randomSeed(t), 0))
	register := newRegister(t)
	var lines bytes.Buffer
	want := [][]string{{"id", "profile.description"}}
	for n := range 300 {
		text := nastyText(random)
		if strings.ContainsAny(text, "\r\x01\x0b\a\x1b\ufffe\uffff\ufeff") { // LibreOffice drops or changes control characters
			continue
		}
		id := fmt.Sprintf("c%03d", n)
		line := map[string]any{"id": id, "profile": map[string]any{"description": text}}
		lines.Write(jsonLine(t, line))
		want = append(want, []string{id, text})
	}
	register.importFile("x.ndjson", &lines, nil)
	asked := map[string]any{"fields": []string{"id", "profile.description"}, "sort": "id"}
	wantSameRows(t, officeCSV(t, office, register.export("xlsx", asked)), want)
}
