package service

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"meibo/dsl/schema"
	"meibo/store"
)

// A Write is what one request, one record of a batch or one row of a file
// wants of one customer. Every way to change a customer goes through it.
type Write struct {
	ID      string // of the customer; "" makes a new one
	Edits   []Edit
	Faults  []schema.ValueError // found while reading; told together with the policy's
	Policy  Policy
	Cause   string // by which way it came; "": CauseEdit
	Job     uint64 // that makes it; 0: none
	Replace bool   // editable fields that Edits does not name are cleared (write-once ones stay)
	Present bool   // refuse when the customer does not exist, instead of creating it
	Follow  bool   // an id that was merged means the customer that it is part of, instead of a refusal

	// MemberID says who the customer is, which is not asked of the policy: one
	// that has no memberId gets it.
	MemberID string

	// change, when set, is what the way in itself does to the record before the
	// edits: a visit, a merge. It reports whether updatedAt moves by it.
	change func(next *schema.Record, exists bool) (moved bool)

	// Check, when set, sees the customer as it is (exists is false when it is
	// to be created) and refuses with an *Error: preconditions.
	Check func(current schema.Record, exists bool) error
}

// What a write came to.
const (
	Created   = "created"
	Updated   = "updated"
	Unchanged = "unchanged"
	Refused   = "refused" // in a batch's results
)

// An Outcome is what a Write came to.
type Outcome struct {
	ID       string
	Status   string // Created, Updated or Unchanged
	Seq      uint64 // 0 when unchanged: the transaction's seq then says how far it has seen
	Record   schema.Record
	Warnings []Warning
}

// Apply makes one write part of a transaction. An *Error is a refusal which
// has changed nothing, so the transaction can go on with other records; any
// other error must end the transaction.
func (s *Service) Apply(tx *store.Tx, w Write) (Outcome, error) {
	fields := s.collected(tx.Fields()) // of this transaction, which may have made some
	current, exists, err := s.current(tx, w)
	if err != nil {
		return Outcome{}, err
	}
	if w.Check != nil {
		if err := w.Check(current, exists); err != nil {
			return Outcome{}, err
		}
	}
	now := s.clock().UnixMilli()
	next, out, moved, err := outcome(current, exists, w, fields, now)
	if err != nil || out.Status == Unchanged {
		return out, err
	}
	out.Seq, err = tx.Put(next)
	if err != nil {
		return Outcome{}, refusePut(err)
	}
	if moved {
		if err := tx.CountActive(out.ID, now); err != nil {
			return Outcome{}, fmt.Errorf("count the customer among those of the month: %w", err)
		}
	}
	return out, s.note(tx, out.Status, cmp.Or(w.Cause, CauseEdit), w.Job, current, next)
}

// current is the record that a write starts from: the stored one, or an empty
// one under its id. A deleted customer counts as absent, and writing it starts
// afresh.
func (s *Service) current(tx *store.Tx, w Write) (schema.Record, bool, error) {
	id := w.ID
	if id == "" {
		return schema.NewRecord(tx.NewID()), false, nil
	}
	if fault := schema.CheckID(id); fault != nil && w.Present {
		return schema.Record{}, false, refuseNotFound() // no customer can have it
	} else if fault != nil {
		return schema.Record{}, false, refuseValues([]schema.ValueError{*fault})
	}
	c, err := tx.Customer(id)
	var merged *store.MergedError
	if errors.As(err, &merged) {
		if !w.Follow {
			return schema.Record{}, false, refuseMerged(merged.Target)
		}
		id = merged.Target
		c, err = tx.Customer(id)
	}
	switch {
	case err == nil:
		return c.Record, true, nil
	case !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrDeleted):
		return schema.Record{}, false, fmt.Errorf("read customer before writing it: %w", err)
	case w.Present, CodeOf(goneFor(err)) == CodeGone:
		return schema.Record{}, false, goneFor(err)
	}
	return schema.NewRecord(id), false, nil
}

func refuseNotFound() *Error {
	return refuse(CodeNotFound, "その ID の顧客はいません。", "there is no customer with this id")
}

