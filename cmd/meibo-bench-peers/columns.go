package main

import (
	"fmt"
	"strings"

	"meibo/dsl/schema"
)

// A column of the peers' one wide table: a field as it is, or folded.
type column struct {
	name   string // profile_email, profile_email_folded
	field  string // profile.email
	kind   schema.Kind
	folded bool
}

// foldedSuffix marks the columns that questions compare with.
const foldedSuffix = "_folded"

// comparedTexts are the fields of text that the questions compare.
var comparedTexts = []string{schema.NameField, schema.EmailField, schema.MobileNumberField, "country", schema.TagsField}

// wideColumns has every field, then the compared ones folded.
func wideColumns(fields *schema.Fields) []column {
	var list []column
	for f := range fields.All() {
		list = append(list, column{name: columnName(f.Key), field: f.Key, kind: f.Kind})
	}
	for _, key := range comparedTexts {
		f, _ := fields.Lookup(key)
		list = append(list, column{name: columnName(key) + foldedSuffix, field: key, kind: f.Kind, folded: true})
	}
	return list
}

func columnName(field string) string { return strings.ReplaceAll(field, ".", "_") }

// of is a record's value for the column. Numbers are whole in the peers, which
// stores and compares them faster.
func (c column) of(r schema.Record) (schema.Value, error) {
	v := r.Get(c.field)
	switch {
	case v.Kind() == schema.Number && v.Num() != float64(int64(v.Num())):
		return v, fmt.Errorf("customer %s: %s is %v; only whole numbers are compared", r.ID(), c.field, v)
	case !c.folded:
		return v, nil
	case v.Kind() == schema.List:
		return schema.Strings(foldAll(v.Elements())...), nil
	default:
		return schema.Text(schema.Fold(v.Text())), nil
	}
}

func foldAll(texts []string) []string {
	folded := make([]string, len(texts))
	for i, text := range texts {
		folded[i] = schema.Fold(text)
	}
	return folded
}

// definitions are the columns for CREATE TABLE. What every customer has is NOT
// NULL, which lets planners leave a check out.
func definitions(columns []column, types map[schema.Kind]string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = c.name + " " + types[c.kind]
		if c.field == schema.IDField || c.field == schema.LastSeenField {
			list[i] += " NOT NULL"
		}
	}
	return strings.Join(list, ", ")
}
