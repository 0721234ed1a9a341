package api

import (
	"encoding/json"
	"fmt"
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
func (w *world) matches(c any, p *person) (bool, string) {
	l := c.([]any)
	switch l[0] {
	case "everyone":
		return true, ""
	case "and", "or":
		a, wrongA := w.matches(l[1], p)
		b, wrongB := w.matches(l[2], p)
		if l[0] == "and" {
			return a && b, wrongA + wrongB
		}
		return a || b, wrongA + wrongB
	case "not":
		a, wrong := w.matches(l[1], p)
		return !a, wrong
	case "segment":
		inner, ok := w.segments[l[1].(string)]
		if !ok {
			return false, "no segment "
		}
		return w.matches(inner, p)
	}
	f := w.fields[l[1].(string)]
	switch {
	case f == nil:
		return false, "no field "
	case f.hidden:
		return false, "hidden field "
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
