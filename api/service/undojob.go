package service

import (
	"context"
	"fmt"
	"slices"

	"meibo/api/job"
	"meibo/dsl/schema"
	"meibo/store"
)

// Why something of a customer is not taken back, in the faults of an undo,
// beside the codes of refusals.
const (
	codeChangedSince Code = "changed_since" // somebody gave the field another value, or deleted the customer again
	codeMergedSince  Code = "merged_since"  // the history is that of two customers by now
	codeHistoryGone  Code = "history_gone"  // nobody remembers what it was
)

// runUndo does the job; see Undo.
func (s *register) runUndo(ctx context.Context, r *job.Run) error {
	caller, err := s.forJob(r.Job())
	if err != nil {
		return err
	}
	var order undoOrder
	if err := r.Request(&order); err != nil {
		return err
	}
	if order.Until == 0 {
		return caller.undoNothing(ctx, r)
	}
	u := undoer{Service: caller, number: r.Job().Number, of: r.Job().Of, since: order.Seq}
	fresh := Tally{Total: order.Total, Faults: []TallyFault{}}
	if err := caller.goThrough(ctx, r, walk{of: u.of, until: order.Until, fresh: fresh, do: u.one}); err != nil {
		return err
	}
	if order.At >= s.historyBegins() {
		return nil
	}
	_, err = r.Commit(ctx, func(step *job.Step) error { return tellForgotten(r, step, order.Changed) })
	return refuseStore(err)
}

// tellForgotten counts, of those whose history does not tell of the job, the ones
// that it must have changed: the history has been cut since it began.
func tellForgotten(r *job.Run, step *job.Step, changed int) error {
	place, tally, err := placeOf(r, Tally{})
	if err != nil {
		return err
	}
	told := slices.ContainsFunc(tally.Faults, func(f TallyFault) bool { return f.Code == codeHistoryGone })
	forgotten := min(changed-place.Found, tally.Unchanged)
	if told || forgotten <= 0 {
		return nil
	}
	tally.Unchanged, tally.Refused = tally.Unchanged-forgotten, tally.Refused+forgotten
	tally.Faults = append(tally.Faults, TallyFault{Code: codeHistoryGone, Count: forgotten,
		Message: schema.Words{JA: "履歴が残っていないため、元の値が分かりません。", EN: "the history does not reach back to what they were"}})
	step.Result = tally
	return nil
}

// undoNothing ends the undo of a job that had not begun.
func (s *Service) undoNothing(ctx context.Context, r *job.Run) error {
	_, err := r.Commit(ctx, func(step *job.Step) error {
		step.Result = Tally{Faults: []TallyFault{}}
		return nil
	})
	return refuseStore(err)
}

// An undoer takes back what one job did, customer by customer.
type undoer struct {
	*Service
	number uint64 // of the job that undoes
	of     uint64 // of the job that is undone
	since  uint64 // its writes have larger seqs
}

// one takes back what the job did to one customer.
func (u undoer) one(tx *store.Tx, c store.Selected, place *bulkPlace, t *Tally) error {
	id := c.Record.ID()
	did, err := u.remembered(tx, c.Number)
	if err != nil {
		return err
	}
	if did.entry != nil {
		place.Found++
	}
	switch {
	case did.entry == nil && !c.Live:
		t.Gone++ // before the job came to it, or erased or merged since: its history is another's then
		return nil
	case did.entry == nil:
		t.Unchanged++ // the job left it as it was
		return nil
	case did.entry.Action == Deleted && c.Live:
		t.Unchanged++ // somebody has brought it back
		return nil
	case did.entry.Action == Deleted:
		out, err := u.bringBack(tx, id, did)
		return t.count(id, out, err)
	case !c.Live:
		t.Gone++
		return nil
	case did.merged:
		return t.count(id, Outcome{}, refuse(codeMergedSince, "その後、別の顧客と統合されています。", "the customer was merged with another since"))
	}
	return u.takeBack(tx, *did.entry, c.Record, t)
}

// A memory is what the history of a customer says of a job.
type memory struct {
	entry  *store.HistoryEntry // of the job; nil: none
	later  bool                // there are entries after it
	merged bool                // with another customer, after it
}

