package service

import (
	"context"
	"time"
)

// A CountAnswer says how many customers match.
type CountAnswer struct {
	Total  int     `json:"total"`
	Seq    uint64  `json:"seq"`
	Stale  bool    `json:"stale,omitempty" doc:"The index that answered is being replaced: the answer may miss changes."`
	TookMs float64 `json:"tookMs"`
}

// Count counts the matches of a question.
func (s *Service) Count(ctx context.Context, q Question) (CountAnswer, error) {
	a, err := s.ask(q)
	if err != nil {
		return CountAnswer{}, err
	}
	snap, err := s.snapshot(ctx, q.MinSeq)
	if err != nil {
		return CountAnswer{}, err
	}
	defer snap.Release()
	began := time.Now()
	total, err := snap.Count(ctx, a.where)
	if err != nil {
		return CountAnswer{}, refuseEngine(err)
	}
	return CountAnswer{Total: total, Seq: snap.Position().Seq, Stale: s.status().Stale,
		TookMs: milliseconds(time.Since(began))}, nil
}

// instantForm writes an instant with its milliseconds and offset.
const instantForm = "2006-01-02T15:04:05.000Z07:00"

// orEmpty makes a nil list travel as [] and not as null.
func orEmpty[E any](list []E) []E {
	if list == nil {
		return []E{}
	}
	return list
}
