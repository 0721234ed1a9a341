package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func ms(median float64) *benchTimes {
	return &benchTimes{Runs: 1, Min: median, Median: median, P99: median, Max: median}
}

// reportOf is a report with one question.
func reportOf(fresh, again float64) *benchReport {
	return &benchReport{Version: benchVersion, Date: "2026-11-24T00:00:00Z", Go: "go1.26", Machine: benchMachine{System: "linux/amd64", Cores: 2}, Customers: 1000,
		Load: &benchLoad{Seconds: 2, PerSecond: 500}, Questions: []benchLine{{Name: "email", Question: "q", Rows: 7, Fresh: ms(fresh), Again: ms(again)}}}
}

func TestAgainstMarksWhatIsSlower(t *testing.T) {
	earlier := reportOf(1, 2)
	now := reportOf(1.3, 2.4)
	now.Load.PerSecond = 250
	var out strings.Builder
	if err := (&app{lang: "en"}).writeBench(&out, now, earlier); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"1.30!", "1.20", "[2.00!]", "slower than 1.25 times the earlier run: email fresh 1.30, load 2.00"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "1.20!") || strings.Contains(text, "another machine") {
		t.Errorf("marked without reason:\n%s", text)
	}
}

func TestAgainstTellsWhatDiffers(t *testing.T) {
	earlier := reportOf(1, 2)
	earlier.Customers, earlier.Machine.CPU = 10, "other"
	earlier.Questions[0].Name = "gone" // nothing to compare with
	var out strings.Builder
	if err := (&app{lang: "en"}).writeBench(&out, reportOf(9, 9), earlier); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"had 10 customers", "another machine: linux/amd64, other", "nothing is slower"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
	var japanese strings.Builder
	if err := (&app{lang: "ja"}).writeBench(&japanese, reportOf(9, 9), earlier); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(japanese.String(), "前回の顧客は 10 人") || !strings.Contains(japanese.String(), "中央値") {
		t.Errorf("got %s", japanese.String())
	}
}

// A stored run whose times are tiny makes everything slower, and bench still
// ends well: time alone is no failure.
func TestASlowerRunIsNoFailure(t *testing.T) {
	temporaryPlace(t)
	earlier := reportOf(1e-6, 1e-6)
	path := filepath.Join(t.TempDir(), "earlier.json")
	text, err := json.Marshal(earlier)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out := meibo(t, "bench", "--customers", "200", "--runs", "1", "--only", "quick-email,email", "--mixed", "0", "--against", path).must(t)
	if !strings.Contains(out, "email fresh ") || !strings.Contains(out, "!") || !strings.Contains(out, "had 1,000 customers") {
		t.Errorf("got %s", out)
	}
}

func TestWhatIsWrongIsAFailureAndWhatIsSlowIsNot(t *testing.T) {
	for _, test := range []struct {
		report benchReport
		want   string
	}{
		{benchReport{}, ""},
		{benchReport{Updates: &benchUpdates{Checked: 3}, Server: &benchServerLoad{Requests: 3}}, ""},
		{benchReport{Updates: &benchUpdates{Misses: 1}}, "not seen"},
		{benchReport{Updates: &benchUpdates{Lost: 1}}, "not seen"},
		{benchReport{Server: &benchServerLoad{Errors: 2}}, "2 requests"},
	} {
		err := test.report.wrong()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: %v, want %q", test.report, err, test.want)
		}
	}
}
