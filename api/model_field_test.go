package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// addProfileField adds a profile field. One whose key was another's before has no
// value of that one.
func (k *trial) addProfileField(s step) string {
	w, code := k.world, ""
	for key := range w.fields {
		if strings.EqualFold(key, s.on) {
			code = "already_exists"
		}
	}
	if !strings.HasPrefix(s.on, "profile.") {
		code = "invalid_value"
	}
	if code == "" && k.left[s.on] {
		code = "|already_exists" // its values may still be on their way out of the records
	}
	got := k.ask(s.by, "POST", "/v1/fields", text(map[string]any{"key": s.on, "kind": s.body}))
	if got.code == "" && strings.HasPrefix("|already_exists", code) {
		w.fields[s.on] = &trait{kind: strings.ToLower(s.body), born: w.now}
	}
	return k.fieldsSettled(s, got, code)
}

// patchField hides a field, shows it again, archives it.
func (k *trial) patchField(s step) string {
	w, code := k.world, ""
	f := w.fields[s.on]
	hides := strings.Contains(s.body, `"hidden":true`)
	switch {
	case f == nil:
		code = "not_found"
	case hides && !f.hidden && s.with != "force" && len(w.usersOf(s.on)) > 0:
		code = "in_use"
	default:
		f.hidden = (f.hidden || hides) && !strings.Contains(s.body, `"hidden":false`)
	}
	return k.fieldsSettled(s, k.ask(s.by, "PATCH", "/v1/fields/"+s.on+forced(s), s.body), code)
}

func forced(s step) string {
	if s.with == "force" {
		return "?force=true"
	}
	return ""
}

// deleteField takes a field and its values away, from deleted customers too.
func (k *trial) deleteField(s step) string {
	w, code := k.world, ""
	f := w.fields[s.on]
	switch {
	case f == nil && k.left[s.on]:
		code = "|not_found" // asked again while its values are on their way out
	case f == nil:
		code = "not_found"
	case !strings.HasPrefix(s.on, "profile."):
		code = "read_only"
	case s.with != "force" && len(w.usersOf(s.on)) > 0:
		code = "in_use"
	default:
		k.left[s.on] = true
		delete(w.fields, s.on)
		for _, p := range w.people {
			delete(p.values, s.on)
			delete(p.since, s.on)
		}
	}
	return k.fieldsSettled(s, k.ask(s.by, "DELETE", "/v1/fields/"+s.on+forced(s), ""), code)
}

// fieldsSettled compares the answer, the fields and what depends on them.
func (k *trial) fieldsSettled(s step, got reply, code string) string {
	if diff := compareOutcome(got, code, ""); diff != "" {
		return diff
	}
	listed := k.ask(byOwner, "GET", "/v1/fields", "")
	var have, want []string
	for _, one := range listed.body["fields"].([]any) {
		f := one.(map[string]any)
		have = append(have, fmt.Sprint(f["key"], " ", strings.ToLower(f["kind"].(string)), " hidden: ", f["hidden"]))
	}
	for key, f := range k.world.fields {
		want = append(want, fmt.Sprint(key, " ", f.kind, " hidden: ", f.hidden))
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		return fmt.Sprintf("fields %v\nwant %v", have, want)
	}
	for _, id := range slices.Sorted(maps.Keys(k.world.people)) {
		if diff := k.compareCustomer(id); diff != "" {
			return diff
		}
	}
	return k.compareSegments()
}
