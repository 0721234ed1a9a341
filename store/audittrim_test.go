package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// Entries leave from the oldest on, over several steps; one of just the time
// stays, numbers go on and never come again.
func TestTheAuditLogForgetsWhatIsTooOld(t *testing.T) {
	now := testClock()
	dir := t.TempDir()
	s := open(t, dir, Options{Clock: func() time.Time { return now }})
	write := func(n int) {
		update(t, s, func(tx *Tx) error {
			for range n {
				if err := tx.Audit(AuditEntry{Action: "a"}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	write(2*auditChunk + 1)
	now = now.Add(time.Hour)
	limit := now.UnixMilli()
	write(2)
	if n, err := s.TrimAudit(t.Context(), limit); n != 2*auditChunk+1 || err != nil {
		t.Fatalf("%d forgotten, %v", n, err)
	}
	if n, err := s.TrimAudit(t.Context(), limit); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	if n, err := s.TrimAudit(t.Context(), limit+1); n != 2 || err != nil {
		t.Errorf("the last: %d, %v", n, err)
	}
	closeStore(t, s)
	s = open(t, dir, Options{})
	write(1)
	if got := fmt.Sprint(audited(t, s, 0, 9)); got != fmt.Sprintf("[%da]", 2*auditChunk+4) {
		t.Errorf("after all are forgotten: %s", got)
	}
	check(t, s)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if n, err := s.TrimAudit(ctx, now.UnixMilli()*2); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: %d, %v", n, err)
	}
}

// What is refused in the middle of a transaction is taken back with its entry,
// and a change never comes without the entry that stands beside it.
func TestAnEntryAndItsChangeCommitTogether(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	no := errors.New("no")
	_, err := s.Update(t.Context(), func(tx *Tx) error {
		if _, _, err := tx.CreateToken(NewToken{Name: "t", Role: "owner"}); err != nil {
			return err
		}
		if err := tx.Audit(AuditEntry{Action: "token.created"}); err != nil {
			return err
		}
		return no
	})
	tokens, listed := s.Tokens()
	if !errors.Is(err, no) || len(tokens) != 0 || listed != nil || len(audited(t, s, 0, 9)) != 0 {
		t.Errorf("%v: %d tokens, %v", err, len(tokens), audited(t, s, 0, 9))
	}
}
