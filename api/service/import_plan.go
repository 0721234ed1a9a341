package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/store"
)

// An importer is one import under way.
type importer struct {
	service  *Service
	request  ImportRequest
	zone     *time.Location
	resolver *columnResolver
	files    []*importFile
	fields   *schema.Fields // as they will be once the new ones are created
	report   ImportReport
	total    int64        // bytes of all files, 0 when unknown
	bytes    atomic.Int64 // read in this stage
	began    uint64       // the store's seq before the import
}

// An importFile is one of its files. Columns of a table are in their order;
// the keys of NDJSON rows are resolved as they come.
type importFile struct {
	source   table.Source
	format   table.Format
	resolver *columnResolver
	columns  []*column
	keys     map[string]*column
}

// planImport opens every file once, so that a file that is missing, empty or of
// another format is told before anything is written, and resolves the headers.
func (s *Service) planImport(r ImportRequest) (*importer, error) {
	im := &importer{service: s, request: r, zone: r.Zone, fields: s.store.Fields(), began: s.store.Seq()}
	if im.zone == nil {
		im.zone = s.zone()
	}
	var err error
	if im.resolver, err = newColumnResolver(im.fields, r); err != nil {
		return nil, err
	}
	if len(r.Sources) == 0 {
		return nil, refuse(CodeBadRequest, "ファイルがありません。", "there is no file to import")
	}
	tables := true
	for _, source := range r.Sources {
		file, err := im.planFile(source)
		if err != nil {
			return nil, err
		}
		im.files = append(im.files, file)
		tables = tables && file.format != table.NDJSON
		im.total += source.Size
	}
	if tables {
		err = im.checkMappingsUsed()
	}
	return im, err
}

func (im *importer) planFile(source table.Source) (*importFile, error) {
	rows, format, err := table.Open(source, im.request.Format, nil)
	if err != nil {
		return nil, refuseTable(err)
	}
	file := &importFile{source: source, format: format, resolver: im.resolver, keys: map[string]*column{}}
	for i, name := range rows.Columns() {
		file.columns = append(file.columns, im.resolver.column(name, i+1, false))
	}
	return file, errors.Join(rows.Close(), file.check())
}

// refuseFile is a fault of a whole file: nothing of it is imported.
func refuseFile(name, ja, en string) *Error {
	return refuse(CodeBadRequest, name+": "+ja, name+": "+en)
}

// refuseTable makes a refusal of a file that cannot be read as rows.
func refuseTable(err error) error {
	fault := (*table.FileError)(nil)
	if !errors.As(err, &fault) {
		return err
	}
	e := refuseFile(fault.Name, fault.Words.JA, fault.Words.EN)
	e.cause = err
	return e
}

// check refuses a table of which a column goes nowhere, or two to one field.
func (f *importFile) check() error {
	var unknown []string
	from := map[string]string{}
	for _, col := range f.columns {
		if col.unknown {
			unknown = append(unknown, col.name)
		}
		key := col.key()
		if first, twice := from[key]; twice && key != "" {
			return refuseFile(f.source.Name,
				fmt.Sprintf("列「%s」と「%s」がどちらも %s に入ります。--map 列名=項目 で分けるか、--map 列名= で片方を外してください。", first, col.name, key),
				fmt.Sprintf("columns %q and %q both go to %s; separate them with --map COLUMN=FIELD, or leave one out with --map COLUMN=", first, col.name, key))
		}
		from[key] = col.name
	}
	if len(unknown) == 0 {
		return nil
	}
	const shown = 10
	list, more := strings.Join(unknown[:min(shown, len(unknown))], ", "), ""
	if len(unknown) > shown {
		more = ", …"
	}
	e := refuseFile(f.source.Name,
		fmt.Sprintf("%d 個の列に合う項目がありません（%s%s）。--create-fields で項目を作るか、--map 列名=項目 で割り当てるか、--map 列名= で外してください。", len(unknown), list, more),
		fmt.Sprintf("%d columns name no field (%s%s); create fields with --create-fields, map them with --map COLUMN=FIELD, or leave them out with --map COLUMN=", len(unknown), list, more))
	e.Code = CodeUnknownField
	return e
}

func (im *importer) checkMappingsUsed() error {
	for folded, m := range im.resolver.mapping {
		if !im.resolver.used[folded] {
			return refuse(CodeBadRequest,
				fmt.Sprintf("列「%s」はどのファイルにもありません。", m.Column), fmt.Sprintf("no file has a column %q", m.Column))
		}
	}
	return nil
}

