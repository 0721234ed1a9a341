package service

import (
	"context"
	"fmt"
	"slices"

	"meibo/dsl"
	"meibo/dsl/match"
	"meibo/dsl/schema"
	"meibo/store"
)

// usable finds a segment that the caller may use and that can be used.
func (s *Service) usable(c *catalog, m moment, key string) (*entry, match.Matcher, error) {
	e := c.byKey[key]
	if e == nil {
		return nil, nil, refuseSegmentNotFound(key)
	}
	access := s.access(c, e)
	if access == dsl.Closed {
		return nil, nil, refuseRestricted(key)
	}
	matcher, broken := m.matcher(e.place)
	if broken != nil {
		broken = s.shown(broken, access != dsl.Open)
		return nil, nil, &Error{Code: broken.Code, Message: broken.Message}
	}
	return e, matcher, nil
}

// A SegmentCount says how many customers are in a segment.
type SegmentCount struct {
	CountAnswer
	Now string `json:"now" doc:"The moment for which its relative dates were worked out."`
}

// CountSegment counts the customers in a segment, as a search finds them.
func (s *Service) CountSegment(ctx context.Context, key string, minSeq uint64) (SegmentCount, error) {
	now := s.clock().In(s.zone())
	c := s.catalog()
	if _, _, err := s.usable(c, c.compiled(now).at(now), key); err != nil {
		return SegmentCount{}, err
	}
	answer, err := s.Count(ctx, Question{Filter: referenceTo(key), Now: instantText(now.UnixMilli()), MinSeq: minSeq})
	return SegmentCount{answer, now.Format(instantForm)}, err
}

// SegmentCustomers are the customers in a segment: a search with it as the
// filter. Who may not read customers gets their ids, in the order of the ids.
func (s *Service) SegmentCustomers(ctx context.Context, key string, r SearchRequest) (SearchAnswer, error) {
	now := s.clock()
	c := s.catalog()
	if _, _, err := s.usable(c, c.compiled(now).at(now), key); err != nil {
		return SearchAnswer{}, err
	}
	r.Filter = referenceTo(key)
	if !s.caller.May(Read) {
		if r.Sort != "" && r.Sort != schema.IDField || r.Fields != nil && !slices.Equal(r.Fields, []string{schema.IDField}) || r.Now != "" {
			return SearchAnswer{}, refuse(CodeForbidden, "このトークンでは、セグメントの顧客の ID だけを取得できます。fields、sort、now は付けないでください。",
				"this token gets only the ids of a segment's customers: leave out fields, sort and now")
		}
		r.Sort, r.Fields = schema.IDField, []string{schema.IDField}
	}
	return s.Search(ctx, r)
}

// A Contains says whether a customer is in a segment.
type Contains struct {
	Contains bool   `json:"contains"`
	Seq      uint64 `json:"seq" doc:"Every write up to this one is seen."`
	Now      string `json:"now" doc:"The moment for which its relative dates were worked out."`
}

// SegmentContains asks whether a customer is in a segment, of the stored
// record: it sees every write that was acknowledged before.
func (s *Service) SegmentContains(_ context.Context, key, customer string) (Contains, error) {
	now, seq := s.clock().In(s.zone()), s.store.Seq()
	c := s.catalog()
	m := c.compiled(now).at(now)
	_, matcher, err := s.usable(c, m, key)
	if err != nil {
		return Contains{}, err
	}
	record, err := s.stored(customer)
	if err != nil {
		return Contains{}, err
	}
	return Contains{m.record(record.Record).Match(matcher), seq, now.Format(instantForm)}, nil
}

// MaxContainsIDs bounds one ContainsMany.
const MaxContainsIDs = 10_000

// A ContainsMany says which of some customers are in a segment.
type ContainsMany struct {
	Contained []string `json:"contained" nullable:"false" doc:"Those that are in the segment, in the order of the request."`
	Missing   []string `json:"missing" nullable:"false" doc:"Those that are no customers, or not any more."`
	Seq       uint64   `json:"seq" doc:"Every write up to this one is seen."`
	Now       string   `json:"now" doc:"The moment for which its relative dates were worked out."`
}

