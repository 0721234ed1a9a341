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

// An importFile is one of its files. Columns of a table are in their order;
// the keys of NDJSON rows are resolved as they come.
type importFile struct {
	number   int // among the files, from 0
	source   table.Source
	format   table.Format
	resolver *columnResolver
	columns  []*column
	keys     map[string]*column

	preset  string         // that knows the table; "": none
	reading *presetReading // of its cells; nil: they stand as they are
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

// openFile reads a file's header, and how it holds its rows.
func (im *importer) openFile(number int, source table.Source) (*importFile, error) {
	shape, err := table.Look(source, im.request.Format)
	if err != nil {
		return nil, refuseTable(err)
	}
	source.Encoding, source.Delimiter = shape.Encoding, shape.Delimiter
	file := &importFile{number: number, source: source, format: shape.Format, resolver: im.resolver, keys: map[string]*column{}}
	if file.format == table.NDJSON {
		return file, nil
	}
	if err := im.choosePreset(file, shape.Columns); err != nil {
		return nil, err
	}
	for i, name := range shape.Columns {
		col := im.columnOf(file, name, i)
		col.finder = im.finderOf(col)
		file.columns = append(file.columns, col)
	}
	return file, nil
}

// finderOf looks for how the cells of a column are written, where that matters.
func (im *importer) finderOf(col *column) *formatFinder {
	field := col.field
	if col.pending != nil {
		field = col.pending.field
	}
	if col.skip || col.unknown || col.pending == nil && field.Kind != schema.Date && field.Kind != schema.Number {
		return nil
	}
	return newFormatFinder(field, im.zone)
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

// infer reads all values of all files to decide the kinds of new fields and how
// dates and numbers stand in each column; where nothing is to be decided it
// reads nothing.
func (im *importer) infer(ctx context.Context) error {
	needed := slices.ContainsFunc(im.files, func(f *importFile) bool {
		return f.format == table.NDJSON && im.request.CreateFields || slices.ContainsFunc(f.columns, func(c *column) bool { return c.finder != nil || c.pending != nil })
	})
	rows := 0
	for _, file := range im.files {
		if !needed {
			break
		}
		err := im.each(file, func(r table.Row, fault *table.Fault) error {
			if rows++; rows%1000 == 0 {
				im.tell(im.reading(StageInfer, file, rows))
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
	return im.settle()
}

// settle gives the new fields their kinds, and the columns their formats.
func (im *importer) settle() error {
	created := im.kinds()
	fields, err := im.fields.With(created...)
	if err != nil {
		return fmt.Errorf("create fields: %w", err)
	}
	im.fields, im.report.Fields = fields, created
	for _, file := range im.files {
		for _, col := range file.columns {
			if doubt := im.chooseFormat(col); len(doubt) > 0 {
				return refuseDoubt(file, col, doubt)
			}
		}
	}
	return nil
}

// kinds gives the new fields their kinds.
func (im *importer) kinds() (created []schema.Field) {
	for _, file := range im.files {
		for _, col := range file.columns {
			if col.finder != nil && col.pending != nil && !col.pending.fixed {
				col.pending.seen |= col.finder.evidence()
			}
		}
	}
	return im.resolver.settle()
}

// chooseFormat says how a column's dates and numbers are to be read. doubt
// names the formats between which the values do not decide.
func (im *importer) chooseFormat(col *column) (doubt []string) {
	f, ok := col.target()
	switch {
	case !ok || col.finder == nil:
		return nil
	case f.Kind == schema.Date && im.request.DateFormat != "":
		col.format, _ = statedFormat(im.request.DateFormat) // it was checked
		return nil
	case f.Kind == schema.Number && im.request.NumberFormat != "":
		col.format, _ = statedFormat(im.request.NumberFormat)
		return nil
	case f.Kind != schema.Date && f.Kind != schema.Number:
		return nil
	}
	col.format, doubt = col.finder.choose()
	return doubt
}

// refuseDoubt asks for the format of a column.
func refuseDoubt(file *importFile, col *column, formats []string) *Error {
	list, flag := strings.Join(formats, ", "), "--date-format (dateFormat)"
	if strings.HasPrefix(formats[0], "decimal-") {
		flag = "--number-format (numberFormat)"
	}
	return refuseFile(file.source.Name,
		fmt.Sprintf("列「%s」は値だけでは読み方が決まりません（%s）。%s で指定してください。", col.name, list, flag),
		fmt.Sprintf("the values of the column %q do not say how they are written (%s); state it with %s", col.name, list, flag))
}

func (im *importer) observe(file *importFile, r table.Row) error {
	for i, cell := range file.cells(r) {
		if finder := file.columns[i].finder; finder != nil {
			finder.see(cell)
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

// createFields is a step of its own, with the plan: what follows it finds both.
func (im *importer) createFields(ctx context.Context) error {
	im.service.saving.Lock()
	defer im.service.saving.Unlock()
	return im.commit(ctx, func(tx *store.Tx) (importMoment, error) {
		if len(im.report.Fields) == 0 {
			return im.importMoment, nil
		}
		if err := im.putFields(tx); err != nil {
			return im.importMoment, err
		}
		for _, f := range im.report.Fields {
			if err := im.service.audit(tx, act{action: "field.created", kind: "field", key: f.Key, after: f, job: im.job}); err != nil {
				return im.importMoment, err
			}
		}
		return im.importMoment, nil
	})
}

// putFields adds the new fields. A key that somebody took meanwhile, or that is
// a field which the caller does not see, is refused.
func (im *importer) putFields(tx *store.Tx) error {
	for _, f := range im.report.Fields {
		if taken, ok := tx.Fields().LookupAnyCase(f.Key); ok {
			return refuse(CodeExists, "項目 "+taken.Key+" はすでにあります。列を別の項目に割り当ててください。", "there is a field "+taken.Key+" already; map the column to another")
		}
	}
	return refuseFieldStore(tx.PutFields(im.report.Fields))
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
