package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// sessionStore is a store with a clock to set and a token.
func sessionStore(t *testing.T, n NewToken) (s *Store, now *time.Time, secret string, token Token) {
	t.Helper()
	at := testClock()
	s = open(t, t.TempDir(), Options{Clock: func() time.Time { return at }})
	secret, token, err := s.CreateToken(n)
	if err != nil {
		t.Fatal(err)
	}
	return s, &at, secret, token
}

func anyToken(Token) error { return nil }

func TestSignInKeysWorkOnceAndForTheirTime(t *testing.T) {
	s, now, _, token := sessionStore(t, NewToken{Name: "t", Role: "owner"})
	ends := now.Add(15 * time.Minute)
	signIn := func(key string) (string, error) {
		session, _, _, err := beginSession(s, key, anyToken, now.Add(time.Hour), now.Add(2*time.Hour))
		return session, err
	}
	key := func() string {
		key, err := s.AddSignInKey(token.ID, ends)
		if err != nil || !strings.HasPrefix(key, "mbk_") {
			t.Fatal(key, err)
		}
		return key
	}
	once, refused, late, justInTime := key(), key(), key(), key()
	session, err := signIn(once)
	if err != nil || !strings.HasPrefix(session, "mbs_") {
		t.Fatal(session, err)
	}
	if found, of, err := s.SessionBySecret(session); err != nil || of.ID != token.ID || found.Once {
		t.Errorf("%+v of %+v: %v", found, of, err)
	}
	no := errors.New("not this one")
	if _, _, _, err := beginSession(s, refused, func(Token) error { return no }, ends, ends); !errors.Is(err, no) {
		t.Errorf("what is not allowed: %v", err)
	}
	if _, err := signIn(refused); err != nil {
		t.Errorf("a refusal used the key up: %v", err)
	}
	*now = ends.Add(-time.Millisecond)
	if _, err := signIn(justInTime); err != nil {
		t.Errorf("a millisecond before its end: %v", err)
	}
	*now = ends
	for name, wrong := range map[string]string{"used": once, "at its end": late, "a session": session, "nobody's": "mbk_x", "nothing": ""} {
		if _, err := signIn(wrong); !errors.Is(err, ErrNotFound) {
			t.Errorf("a key that is %s: %v", name, err)
		}
		if _, _, err := s.SessionBySecret(late); !errors.Is(err, ErrNotFound) {
			t.Errorf("a key as a session: %v", err)
		}
	}
	check(t, s)
}

