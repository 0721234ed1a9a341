package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/memindex"
)

// The whole way from file to answer agrees with the reference evaluator.
func TestDemoCustomersAnswerAsTheOracleSays(t *testing.T) {
	n := uint64(20_000)
	if os.Getenv("MEIBO_LONG") != "" {
		n = 100_000
	}
	text := demoText(t, 1, n)
	dir := filepath.Join(t.TempDir(), "data")
	meibo(t, "import", "--data", dir, "--system", writeFile(t, "demo.ndjson", text)).wants(t, exitDone, "0 bad")

	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	var records []schema.Record
	for line := range strings.Lines(text) {
		records = append(records, demoRecord(t, fields, line))
	}
	oracle := memindex.New()
	if err := oracle.Apply(t.Context(), index.Batch{Position: index.Position{Epoch: "e", Seq: n}, Fields: fields, Upserts: records}); err != nil {
		t.Fatal(err)
	}
	snapshot, err := oracle.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Release()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{
		`member = true AND (web.sessionsCount > 5 OR profile.email ~ "@x.jp")`,
		`tags HAS "VIP" AND NOT unsubscribeEmail = true AND lastSeenAt > now-90d`,
		`name ~ "田中" OR profile.mobileNumber ^= "070"`,
		`mobile.appVersion >= version("2.9.10") AND profile.utmSource IN ("line", "x")`,
	} {
		compiled, diagnostics := dsl.Compile(filter, dsl.Env{Fields: fields, Now: demoNow(), Zone: zone, WeekStart: time.Monday})
		if dsl.HasErrors(diagnostics) {
			t.Fatal(diagnostics)
		}
		want, err := snapshot.Count(t.Context(), compiled.Expr)
		if err != nil || want == 0 {
			t.Fatalf("%s: the oracle finds %d, %v", filter, want, err)
		}
		out := meibo(t, "query", "--data", dir, "--count", "--now", demoNow().Format(time.RFC3339), filter).must(t)
		if out != strconv.Itoa(want)+"\n" {
			t.Errorf("%s: %q, the oracle finds %d", filter, out, want)
		}
	}
}
