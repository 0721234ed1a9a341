package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPercentilesByNearestRank(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i + 1)
	}
	for _, test := range []struct {
		sorted []float64
		p      float64
		want   float64
	}{
		{[]float64{7}, 50, 7}, {[]float64{7}, 99, 7}, {[]float64{1, 2}, 50, 1}, {[]float64{1, 2, 3}, 50, 2},
		{[]float64{1, 2, 3, 4}, 99, 4}, {hundred, 50, 50}, {hundred, 99, 99}, {hundred, 99.5, 100}, {hundred, 100, 100}, {hundred, 0, 1},
	} {
		if got := percentile(test.sorted, test.p); got != test.want {
			t.Errorf("percentile %g of %d values: %g, want %g", test.p, len(test.sorted), got, test.want)
		}
	}
	got := timesOf([]float64{3, 1, 2})
	if *got != (benchTimes{Runs: 3, Min: 1, Median: 2, P99: 3, Max: 3}) {
		t.Errorf("got %+v", got)
	}
	if timesOf(nil) != nil {
		t.Error("no runs have times")
	}
}

func TestThreeSignificantDigits(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 0.00012345: "0.000123", 0.2: "0.200", 1: "1.00", 2.345678: "2.35", 9.996: "10.0",
		99.96: "100", 123.4: "123", 1234.5: "1230", 0.0999951: "0.100", 20: "20.0"} {
		if got := threeDigits(x); got != want {
			t.Errorf("%g is written %q, want %q", x, got, want)
		}
	}
}

