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

// do runs work unless it was done less than a pause ago.
func (p *pace) do(now time.Time, pause time.Duration, work func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.last.IsZero() && now.Sub(p.last) < pause {
		return nil
	}
	if err := work(); err != nil {
		return err
	}
	p.last = now
	return nil
}

// trimHistory forgets what is older than the workspace keeps histories, at
// most once an hour. A round that fails is tried again at the next.
func (s *register) trimHistory(ctx context.Context) error {
	return s.trimmed.do(s.clock(), historyPause, func() error {
		_, err := s.store.TrimHistory(ctx, s.historyBegins())
		return err
	})
}
