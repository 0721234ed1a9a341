package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

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
// returns without an error, the index has followed. It is what the job of an
// import does, without one: for a program that has the files and waits.
//
// An error with a report beside it (Rows above 0) means that the rows counted
// there are written. Beside the caller's goroutine one more reads ahead, and
// has ended when Import returns.
func (s *Service) Import(ctx context.Context, r ImportRequest) (ImportReport, error) {
	if r.DryRun {
		return s.rehearse(ctx, r, nil)
	}
	im, err := s.newImporter(r)
	if err != nil {
		return ImportReport{}, err
	}
	if err := im.prepare(ctx); err != nil {
		return ImportReport{}, err
	}
	if err := im.load(ctx); err != nil {
		im.report.Cancelled = ctx.Err() != nil
		return im.report, err
	}
	return im.report, im.awaitIndex(ctx)
}

// prepare reads what has to be known before the first row is taken, and
// creates the fields.
func (im *importer) prepare(ctx context.Context) error {
	if err := im.plan(); err != nil {
		return err
	}
	if err := im.infer(ctx); err != nil {
		return err
	}
	im.bytes.Store(0)
	im.listColumns()
	return im.createFields(ctx)
}

// An importBatch is what goes into one transaction.
type importBatch struct {
	file  *importFile
	rows  []parsedRow
	bytes int64 // read when the last of them was
	last  bool  // of the file
}

// load reads and converts in one goroutine and writes in this one, from the
// place where the import is.
func (im *importer) load(ctx context.Context) (err error) {
	if im.place.Loaded {
		return nil
	}
	if im.lookup, err = newKeyLookup(ctx, im.service.store, im.request.Key); err != nil {
		return err
	}
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
	err = <-readErr
	if writeErr != nil {
		return writeErr
	}
	return err
}

func (im *importer) read(ctx context.Context, batches chan<- importBatch) error {
	from := im.place
	for _, file := range im.files[from.File:] {
		skip := 0
		if file.number == from.File {
			skip = from.Rows
		}
		if err := im.readFile(ctx, file, skip, batches); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readFile sends a file's rows but the first skip, which are taken already.
func (im *importer) readFile(ctx context.Context, file *importFile, skip int, batches chan<- importBatch) error {
	most := cmp.Or(im.service.importRows, importBatchRows)
	b, bytes := importBatch{file: file}, 0
	send := func() error {
		b.bytes = im.bytes.Load()
		select {
		case batches <- b:
			b, bytes = importBatch{file: file, rows: make([]parsedRow, 0, most)}, 0
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := im.each(file, func(r table.Row, fault *table.Fault) error {
		if skip > 0 {
			skip--
			return ctx.Err()
		}
		p := parsedRow{}
		if fault != nil {
			p.line, p.faults, p.bytes = fault.Line, []*table.Fault{fault}, len(fault.Whole)
		} else {
			var err error
			if p, err = im.convert(file, r); err != nil {
				return err
			}
		}
		b.rows = append(b.rows, p)
		if bytes += p.bytes; len(b.rows) >= most || bytes >= importBatchBytes {
			return send()
		}
		return nil
	})
	if ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	b.last = err == nil
	if len(b.rows) > 0 || b.last {
		err = errors.Join(err, send()) // also what came before a damaged place
	}
	return err
}

// write is one transaction. A batch that has begun is finished even when the
// import is cancelled meanwhile.
func (im *importer) write(ctx context.Context, b importBatch) error {
	if im.service.beforeBatch != nil {
		im.service.beforeBatch(ctx)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var next importMoment
	var faults []BadRow
	err := im.commit(context.WithoutCancel(ctx), func(tx *store.Tx) (importMoment, error) {
		next = im.importMoment
		next.report, next.place.Errors = im.report.clone(), slices.Clone(im.place.Errors)
		var refused []refusedRow
		for _, p := range b.rows {
			_, bad, err := im.writeRow(ctx, tx, b.file, p, &next.report)
			if err != nil {
				return next, err
			}
			if len(bad) > 0 {
				refused = append(refused, refusedRow{p, bad})
			}
		}
		faults = next.count(b, refused)
		next.done = im.reading(StageImport, b.file, next.report.Rows)
		next.done.Bad, next.done.Bytes = next.report.Bad, b.bytes
		kept, err := im.errors.add(b.file, next.place.Errors[b.file.number], refused)
		next.place.Errors[b.file.number] = kept
		return next, err
	})
	if err != nil {
		return err
	}
	im.importMoment = next
	im.tell(im.done)
	if im.request.BadRow != nil {
		for _, f := range faults {
			if err := im.request.BadRow(f); err != nil {
				return fmt.Errorf("write the report of bad rows: %w", err)
			}
		}
	}
	return nil
}

// count takes a batch into the report and moves the place behind it.
func (m *importMoment) count(b importBatch, refused []refusedRow) (faults []BadRow) {
	for _, r := range refused {
		for _, f := range r.faults {
			m.report.count(f)
			faults = append(faults, f)
		}
	}
	m.report.Rows += len(b.rows)
	m.report.Bad += len(refused)
	file := &m.report.Files[b.file.number]
	file.Rows += len(b.rows)
	file.Bad += len(refused)
	m.place.Rows += len(b.rows)
	if b.last {
		m.place.File, m.place.Rows = m.place.File+1, 0
		m.place.Loaded = m.place.File == len(m.report.Files)
	}
	return faults
}

// writeRow writes one row and counts it, or returns its faults.
func (im *importer) writeRow(ctx context.Context, tx *store.Tx, file *importFile, p parsedRow, counts *ImportReport) (Outcome, []BadRow, error) {
	if len(p.faults) > 0 {
		bad := make([]BadRow, len(p.faults))
		for i, f := range p.faults {
			bad[i] = BadRow{File: file.source.Name, Line: f.Line, Column: f.Column, Field: f.Field, Code: f.Code, Reason: f.Reason, Raw: f.Raw}
		}
		return Outcome{}, bad, nil
	}
	err := im.locate(ctx, tx, &p.write)
	var out Outcome
	if err == nil {
		im.obey(&p.write)
		out, err = im.service.Apply(tx, p.write)
	}
	var refusal *Error
	switch {
	case errors.Is(err, errKept):
		counts.Kept++
		return Outcome{}, nil, nil
	case errors.As(err, &refusal):
		return Outcome{}, rowFaults(file, p, refusal), nil
	case err != nil:
		return Outcome{}, nil, fmt.Errorf("%s, line %d: %w", file.source.Name, p.line, err)
	}
	switch out.Status {
	case Created:
		counts.Created++
	case Updated:
		counts.Updated++
	default:
		counts.Unchanged++
	}
	return out, nil, nil
}

// errKept: the customer is there, and the import leaves such as they are.
var errKept = errors.New("kept")

// obey makes a write keep the rule for customers who are there.
func (im *importer) obey(w *Write) {
	switch im.request.Conflict {
	case ConflictKeep:
		w.Check = func(_ schema.Record, exists bool) error {
			if exists {
				return errKept
			}
			return nil
		}
	case ConflictEmpty:
		for i := range w.Edits {
			w.Edits[i].Once = true
		}
	}
}

// rowFaults tells why the rules of writing refuse a row.
func rowFaults(file *importFile, p parsedRow, e *Error) []BadRow {
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
