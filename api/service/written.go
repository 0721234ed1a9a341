package service

import (
	"slices"

	"meibo/dsl/schema"
	"meibo/index"
)

// asWritten are values in the spelling of a record that has each, in place of
// the folded one. Where the record is gone or changed meanwhile, the folded
// form stays. Only texts are spelled: for others nothing is read.
func (s *Service) asWritten(f schema.Field, found []index.ValueCount) []schema.Value {
	values := make([]schema.Value, len(found))
	ids := make([]string, len(found))
	for i, v := range found {
		values[i], ids[i] = v.Value, v.ID
	}
	if f.Kind != schema.String && f.Kind != schema.List {
		return values
	}
	customers, err := s.store.Customers(ids)
	if err != nil {
		return values
	}
	for i, c := range customers {
		written := c.Record.Get(f.Key).Elements()
		if k := slices.IndexFunc(written, func(text string) bool { return schema.Fold(text) == found[i].Value.Text() }); k >= 0 {
			values[i] = schema.Text(written[k])
		}
	}
	return values
}
