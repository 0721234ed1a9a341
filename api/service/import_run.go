package service

import (
	"context"
	"errors"
	"fmt"

	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/store"
)

// Bounds of one transaction of an import: enough rows to pay for the fsync,
// little enough memory.
const (
	importBatchRows  = 4000
	importBatchBytes = 16 << 20
)

// Import makes customers of files. Rows that cannot be taken are reported and
// stop nothing; each row is written whole or not at all, batch by batch, so an
// import that is cancelled has written a beginning of its rows. When Import
// returns without an error, the index has followed.
//
// An error with a report beside it (Rows above 0) means that the rows counted
// there are written. Beside the caller's goroutine one more reads ahead, and
// has ended when Import returns.
func (s *Service) Import(ctx context.Context, r ImportRequest) (ImportReport, error) {
	im, err := s.planImport(r)
	if err != nil {
		return ImportReport{}, err
	}
	if r.CreateFields {
		if err := im.infer(ctx); err != nil {
			return ImportReport{}, err
		}
		if err := im.createFields(ctx); err != nil {
			return ImportReport{}, err
		}
		im.bytes.Store(0)
	}
	err = im.load(ctx)
	im.listColumns()
	if err != nil {
		im.report.Cancelled = ctx.Err() != nil
		return im.report, err
	}
	return im.report, im.awaitIndex(ctx)
}

// An importBatch is what goes into one transaction.
type importBatch struct {
	file *importFile
	rows []parsedRow
}

// load reads and converts in one goroutine and writes in this one.
func (im *importer) load(ctx context.Context) error {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	batches := make(chan importBatch, 2)
	readErr := make(chan error, 1)
	go func() {
		defer close(batches)
		readErr <- im.read(reading, batches)
	}()
	var writeErr error
	for b := range batches {
		if writeErr == nil {
			if writeErr = im.write(ctx, b); writeErr != nil {
				stop() // and drain, until the reader has noticed
			}
		}
	}
	err := <-readErr
	if writeErr != nil {
		return writeErr
	}
	return err
}

func (im *importer) read(ctx context.Context, batches chan<- importBatch) error {
	for _, file := range im.files {
		b, bytes := importBatch{file: file}, 0
		send := func() error {
			select {
			case batches <- b:
				b, bytes = importBatch{file: file, rows: make([]parsedRow, 0, importBatchRows)}, 0
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		err := im.each(file, func(r table.Row, fault *table.Fault) error {
			p := parsedRow{}
			if fault != nil {
				p.line, p.faults = fault.Line, []*table.Fault{fault}
			} else {
				var err error
				if p, err = im.convert(file, r); err != nil {
					return err
				}
			}
			b.rows = append(b.rows, p)
			if bytes += p.bytes; len(b.rows) >= importBatchRows || bytes >= importBatchBytes {
				return send()
			}
			return nil
		})
		if len(b.rows) > 0 && ctx.Err() == nil {
			err = errors.Join(err, send()) // also what came before a damaged place
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// write is one transaction. A batch that has begun is finished even when the
// import is cancelled meanwhile.
func (im *importer) write(ctx context.Context, b importBatch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var counts ImportReport
	var faults []BadRow
	_, err := im.service.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		counts, faults = ImportReport{}, nil
		if im.request.DryRun {
			// The new fields live as long as this transaction.
			if err := tx.PutFields(im.report.Fields); err != nil {
				return err
			}
		}
		for _, p := range b.rows {
			bad, err := im.writeRow(tx, b.file, p, &counts)
			if err != nil {
				return err
			}
			faults = append(faults, bad...)
		}
		if im.request.DryRun {
			return errRehearsed
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRehearsed) {
		return err
	}
	im.report.Rows += len(b.rows)
	im.report.Created += counts.Created
	im.report.Updated += counts.Updated
	im.report.Unchanged += counts.Unchanged
	im.report.Bad += counts.Bad
	for _, f := range faults {
		im.report.count(f)
		if im.request.BadRow == nil {
			continue
		}
		if err := im.request.BadRow(f); err != nil {
			return fmt.Errorf("write the report of bad rows: %w", err)
		}
	}
	im.progress(StageImport, b.file, im.report.Rows, im.report.Bad)
	return nil
}

// errRehearsed rolls back the transaction of a dry run.
var errRehearsed = errors.New("dry run: rolled back")

// writeRow writes one row and counts it, or returns its faults.
func (im *importer) writeRow(tx *store.Tx, file *importFile, p parsedRow, counts *ImportReport) ([]BadRow, error) {
	if len(p.faults) > 0 {
		counts.Bad++
		bad := make([]BadRow, len(p.faults))
		for i, f := range p.faults {
			bad[i] = BadRow{File: file.source.Name, Line: f.Line, Column: f.Column, Field: f.Field, Code: f.Code, Reason: f.Reason, Raw: f.Raw}
		}
		return bad, nil
	}
	if err := findMember(tx, &p.write); err != nil {
		return nil, err
	}
	out, err := im.service.Apply(tx, p.write)
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		counts.Bad++
		return refusedRow(file, p, refusal), nil
	case err != nil:
		return nil, fmt.Errorf("%s, line %d: %w", file.source.Name, p.line, err)
	}
	switch out.Status {
	case Created:
		counts.Created++
	case Updated:
		counts.Updated++
	default:
		counts.Unchanged++
	}
	return nil, nil
}

// refusedRow reports a row that the rules of writing refuse.
func refusedRow(file *importFile, p parsedRow, e *Error) []BadRow {
	if len(e.Values) == 0 {
		return []BadRow{{File: file.source.Name, Line: p.line, Code: string(e.Code), Reason: e.Message}}
	}
	bad := make([]BadRow, len(e.Values))
	for i, v := range e.Values {
		bad[i] = BadRow{File: file.source.Name, Line: p.line, Column: file.columnOf(v.Field), Field: v.Field,
			Code: v.Code, Reason: v.Message, Raw: rawOf(p.write, v.Field)}
		if Code(v.Code) == CodeReadOnly {
			bad[i].Reason.JA += "他のシステムの書き出しなら --system を付けてください。"
			bad[i].Reason.EN += "; for another system's export use --system"
		}
	}
	return bad
}

func rawOf(w Write, key string) string {
	if key == schema.IDField {
		return table.Shorten([]byte(w.ID))
	}
	for _, e := range w.Edits {
		if e.Key == key {
			if e.Value.Kind() == schema.String {
				return table.Shorten([]byte(e.Value.Text()))
			}
			return table.Shorten(e.Value.AppendJSON(nil))
		}
	}
	return ""
}

// findMember makes a row with a memberId, but without an id, mean the customer
// who has that memberId.
func findMember(tx *store.Tx, w *Write) error {
	memberID := memberIDOf(*w)
	if memberID == "" {
		return nil
	}
	id, err := tx.MemberCustomer(memberID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("find the customer of a memberId: %w", err)
	}
	w.ID = id
	return nil
}
