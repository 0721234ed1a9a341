package service

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// A plainCustomer is a customer as the rules of bulk actions see it: values as
// text by field, a tag as the field "tag:x".
type plainCustomer struct {
	values  map[string]string
	deleted bool
	log     []plainEntry // what changed it, in order
}

// A plainEntry is one change, by a job or by hand (job "").
type plainEntry struct {
	job           string
	deletion      bool
	before, after map[string]string
}

// A plainRegister is the model.
type plainRegister map[string]*plainCustomer

func (c *plainCustomer) become(job string, after map[string]string) (changed bool) {
	if maps.Equal(c.values, after) {
		return false
	}
	c.log = append(c.log, plainEntry{job: job, before: c.values, after: after})
	c.values = after
	return true
}

func (c *plainCustomer) remove(job string) {
	c.deleted, c.log = true, append(c.log, plainEntry{job: job, deletion: true})
}

func (c *plainCustomer) bringBack(job string) {
	c.deleted, c.log = false, append(c.log, plainEntry{job: job})
}

// A plainAction is what a bulk action does to the values.
type plainAction struct {
	json  string
	apply func(map[string]string)
}

const onceKey = "profile.utmSource"

func randomActions(r *rand.Rand) (list []plainAction) {
	word := func() string { return string(rune('a' + r.IntN(4))) }
	for range 1 + r.IntN(3) {
		w := word()
		switch r.IntN(7) {
		case 0, 1:
			list = append(list, plainAction{fmt.Sprintf(`{"addTags":[%q]}`, w), func(v map[string]string) { v["tag:"+w] = "1" }})
		case 2:
			list = append(list, plainAction{fmt.Sprintf(`{"removeTags":[%q]}`, strings.ToUpper(w)), func(v map[string]string) { delete(v, "tag:"+w) }})
		case 3:
			list = append(list, plainAction{fmt.Sprintf(`{"set":{"profile":{"name":%q}}}`, w), func(v map[string]string) { v["profile.name"] = w }})
		case 4:
			list = append(list, plainAction{`{"clear":["profile.name","unsubscribeEmail"]}`, func(v map[string]string) {
				delete(v, "profile.name")
				delete(v, unsubscribeEmailField)
			}})
		case 5:
			list = append(list, plainAction{`{"set":{"unsubscribeEmail":true}}`, func(v map[string]string) { v[unsubscribeEmailField] = "true" }})
		case 6:
			list = append(list, plainAction{fmt.Sprintf(`{"set":{%q:%q}}`, onceKey, w), func(v map[string]string) { v[onceKey] = w }})
		}
	}
	return list
}

// bulk does actions to customers (nil: deletes them) and says what it came to.
func (m plainRegister) bulk(job string, ids []string, actions []plainAction, dry bool) string {
	changed, unchanged, refused := 0, 0, 0
	for _, id := range ids {
		c := m[id]
		if actions == nil {
			if changed++; !dry {
				c.remove(job)
			}
			continue
		}
		next, first := maps.Clone(c.values), c.values[onceKey]
		for _, a := range actions {
			a.apply(next)
		}
		switch {
		case first != "" && next[onceKey] != first:
			refused++
		case maps.Equal(next, c.values):
			unchanged++
		default:
			if changed++; !dry {
				c.become(job, next)
			}
		}
	}
	return fmt.Sprintf("%d=%d+%d+0+%d", len(ids), changed, unchanged, refused)
}

// undo takes back what a job did to customers.
func (m plainRegister) undo(job, by string, ids []string) string {
	changed, unchanged, gone, refused := 0, 0, 0, 0
	for _, id := range ids {
		c := m[id]
		at := slices.IndexFunc(c.log, func(e plainEntry) bool { return e.job == job })
		switch {
		case at < 0 && c.deleted:
			gone++
		case at < 0, c.log[at].deletion && !c.deleted:
			unchanged++
		case c.log[at].deletion && at == len(c.log)-1:
			c.bringBack(by)
			changed++
		case c.log[at].deletion:
			refused++
		case c.deleted:
			gone++
		default:
			next, kept := c.before(c.log[at])
			if c.become(by, next) {
				changed++
			} else if kept {
				refused++
			} else {
				unchanged++
			}
		}
	}
	return fmt.Sprintf("%d=%d+%d+%d+%d", len(ids), changed, unchanged, gone, refused)
}

// before gives back what a change took, and tells whether something else has
// to stay because it was changed since.
func (c *plainCustomer) before(e plainEntry) (next map[string]string, kept bool) {
	next = maps.Clone(c.values)
	for _, key := range slices.Concat(slices.Collect(maps.Keys(e.before)), slices.Collect(maps.Keys(e.after))) {
		was, had := e.before[key]
		now, has := c.values[key]
		left, leaves := e.after[key]
		switch {
		case was == left && had == leaves, now == was && has == had: // not the job's, or back already
		case !strings.HasPrefix(key, "tag:") && (now != left || has != leaves):
			kept = true
		case had:
			next[key] = was
		default:
			delete(next, key)
		}
	}
	return next, kept
}

// A bulkRig compares a register with the model.
type bulkRig struct {
	*bulkDesk
	m    plainRegister
	r    *rand.Rand
	jobs []plainJob
	told []string // what was done, for a failure
}

type plainJob struct {
	id     string
	ids    []string
	undone bool
}

