package service

import (
	"cmp"
	"regexp"
	"strings"

	"meibo/api/table"
	"meibo/dsl/schema"
)

// exportColumns are the columns of a file: the fields that are not hidden, in
// the workspace's order; the id is always one of them. chosen is as of
// chosenFields.
func exportColumns(fields *schema.Fields, chosen map[string]bool, language, headers string) []table.Column {
	var columns []table.Column
	for f := range fields.All() {
		if f.Key == schema.IDField || !f.Hidden && (chosen == nil || chosen[f.Key]) {
			columns = append(columns, table.Column{Header: f.Key, Field: f})
		}
	}
	if headers == HeadersKeys {
		return columns
	}
	labels := map[string]int{} // folded
	for _, c := range columns {
		labels[schema.Fold(labelOf(c.Field, language))]++
	}
	for i, c := range columns {
		label := labelOf(c.Field, language)
		if labels[schema.Fold(label)] > 1 || !meansOnly(fields, label, c.Field) {
			label += " (" + c.Field.Key + ")"
		}
		columns[i].Header = label
	}
	return columns
}

// labelOf is what a field is called, with nothing that a header loses.
func labelOf(f schema.Field, language string) string {
	label := f.Labels.JA
	if language == "en" {
		label = f.Labels.EN
	}
	return cmp.Or(strings.Join(strings.Fields(label), " "), f.Key)
}

// madeUpKey is the key of a field that was made of a column whose name cannot
// be a key: it says nothing but the column's place.
var madeUpKey = regexp.MustCompile(`^profile\.column_\d+$`)

// meansOnly reports whether an import, with --system and without, fills the
// field from a column of that name.
func meansOnly(fields *schema.Fields, name string, f schema.Field) bool {
	for _, system := range []bool{true, false} {
		c := columnResolver{fields: fields, system: system}
		if found, ok := c.existing(name, false); !ok || found.Key != f.Key {
			return false
		}
	}
	return !madeUpKey.MatchString(f.Key)
}

// keyInHeader is the key of a header "label (key)", as exports write it where
// the label alone is not enough.
func keyInHeader(name string) (label, key string, ok bool) {
	name, ok = strings.CutSuffix(strings.TrimSpace(name), ")")
	at := strings.LastIndex(name, " (")
	if !ok || at < 0 {
		return "", "", false
	}
	return strings.TrimSpace(name[:at]), name[at+2:], true
}
