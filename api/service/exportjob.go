package service

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"meibo/api/job"
	"meibo/api/table"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/store"
)

// The stages of an export.
const (
	StageSelect = "select" // for whom it is
	StageWrite  = "write"  // the rows
)

// An ExportResult is what came of an export.
type ExportResult struct {
	Rows      int    `json:"rows"`
	Total     int    `json:"total"`               // who matched; Rows is less where it was cut, or where customers went meanwhile
	Truncated bool   `json:"truncated,omitempty"` // at MaxExportWithoutFilter
	Missing   int    `json:"missing,omitempty"`   // ids of nobody
	Bytes     int64  `json:"bytes"`
	File      string `json:"file"`               // its name for people
	CutCells  int    `json:"cutCells,omitempty"` // too long for a cell of a sheet, and shortened
	ExpiresAt int64  `json:"expiresAt"`          // epoch milliseconds
	Deleted   bool   `json:"deleted,omitempty"`  // somebody deleted the file
	Erased    bool   `json:"erased,omitempty"`   // it held a customer who was erased
}

// An exportSet is an export's checkpoint: for whom it is does not change any
// more, and is kept as the job's selection.
type exportSet struct {
	Total     int  `json:"total"`
	Truncated bool `json:"truncated,omitempty"`
}

// An exporter is one export while it runs.
type exporter struct {
	*Service  // for whoever asked
	run       *job.Run
	job       store.Job
	request   keptExport
	query     index.Query // Where is of the question
	layout    table.Layout
	keys      []string
	set       exportSet
	selection *store.Selection
	rows      int
}

// runExport does the job. Who is in it is fixed first, then the file is
// written, from its beginning when an earlier process had begun it.
func (s *register) runExport(ctx context.Context, r *job.Run) (err error) {
	if len(r.Job().Result) > 0 {
		return nil // the file is whole, and noted: it was the job's end that was not kept any more
	}
	e, err := s.newExporter(r)
	if err != nil {
		return err
	}
	snap, err := s.snapshotFor(ctx)
	if err != nil {
		return err
	}
	defer snap.Release()
	if err := e.fix(ctx, snap); err != nil {
		return err
	}
	return e.write(ctx, snap)
}

func (s *register) newExporter(r *job.Run) (*exporter, error) {
	e := &exporter{run: r, job: r.Job(), selection: &store.Selection{}}
	if err := r.Request(&e.request); err != nil {
		return nil, err
	}
	var err error
	if e.Service, err = s.forJob(e.job); err != nil {
		return nil, err
	}
	search := e.request.search()
	p, err := e.plan(&search)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(p.segments, e.request.Segments) {
		return nil, refuse(CodeGone, "フィルターが使うセグメントが、書き出しを頼んだ後に変わりました。もう一度書き出してください。",
			"a segment of the filter was changed after the export was asked for; export again")
	}
	e.query = index.Query{Where: p.where, Sort: p.query.Sort}
	e.layout = table.Layout{Zone: e.zone(), Sheet: exportWords(e.request.Language), Columns: exportColumns(e.fields(), p.chosen, e.request.Language, e.request.Headers)}
	for _, c := range e.layout.Columns {
		e.keys = append(e.keys, c.Field.Key)
	}
	return e, nil
}

// exportWords name a sheet and a file of customers.
func exportWords(language string) string {
	if language == "en" {
		return "customers"
	}
	return "顧客"
}

// snapshotPause lies between two attempts to reach an index that is being built.
const snapshotPause = 200 * time.Millisecond

