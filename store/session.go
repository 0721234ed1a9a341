package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Session stands for a token in a browser: the value of a cookie. It ends
// with its token, at EndsAt, or when it is ended. While Once is set it is no
// session yet but a one-time key to begin one with.
type Session struct {
	ID        string    `json:"id"`
	Once      bool      `json:"once,omitempty"`
	Token     []byte    `json:"token"` // the key of its token: the hash of that one's secret
	CreatedAt time.Time `json:"createdAt"`
	EndsAt    time.Time `json:"endsAt"`          // moved on by use, see NoteUses
	Until     time.Time `json:"until,omitempty"` // never moved on beyond this
}

// AddSignInKey is Tx.AddSignInKey in a transaction of its own.
func (s *Store) AddSignInKey(tokenID string, endsAt time.Time) (secret string, err error) {
	_, err = s.Update(context.Background(), func(tx *Tx) error {
		secret, err = tx.AddSignInKey(tokenID, endsAt)
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// AddSignInKey makes a one-time key for a token, by the token's id; ErrNotFound
// where there is none, or it lets nobody in any more. Only the key's hash is
// kept.
func (tx *Tx) AddSignInKey(tokenID string, endsAt time.Time) (secret string, err error) {
	if err := tx.usable(); err != nil {
		return "", err
	}
	defer tx.guard(&err)
	hash, t, err := tx.tokenByID(tokenID)
	if err != nil {
		return "", err
	}
	now := time.UnixMilli(tx.millis).UTC()
	if t.Ended(now) {
		return "", ErrNotFound
	}
	random := tx.store.random
	secret = newSecret(random, startSignIn)
	one := Session{ID: newTokenID(random), Once: true, Token: hash, CreatedAt: now, EndsAt: endsAt, Until: endsAt}
	if err := tx.putSession(hashSecret(secret), one); err != nil {
		return "", err
	}
	return secret, nil
}

// TokenToSignIn finds the token whose secret, or a one-time key of which, is
// given; ErrNotFound. It uses up nothing.
// A wrong secret costs two look-ups, whatever it looks like.
func (s *Store) TokenToSignIn(secret string) (t Token, err error) {
	err = s.view(func(v *view) error {
		_, t, err = v.signIn(hashSecret(secret), s.clock())
		return err
	})
	return t, err
}

// SignIn begins a session of the token whose secret, or a one-time key of
// which, is given, and uses the key up; ErrNotFound. Whether the token has
// expired and may sign in is for the caller to decide, who takes the
// transaction back where it may not.
func (tx *Tx) SignIn(secret string, endsAt, until time.Time) (session string, began Session, t Token, err error) {
	if err := tx.usable(); err != nil {
		return "", Session{}, Token{}, err
	}
	defer tx.guard(&err)
	now := time.UnixMilli(tx.millis).UTC()
	hash := hashSecret(secret)
	tokenHash, t, err := tx.signIn(hash, now)
	if err != nil {
		return "", Session{}, Token{}, err
	}
	sessions, err := tx.table(bucketSessions)
	if err != nil {
		return "", Session{}, Token{}, err
	}
	tx.dirty = true
	if err := sessions.bucket.Delete(hash); err != nil { // the key, if it was one
		return "", Session{}, Token{}, tx.fail(fmt.Errorf("store: %w", err))
	}
	random := tx.store.random
	session = newSecret(random, startSession)
	began = Session{ID: newTokenID(random), Token: tokenHash, CreatedAt: now, EndsAt: endsAt, Until: until}
	return session, began, t, tx.putSession(hashSecret(session), began)
}

// signIn finds the token that a secret or a one-time key is of. It looks for
// both, so that how long it takes tells nothing.
func (v *view) signIn(hash []byte, now time.Time) ([]byte, Token, error) {
	own, errOwn := v.token(hash)
	key, ofKey, errKey := v.session(hash)
	switch {
	case errOwn == nil:
		return hash, own, nil
	case !errors.Is(errOwn, ErrNotFound):
		return nil, Token{}, errOwn
	case errKey != nil:
		return nil, Token{}, errKey
	case !key.Once, !now.Before(key.EndsAt):
		return nil, Token{}, ErrNotFound
	}
	return key.Token, ofKey, nil
}

// session finds a session or one-time key with its token, which is not
// revoked; ErrNotFound.
func (v *view) session(hash []byte) (found Session, t Token, err error) {
	sessions, err := v.table(bucketSessions)
	if err == nil {
		err = sessions.decodeJSON(hash, &found)
	}
	if err != nil {
		return Session{}, Token{}, err
	}
	t, err = v.token(found.Token)
	return found, t, err
}

func (tx *Tx) putSession(hash []byte, one Session) error {
	sessions, err := tx.table(bucketSessions)
	if err != nil {
		return err
	}
	tx.dirty = true
	if err := sessions.putJSON(hash, one); err != nil {
		return tx.fail(err)
	}
	return nil
}

// SessionBySecret finds a session and its token, which is not revoked, in one
// read; ErrNotFound. Session and token may be over by their times.
func (s *Store) SessionBySecret(secret string) (found Session, t Token, err error) {
	err = s.view(func(v *view) error {
		found, t, err = v.session(hashSecret(secret))
		return err
	})
	if err == nil && found.Once {
		err = ErrNotFound
	}
	if err != nil {
		return Session{}, Token{}, err
	}
	return found, t, nil
}

// EndSession is Tx.EndSession in a transaction of its own.
func (s *Store) EndSession(secret string) error {
	_, err := s.Update(context.Background(), func(tx *Tx) error {
		_, _, err := tx.EndSession(secret)
		return err
	})
	return err
}

// EndSession ends a session and gives it and its token; ErrNotFound.
func (tx *Tx) EndSession(secret string) (ended Session, t Token, err error) {
	if err := tx.usable(); err != nil {
		return Session{}, Token{}, err
	}
	defer tx.guard(&err)
	hash := hashSecret(secret)
	ended, t, err = tx.session(hash)
	if err == nil && ended.Once {
		err = ErrNotFound
	}
	if err != nil {
		return Session{}, Token{}, err
	}
	sessions, err := tx.table(bucketSessions)
	if err != nil {
		return Session{}, Token{}, err
	}
	tx.dirty = true
	if err := sessions.bucket.Delete(hash); err != nil {
		return Session{}, Token{}, tx.fail(fmt.Errorf("store: end a session: %w", err))
	}
	return ended, t, nil
}

// NoteUses writes when tokens were last used, by their ids, and how far use has
// moved the ends of sessions, by theirs; and takes away sessions and one-time
// keys that are over. It commits nothing where there is nothing to write.
// Cost: a look at every token and session.
func (s *Store) NoteUses(ctx context.Context, tokens, sessions map[string]time.Time) error {
	_, err := s.Update(ctx, func(tx *Tx) error {
		used := map[string]Token{} // by their key; a bucket is not changed while it is walked
		err := tx.eachToken(func(hash []byte, t Token) error {
			if at := tokens[t.ID].UTC(); at.After(t.LastUsedAt) {
				t.LastUsedAt = at
				used[string(hash)] = t
			}
			return nil
		})
		if err != nil {
			return err
		}
		for hash, t := range used {
			if err := tx.putToken([]byte(hash), t); err != nil {
				return err
			}
		}
		return tx.noteSessions(sessions)
	})
	return err
}

func (tx *Tx) noteSessions(ends map[string]time.Time) error {
	table, err := tx.table(bucketSessions)
	if err != nil {
		return err
	}
	now := time.UnixMilli(tx.millis)
	var over [][]byte
	moved := map[string]Session{}
	err = table.each(func(hash, _ []byte) error {
		var one Session
		if err := table.decodeJSON(hash, &one); err != nil {
			return err
		}
		later := ends[one.ID].UTC()
		if later.After(one.Until) {
			later = one.Until
		}
		if later.After(one.EndsAt) {
			one.EndsAt = later
			moved[string(hash)] = one
		}
		_, _, gone := tx.session(hash)
		if errors.Is(gone, ErrNotFound) || !now.Before(one.EndsAt) {
			over = append(over, slices.Clone(hash))
			delete(moved, string(hash))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for hash, one := range moved {
		if err := tx.putSession([]byte(hash), one); err != nil {
			return err
		}
	}
	for _, hash := range over {
		tx.dirty = true
		if err := table.bucket.Delete(hash); err != nil {
			return err
		}
	}
	return nil
}
