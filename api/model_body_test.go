package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"
)

// A wish is one value that somebody wants a field to have; nil clears it.
type wish struct {
	key   string
	value any
	once  bool // only where there is none yet
}

// read takes a body apart: what it wants, and the codes of what is wrong.
func (w *world) read(body string) (wishes []wish, faults []string) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(body)))
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		return nil, []string{"bad_request"}
	}
	var take func(path string, raw any, once bool)
	take = func(path string, raw any, once bool) {
		if field, ok := w.fields[path]; ok {
			value, fine := field.take(raw)
			if list, ok := value.([]string); ok && path == "tags" {
				fine = fine && len(list) <= 100 && !slices.ContainsFunc(list, func(tag string) bool { return len([]rune(tag)) > 64 })
			}
			switch {
			case !fine:
				faults = append(faults, "invalid_value")
			case !once || value != nil:
				wishes = append(wishes, wish{path, value, once})
			}
			return
		}
		group, isGroup := raw.(map[string]any)
		switch {
		case isGroup && w.isGroup(path):
			for _, key := range slices.Sorted(maps.Keys(group)) {
				take(path+"."+key, group[key], once)
			}
		case !w.isGroup(path):
			faults = append(faults, "unknown_field")
		case raw == nil && once:
		case raw == nil:
			for key, f := range w.fields {
				if strings.HasPrefix(key, path+".") && !f.hidden { // nobody sees those
					wishes = append(wishes, wish{key, nil, false})
				}
			}
		default:
			faults = append(faults, "invalid_value")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if key != "id" && key != "profileOnce" {
			take(key, all[key], false)
		}
	}
	if once, ok := all["profileOnce"]; ok {
		take("profile", once, true) // after profile: the order of a JSON object means nothing
	}
	return wishes, faults
}

func (w *world) isGroup(path string) bool {
	for key := range w.fields {
		if strings.HasPrefix(key, path+".") {
			return true
		}
	}
	return false
}

// take is a value as a field keeps it: what is blank is not there.
func (f *trait) take(raw any) (value any, fine bool) {
	if raw == nil {
		return nil, true
	}
	switch v := raw.(type) {
	case bool:
		return v, f.kind == "boolean"
	case json.Number:
		n, err := v.Float64()
		whole := n == math.Trunc(n)
		switch {
		case err != nil || !withinExact(string(v)):
			return nil, false
		case f.kind == "date": // ten digits are seconds, probably
			return n + 0, whole && !(math.Abs(n) >= 1e9 && math.Abs(n) < 1e10) && math.Abs(n) < 1e14 // years of four digits
		}
		return n + 0, f.kind == "number" // -0 becomes 0
	case string:
		switch {
		case f.kind == "date" && fold(v) == "":
			return nil, true
		case f.kind == "date":
			t, err := time.Parse(time.RFC3339, v)
			return float64(t.UnixMilli()), err == nil
		case fold(v) == "":
			return nil, f.kind == "string"
		}
		return v, f.kind == "string"
	case []any:
		if f.kind != "list" {
			return nil, false
		}
		var list []string
		for _, one := range v {
			text, ok := one.(string)
			if !ok {
				return nil, false
			}
			if fold(text) != "" && !slices.ContainsFunc(list, func(have string) bool { return fold(have) == fold(text) }) {
				list = append(list, text)
			}
		}
		if list == nil {
			return nil, true
		}
		return list, true
	}
	return nil, false
}

// withinExact: a number beyond 2^53 could not keep its digits.
func withinExact(digits string) bool {
	n, _, err := big.ParseFloat(digits, 10, 200, big.ToNearestEven)
	return err == nil && n.Abs(n).Cmp(big.NewFloat(1<<53)) <= 0
}

func same(a, b any) bool {
	x, list := a.([]string)
	y, other := b.([]string)
	if list || other {
		return list && other && slices.Equal(x, y)
	}
	return a == b
}

// collects reports whether a field takes values: a hidden one does not, unless
// the rules themselves go by it.
func (w *world) collects(key string) bool {
	return !w.fields[key].hidden || key == "tags" || isOptOut(key) || strings.HasSuffix(key, "essionsCount") || strings.HasSuffix(key, "astSeenAt") ||
		slices.Contains([]string{"id", "memberId", "member", "createdAt", "updatedAt"}, key)
}
