package service

import (
	"fmt"
	"strconv"
	"strings"

	"meibo/dsl/schema"
)

// A ColumnMapping says where the values of a column go, instead of what its
// name suggests. Field "" leaves the column out. Kind fixes the kind of a
// field that is to be created.
type ColumnMapping struct {
	Column string
	Field  string
	Kind   schema.Kind
}

// ParseColumnMapping reads COLUMN=FIELD or COLUMN=FIELD:KIND. The last "="
// divides, so a column's name may contain one.
func ParseColumnMapping(text string) (ColumnMapping, error) {
	i := strings.LastIndexByte(text, '=')
	if i <= 0 {
		return ColumnMapping{}, refuse(CodeBadRequest,
			fmt.Sprintf("「%s」は COLUMN=FIELD の形ではありません。", text), fmt.Sprintf("%q does not have the form COLUMN=FIELD", text))
	}
	m := ColumnMapping{Column: strings.TrimSpace(text[:i]), Field: strings.TrimSpace(text[i+1:])}
	if key, kind, ok := strings.Cut(m.Field, ":"); ok {
		parsed, err := schema.ParseKind(kind)
		if err != nil {
			return ColumnMapping{}, refuse(CodeBadRequest,
				fmt.Sprintf("「%s」: 種類「%s」はありません。Boolean、String、Number、Date、List のどれかです。", text, kind), text+": "+err.Error())
		}
		m.Field, m.Kind = key, parsed
	}
	return m, nil
}

// A column is where one column of a file, or one key of NDJSON rows, goes.
type column struct {
	name    string // as the file calls it; never empty
	header  string // as it stands in the file
	field   schema.Field
	skip    bool // its values are left out
	own     bool // an error file of ours added it
	raw     bool // it is own, and holds the text of a row that could not be read
	unknown bool // it names no field, and none is created
	pending *pendingField

	finder *formatFinder // of a table's column, while its values are read; nil: it has one form
	format cellFormat    // how its cells are to be read
}

// A pendingField is a field that the import creates once all values are seen.
type pendingField struct {
	field schema.Field
	fixed bool // its kind was stated
	seen  evidence
}

// A columnResolver decides where columns go. The rules, first that holds:
// a mapping; for NDJSON the exact key of a field; for a table the key in a name
// like "label (key)", as exports write it; a field whose key, key after
// "profile." or label is the name, without regard to case, width and kana;
// with create a new field.
type columnResolver struct {
	fields  *schema.Fields
	system  bool
	create  bool
	mapping map[string]ColumnMapping // by folded column name
	used    map[string]bool          // mappings that found their column
	pending []*pendingField
	byKey   map[string]*pendingField // by key in lower case
	byLabel map[string]*pendingField // of fields named profile.column_N, by folded name
}

func newColumnResolver(fields *schema.Fields, r ImportRequest) (*columnResolver, error) {
	c := &columnResolver{fields: fields, system: r.System, create: r.CreateFields,
		mapping: map[string]ColumnMapping{}, used: map[string]bool{},
		byKey: map[string]*pendingField{}, byLabel: map[string]*pendingField{}}
	for _, m := range r.Map {
		key := schema.Fold(m.Column)
		if _, twice := c.mapping[key]; twice {
			return nil, refuse(CodeBadRequest,
				fmt.Sprintf("列「%s」の割り当てが 2 回あります。", m.Column), fmt.Sprintf("column %q is mapped twice", m.Column))
		}
		if err := c.checkMapping(m); err != nil {
			return nil, err
		}
		c.mapping[key] = m
	}
	return c, nil
}

func (c *columnResolver) checkMapping(m ColumnMapping) error {
	f, exists := c.fields.Lookup(m.Field)
	switch {
	case m.Field == "":
		return nil
	case exists && m.Kind != schema.None && m.Kind != f.Kind:
		return refuse(CodeBadRequest,
			fmt.Sprintf("%s の種類は %s です。%s にはできません。", f.Key, f.Kind, m.Kind),
			fmt.Sprintf("%s is a %s field; it cannot be %s", f.Key, f.Kind, m.Kind))
	case exists:
		return nil
	}
	if first, ok := schema.Initial(m.Field); ok && m.Kind != schema.None && m.Kind != first.Kind {
		var faults faultList
		faults.initialKind(first, m.Kind)
		return refuseValues(faults)
	}
	fault := UnknownField(m.Field, c.fields)
	if !c.create || schema.CheckProfileKey(m.Field) != nil {
		return &Error{Code: CodeUnknownField, Message: schema.Words{
			JA: fault.Message.JA + "新しい項目は --create-fields と profile.名前 で作れます。",
			EN: fault.Message.EN + "; --create-fields creates fields named profile.NAME"}}
	}
	return nil
}

// column decides where a column goes. position, from 1, names a field whose
// header cannot be a key; ndjson takes field keys exactly.
func (c *columnResolver) column(name string, position int, ndjson bool) *column {
	col := &column{name: name, header: name}
	if col.name == "" {
		col.name = strconv.Itoa(position)
	}
	if strings.HasPrefix(name, ownColumns) {
		col.skip, col.own, col.raw = true, true, name == columnRaw
		return col
	}
	if m, ok := c.mapping[schema.Fold(name)]; ok && name != "" {
		c.used[schema.Fold(name)] = true
		c.mapped(col, m)
		return col
	}
	if f, ok := c.existing(name, ndjson); ok {
		col.field = f
		return col
	}
	switch {
	case !c.create && name == "":
		col.skip = true
	case !c.create, ndjson && c.isGroup(name):
		col.unknown = true
	default:
		col.pending = c.newField(name, position)
	}
	return col
}

