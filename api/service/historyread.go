package service

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"meibo/dsl/schema"
	"meibo/store"
)

// A page of a history has DefaultLimit entries when it asks for no other
// number, and at most MaxHistoryLimit.
const MaxHistoryLimit = 200

// A HistoryRequest asks for a page of a customer's history, newest first.
type HistoryRequest struct {
	ID     string
	Limit  *int   // nil: DefaultLimit; 1 to MaxHistoryLimit
	Cursor string // NextCursor of the page before; "": from the newest
}

// A HistoryAnswer is a page of a customer's history.
type HistoryAnswer struct {
	Entries    []HistoryEntry `json:"entries" nullable:"false" doc:"Newest first."`
	NextCursor string         `json:"nextCursor,omitempty" doc:"Left out on the last page."`

	DeletedAt       int64 `json:"deletedAt,omitempty" doc:"Of a customer that is deleted now: since when, in epoch milliseconds."`
	RestorableUntil int64 `json:"restorableUntil,omitempty" doc:"Of a customer that is deleted now: how long it can be restored, in epoch milliseconds."`

	Times map[string]int64 `json:"times" nullable:"false" doc:"By field: since when an opt-out or a write-once field has its value, in epoch milliseconds; of a customer that is deleted, none."`
}

// A HistoryEntry is one write.
type HistoryEntry struct {
	Seq     uint64        `json:"seq"`
	At      int64         `json:"at" doc:"Epoch milliseconds."`
	Action  string        `json:"action" enum:"created,updated,deleted,restored"`
	Cause   string        `json:"cause" doc:"By which way it came: edit, import, boot, touch, form, merge, delete, restore, field, bulk, undo."`
	Actor   store.Actor   `json:"actor" doc:"Who did it, with the name that its token had then."`
	Job     string        `json:"job,omitempty" doc:"The job that made the change."`
	Changes []FieldChange `json:"changes" nullable:"false" doc:"Of fields that the caller can see, in the order of their keys."`
}

// A FieldChange is a field's value before and after, as it travels in a
// customer; null is none.
type FieldChange struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

// History reads a customer's history, as far as the workspace keeps it. Fields
// that the caller cannot see, hidden ones and those that were deleted since are
// left out, and an update of which then nothing is left. A deleted customer's
// history is there for those who may restore it, and not found for others.
func (s *Service) History(ctx context.Context, r HistoryRequest) (HistoryAnswer, error) {
	limit := DefaultLimit
	if r.Limit != nil {
		limit = *r.Limit
	}
	if limit < 1 || limit > MaxHistoryLimit {
		return HistoryAnswer{}, refuseParameter("limit", "out_of_range",
			fmt.Sprintf("limit は 1～%d です。", MaxHistoryLimit), fmt.Sprintf("limit is 1 to %d", MaxHistoryLimit))
	}
	before, err := s.readHistoryCursor(r)
	if err != nil {
		return HistoryAnswer{}, err
	}
	customer, err := s.stored(r.ID)
	if err != nil && !(CodeOf(err) == CodeNotFound && s.caller.May(WriteRecord)) {
		return HistoryAnswer{}, err
	}
	answer := HistoryAnswer{Entries: []HistoryEntry{}, Times: timesOf(customer.Record, s.fields())}
	fields, begins := s.fields(), s.historyBegins()
	deletion, err := s.store.History(ctx, r.ID, before, func(e store.HistoryEntry) bool {
		if e.At < begins {
			return false // the upkeep has not come to it yet
		}
		shown, ok := shownEntry(e, fields)
		if !ok {
			return true
		}
		if len(answer.Entries) == limit {
			answer.NextCursor = s.writeHistoryCursor(r.ID, answer.Entries[limit-1].Seq)
			return false
		}
		answer.Entries = append(answer.Entries, shown)
		return true
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return HistoryAnswer{}, goneFor(err)
	case err != nil:
		return HistoryAnswer{}, fmt.Errorf("read the history of a customer: %w", err)
	}
	if s.remembers(deletion) {
		answer.DeletedAt, answer.RestorableUntil = deletion.At, deletion.At+s.historyAge().Milliseconds()
	}
	return answer, nil
}

// timesOf are since when opt-outs and write-once fields have their values, as
// far as these fields go. An opt-out that was taken back has a time too.
func timesOf(r schema.Record, fields *schema.Fields) map[string]int64 {
	times := map[string]int64{}
	for f := range fields.All() {
		kept := f.Write == schema.WriteOnce || isOptOut(f.Key)
		if kept && !f.Hidden && (r.Stamp(f.Key) != 0 || !r.Get(f.Key).IsMissing()) {
			times[f.Key] = changedAt(r, f.Key)
		}
	}
	return times
}

// shownEntry is an entry as far as these fields go; not ok when that is nothing.
func shownEntry(e store.HistoryEntry, fields *schema.Fields) (HistoryEntry, bool) {
	shown := HistoryEntry{Seq: e.Seq, At: e.At, Action: e.Action, Cause: e.Cause, Actor: e.Actor, Changes: []FieldChange{}}
	if e.Job != 0 {
		shown.Job = jobID(e.Job)
	}
	for _, c := range e.Changes {
		// Before its creation, a field of the same key was another one.
		if f, ok := fields.Lookup(c.Key); ok && !f.Hidden && f.CreatedAt <= e.At {
			shown.Changes = append(shown.Changes, FieldChange{Field: c.Key, Before: c.Before.AppendJSON(nil), After: c.After.AppendJSON(nil)})
		}
	}
	return shown, e.Action != Updated || len(shown.Changes) > 0
}

// A historyCursor says after which entry the next page begins, and of whom.
type historyCursor struct {
	Epoch string `json:"e"`
	ID    string `json:"i"`
	Seq   uint64 `json:"s"`
}

func (s *Service) writeHistoryCursor(id string, seq uint64) string {
	text, err := json.Marshal(historyCursor{s.store.Epoch(), id, seq})
	if err != nil {
		panic("service: a cursor holds plain values: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func (s *Service) readHistoryCursor(r HistoryRequest) (before uint64, err error) {
	if r.Cursor == "" {
		return 0, nil
	}
	var c historyCursor
	text, err := base64.RawURLEncoding.DecodeString(r.Cursor)
	if err != nil || json.Unmarshal(text, &c) != nil || c.Seq == 0 || c.ID != r.ID {
		return 0, refuseCursor("invalid", "カーソルが、この顧客の履歴のものではありません。", "the cursor is not one of this customer's history")
	}
	if c.Epoch != s.store.Epoch() {
		return 0, refuse(CodeGone, "データが復元されたため、このカーソルは使えません。最初のページからやり直してください。",
			"the data was restored since this cursor was given; start again from the first page")
	}
	return c.Seq, nil
}
