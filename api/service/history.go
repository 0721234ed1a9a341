package service

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// What an entry of a history says was done, beside Created and Updated.
const (
	Deleted  = "deleted"
	Restored = "restored"
)

// noted reports whether changes of a field are kept in the history: what
// people, forms and member data say of a customer. What visits count and what
// a device tells of itself changes all the time and says nothing about an edit.
func noted(key string) bool {
	switch key {
	case schema.TagsField, schema.NameField, schema.MemberIDField:
		return true
	}
	return strings.HasPrefix(key, schema.ProfilePrefix) || isOptOut(key)
}

// note adds a write to the customer's history, in the write's transaction and
// right after it; before and after are the record's, one of them without values
// where there was or is none. A change of no noted field is not kept, so a
// touch mostly leaves nothing. Neither does an import that creates customers
// keep them, unless they were deleted before: a million rows would be stored
// twice, and the file says what they were.
func (s *Service) note(tx *store.Tx, action, cause string, job uint64, before, after schema.Record) error {
	if action == Created && cause == CauseImport && !tx.Revived() {
		return nil
	}
	changes := changesBetween(before, after)
	if action == Updated && len(changes) == 0 {
		return nil
	}
	return tx.Note(after.ID(), store.HistoryEntry{Action: action, Cause: cause, Actor: s.actor(), Job: job, Changes: changes})
}

// actor is the caller as its history knows it.
func (s *Service) actor() store.Actor {
	return store.Actor{TokenID: s.caller.TokenID, Name: s.caller.Name, Role: s.caller.Role}
}

// changesBetween are the noted fields in which two records differ, in the
// order of their keys. Values are kept whole, whatever their size: the history
// gives every earlier state, and one entry is bounded by two records.
func changesBetween(before, after schema.Record) []store.FieldChange {
	var changes []store.FieldChange
	for key, v := range before.All() {
		if now := after.Get(key); noted(key) && !now.Equal(v) {
			changes = append(changes, store.FieldChange{Key: key, Before: v, After: now})
		}
	}
	for key, v := range after.All() {
		if noted(key) && before.Get(key).IsMissing() {
			changes = append(changes, store.FieldChange{Key: key, After: v})
		}
	}
	slices.SortFunc(changes, func(a, b store.FieldChange) int { return cmp.Compare(a.Key, b.Key) })
	return changes
}

// historyAge is how long the workspace keeps histories, and so deletions that can
// be undone.
func (s *register) historyAge() time.Duration {
	return time.Duration(s.store.Settings().HistoryDays) * 24 * time.Hour
}

// historyBegins is the earliest time, in epoch milliseconds, of which histories
// are kept.
func (s *register) historyBegins() int64 { return s.clock().Add(-s.historyAge()).UnixMilli() }
