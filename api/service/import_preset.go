package service

import (
	"meibo/api/table"
	"meibo/dsl/schema"
)

// PresetNone is asked for where a file looks like another system's and is not.
const PresetNone = "none"

// choosePreset finds out which other system a table comes from, or takes what
// is stated.
func (im *importer) choosePreset(file *importFile, header []string) error {
	name := im.request.Preset
	if name == "" {
		if p, ok := presetOf(header); ok {
			name = p.name
		}
	}
	if name == "" || name == PresetNone {
		return nil
	}
	if _, err := presetNamed(name); err != nil {
		return err
	}
	im.usePreset(file, name, header)
	return nil
}

// usePreset lays a preset over a header. What the request maps itself is read
// as it stands.
func (im *importer) usePreset(file *importFile, name string, header []string) {
	p, err := presetNamed(name)
	if err != nil {
		return // another version of this program knew it; the columns are planned all the same
	}
	file.preset, file.reading = name, p.reading(header, im.request.System)
	for i, name := range header {
		if !im.resolver.maps(name) {
			continue
		}
		file.reading.rules[i], file.reading.fields[i] = nil, schema.Field{}
		if i == file.reading.family || i == file.reading.given {
			file.reading.family = -1
		}
	}
}

// maps reports whether the request says where a column goes.
func (c *columnResolver) maps(name string) bool {
	_, ok := c.mapping[schema.Fold(name)]
	return ok && name != ""
}

// columnOf decides where a column of a table goes: as its preset says, or as
// that of any file.
func (im *importer) columnOf(file *importFile, name string, i int) *column {
	if file.reading == nil {
		return im.resolver.column(name, i+1, false)
	}
	field := file.reading.fields[i]
	known, exists := im.fields.Lookup(field.Key)
	col := &column{name: name, header: name}
	switch {
	case file.reading.leftOut(i):
		col.skip = true
	case field.Key == "":
		return im.resolver.column(name, i+1, false)
	case exists:
		col.field = known
	case !im.request.CreateFields:
		col.unknown = true
	default:
		col.pending = im.resolver.pend(field, field.Kind != schema.None)
	}
	return col
}

// cells are a row's cells as the fields take them; valid until the next call.
func (f *importFile) cells(r table.Row) []string {
	if f.reading == nil || len(r.Cells) == 0 {
		return r.Cells
	}
	return f.reading.cells(r.Cells)
}
