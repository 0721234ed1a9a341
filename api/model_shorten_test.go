package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// fewerKeys are a step's variants with one key of its JSON left out.
func fewerKeys(s step) []step {
	var body map[string]any
	decoder := json.NewDecoder(strings.NewReader(s.body))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return nil
	}
	var found []step
	leaveOut := func(object map[string]any) {
		for _, key := range slices.Sorted(maps.Keys(object)) {
			value := object[key]
			delete(object, key)
			fewer := s
			fewer.body = text(body)
			found = append(found, fewer)
			object[key] = value
		}
	}
	leaveOut(body)
	for _, inner := range body {
		if object, ok := inner.(map[string]any); ok {
			leaveOut(object)
		}
	}
	return found
}

// shorten leaves steps out, and then keys of bodies, for as long as the
// history still fails, within a number of attempts.
func shorten(t *testing.T, steps []step, bleve bool, found *difference) ([]step, *difference) {
	attempts := 300
	steps = steps[:found.at+1]
	for size := len(steps) / 2; size >= 1 && attempts > 0; {
		dropped := false
		for at := len(steps) - 1 - size; at >= 0 && attempts > 0; at -= size {
			fewer := slices.Delete(slices.Clone(steps), at, at+size)
			attempts--
			if again := try(t, fewer, bleve); again != nil {
				steps, found, dropped = fewer[:again.at+1], again, true
				at = min(at, len(steps)-size)
			}
		}
		if size > 1 || !dropped {
			size /= 2
		}
	}
	for at := 0; at < len(steps) && attempts > 0; at++ {
		for _, fewer := range fewerKeys(steps[at]) {
			changed := slices.Clone(steps)
			changed[at] = fewer
			attempts--
			if again := try(t, changed, bleve); again != nil {
				steps, found = changed[:again.at+1], again
				at--
				break
			}
		}
	}
	return steps, found
}
