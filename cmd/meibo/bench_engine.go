package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"meibo/api/service"
	"meibo/index"
	"meibo/index/bleveindex"
)

// An engineBench measures one data folder in this process.
type engineBench struct {
	*app
	dir        string
	processors int // goroutines that one question is worth
	runs       int
	only       []string
	mayWrite   bool
	verified   bool // the answers are to be compared with brute force
	report     *benchReport
}

func (b *engineBench) wants(name string) bool { return benchItemOf(name).chosenBy(b.only) }

// A benchPhase is one opening of the folder: fresh, where nothing of an answer
// is kept for the next time, or as usual.
type benchPhase struct {
	*engineBench
	*workspace
	fresh bool
}

// settle waits until the engine decodes no column in the background: what
// counts is how it answers once it has what it wants.
func (p *benchPhase) settle(ctx context.Context) error {
	for p.columnsWaiting() {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (p *benchPhase) columnsWaiting() bool {
	return slices.ContainsFunc(p.indexer.Figures(), func(f index.Figure) bool { return f.Name == "columns_waiting" && f.Value > 0 })
}

// put notes what was measured in this phase.
func (p *benchPhase) put(name string, rows int, t *benchTimes) *benchLine {
	line := p.report.line(benchItemOf(name))
	line.Rows = rows
	if p.fresh {
		line.Fresh = t
	} else {
		line.Again = t
	}
	return line
}

// measureFresh asks while nothing of an answer is kept. It comes first: what
// writes leave behind would slow it down.
func (b *engineBench) measureFresh(ctx context.Context) (err error) {
	b.tell("質問しています（答えを残さずに）…", "asking, with nothing of an answer kept…")
	w, err := b.openBench(ctx, b.dir, bleveindex.Options{Warm: true, Workers: b.processors, Forgetful: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	b.report.Customers = w.store.Len()
	return b.askAll(ctx, &benchPhase{b, w, true})
}

// measureAgain opens the folder as every command does, asks again, then
// writes where it may.
func (b *engineBench) measureAgain(ctx context.Context, load mixedLoad) (err error) {
	b.tell("質問しています（ふだんどおりに）…", "asking, as usual…")
	began := time.Now()
	w, err := b.openBench(ctx, b.dir, bleveindex.Options{Warm: true, Workers: b.processors})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	ready := since(began)
	if _, err := w.Search(ctx, filtered(sampleFilter)); err != nil {
		return err
	}
	answered := since(began)
	p := &benchPhase{b, w, false}
	if err := p.settle(ctx); err != nil {
		return err
	}
	b.report.Restart = &benchRestart{ReadyMs: rounded(ready), AnswerMs: rounded(answered), WarmMs: rounded(since(began))}
	if err := b.askAll(ctx, p); err != nil {
		return err
	}
	if b.verified {
		b.report.RSSAnonBytes = anonymousMemory() // brute force takes more than the engine
		if err := p.verify(ctx); err != nil {
			return err
		}
	}
	return p.writeAll(ctx, load)
}

// askAll measures every question that reads.
func (b *engineBench) askAll(ctx context.Context, p *benchPhase) error {
	for _, q := range benchQuestions() {
		if !b.wants(q.name) {
			continue
		}
		if err := p.search(ctx, q); err != nil {
			return err
		}
	}
	for _, work := range []func(context.Context) error{p.nextPages, p.deepPage, p.ids, p.stream, p.contains} {
		if err := work(ctx); err != nil {
			return err
		}
	}
	return nil
}

// search measures one question: count and first 50 rows, with their records.
func (p *benchPhase) search(ctx context.Context, q benchQuestion) error {
	rows := 0
	times, err := repeat(ctx, p.runs, p.settle, func(int) (float64, error) {
		answer, err := p.Search(ctx, q.ask)
		rows = answer.Total
		return answer.TookMs, err
	})
	if err != nil {
		return err
	}
	line := p.put(q.name, rows, times)
	if p.fresh {
		return nil
	}
	plan, err := p.Explain(ctx, service.ExplainRequest{Question: q.ask.Question})
	line.Plan = plan.Plan
	return err
}

// nextPages measures pages that begin anywhere in a result. Finding out where
// is not what is measured.
func (p *benchPhase) nextPages(ctx context.Context) error {
	for _, of := range []struct {
		name string
		ask  service.SearchRequest
	}{{nextPageBench, filtered("")}, {nextPageSample, filtered(sampleFilter)}} {
		if !p.wants(of.name) {
			continue
		}
		cursors, rows, err := p.cursors(ctx, of.ask)
		if err != nil {
			return err
		}
		if len(cursors) == 0 {
			continue // all of it fits on one page
		}
		times, err := repeat(ctx, p.runs, p.settle, func(i int) (float64, error) {
			ask := of.ask
			ask.Cursor = cursors[i%len(cursors)]
			answer, err := p.Search(ctx, ask)
			return answer.TookMs, err
		})
		if err != nil {
			return err
		}
		p.put(of.name, rows, times)
	}
	return nil
}

// cursors are spread evenly over a result, one a run.
func (p *benchPhase) cursors(ctx context.Context, ask service.SearchRequest) (cursors []string, rows int, err error) {
	first, err := p.Search(ctx, ask)
	if err != nil {
		return nil, 0, err
	}
	pages, one := warmUps+p.runs, 1
	ask.Limit = &one
	for i := range pages {
		ask.Offset = i * max(first.Total-2*service.DefaultLimit, 0) / pages
		page, err := p.Search(ctx, ask)
		if err != nil {
			return nil, 0, err
		}
		if page.NextCursor != "" {
			cursors = append(cursors, page.NextCursor)
		}
	}
	return cursors, first.Total, nil
}

// deepPage measures rows in the middle of everyone.
func (p *benchPhase) deepPage(ctx context.Context) error {
	if !p.wants(deepBench) {
		return nil
	}
	ask := filtered("")
	ask.Offset = p.store.Len() / 2
	rows := 0
	times, err := repeat(ctx, p.runs, p.settle, func(int) (float64, error) {
		answer, err := p.Search(ctx, ask)
		rows = answer.Total
		return answer.TookMs, err
	})
	if err != nil {
		return err
	}
	p.put(deepBench, rows, times)
	return nil
}
