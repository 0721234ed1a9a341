package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A condition is a filter in a form that this test can decide by itself: a
// list of a word and its parts, as JSON, ["and", ["true", "member"], ["gt",
// "profile.points", 3]]. filterText says the same in the language.

func parseCondition(text string) any {
	var c any
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(fmt.Sprintf("condition %s: %v", text, err))
	}
	return c
}

func filterText(c any) string {
	l := c.([]any)
	part := func(i int) string { return filterText(l[i]) }
	quoted := func(i int) string { return fmt.Sprintf("%q", l[i]) }
	switch l[0] {
	case "everyone":
		return ""
	case "and", "or":
		return "(" + part(1) + " " + strings.ToUpper(l[0].(string)) + " " + part(2) + ")"
	case "not":
		return "NOT (" + part(1) + ")"
	case "true":
		return fmt.Sprintf("%s = true", l[1])
	case "gt":
		return fmt.Sprintf("%s > %v", l[1], l[2])
	case "between":
		return fmt.Sprintf("%s BETWEEN %v AND %v", l[1], l[2], l[3])
	case "eq":
		return fmt.Sprintf("%s = %s", l[1], quoted(2))
	case "contains":
		return fmt.Sprintf("%s ~ %s", l[1], quoted(2))
	case "has":
		return fmt.Sprintf("%s HAS %s", l[1], quoted(2))
	case "set":
		return fmt.Sprintf("%s IS SET", l[1])
	case "before":
		return fmt.Sprintf("%s < now-%vd", l[1], l[2])
	case "segment":
		return "segment(" + quoted(1) + ")"
	}
	panic(fmt.Sprintf("condition %v", c))
}

// matches decides a condition on a customer. Where it cannot be decided it
// says why with a code: a field that is gone or hidden, a segment that is not.
func (w *world) matches(c any, p *person) (bool, string) { return w.decide(c, p, false) }

// decide is matches; saved says that the condition stands in a segment, which
// cannot use a hidden field.
func (w *world) decide(c any, p *person, saved bool) (bool, string) {
	l := c.([]any)
	switch l[0] {
	case "everyone":
		return true, ""
	case "and", "or":
		a, wrongA := w.decide(l[1], p, saved)
		b, wrongB := w.decide(l[2], p, saved)
		if l[0] == "and" {
			return a && b, wrongA + wrongB
		}
		return a || b, wrongA + wrongB
	case "not":
		a, wrong := w.decide(l[1], p, saved)
		return !a, wrong
	case "segment":
		inner, ok := w.segments[l[1].(string)]
		if !ok {
			return false, "no segment "
		}
		return w.decide(inner, p, true)
	}
	f := w.fields[l[1].(string)]
	switch {
	case f == nil:
		return false, "no field "
	case f.hidden && saved:
		return false, "hidden field "
	}
	if takes := map[any]string{"true": "boolean", "gt": "number", "between": "number", "eq": "string", "contains": "string", "has": "list", "before": "date"}[l[0]]; takes != "" && takes != f.kind && !(l[0] == "gt" && f.kind == "date") { // an integer is milliseconds
		return false, "wrong kind "
	}
	value := p.values[l[1].(string)]
	if l[1] == "id" {
		value = p.id
	}
	if l[0] == "set" {
		return value != nil, ""
	}
	switch v := value.(type) {
	case bool:
		return v, ""
	case float64:
		switch l[0] {
		case "gt":
			return v > l[2].(float64), ""
		case "between":
			return v >= l[2].(float64) && v <= l[3].(float64), ""
		}
		return v < float64(w.now)-l[2].(float64)*24*60*60*1000, "" // Tokyo's days are all as long
	case string:
		if l[0] == "eq" {
			return fold(v) == fold(l[2].(string)), ""
		}
		return strings.Contains(fold(v), fold(l[2].(string))), ""
	case []string:
		return slices.ContainsFunc(v, func(one string) bool { return fold(one) == fold(l[2].(string)) }), ""
	}
	return false, ""
}

