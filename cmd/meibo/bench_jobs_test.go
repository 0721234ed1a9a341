package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestBenchOfJobs(t *testing.T) {
	place := temporaryPlace(t)
	file := filepath.Join(t.TempDir(), "jobs.json")
	out := meibo(t, "bench", "--jobs", "--customers", "600", "--runs", "2", "--json", file).must(t)
	wantNothingLeft(t, place)
	r, err := readBenchReport(file)
	if err != nil {
		t.Fatal(err)
	}
	if r.Jobs == nil || r.Customers != 600 || r.Jobs.Columns < 40 {
		t.Fatalf("%+v", r.Jobs)
	}
	rows := map[string]int{}
	for _, j := range r.Jobs.Jobs {
		rows[j.Name] = j.Rows
		if j.Seconds <= 0 || j.PerSecond <= 0 || j.Indexed < j.Seconds {
			t.Errorf("%+v", j)
		}
		if isOfFile := strings.HasPrefix(j.Name, "import") || strings.HasPrefix(j.Name, "export"); isOfFile != (j.FileBytes > 0) {
			t.Errorf("%s: no file", j.Name)
		}
		if !strings.Contains(out, "\n| "+j.Name+" | ") {
			t.Errorf("the table lacks %s:\n%s", j.Name, out)
		}
	}
	for _, name := range []string{"import NDJSON", "import CSV", "import XLSX", "export NDJSON", "export CSV", "export XLSX", "bulk: a tag", "undo of it"} {
		if rows[name] != 600 {
			t.Errorf("%s: %d rows", name, rows[name])
		}
	}
	if rows["erase"] != 300 || rows["compact"] != 300 {
		t.Errorf("erase %d customers, compact with %d", rows["erase"], rows["compact"])
	}
	if len(r.Jobs.Beside) != len(besideQuestions) {
		t.Errorf("asked beside: %+v", r.Jobs.Beside)
	}
	again := meibo(t, "bench", "--jobs", "--customers", "600", "--runs", "2", "--against", file).must(t)
	if !strings.Contains(again, "[") {
		t.Errorf("nothing is compared:\n%s", again)
	}
}

func TestBenchOfJobsMakesItsOwnData(t *testing.T) {
	for _, more := range [][]string{{"--data", "x"}, {"--server", "http://127.0.0.1:1"}, {"--only", "member"}, {"--verify"}, {"--mixed", "1"}, {"--clients", "2"}} {
		meibo(t, append([]string{"bench", "--jobs"}, more...)...).wants(t, exitUsage, "--jobs")
	}
}
