package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// entriesOf is a customer's whole history, newest first.
func entriesOf(t *testing.T, s *Service, id string) []store.HistoryEntry {
	t.Helper()
	var entries []store.HistoryEntry
	_, err := s.store.History(context.Background(), id, 0, func(e store.HistoryEntry) bool {
		entries = append(entries, e)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func toldBy(entries []store.HistoryEntry) string {
	var lines []string
	for _, e := range entries {
		line := e.Action + " " + e.Cause
		for _, c := range e.Changes {
			line += fmt.Sprintf(" %s:%v>%v", c.Key, c.Before, c.After)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Whatever the way, what people say of a customer is noted, and what visits
// count is not.
func TestWhatIsNoted(t *testing.T) {
	s, _ := newWriter(t)
	system := Policy{Primitive: true}
	mustApply(t, s, Write{ID: "a", Policy: system, Cause: CauseBoot, Edits: []Edit{
		{Key: schema.MemberIDField, Value: schema.Text("m1")}, {Key: schema.NameField, Value: schema.Text("田中")}, {Key: "city", Value: schema.Text("東京")},
		{Key: schema.LastSeenField, Value: schema.At(1)}, {Key: "web.sessionsCount", Value: schema.Num(1)}}})
	mustApply(t, s, Write{ID: "a", Policy: system, Cause: CauseTouch, Edits: []Edit{
		{Key: schema.LastSeenField, Value: schema.At(2)}, {Key: "web.sessionsCount", Value: schema.Num(2)}, {Key: "language", Value: schema.Text("ja")},
		{Key: "hasPushToken", Value: schema.Bool(true)}}})
	mustApply(t, s, Write{ID: "a", Cause: CauseForm, Edits: []Edit{
		{Key: "profile.name", Value: schema.Text("x")}, {Key: "unsubscribeTexting", Value: schema.Bool(true)}, {Key: schema.TagsField, Value: schema.Strings("a")}}})
	mustApply(t, s, Write{ID: "a", Policy: system, Cause: CauseMerge, Edits: []Edit{{Key: schema.MemberIDField}, {Key: "unsubscribeEmail", Value: schema.Bool(true)}}})
	want := `updated merge memberId:"m1">missing unsubscribeEmail:missing>true
updated form profile.name:missing>"x" tags:missing>("a") unsubscribeTexting:missing>true
created boot memberId:missing>"m1" name:missing>"田中"`
	if got := toldBy(entriesOf(t, s, "a")); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if e := entriesOf(t, s, "a")[0]; e.Actor != (store.Actor{Role: RoleOwner}) {
		t.Errorf("%+v", e.Actor)
	}
	by := s.As(Caller{TokenID: "t1", Name: "bot", Role: RoleService})
	mustApply(t, by, Write{ID: "a", Edits: []Edit{{Key: "profile.name", Value: schema.Text("y")}}})
	if e := entriesOf(t, s, "a")[0]; e.Actor != (store.Actor{TokenID: "t1", Name: "bot", Role: RoleService}) || e.Cause != CauseEdit {
		t.Errorf("%+v", e)
	}
}

// An import that creates customers notes nothing; one that changes them, or
// brings a deleted one back, does.
func TestAnImportNotesChangesOnly(t *testing.T) {
	d := newImportDesk(t)
	d.take("a.ndjson", `{"id":"a","profile":{"name":"one"}}`, nil)
	if got := toldBy(entriesOf(t, d.Service, "a")); got != "" {
		t.Error(got)
	}
	d.take("b.ndjson", `{"id":"a","profile":{"name":"two"}}`, nil)
	if _, err := d.Delete(t.Context(), DeleteRequest{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	d.take("c.ndjson", `{"id":"a","profile":{"name":"three"}}`, nil)
	want := `created import profile.name:missing>"three"
deleted delete profile.name:"two">missing
updated import profile.name:"one">"two"`
	if got := toldBy(entriesOf(t, d.Service, "a")); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// The upkeep forgets what is older than the history lasts, an entry of just
// that time stays; it does so once an hour, and nobody sees more meanwhile.
func TestTheUpkeepForgetsOldHistory(t *testing.T) {
	r := newRestarting(t)
	began := r.now
	r.keyed("PUT", `{"profile":{"name":"a"}}`, "", "")
	r.now = r.now.Add(time.Minute)
	r.keyed("PUT", `{"profile":{"name":"b"}}`, "", "")
	kept := func() int { return len(entriesOf(t, r.Service, "c1")) }
	shown := func() int {
		answer, err := r.History(t.Context(), HistoryRequest{ID: "c1"})
		if err != nil {
			t.Fatal(err)
		}
		return len(answer.Entries)
	}
	for _, c := range []struct {
		at          time.Time
		kept, shown int
	}{
		{began.Add(r.historyAge()), 2, 2},
		{began.Add(r.historyAge() + time.Millisecond), 2, 1},             // the upkeep was here a moment ago
		{began.Add(r.historyAge() + time.Hour - time.Millisecond), 2, 0}, // still
		{began.Add(r.historyAge() + time.Hour), 0, 0},
	} {
		r.now = c.at
		r.Upkeep(t.Context())
		if kept() != c.kept || shown() != c.shown {
			t.Errorf("%v: %d kept, %d shown, want %d and %d", c.at.Sub(began), kept(), shown(), c.kept, c.shown)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	r.restart() // whose service has done no round
	if err := r.trimHistory(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A deletion that the history does not have cannot be undone, whatever else it
// has of the customer.
func TestADeletionThatWasNotNotedIsTooLongAgo(t *testing.T) {
	r := newRestarting(t)
	r.keyed("PUT", `{"profile":{"name":"a"}}`, "", "")
	if _, err := r.store.Update(t.Context(), func(tx *store.Tx) error { _, err := tx.Delete("c1"); return err }); err != nil {
		t.Fatal(err)
	}
	if _, err := r.keyed("RESTORE", "", "", ""); CodeOf(err) != CodeGone {
		t.Errorf("%v", err)
	}
	if answer, err := r.History(t.Context(), HistoryRequest{ID: "c1"}); err != nil || answer.DeletedAt != 0 || len(answer.Entries) != 1 {
		t.Errorf("%+v, %v", answer, err)
	}
}
