package main

import (
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	r := report{
		Machine: "a machine", Versions: []string{"SQLite 3", "DuckDB 1"}, Customers: 1000, Runs: 15,
		Now:   time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
		Loads: []loaded{{Engine: "meibo", Customers: 1000, Seconds: 0.5, Bytes: 2_000_000}},
		Rows: []row{
			{Question: `name ~ "田中"`, Matches: 5, Meibo: 0.5, Forgetful: 1, Peers: []peerTimes{
				{Peer: "sqlite", Count: 1, Page: 0.25, Both: 1.25}, {Peer: "duckdb", Count: 123.4, Page: 10.04, Both: 133}}},
			{Question: "everyone", Matches: 1000, Meibo: 0.1, Forgetful: 0.2, Peers: []peerTimes{
				{Peer: "sqlite", Count: 0.0123, Page: 2, Both: 2}, {Peer: "duckdb", Count: 0.04, Page: 0.01, Both: 0.05}}},
		},
	}
	const want = `a machine
SQLite 3, DuckDB 1
1000 customers; now is 2026-11-24; medians of 15 warm runs in ms

| loaded | customers/s | MB on disk |
|--------|------------:|-----------:|
| meibo  |        2000 |          2 |

| question      | rows | meibo: both | forgetful | sqlite: count | first 50 | both | duckdb: count | first 50 |  both | best peer / meibo | / forgetful |
|---------------|-----:|------------:|----------:|--------------:|---------:|-----:|--------------:|---------:|------:|------------------:|------------:|
| name ~ "田中" |    5 |       0.500 |      1.00 |          1.00 |    0.250 | 1.25 |           123 |     10.0 |   133 |               2.5 |         1.2 |
| everyone      | 1000 |       0.100 |     0.200 |         0.012 |     2.00 | 2.00 |         0.040 |    0.010 | 0.050 |              0.50 |        0.25 |
`
	var got strings.Builder
	if err := r.writeTable(&got); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("the table is\n%s", got.String())
	}
}

func TestRatioAndMedian(t *testing.T) {
	for got, want := range map[string]string{ratio(12, 1): "12", ratio(1, 4): "0.25", ratio(1, 0): "–", ratio(9.96, 1): "10"} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	runs := 0
	if _, err := median(3, func() error { runs++; return nil }); err != nil || runs != 3+warmUps {
		t.Errorf("%d runs, %v", runs, err)
	}
}