// key is where an NDJSON key goes; a file that has too many is refused.
func (f *importFile) key(name string) (*column, error) {
	if col, ok := f.keys[name]; ok {
		return col, nil
	}
	if len(f.keys) == table.MaxColumns {
		return nil, refuseFile(f.source.Name,
			fmt.Sprintf("キーの種類が %d を超えています。", table.MaxColumns), fmt.Sprintf("the rows have more than %d different keys", table.MaxColumns))
	}
	col := f.resolver.column(name, len(f.keys)+1, true)
	f.keys[name] = col
	return col, nil
}

// columnOf names the column that goes to a field.
func (f *importFile) columnOf(key string) string {
	for _, col := range f.columns {
		if col.key() == key {
			return col.name
		}
	}
	for _, col := range f.keys {
		if col.key() == key {
			return col.name
		}
	}
	return ""
}

// infer reads all values of all files to decide the kinds of new fields.
func (im *importer) infer(ctx context.Context) error {
	needed := slices.ContainsFunc(im.files, func(f *importFile) bool {
		return f.format == table.NDJSON || slices.ContainsFunc(f.columns, func(c *column) bool { return c.pending != nil })
	})
	rows := 0
	for _, file := range im.files {
		if !needed {
			break
		}
		err := im.each(file, func(r table.Row, fault *table.Fault) error {
			if rows++; rows%1000 == 0 {
				im.progress(StageInfer, file, rows, 0)
				if err := ctx.Err(); err != nil {
					return err
				}
			}
			if fault != nil {
				return nil // told when it is imported
			}
			return im.observe(file, r)
		})
		if err != nil {
			return err
		}
	}
	created := im.resolver.settle()
	fields, err := im.fields.With(created...)
	if err != nil {
		return fmt.Errorf("create fields: %w", err)
	}
	im.fields, im.report.Fields = fields, created
	return nil
}

func (im *importer) observe(file *importFile, r table.Row) error {
	for i, cell := range r.Cells {
		if p := file.columns[i].pending; p != nil && !p.fixed {
			p.seen |= seenInCell(cell, im.zone)
		}
	}
	for _, member := range r.Members {
		col, err := file.key(member.Key)
		if err != nil {
			return err
		}
		if p := col.pending; p != nil && !p.fixed {
			p.seen |= seenInJSON(member.Raw, im.zone)
		}
	}
	return nil
}

func (im *importer) createFields(ctx context.Context) error {
	if len(im.report.Fields) == 0 || im.request.DryRun {
		return nil
	}
	_, err := im.service.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutFields(im.report.Fields); err != nil {
			return err
		}
		for _, f := range im.report.Fields {
			if err := im.service.audit(tx, act{action: "field.created", kind: "field", key: f.Key, after: f}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("create fields: %w", err)
	}
	return nil
}

// each reads a file's rows and faults in their order.
func (im *importer) each(file *importFile, visit func(table.Row, *table.Fault) error) (err error) {
	rows, _, err := table.Open(file.source, file.format, func(n int) { im.bytes.Add(int64(n)) })
	if err != nil {
		return refuseTable(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if columns := rows.Columns(); len(columns) != len(file.columns) {
		return refuseFile(file.source.Name, "読み込み中にファイルが変わりました。", "the file changed while it was read")
	}
	for {
		r, err := rows.Next()
		var fault *table.Fault
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &fault), err == nil:
			if err := visit(r, fault); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// listColumns tells in the report where each column went.
func (im *importer) listColumns() {
	for _, file := range im.files {
		columns := file.columns
		if file.format == table.NDJSON && im.request.CreateFields {
			for _, key := range slices.Sorted(maps.Keys(file.keys)) {
				columns = append(columns, file.keys[key])
			}
		}
		for _, col := range columns {
			f, _ := col.target()
			im.report.Columns = append(im.report.Columns, ImportColumn{file.source.Name, col.name, f.Key})
		}
	}
}

func (im *importer) progress(stage string, file *importFile, rows, bad int) {
	if im.request.Progress == nil {
		return
	}
	im.request.Progress(ImportProgress{Stage: stage, File: file.source.Name, Rows: rows, Bad: bad, Bytes: im.bytes.Load(), Total: im.total})
}
