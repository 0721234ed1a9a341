// Command meibo-bench-peers loads the same customers into meibo's index, SQLite
// (B-tree indexes and FTS5 trigrams) and DuckDB, asks all of them the same
// questions in one process, checks that every count and every first page agree,
// and prints how their times compare. It is a module of its own, so that the
// product needs neither these drivers nor a C compiler; it never writes to a
// workspace's records.
//
//	go run ../meibo demo --customers 100000 > customers.ndjson
//	go run -tags sqlite_fts5 . --keep loaded --json report.json customers.ndjson
//	go run -tags sqlite_fts5 . --keep loaded
//
// The second asks again what the first loaded. The tests are run with
// "go test -tags sqlite_fts5 .", from this folder: those of the parent module do
// not know of them.
//
// What is compared, and how it is kept fair:
//
//   - A question is a count of all matches and the ids of the first 50, in
//     order. Meibo answers both in one call. The peers are asked twice with
//     prepared statements, and both times are shown.
//   - Texts go into the peers already folded, so that all compare the same.
//   - Where a peer can be asked in several ways, all are timed and the fastest
//     counts. The schemas are made for these very questions: see sqlite.go and
//     duckdb.go.
//   - Meibo remembers what conditions and orders came to; the peers have nothing
//     like it. So meibo is asked once as it is and once without that memory.
//   - Meibo's quick search looks through six fields and phone numbers by their
//     digits, the peers through the three fields that the term occurs in.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "meibo-bench-peers:", err)
		stop()
		os.Exit(1)
	}
}

// run is the whole program: the report goes to stdout, progress to progress.
func run(ctx context.Context, args []string, stdout, progress io.Writer) (err error) {
	o, err := parseOptions(args, progress)
	if err != nil {
		return err
	}
	w, err := openWorkshop(o, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	report, err := w.compare(ctx)
	if err != nil {
		return err
	}
	if err := report.writeTable(stdout); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	if o.json != "" {
		if err := report.writeJSON(o.json); err != nil {
			return err
		}
	}
	return report.disagreement()
}
