package store

import (
	"fmt"
	"slices"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// storedField is a field with its place in the display order.
type storedField struct {
	Position int `json:"position"`
	schema.Field
}

func createFields(btx *bolt.Tx) error {
	t, err := tableOf(btx, bucketFields)
	if err != nil {
		return err
	}
	for i, f := range schema.InitialFields() {
		if err := t.putJSON([]byte(f.Key), storedField{i, f}); err != nil {
			return err
		}
	}
	return nil
}

func readFields(btx *bolt.Tx, region string) (*schema.Fields, error) {
	list, err := readStoredFields(btx)
	if err != nil {
		return nil, err
	}
	fields := make([]schema.Field, len(list))
	for i, f := range list {
		fields[i] = f.Field
	}
	return schema.NewFields(region, fields)
}

func readStoredFields(btx *bolt.Tx) ([]storedField, error) {
	t, err := tableOf(btx, bucketFields)
	if err != nil {
		return nil, err
	}
	var list []storedField
	err = t.each(func(key, _ []byte) error {
		var f storedField
		if err := t.decodeJSON(key, &f); err != nil {
			return err
		}
		if f.Key != string(key) {
			return t.corrupt(key, "the field's key is "+f.Key)
		}
		list = append(list, f)
		return nil
	})
	slices.SortStableFunc(list, func(a, b storedField) int { return a.Position - b.Position })
	return list, err
}

// Fields is the set as this transaction sees it.
func (tx *Tx) Fields() *schema.Fields { return tx.fields }

// PutFields adds fields at the end of the order and replaces those whose keys
// are there, in place. A field's kind cannot change: records hold values of it.
func (tx *Tx) PutFields(fields []schema.Field) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	list, err := readStoredFields(tx.bolt)
	if err != nil {
		return err
	}
	changed, err := placeFields(list, fields)
	if err != nil {
		return err
	}
	all := slices.Collect(tx.fields.All())
	for _, f := range changed {
		if i := slices.IndexFunc(all, func(g schema.Field) bool { return g.Key == f.Key }); i >= 0 {
			all[i] = f.Field
		} else {
			all = append(all, f.Field)
		}
	}
	next, err := schema.NewFields(tx.fields.Region, all)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	t, err := tableOf(tx.bolt, bucketFields)
	if err != nil {
		return err
	}
	tx.dirty, tx.fields = true, next
	for _, f := range changed {
		if err := t.putJSON([]byte(f.Key), f); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}

// placeFields gives each field its place among those that are kept.
func placeFields(kept []storedField, fields []schema.Field) ([]storedField, error) {
	end := 0
	if len(kept) > 0 {
		end = kept[len(kept)-1].Position + 1
	}
	var placed []storedField
	for _, f := range fields {
		same := func(k storedField) bool { return k.Key == f.Key }
		if slices.ContainsFunc(placed, same) {
			return nil, fmt.Errorf("store: the field %s stands there twice", f.Key)
		}
		i := slices.IndexFunc(kept, same)
		if i < 0 {
			placed = append(placed, storedField{end, f})
			end++
			continue
		}
		if kept[i].Kind != f.Kind {
			return nil, fmt.Errorf("store: the field %s is a %s and cannot become a %s", f.Key, kept[i].Kind, f.Kind)
		}
		placed = append(placed, storedField{kept[i].Position, f})
	}
	return placed, nil
}
