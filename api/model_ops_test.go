package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"meibo/dsl/schema"
)

// modelOps carry one step out on both sides and tell how they differ. (A
// function, so that nothing is initialised in a circle.)
var modelOps = map[string]func(*trial, step) string{
	"put": (*trial).put, "patch": (*trial).patch, "delete": (*trial).delete, "batch": (*trial).batch, "import": (*trial).importRows,
	"save segment": (*trial).saveSegment, "drop segment": (*trial).dropSegment,
	"add field": (*trial).addProfileField, "patch field": (*trial).patchField, "delete field": (*trial).deleteField,
	"restore": (*trial).restore, "boot": (*trial).boot, "touch": (*trial).touch, "form": (*trial).form,
	"clock": (*trial).clockStep, "restart": (*trial).restart, "find": (*trial).find, "bulk": (*trial).bulk,
}

// begin adds the fields that the histories use beside the first ones.
func (k *trial) begin() {
	for key, kind := range map[string]schema.Kind{"profile.points": schema.Number, "profile.vip": schema.Boolean, "profile.likes": schema.List} {
		k.addField(key, kind)
		k.world.fields[key] = &trait{kind: strings.ToLower(kind.String())}
	}
}

// final is where a merged customer ended up.
func (w *world) final(id string) string {
	for w.people[id] != nil && w.people[id].merged != "" {
		id = w.people[id].merged
	}
	return id
}

// condition decides If-Match: what was labelled must still be what can be edited.
func (k *trial) condition(s step, p *person) (header, code string) {
	if s.with == "" {
		return "", ""
	}
	bound, ok := k.labels[s.with]
	if !ok || bound.etag == "" {
		bound = labelled{etag: `"none"`}
	}
	if p == nil || bound.id != p.id || bound.editables == nil || unlike(bound.editables, k.world.editables(p)) != "" {
		code = "precondition_failed"
	}
	return bound.etag, code
}

// put replaces what can be edited of a customer, whom an id names, or @ and a
// memberId.
func (k *trial) put(s step) string {
	id, body := k.resolve(s.on), k.resolve(s.body)
	memberID, byMember := strings.CutPrefix(id, "@")
	if !byMember {
		memberID = ""
	} else {
		id = ""
		if holder := k.world.holder(memberID); holder != nil {
			id = holder.id
		}
	}
	header, code := k.condition(s, k.world.here(id))
	got := k.ask(s.by, "PUT", customerURL(k.resolve(s.on)), body, "If-Match", header)
	if byMember && id == "" && got.code == "" {
		id, _ = got.body["customer"].(map[string]any)["id"].(string)
		if k.world.people[id] != nil {
			return fmt.Sprintf("the new customer has the id %s, which is taken", id)
		}
	}
	status := ""
	switch p := k.world.people[id]; {
	case p != nil && p.merged != "":
		code = "merged"
	case code == "":
		status, code = k.world.edit(id, body, manner{replaces: true, as: memberID})
	}
	return k.settled(s, id, got, code, status)
}

func (k *trial) patch(s step) string {
	id, body := k.resolve(s.on), k.resolve(s.body)
	header, code := k.condition(s, k.world.here(id))
	got := k.ask(s.by, "PATCH", customerURL(id), body, "If-Match", header)
	status := ""
	switch p := k.world.people[id]; {
	case p != nil && p.merged != "":
		code = "merged"
	case k.world.here(id) == nil:
		code = "not_found"
	case code == "":
		status, code = k.world.edit(id, body, manner{})
	}
	return k.settled(s, id, got, code, status)
}

// fresh is the customer that a write starts from: the one that is there, or a
// new one, which begins anew where it was deleted; only its history goes on.
func (w *world) fresh(id string) *person {
	if p := w.here(id); p != nil {
		return p.clone()
	}
	p := newPerson(id)
	if old := w.people[id]; old != nil {
		p.history, p.deleted = old.history, old.deleted
	}
	return p
}

// edit writes a body to a customer, which is made where it is not there.
func (w *world) edit(id, body string, m manner) (status, code string) {
	p := w.fresh(id)
	wishes, faults := w.read(body)
	start := maps.Clone(p.values)
	if m.as != "" {
		start["memberId"] = m.as
	}
	next, moved, code := w.write(start, wishes, faults, m)
	if code != "" {
		return "", code
	}
	brought, cause := map[string]bool{}, "edit"
	if m.imports {
		cause = "import"
	}
	for _, one := range wishes {
		brought[one.key] = m.imports && one.value != nil
	}
	if member, _ := next["memberId"].(string); member != "" {
		if holder := w.holder(member); holder != nil && holder.id != id {
			return "", "member_taken"
		}
	}
	return w.settle(p, next, moved, cause, brought), ""
}

