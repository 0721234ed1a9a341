package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"meibo/api/service"
)

// benchJobs is what long work took.
type benchJobs struct {
	Jobs    []benchJob    `json:"jobs"`
	Beside  []benchBeside `json:"questionsBesideBulk,omitempty"`
	Columns int           `json:"columns"` // of an export: all fields of the workspace
}

// A benchJob is one job, from the request to its end.
type benchJob struct {
	Name         string  `json:"name"`
	Rows         int     `json:"rows"` // or customers
	Seconds      float64 `json:"seconds"`
	PerSecond    float64 `json:"rowsPerSecond"`
	Indexed      float64 `json:"secondsUntilIndexed,omitempty"` // from the request, too
	RSSAnonBytes int64   `json:"peakRssAnonBytes,omitempty"`    // the most while it ran; 0 where the system does not tell
	FileBytes    int64   `json:"fileBytes,omitempty"`           // that was read or made
}

// erasedByBench is how many customers the bench erases.
const erasedByBench = 1000

// everyoneFilter matches every customer. An export without a filter is cut at
// 30,000 rows.
const everyoneFilter = "id IS SET"

// A jobsBench measures jobs over the HTTP API in this process, each in a data
// folder that it makes.
type jobsBench struct {
	*app
	customers int
	runs      int
	dir       string // that holds the folders and the files between them
	report    *benchJobs
}

// benchLongWork makes customers, measures every kind of job on them, and
// removes everything.
func (a *app) benchLongWork(ctx context.Context, _ place, c benchCommand, report *benchReport) (err error) {
	dir, err := os.MkdirTemp("", "meibo-bench-")
	if err != nil {
		return fmt.Errorf("make a folder to measure in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	_, restore := a.shareProcessors() // as serve does
	defer restore()
	report.Customers, report.Jobs = value(c.Customers, benchCustomers), &benchJobs{}
	b := &jobsBench{app: a, customers: report.Customers, runs: value(c.Runs, benchRuns), dir: dir, report: report.Jobs}
	if err := b.inFolder(ctx, "first", b.first); err != nil {
		return err
	}
	if err := b.compact(ctx, "first"); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(dir, "first")); err != nil {
		return err
	}
	for _, format := range []string{"csv", "xlsx"} {
		work := func(ctx context.Context, d *desk) error { return b.importExported(ctx, d, format) }
		if err := b.inFolder(ctx, "second", work); err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(dir, "second")); err != nil {
			return err
		}
	}
	return nil
}

// inFolder works on a data folder, which is made where there is none.
func (b *jobsBench) inFolder(ctx context.Context, name string, work func(context.Context, *desk) error) (err error) {
	at := place{data: filepath.Join(b.dir, name), chosen: true}
	w, err := b.openWorkspace(at.data, true, nil)
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return b.withDesk(at, func(d *desk) error { return work(ctx, d) })
}

// first fills a folder from NDJSON and does all other kinds of work on it.
func (b *jobsBench) first(ctx context.Context, d *desk) error {
	now := b.clock().UTC().Truncate(24 * time.Hour)
	demo := newDemoCustomers(1, now).source(uint64(b.customers))
	content, err := demo.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	if err := b.importFrom(ctx, d, "NDJSON", "demo.ndjson", content); err != nil {
		return err
	}
	if b.report.Columns, err = b.countColumns(ctx, d); err != nil {
		return err
	}
	for _, format := range []string{"xlsx", "csv", "ndjson"} {
		if err := b.exportTo(ctx, d, format); err != nil {
			return err
		}
	}
	return b.change(ctx, d)
}

func (b *jobsBench) countColumns(ctx context.Context, d *desk) (int, error) {
	fields, err := d.FieldSet(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for range fields.All() {
		n++
	}
	return n, nil
}

// compact measures the command that takes what was erased off the disk. The
// index is made anew within it.
func (b *jobsBench) compact(ctx context.Context, name string) error {
	restore := b.collectLess()
	defer restore()
	memory := watchMemory()
	began := time.Now()
	err := (&compactCommand{}).run(ctx, b.app, place{data: filepath.Join(b.dir, name), chosen: true})
	took, peak := time.Since(began).Seconds(), memory.stop()
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	left := b.customers - b.toErase()
	b.report.Jobs = append(b.report.Jobs, benchJob{Name: "compact", Rows: left, Seconds: rounded(took), PerSecond: rounded(float64(left) / took),
		Indexed: rounded(took), RSSAnonBytes: peak})
	return nil
}

// toErase is how many customers are erased.
func (b *jobsBench) toErase() int { return min(erasedByBench, b.customers/2) }

// measure runs a job of so many rows and notes what it took.
func (b *jobsBench) measure(ctx context.Context, d *desk, name string, rows int, path string, asked any) (*benchJob, service.Job, error) {
	restore := b.collectLess()
	defer restore()
	memory := watchMemory()
	began := time.Now()
	var job service.Job
	err := d.do(ctx, http.MethodPost, path, asked, &job)
	if err == nil {
		job, err = b.awaitJob(ctx, d, job.ID, say("処理しています", "working"))
	}
	took := time.Since(began).Seconds()
	if err == nil {
		err = b.awaitIndex(ctx, d.workspace)
	}
	indexed := time.Since(began).Seconds()
	peak := memory.stop()
	if err != nil {
		return nil, job, fmt.Errorf("%s: %w", name, err)
	}
	if job.State != "done" {
		return nil, job, errors.Join(ctx.Err(), fmt.Errorf("%s is %s", name, job.State))
	}
	b.tell("%s: %s 秒", "%s: %s s", name, threeDigits(took))
	b.report.Jobs = append(b.report.Jobs, benchJob{Name: name, Rows: rows, Seconds: rounded(took),
		PerSecond: rounded(float64(rows) / took), Indexed: rounded(indexed), RSSAnonBytes: peak})
	return &b.report.Jobs[len(b.report.Jobs)-1], job, nil
}