// containsChunk is how many records are read at a time.
const containsChunk = 500

// SegmentContainsMany is SegmentContains for many customers; an id that stands
// there twice is answered twice.
func (s *Service) SegmentContainsMany(ctx context.Context, key string, ids []string) (ContainsMany, error) {
	if len(ids) > MaxContainsIDs {
		return ContainsMany{}, refuseParameter("ids", "too_many",
			fmt.Sprintf("ids は %d 件までです（%d 件あります）。", MaxContainsIDs, len(ids)), fmt.Sprintf("at most %d ids, not %d", MaxContainsIDs, len(ids)))
	}
	now := s.clock().In(s.zone())
	answer := ContainsMany{Contained: []string{}, Missing: []string{}, Seq: s.store.Seq(), Now: now.Format(instantForm)}
	c := s.catalog()
	m := c.compiled(now).at(now)
	_, matcher, err := s.usable(c, m, key)
	if err != nil {
		return ContainsMany{}, err
	}
	for chunk := range slices.Chunk(ids, containsChunk) {
		if err := ctx.Err(); err != nil {
			return ContainsMany{}, refuseEngine(err)
		}
		customers, err := s.store.Customers(chunk)
		if err != nil {
			return ContainsMany{}, fmt.Errorf("read customers: %w", err)
		}
		for i, customer := range customers {
			switch {
			case customer.Record.Len() == 0:
				answer.Missing = append(answer.Missing, chunk[i])
			case m.record(customer.Record).Match(matcher):
				answer.Contained = append(answer.Contained, chunk[i])
			}
		}
	}
	return answer, nil
}

// A SegmentName is how a segment is known.
type SegmentName struct {
	Key  string       `json:"key"`
	Name schema.Words `json:"name"`
}

// An UnusableSegment is one of which nobody can say whether a customer is in
// it.
type UnusableSegment struct {
	SegmentName
	Broken
}

// CustomerSegments are the segments of one customer.
type CustomerSegments struct {
	Segments []SegmentName     `json:"segments" nullable:"false" doc:"Those that the customer is in, in the order of their keys."`
	Unusable []UnusableSegment `json:"unusable" nullable:"false" doc:"Those that are broken, and with the code forbidden those that are not for the caller."`
	Seq      uint64            `json:"seq" doc:"Every write up to this one is seen."`
	Now      string            `json:"now" doc:"The moment for which relative dates were worked out."`
}

// SegmentsOf are all segments that a customer is in, of the stored record: right
// after its write. Cost: some 0.1 µs a segment.
func (s *Service) SegmentsOf(_ context.Context, customer string) (CustomerSegments, error) {
	seq := s.store.Seq()
	record, err := s.stored(customer)
	if err != nil {
		return CustomerSegments{}, err
	}
	answer := s.segmentsOf(record)
	answer.Seq = seq
	return answer, nil
}

func (s *Service) segmentsOf(customer store.Customer) CustomerSegments {
	now := s.clock().In(s.zone())
	answer := CustomerSegments{Segments: []SegmentName{}, Unusable: []UnusableSegment{}, Now: now.Format(instantForm)}
	c := s.catalog()
	answer.Segments = make([]SegmentName, 0, len(c.list)/4)
	m := c.compiled(now).at(now)
	subject := m.record(customer.Record)
	for i, e := range c.list {
		access := s.access(c, e)
		matcher, broken := m.matcher(i)
		switch {
		case access == dsl.Closed:
			refusal := refuseRestricted(e.Key)
			answer.Unusable = append(answer.Unusable, UnusableSegment{SegmentName{e.Key, e.Name}, Broken{refusal.Code, refusal.Message}})
		case broken != nil:
			answer.Unusable = append(answer.Unusable, UnusableSegment{SegmentName{e.Key, e.Name}, *s.shown(broken, access != dsl.Open)})
		case subject.Match(matcher):
			answer.Segments = append(answer.Segments, SegmentName{e.Key, e.Name})
		}
	}
	return answer
}
