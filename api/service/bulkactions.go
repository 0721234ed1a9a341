package service

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"meibo/dsl/schema"
)

// MaxBulkActions bounds the actions of one job.
const MaxBulkActions = 100

// A BulkAction is one thing that is done to each of many customers: exactly
// one of its members is there.
type BulkAction struct {
	AddTags    []string        `json:"addTags,omitempty" nullable:"false" doc:"Tags that each customer has afterwards; at most 100."`
	RemoveTags []string        `json:"removeTags,omitempty" nullable:"false" doc:"Tags that no customer has afterwards, compared as filters do: folded."`
	Set        json.RawMessage `json:"set,omitempty" doc:"Profile fields and opt-outs with their values, as in a PATCH: {\"profile.plan\": \"gold\"}."`
	Clear      []string        `json:"clear,omitempty" nullable:"false" doc:"Keys of fields that no customer has a value of afterwards."`
	Delete     bool            `json:"delete,omitempty" doc:"Takes the customers out of every answer; the only action then."`
}

// A bulkPlan is what a job does to each customer, ready to be done.
type bulkPlan struct {
	steps  []bulkStep
	delete bool
}

// A bulkStep is one action: tags to add, tags to take away, or edits.
type bulkStep struct {
	add    []string
	remove map[string]bool // folded
	edits  []Edit
}

// planBulk reads actions against the fields that the caller sees. All faults
// are told: what no customer would take. What depends on the customer (more
// than 100 tags together, the first value of a write-once field) is found later.
func planBulk(actions []BulkAction, fields *schema.Fields, zone *time.Location) (bulkPlan, []schema.ValueError) {
	var p bulkPlan
	var faults []schema.ValueError
	if len(actions) == 0 || len(actions) > MaxBulkActions {
		faults = append(faults, valueFault("actions", "out_of_range",
			fmt.Sprintf("actions は 1～%d 個です。", MaxBulkActions), fmt.Sprintf("there are 1 to %d actions", MaxBulkActions)))
	}
	for i, a := range actions {
		at := fmt.Sprintf("actions[%d]", i)
		switch a.members() {
		case 1:
			step, wrong := planStep(a, at, fields, zone)
			p.steps, p.delete = append(p.steps, step), p.delete || a.Delete
			faults = append(faults, wrong...)
		default:
			faults = append(faults, valueFault(at, "one_action",
				at+" には addTags、removeTags、set、clear、delete のどれか一つを指定してください。", at+" has exactly one of addTags, removeTags, set, clear and delete"))
		}
	}
	if p.delete && len(actions) > 1 {
		faults = append(faults, valueFault("actions", "conflict", "delete はほかの操作と一緒に使えません。", "delete is the only action of its job"))
	}
	return p, faults
}

// members counts what an action says to do.
func (a BulkAction) members() (n int) {
	for _, there := range []bool{a.AddTags != nil, a.RemoveTags != nil, a.Set != nil, a.Clear != nil, a.Delete} {
		if there {
			n++
		}
	}
	return n
}

func planStep(a BulkAction, at string, fields *schema.Fields, zone *time.Location) (step bulkStep, faults []schema.ValueError) {
	switch {
	case a.AddTags != nil:
		step.add, faults = readTags(a.AddTags, at+".addTags", fields)
	case a.RemoveTags != nil:
		var tags []string
		tags, faults = readTags(a.RemoveTags, at+".removeTags", fields)
		step.remove = foldedSet(tags)
	case a.Set != nil:
		step.edits, faults = readSet(a.Set, at+".set", fields, zone)
	case a.Clear != nil:
		step.edits, faults = readClear(a.Clear, at+".clear", fields)
	}
	return step, faults
}

// readTags checks tags as those of a customer.
func readTags(tags []string, at string, fields *schema.Fields) ([]string, []schema.ValueError) {
	f, ok := fields.Lookup(schema.TagsField)
	if !ok {
		return nil, []schema.ValueError{UnknownField(schema.TagsField, fields)}
	}
	if _, wrong := blindly(f, Edit{Key: f.Key, Value: schema.Strings("x")}); wrong != nil {
		return nil, []schema.ValueError{*wrong}
	}
	raw := make([]any, len(tags))
	for i, tag := range tags {
		raw[i] = tag
	}
	v, wrong := schema.Coerce(f, raw, time.UTC)
	switch {
	case wrong != nil:
		return nil, []schema.ValueError{*wrong}
	case v.IsMissing():
		return nil, []schema.ValueError{valueFault(at, "empty", at+" にタグがありません。", at+" names no tag")}
	}
	return v.Elements(), nil
}

