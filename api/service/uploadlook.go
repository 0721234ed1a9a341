package service

import (
	"context"
	"errors"
	"maps"
	"slices"

	"meibo/api/table"
	"meibo/dsl/schema"
)

// An Upload is a file that waits to be imported, and what it looks like.
type Upload struct {
	ID        string         `json:"id"`
	Name      string         `json:"name"`
	Size      int64          `json:"size" doc:"In bytes."`
	Format    string         `json:"format" enum:"csv,ndjson,xlsx"`
	Encoding  string         `json:"encoding,omitempty" doc:"Of text."`
	Delimiter string         `json:"delimiter,omitempty" doc:"Of CSV."`
	Preset    string         `json:"preset,omitempty" doc:"The system whose export it looks like."`
	Columns   []UploadColumn `json:"columns" nullable:"false" doc:"Of a table in its order; of NDJSON the keys of its first rows."`
	ExpiresAt int64          `json:"expiresAt" doc:"When it is deleted unless an import has it, in epoch milliseconds."`
}

// An UploadColumn is where a column would go.
type UploadColumn struct {
	Name   string       `json:"name"`
	Field  string       `json:"field,omitempty" doc:"That it goes to; left out where there is none."`
	New    bool         `json:"new,omitempty" doc:"The field is one that createFields would make."`
	Kind   string       `json:"kind,omitempty" doc:"Of the field; of a new one as the first rows have it."`
	Format schema.Words `json:"format,omitzero" doc:"How dates and numbers stand in it; left out where it is the usual way."`
	Doubt  []string     `json:"doubt,omitempty" doc:"Formats between which the first rows do not decide: state dateFormat or numberFormat where all rows do not either."`
	Values []string     `json:"values" nullable:"false" doc:"The first that are not blank, at most three."`
}

// Bounds of a look at a file.
const (
	lookRows       = 1000
	lookValues     = 3
	lookValueBytes = 100
)

// errEnough ends the reading of a file's beginning.
var errEnough = errors.New("enough rows")

// LookUpload tells again what a file looks like.
func (s *Service) LookUpload(ctx context.Context, id string) (Upload, error) {
	u, err := s.upload(id)
	if err != nil {
		return Upload{}, err
	}
	return s.lookAt(ctx, u)
}

// lookAt reads a file's first rows, as an import that creates fields would.
func (s *Service) lookAt(ctx context.Context, u storedUpload) (Upload, error) {
	answer := Upload{ID: u.ID, Name: u.Name, Size: u.Size, Columns: []UploadColumn{}, ExpiresAt: u.expiresAt()}
	im, err := s.newLook(u)
	if err != nil {
		return answer, err
	}
	file := im.files[0]
	answer.Format, answer.Encoding, answer.Delimiter, answer.Preset = string(file.format), string(file.source.Encoding), file.source.Delimiter, file.preset
	values := map[*column][]string{}
	err = im.beginning(ctx, file, lookRows, func(r table.Row, fault *table.Fault) error {
		if fault != nil {
			return nil
		}
		noteValues(file, r, values)
		return im.observe(file, r)
	})
	if err != nil {
		return answer, err
	}
	im.kinds()
	for _, col := range file.listed() {
		shown := col.look(values[col])
		if shown.Doubt = im.chooseFormat(col); shown.Doubt == nil {
			shown.Format = col.format.words()
		}
		answer.Columns = append(answer.Columns, shown)
	}
	return answer, nil
}

// newLook plans to read a file without asking anything of its columns.
func (s *Service) newLook(u storedUpload) (*importer, error) {
	r := ImportRequest{Sources: []table.Source{s.sourceOf(u)}, CreateFields: true}
	fields := s.collected(s.store.Fields())
	im := &importer{service: s, request: r, zone: s.zone(), fields: fields}
	var err error
	if im.resolver, err = newColumnResolver(fields, r); err != nil {
		return nil, err
	}
	file, err := im.openFile(0, r.Sources[0])
	if err != nil {
		return nil, err
	}
	im.files = []*importFile{file}
	return im, nil
}

// beginning reads a file's first rows.
func (im *importer) beginning(ctx context.Context, file *importFile, rows int, visit func(table.Row, *table.Fault) error) error {
	err := im.each(file, func(r table.Row, fault *table.Fault) error {
		if rows--; rows < 0 {
			return errEnough
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return visit(r, fault)
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// listed are a file's columns to be shown, those of NDJSON by their keys.
func (f *importFile) listed() []*column {
	columns := slices.Clone(f.columns)
	for _, key := range slices.Sorted(maps.Keys(f.keys)) {
		columns = append(columns, f.keys[key])
	}
	return slices.DeleteFunc(columns, func(c *column) bool { return c.own })
}

func noteValues(file *importFile, r table.Row, values map[*column][]string) {
	note := func(col *column, text string) {
		if text != "" && len(values[col]) < lookValues {
			values[col] = append(values[col], beginningOf(text))
		}
	}
	for i, cell := range r.Cells {
		note(file.columns[i], cell)
	}
	for _, m := range r.Members {
		if col, err := file.key(m.Key); err == nil && m.Raw != nil {
			note(col, rawJSON(m.Raw))
		}
	}
}

func beginningOf(text string) string {
	if len(text) <= lookValueBytes {
		return text
	}
	return table.Shorten([]byte(text[:lookValueBytes])) + "…"
}

// look is a column as it is shown.
func (c *column) look(values []string) UploadColumn {
	shown := UploadColumn{Name: c.name, Values: append([]string{}, values...)}
	if f, ok := c.target(); ok {
		shown.Field, shown.New, shown.Kind = f.Key, c.pending != nil, f.Kind.String()
	} else if c.pending != nil { // all its values are blank
		shown.Field, shown.New, shown.Kind = c.pending.field.Key, true, schema.String.String()
	}
	return shown
}
