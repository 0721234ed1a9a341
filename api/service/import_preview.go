package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"meibo/api/table"
	"meibo/store"
)

// An ImportPreview is how the beginning of the files would land.
type ImportPreview struct {
	Columns []ImportColumn `json:"columns" nullable:"false" doc:"Where each column goes."`
	Fields  []NewFieldView `json:"fields" nullable:"false" doc:"That would be created, their kinds as the first rows have them."`
	Rows    []PreviewRow   `json:"rows" nullable:"false" doc:"The first rows."`
	Errors  []BadRow       `json:"errors" nullable:"false" doc:"The first faults among the first 1,000 rows of each file."`
}

// A NewFieldView is a field that an import would create.
type NewFieldView struct {
	Key  string `json:"key"`
	Kind string `json:"kind"`
}

// A PreviewRow is what would become of a row.
type PreviewRow struct {
	File     string          `json:"file"`
	Line     int             `json:"line"`
	Status   string          `json:"status" enum:"created,updated,unchanged,kept,refused"`
	Customer json.RawMessage `json:"customer,omitempty" doc:"As it would be."`
}

// Bounds of a preview.
const (
	previewRows   = 20
	previewErrors = 20
)

// errPreviewed takes back the transaction in which a preview tries its rows.
var errPreviewed = errors.New("preview: taken back")

// PreviewImport shows what an import would do with the first rows, and writes
// nothing: the rows are tried in a transaction that is taken back. Cost: the
// beginning of each file; with the keys email and phone a scan of the register.
func (s *Service) PreviewImport(ctx context.Context, b ImportBody) (ImportPreview, error) {
	r, _, err := s.importRequest(b)
	if err != nil {
		return ImportPreview{}, err
	}
	im, err := s.newImporter(r)
	if err != nil {
		return ImportPreview{}, err
	}
	if err := im.plan(); err != nil {
		return ImportPreview{}, err
	}
	if err := im.glance(ctx); err != nil {
		return ImportPreview{}, err
	}
	if im.lookup, err = newKeyLookup(ctx, s.store, im.request.Key); err != nil {
		return ImportPreview{}, err
	}
	preview := &ImportPreview{Columns: []ImportColumn{}, Fields: []NewFieldView{}, Rows: []PreviewRow{}, Errors: []BadRow{}}
	im.listColumns()
	preview.Columns = append(preview.Columns, im.report.Columns...)
	for _, f := range im.report.Fields {
		preview.Fields = append(preview.Fields, NewFieldView{f.Key, f.Kind.String()})
	}
	if err := im.try(ctx, preview); err != nil {
		return ImportPreview{}, err
	}
	return *preview, nil
}

// glance infers kinds and formats from the first rows.
func (im *importer) glance(ctx context.Context) error {
	for _, file := range im.files {
		err := im.beginning(ctx, file, lookRows, func(r table.Row, fault *table.Fault) error {
			if fault != nil {
				return nil
			}
			return im.observe(file, r)
		})
		if err != nil {
			return err
		}
	}
	return im.settle()
}

// try reads the beginning of each file, applies the first rows and keeps the
// first faults.
func (im *importer) try(ctx context.Context, p *ImportPreview) error {
	var first []importBatch
	for _, file := range im.files {
		b := importBatch{file: file}
		err := im.beginning(ctx, file, lookRows, func(r table.Row, fault *table.Fault) error {
			row := parsedRow{}
			if fault != nil {
				row.line, row.faults = fault.Line, []*table.Fault{fault}
			} else {
				var err error
				if row, err = im.convert(file, r); err != nil {
					return err
				}
			}
			if len(b.rows) < previewRows || len(row.faults) > 0 {
				b.rows = append(b.rows, row)
			}
			return nil
		})
		if err != nil {
			return err
		}
		first = append(first, b)
	}
	_, err := im.service.store.Update(ctx, func(tx *store.Tx) error {
		if err := im.putFields(tx); err != nil {
			return err
		}
		for _, b := range first {
			if err := im.tryBatch(ctx, tx, b, p); err != nil {
				return err
			}
		}
		return errPreviewed
	})
	if errors.Is(err, errPreviewed) {
		return nil
	}
	return err
}

func (im *importer) tryBatch(ctx context.Context, tx *store.Tx, b importBatch, p *ImportPreview) error {
	layout := im.fields.Layout(func(key string) bool {
		f, _ := im.fields.Lookup(key)
		return !f.Hidden
	})
	for _, row := range b.rows {
		var counts ImportReport
		out, faults, err := im.writeRow(ctx, tx, b.file, row, &counts)
		if err != nil {
			return fmt.Errorf("preview: %w", err)
		}
		for _, f := range faults {
			if len(p.Errors) < previewErrors {
				p.Errors = append(p.Errors, f)
			}
		}
		if len(p.Rows) >= previewRows {
			continue
		}
		shown := PreviewRow{File: b.file.source.Name, Line: row.line, Status: out.Status}
		switch {
		case len(faults) > 0:
			shown.Status = Refused
		case counts.Kept > 0:
			shown.Status = "kept"
		default:
			shown.Customer = layout.Append(nil, out.Record)
		}
		p.Rows = append(p.Rows, shown)
	}
	return nil
}
