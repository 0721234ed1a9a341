package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// flat is nested JSON by dotted key.
func flat(into map[string]any, prefix string, from map[string]any) map[string]any {
	for key, value := range from {
		switch v := value.(type) {
		case map[string]any:
			flat(into, prefix+key+".", v)
		case []any:
			list := []string{}
			for _, one := range v {
				list = append(list, fmt.Sprint(one))
			}
			into[prefix+key] = list
		default:
			into[prefix+key] = v
		}
	}
	return into
}

// unlike tells how two records differ.
func unlike(got, want map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if !same(got[key], want[key]) {
			parts = append(parts, fmt.Sprintf("%s is %v, want %v", key, got[key], want[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if _, there := got[key]; !there {
			parts = append(parts, fmt.Sprintf("%s is missing, want %v", key, want[key]))
		}
	}
	return strings.Join(parts, "; ")
}

// compareCustomer holds one customer against the model.
func (k *trial) compareCustomer(id string) string {
	got := k.get(id)
	p := k.world.people[id]
	switch {
	case p == nil || p.deleted:
		if got.code != "not_found" {
			return fmt.Sprintf("GET %s: %d %s, want not_found", id, got.status, got.raw)
		}
	case p.merged != "":
		if target, _ := got.body["target"].(string); got.code != "merged" || target != k.world.final(id) {
			return fmt.Sprintf("GET %s: %d %s, want merged into %s", id, got.status, got.raw, k.world.final(id))
		}
	case got.code != "":
		return fmt.Sprintf("GET %s: %d %s, want the customer", id, got.status, got.raw)
	default:
		if diff := unlike(flat(map[string]any{}, "", got.body), k.world.shown(p)); diff != "" {
			return fmt.Sprintf("customer %s: %s", id, diff)
		}
	}
	return ""
}

// compareAll holds everything against the model.
func (k *trial) compareAll() string {
	for _, id := range slices.Sorted(maps.Keys(k.world.people)) {
		if diff := k.compareCustomer(id); diff != "" {
			return diff
		}
		if diff := k.compareHistory(id); diff != "" {
			return diff
		}
	}
	if diff := k.compareFilter(`["everyone"]`); diff != "" {
		return diff
	}
	if diff := k.compareSegments(); diff != "" {
		return diff
	}
	return k.compareMonths()
}

// compareFilter holds what a filter finds against the model.
func (k *trial) compareFilter(condition string) string {
	c := parseCondition(condition)
	want, wrong := k.world.found(c)
	got, code := k.members(filterText(c))
	switch {
	case wrong != "" && code == "":
		return fmt.Sprintf("%s: found %v, want a refusal: %s", filterText(c), got, wrong)
	case wrong == "" && code != "":
		return fmt.Sprintf("%s: refused with %s, want %v", filterText(c), code, want)
	case wrong == "" && !slices.Equal(got, want):
		return fmt.Sprintf("%s: found %v, want %v", filterText(c), got, want)
	}
	return ""
}

// compareOutcome holds an answer's code and status against the model's. Several
// codes may be allowed, parted by |.
func compareOutcome(got reply, code, status string) string {
	said, _ := got.body["status"].(string)
	switch {
	case !slices.Contains(strings.Split(code, "|"), got.code):
		return fmt.Sprintf("answer %d %q (%s), want code %q", got.status, got.code, got.raw, code)
	case got.code == "" && status != "" && said != status:
		return fmt.Sprintf("status %q (%s), want %q", said, got.raw, status)
	}
	return ""
}

// compareMonths compares every month's active customers.
func (k *trial) compareMonths() string {
	for _, month := range []string{"2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-06", "2028-01"} {
		got := k.ask(byOwner, "GET", "/v1/stats/mau?month="+month, "")
		if count, _ := got.body["count"].(float64); got.code != "" || int(count) != len(k.world.active[month]) {
			return fmt.Sprintf("MAU of %s: %s, want %d: %v", month, got.raw, len(k.world.active[month]), slices.Sorted(maps.Keys(k.world.active[month])))
		}
	}
	return ""
}

// compareHistory holds a customer's history against the model's, newest first.
func (k *trial) compareHistory(id string) string {
	p := k.world.people[id]
	got := k.ask(byOwner, "GET", customerURL(id)+"/history?limit=200", "")
	if p.merged != "" {
		if got.code != "merged" {
			return fmt.Sprintf("history of %s, which is merged: %d %s", id, got.status, got.raw)
		}
		return ""
	}
	if got.code != "" {
		return fmt.Sprintf("history of %s: %d %s", id, got.status, got.raw)
	}
	var have, want []string
	for _, one := range got.body["entries"].([]any) {
		e := one.(map[string]any)
		line := fmt.Sprintf("%v %v by %v:", e["at"], e["action"], e["cause"])
		for _, change := range e["changes"].([]any) {
			c := change.(map[string]any)
			line += fmt.Sprintf(" %v %v to %v", c["field"], text(c["before"]), text(c["after"]))
		}
		have = append(have, line)
	}
	for _, e := range slices.Backward(p.history) {
		line, changes := fmt.Sprintf("%v %v by %v:", float64(e.at), e.action, e.cause), 0
		for _, key := range slices.Sorted(maps.Keys(e.before)) {
			if f := k.world.fields[key]; f != nil && !f.hidden && f.born <= e.at {
				line += fmt.Sprintf(" %v %v to %v", key, text(e.before[key]), text(e.after[key]))
				changes++
			}
		}
		if changes > 0 || e.action != "updated" {
			want = append(want, line)
		}
	}
	if len(want) < 200 && !slices.Equal(have, want) {
		return fmt.Sprintf("history of %s:\n%s\nwant:\n%s", id, strings.Join(have, "\n"), strings.Join(want, "\n"))
	}
	times, _ := got.body["times"].(map[string]any)
	for key, at := range p.since {
		if told, ok := times[key].(float64); p.values[key] != nil && !p.deleted && k.world.fields[key] != nil && !k.world.fields[key].hidden && ok && int64(told) != at {
			return fmt.Sprintf("%s of %s is told to be since %v, want %d", key, id, told, at)
		}
	}
	return ""
}
