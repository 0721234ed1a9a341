package service

import (
	"encoding/json"
	"slices"
	"strings"

	"meibo/api/table"
	"meibo/dsl/schema"
)

// A parsedRow is a row as far as it can be checked without the record that it
// is for: a write, or the faults of which each is to be reported.
type parsedRow struct {
	line   int
	write  Write
	faults []*table.Fault
	row    table.Row // as it stands in the file, without Members; empty for one that cannot be read
	bytes  int       // about what it holds in memory
}

// convert turns a row into a write. A blank cell says nothing about its field:
// it does not clear what an existing customer has.
func (im *importer) convert(file *importFile, r table.Row) (parsedRow, error) {
	r.Cells = slices.Clone(r.Cells) // the reader's own last until the next row
	p := parsedRow{line: r.Line, row: table.Row{Line: r.Line, Cells: r.Cells, Text: r.Text}, write: Write{Policy: ImportPolicy(im.request.System), Cause: CauseImport, Follow: true, Job: im.job,
		Edits: make([]Edit, 0, len(r.Cells)+len(r.Members))}}
	for i, cell := range file.cells(r) {
		im.convertCell(&p, file.columns[i], cell)
	}
	for _, member := range r.Members {
		col, err := file.key(member.Key)
		if err != nil {
			return p, err
		}
		im.convertMember(&p, col, member)
	}
	return p, nil
}

func (im *importer) convertCell(p *parsedRow, col *column, cell string) {
	p.bytes += len(cell)
	f, ok := col.target()
	if col.raw && strings.TrimSpace(cell) != "" {
		p.addRaw(col, cell)
	}
	if !ok || cell == "" {
		return
	}
	if f.Key == schema.IDField {
		p.write.ID = strings.TrimSpace(cell)
		return
	}
	v, fault := col.format.parse(f, cell, im.zone)
	if fault != nil {
		p.add(col, fault, cell)
		return
	}
	if !v.IsMissing() {
		p.write.Edits = append(p.write.Edits, Edit{Key: f.Key, Value: v})
	}
}

// convertMember takes an NDJSON member as the API takes it, except that a field
// which this import made of mixed values takes all of them.
func (im *importer) convertMember(p *parsedRow, col *column, member schema.Assignment) {
	p.bytes += 32
	if text, ok := member.Raw.(string); ok {
		p.bytes += len(text)
	}
	f, ok := col.target()
	if !ok {
		if col.raw && member.Raw != nil && member.Raw != "" {
			p.addRaw(col, rawJSON(member.Raw))
		}
		if col.unknown {
			im.convertUnknown(p, col, member)
		}
		return
	}
	if f.Key == schema.IDField {
		im.convertID(p, col, member)
		return
	}
	raw := member.Raw
	if col.pending != nil && !col.pending.fixed {
		raw = widen(f.Kind, raw)
	}
	v, fault := schema.Coerce(f, raw, im.zone)
	if fault != nil {
		p.add(col, fault, rawJSON(member.Raw))
		return
	}
	p.write.Edits = append(p.write.Edits, Edit{Key: f.Key, Value: v})
}

func (im *importer) convertID(p *parsedRow, col *column, member schema.Assignment) {
	var b Body
	b.readID(schema.Assignment{Key: schema.IDField, Raw: member.Raw})
	p.write.ID = b.ID
	for i := range b.Faults {
		p.add(col, &b.Faults[i], rawJSON(member.Raw))
	}
}

// convertUnknown reports a key without a field; null for a group clears it.
func (im *importer) convertUnknown(p *parsedRow, col *column, member schema.Assignment) {
	var b Body
	b.readGroup(member, im.fields)
	p.write.Edits = append(p.write.Edits, b.Edits...)
	for i := range b.Faults {
		p.add(col, &b.Faults[i], rawJSON(member.Raw))
	}
}

func (p *parsedRow) add(col *column, fault *schema.ValueError, raw string) {
	field := fault.Field
	if col.unknown {
		field = ""
	}
	p.faults = append(p.faults, &table.Fault{Line: p.line, Column: col.name, Field: field,
		Code: fault.Code, Reason: fault.Message, Raw: table.Shorten([]byte(raw))})
}

// addRaw refuses a row of an error file in which the text that could not be
// read still stands.
func (p *parsedRow) addRaw(col *column, text string) {
	p.faults = append(p.faults, &table.Fault{Line: p.line, Column: col.name, Code: codeRawRow, Raw: table.Shorten([]byte(text)), Reason: schema.Words{
		JA: columnRaw + " に読めなかった行が残っています。値をそれぞれの列に移し、" + columnRaw + " を空にしてください。",
		EN: columnRaw + " still holds the row that could not be read; move its values into their columns, and empty " + columnRaw}})
}

// widen brings a value of another kind to that of a field which was inferred
// from all of them: anything to text, a single value to a list of one.
func widen(kind schema.Kind, raw any) any {
	if raw == nil {
		return nil
	}
	elements, isList := raw.([]any)
	switch {
	case kind == schema.String && !isList:
		return scalarText(raw)
	case kind == schema.List && !isList:
		return []any{scalarText(raw)}
	case kind == schema.List:
		texts := make([]any, 0, len(elements))
		for _, e := range elements {
			if e != nil {
				texts = append(texts, scalarText(e))
			}
		}
		return texts
	}
	return raw
}

func scalarText(raw any) string {
	switch raw := raw.(type) {
	case string:
		return raw
	case json.Number:
		return raw.String()
	}
	return rawJSON(raw)
}

func rawJSON(raw any) string {
	if text, ok := raw.(string); ok {
		return text
	}
	encoded, _ := json.Marshal(raw) // what was decoded encodes
	return string(encoded)
}
