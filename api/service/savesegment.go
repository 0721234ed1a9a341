package service

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/store"
)

// A segmentSave is a segment to be saved, and what has to be there for it.
type segmentSave struct {
	store.Segment
	there        *bool // the key must be taken, or free; nil: either
	ifMatch      string
	restoredFrom int // the version that this is; 0: none
}

// A savedSegment is a segment as it was saved.
type savedSegment struct {
	store.Segment
	status string // Created, Updated or Unchanged
}

// SaveSegment adds a segment or replaces the one with its key, see save.
func (s *Service) SaveSegment(ctx context.Context, seg store.Segment) (store.Segment, error) {
	saved, err := s.save(ctx, segmentSave{Segment: seg})
	return saved.Segment, err
}

// save keeps a segment's filter as its author wrote it, comments and all. It
// refuses, all at once, parts that are none (CodeInvalidValue) and, as
// CodeInvalidFilter or what refuseFilter says, with the diagnostics, a filter
// that would not compile once it is saved: one that refers to itself, if through
// others, is segment_cycle. It also refuses a change after which another
// segment, which refers to this one, would not compile any more: the error's
// Values name each of those. Where filter and zone stay as they are, they are
// not checked again, so that a broken segment can be renamed. What changes
// nothing makes no version. Saves go one at a time.
// Cost: the filter is compiled, and those of the segments that refer to it.
func (s *Service) save(ctx context.Context, w segmentSave) (savedSegment, error) {
	s.saving.Lock()
	defer s.saving.Unlock()
	c := s.catalog()
	old, err := s.expected(c, w)
	if err != nil {
		return savedSegment{}, err
	}
	faults := faultsOf(w.Segment)
	var refusal *Error
	if old == nil || old.Filter != w.Filter || old.Segment.Zone != w.Zone {
		checked := w.Segment
		if slices.ContainsFunc(faults, func(f schema.ValueError) bool { return f.Field == "key" }) {
			checked.Key = "graph" // which no other segment has, where this one's key is none
		}
		if refusal, err = s.checkSaved(ctx, checked, c); err != nil {
			return savedSegment{}, err
		}
	}
	switch {
	case len(faults) > 0 && refusal != nil:
		values := append(faults, refusal.Values...)
		diagnostics := refusal.Diagnostics
		refusal = refuseValues(values)
		refusal.Diagnostics = diagnostics
		return savedSegment{}, refusal
	case len(faults) > 0:
		return savedSegment{}, refuseValues(faults)
	case refusal != nil:
		return savedSegment{}, refusal
	case old != nil && sameSegment(old.Segment, w.Segment):
		return savedSegment{old.Segment, Unchanged}, nil
	}
	w.Author = store.Author{TokenID: s.caller.TokenID, Name: s.caller.Name}
	var kept store.Segment
	_, err = s.store.Update(ctx, func(tx *store.Tx) error {
		kept, err = s.putSegment(tx, w)
		return err
	})
	switch {
	case errors.Is(err, store.ErrTooManySegments):
		return savedSegment{}, refuse(CodeInvalidValue, fmt.Sprintf("セグメントは %d 個までです。使わないものを削除してください。", store.MaxSegments),
			fmt.Sprintf("there are %d segments already, which is the most; delete some that are not used", store.MaxSegments))
	case err != nil:
		return savedSegment{}, fmt.Errorf("save the segment: %w", refuseStore(err))
	case old == nil:
		return savedSegment{kept, Created}, nil
	}
	return savedSegment{kept, Updated}, nil
}

// expected is the segment that a save replaces, nil for none, where that is as
// the caller believes.
func (s *Service) expected(c *catalog, w segmentSave) (*entry, error) {
	old := c.byKey[w.Key]
	switch {
	case w.there == nil && old == nil:
		return nil, nil
	case w.there != nil && !*w.there && old != nil:
		return nil, refuse(CodeExists, fmt.Sprintf("セグメント「%s」はすでにあります。変更するには PUT を使ってください。", w.Key),
			fmt.Sprintf("there is a segment %s already; PUT changes it", w.Key))
	case w.there != nil && *w.there && old == nil:
		return nil, refuseSegmentNotFound(w.Key)
	case old == nil:
		return nil, nil
	}
	return old, s.mayChange(c, old, w.ifMatch)
}

// mayChange refuses to change a segment that the caller has not seen: it uses
// fields that are not for it, or it was changed meanwhile.
func (s *Service) mayChange(c *catalog, e *entry, ifMatch string) error {
	if s.access(c, e) != dsl.Open {
		return refuseRestricted(e.Key)
	}
	if ifMatch != "" && !TagMatches(ifMatch, s.segmentTag(e.Segment)) {
		return refuse(CodePreconditionFailed, "セグメントはその間に変更されています。読み直してからもう一度保存してください。",
			"the segment is not as If-Match says: read it again and repeat the change")
	}
	return nil
}

func refuseSegmentNotFound(key string) *Error {
	return refuse(CodeNotFound, fmt.Sprintf("セグメント「%s」はありません。", key), fmt.Sprintf("there is no segment %s", key))
}

func refuseRestricted(key string) *Error {
	return refuse(CodeForbidden, fmt.Sprintf("セグメント「%s」は、このトークンでは見られない項目を使っています。", key),
		fmt.Sprintf("the segment %s uses fields that are not for your role", key))
}

// sameSegment compares what a person sets.
func sameSegment(a, b store.Segment) bool { return len(changedParts(a, b)) == 0 }

// checkSaved compiles what a saved segment changes: itself, as a filter of the
// caller's and where a filter refers to it, and the segments that refer to it.
// It gives the refusal, or nil.
func (s *Service) checkSaved(ctx context.Context, seg store.Segment, c *catalog) (*Error, error) {
	own := &entry{Segment: seg}
	if zone, err := s.zones.load(seg.Zone); err == nil {
		own.zone = zone
	}
	env := s.env(asked{fields: s.fields(), now: s.clock(), zone: c.zone})
	env.Segments = replaced(env.Segments, seg.Key, own.compilable(s.fields(), dsl.Open))
	if _, diagnostics := dsl.Compile(seg.Filter, env.Within(own.compilable(s.fields(), dsl.Open))); dsl.HasErrors(diagnostics) {
		return refuseFilter(diagnostics), nil
	}
	before := c.env(s.clock())
	after := before
	after.Segments = replaced(before.Segments, seg.Key, own.compilable(c.fields, dsl.Open))
	var faults []schema.ValueError
	for _, key := range append([]string{seg.Key}, c.dependents(seg.Key)...) {
		if ctx.Err() != nil {
			return nil, refuseEngine(ctx.Err())
		}
		wrong := referred(key, after)
		if wrong != nil && (key == seg.Key || referred(key, before) == nil) {
			faults = append(faults, brokenBy(seg.Key, key, *wrong))
		}
	}
	if len(faults) == 0 {
		return nil, nil
	}
	return &Error{Code: CodeInvalidFilter, Message: faults[0].Message, Values: faults}, nil
}

// replaced finds segments with one in the place of another.
func replaced(find func(string) (dsl.Segment, bool), key string, by dsl.Segment) func(string) (dsl.Segment, bool) {
	return func(asked string) (dsl.Segment, bool) {
		if asked == key {
			return by, true
		}
		return find(asked)
	}
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
