package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
	"meibo/store"
)

// A SegmentAnswer is a segment as it travels. Who may only use segments gets
// key and name; who may not see all of its fields gets no filter.
type SegmentAnswer struct {
	Key         string        `json:"key"`
	Name        schema.Words  `json:"name"`
	Description *schema.Words `json:"description,omitempty"`
	Filter      *string       `json:"filter,omitempty" doc:"As its author wrote it, comments and all; left out where it is restricted."`
	Formatted   string        `json:"formatted,omitempty" doc:"The filter in canonical form; not in lists."`
	TimeZone    string        `json:"timeZone,omitempty" doc:"IANA name of the zone that rules its dates; left out: the request's, or the workspace's."`
	Folder      string        `json:"folder,omitempty"`
	Colour      string        `json:"colour,omitempty"`
	Version     int           `json:"version,omitempty"`
	Author      *store.Author `json:"author,omitempty" doc:"Whose token saved this version."`
	CreatedAt   time.Time     `json:"createdAt,omitzero"`
	UpdatedAt   time.Time     `json:"updatedAt,omitzero"`

	Restricted bool     `json:"restricted,omitempty" doc:"It uses fields that are not for the caller's role: its filter is not shown, and only a token with segment:use can use it."`
	Broken     *Broken  `json:"broken,omitempty" doc:"It cannot be used until it is mended: its field was hidden or deleted, or its filter does not compile any more."`
	Fields     []string `json:"fields,omitempty" nullable:"false" doc:"Fields that it reads, also through other segments."`
	Uses       []string `json:"uses,omitempty" nullable:"false" doc:"Segments that its filter refers to."`
	UsedBy     []string `json:"usedBy,omitempty" nullable:"false" doc:"Segments whose filters refer to it."`

	Status   string           `json:"status,omitempty" enum:"created,updated,unchanged" doc:"Of a save."`
	Warnings []dsl.Diagnostic `json:"warnings,omitempty" nullable:"false" doc:"Of a save: what is doubtful about the filter."`

	ETag string `json:"-"`
}

// A SegmentRequest is a segment to be created or to replace another.
type SegmentRequest struct {
	Key         string
	Name        schema.Words
	Description schema.Words
	Filter      string
	TimeZone    string
	Folder      string
	Colour      string
	Format      bool // keep the canonical form of the filter instead of what was written
	IfMatch     string
}

// segmentTag names a version of a segment; a key that was deleted and used
// again has other tags.
func (s *Service) segmentTag(seg store.Segment) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d\n%d", s.store.Epoch(), seg.Key, seg.CreatedAt.UnixMilli(), seg.Version))
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// CreateSegment adds a segment; a key that is taken is refused.
func (s *Service) CreateSegment(ctx context.Context, r SegmentRequest) (SegmentAnswer, error) {
	there := false
	return s.saveRequest(ctx, r, &there)
}

// ReplaceSegment replaces everything of a segment but its key.
func (s *Service) ReplaceSegment(ctx context.Context, r SegmentRequest) (SegmentAnswer, error) {
	there := true
	return s.saveRequest(ctx, r, &there)
}

func (s *Service) saveRequest(ctx context.Context, r SegmentRequest, there *bool) (SegmentAnswer, error) {
	if r.Format {
		if text, diagnostics := dsl.Format(r.Filter); !dsl.HasErrors(diagnostics) {
			r.Filter = text
		}
	}
	return s.saveAnswer(ctx, segmentSave{there: there, ifMatch: r.IfMatch, Segment: store.Segment{Key: r.Key, Name: r.Name,
		Description: r.Description, Filter: r.Filter, Zone: r.TimeZone, Folder: r.Folder, Colour: strings.ToLower(r.Colour)}})
}

// saveAnswer saves a segment and says what is doubtful about its filter.
func (s *Service) saveAnswer(ctx context.Context, w segmentSave) (SegmentAnswer, error) {
	saved, err := s.save(ctx, w)
	if err != nil {
		return SegmentAnswer{}, err
	}
	answer, err := s.Segment(ctx, saved.Key)
	if err != nil {
		return SegmentAnswer{}, err
	}
	answer.Status = saved.status
	c := s.catalog()
	if e := c.byKey[saved.Key]; e != nil {
		env := s.env(asked{fields: s.fields(), now: s.clock(), zone: c.zone}).Within(e.compilable(s.fields(), dsl.Open))
		compiled, diagnostics := dsl.Compile(e.Filter, env)
		if !dsl.HasErrors(diagnostics) {
			answer.Warnings = s.advised(ctx, asked{compiled: compiled}, diagnostics)
		}
	}
	return answer, nil
}

