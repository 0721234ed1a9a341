package service

import (
	"context"
	"sync"
	"time"
)

// A chore is work that no request waits for: to strip the values of deleted
// fields, to note when tokens were used, to forget old history. It does as
// much as there is to do, looks at its context between steps, and goes on at
// the next time where it failed.
type chore struct {
	name string
	do   func(context.Context) error
}

// upkeepPause lies between two rounds of chores that nobody asked for.
const upkeepPause = time.Minute

// upkeep owns the goroutine that does the chores.
type upkeep struct {
	mu   sync.Mutex
	stop context.CancelFunc // nil: not running
	done chan struct{}
	wake chan struct{} // of one place: a round is asked for
}

// StartUpkeep does the chores now, whenever one is asked for, and every
// minute, until Close. Without it they are left for later, which a command that
// runs once may well do; see Upkeep. A second call does nothing.
func (s *Service) StartUpkeep() {
	u := &s.upkeep
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	u.stop, u.done = stop, make(chan struct{})
	go func() {
		defer close(u.done)
		pause := time.NewTicker(upkeepPause)
		defer pause.Stop()
		for ctx.Err() == nil {
			s.register.Upkeep(ctx)
			select {
			case <-ctx.Done():
			case <-pause.C:
			case <-u.wake:
			}
		}
	}()
}

// Upkeep does the chores once. A chore that fails is logged and does not keep
// the others.
func (s *register) Upkeep(ctx context.Context) {
	for _, c := range s.chores() {
		if err := c.do(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "upkeep", "chore", c.name, "error", err)
		}
	}
}

// askUpkeep asks for a round soon.
func (s *register) askUpkeep() {
	select {
	case s.upkeep.wake <- struct{}{}:
	default: // one is asked for already
	}
}

// end stops the goroutine and waits for it.
func (u *upkeep) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stop == nil {
		return
	}
	u.stop()
	<-u.done
	u.stop = nil
}

func (s *register) chores() []chore {
	return []chore{
		{"strip the values of deleted fields", s.stripFields},
		{"note the use of tokens", s.noteTokens},
		{"forget old history", s.trimHistory},
		{"delete files of imports", s.sweepFiles},
		{"forget old jobs", s.forgetJobs},
		{"delete exports that expired", s.sweepExports},
	}
}
