package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"meibo/api/service"
)

// A mixedLoad is batches of updates while questions are asked.
type mixedLoad struct {
	seconds   float64 // 0: none
	perSecond int     // updates; 0: as fast as they go
}

// Sizes of a mixed load.
const (
	updateBatch   = 1000
	updatedPeople = 100_000 // of whom each batch takes the next ones
	checkedPeople = 10      // of each batch
	askerPause    = time.Millisecond
)

// benchUpdates is what came of a mixed load. Question is the sample question
// as its caller waits for it, with its filter's compilation.
type benchUpdates struct {
	Seconds   float64     `json:"seconds"`
	Updates   int         `json:"updates"`
	PerSecond float64     `json:"updatesPerSecond"`
	Batch     *benchTimes `json:"batch"`
	Question  *benchTimes `json:"question"`
	Checked   int         `json:"checked"` // acknowledged batches that were looked for
	Misses    int         `json:"misses"`  // of them, those that a search with their seq did not see whole
	FirstMiss string      `json:"firstMiss,omitempty"`
	Lost      int         `json:"lost"` // customers whose update is not seen at the end
}

// A mixedRun has three sides: one writes, one asks, one looks for what was
// acknowledged.
type mixedRun struct {
	phase        *benchPhase
	load         mixedLoad
	visits       *benchVisits
	acknowledged chan acknowledgement

	batches, questions []float64 // milliseconds
	updates            int
	wrote              time.Duration
	checked, misses    int
	firstMiss          string
	began              int64  // epoch milliseconds: every update's lastSeenAt is later
	last               uint64 // seq
}

// An acknowledgement is a batch that was written: some of its customers, and
// the time that they were seen at.
type acknowledgement struct {
	ids []string
	at  int64
	seq uint64
}

func (m *mixedRun) run(ctx context.Context) (*benchUpdates, error) {
	m.began = m.visits.at
	group, running := errgroup.WithContext(ctx) // a side that fails ends the others
	asking, stop := context.WithCancel(running)
	defer stop()
	group.Go(func() error { defer stop(); return m.check(running) }) // ends after the last batch
	group.Go(func() error { return m.ask(asking) })
	group.Go(func() error { defer close(m.acknowledged); return m.write(running) })
	if err := cmp.Or(group.Wait(), ctx.Err()); err != nil {
		return nil, err
	}
	lost, err := m.lost(ctx)
	if err != nil {
		return nil, err
	}
	seconds := m.wrote.Seconds()
	return &benchUpdates{Lost: lost, Seconds: rounded(seconds), Updates: m.updates, PerSecond: rounded(float64(m.updates) / seconds),
		Batch: timesOf(m.batches), Question: timesOf(m.questions), Checked: m.checked, Misses: m.misses, FirstMiss: m.firstMiss}, nil
}

// write sends batches until the time is over, paced where a rate is wanted.
func (m *mixedRun) write(ctx context.Context) error {
	began := time.Now()
	whole := time.Duration(m.load.seconds * float64(time.Second))
	for m.wrote = 0; m.wrote < whole; m.wrote = time.Since(began) {
		if m.load.perSecond > 0 {
			due := began.Add(time.Duration(float64(m.updates) / float64(m.load.perSecond) * float64(time.Second)))
			if !pause(ctx, time.Until(due)) {
				return ctx.Err()
			}
		}
		ids, body, at := m.visits.batch()
		sent := time.Now()
		answer, err := m.phase.Batch(ctx, service.BatchRequest{Body: body, Lines: true, Policy: service.ImportPolicy(true)})
		if err != nil {
			return fmt.Errorf("write a batch: %w", err)
		}
		m.batches = append(m.batches, since(sent))
		for _, r := range answer.Results {
			if r.Status != service.Updated {
				return fmt.Errorf("an update of customer %s was %s, not written", r.ID, r.Status)
			}
		}
		m.updates, m.last = m.updates+len(ids), answer.Seq
		select {
		case m.acknowledged <- acknowledgement{ids[:min(checkedPeople, len(ids))], at, answer.Seq}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// ask puts the sample question again and again.
func (m *mixedRun) ask(ctx context.Context) error {
	for pause(ctx, askerPause) {
		began := time.Now()
		if _, err := m.phase.Search(ctx, filtered(sampleFilter)); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("ask while records change: %w", err)
		}
		m.questions = append(m.questions, since(began))
	}
	return nil
}

// check looks for each acknowledged batch, whose customers were last seen at
// its time or, in a later batch, after it.
func (m *mixedRun) check(ctx context.Context) error {
	for a := range m.acknowledged {
		if ctx.Err() != nil {
			continue // the writer must not wait for us
		}
		found, err := m.phase.Count(ctx, service.Question{Filter: seenFilter(a.ids, a.at), MinSeq: a.seq})
		m.checked++
		switch {
		case err != nil:
			m.miss(fmt.Sprintf("seq %d: %v", a.seq, err))
		case found.Total < len(a.ids):
			m.miss(fmt.Sprintf("seq %d: of %d customers %d are seen", a.seq, len(a.ids), found.Total))
		}
	}
	return nil
}

func (m *mixedRun) miss(what string) {
	m.misses++
	m.firstMiss = cmp.Or(m.firstMiss, what)
}

// lost counts the updated customers whose update is not seen, once all are
// written.
func (m *mixedRun) lost(ctx context.Context) (int, error) {
	seen, err := m.phase.Count(ctx, service.Question{Filter: fmt.Sprintf("lastSeenAt > %d", m.began), MinSeq: m.last})
	if err != nil {
		return 0, fmt.Errorf("look for the updates: %w", err)
	}
	return max(min(m.updates, len(m.visits.ids))-seen.Total, 0), nil
}

// pause waits, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
