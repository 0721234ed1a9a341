package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// compiled is a filter for the index, which takes no text.
func (p *benchPhase) compiled(filter string) (expr.Expr, error) {
	settings := p.store.Settings()
	c, diagnostics := dsl.Compile(filter, dsl.Env{Fields: p.store.Fields(), Now: p.clock(), Zone: settings.Zone, WeekStart: settings.WeekStart})
	if dsl.HasErrors(diagnostics) {
		return nil, fmt.Errorf("the filter %s does not compile: %s", filter, diagnostics[0].Message.EN)
	}
	return c.Expr, nil
}

// ids measures the reading of all ids of a segment, in no order.
func (p *benchPhase) ids(ctx context.Context) error {
	if !p.wants(idsBench) {
		return nil
	}
	where, err := p.compiled(segmentFilter)
	if err != nil {
		return err
	}
	rows := 0
	times, err := repeat(ctx, p.runs, p.settle, func(int) (float64, error) {
		rows = 0
		began := time.Now()
		err := p.eachID(ctx, where, func(string) bool { rows++; return true })
		return since(began), err
	})
	if err != nil {
		return err
	}
	p.put(idsBench, rows, times)
	return nil
}

func (p *benchPhase) eachID(ctx context.Context, where expr.Expr, yield func(id string) bool) error {
	snapshot, err := p.indexer.Snapshot(ctx, 0)
	if err != nil {
		return err
	}
	defer snapshot.Release()
	return snapshot.IDs(ctx, where, yield)
}

// stream measures the same ids in order: all of them, and the first.
func (p *benchPhase) stream(ctx context.Context) error {
	if !p.wants(streamBench) && !p.wants(rowBench) {
		return nil
	}
	rows := 0
	firsts := []float64{}
	ask := filtered(segmentFilter)
	ask.Fields = []string{schema.IDField}
	times, err := repeat(ctx, p.runs, p.settle, func(i int) (float64, error) {
		rows = 0
		began := time.Now()
		err := p.Stream(ctx, ask, func(schema.Record, json.RawMessage) error {
			if rows == 0 && i >= warmUps {
				firsts = append(firsts, since(began))
			}
			rows++
			return nil
		})
		return since(began), err
	})
	if err != nil {
		return err
	}
	p.put(rowBench, rows, timesOf(firsts))
	p.put(streamBench, rows, times)
	return nil
}

// containsRuns for each run of a question: one takes microseconds.
const containsRuns = 40

// contains measures whether random customers match.
func (p *benchPhase) contains(ctx context.Context) error {
	if !p.wants(memberOfBench) {
		return nil
	}
	where, err := p.compiled(sampleFilter)
	if err != nil {
		return err
	}
	ids, err := p.someIDs(ctx, 5000)
	if err != nil || len(ids) == 0 {
		return err
	}
	snapshot, err := p.indexer.Snapshot(ctx, 0)
	if err != nil {
		return err
	}
	defer snapshot.Release()
	in := 0
	times, err := repeat(ctx, p.runs*containsRuns, p.settle, func(i int) (float64, error) {
		began := time.Now()
		yes, err := snapshot.Contains(ctx, where, ids[i%len(ids)])
		took := since(began)
		if yes && i >= warmUps {
			in++
		}
		return took, err
	})
	if err != nil {
		return err
	}
	p.put(memberOfBench, in, times)
	return nil
}

// someIDs chooses at most n customers, each as likely as any other, the same
// ones each time.
func (p *benchPhase) someIDs(ctx context.Context, n int) ([]string, error) {
	r := rand.New(rand.NewPCG(1, 2))
	var ids []string
	seen := 0
	err := p.eachID(ctx, expr.Everyone(), func(id string) bool {
		seen++
		if len(ids) < n {
			ids = append(ids, id)
		} else if k := r.IntN(seen); k < n {
			ids[k] = id
		}
		return true
	})
	r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids, err
}
