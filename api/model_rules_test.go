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

	"golang.org/x/text/unicode/norm"
)

// A world is the register as its rules describe it, in plain maps: no store,
// no index, no clock of its own. It is written from the product's design, not
// from the program, and judges it.
type world struct {
	now      int64 // epoch milliseconds
	fields   map[string]*trait
	people   map[string]*person         // by id, deleted and merged ones too
	active   map[string]map[string]bool // month -> ids whose updatedAt moved in it
	segments map[string]any             // key -> condition, see matches
	entries  int                        // of all histories
}

// A trait is a field.
type trait struct {
	kind             string // boolean, string, number, date, list
	once             bool   // the first value stays
	system           bool   // not written by people
	hidden, archived bool
	born             int64 // when it was added
}

// A person is a customer. A value is a bool, a string, a float64 (of dates
// too) or a []string; what is not set is not in the map.
type person struct {
	id      string
	values  map[string]any
	since   map[string]int64 // when an opt-out or a write-once field got its value
	deleted bool
	died    int64  // when it was deleted
	merged  string // the id of the customer that this one became part of
	history []entry
}

// An entry of a history.
type entry struct {
	at            int64
	number        int // in the order of all
	action, cause string
	before, after map[string]any // of the fields that changed
}

func newPerson(id string) *person {
	return &person{id: id, values: map[string]any{}, since: map[string]int64{}}
}

// clone is a copy to try something on.
func (p *person) clone() *person {
	c := *p
	c.values, c.since, c.history = maps.Clone(p.values), maps.Clone(p.since), slices.Clone(p.history)
	return &c
}

// noted are the fields whose changes a history tells: what people say of a
// customer, not what visits count.
func noted(key string) bool {
	return key == "tags" || key == "name" || key == "memberId" || isOptOut(key) || strings.HasPrefix(key, "profile.")
}

// note adds to a history what a write did; an update of no noted field leaves
// nothing, nor does the creation of a customer by an import.
func (w *world) note(p *person, action, cause string, before, after map[string]any) {
	e := entry{at: w.now, action: action, cause: cause, before: map[string]any{}, after: map[string]any{}}
	for key := range w.fields {
		if noted(key) && !same(before[key], after[key]) {
			e.before[key], e.after[key] = before[key], after[key]
		}
	}
	if action == "updated" && len(e.before) == 0 || action == "unchanged" || action == "created" && cause == "import" && !p.deleted {
		return
	}
	w.entries++
	e.number = w.entries
	p.history = append(p.history, e)
}

func newWorld(now time.Time) *world {
	w := &world{now: now.UnixMilli(), fields: map[string]*trait{}, people: map[string]*person{}, active: map[string]map[string]bool{}, segments: map[string]any{}}
	system := func(kind string, keys ...string) {
		for _, key := range keys {
			w.fields[key] = &trait{kind: kind, system: true}
		}
	}
	system("string", "id", "memberId", "name", "city", "country", "language", "web.browserName", "web.osName", "web.device", "web.browser", "web.os",
		"mobile.appName", "mobile.appVersion", "mobile.osName", "mobile.device", "mobile.os")
	system("number", "sessionsCount", "web.sessionsCount", "mobile.sessionsCount")
	system("date", "lastSeenAt", "createdAt", "updatedAt", "web.lastSeenAt", "mobile.lastSeenAt")
	system("boolean", "member", "hasPushToken")
	w.fields["tags"] = &trait{kind: "list"}
	w.fields["unsubscribeEmail"] = &trait{kind: "boolean"}
	w.fields["unsubscribeTexting"] = &trait{kind: "boolean"}
	for _, key := range []string{"mobileNumber", "email", "description", "name"} {
		w.fields["profile."+key] = &trait{kind: "string"}
	}
	w.fields["profile.lastCheckoutCompletedAt"] = &trait{kind: "date"}
	for _, key := range []string{"referrer", "utmCampaign", "utmMedium", "utmSource", "utmContent", "utmTerm"} {
		w.fields["profile."+key] = &trait{kind: "string", once: true}
	}
	return w
}

