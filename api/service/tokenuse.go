package service

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// uses are when tokens and sessions were used, as long as that is not written:
// a request is answered without a write, and the chore noteTokens writes for
// all of them at once. After a crash the last minute is missing. The zero value
// is ready; safe for concurrent use.
type uses struct {
	mu       sync.Mutex
	tokens   map[string]time.Time // by id: the minute
	sessions map[string]time.Time // by id: where use has moved its end
	noted    time.Time            // the minute of the last write
}

// note takes down that a token was used, by itself or by a session of it, whose
// end is then moved on.
func (u *uses) note(token, session string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.tokens == nil {
		u.tokens, u.sessions = map[string]time.Time{}, map[string]time.Time{}
	}
	u.tokens[token] = now.Truncate(time.Minute)
	if session != "" {
		u.sessions[session] = now.Add(sessionIdle)
	}
}

// token is when a token was used, where that is not written yet.
func (u *uses) token(id string) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.tokens[id]
}

// session is where use has moved a session's end, where that is not written yet.
func (u *uses) session(id string) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.sessions[id]
}

// take gives what is to be written, at most once a minute unless all is asked
// for: none of it is known here any more.
func (u *uses) take(now time.Time, all bool) (tokens, sessions map[string]time.Time, due bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	minute := now.Truncate(time.Minute)
	if !all && !minute.After(u.noted) {
		return nil, nil, false
	}
	u.noted = minute
	tokens, sessions = u.tokens, u.sessions
	u.tokens, u.sessions = nil, nil
	return tokens, sessions, true
}

// putBack keeps what could not be written for the next time.
func (u *uses) putBack(tokens, sessions map[string]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.Copy(tokens, u.tokens) // what came meanwhile is later
	maps.Copy(sessions, u.sessions)
	u.tokens, u.sessions = tokens, sessions
}

// noteTokens writes when tokens and sessions were used, and takes away sessions
// that are over.
func (s *register) noteTokens(ctx context.Context) error { return s.writeUses(ctx, false) }

func (s *register) writeUses(ctx context.Context, all bool) error {
	tokens, sessions, due := s.uses.take(s.clock(), all)
	if !due || all && len(tokens) == 0 && len(sessions) == 0 {
		return nil
	}
	if err := s.store.NoteUses(ctx, tokens, sessions); err != nil {
		if tokens != nil {
			s.uses.putBack(tokens, sessions)
		}
		return fmt.Errorf("note the use of tokens: %w", err)
	}
	return nil
}