func TestATableAlignsAndLeavesOutEmptyColumns(t *testing.T) {
	table := textTable{}
	table.row("name", "rows", "ratio", "plan")
	table.row("田中", "1,234", "", "all")
	table.row("everyone", "5", "", "")
	want := "name       rows  plan\n田中      1,234  all\neveryone      5\n"
	if got := table.text(0, 3); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAPlanInOneLine(t *testing.T) {
	if got := compactPlan("and  2 rows\n  terms x  3 rows\n"); got != "and 2 rows · terms x 3 rows" {
		t.Errorf("got %q", got)
	}
}

func TestRunsAreWarmedUpAndCounted(t *testing.T) {
	calls, settled := 0, 0
	settle := func(context.Context) error { settled = calls; return nil }
	got, err := repeat(t.Context(), 4, settle, func(i int) (float64, error) {
		calls++
		return float64(100 - i), nil
	})
	if err != nil || calls != warmUps+4 || settled != warmUps || got.Runs != 4 || got.Max != float64(100-warmUps) {
		t.Errorf("%d calls, %+v, %v", calls, got, err)
	}
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	if _, err := repeat(cancelled, 1, settle, func(int) (float64, error) { return 0, nil }); err == nil {
		t.Error("a run after its context ended")
	}
}

// temporaryPlace keeps what bench makes apart, to see that it is removed.
func temporaryPlace(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	return dir
}

func wantNothingLeft(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBenchOnGeneratedCustomers(t *testing.T) {
	place := temporaryPlace(t)
	file := filepath.Join(t.TempDir(), "run.json")
	out := meibo(t, "bench", "--customers", "500", "--runs", "2", "--mixed", "0.3", "--verify", "--json", file).must(t)
	wantNothingLeft(t, place)
	for _, q := range benchQuestions() {
		if !strings.Contains(out, "\n"+q.name+" ") {
			t.Errorf("the table lacks %s:\n%s", q.name, out)
		}
	}
	r, err := readBenchReport(file)
	if err != nil {
		t.Fatal(err)
	}
	if r.Customers != 500 || r.Load == nil || r.Load.DiskBytes == 0 || r.Restart == nil || r.Restart.AnswerMs < r.Restart.ReadyMs {
		t.Errorf("load and restart: %+v", r)
	}
	if v := r.Verified; v == nil || v.Answers != 2*len(benchQuestions()) || len(v.Different) > 0 {
		t.Errorf("verified: %+v", v)
	}
	names := map[string]benchLine{}
	for _, q := range r.Questions {
		names[q.Name] = q
	}
	for _, item := range benchItems() {
		name := item.name
		q, ok := names[name]
		switch {
		case name == updatesBench:
		case !ok || q.Again == nil || q.Again.Runs < 2:
			t.Errorf("%s: %+v", name, q)
		case name != writeBench && (q.Fresh == nil || q.Fresh.Runs < 2):
			t.Errorf("%s was not asked freshly: %+v", name, q)
		}
	}
	if names["everyone"].Rows != 500 || names["member"].Rows == 0 || names[idsBench].Rows != names[streamBench].Rows || !strings.Contains(names["member"].Plan, "terms") {
		t.Errorf("rows and plans: %+v", names)
	}
	u := r.Updates
	if u == nil || u.Updates == 0 || u.Checked == 0 || u.Checked*500 != u.Updates || u.Misses != 0 || u.Lost != 0 || u.Question == nil {
		t.Errorf("updates: %+v", u)
	}
}

func TestBenchOnlyWhatWasChosen(t *testing.T) {
	temporaryPlace(t)
	file := filepath.Join(t.TempDir(), "run.json")
	meibo(t, "bench", "--customers", "300", "--runs", "1", "--only", "email,deep", "--json", file).must(t)
	r, err := readBenchReport(file)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, q := range r.Questions {
		names = append(names, q.Name)
	}
	// "email" is also in the text of others.
	if got := strings.Join(names, " "); got != "email sample tagged unset quick-email deep" {
		t.Errorf("asked %s", got)
	}
	if r.Updates != nil {
		t.Error("there were updates")
	}
}

func TestBenchLeavesAGivenFolderAlone(t *testing.T) {
	dir := shop(t)
	before := meibo(t, "query", "--data", dir, "--format", "ndjson").must(t)
	r := meibo(t, "bench", "--data", dir, "--runs", "1")
	r.wants(t, exitDone, "--write")
	if !strings.Contains(r.out, "3 customers") {
		t.Errorf("got %s", r.out)
	}
	if after := meibo(t, "query", "--data", dir, "--format", "ndjson").must(t); after != before {
		t.Errorf("before %s after %s", before, after)
	}
	meibo(t, "bench", "--data", dir, "--mixed", "1").wants(t, exitUsage, "--write", dir)
	r = meibo(t, "bench", "--data", dir, "--runs", "1", "--mixed", "0.1", "--updates-per-second", "100", "--write")
	r.wants(t, exitDone)
	if !strings.Contains(r.out, "0 were not seen; customers not seen at the end: 0") {
		t.Errorf("got %s", r.out)
	}
	if after := meibo(t, "query", "--data", dir, "--format", "ndjson").must(t); after == before {
		t.Error("--write wrote nothing")
	}
}

func TestWrongUsesOfBenchAreTold(t *testing.T) {
	dir := shop(t)
	broken := writeFile(t, "broken.json", "{")
	other := writeFile(t, "other.json", `{"version": 99}`)
	for _, test := range []struct {
		args []string
		code int
		text string
	}{
		{[]string{"--customers", "0"}, exitUsage, "--customers"},
		{[]string{"--runs", "0"}, exitUsage, "--runs"},
		{[]string{"--mixed=-1"}, exitUsage, "--mixed"},
		{[]string{"--updates-per-second", "0"}, exitUsage, "--updates-per-second"},
		{[]string{"--only", "nonsense"}, exitUsage, "everyone"},
		{[]string{"--write"}, exitUsage, "--data"},
		{[]string{"--clients", "5"}, exitUsage, "--server"},
		{[]string{"--data", dir, "--customers", "5"}, exitUsage, "--customers"},
		{[]string{"--server", "http://127.0.0.1:1", "--token", "t", "--runs", "5"}, exitUsage, "--clients"},
		{[]string{"--server", "http://127.0.0.1:1", "--token", "t", "--clients", "0"}, exitUsage, "--clients"},
		{[]string{"--server", "http://127.0.0.1:1", "--token", "t", "--seconds", "0"}, exitUsage, "--seconds"},
		{[]string{"--server", "http://127.0.0.1:1", "--token", "t", "--think=-1s"}, exitUsage, "--think"},
		{[]string{"--server", "http://127.0.0.1:1", "--token", "t"}, exitFailed, "cannot reach"},
		{[]string{"--data", filepath.Join(dir, "typo")}, exitFailed, "no customer data"},
		{[]string{"--against", filepath.Join(dir, "none.json")}, exitFailed, "none.json"},
		{[]string{"--against", broken}, exitFailed, "broken.json"},
		{[]string{"--against", other}, exitFailed, "version 99"},
	} {
		r := meibo(t, append([]string{"bench"}, test.args...)...)
		r.wants(t, test.code, test.text)
		if r.out != "" {
			t.Errorf("%q: stdout %q", test.args, r.out)
		}
	}
}

func TestAnInterruptedBenchLeavesNothing(t *testing.T) {
	place := temporaryPlace(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	errOut := &lockedBuffer{}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"bench", "--customers", "1000", "--mixed", "60"}, strings.NewReader(""), &bytes.Buffer{}, errOut, func(string) string { return "" })
	}()
	for deadline := time.Now().Add(60 * time.Second); !strings.Contains(errOut.String(), "updating and asking"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no updates begin: %s", errOut.String())
		}
	}
	stop()
	if code := <-ended; code != exitFailed || !strings.Contains(errOut.String(), "interrupted") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
	wantNothingLeft(t, place)
}

// An answer that is not the oracle's makes a run a failure.
func TestADifferentAnswerIsAFailure(t *testing.T) {
	r := benchReport{Verified: &benchVerified{Answers: 2, Different: []string{"member, offset 0"}}}
	if err := r.wrong(); err == nil || !strings.Contains(err.Error(), "member, offset 0") {
		t.Errorf("%v", err)
	}
}
