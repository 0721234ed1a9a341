package service

import (
	"context"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// A CompleteRequest is a filter as it is being written; the zone and now as in
// Question.
type CompleteRequest struct {
	Filter   string
	Cursor   *int // in UTF-16 code units; nil, or beyond the end: the end
	TimeZone string
	Now      string
}

func (r CompleteRequest) offset() int {
	if r.Cursor == nil {
		return len(r.Filter)
	}
	return dsl.ByteOffset(r.Filter, *r.Cursor)
}

// Complete says what may stand at the cursor. It refuses no filter, and where
// the index cannot answer at once it offers everything but values.
func (s *Service) Complete(ctx context.Context, r CompleteRequest) (dsl.Completion, error) {
	a, err := s.at(r.TimeZone, r.Now)
	if err != nil {
		return dsl.Completion{}, err
	}
	data, done := s.hints(ctx)
	defer done()
	return dsl.Complete(r.Filter, r.offset(), s.env(a), data.values), nil
}

// A HoverAnswer is what stands under the cursor. Found is false, and all the
// rest left out, where there is nothing to say.
type HoverAnswer struct {
	Found   bool          `json:"found"`
	Range   *dsl.Span     `json:"range,omitempty"`
	Title   string        `json:"title,omitempty"`
	Text    *schema.Words `json:"text,omitempty"`
	Field   *schema.Field `json:"field,omitempty"`
	Count   *int          `json:"count,omitempty" doc:"Customers that have the field or the value, or are in the segment."`
	Example string        `json:"example,omitempty" doc:"A value of the field, as the language writes it."`
}

// Hover describes what stands under the cursor; counts and examples are left
// out where the index cannot answer at once.
func (s *Service) Hover(ctx context.Context, r CompleteRequest) (HoverAnswer, error) {
	a, err := s.at(r.TimeZone, r.Now)
	if err != nil {
		return HoverAnswer{}, err
	}
	data, done := s.hints(ctx)
	defer done()
	h, found := dsl.Hover(r.Filter, r.offset(), s.env(a), dsl.HoverData{Count: data.count, Example: data.example})
	if !found {
		return HoverAnswer{}, nil
	}
	return HoverAnswer{Found: true, Range: &h.Range, Title: h.Title, Text: &h.Text, Field: h.Field, Count: h.Count, Example: h.Example}, nil
}

// at is a question's zone and instant alone.
func (s *Service) at(zone, now string) (a asked, err error) {
	a.fields = s.fields()
	if a.zone, err = s.zoneNamed(zone); err != nil {
		return asked{}, err
	}
	a.now, err = s.instant(now, a.zone)
	return a, err
}

// hintTime is how long a person who types waits for figures; without them the
// rest is still of use.
const hintTime = 250 * time.Millisecond

// hints ask the data for one completion or hover. The index is pinned when
// something is asked of it, so that most completions cost it nothing.
type hints struct {
	service *Service
	ctx     context.Context
	snap    index.Snapshot // nil: not pinned
}

// hints must be done with before its context is.
func (s *Service) hints(ctx context.Context) (*hints, func()) {
	ctx, stop := context.WithTimeout(ctx, hintTime)
	h := &hints{service: s, ctx: ctx}
	return h, func() {
		if h.snap != nil {
			h.snap.Release()
		}
		stop()
	}
}

// snapshot pins the index; nil when it is not ready.
func (h *hints) snapshot() index.Snapshot {
	if h.snap == nil && h.service.status().Answers() {
		if snap, err := h.service.index.Snapshot(h.ctx, 0); err == nil {
			h.snap = snap
		}
	}
	return h.snap
}

// values are a field's values, written as in a record that has them.
func (h *hints) values(f schema.Field, prefix string, limit int) []dsl.ValueCount {
	if f.Kind == schema.Boolean {
		return h.truths(f)
	}
	snap := h.snapshot()
	if snap == nil {
		return nil
	}
	const most = 2 * dsl.MaxCandidates // each costs reading a record
	page, err := snap.Values(h.ctx, index.ValuesQuery{Field: f.Key, Kind: f.Kind, Prefix: prefix, Limit: min(max(limit, 1), most)})
	if err != nil {
		return nil
	}
	written := h.service.asWritten(f, page.Values)
	list := make([]dsl.ValueCount, len(page.Values))
	for i, v := range page.Values {
		list[i] = dsl.ValueCount{Value: written[i], Count: v.Count}
	}
	return list
}

func (h *hints) truths(f schema.Field) []dsl.ValueCount {
	var list []dsl.ValueCount
	for _, truth := range []bool{true, false} {
		if n, ok := h.count(expr.Boolean{Field: f.Key, Value: truth}); ok {
			list = append(list, dsl.ValueCount{Value: schema.Bool(truth), Count: n})
		}
	}
	return list
}

func (h *hints) count(e expr.Expr) (int, bool) {
	snap := h.snapshot()
	if snap == nil {
		return 0, false
	}
	n, err := snap.Count(h.ctx, e)
	return n, err == nil
}

// example is a value that many customers have; of dates, anyone's.
func (h *hints) example(f schema.Field) (schema.Value, bool) {
	switch f.Kind {
	case schema.Boolean:
		return schema.Bool(true), true
	case schema.Date:
		return h.anyones(f)
	}
	common := h.values(f, "", 1)
	if len(common) == 0 {
		return schema.Value{}, false
	}
	return common[0].Value, true
}

// anyones is the value of the first customer found who has one.
func (h *hints) anyones(f schema.Field) (schema.Value, bool) {
	snap, id := h.snapshot(), ""
	if snap == nil {
		return schema.Value{}, false
	}
	err := snap.IDs(h.ctx, expr.Present{Field: f.Key}, func(found string) bool {
		id = found
		return false
	})
	if err != nil || id == "" {
		return schema.Value{}, false
	}
	c, err := h.service.store.Customer(id)
	v := c.Record.Get(f.Key)
	return v, err == nil && !v.IsMissing()
}