// edit applies the edits that the policy allows and returns those that
// changed something. All faults are told at once. Values of profileOnce come
// after all others, wherever the body has them: what profile gives a field, or
// takes from it, decides whether it has a value.
func edit(next *schema.Record, w Write, fields *schema.Fields) ([]Edit, error) {
	faults := slices.Clone(w.Faults)
	edits := w.Edits
	if w.Replace {
		edits = append(slices.Clone(edits), clearedBy(w, fields)...)
	}
	if slices.ContainsFunc(edits, func(e Edit) bool { return e.Once }) {
		edits = slices.Clone(edits)
		slices.SortStableFunc(edits, func(a, b Edit) int { return turn(a) - turn(b) })
	}
	next.Grow(len(edits)) // one allocation for a new customer's values
	applied := make([]Edit, 0, len(edits))
	for _, e := range edits {
		f, ok := fields.Lookup(e.Key)
		if !ok {
			faults = append(faults, UnknownField(e.Key, fields))
			continue
		}
		switch v, told := w.Policy.judge(f, next.Get(e.Key), e); v {
		case fault:
			faults = append(faults, told)
		case apply:
			next.Set(e.Key, e.Value)
			applied = append(applied, e)
		}
	}
	if len(faults) > 0 {
		return nil, refuseValues(faults)
	}
	return applied, nil
}

// turn orders a write's edits.
func turn(e Edit) int {
	if e.Once {
		return 1
	}
	return 0
}

// clearedBy are the edits that a replacing write implies: every editable field
// that it does not name, but for write-once ones, whose value stays, and
// hidden ones, which nobody sees to send back. A field that only profileOnce
// names, with a value, is named: it keeps the value that it has, and else gets
// that one.
func clearedBy(w Write, fields *schema.Fields) []Edit {
	named := make(map[string]bool, len(w.Edits))
	for _, e := range w.Edits {
		named[e.Key] = true
	}
	var cleared []Edit
	for f := range fields.All() {
		if Editable(f) && f.Write != schema.WriteOnce && !f.Hidden && !named[f.Key] {
			cleared = append(cleared, Edit{Key: f.Key})
		}
	}
	return cleared
}

// changesProfile reports whether a profile field comes out of the edits another
// than it was: one that is cleared and then given the same value again is not.
func changesProfile(current, next schema.Record, applied []Edit) bool {
	return slices.ContainsFunc(applied, func(e Edit) bool {
		return strings.HasPrefix(e.Key, schema.ProfilePrefix) && !next.Get(e.Key).Equal(current.Get(e.Key))
	})
}

// derive sets what follows from the rest: member, and the times of creation
// and of the last change, unless the write brought them. It reports whether
// updatedAt moves, which it does not where it is brought.
func derive(next *schema.Record, w Write, exists, moved bool, now int64) bool {
	next.Set(schema.MemberField, schema.Bool(!next.Get(schema.MemberIDField).IsMissing()))
	if !exists && next.Get(schema.CreatedAtField).IsMissing() {
		next.Set(schema.CreatedAtField, schema.At(now))
	}
	if brought := func(e Edit) bool { return e.Key == schema.UpdatedAtField && !e.Value.IsMissing() }; w.Policy.Primitive && slices.ContainsFunc(w.Edits, brought) {
		return false
	}
	if moved {
		next.Set(schema.UpdatedAtField, schema.At(now))
	}
	return moved
}

// recordBytes is the size that schema.MaxRecordBytes bounds: keys, texts and
// eight bytes for every other value.
func recordBytes(r schema.Record) int {
	size := 0
	for key, v := range r.All() {
		size += valueBytes(key, v)
	}
	return size
}

// valueBytes is a value's part of recordBytes; 0 for a missing one.
func valueBytes(key string, v schema.Value) int {
	if v.IsMissing() {
		return 0
	}
	size := len(key) + 8
	for _, text := range v.Elements() {
		size += len(text)
	}
	return size
}

func refusePut(err error) error {
	var taken *store.MemberTakenError
	if errors.As(err, &taken) {
		e := refuse(CodeMemberTaken, "その会員IDは別の顧客が使っています。", "another customer has this memberId")
		e.Values = []schema.ValueError{{Field: schema.MemberIDField, Code: string(CodeMemberTaken), Message: e.Message}}
		e.cause = err
		return e
	}
	return fmt.Errorf("write customer: %w", err)
}
