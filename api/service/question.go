package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// A Question is what every way of asking has in common.
type Question struct {
	Filter   string
	Q        string // quick search; several lines are a list
	TimeZone string // IANA name; "": the workspace's
	Now      string // ISO 8601; "": the clock's. What now and today mean.
	MinSeq   uint64 // the answer sees this write, or is refused as CodeIndexing
}

// An asked question is bound: a zone, an instant, and one expression.
type asked struct {
	where    expr.Expr
	search   expr.Expr // of Q alone; nil where there is none
	quick    expr.Expr // of Q alone, where it is a list; else nil
	lines    []string  // the distinct lines of Q where it is a list
	bound    []dsl.Binding
	compiled dsl.Compiled // of the filter alone, for lint
	warnings []dsl.Diagnostic
	now      time.Time
	zone     *time.Location
	fields   *schema.Fields
	env      dsl.Env // of the filter; its segments stay as they were first found
	segments []byte  // tells those that the filter refers to from later versions of them; nil: it refers to none
}

// ask compiles a question. All faults of the filter and of Q are told at once.
func (s *Service) ask(q Question) (asked, error) {
	s.asking.note(s.clock())
	a := asked{fields: s.fields()}
	var err error
	if a.zone, err = s.zoneNamed(q.TimeZone); err != nil {
		return asked{}, err
	}
	if a.now, err = s.instant(q.Now, a.zone); err != nil {
		return asked{}, err
	}
	env := s.env(a)
	segments := &segmentReader{find: env.Segments}
	env.Segments = segments.segment
	compiled, diagnostics := s.filters.Compile(q.Filter, env)
	a.compiled = compiled
	var quick dsl.Quick
	if strings.TrimSpace(q.Q) != "" {
		var more []dsl.Diagnostic
		quick, more = dsl.QuickSearch(q.Q, env)
		diagnostics = slices.Concat(diagnostics, more) // the cache's own list stays as it is
	}
	if dsl.HasErrors(diagnostics) {
		return asked{}, refuseFilter(diagnostics)
	}
	a.where, a.bound, a.warnings, a.env, a.segments = compiled.Expr, compiled.Bound, diagnostics, env, segments.fingerprint()
	if a.search = quick.Expr; a.search != nil {
		a.where = expr.Simplify(expr.And{Of: []expr.Expr{compiled.Expr, a.search}})
	}
	if quick.Lines != nil {
		a.quick, a.lines = quick.Expr, quick.Lines
	}
	return a, nil
}

// env is what a filter is compiled against: all segments of one moment.
func (s *Service) env(a asked) dsl.Env {
	c := s.catalog()
	return dsl.Env{Fields: a.fields, Now: a.now, Zone: a.zone, WeekStart: c.weekStart, Segments: s.find(c),
		SegmentNames: func() []dsl.SegmentName { return s.names(c) }}
}

func (s *Service) zoneNamed(name string) (*time.Location, error) {
	if name == "" {
		return s.zone(), nil
	}
	if zone, err := s.zones.load(name); err == nil {
		return zone, nil
	}
	return nil, refuseParameter("timeZone", "unknown_zone",
		"そのタイムゾーンはありません。Asia/Tokyo のように書いてください。", "there is no such time zone; write one like Asia/Tokyo")
}

func (s *Service) instant(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return s.clock().In(zone), nil
	}
	span, ok := schema.ParseDate(text, zone)
	if !ok {
		return time.Time{}, refuseParameter("now", schema.CodeBadDate,
			"now は 2026-11-23T00:00:00Z のように書いてください。", "now is not a date; write one like 2026-11-23T00:00:00Z")
	}
	return time.UnixMilli(span.Start).In(zone), nil
}

// MinSeqWait is how long a read waits for the write that it asks to see.
const MinSeqWait = 2 * time.Second

// snapshot pins the index at minSeq or later. The caller releases it.
func (s *Service) snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	waiting, stop := context.WithTimeout(ctx, MinSeqWait)
	defer stop()
	snap, err := s.index.Snapshot(waiting, minSeq)
	if err == nil {
		return snap, nil
	}
	s.held.sweep() // an index that is to be opened again waits for what is held of it
	if ctx.Err() != nil {
		return nil, refuseEngine(ctx.Err())
	}
	e := refuse(CodeIndexing, "検索の準備ができていません。少し待ってからもう一度試してください。",
		"the index is not ready to answer; try again in a moment")
	if s.status().State == StateReady {
		e.Message = schema.Words{JA: "minSeq の書き込みはまだ検索に反映されていません。少し待ってからもう一度試してください。",
			EN: "the index has not reached the write that minSeq names; try again in a moment"}
	}
	e.cause = err
	return nil, e
}

// refuseEngine turns what an engine or a context says into a refusal where a
// caller can act on it.
func refuseEngine(err error) error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		e = refuse(CodeTimeout, "時間内に答えられませんでした。条件を絞ってください。", "the question took too long; narrow it")
	case errors.Is(err, index.ErrBadQuery):
		e = refuse(CodeBadRequest, "その並べ替えや件数では検索できません。", err.Error())
	case errors.Is(err, index.ErrClosed), errors.Is(err, index.ErrDamaged), errors.Is(err, index.ErrBroken):
		e = refuse(CodeIndexing, "検索の準備ができていません。", "the index is not ready to answer")
	default:
		return fmt.Errorf("ask the index: %w", err)
	}
	e.cause = err
	return e
}
