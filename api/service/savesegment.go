package service

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/store"
)

// SaveSegment adds a segment or replaces the one with its key, with the filter
// as its author wrote it, comments and all. It refuses a key or a zone that is
// none (CodeInvalidValue), and as CodeInvalidFilter, with the diagnostics, a
// filter that would not compile once it is saved: one that refers to itself,
// if through others, is segment_cycle. It also refuses a change after which
// another segment, which refers to this one, would not compile any more: the
// error's Values name each of those. Saves go one at a time.
// Cost: every segment is parsed, and those that refer to this one compiled.
func (s *Service) SaveSegment(ctx context.Context, seg store.Segment) (store.Segment, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	if faults := faultsOf(seg); len(faults) > 0 {
		return store.Segment{}, refuseValues(faults)
	}
	all, err := s.store.Segments()
	if err != nil {
		return store.Segment{}, fmt.Errorf("read the segments: %w", err)
	}
	if err := s.checkSaved(ctx, seg, all); err != nil {
		return store.Segment{}, err
	}
	if err := s.store.PutSegment(seg); err != nil {
		return store.Segment{}, fmt.Errorf("save the segment: %w", err)
	}
	return s.store.Segment(seg.Key)
}

func faultsOf(seg store.Segment) []schema.ValueError {
	var faults []schema.ValueError
	unreadable := strings.ContainsFunc(seg.Key, unicode.IsControl) || !utf8.ValidString(seg.Key) || schema.Fold(seg.Key) == ""
	if unreadable || len(seg.Key) > store.MaxSegmentKey {
		faults = append(faults, schema.ValueError{Field: "key", Code: "bad_key", Message: schema.Words{
			JA: fmt.Sprintf("セグメントのキーは 1～%d バイトの文字列で、制御文字は使えません。", store.MaxSegmentKey),
			EN: fmt.Sprintf("a segment's key is a text of 1 to %d bytes without control characters", store.MaxSegmentKey)}})
	}
	if _, err := time.LoadLocation(seg.Zone); err != nil || seg.Zone == "Local" {
		faults = append(faults, schema.ValueError{Field: "zone", Code: "unknown_zone", Message: schema.Words{
			JA: "そのタイムゾーンはありません。Asia/Tokyo のように書いてください。", EN: "there is no such time zone; write one like Asia/Tokyo"}})
	}
	return faults
}

// checkSaved compiles what a saved segment changes: itself, as a filter and
// where a filter refers to it, and the segments that refer to it.
func (s *Service) checkSaved(ctx context.Context, seg store.Segment, all []store.Segment) error {
	before, after := map[string]dsl.Segment{}, map[string]dsl.Segment{}
	for _, one := range all {
		before[one.Key] = s.compilable(one)
		after[one.Key] = before[one.Key]
	}
	after[seg.Key] = s.compilable(seg)
	env := s.env(asked{fields: s.store.Fields(), now: s.clock(), zone: s.zone()})
	env.Segments = func(key string) (dsl.Segment, bool) { one, ok := after[key]; return one, ok }
	if _, diagnostics := dsl.Compile(seg.Filter, env.Within(after[seg.Key])); dsl.HasErrors(diagnostics) {
		return refuseFilter(diagnostics)
	}
	old := env
	old.Segments = func(key string) (dsl.Segment, bool) { one, ok := before[key]; return one, ok }
	var faults []schema.ValueError
	for _, key := range append([]string{seg.Key}, dependents(seg.Key, after)...) {
		if ctx.Err() != nil {
			return refuseEngine(ctx.Err())
		}
		wrong := referred(key, env)
		if wrong != nil && (key == seg.Key || referred(key, old) == nil) {
			faults = append(faults, brokenBy(seg.Key, key, *wrong))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalidFilter, Message: faults[0].Message, Values: faults}
}

// referred is the error of a filter that refers to a segment; nil when there
// is none.
func referred(key string, env dsl.Env) *dsl.Diagnostic {
	_, diagnostics := dsl.Compile("segment("+expr.Quote(key)+")", env)
	for _, d := range diagnostics {
		if d.Severity == dsl.Error {
			return &d
		}
	}
	return nil
}

func brokenBy(changed, key string, wrong dsl.Diagnostic) schema.ValueError {
	message := wrong.Message
	if key != changed {
		message = schema.Words{
			JA: fmt.Sprintf("このセグメントを参照しているセグメント「%s」が使えなくなります。%s", key, wrong.Message.JA),
			EN: fmt.Sprintf("the segment %s, which refers to this one, would not work any more: %s", key, wrong.Message.EN)}
	}
	return schema.ValueError{Field: "filter", Code: wrong.Code, Message: message}
}

// dependents are the segments that refer to one, if through others, nearest
// first; those that are as near in the order of their keys.
func dependents(key string, all map[string]dsl.Segment) []string {
	referring := map[string][]string{}
	for _, from := range slices.Sorted(maps.Keys(all)) {
		for _, to := range dsl.References(all[from].Filter) {
			referring[to] = append(referring[to], from)
		}
	}
	seen := map[string]bool{key: true}
	var list []string
	for next := []string{key}; len(next) > 0; next = next[1:] {
		for _, from := range referring[next[0]] {
			if !seen[from] {
				seen[from] = true
				list, next = append(list, from), append(next, from)
			}
		}
	}
	return list
}
