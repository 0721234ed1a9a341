package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"meibo/dsl"
	"meibo/dsl/schema"
	"meibo/store"
)

// OrderFields sets the display order: keys are all the fields that the caller
// sees, each once. Those that it does not see keep their places, counted from
// the first of all fields, and keys fill the other places in turn.
func (s *Service) OrderFields(ctx context.Context, keys []string) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	_, err := s.store.Update(ctx, func(tx *store.Tx) error {
		seen := s.seen(tx.Fields())
		if faults := faultsOfOrder(keys, seen); len(faults) > 0 {
			return refuseValues(faults)
		}
		order, next := make([]string, 0, tx.Fields().Len()), 0
		for f := range tx.Fields().All() {
			if _, ok := seen.Lookup(f.Key); !ok {
				order = append(order, f.Key)
				continue
			}
			order = append(order, keys[next])
			next++
		}
		before := keysInOrder(tx.Fields())
		if err := tx.OrderFields(order); err != nil {
			return err
		}
		return s.audit(tx, act{action: "field.ordered", kind: "field", before: before, after: keysInOrder(tx.Fields())})
	})
	return refuseStore(err)
}

// A fieldOrder is the display order of all fields, as the audit log has it.
type fieldOrder struct {
	Keys []string `json:"keys"`
}

func keysInOrder(fields *schema.Fields) fieldOrder {
	var order fieldOrder
	for f := range fields.All() {
		order.Keys = append(order.Keys, f.Key)
	}
	return order
}

func faultsOfOrder(keys []string, seen *schema.Fields) []schema.ValueError {
	var faults faultList
	given := make(map[string]bool, len(keys))
	for i, key := range keys {
		at := fmt.Sprintf("keys[%d]", i)
		_, known := seen.Lookup(key)
		switch {
		case !known:
			near := schema.Words{}
			if list := dsl.Nearest(seen, key); len(list) > 0 {
				near = schema.Words{JA: list[0].Key + " のことですか。", EN: "; did you mean " + list[0].Key + "?"}
			}
			faults = append(faults, schema.ValueError{Field: at, Code: "unknown_key", Message: schema.Words{
				JA: fmt.Sprintf("「%s」という項目はありません。%s", excerptOf(key), near.JA), EN: fmt.Sprintf("there is no field %q%s", excerptOf(key), near.EN)}})
		case given[key]:
			faults.add(at, "twice", "%s が 2 回あります。", "%s stands there twice", key)
		}
		given[key] = true
	}
	var missing []string
	for f := range seen.All() {
		if !given[f.Key] {
			missing = append(missing, f.Key)
		}
	}
	if len(missing) > 0 {
		faults.add("keys", "missing_key", "すべての項目を 1 回ずつ並べてください。足りない項目: %s", "the order has every field once; missing: %s", strings.Join(slices.Clip(missing), ", "))
	}
	return faults
}
