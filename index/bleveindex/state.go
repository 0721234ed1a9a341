package bleveindex

import (
	"encoding/json"
	"fmt"
	"slices"

	"meibo/dsl/schema"
	"meibo/index"
)

// format is the version of the documents and their terms. An index of another
// one is outdated and has to be built anew.
const format = 1

// Keys of what an index keeps beside its documents, written in the same batch.
const (
	stateKey    = "meibo.state"
	positionKey = "meibo.position"
)

// A state says how the documents were built.
type state struct {
	Format int `json:"format"`
	// Region in which Phones were read.
	Region string `json:"region"`
	// Phones are the keys whose phone numbers are indexed in every document,
	// sorted. A field that became a phone field when there were documents
	// already is not among them; its numbers are parsed when they are asked
	// for, until the index is built anew.
	Phones []string `json:"phones"`
}

// after is the state once documents built with fields join the index.
func (s state) after(fields *schema.Fields, empty bool) state {
	next := state{Format: format, Region: phoneRegion(fields), Phones: phoneKeys(fields)}
	switch {
	case empty:
	case next.Region != s.Region:
		next.Region, next.Phones = "", nil // mixed: "" equals no region
	default:
		next.Phones = slices.DeleteFunc(next.Phones, func(key string) bool { return !slices.Contains(s.Phones, key) })
	}
	return next
}

// hasPhones reports whether every document has the phone numbers of a key as
// they read in region.
func (s state) hasPhones(key, region string) bool {
	_, found := slices.BinarySearch(s.Phones, key)
	return found && s.Region == region
}

func phoneKeys(fields *schema.Fields) []string {
	keys := []string{schema.MobileNumberField}
	if fields != nil {
		for f := range fields.All() {
			if f.Key != schema.MobileNumberField && isPhoneField(fields, f.Key) {
				keys = append(keys, f.Key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// internal encodes what goes into a batch beside the documents.
func internal(s state, p index.Position) (map[string][]byte, error) {
	encodedState, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("bleveindex: encode the state: %w", err)
	}
	encodedPosition, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("bleveindex: encode the position: %w", err)
	}
	return map[string][]byte{stateKey: encodedState, positionKey: encodedPosition}, nil
}

// readInternal reads what internal wrote.
func readInternal(values map[string][]byte) (s state, p index.Position, err error) {
	if len(values[stateKey]) == 0 || len(values[positionKey]) == 0 {
		return s, p, fmt.Errorf("it does not say how it was built")
	}
	if err := json.Unmarshal(values[stateKey], &s); err != nil {
		return s, p, fmt.Errorf("its state does not read: %w", err)
	}
	if s.Format != format {
		return s, p, fmt.Errorf("it has format %d, this program writes format %d", s.Format, format)
	}
	if err := json.Unmarshal(values[positionKey], &p); err != nil {
		return s, p, fmt.Errorf("its position does not read: %w", err)
	}
	return s, p, nil
}