// settled compares an answer and the customer that it was about.
func (k *trial) settled(s step, id string, got reply, code, status string) string {
	if diff := compareOutcome(got, code, status); diff != "" {
		return diff
	}
	k.keep(s, id, got)
	if k.world.people[id] == nil && got.code != "" {
		return ""
	}
	return k.compareCustomer(id)
}

func (k *trial) delete(s step) string {
	id := k.resolve(s.on)
	p := k.world.here(id)
	header, code := k.condition(s, p)
	got := k.ask(s.by, "DELETE", customerURL(id), "", "If-Match", header)
	switch {
	case k.world.people[id] != nil && k.world.people[id].merged != "":
		code = "merged"
	case p == nil:
		code = "not_found"
	case code == "":
		k.world.note(p, "deleted", "delete", p.values, map[string]any{})
		p.deleted, p.died = true, k.world.now
	}
	return k.settled(s, id, got, code, "")
}

// restore undoes a deletion.
func (k *trial) restore(s step) string {
	id := k.resolve(s.on)
	got := k.ask(s.by, "POST", customerURL(id)+"/restore", "")
	p, code, status := k.world.people[id], "", ""
	member := ""
	if p != nil {
		member, _ = p.values["memberId"].(string)
	}
	const year = 365 * 24 * 60 * 60 * 1000
	switch {
	case p == nil:
		code = "not_found"
	case p.merged != "":
		code = "merged"
	case !p.deleted:
		code = "already_exists"
	case k.world.now-p.died > year:
		code = "gone"
	case k.world.holder(member) != nil:
		code = "member_taken"
	default:
		for key := range p.values {
			if k.world.fields[key] == nil {
				delete(p.values, key) // deleted with its field
			}
		}
		k.world.note(p, "restored", "restore", map[string]any{}, p.values)
		p.deleted, status = false, "restored"
	}
	return k.settled(s, id, got, code, status)
}

// batch sends several records at once; each is judged alone.
func (k *trial) batch(s step) string {
	body := k.resolve(s.body)
	got := k.ask(s.by, "POST", "/v1/customers/batch", `{"customers":`+body+`}`)
	var records []json.RawMessage
	if err := json.Unmarshal([]byte(body), &records); err != nil {
		return err.Error()
	}
	if got.code != "" {
		return fmt.Sprintf("batch: %d %s", got.status, got.raw)
	}
	results := got.body["results"].([]any)
	if len(results) != len(records) {
		return fmt.Sprintf("%d results for %d records", len(results), len(records))
	}
	var touched []string
	for i, record := range records {
		result := results[i].(map[string]any)
		named := readArrival(string(record)) // a record that names none is made anew
		said, _ := result["id"].(string)
		id, m := k.world.final(named.ID), manner{}
		if holder := k.world.holder(named.MemberID); id == "" && holder != nil {
			id = holder.id
		} else if id == "" {
			m.as, id = named.MemberID, said
			if k.world.people[id] != nil {
				return fmt.Sprintf("record %d: the new customer has the id %s, which is taken", i, id)
			}
		}
		status, code := k.world.edit(id, string(record), m)
		if code == "" && id != said {
			return fmt.Sprintf("record %d: the result is of %q, want %q", i, said, id)
		}
		if code != "" {
			status = "refused"
		}
		if said, _ := result["code"].(string); said != code || result["status"] != status {
			return fmt.Sprintf("record %d, %s: %v, want %s %s", i, record, result, status, code)
		}
		touched = append(touched, id)
	}
	for _, id := range touched {
		if k.world.people[id] != nil {
			if diff := k.compareCustomer(id); diff != "" {
				return diff
			}
		}
	}
	return ""
}

// importRows imports one row of another system's export.
func (k *trial) importRows(s step) string {
	body := k.resolve(s.body)
	if !strings.Contains(body, `"id"`) {
		return "" // a history that was shortened too far
	}
	created, updated, unchanged, bad := k.importSystem(body + "\n")
	var named struct{ ID string }
	_ = json.Unmarshal([]byte(body), &named) // the generator always names one
	status, code := "", "merged"
	if p := k.world.people[named.ID]; p == nil || p.merged == "" {
		status, code = k.world.edit(named.ID, body, manner{imports: true})
	}
	got := map[string]int{"created": created, "updated": updated, "unchanged": unchanged, "": bad}
	if got[status] != 1 {
		return fmt.Sprintf("import: %v, want one %q (%s)", got, status, code)
	}
	if k.world.people[named.ID] == nil {
		return ""
	}
	return k.compareCustomer(named.ID)
}

func (k *trial) clockStep(s step) string {
	d, err := time.ParseDuration(s.body)
	k.must(err)
	k.clock.add(d)
	k.world.now += d.Milliseconds()
	return ""
}

func (k *trial) restart(step) string {
	k.close()
	k.open()
	return k.compareAll()
}

func (k *trial) find(s step) string { return k.compareFilter(s.body) }