func TestSessionsEndWithTheirToken(t *testing.T) {
	s, now, secret, token := sessionStore(t, NewToken{Name: "t", Role: "manager"})
	session, _, _, err := beginSession(s, secret, anyToken, now.Add(time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := s.AddSignInKey(token.ID, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeToken(token.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.SessionBySecret(session); !errors.Is(err, ErrNotFound) {
		t.Errorf("the session of a revoked token: %v", err)
	}
	if _, _, _, err := beginSession(s, waiting, anyToken, *now, *now); !errors.Is(err, ErrNotFound) {
		t.Errorf("the sign-in key of a revoked token: %v", err)
	}
	if _, err := s.AddSignInKey(token.ID, now.Add(time.Hour)); !errors.Is(err, ErrNotFound) {
		t.Errorf("a sign-in key for a revoked token: %v", err)
	}
	if err := s.NoteUses(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if n := countIn(t, s, bucketSessions); n != 0 {
		t.Errorf("%d sessions and keys of a revoked token are left", n)
	}
}

func TestEndedSessionsAreGone(t *testing.T) {
	s, now, secret, _ := sessionStore(t, NewToken{Name: "t", Role: "owner"})
	session, _, _, err := beginSession(s, secret, anyToken, now.Add(time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EndSession(secret); !errors.Is(err, ErrNotFound) {
		t.Errorf("ending a session by its token: %v", err)
	}
	if err := s.EndSession(session); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.SessionBySecret(session); !errors.Is(err, ErrNotFound) {
		t.Errorf("an ended session: %v", err)
	}
	if err := s.EndSession(session); !errors.Is(err, ErrNotFound) {
		t.Errorf("ending it again: %v", err)
	}
}

func TestUseMovesASessionsEndUpToItsLatest(t *testing.T) {
	s, now, secret, token := sessionStore(t, NewToken{Name: "t", Role: "owner"})
	until := now.Add(3 * time.Hour)
	session, began, _, err := beginSession(s, secret, anyToken, now.Add(time.Hour), until)
	if err != nil {
		t.Fatal(err)
	}
	latest := time.Duration(0)
	ends := func(after time.Duration) time.Time {
		t.Helper()
		seq := s.Seq()
		at := testClock().Add(after)
		if err := s.NoteUses(t.Context(), map[string]time.Time{token.ID: at}, map[string]time.Time{began.ID: at}); err != nil {
			t.Fatal(err)
		}
		latest = max(latest, after)
		found, of, err := s.SessionBySecret(session)
		if err != nil || !of.LastUsedAt.Equal(testClock().Add(latest)) || s.Seq() != seq {
			t.Fatalf("%+v, %v, seq %d", of, err, s.Seq())
		}
		return found.EndsAt
	}
	if got := ends(2 * time.Hour); !got.Equal(testClock().Add(2 * time.Hour)) {
		t.Errorf("it ends at %s", got)
	}
	if got := ends(90 * time.Minute); !got.Equal(testClock().Add(2 * time.Hour)) {
		t.Errorf("an earlier use moves the end back to %s", got)
	}
	if got := ends(4 * time.Hour); !got.Equal(until) {
		t.Errorf("use moves the end beyond its latest: %s", got)
	}
	*now = until
	if err := s.NoteUses(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	if n := countIn(t, s, bucketSessions); n != 0 {
		t.Error("a session that is over is kept")
	}
}

func TestThePublishableKeyIsKept(t *testing.T) {
	s, _, secret, token := sessionStore(t, NewToken{Name: "site", Role: "publishable", Origins: []string{"https://x.jp"}})
	if !strings.HasPrefix(secret, "mbp_") || token.Key != secret || token.Prefix != secret[:10] {
		t.Errorf("%q, %+v", secret, token)
	}
	if list, err := s.Tokens(); err != nil || list[0].Key != secret {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAnExpiredOwnersTokenLetsNobodyIn(t *testing.T) {
	at := testClock().Add(time.Hour)
	s, now, _, forever := sessionStore(t, NewToken{Name: "t", Role: "owner"})
	_, expiring, err := s.CreateToken(NewToken{Name: "u", Role: "owner", ExpiresAt: at})
	if err != nil {
		t.Fatal(err)
	}
	*now = at
	if err := s.RevokeToken(forever.ID); !errors.Is(err, ErrLastOwner) {
		t.Errorf("beside an expired one: %v", err)
	}
	*now = at.Add(-time.Millisecond)
	if err := s.RevokeToken(forever.ID); err != nil {
		t.Errorf("beside one that has a millisecond: %v", err)
	}
	if err := s.RevokeToken(expiring.ID); !errors.Is(err, ErrLastOwner) {
		t.Errorf("the last one: %v", err)
	}
	*now = at
	if err := s.RevokeToken(expiring.ID); err != nil {
		t.Errorf("one that has expired: %v", err)
	}
}

func countIn(t *testing.T, s *Store, bucket string) (n int) {
	t.Helper()
	err := s.view(func(v *view) error {
		table, err := v.table(bucket)
		if err != nil {
			return err
		}
		return table.each(func(_, _ []byte) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Two that come with one key at once: one gets in.
func TestAOneTimeKeyIsUsedUpByOneAlone(t *testing.T) {
	s, now, _, token := sessionStore(t, NewToken{Name: "t", Role: "owner"})
	key, err := s.AddSignInKey(token.ID, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	until := now.Add(time.Hour)
	results := make(chan error)
	for range 8 {
		go func() {
			_, _, _, err := beginSession(s, key, anyToken, until, until)
			results <- err
		}()
	}
	in := 0
	for range 8 {
		switch err := <-results; {
		case err == nil:
			in++
		case !errors.Is(err, ErrNotFound):
			t.Error(err)
		}
	}
	if in != 1 || countIn(t, s, bucketSessions) != 1 {
		t.Errorf("%d got in with one key", in)
	}
}

// beginSession signs in, where allow lets it.
func beginSession(s *Store, secret string, allow func(Token) error, endsAt, until time.Time) (session string, began Session, t Token, err error) {
	_, err = s.Update(context.Background(), func(tx *Tx) error {
		if session, began, t, err = tx.SignIn(secret, endsAt, until); err != nil {
			return err
		}
		return allow(t)
	})
	return session, began, t, err
}