// snapshotFor pins the index at everything that is committed now, however long
// it takes to get there.
func (s *register) snapshotFor(ctx context.Context) (index.Snapshot, error) {
	for seq := s.store.Seq(); ; {
		step, stop := context.WithTimeout(ctx, snapshotPause)
		snap, err := s.index.Snapshot(step, seq)
		if err == nil {
			stop()
			return snap, nil
		}
		<-step.Done() // an index that is being built says so at once
		stop()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
}

// fix decides for whom the export is, once.
func (e *exporter) fix(ctx context.Context, snap index.Snapshot) error {
	fixed, err := e.run.Checkpoint(&e.set)
	if err != nil {
		return err
	}
	if !fixed && e.request.IDs == 0 {
		err = e.selectMatches(ctx, snap)
	} else if e.selection, err = e.store.Selection(e.job.Number); err == nil {
		if !fixed {
			e.set = exportSet{Total: e.selection.Len()}
		}
		err = e.narrow(ctx)
	}
	if err != nil || fixed {
		return err
	}
	_, err = e.run.Commit(ctx, func(step *job.Step) error {
		step.Progress = job.Progress{Stage: StageWrite, Total: int64(e.selection.Len())}
		step.Checkpoint = e.set
		return step.PutSelection(e.job.Number, e.selection)
	})
	return err
}

// selectMatches walks through the matches, in the order of the file, because an
// export of everyone ends after the first ones.
func (e *exporter) selectMatches(ctx context.Context, snap index.Snapshot) error {
	total, err := snap.Count(ctx, e.query.Where)
	if err != nil {
		return refuseEngine(err)
	}
	e.set = exportSet{Total: total, Truncated: e.request.everyone() && total > MaxExportWithoutFilter}
	wanted := total
	if e.set.Truncated {
		wanted = MaxExportWithoutFilter
	}
	seen := 0
	return e.groups(ctx, snap, func(ids []string) (more bool, err error) {
		ids = ids[:min(len(ids), wanted-seen)]
		seen += len(ids)
		e.run.Tell(job.Progress{Stage: StageSelect, Done: int64(seen), Total: int64(wanted)})
		_, err = e.store.Select(e.selection, ids)
		return seen < wanted, err
	})
}

// groups walks through the matches of the query, some at a time.
func (e *exporter) groups(ctx context.Context, snap index.Snapshot, visit func(ids []string) (more bool, err error)) error {
	var failed error
	ids := make([]string, 0, laterGroup)
	more := true
	err := snap.Walk(ctx, e.query, func(h index.Hit) bool {
		if ids = append(ids, h.ID); len(ids) == cap(ids) {
			more, failed = visit(ids)
			ids = ids[:0]
		}
		return more && failed == nil
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case failed != nil:
		return failed
	case err != nil:
		return refuseEngine(err)
	case len(ids) > 0 && more:
		_, failed = visit(ids)
	}
	return failed
}

// narrowest is how many customers are better looked for by their ids than among
// all.
const narrowest = 10_000

// narrow makes the query find at least the customers of a selection that is
// fixed already, whoever matches now.
func (e *exporter) narrow(ctx context.Context) error {
	e.query.Where = expr.Const{Value: true}
	if e.selection.Len() > narrowest {
		return nil
	}
	var ids []string
	for after := uint64(0); ; {
		list, done, err := e.store.Selected(e.job.Number, after, laterGroup)
		if err != nil {
			return err
		}
		for _, c := range list {
			if after = c.Number; c.Live {
				ids = append(ids, c.Record.ID())
			}
		}
		if done || ctx.Err() != nil {
			break
		}
	}
	e.query.Where = expr.Const{}
	if len(ids) > 0 {
		e.query.Where = expr.Text{Field: schema.IDField, Kind: schema.String, Match: expr.Equal, Form: expr.Exact, Needles: ids}
	}
	return ctx.Err()
}

// writeRows writes the customers of the selection in the order of the query.
func (e *exporter) writeRows(ctx context.Context, snap index.Snapshot, out table.Writer) error {
	cells := make([]schema.Value, len(e.keys))
	return e.groups(ctx, snap, func(ids []string) (more bool, err error) {
		list, err := e.store.Chosen(e.selection, ids)
		if err != nil {
			return false, fmt.Errorf("read the customers of an export: %w", err)
		}
		for _, c := range list {
			for i, key := range e.keys {
				cells[i] = c.Record.Get(key)
			}
			if err := out.WriteRow(cells); err != nil {
				return false, fmt.Errorf("write an export: %w", err)
			}
		}
		e.rows += len(list)
		e.run.Tell(job.Progress{Stage: StageWrite, Done: int64(e.rows), Total: int64(e.selection.Len())})
		return e.rows < e.selection.Len(), nil
	})
}

// finish keeps what came of the export and notes it in the audit log.
func (e *exporter) finish(ctx context.Context, size int64, cut int) error {
	days := e.store.Settings().ExportDays
	result := ExportResult{Rows: e.rows, Total: e.set.Total, Truncated: e.set.Truncated, Missing: e.request.Missing, Bytes: size, CutCells: cut,
		File: exportName(e.job, e.request, e.layout.Zone), ExpiresAt: e.clock().Add(time.Duration(days) * 24 * time.Hour).UnixMilli()}
	_, err := e.run.Commit(ctx, func(step *job.Step) error {
		step.Progress, step.Result = job.Progress{Stage: StageWrite, Done: int64(e.rows), Total: int64(e.rows)}, result
		detail := exportDetail{Filter: e.request.Filter, Q: e.request.Q, TimeZone: e.request.TimeZone, Now: e.request.Now, IDs: e.request.IDs,
			Format: e.request.Format, Rows: e.rows, Total: e.set.Total, Truncated: e.set.Truncated}
		return e.audit(step.Tx, act{action: "export.created", kind: "export", key: jobID(e.job.Number), detail: detail, job: e.job.Number})
	})
	return err
}

// An exportDetail is what the audit log says of an export.
type exportDetail struct {
	Filter    string       `json:"filter,omitempty"`
	Q         string       `json:"q,omitempty"`
	TimeZone  string       `json:"timeZone,omitempty"`
	Now       string       `json:"now,omitempty"`
	IDs       int          `json:"ids,omitempty"` // how many were named
	Format    table.Format `json:"format"`
	Rows      int          `json:"rows"`
	Total     int          `json:"total"`
	Truncated bool         `json:"truncated,omitempty"`
}
