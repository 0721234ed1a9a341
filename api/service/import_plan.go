package service

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"meibo/api/table"
	"meibo/dsl/schema"
	"meibo/store"
)

// An importer is one import under way.
type importer struct {
	service  *Service // of the register that is written: in a dry run a copy
	request  ImportRequest
	job      uint64 // that it is the work of; 0: none
	zone     *time.Location
	resolver *columnResolver
	files    []*importFile
	fields   *schema.Fields // as they will be once the new ones are created
	lookup   *keyLookup     // nil: the key needs none
	errors   *errorFiles    // of the refused rows; nil: they are only told
	total    int64          // bytes of all files, 0 when unknown
	bytes    atomic.Int64   // read in this stage
	began    uint64         // the store's seq before the import

	keptPlan []plannedFile // what planned said, once all columns are known

	// How a transaction is done: with a job's checkpoint in it, or by itself.
	commit func(context.Context, func(*store.Tx) (importMoment, error)) error

	importMoment // as it was committed last
}

// An importMoment is how far an import is: what counts, and where it goes on.
type importMoment struct {
	report ImportReport
	place  importPlace
	done   ImportProgress
}

// An importPlace is up to where the rows are taken.
type importPlace struct {
	Loaded bool    `json:"loaded,omitempty"` // all of them
	File   int     `json:"file"`
	Rows   int     `json:"rows"`             // of this file, unreadable ones among them
	Errors []int64 `json:"errors,omitempty"` // how long each file of refused rows is, in bytes
}

// newImporter checks what is asked, and reads no file yet.
func (s *Service) newImporter(r ImportRequest) (*importer, error) {
	if err := s.checkImportRules(&r); err != nil {
		return nil, err
	}
	im := &importer{service: s, request: r, zone: r.Zone, fields: s.collected(s.store.Fields()), began: s.store.Seq()}
	im.commit = im.commitAlone
	if im.zone == nil {
		im.zone = s.zone()
	}
	if key := r.Key.field(); key != "" {
		if _, ok := im.fields.Lookup(key); !ok {
			return nil, &Error{Code: CodeUnknownField, Message: UnknownField(key, im.fields).Message}
		}
	}
	var err error
	if im.resolver, err = newColumnResolver(im.fields, r); err != nil {
		return nil, err
	}
	if len(r.Sources) == 0 {
		return nil, refuse(CodeBadRequest, "ファイルがありません。", "there is no file to import")
	}
	for _, source := range r.Sources {
		im.total += source.Size
	}
	return im, nil
}

// commitAlone is a transaction that belongs to no job.
func (im *importer) commitAlone(ctx context.Context, change func(*store.Tx) (importMoment, error)) error {
	_, err := im.service.store.Update(ctx, func(tx *store.Tx) error {
		_, err := change(tx)
		return err
	})
	return err
}

// plan opens every file once, so that a file that is missing, empty or of
// another format is told before anything is written, and resolves the headers.
func (im *importer) plan() error {
	tables := true
	for i, source := range im.request.Sources {
		file, err := im.planFile(i, source)
		if err != nil {
			return err
		}
		im.files = append(im.files, file)
		tables = tables && file.format != table.NDJSON
		im.report.Files = append(im.report.Files, FileReport{Name: source.Name, Format: string(file.format)})
	}
	im.place.Errors = make([]int64, len(im.files))
	im.report.DryRun = im.request.DryRun
	if tables {
		return im.checkMappingsUsed()
	}
	return nil
}

func (im *importer) planFile(number int, source table.Source) (*importFile, error) {
	file, err := im.openFile(number, source)
	if err != nil {
		return nil, err
	}
	if err := file.check(); err != nil {
		return nil, err
	}
	return file, im.checkKeyColumn(file)
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
			if col.own {
				continue
			}
			f, _ := col.target()
			im.report.Columns = append(im.report.Columns, ImportColumn{file.source.Name, col.name, f.Key})
		}
	}
}

func (im *importer) tell(p ImportProgress) {
	if im.request.Progress != nil {
		im.request.Progress(p)
	}
}

// reading is how far the reading of a stage is.
func (im *importer) reading(stage string, file *importFile, rows int) ImportProgress {
	return ImportProgress{Stage: stage, File: file.source.Name, Rows: rows, Bytes: im.bytes.Load(), Total: im.total}
}
