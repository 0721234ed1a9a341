package service

import (
	"errors"
	"fmt"

	"meibo/dsl/schema"
	"meibo/store"
)

// merge makes an anonymous customer part of a member, as part of a transaction.
// The anonymous one is no result any more, and its id leads to the member.
func (s *Service) merge(tx *store.Tx, anonymous schema.Record, member string) error {
	if _, err := tx.Merge(anonymous.ID(), member); err != nil {
		return fmt.Errorf("merge customers: %w", err)
	}
	_, err := s.Apply(tx, Write{ID: member, Present: true, Cause: CauseMerge, change: func(next *schema.Record, _ bool) bool {
		join(next, anonymous, tx.Fields())
		return true
	}})
	return err
}

// join adds what is known of an anonymous customer to the member that it turns
// out to be: the member's values win; tags join, the member's first; an opt-out
// of either holds; the earlier value of a write-once field stays; sessions add;
// the earliest creation and the latest visits stay. What would not fit into a
// record any more is left out, in the order of keys.
func join(member *schema.Record, anonymous schema.Record, fields *schema.Fields) {
	before := member.Clone()
	for f := range fields.All() { // what says when by createdAt says it by itself, now that createdAt moves
		if v := before.Get(f.Key); !v.IsMissing() && (f.Write == schema.WriteOnce || isOptOut(f.Key)) {
			member.SetStamp(f.Key, changedAt(before, f.Key))
		}
	}
	size := recordBytes(before)
	for key := range anonymous.All() {
		f, known := fields.Lookup(key)
		if !known || key == schema.IDField || key == schema.MemberIDField || key == schema.MemberField || key == schema.UpdatedAtField {
			continue
		}
		own := before.Get(key)
		value, stamp := joined(f, before, anonymous)
		grown := valueBytes(key, value) - valueBytes(key, own)
		if size+grown+mergeRoom > schema.MaxRecordBytes && grown > 0 {
			continue
		}
		size += grown
		member.Set(key, value)
		if stamp != 0 {
			member.SetStamp(key, stamp)
		}
	}
}

// mergeRoom is left in a record for what follows from a merge: member and updatedAt.
const mergeRoom = 64

// joined is a field's value in a merge, and when it got it where that is kept.
func joined(f schema.Field, member, anonymous schema.Record) (v schema.Value, stamp int64) {
	own, theirs := member.Get(f.Key), anonymous.Get(f.Key)
	switch {
	case f.Write == schema.WriteOnce:
		if own.IsMissing() || changedAt(anonymous, f.Key) < changedAt(member, f.Key) && !theirs.IsMissing() {
			return theirs, changedAt(anonymous, f.Key)
		}
		return own, changedAt(member, f.Key)
	case isOptOut(f.Key):
		return joinedOptOut(f.Key, member, anonymous)
	case own.IsMissing():
		return theirs, 0
	case f.Key == schema.TagsField:
		return joinedTags(own, theirs), 0
	}
	switch f.Key {
	case sessionsField, PlatformWeb + "." + sessionsField, PlatformMobile + "." + sessionsField:
		return schema.Num(own.Num() + theirs.Num()), 0
	case schema.CreatedAtField:
		return schema.At(min(own.Millis(), theirs.Millis())), 0
	case schema.LastSeenField, PlatformWeb + "." + seenField, PlatformMobile + "." + seenField:
		return schema.At(max(own.Millis(), theirs.Millis())), 0
	}
	return own, 0
}

// joinedOptOut holds where either has opted out, since the earlier of both.
func joinedOptOut(key string, member, anonymous schema.Record) (schema.Value, int64) {
	own, theirs := member.Get(key), anonymous.Get(key)
	switch {
	case own.Bool() && theirs.Bool():
		return own, min(changedAt(member, key), changedAt(anonymous, key))
	case theirs.Bool():
		return theirs, changedAt(anonymous, key)
	case own.Bool():
		return own, changedAt(member, key)
	case own.IsMissing() && member.Stamp(key) == 0:
		return theirs, anonymous.Stamp(key)
	}
	return own, member.Stamp(key)
}

func joinedTags(own, theirs schema.Value) schema.Value {
	tags := schema.Strings(append(append([]string(nil), own.Elements()...), theirs.Elements()...)...)
	if len(tags.Elements()) > schema.MaxTags {
		tags = schema.Strings(tags.Elements()[:schema.MaxTags]...)
	}
	return tags
}

func refuseMerged(target string) *Error {
	e := refuse(CodeMerged, "この顧客は別の顧客に統合されました。", "this customer is part of another now")
	e.Target = target
	return e
}

// mergedTarget is the customer that a refused one is part of now; "" for every
// other error.
func mergedTarget(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Target
	}
	return ""
}
