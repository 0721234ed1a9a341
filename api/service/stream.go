package service

import (
	"context"
	"encoding/json"

	"meibo/dsl/schema"
	"meibo/index"
)

// A stream reads the records of its rows in groups, each in one read of the
// store: few at first, so that the first row leaves within a millisecond.
const (
	firstGroup = 16
	laterGroup = 256 // some 300 KB of records
)

// Stream yields every match in order, all from one state of the index, until
// yield returns an error, which Stream returns, or ctx ends. Limit, Offset and
// Cursor say where to begin and nothing else. The JSON is valid until yield
// returns. It holds one group of rows at a time, and where only ids are asked
// for it reads nothing from the store.
func (s *Service) Stream(ctx context.Context, r SearchRequest, yield func(schema.Record, json.RawMessage) error) error {
	if len(r.Facets) > 0 {
		return refuseParameter("facets", "conflict", "NDJSON では facets を返せません。", "a stream has no facets")
	}
	p, err := s.plan(&r)
	if err != nil {
		return err
	}
	snap, err := s.streamed(ctx, r, p)
	if err != nil {
		return err
	}
	defer snap.Release()
	g := group{service: s, chosen: p.chosen, layout: s.layout(p.chosen), yield: yield, size: firstGroup}
	var failed error
	err = snap.Walk(ctx, p.query, func(h index.Hit) bool {
		g.hits = append(g.hits, index.Hit{Key: index.Key{ID: h.ID}})
		if len(g.hits) == g.size {
			failed = g.send(ctx)
		}
		return failed == nil
	})
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return refuseEngine(err)
	}
	return g.send(ctx)
}

// streamed is the state that a stream sees: a stream's answer names none, so
// the newest is not held.
func (s *Service) streamed(ctx context.Context, r SearchRequest, p planned) (index.Snapshot, error) {
	if p.state == nil {
		return s.snapshot(ctx, r.MinSeq)
	}
	return s.state(ctx, r, p)
}

// A group is the rows that a stream sends next.
type group struct {
	service *Service
	chosen  map[string]bool
	layout  *schema.Layout
	yield   func(schema.Record, json.RawMessage) error
	size    int
	hits    []index.Hit // their ids
	row     []byte
}

// send reads the rows and yields them.
func (g *group) send(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return refuseEngine(err)
	}
	records, err := g.service.rows(g.hits, g.chosen)
	if err != nil {
		return err
	}
	for _, record := range records {
		g.row = g.layout.Append(g.row[:0], record)
		if err := g.yield(record, g.row); err != nil {
			return err
		}
	}
	g.hits, g.size = g.hits[:0], laterGroup
	return nil
}
