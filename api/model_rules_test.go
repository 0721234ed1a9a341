package api

import (
	"maps"
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
	kind   string // boolean, string, number, date, list
	once   bool   // the first value stays
	system bool   // not written by people
	hidden bool
	born   int64 // when it was added
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
	job           string         // that did it; "" for none
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
