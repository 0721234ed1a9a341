package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// audited lists actions with their numbers, the newest first.
func audited(t *testing.T, s *Store, before uint64, limit int) (list []string) {
	t.Helper()
	err := s.AuditEntries(t.Context(), before, func(e AuditEntry) bool {
		list = append(list, fmt.Sprint(e.Number, e.Action))
		return len(list) < limit
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTheAuditLogKeepsWhatItIsGiven(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	want := AuditEntry{Actor: Actor{TokenID: "t", Name: "店舗", Role: "owner"}, Action: "field.changed", Kind: "field", Key: "profile.plan",
		Before: json.RawMessage(`{"hidden":false}`), After: json.RawMessage(`{"hidden":true}`), Detail: json.RawMessage(`{"force":true}`), Job: 3}
	given := want
	given.At, given.Number = 1, 77 // not for the caller to say
	update(t, s, func(tx *Tx) error { return tx.Audit(given) })
	closeStore(t, s)
	s = open(t, dir, Options{})
	want.At, want.Number = testClock().UnixMilli(), 1
	var got []AuditEntry
	if err := s.AuditEntries(t.Context(), 0, func(e AuditEntry) bool { got = append(got, e); return true }); err != nil || !reflect.DeepEqual(got, []AuditEntry{want}) {
		t.Errorf("%+v, %v", got, err)
	}
	check(t, s)
}

func TestTheAuditLogIsReadTheNewestFirst(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	for _, action := range []string{"a", "b", "c"} {
		update(t, s, func(tx *Tx) error { return tx.Audit(AuditEntry{Action: action}) })
	}
	for before, want := range map[uint64]string{0: "[3c 2b 1a]", 3: "[2b 1a]", 1: "[]", 9: "[3c 2b 1a]"} {
		if got := fmt.Sprint(audited(t, s, before, 9)); got != want {
			t.Errorf("before %d: %s, want %s", before, got, want)
		}
	}
	if got := fmt.Sprint(audited(t, s, 0, 2)); got != "[3c 2b]" {
		t.Errorf("until yield says false: %s", got)
	}
}

// Who reads a long log and goes away does not keep the store at work.
func TestReadingTheAuditLogEndsWithItsContext(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	update(t, s, func(tx *Tx) error {
		for range 2 * scanCheck {
			if err := tx.Audit(AuditEntry{Action: "a"}); err != nil {
				return err
			}
		}
		return nil
	})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	read := 0
	if err := s.AuditEntries(ctx, 0, func(AuditEntry) bool { read++; return true }); !errors.Is(err, context.Canceled) || read >= 2*scanCheck {
		t.Errorf("%d entries, %v", read, err)
	}
}
