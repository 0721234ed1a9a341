package service

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// A pastState is what the noted fields of a customer were from a seq on.
type pastState struct {
	seq    uint64
	values schema.Record // noted fields only
	there  bool
}

// A replay makes random edits in several ways and keeps what each came to.
type replay struct {
	*restarting
	rnd     *rand.Rand
	moments map[string][]pastState
}

// note keeps the state of a customer where it is another one than before.
func (r *replay) note(id string) {
	now := pastState{values: schema.NewRecord(id)}
	c, err := r.store.Customer(id)
	switch {
	case err == nil:
		now.there, now.seq = true, c.Seq
		for key, v := range c.Record.All() {
			if noted(key) {
				now.values.Set(key, v)
			}
		}
	case errors.Is(err, store.ErrDeleted):
		now.seq = r.store.Seq()
	default:
		return // never there
	}
	before := r.moments[id]
	if len(before) == 0 || before[len(before)-1].there != now.there || !before[len(before)-1].values.Equal(now.values) {
		r.moments[id] = append(before, now)
	}
}

func (r *replay) value(key string) schema.Value {
	if r.rnd.IntN(3) == 0 {
		return schema.Value{}
	}
	switch key {
	case schema.TagsField:
		return schema.Strings([]string{"a", "b", "c"}[r.rnd.IntN(3):]...)
	case "unsubscribeEmail":
		return schema.Bool(r.rnd.IntN(2) == 0)
	case "profile.lastCheckoutCompletedAt", schema.LastSeenField:
		return schema.At(r.rnd.Int64N(1e13))
	}
	return schema.Text(strconv.Itoa(r.rnd.IntN(4)))
}

// body is random JSON of fields that people may write.
func (r *replay) body(id string) string {
	parts := []string{}
	for _, key := range []string{schema.TagsField, "unsubscribeEmail", "profile.name", "profile.description", "profile.lastCheckoutCompletedAt", "profileOnce.email", "profile.utmSource"} {
		if r.rnd.IntN(3) == 0 {
			parts = append(parts, fmt.Sprintf("%q:%s", key, r.value(strings.Replace(key, "profileOnce", "profile", 1)).AppendJSON(nil)))
		}
	}
	if id != "" {
		parts = append(parts, fmt.Sprintf(`"id":%q`, id))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// step is one random write. A refusal is as good as any: it changes nothing.
func (r *replay) step(ids []string) error {
	ctx, id := context.Background(), ids[r.rnd.IntN(len(ids))]
	edit := EditRequest{ID: id, Body: []byte(r.body(""))}
	var err error
	switch r.rnd.IntN(9) {
	case 0:
		_, err = r.Put(ctx, edit)
	case 1, 2:
		_, err = r.Patch(ctx, edit)
	case 3:
		_, err = r.Delete(ctx, DeleteRequest{ID: id})
	case 4:
		_, err = r.Restore(ctx, RestoreRequest{ID: id})
	case 5:
		// One customer once: a moment is what is seen after the transaction.
		_, err = r.Batch(ctx, BatchRequest{Body: []byte(`{"customers":[` + r.body(ids[0]) + "," + r.body(ids[1]) + `]}`)})
	default:
		w := Write{ID: id, Policy: ImportPolicy(true), Cause: []string{CauseImport, CauseBoot, CauseTouch}[r.rnd.IntN(3)]}
		for _, key := range []string{schema.MemberIDField, schema.NameField, schema.LastSeenField, "city", "profile.name", "unsubscribeEmail", "profile.utmSource"} {
			if r.rnd.IntN(3) == 0 {
				w.Edits = append(w.Edits, Edit{Key: key, Value: r.value(key)})
			}
		}
		_, err = r.store.Update(ctx, func(tx *store.Tx) error { _, err := r.Apply(tx, w); return err })
	}
	if refusal := (*Error)(nil); errors.As(err, &refusal) {
		err = nil
	}
	return err
}

// The history is complete: undoing its changes one after the other, from the
// record back, gives every earlier state of the noted fields.
func TestUndoingTheHistoryGivesEveryEarlierState(t *testing.T) {
	seed := rand.Uint64()
	if n, err := strconv.ParseUint(os.Getenv("MEIBO_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("MEIBO_SEED=%d", seed)
	r := &replay{restarting: newRestarting(t), rnd: rand.New(rand.NewPCG(seed, 1)), moments: map[string][]pastState{}}
	ids := []string{"a", "b", "c", "d"}
	for i := range 600 {
		if err := r.step(ids); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		for _, id := range ids {
			r.note(id)
		}
		if r.rnd.IntN(100) == 0 {
			r.restart()
		}
		r.now = r.now.Add(time.Minute)
	}
	if err := r.store.Check(t.Context()); err != nil {
		t.Error(err)
	}
	undone := 0
	for _, id := range ids {
		moments := r.moments[id]
		for _, e := range entriesOf(t, r.Service, id) {
			if len(moments) == 0 {
				t.Fatalf("%s: an entry before the customer's first: %+v", id, e)
			}
			now := moments[len(moments)-1]
			moments = moments[:len(moments)-1]
			before := pastState{values: schema.NewRecord(id)}
			if len(moments) > 0 {
				before = moments[len(moments)-1]
			}
			undoEntry(t, id, e, before, now)
			undone++
		}
		if len(moments) > 1 { // one is left of a customer that an import created
			t.Errorf("%s: %d states are not in the history", id, len(moments))
		}
	}
	if undone < 100 {
		t.Errorf("only %d entries were undone", undone)
	}
}

// undo takes an entry back and compares with what was there before it.
func undoEntry(t *testing.T, id string, e store.HistoryEntry, before, now pastState) {
	t.Helper()
	if e.Seq != now.seq {
		t.Fatalf("%s: entry %d, the state is of %d", id, e.Seq, now.seq)
	}
	action := map[[2]bool]string{{false, true}: Created, {true, true}: Updated, {true, false}: Deleted}[[2]bool{before.there, now.there}]
	if e.Action != action && (action != Created || e.Action != Restored) {
		t.Fatalf("%s, seq %d: %s, was there %v, is there %v", id, e.Seq, e.Action, before.there, now.there)
	}
	undone := now.values.Clone()
	for _, c := range e.Changes {
		if !undone.Get(c.Key).Equal(c.After) || c.Before.Equal(c.After) {
			t.Fatalf("%s, seq %d, %s: %v, the entry says %v > %v", id, e.Seq, c.Key, undone.Get(c.Key), c.Before, c.After)
		}
		undone.Set(c.Key, c.Before)
	}
	if !undone.Equal(before.values) {
		t.Fatalf("%s, seq %d: undone %v, it was %v", id, e.Seq, undone, before.values)
	}
}
