package service

import (
	"errors"
	"fmt"
	"strings"

	"meibo/api/table"
	"meibo/dsl/schema"
)

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
