package store

import (
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// A numbering gives field keys the small numbers that stand for them in
// records. A key keeps its number for ever, whatever becomes of the field. A
// numbering is immutable: with makes a new one.
type numbering struct {
	byKey map[string]uint64
	keys  []string // by number; 0 is no field
	ranks []int    // by number: a key's place in the order of all keys
}

func newNumbering() *numbering {
	return &numbering{byKey: map[string]uint64{}, keys: []string{""}, ranks: []int{0}}
}

// rank sorts the keys once, so that decoders need not compare texts.
func (n *numbering) rank() {
	sorted := slices.Sorted(slices.Values(n.keys))
	n.ranks = make([]int, len(n.keys))
	for i, key := range sorted {
		n.ranks[n.byKey[key]] = i // "", which is no field, gets the place of 0
	}
}

func (n *numbering) with(key string) (*numbering, uint64) {
	next := &numbering{byKey: maps.Clone(n.byKey), keys: append(slices.Clone(n.keys), key)}
	number := uint64(len(n.keys))
	next.byKey[key] = number
	next.rank()
	return next, number
}

func readNumbering(btx *bolt.Tx) (*numbering, error) {
	t, err := tableOf(btx, bucketNumbers)
	if err != nil {
		return nil, err
	}
	n := newNumbering()
	err = t.each(func(key, body []byte) error {
		if number, ok := keyNumber(key); !ok || number != uint64(len(n.keys)) {
			return t.corrupt(key, fmt.Sprintf("expected number %d", len(n.keys)))
		}
		n.byKey[string(body)] = uint64(len(n.keys))
		n.keys = append(n.keys, string(body))
		return nil
	})
	n.rank()
	return n, err
}

// fieldNumber finds a key's number or gives it the next one, as part of the
// transaction: a rollback takes it back.
func (tx *Tx) fieldNumber(key string) (uint64, error) {
	if number, ok := tx.numbers.byKey[key]; ok {
		return number, nil
	}
	t, err := tableOf(tx.bolt, bucketNumbers)
	if err != nil {
		return 0, err
	}
	next, number := tx.numbers.with(key)
	if err := t.put(numberKey(number), []byte(key)); err != nil {
		return 0, fmt.Errorf("store: number the field %s: %w", key, err)
	}
	tx.numbers = next
	return number, nil
}
