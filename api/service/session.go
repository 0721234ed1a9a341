package service

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"meibo/store"
)

// How long what lets people in is good for.
const (
	sessionIdle  = 12 * time.Hour     // after the last request
	sessionLimit = 7 * 24 * time.Hour // altogether
	// SignInTime is that of a one-time key to sign in with, and ServeSignInTime
	// that of the one that a server prints at its start, to be used some time.
	SignInTime      = 15 * time.Minute
	ServeSignInTime = 24 * time.Hour
)

// maxSecretLength bounds what is looked up as a secret, in bytes.
const maxSecretLength = 200

// An Identity is who somebody is signed in as.
type Identity struct {
	TokenID     string   `json:"tokenId"`
	Name        string   `json:"name"`
	Role        string   `json:"role" enum:"owner,manager,viewer,service,publishable"`
	Scopes      []string `json:"scopes,omitempty" nullable:"false"`
	Permissions []string `json:"permissions" nullable:"false" doc:"What the role and the scopes allow."`
	Session     bool     `json:"session" doc:"Signed in by a cookie, rather than by the token itself."`
	ExpiresAt   *int64   `json:"expiresAt,omitempty" doc:"Epoch milliseconds: when the session ends unless it is used, or the token expires; left out: never."`
}

// Who says who the caller is.
func (s *Service) Who() Identity {
	c := s.caller
	who := Identity{TokenID: c.TokenID, Name: c.Name, Role: c.Role, Scopes: c.Scopes, Permissions: []string{}, Session: c.SessionID != "", ExpiresAt: millisOf(c.ExpiresAt)}
	for _, p := range permissions() {
		if c.May(p) {
			who.Permissions = append(who.Permissions, string(p))
		}
	}
	return who
}

// signsIn reports whether a role is that of people, who sign in.
func signsIn(role string) bool {
	return slices.Contains([]string{RoleOwner, RoleManager, RoleViewer}, role)
}

func refuseSignIn() *Error {
	return refuse(CodeForbidden, "このトークンではサインインできません。サインインできるのは owner、manager、viewer のトークンです。",
		"this token is not for signing in: those of the roles owner, manager and viewer are")
}

// A SignIn is a session that has begun.
type SignIn struct {
	Cookie string // its secret
	Identity
	Until time.Time // it cannot be moved on beyond this
}

// SignIn begins a session by a one-time key, which is then used up, or by a
// token's secret. CodeUnauthorized, CodeTokenExpired, or CodeForbidden where the
// token is not a person's.
func (s *Service) SignIn(key string) (SignIn, error) {
	if len(key) > maxSecretLength {
		key = ""
	}
	now := s.clock().UTC().Truncate(time.Millisecond)
	until := now.Add(sessionLimit)
	allow := func(t store.Token) error {
		switch {
		case t.Expired(now):
			return refuseExpired(t)
		case !signsIn(t.Role):
			return refuseSignIn()
		}
		return nil
	}
	cookie, began, t, err := s.store.SignIn(key, allow, now.Add(sessionIdle), until)
	var refusal *Error
	switch {
	case errors.Is(err, store.ErrNotFound):
		return SignIn{}, refuse(CodeUnauthorized, "キーが正しくないか、使用済みか、期限切れです。新しいリンクは meibo token signin で作れます。",
			"the key is wrong, was used already or is over; meibo token signin makes a new link")
	case errors.As(err, &refusal):
		return SignIn{}, refusal
	case err != nil:
		return SignIn{}, refuseStore(fmt.Errorf("sign in: %w", err))
	}
	c := s.callerOf(t)
	c.SessionID, c.ExpiresAt = began.ID, earlier(began.EndsAt, t.ExpiresAt)
	s.uses.note(t.ID, "", now)
	return SignIn{Cookie: cookie, Identity: s.As(c).Who(), Until: earlier(until, t.ExpiresAt)}, nil
}

// AuthenticateSession finds the caller that a session's secret belongs to, and
// moves the session's end on. One read of the store, and no write.
func (s *Service) AuthenticateSession(secret string) (Caller, error) {
	c, session, err := s.sessionCaller(secret)
	if err != nil {
		return Caller{}, err
	}
	now := s.clock()
	s.uses.note(c.TokenID, session.ID, now)
	c.ExpiresAt = earlier(earlier(now.Add(sessionIdle), session.Until), c.ExpiresAt)
	return c, nil
}

// RecognizeSession is AuthenticateSession for what goes on since then: a stream
// that is left open keeps no session from ending.
func (s *Service) RecognizeSession(secret string) (Caller, error) {
	c, _, err := s.sessionCaller(secret)
	return c, err
}

// sessionCaller is the caller of a session that is not over; its end is the token's.
func (s *Service) sessionCaller(secret string) (Caller, store.Session, error) {
	if len(secret) > maxSecretLength {
		secret = ""
	}
	session, t, err := s.store.SessionBySecret(secret)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Caller{}, session, fmt.Errorf("look up a session: %w", err)
	}
	now := s.clock()
	ends := session.EndsAt
	if moved := s.uses.session(session.ID); moved.After(ends) {
		ends = earlier(moved, session.Until)
	}
	switch {
	case err != nil, !now.Before(ends):
		return Caller{}, session, refuse(CodeUnauthorized, "サインインの期限が切れたか、終了しています。もう一度サインインしてください。",
			"the session is over: sign in again")
	case t.Expired(now):
		return Caller{}, session, refuseExpired(t)
	}
	c := s.callerOf(t)
	c.SessionID = session.ID
	return c, session, nil
}

// earlier is the earlier of two times, of which the second may be none.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

// SignOut ends a session by its secret. One that is over already is no fault.
func (s *Service) SignOut(secret string) error {
	if err := s.store.EndSession(secret); err != nil && !errors.Is(err, store.ErrNotFound) {
		return refuseStore(fmt.Errorf("sign out: %w", err))
	}
	return nil
}

// A SignInKey is a one-time key to sign in with.
type SignInKey struct {
	Key       string `json:"key" doc:"Shown this once."`
	Path      string `json:"path" doc:"Of the page that signs in with it, beside the server's address. The key stands in the fragment, which is sent to no server."`
	ExpiresAt int64  `json:"expiresAt" doc:"Epoch milliseconds."`
}

// SignInKey makes a one-time key for the token with an id, good for so long.
// For a token that is not the caller's own it takes an administrator, and a
// session alone makes none: else one that was stolen for an hour could be kept
// for ever.
func (s *Service) SignInKey(tokenID string, valid time.Duration) (SignInKey, error) {
	own := tokenID == s.caller.TokenID && s.caller.SessionID == ""
	if !own {
		if err := s.caller.Require(Administer); err != nil {
			return SignInKey{}, err
		}
	}
	t, err := s.findToken(func(t store.Token) bool { return t.ID == tokenID && !t.Ended(s.clock()) })
	if err != nil {
		return SignInKey{}, err
	}
	if !signsIn(t.Role) {
		return SignInKey{}, refuseSignIn()
	}
	ends := earlier(s.clock().Add(valid).UTC().Truncate(time.Millisecond), t.ExpiresAt)
	key, err := s.store.AddSignInKey(tokenID, ends)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return SignInKey{}, refuseNoToken()
	case err != nil:
		return SignInKey{}, refuseStore(fmt.Errorf("make a sign-in key: %w", err))
	}
	return SignInKey{Key: key, Path: SignInPath + "#" + key, ExpiresAt: ends.UnixMilli()}, nil
}

// SignInPath is the path of the page on which people sign in.
const SignInPath = "/signin"
