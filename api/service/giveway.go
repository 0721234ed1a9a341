package service

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	// askedLately is how long after the last question others are taken to come.
	askedLately = 2 * time.Second
	// giveWayTimes is for how long a job on many customers rests after a step,
	// in times of the step, while questions come: what they may then lose of the
	// processors is bounded.
	giveWayTimes = 1
)

// asking notes when a question came last, so that long work gives way while
// there is somebody to give way to. The zero value is ready; safe for
// concurrent use.
type asking struct{ last atomic.Int64 } // UnixNano

func (a *asking) note(now time.Time) { a.last.Store(now.UnixNano()) }

func (a *asking) lately(now time.Time) bool {
	last := a.last.Load()
	return last != 0 && now.Sub(time.Unix(0, last)) < askedLately
}

// giveWay rests between two steps, after one that took a while: as long as
// questions come, else not at all.
func (s *register) giveWay(ctx context.Context, took time.Duration) {
	if !s.asking.lately(s.clock()) {
		took = 0
	}
	s.pause(ctx, giveWayTimes*took)
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
