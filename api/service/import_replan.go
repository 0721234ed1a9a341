package service

import (
	"maps"
	"slices"
)

// planned is what was decided about the files, for a checkpoint.
func (im *importer) planned() []plannedFile {
	if im.keptPlan != nil {
		return im.keptPlan
	}
	files := make([]plannedFile, len(im.files))
	for i, f := range im.files {
		files[i] = plannedFile{Format: f.format, Encoding: f.source.Encoding, Delimiter: f.source.Delimiter, Preset: f.preset}
		for _, col := range f.columns {
			files[i].Columns = append(files[i].Columns, col.planned())
		}
		if !im.request.CreateFields {
			continue // keys are resolved as they come
		}
		for _, key := range slices.Sorted(maps.Keys(f.keys)) {
			files[i].Keys = append(files[i].Keys, f.keys[key].planned())
		}
	}
	im.keptPlan = files
	return files
}

func (c *column) planned() plannedColumn {
	p := plannedColumn{Name: c.name, Header: c.header, Skip: c.skip, Own: c.own, Raw: c.raw, Alien: c.unknown, Format: c.format}
	if f, ok := c.target(); ok {
		p.Field = &f
	}
	if c.pending != nil {
		p.New, p.Fixed = true, c.pending.fixed
	}
	return p
}

// replan takes the plan of a checkpoint. Fields that were changed meanwhile are
// as they were: the rows before and behind the break mean the same.
func (im *importer) replan(files []plannedFile) {
	im.keptPlan = files
	for i, plan := range files {
		file := &importFile{number: i, source: im.request.Sources[i], format: plan.Format, resolver: im.resolver, keys: map[string]*column{}}
		file.source.Encoding, file.source.Delimiter = plan.Encoding, plan.Delimiter
		var header []string
		for _, p := range plan.Columns {
			header = append(header, p.Header)
		}
		if plan.Preset != "" {
			im.usePreset(file, plan.Preset, header)
		}
		for _, p := range plan.Columns {
			file.columns = append(file.columns, p.column())
		}
		for _, p := range plan.Keys {
			file.keys[p.Name] = p.column()
		}
		im.files = append(im.files, file)
	}
}

func (p plannedColumn) column() *column {
	c := &column{name: p.Name, header: p.Header, skip: p.Skip, own: p.Own, raw: p.Raw, unknown: p.Alien, format: p.Format}
	switch {
	case p.New && p.Field != nil:
		c.pending = &pendingField{field: *p.Field, fixed: p.Fixed}
	case p.New:
		c.pending = &pendingField{} // all its values are blank
	case p.Field != nil:
		c.field = *p.Field
	}
	return c
}
