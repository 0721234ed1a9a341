package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"meibo/api/service"
)

// A benchBeside is what callers wait for the answer to a question, while
// nothing else happens and while every customer gets a tag.
type benchBeside struct {
	Name      string      `json:"name"`
	Idle      *benchTimes `json:"idle"`
	Meanwhile *benchTimes `json:"meanwhile"`
}

// besideQuestions are the questions that are asked beside a bulk action: those
// that a console asks most.
var besideQuestions = map[string]bool{"member": true, "recent": true, "sample": true, "tagged": true, "everyone": true, "name": true}

// change measures what changes customers: a tag for everybody with questions
// beside it, its undoing, and the erasing of some.
func (b *jobsBench) change(ctx context.Context, d *desk) error {
	idle := newAsker(d.workspace.Service)
	for range warmUps + b.runs {
		if err := idle.round(ctx); err != nil {
			return err
		}
	}
	beside := newAsker(d.workspace.Service)
	stop := beside.start(ctx)
	_, tagged, err := b.measure(ctx, d, "bulk: a tag", b.customers, "/v1/customers/bulk", map[string]any{
		"selection": map[string]any{"filter": everyoneFilter}, "actions": []any{map[string]any{"addTags": []string{"bench"}}}})
	if asked := stop(); err == nil {
		err = asked
	}
	if err != nil {
		return err
	}
	b.report.Beside = idle.compared(beside)
	if err := d.workspace.trimLog(ctx); err != nil {
		return err
	}
	if _, _, err := b.measure(ctx, d, "undo of it", b.customers, jobPath(tagged.ID)+"/undo", nil); err != nil {
		return err
	}
	return b.erase(ctx, d)
}

// erase measures the erasing of some customers.
func (b *jobsBench) erase(ctx context.Context, d *desk) error {
	n := b.toErase()
	some, err := d.workspace.Search(ctx, service.SearchRequest{Limit: &n, Fields: []string{"id"}})
	if err != nil {
		return err
	}
	ids := make([]string, 0, n)
	for _, r := range some.Records {
		ids = append(ids, r.ID())
	}
	if _, _, err := b.measure(ctx, d, "erase", len(ids), "/v1/customers/erase", map[string]any{"selection": map[string]any{"ids": ids}, "confirm": len(ids)}); err != nil {
		return err
	}
	if there := d.workspace.store.Len(); there != b.customers-len(ids) {
		return fmt.Errorf("after erasing %d of %d customers there are %d", len(ids), b.customers, there)
	}
	return nil
}

// An asker puts the questions in turn and keeps the times, from the question to
// the answer, in milliseconds.
type asker struct {
	service   *service.Service
	questions []benchQuestion
	times     [][]float64
}

func newAsker(s *service.Service) *asker {
	a := &asker{service: s}
	for _, q := range benchQuestions() {
		if besideQuestions[q.name] {
			a.questions = append(a.questions, q)
		}
	}
	a.times = make([][]float64, len(a.questions))
	return a
}

// round puts each question once.
func (a *asker) round(ctx context.Context) error {
	for i, q := range a.questions {
		began := time.Now()
		if _, err := a.service.Search(ctx, q.ask); err != nil {
			return fmt.Errorf("ask %s: %w", q.name, err)
		}
		a.times[i] = append(a.times[i], since(began))
		if !pause(ctx, askerPause) {
			return ctx.Err()
		}
	}
	return nil
}

// start asks round after round until stop, which gives the first failure.
func (a *asker) start(ctx context.Context) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	var failure error
	running.Go(func() {
		for failure == nil && ctx.Err() == nil {
			failure = a.round(ctx)
		}
		if ctx.Err() != nil {
			failure = nil // it was to end
		}
	})
	return func() error {
		cancel()
		running.Wait()
		return failure
	}
}

// compared leaves out the first rounds of the idle times, which warm up.
func (a *asker) compared(beside *asker) []benchBeside {
	list := make([]benchBeside, len(a.questions))
	for i, q := range a.questions {
		list[i] = benchBeside{Name: q.name, Idle: timesOf(a.times[i][warmUps:]), Meanwhile: timesOf(beside.times[i])}
	}
	return list
}
