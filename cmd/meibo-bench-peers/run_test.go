package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEnginesAgree(t *testing.T) {
	file, keep := writeCustomers(t, 2000), t.TempDir()
	written := filepath.Join(t.TempDir(), "report.json")
	var out, progress strings.Builder
	err := run(context.Background(), []string{"--runs", "1", "--keep", keep, "--json", written, file}, &out, &progress)
	if err != nil {
		t.Fatal(err)
	}
	r := readReport(t, written)
	if r.Customers != 2000 || len(r.Versions) != 2 || len(r.Loads) != 3 || !r.Now.Equal(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the report begins %d customers, %v, %d loads, now %v", r.Customers, r.Versions, len(r.Loads), r.Now)
	}
	for _, q := range r.Rows {
		if q.Matches == 0 || len(q.Peers) != 2 {
			t.Errorf("%s: %d matches and %d peers, so nothing was compared", q.Question, q.Matches, len(q.Peers))
		}
		if !strings.Contains(out.String(), q.Question) {
			t.Errorf("the table does not have %s", q.Question)
		}
	}

	// What was kept is asked again without the file.
	if err := run(context.Background(), []string{"--runs", "1", "--keep", keep, "--only", "duckdb", "--json", written}, &out, &progress); err != nil {
		t.Fatal(err)
	}
	if again := readReport(t, written); again.Rows[0].Matches != r.Rows[0].Matches || len(again.Rows[0].Peers) != 1 {
		t.Errorf("kept databases answered %+v, before %+v", again.Rows[0], r.Rows[0])
	}
	if n := strings.Count(progress.String(), "meibo: 2000 customers"); n != 1 {
		t.Errorf("meibo was loaded %d times", n)
	}
}

func readReport(t *testing.T, name string) report {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// A database that has other customers is told from one that agrees.
func TestDisagreementIsLoud(t *testing.T) {
	ctx, keep := context.Background(), t.TempDir()
	var out, progress strings.Builder
	load := []string{"--runs", "1", "--keep", keep, "--only", "sqlite", writeCustomers(t, 300)}
	if err := run(ctx, load, &out, &progress); err != nil {
		t.Fatal(err)
	}
	fields, err := newFields()
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSQLite(filepath.Join(keep, "sqlite", "database"), fields)
	if err != nil {
		t.Fatal(err)
	}
	err = execute(ctx, s.conn, "DELETE FROM customers WHERE row = (SELECT row FROM customers ORDER BY lastSeenAt DESC LIMIT 1)")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	err = run(ctx, load, &out, &progress)
	if err == nil || !strings.Contains(err.Error(), "DISAGREE") || !strings.Contains(err.Error(), "everyone, latest first, sqlite: counts 299, meibo 300") {
		t.Errorf("a customer fewer gave %v", err)
	}
}

func TestOtherCustomersAreRefused(t *testing.T) {
	ctx, keep := context.Background(), t.TempDir()
	var out, progress strings.Builder
	if err := run(ctx, []string{"--runs", "1", "--keep", keep, "--only", "sqlite", writeCustomers(t, 60)}, &out, &progress); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"the meibo that was kept has 60 customers, not 50": {"--keep", keep, "--customers", "50", "x"},
		"duckdb was loaded with other customers (70)":      {"--keep", keep, writeCustomers(t, 70)},
	} {
		if err := run(ctx, args, &out, &progress); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v gave %v, not %q", args, err, want)
		}
	}
}

func TestBadUse(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.ndjson")
	if err := os.WriteFile(bad, []byte(`{"id":"a","lastSeenAt":1}`+"\n"+`{"id":"b"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"no file":                             nil,
		"the peers are sqlite, duckdb":        {"--only", "oracle", "x"},
		"at least 1":                          {"--runs", "0", "x"},
		"one file at a time":                  {"a", "b"},
		"line 2: the customer has no lastSee": {bad},
		"no such file":                        {"absent.ndjson"},
	} {
		err := run(context.Background(), args, &strings.Builder{}, &strings.Builder{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v gave %v, not %q", args, err, want)
		}
	}
}
