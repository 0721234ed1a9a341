package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// An ended is a job that has ended.
type ended struct {
	id, state, code string
	result          map[string]any
}

// work asks for a job and waits for its end; got is the answer to the request.
func (r *rig) work(path, body string) (got reply, j ended) {
	got = r.ask(byOwner, "POST", path, body)
	j.id, _ = got.body["id"].(string)
	if got.code != "" {
		return got, j
	}
	for deadline := time.Now().Add(time.Minute); ; {
		now := r.ask(byOwner, "GET", "/v1/jobs/"+j.id, "")
		j.state, _ = now.body["state"].(string)
		if problem, ok := now.body["error"].(map[string]any); ok {
			j.code, _ = problem["code"].(string)
		}
		j.result, _ = now.body["result"].(map[string]any)
		switch {
		case j.state == "done" || j.state == "failed" || j.state == "cancelled":
			r.seq = max(r.seq, r.store.Seq())
			return got, j
		case time.Now().After(deadline):
			r.t.Fatalf("job %s never ends: %s", j.id, now.raw)
		}
		time.Sleep(time.Millisecond)
	}
}

// A bulkStep is what a step of the kind bulk says.
type bulkStep struct {
	IDs       []string          `json:"ids,omitempty"`
	Condition any               `json:"condition,omitempty"` // see parseCondition
	Actions   []json.RawMessage `json:"actions"`
}

// selected are the ids of a selection, in no order that matters. wrong is why a
// filter cannot be decided.
func (k *trial) selected(b bulkStep) (selection map[string]any, people []string, wrong string) {
	if b.Condition == nil {
		chosen := map[string]bool{}
		for _, id := range b.IDs {
			if final := k.world.final(id); k.world.here(final) != nil {
				chosen[final] = true
			}
		}
		return map[string]any{"ids": b.IDs}, slices.Sorted(maps.Keys(chosen)), ""
	}
	people, wrong = k.world.found(b.Condition)
	return map[string]any{"filter": filterText(b.Condition)}, people, wrong
}

// bulk does actions on many customers.
func (k *trial) bulk(s step) string {
	var b bulkStep
	if err := json.Unmarshal([]byte(k.resolve(s.body)), &b); err != nil {
		return err.Error()
	}
	if len(b.Actions) == 0 || b.Condition == nil && len(b.IDs) == 0 {
		return "" // a history that was shortened too far
	}
	selection, people, wrong := k.selected(b)
	got, j := k.work("/v1/customers/bulk", text(map[string]any{"selection": selection, "actions": b.Actions}))
	code := k.world.bulkFault(b.Actions)
	switch {
	case wrong != "" || code != "":
		if got.code == "" && j.state != "failed" {
			return fmt.Sprintf("bulk is taken (%s), want a refusal: %s%s", j.state, wrong, code)
		}
		return ""
	case got.code != "" || j.state != "done":
		return fmt.Sprintf("bulk: %d %s, job %s %s", got.status, got.raw, j.state, j.code)
	}
	k.jobs[s.as] = j.id
	for _, id := range people {
		k.world.act(id, b.Actions, j.id)
		if diff := k.compareCustomer(id); diff != "" {
			return diff
		}
	}
	return ""
}

// An act is one action of a bulk step; one member is set.
type act struct {
	AddTags    []any           `json:"addTags"`
	RemoveTags []any           `json:"removeTags"`
	Set        json.RawMessage `json:"set"`
	Clear      []string        `json:"clear"`
	Delete     bool            `json:"delete"`
}

func acts(list []json.RawMessage) []act {
	read := make([]act, len(list))
	for i, raw := range list {
		if err := json.Unmarshal(raw, &read[i]); err != nil {
			panic(err) // the generator writes JSON
		}
	}
	return read
}

// bulkFault is the code of what is wrong with actions, whoever is selected.
func (w *world) bulkFault(list []json.RawMessage) string {
	for _, a := range acts(list) {
		var faults []string
		if len(a.Set) > 0 {
			wishes, wrong := w.read(string(a.Set))
			faults = wrong
			for _, one := range wishes {
				if !w.collects(one.key) {
					faults = append(faults, "hidden_field")
				}
			}
		}
		for _, key := range a.Clear {
			if w.fields[key] == nil {
				faults = append(faults, "unknown_field")
			} else if !w.collects(key) {
				faults = append(faults, "hidden_field")
			}
		}
		if len(faults) > 0 {
			return faults[0]
		}
	}
	return ""
}

// act does the actions on one customer, as one write.
func (w *world) act(id string, list []json.RawMessage, job string) {
	p := w.here(id).clone()
	next, moved := maps.Clone(p.values), false
	for _, a := range acts(list) {
		tags, _ := next["tags"].([]string)
		tags = slices.Clone(tags)
		for _, one := range a.AddTags {
			if tag := one.(string); !slices.ContainsFunc(tags, func(have string) bool { return fold(have) == fold(tag) }) {
				tags = append(tags, tag)
			}
		}
		for _, one := range a.RemoveTags {
			tags = slices.DeleteFunc(tags, func(have string) bool { return fold(have) == fold(one.(string)) })
		}
		if delete(next, "tags"); len(tags) > 0 {
			next["tags"] = tags
		}
		if len(a.Set) > 0 {
			wishes, _ := w.read(string(a.Set))
			var profile bool
			next, profile, _ = w.write(next, wishes, nil, manner{})
			moved = moved || profile
		}
		for _, key := range a.Clear {
			moved = moved || next[key] != nil && key != "tags" && !isOptOut(key)
			delete(next, key)
		}
		if a.Delete {
			w.people[id] = p
			w.note(p, "deleted", "bulk", p.values, map[string]any{})
			p.history[len(p.history)-1].job = job
			p.deleted, p.died = true, w.now
			return
		}
	}
	before := len(p.history)
	w.settle(p, next, moved, "bulk", nil)
	for i := before; i < len(p.history); i++ {
		p.history[i].job = job
	}
}

// actions are what a bulk step does: one thing, or two.
func (c *chance) actions() []any {
	one := func() any {
		switch c.IntN(8) {
		case 0, 1, 2:
			return map[string]any{"addTags": c.tagList()}
		case 3:
			return map[string]any{"removeTags": c.tagList()}
		case 4:
			return map[string]any{"clear": []string{pick(c, "profile.description", "profile.points", "profile.vip", "profile.x", "unsubscribeEmail", "nothing")}}
		}
		key := pick(c, "description", "points", "vip", "likes", "name", "x")
		return map[string]any{"set": map[string]any{"profile": map[string]any{key: c.value("profile." + key)}}}
	}
	switch {
	case c.IntN(6) == 0:
		return []any{map[string]any{"delete": true}}
	case c.often(3):
		return []any{one(), one()}
	}
	return []any{one()}
}

func (c *chance) tagList() []string {
	list := []string{pick(c, "VIP", "vip", "ＶＩＰ", "常連", "a", "b", "一括")}
	if c.often(3) {
		list = append(list, pick(c, "c", "d"))
	}
	return list
}

// bulkText is the body of a step of the kind bulk.
func (c *chance) bulkText() string {
	body := map[string]any{"actions": c.actions()}
	if c.often(6) {
		body["condition"] = pick(c, []any{"everyone"}, c.condition(1).([]any))
	} else {
		ids := []string{}
		for range 1 + c.IntN(4) {
			ids = append(ids, c.id())
		}
		body["ids"] = ids
	}
	return text(body)
}