func (u undoer) remembered(tx *store.Tx, number uint64) (m memory, err error) {
	err = tx.HistoryOf(number, func(e store.HistoryEntry) bool {
		if e.Seq <= u.since {
			return false
		}
		if e.Job == u.of {
			m.entry = &e
			return false
		}
		m.later, m.merged = true, m.merged || e.Cause == CauseMerge
		return true
	})
	if err != nil {
		return memory{}, fmt.Errorf("read the history of a customer: %w", err)
	}
	return m, nil
}

// bringBack undoes a deletion, as Restore does.
func (u undoer) bringBack(tx *store.Tx, id string, did memory) (Outcome, error) {
	if did.later {
		return Outcome{}, refuse(codeChangedSince, "その後、元に戻されてからまた削除されています。", "the customer was restored and deleted again since")
	}
	was, err := u.deleted(tx, id)
	if err != nil {
		return Outcome{}, err
	}
	seq, err := tx.Undelete(was)
	if err != nil {
		return Outcome{}, refusePut(err)
	}
	return Outcome{ID: id, Status: Restored, Seq: seq}, u.note(tx, Restored, CauseUndo, u.number, schema.NewRecord(id), was)
}

// takeBack gives fields the values back that they had before the job, those
// that have the job's value now. Others are told and stay.
func (u undoer) takeBack(tx *store.Tx, did store.HistoryEntry, current schema.Record, t *Tally) error {
	fields := u.seen(tx.Fields())
	var back []Edit
	var faults []schema.ValueError
	for _, c := range did.Changes {
		v, wrong := u.before(c, did.At, current.Get(c.Key), fields)
		if wrong != nil {
			faults = append(faults, *wrong)
		} else {
			back = append(back, Edit{Key: c.Key, Value: v})
		}
	}
	now := u.clock().UnixMilli()
	out, err := u.Apply(tx, Write{ID: current.ID(), Policy: PeoplePolicy(), Cause: CauseUndo, Job: u.number, Present: true,
		change: func(next *schema.Record, _ bool) (moved bool) {
			for _, e := range back {
				f, _ := fields.Lookup(e.Key)
				if next.Get(e.Key).Equal(e.Value) {
					continue
				}
				next.Set(e.Key, e.Value)
				moved = moved || f.IsProfile()
				if isOptOut(e.Key) || f.Write == schema.WriteOnce && !e.Value.IsMissing() {
					next.SetStamp(e.Key, now)
				}
			}
			return moved
		}})
	if err == nil && out.Status == Unchanged && len(faults) > 0 {
		err = refuseValues(faults)
		return t.count(current.ID(), out, err)
	}
	for _, f := range faults {
		t.fault(current.ID(), f)
	}
	return t.count(current.ID(), out, err)
}

// before is the value to give back to a field that the job has changed; of
// tags, what it is now but for those that the job added or took away.
func (u undoer) before(c store.FieldChange, at int64, now schema.Value, fields *schema.Fields) (schema.Value, *schema.ValueError) {
	f, ok := fields.Lookup(c.Key)
	kind := c.Before.Kind()
	switch {
	case !ok || f.CreatedAt > at || !c.Before.IsMissing() && kind != f.Kind:
		wrong := fieldFault(c.Key, CodeUnknownField, "項目 %s はもうありません。", "the field %s is there no more")
		return now, &wrong
	case !f.Collects():
		wrong := fieldFault(c.Key, CodeHiddenField, "%s は非表示のため書き込めません。", "%s is hidden: it takes no values from now on")
		return now, &wrong
	case now.Equal(c.After), now.Equal(c.Before):
		return c.Before, nil
	case c.Key == schema.TagsField:
		back := tagsBefore(c, now)
		return back, tooManyTags(back)
	}
	wrong := fieldFault(c.Key, codeChangedSince, "%s はその後変更されています。", "%s was changed since")
	return now, &wrong
}

// tagsBefore takes only those tags back that the job added or took away.
func tagsBefore(c store.FieldChange, now schema.Value) schema.Value {
	had, left := foldedSet(c.Before.Elements()), foldedSet(c.After.Elements())
	added := map[string]bool{}
	for tag := range left {
		if !had[tag] {
			added[tag] = true
		}
	}
	var taken []string
	for _, tag := range c.Before.Elements() {
		if !left[schema.Fold(tag)] {
			taken = append(taken, tag)
		}
	}
	return retagged(now, taken, added)
}