// fold is what makes two texts equal, as far as the generator's texts need it.
func fold(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// here is the customer under an id, if it is in the register now.
func (w *world) here(id string) *person {
	if p := w.people[id]; p != nil && !p.deleted && p.merged == "" {
		return p
	}
	return nil
}

func (w *world) holder(memberID string) *person {
	for id := range w.people {
		if p := w.here(id); p != nil && memberID != "" && p.values["memberId"] == memberID {
			return p
		}
	}
	return nil
}

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
			return n, whole && !(math.Abs(n) >= 1e9 && math.Abs(n) < 1e10) && math.Abs(n) < 1e14 // years of four digits
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

// editable reports whether people may write a field.
func (f *trait) editable() bool { return !f.system }

// A manner is how somebody may write.
type manner struct {
	ingests  bool   // a boot, a form: hidden fields are left out silently, opt-outs only set
	imports  bool   // a system export: all fields as they are
	quietly  bool   // a refusal must not tell what is stored
	replaces bool   // what is not named is cleared
	as       string // the memberId by which a new customer is made
}

func isOptOut(key string) bool { return key == "unsubscribeEmail" || key == "unsubscribeTexting" }

// write carries wishes out on a customer's values. All faults are found; the
// gravest code is the answer.
func (w *world) write(old map[string]any, wishes []wish, faults []string, m manner) (next map[string]any, profileChanged bool, code string) {
	next = maps.Clone(old)
	if m.replaces {
		for key, f := range w.fields {
			if f.editable() && !f.once && !f.hidden && !slices.ContainsFunc(wishes, func(one wish) bool { return one.key == key }) {
				delete(next, key)
			}
		}
	}
	for _, one := range wishes {
		f, have := w.fields[one.key], next[one.key]
		switch {
		case same(have, one.value):
		case (m.imports || m.ingests) && !w.collects(one.key), m.imports && one.key == "member":
		case !w.collects(one.key):
			faults = append(faults, "hidden_field")
		case !f.editable() && !m.imports && !m.ingests:
			faults = append(faults, "read_only")
		case one.once && have != nil:
		case isOptOut(one.key) && (m.imports || m.ingests) && have == true && one.value != true:
		case f.once && have != nil && (m.imports || m.quietly):
		case f.once && have != nil:
			faults = append(faults, "write_once")
		case one.value == nil:
			delete(next, one.key)
		default:
			next[one.key] = one.value
		}
	}
	for key := range w.fields {
		profileChanged = profileChanged || strings.HasPrefix(key, "profile.") && !same(old[key], next[key])
	}
	for _, grave := range []string{"bad_request", "unknown_field", "invalid_value", "hidden_field", "read_only", "write_once"} {
		if slices.Contains(faults, grave) {
			return old, false, grave
		}
	}
	return next, profileChanged, ""
}

// settle makes what follows from a write: member, the times, the history and
// the month's active customers. moved says that updatedAt moves, brought which
// fields came with the write.
func (w *world) settle(p *person, next map[string]any, moved bool, cause string, brought map[string]bool) (status string) {
	fresh := w.here(p.id) == nil
	next["member"] = next["memberId"] != nil
	if fresh && next["createdAt"] == nil {
		next["createdAt"] = float64(w.now)
	}
	if (fresh || moved) && !brought["updatedAt"] {
		next["updatedAt"] = float64(w.now)
		w.count(p.id)
	}
	status = "updated"
	switch {
	case fresh:
		status = "created"
	case maps.EqualFunc(next, p.values, same):
		status = "unchanged"
	}
	for key, f := range w.fields {
		if (f.once || isOptOut(key)) && !same(next[key], p.values[key]) {
			p.since[key] = w.now
		}
	}
	w.note(p, status, cause, p.values, next)
	p.values, p.deleted = next, false
	w.people[p.id] = p
	return status
}

// count makes a customer one of this month's active ones.
func (w *world) count(id string) {
	tokyo := time.FixedZone("Asia/Tokyo", 9*60*60)
	month := time.UnixMilli(w.now).In(tokyo).Format("2006-01")
	if w.active[month] == nil {
		w.active[month] = map[string]bool{}
	}
	w.active[month][id] = true
}

// editables are what an ETag covers.
func (w *world) editables(p *person) map[string]any {
	found := map[string]any{}
	for key, value := range p.values {
		if f := w.fields[key]; f != nil && f.editable() && !f.hidden {
			found[key] = value
		}
	}
	return found
}

// shown is a customer as an answer shows it: without hidden fields.
func (w *world) shown(p *person) map[string]any {
	found := map[string]any{}
	for key, value := range p.values {
		if f := w.fields[key]; f != nil && !f.hidden {
			found[key] = value
		}
	}
	found["id"] = p.id
	return found
}
