package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"meibo/api/service"
	"meibo/dsl/expr"
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
	Lost      int         `json:"lost"`    // customers whose update is not seen at the end
}

// writeAll measures what changes records, where it may.
func (p *benchPhase) writeAll(ctx context.Context, load mixedLoad) error {
	if !p.mayWrite {
		p.tell("書き込みは測りません（--data のフォルダーを書き換えるため）。--write を付けると測ります。", "writes are not measured, because they would change the folder; --write allows them")
		return nil
	}
	if load.seconds == 0 && !p.wants(writeBench) {
		return nil
	}
	ids, err := p.someIDs(ctx, updatedPeople)
	if err != nil || len(ids) == 0 {
		return err
	}
	visits := &benchVisits{ids: ids, at: p.clock().UnixMilli()}
	if p.wants(writeBench) {
		if err := p.durableWrite(ctx, visits); err != nil {
			return err
		}
	}
	if load.seconds == 0 {
		return nil
	}
	p.tell("%g 秒間、更新しながら質問しています…", "updating and asking for %g seconds…", load.seconds)
	m := &mixedRun{phase: p, load: load, visits: visits, acknowledged: make(chan acknowledgement, 100)}
	if p.report.Updates, err = m.run(ctx); err != nil {
		return err
	}
	return p.trimLog(ctx)
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
	asking, stop := context.WithCancel(ctx)
	defer stop()
	var group errgroup.Group
	group.Go(func() error { defer stop(); return m.check(ctx) }) // ends after the last batch
	group.Go(func() error { return m.ask(asking) })
	group.Go(func() error { defer close(m.acknowledged); return m.write(ctx) })
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return nil, err
	}
	lost, err := m.lost(ctx)
	if err != nil {
		return nil, err
	}
	seconds := m.wrote.Seconds()
	return &benchUpdates{Lost: lost, Seconds: rounded(seconds), Updates: m.updates, PerSecond: rounded(float64(m.updates) / seconds),
		Batch: timesOf(m.batches), Question: timesOf(m.questions), Checked: m.checked, Misses: m.misses}, nil
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
		if err != nil || found.Total < len(a.ids) {
			m.misses++
		}
	}
	return nil
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

// seenFilter asks for those of some customers who were here at a time, in
// epoch milliseconds, or later.
func seenFilter(ids []string, at int64) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = expr.Quote(id)
	}
	return fmt.Sprintf("id IN (%s) AND lastSeenAt >= %d", strings.Join(quoted, ", "), at)
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

// benchVisits makes updates: customers come back, in turn, each time a
// millisecond or more after the time before.
type benchVisits struct {
	ids  []string
	next int
	at   int64 // epoch milliseconds of the last one
}

// one is the next customer's update, as JSON.
func (v *benchVisits) one() (id string, body []byte, at int64) {
	id = v.ids[v.next%len(v.ids)]
	v.next++
	v.at++
	return id, fmt.Appendf(nil, `{"sessionsCount":%d,"lastSeenAt":%d}`, v.next%50+1, v.at), v.at
}

// batch is the next customers' update, as NDJSON: everyone of it at one time,
// nobody twice.
func (v *benchVisits) batch() (ids []string, body []byte, at int64) {
	v.at++
	for range min(updateBatch, len(v.ids)) {
		id := v.ids[v.next%len(v.ids)]
		v.next++
		ids = append(ids, id)
		quoted, _ := json.Marshal(id) // a string always can be
		body = fmt.Appendf(body, `{"id":%s,"sessionsCount":%d,"lastSeenAt":%d}`+"\n", quoted, v.next%50+1, v.at)
	}
	return ids, body, v.at
}