// Segment is one segment with its filter in canonical form.
func (s *Service) Segment(_ context.Context, key string) (SegmentAnswer, error) {
	c := s.catalog()
	e := c.byKey[key]
	if e == nil {
		return SegmentAnswer{}, refuseSegmentNotFound(key)
	}
	answer := s.segmentAnswer(c, e)
	if answer.Filter != nil {
		answer.Formatted, _ = dsl.Format(e.Filter)
	}
	return answer, nil
}

// segmentAnswer is what the caller may know of a segment.
func (s *Service) segmentAnswer(c *catalog, e *entry) SegmentAnswer {
	a := SegmentAnswer{Key: e.Key, Name: e.Name, ETag: s.segmentTag(e.Segment)}
	if !s.caller.May(Read) {
		return a
	}
	a.Description, a.Folder, a.Colour, a.TimeZone = &e.Description, e.Folder, e.Colour, e.Segment.Zone
	a.Version, a.Author, a.CreatedAt, a.UpdatedAt = e.Version, &e.Author, e.CreatedAt, e.UpdatedAt
	a.Restricted = s.access(c, e) != dsl.Open
	now := s.clock()
	_, broken := c.compiled(now).at(now).matcher(e.place)
	a.Broken = s.shown(broken, a.Restricted)
	if !a.Restricted {
		a.Filter, a.Fields, a.Uses, a.UsedBy = &e.Filter, e.reads, e.uses, e.usedBy
	}
	return a
}

// shown is why a segment is broken, without the names of fields that the
// caller may not see.
func (s *Service) shown(b *Broken, restricted bool) *Broken {
	if b == nil || !restricted {
		return b
	}
	return &Broken{Code: b.Code, Message: schema.Words{JA: "このセグメントは今は使えません。", EN: "the segment cannot be used at present"}}
}

// A SegmentsRequest asks for a page of the segments.
type SegmentsRequest struct {
	Folder *string // those in this folder and the folders below it ("A" has "A/B"); nil: all
	Limit  int     // 0: MaxSegmentPage
	Cursor string  // of the page before
}

// MaxSegmentPage bounds a page.
const MaxSegmentPage = 1000

// A SegmentsAnswer is a page of the segments in the order of their keys.
type SegmentsAnswer struct {
	Segments   []SegmentAnswer `json:"segments" nullable:"false"`
	NextCursor string          `json:"nextCursor,omitempty" doc:"Left out on the last page."`
}

// Segments lists segments. The cursor is the last key of the page before.
func (s *Service) Segments(_ context.Context, r SegmentsRequest) (SegmentsAnswer, error) {
	if r.Limit < 0 || r.Limit > MaxSegmentPage {
		return SegmentsAnswer{}, refuseParameter("limit", "out_of_range",
			fmt.Sprintf("limit は 1～%d です。", MaxSegmentPage), fmt.Sprintf("limit is 1 to %d", MaxSegmentPage))
	}
	if r.Limit == 0 {
		r.Limit = MaxSegmentPage
	}
	c := s.catalog()
	answer := SegmentsAnswer{Segments: []SegmentAnswer{}}
	for _, e := range c.list {
		if e.Key <= r.Cursor && r.Cursor != "" || r.Folder != nil && !inFolder(e.Folder, *r.Folder) {
			continue
		}
		if len(answer.Segments) == r.Limit {
			answer.NextCursor = answer.Segments[r.Limit-1].Key
			break
		}
		answer.Segments = append(answer.Segments, s.segmentAnswer(c, e))
	}
	return answer, nil
}

func inFolder(folder, asked string) bool {
	return folder == asked || asked != "" && strings.HasPrefix(folder, asked+"/")
}

// DeleteSegment takes a segment away with its versions. One that others refer
// to is in_use.
func (s *Service) DeleteSegment(ctx context.Context, key, ifMatch string) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	c := s.catalog()
	e := c.byKey[key]
	if e == nil {
		return refuseSegmentNotFound(key)
	}
	if err := s.mayChange(c, e, ifMatch); err != nil {
		return err
	}
	if len(e.usedBy) > 0 {
		refusal := refuse(CodeInUse, fmt.Sprintf("セグメント「%s」は、ほかのセグメントが参照しているので削除できません: %s", key, strings.Join(e.usedBy, ", ")),
			fmt.Sprintf("the segment %s cannot be deleted, because others refer to it: %s", key, strings.Join(e.usedBy, ", ")))
		for _, from := range e.usedBy {
			refusal.UsedBy = append(refusal.UsedBy, Use{Kind: "segment", Key: from})
		}
		return refusal
	}
	_, err := s.store.Update(ctx, func(tx *store.Tx) error { return s.deleteSegment(tx, key) })
	if err != nil {
		return fmt.Errorf("delete the segment: %w", refuseStore(err))
	}
	return nil
}