// found are the customers that a condition matches.
func (w *world) found(c any) ([]string, string) {
	ids := []string{}
	_, wrong := w.matches(c, &person{})
	for id := range w.people {
		if p := w.here(id); p != nil {
			if is, _ := w.matches(c, p); is {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids, wrong
}

// readsOf are the fields and segments that a condition names.
func readsOf(c any) (fields, segments []string) {
	l := c.([]any)
	switch l[0] {
	case "everyone":
	case "segment":
		segments = append(segments, l[1].(string))
	case "and", "or", "not":
		for _, part := range l[1:] {
			f, s := readsOf(part)
			fields, segments = append(fields, f...), append(segments, s...)
		}
	default:
		fields = append(fields, l[1].(string))
	}
	return fields, segments
}

// usersOf are the segments that read a field, if through others.
func (w *world) usersOf(field string) []string {
	var users []string
	for key := range w.segments {
		if w.leadsTo(key, func(c any) bool { fields, _ := readsOf(c); return slices.Contains(fields, field) }) {
			users = append(users, key)
		}
	}
	return users
}

// leadsTo reports whether a segment, or one that it refers to, is such.
func (w *world) leadsTo(key string, such func(c any) bool) bool {
	c, ok := w.segments[key]
	if !ok {
		return false
	}
	_, segments := readsOf(c)
	return such(c) || slices.ContainsFunc(segments, func(next string) bool { return w.leadsTo(next, such) })
}

// saveSegment creates (with post) or replaces a segment.
func (k *trial) saveSegment(s step) string {
	c, w := parseCondition(s.body), k.world
	method, path, body := "PUT", "/v1/segments/"+s.on, map[string]any{"filter": filterText(c), "name": map[string]string{"ja": s.on, "en": s.on}}
	_, there := w.segments[s.on]
	code := ""
	_, refers := readsOf(c)
	_, wrong := w.decide(c, &person{}, true)
	switch {
	case s.with == "post" && there:
		code = "already_exists"
	case s.with != "post" && !there:
		code = "not_found"
	case slices.Contains(refers, s.on) || slices.ContainsFunc(refers, func(one string) bool {
		return w.leadsTo(one, func(c any) bool { _, next := readsOf(c); return slices.Contains(next, s.on) })
	}), wrong != "":
		code = "invalid_filter|unknown_field|hidden_field"
	}
	if s.with == "post" {
		method, path, body["key"] = "POST", "/v1/segments", s.on
	}
	got := k.ask(s.by, method, path, text(body))
	if got.code == "" && code == "" {
		w.segments[s.on] = c
	}
	if diff := compareOutcome(got, code, ""); diff != "" {
		return diff
	}
	return k.compareSegments()
}

func (k *trial) dropSegment(s step) string {
	w := k.world
	_, there := w.segments[s.on]
	used, code := false, ""
	for _, c := range w.segments {
		_, refers := readsOf(c)
		used = used || slices.Contains(refers, s.on)
	}
	switch {
	case !there:
		code = "not_found"
	case used:
		code = "in_use"
	}
	got := k.ask(s.by, "DELETE", "/v1/segments/"+s.on, "")
	if got.code == "" && code == "" {
		delete(w.segments, s.on)
	}
	if diff := compareOutcome(got, code, ""); diff != "" {
		return diff
	}
	return k.compareSegments()
}

// compareSegments holds every segment's members against the model: found by
// the index, asked by id, counted, and told of each customer.
func (k *trial) compareSegments() string {
	w := k.world
	ids := append([]string{}, slices.Sorted(maps.Keys(w.people))...)
	for _, key := range slices.Sorted(maps.Keys(w.segments)) {
		if diff := k.compareFilter(text([]any{"segment", key})); diff != "" {
			return diff
		}
		want, wrong := w.found([]any{"segment", key})
		got := k.ask(byOwner, "POST", "/v1/segments/"+key+"/contains", text(map[string]any{"ids": ids}))
		count := k.ask(byOwner, "GET", fmt.Sprint("/v1/segments/", key, "/count?minSeq=", k.store.Seq()), "")
		for _, answer := range []reply{got, count} {
			switch {
			case (answer.code == "") != (wrong == ""):
				return fmt.Sprintf("segment %s, %s: %s, want a refusal: %q", key, filterText(w.segments[key]), answer.raw, wrong)
			case wrong == "hidden field " && answer.code != "hidden_field":
				return fmt.Sprintf("segment %s of a hidden field: %s", key, answer.raw)
			}
		}
		if wrong != "" {
			continue
		}
		contained := []string{}
		for _, id := range got.body["contained"].([]any) {
			contained = append(contained, id.(string))
		}
		if total, _ := count.body["total"].(float64); !slices.Equal(contained, want) || int(total) != len(want) {
			return fmt.Sprintf("segment %s, %s: contains %v, counts %v, want %v", key, filterText(w.segments[key]), contained, total, want)
		}
	}
	for _, id := range ids {
		if diff := k.compareSegmentsOf(id); diff != "" {
			return diff
		}
	}
	return ""
}

// compareSegmentsOf holds the segments of one customer against the model.
func (k *trial) compareSegmentsOf(id string) string {
	w, p := k.world, k.world.here(id)
	got := k.ask(byOwner, "GET", customerURL(id)+"/segments", "")
	if p == nil {
		if got.code != "not_found" && got.code != "merged" {
			return fmt.Sprintf("segments of %s, which is not there: %s", id, got.raw)
		}
		return ""
	}
	in, unusable := []string{}, []string{}
	for _, key := range slices.Sorted(maps.Keys(w.segments)) {
		is, wrong := w.matches([]any{"segment", key}, p)
		switch {
		case wrong != "":
			unusable = append(unusable, key)
		case is:
			in = append(in, key)
		}
	}
	keys := func(list any) []string {
		found := []string{}
		all, _ := list.([]any)
		for _, one := range all {
			found = append(found, one.(map[string]any)["key"].(string))
		}
		return found
	}
	if !slices.Equal(keys(got.body["segments"]), in) || !slices.Equal(keys(got.body["unusable"]), unusable) {
		return fmt.Sprintf("segments of %s: %s, want %v and unusable %v", id, got.raw, in, unusable)
	}
	return ""
}
