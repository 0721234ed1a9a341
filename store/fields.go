package store

import (
	"fmt"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// storedField is a field with its place in the display order.
type storedField struct {
	Position int `json:"position"`
	schema.Field

	// Leaving is set when the field was deleted and its values are still being
	// taken out of the records: those of customers up to the number Stripped
	// are out.
	Leaving  bool   `json:"leaving,omitempty"`
	Stripped uint64 `json:"stripped,omitempty"`
}

func createFields(btx *bolt.Tx) error {
	t, err := tableOf(btx, bucketFields)
	if err != nil {
		return err
	}
	for i, f := range schema.InitialFields() {
		if err := t.putJSON([]byte(f.Key), storedField{Position: i, Field: f}); err != nil {
			return err
		}
	}
	return nil
}

// readFields gives the fields, and the keys of those that are leaving.
func readFields(btx *bolt.Tx, region string) (*schema.Fields, []string, error) {
	list, err := readStoredFields(btx)
	if err != nil {
		return nil, nil, err
	}
	fields, err := schema.NewFields(region, shown(list))
	return fields, leavingOf(list), err
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

func shown(list []storedField) []schema.Field {
	var fields []schema.Field
	for _, f := range list {
		if !f.Leaving {
			fields = append(fields, f.Field)
		}
	}
	return fields
}

func leavingOf(list []storedField) []string {
	var keys []string
	for _, f := range list {
		if f.Leaving {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

// Fields is the set as this transaction sees it.
func (tx *Tx) Fields() *schema.Fields { return tx.fields }

// PutFields adds fields at the end of the order and replaces those whose keys
// are there, in place. A new profile field gets the time as its CreatedAt. A
// field's kind cannot change here, since records hold values of it: see
// ChangeKind. A *LeavingError and a *TooManyFieldsError have changed nothing.
func (tx *Tx) PutFields(fields []schema.Field) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	list, err := readStoredFields(tx.bolt)
	if err != nil {
		return err
	}
	changed, err := tx.placeFields(list, fields)
	if err != nil {
		return err
	}
	return tx.replaceFields(list, changed)
}

// replaceFields writes the entries that changed and makes the set from all of
// them.
func (tx *Tx) replaceFields(list, changed []storedField) error {
	for _, f := range changed {
		if i := slices.IndexFunc(list, func(g storedField) bool { return g.Key == f.Key }); i >= 0 {
			list[i] = f
		} else {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(a, b storedField) int { return a.Position - b.Position })
	next, err := schema.NewFields(tx.fields.Region, shown(list))
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if n := next.Active(); n > schema.MaxActiveFields && n > tx.fields.Active() {
		return &TooManyFieldsError{Active: n}
	}
	t, err := tableOf(tx.bolt, bucketFields)
	if err != nil {
		return err
	}
	tx.dirty, tx.fields, tx.leaving = true, next, leavingOf(list)
	for _, f := range changed {
		if err := t.putJSON([]byte(f.Key), f); err != nil {
			return tx.fail(err)
		}
	}
	return nil
}

// placeFields gives each field its place among those that are kept.
func (tx *Tx) placeFields(kept []storedField, fields []schema.Field) ([]storedField, error) {
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
		if slices.ContainsFunc(kept, func(k storedField) bool { return k.Leaving && strings.EqualFold(k.Key, f.Key) }) {
			return nil, &LeavingError{Key: f.Key}
		}
		i := slices.IndexFunc(kept, same)
		if i < 0 {
			if f.CreatedAt == 0 && f.IsProfile() {
				f.CreatedAt = tx.millis
			}
			placed = append(placed, storedField{Position: end, Field: f})
			end++
			continue
		}
		if kept[i].Kind != f.Kind {
			return nil, fmt.Errorf("store: the field %s is a %s and cannot become a %s", f.Key, kept[i].Kind, f.Kind)
		}
		placed = append(placed, storedField{Position: kept[i].Position, Field: f})
	}
	return placed, nil
}

// OrderFields sets the display order: keys are all fields, each once.
func (tx *Tx) OrderFields(keys []string) (err error) {
	if err := tx.usable(); err != nil {
		return err
	}
	defer tx.guard(&err)
	list, err := readStoredFields(tx.bolt)
	if err != nil {
		return err
	}
	var moved []storedField
	for _, f := range list {
		at := slices.Index(keys, f.Key)
		if f.Leaving && at < 0 {
			continue
		}
		if at < 0 {
			return fmt.Errorf("store: the order lacks the field %s", f.Key)
		}
		f.Position = at
		moved = append(moved, f)
	}
	if len(moved) != len(keys) {
		return fmt.Errorf("store: an order of %d keys for %d fields", len(keys), len(moved))
	}
	return tx.replaceFields(list, moved)
}
