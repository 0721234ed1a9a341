package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/memindex"
)

// bruteForce is an index that looks at every customer for every question: all
// of the store in memory, at some 2.5 KB a customer.
type bruteForce struct{ backend index.Backend }

// Snapshot is that of the moment when it was filled.
func (b bruteForce) Snapshot(ctx context.Context, _ uint64) (index.Snapshot, error) {
	return b.backend.Snapshot(ctx)
}

func (p *benchPhase) bruteForce(ctx context.Context) (bruteForce, error) {
	var all []schema.Record
	seq, err := p.store.Scan(ctx, func(r schema.Record) error {
		all = append(all, r)
		return nil
	})
	if err != nil {
		return bruteForce{}, fmt.Errorf("read all customers: %w", err)
	}
	b := bruteForce{memindex.New()}
	batch := index.Batch{Position: index.Position{Epoch: p.store.Epoch(), Seq: seq}, Fields: p.store.Fields(), Upserts: all}
	return b, b.backend.Apply(ctx, batch)
}

// verify asks every question of the engine and of brute force, at one instant:
// the same number of customers must match, and the same ones come first.
func (p *benchPhase) verify(ctx context.Context) error {
	p.tell("すべての答えを総当たりと比べています…", "comparing every answer with a look at every customer…")
	brute, err := p.bruteForce(ctx)
	if err != nil {
		return err
	}
	slow := service.New(service.Config{Store: p.store, Index: brute, Clock: p.clock})
	defer slow.Close()
	p.report.Verified = &benchVerified{}
	for _, q := range benchQuestions() {
		for _, offset := range []int{0, p.store.Len() / 2} {
			ask := q.ask
			ask.Now, ask.Offset = p.clock().UTC().Format(time.RFC3339), offset
			same, err := sameAnswer(ctx, p.Service, slow, ask)
			if err != nil {
				return err
			}
			p.report.Verified.Answers++
			if !same {
				p.report.Verified.Different = append(p.report.Verified.Different, fmt.Sprintf("%s, offset %d", q.name, offset))
			}
		}
	}
	return nil
}

func sameAnswer(ctx context.Context, a, b *service.Service, ask service.SearchRequest) (bool, error) {
	x, err := a.Search(ctx, ask)
	if err != nil {
		return false, err
	}
	y, err := b.Search(ctx, ask)
	if err != nil {
		return false, err
	}
	ids := func(answer service.SearchAnswer) (ids []string) {
		for _, r := range answer.Records {
			ids = append(ids, r.ID())
		}
		return ids
	}
	return x.Total == y.Total && slices.Equal(ids(x), ids(y)), nil
}