func readSet(raw json.RawMessage, at string, fields *schema.Fields, zone *time.Location) ([]Edit, []schema.ValueError) {
	body, err := ReadBody(raw, fields, zone)
	if err != nil {
		why := schema.JSONWords(err)
		if refusal, ok := err.(*Error); ok {
			why = refusal.Message
		}
		return nil, []schema.ValueError{valueFault(at, "invalid", why.JA, why.EN)}
	}
	faults := body.Faults
	if body.ID != "" {
		f, _ := fields.Lookup(schema.IDField)
		faults = append(faults, readOnly(f))
	}
	if len(body.Edits) == 0 && len(faults) == 0 {
		faults = append(faults, valueFault(at, "empty", at+" に項目がありません。", at+" names no field"))
	}
	for _, e := range body.Edits {
		if f, ok := fields.Lookup(e.Key); ok {
			if _, wrong := blindly(f, e); wrong != nil {
				faults = append(faults, *wrong)
			}
		}
	}
	return body.Edits, faults
}

func readClear(keys []string, at string, fields *schema.Fields) (edits []Edit, faults []schema.ValueError) {
	if len(keys) == 0 {
		faults = append(faults, valueFault(at, "empty", at+" に項目がありません。", at+" names no field"))
	}
	for _, key := range keys {
		f, ok := fields.Lookup(key)
		if !ok {
			faults = append(faults, UnknownField(key, fields))
			continue
		}
		edits = append(edits, Edit{Key: key})
		if _, wrong := blindly(f, Edit{Key: key}); wrong != nil {
			faults = append(faults, *wrong)
		}
	}
	return edits, faults
}

// blindly judges an edit without a customer: what it would be for one where it
// changes something and, if it gives a value, that has none yet.
func blindly(f schema.Field, e Edit) (verdict, *schema.ValueError) {
	var old schema.Value
	if e.Value.IsMissing() {
		old = schema.Bool(true) // of whatever kind: only that it is there counts
	}
	v, wrong := PeoplePolicy().judge(f, old, e)
	if v != fault {
		return v, nil
	}
	return v, &wrong
}

func foldedSet(tags []string) map[string]bool {
	set := make(map[string]bool, len(tags))
	for _, tag := range tags {
		set[schema.Fold(tag)] = true
	}
	return set
}

// write is what the actions want of a customer, in their order: each sees what
// the ones before it have made.
func (p bulkPlan) write(r schema.Record) Write {
	w := Write{ID: r.ID(), Policy: PeoplePolicy(), Cause: CauseBulk, Present: true}
	value := func(key string) schema.Value {
		if i := slices.IndexFunc(w.Edits, func(e Edit) bool { return e.Key == key }); i >= 0 {
			return w.Edits[i].Value
		}
		return r.Get(key)
	}
	set := func(key string, v schema.Value) {
		w.Edits = slices.DeleteFunc(w.Edits, func(e Edit) bool { return e.Key == key })
		w.Edits = append(w.Edits, Edit{Key: key, Value: v})
	}
	for _, step := range p.steps {
		if step.add != nil || step.remove != nil {
			set(schema.TagsField, retagged(value(schema.TagsField), step.add, step.remove))
		}
		for _, e := range step.edits {
			if !e.Once || value(e.Key).IsMissing() {
				set(e.Key, e.Value)
			}
		}
	}
	if now, was := value(schema.TagsField), r.Get(schema.TagsField); p.retags() && sameTags(now, was) {
		set(schema.TagsField, was) // one that was taken away and added again stays where it was
	}
	if wrong := tooManyTags(value(schema.TagsField)); wrong != nil {
		w.Faults = []schema.ValueError{*wrong}
	}
	return w
}

// retagged are tags with others added behind them and some taken away, by
// their folded form. What it does not change stays as it is written.
func retagged(tags schema.Value, add []string, remove map[string]bool) schema.Value {
	kept := slices.DeleteFunc(slices.Clone(tags.Elements()), func(tag string) bool { return remove[schema.Fold(tag)] })
	return schema.Strings(append(kept, add...)...)
}

// retags reports whether tags are added or taken away.
func (p bulkPlan) retags() bool {
	return slices.ContainsFunc(p.steps, func(s bulkStep) bool { return s.add != nil || s.remove != nil })
}

// sameTags reports whether two lists have the same tags, in whatever order and
// writing.
func sameTags(v, w schema.Value) bool {
	return len(v.Elements()) == len(w.Elements()) && maps.Equal(foldedSet(v.Elements()), foldedSet(w.Elements()))
}

func tooManyTags(tags schema.Value) *schema.ValueError {
	n := len(tags.Elements())
	if n <= schema.MaxTags {
		return nil
	}
	wrong := valueFault(schema.TagsField, schema.CodeTooManyTags, fmt.Sprintf("タグは %d 個までです（%d 個になります）。", schema.MaxTags, n),
		fmt.Sprintf("a customer has at most %d tags; this one would have %d", schema.MaxTags, n))
	return &wrong
}