func (g *bulkRig) live() (ids []string) {
	for id, c := range g.m {
		if !c.deleted {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// edit patches, deletes or restores one customer by hand.
func (g *bulkRig) edit() {
	id := fmt.Sprintf("c%02d", g.r.IntN(len(g.m)))
	c := g.m[id]
	switch {
	case c.deleted:
		if _, err := g.Restore(g.t.Context(), RestoreRequest{ID: id}); err != nil {
			g.fail("restore %s: %v", id, err)
		}
		c.bringBack("")
	case g.r.IntN(5) == 0:
		_, err := g.Delete(g.t.Context(), DeleteRequest{ID: id})
		g.must(err)
		c.remove("")
	default:
		next := maps.Clone(c.values)
		next["profile.name"] = string(rune('a' + g.r.IntN(4)))
		tags := []string{}
		for _, tag := range []string{"a", "b", "c", "d", "own"} {
			if delete(next, "tag:"+tag); g.r.IntN(2) == 0 {
				tags, next["tag:"+tag] = append(tags, tag), "1"
			}
		}
		body, err := json.Marshal(map[string]any{"tags": tags, "profile": map[string]any{"name": next["profile.name"]}})
		g.must(err)
		g.patch(id, string(body))
		c.become("", next)
	}
	g.told = append(g.told, "edit "+id)
}

// random picks customers by ids or by a filter.
func (g *bulkRig) random() (selection string, ids []string) {
	live := g.live()
	if g.r.IntN(2) == 0 || len(live) == 0 {
		return `{"filter":"tags HAS \"a\""}`, slices.DeleteFunc(live, func(id string) bool { return g.m[id].values["tag:a"] == "" })
	}
	for _, id := range live {
		if g.r.IntN(3) > 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return `{"filter":""}`, live
	}
	text, err := json.Marshal(map[string]any{"ids": ids})
	g.must(err)
	return string(text), ids
}

// stopping makes the process end between two steps, now and then.
func (g *bulkRig) stopping() <-chan struct{} {
	g.between = func(context.Context) {}
	if g.r.IntN(3) > 0 {
		return nil
	}
	return g.stopAfter(1 + g.r.IntN(3))
}

func (g *bulkRig) bulk() {
	selection, ids := g.random()
	actions := randomActions(g.r)
	text := make([]string, len(actions))
	for i, a := range actions {
		text[i] = a.json
	}
	if g.r.IntN(6) == 0 {
		actions, text = nil, []string{`{"delete":true}`}
	}
	request := ask(g.t, selection, "["+strings.Join(text, ",")+"]")
	g.told = append(g.told, fmt.Sprint("bulk ", selection, text))
	request.DryRun = true
	dry, err := g.Bulk(g.t.Context(), request)
	g.must(err)
	g.compare(g.finish(dry.ID, g.stopping()), g.m.bulk("", ids, actions, true))
	request.DryRun = false
	made, err := g.Bulk(g.t.Context(), request)
	g.must(err)
	g.compare(g.finish(made.ID, g.stopping()), g.m.bulk(made.ID, ids, actions, false))
	g.jobs = append(g.jobs, plainJob{id: made.ID, ids: ids})
}

func (g *bulkRig) undoOne() {
	if len(g.jobs) == 0 {
		return
	}
	j := &g.jobs[g.r.IntN(len(g.jobs))]
	made, err := g.Undo(g.t.Context(), j.id)
	if j.undone {
		if CodeOf(err) != CodeNotUndoable {
			g.fail("undone twice: %v", err)
		}
		return
	}
	g.must(err)
	g.told = append(g.told, "undo "+j.id)
	g.compare(g.finish(made.ID, g.stopping()), g.m.undo(j.id, made.ID, j.ids))
	j.undone = true
}

func (g *bulkRig) fail(format string, args ...any) {
	g.t.Helper()
	g.t.Fatalf(format+"\n%s", append(args, strings.Join(g.told, "\n"))...)
}

func (g *bulkRig) compare(j Job, want string) {
	g.t.Helper()
	tally := tallyOf(g.t, j)
	tally.Faults = nil
	if tally.String() != want {
		g.fail("the job came to %v, want %s", tally, want)
	}
	for id, c := range g.m {
		stored, err := g.store.Customer(id)
		if (err != nil) != c.deleted {
			g.fail("%s: %v, deleted in the model: %v", id, err, c.deleted)
		}
		if got := plainOf(stored.Record); err == nil && !maps.Equal(got, c.values) {
			g.fail("%s is %v, want %v", id, got, c.values)
		}
	}
}

// plainOf is a record in the model's words.
func plainOf(r schema.Record) map[string]string {
	values := map[string]string{}
	for key, v := range r.All() {
		switch {
		case key == schema.TagsField:
			for _, tag := range v.Elements() {
				values["tag:"+tag] = "1"
			}
		case isOptOut(key):
			values[key] = fmt.Sprint(v.Bool())
		case strings.HasPrefix(key, schema.ProfilePrefix):
			values[key] = v.Text()
		}
	}
	return values
}

// Random histories of actions on many, edits and undo, with ends of the process
// between steps, come out as the rules say: nothing is done twice, nothing is
// left out.
func TestRandomBulkHistories(t *testing.T) {
	for round := range 12 {
		seed := uint64(time.Now().UnixNano()) + uint64(round)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			g := &bulkRig{bulkDesk: newBulkDesk(t), m: plainRegister{}, r: rand.New(rand.NewPCG(seed, 1))}
			for i := range 11 {
				id := fmt.Sprintf("c%02d", i)
				g.put(id, `{}`)
				g.m[id] = &plainCustomer{values: map[string]string{}}
			}
			for range 30 {
				g.later(time.Minute)
				switch g.r.IntN(6) {
				case 0, 1:
					g.bulkDesk.between = func(context.Context) {}
					g.bulk()
				case 2:
					g.undoOne()
				default:
					g.edit()
				}
			}
		})
	}
}