func (c *columnResolver) mapped(col *column, m ColumnMapping) {
	if m.Field == "" {
		col.skip = true
		return
	}
	if f, ok := c.fields.Lookup(m.Field); ok {
		col.field = f
		return
	}
	col.pending = c.pend(schema.Field{Key: m.Field, Kind: m.Kind, Labels: schema.Words{JA: m.Column, EN: m.Column}}, m.Kind != schema.None)
}

// existing finds the field that a name means. Where a profile field and a
// primitive one come into question, an import that may not write primitive
// fields means the former.
func (c *columnResolver) existing(name string, ndjson bool) (schema.Field, bool) {
	if name == "" {
		return schema.Field{}, false
	}
	if f, ok := c.fields.Lookup(name); ok && ndjson {
		return f, true
	}
	if _, key, ok := keyInHeader(name); ok && !ndjson {
		if f, ok := c.fields.Lookup(key); ok {
			return f, true
		}
	}
	own, isOwn := c.fields.LookupAnyCase(name)
	profile, isProfile := c.fields.LookupAnyCase(schema.ProfilePrefix + name)
	switch {
	case isOwn && (c.system || !isProfile):
		return own, true
	case isProfile:
		return profile, true
	}
	return c.labelled(name)
}

func (c *columnResolver) labelled(name string) (schema.Field, bool) {
	folded := schema.Fold(name)
	var found schema.Field
	for f := range c.fields.All() {
		if schema.Fold(f.Labels.JA) != folded && schema.Fold(f.Labels.EN) != folded {
			continue
		}
		if found.Key == "" || !c.system && !found.IsProfile() && f.IsProfile() {
			found = f
		}
	}
	return found, found.Key != ""
}

// isGroup reports whether a key of NDJSON is "web", "profile" or the like, or
// below one whose members are fixed ("web.colour"): no field is made of it.
func (c *columnResolver) isGroup(name string) bool {
	if group, _, below := strings.Cut(name, "."); below {
		if group+"." == schema.ProfilePrefix {
			return false
		}
		name = group
	}
	for f := range c.fields.All() {
		if strings.HasPrefix(f.Key, name+".") {
			return true
		}
	}
	return false
}

// newField is the field that a column without one gets: the key in a name like
// "label (profile.key)"; profile.NAME where that can be a key, else profile.column_N with the name as its label.
func (c *columnResolver) newField(name string, position int) *pendingField {
	if label, key, ok := keyInHeader(name); ok && schema.CheckProfileKey(key) == nil {
		return c.pend(schema.Field{Key: key, Labels: schema.Words{JA: label, EN: label}}, false)
	}
	key := name
	if !strings.HasPrefix(key, schema.ProfilePrefix) {
		key = schema.ProfilePrefix + name
	}
	label := schema.Words{JA: name, EN: name}
	if schema.CheckProfileKey(key) == nil {
		label.JA, label.EN = strings.TrimPrefix(key, schema.ProfilePrefix), strings.TrimPrefix(key, schema.ProfilePrefix)
		return c.pend(schema.Field{Key: key, Labels: label}, false)
	}
	folded := schema.Fold(name)
	if p, ok := c.byLabel[folded]; ok && folded != "" {
		return p
	}
	for n := position; ; n++ {
		key = schema.ProfilePrefix + "column_" + strconv.Itoa(n)
		_, taken := c.fields.LookupAnyCase(key)
		if _, soon := c.byKey[key]; !taken && !soon {
			break
		}
	}
	if name == "" {
		label = schema.Words{JA: fmt.Sprintf("%d 列目", position), EN: fmt.Sprintf("column %d", position)}
	}
	p := c.pend(schema.Field{Key: key, Labels: label}, false)
	c.byLabel[folded] = p
	return p
}

func (c *columnResolver) pend(f schema.Field, fixed bool) *pendingField {
	if p, ok := c.byKey[strings.ToLower(f.Key)]; ok {
		return p
	}
	f.Write = schema.WriteManager
	if first, ok := schema.Initial(f.Key); ok { // deleted, and wanted again: it is what it was
		f, fixed = first, true
	}
	p := &pendingField{field: f, fixed: fixed}
	c.pending = append(c.pending, p)
	c.byKey[strings.ToLower(f.Key)] = p
	return p
}

// settle gives the pending fields their kinds and returns those to create;
// fields that no row has a value for are not created.
func (c *columnResolver) settle() []schema.Field {
	var created []schema.Field
	for _, p := range c.pending {
		if !p.fixed {
			p.field.Kind = p.seen.kind()
		}
		if p.field.Kind != schema.None {
			created = append(created, p.field)
		}
	}
	return created
}

// target is the column's field once pending ones are settled; false when its
// values go nowhere.
func (c *column) target() (schema.Field, bool) {
	switch {
	case c.skip || c.unknown:
		return schema.Field{}, false
	case c.pending != nil:
		return c.pending.field, c.pending.field.Kind != schema.None
	}
	return c.field, true
}

// key is the key of the field that the column goes to, "" for none.
func (c *column) key() string {
	if c.pending != nil {
		return c.pending.field.Key
	}
	return c.field.Key
}
