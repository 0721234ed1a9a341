package service

import (
	"context"
	"sync"
	"time"
)

// historyPause lies between two rounds of forgetting, which look at every
// customer that has a history. What is too old is not shown meanwhile.
const historyPause = time.Hour

// A pace keeps a chore from being done more often than it has to be.
type pace struct {
	mu   sync.Mutex
	last time.Time // when it was done; zero: never
}

// trimHistory forgets what is older than the workspace keeps histories, at
// most once an hour. A round that fails is tried again at the next.
func (s *register) trimHistory(ctx context.Context) error {
	s.trimmed.mu.Lock()
	defer s.trimmed.mu.Unlock()
	now := s.clock()
	if !s.trimmed.last.IsZero() && now.Sub(s.trimmed.last) < historyPause {
		return nil
	}
	if _, err := s.store.TrimHistory(ctx, s.historyBegins()); err != nil {
		return err
	}
	s.trimmed.last = now
	return nil
}
