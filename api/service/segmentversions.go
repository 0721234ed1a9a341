package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/schema"
	"meibo/store"
)

// A SegmentVersionAnswer is a segment as it was saved, with what that save
// changed.
type SegmentVersionAnswer struct {
	Version      int          `json:"version"`
	At           time.Time    `json:"at"`
	Author       store.Author `json:"author"`
	RestoredFrom int          `json:"restoredFrom,omitempty" doc:"The version that it brought back."`
	Changed      []string     `json:"changed" nullable:"false" doc:"The parts that differ from the version before: name, description, filter, timeZone, folder, colour. All that are set, for the first version."`

	Name        schema.Words `json:"name"`
	Description schema.Words `json:"description"`
	TimeZone    string       `json:"timeZone,omitempty"`
	Folder      string       `json:"folder,omitempty"`
	Colour      string       `json:"colour,omitempty"`
	Filter      *string      `json:"filter,omitempty" doc:"Left out where it is restricted."`
	Difference  []DiffLine   `json:"difference,omitempty" nullable:"false" doc:"Where the filter changed: its canonical text line by line, before and after. Left out where it is restricted."`
	Restricted  bool         `json:"restricted,omitempty" doc:"Its filter uses fields that are not for the caller's role."`
}

// A DiffLine is a line that is in the filter before, in the one after, or in
// both.
type DiffLine struct {
	In   string `json:"in" enum:"both,before,after"`
	Text string `json:"text"`
}

// SegmentVersions are the versions of a segment, the newest first.
func (s *Service) SegmentVersions(_ context.Context, key string) ([]SegmentVersionAnswer, error) {
	c := s.catalog()
	if c.byKey[key] == nil {
		return nil, refuseSegmentNotFound(key)
	}
	versions, err := s.store.SegmentVersions(key)
	if err != nil {
		return nil, fmt.Errorf("read the versions of a segment: %w", err)
	}
	answers := make([]SegmentVersionAnswer, len(versions))
	for i, v := range versions {
		a := SegmentVersionAnswer{Version: v.Version, At: v.UpdatedAt, Author: v.Author, RestoredFrom: v.RestoredFrom,
			Name: v.Name, Description: v.Description, TimeZone: v.Zone, Folder: v.Folder, Colour: v.Colour, Changed: []string{}}
		var before store.Segment
		if i+1 < len(versions) {
			before = versions[i+1].Segment
		}
		if i+1 < len(versions) || v.Version == 1 { // of the oldest that is kept, nobody knows
			a.Changed = orEmpty(changedParts(before, v.Segment))
		}
		if a.Restricted = s.restricts(c, v.Filter); !a.Restricted {
			a.Filter = &versions[i].Filter
		}
		if slices.Contains(a.Changed, "filter") && !a.Restricted && !s.restricts(c, before.Filter) {
			a.Difference = difference(before.Filter, v.Filter)
		}
		answers[i] = a
	}
	return answers, nil
}

// restricts reports whether a filter names fields, or segments that read
// fields, which the caller may not see.
func (s *Service) restricts(c *catalog, filter string) bool {
	e := &entry{Segment: store.Segment{Filter: filter}}
	e.fields, e.uses = dsl.Uses(filter)
	e.reads = c.readBy(e)
	return s.access(c, e) != dsl.Open
}

// changedParts names what differs between two versions.
func changedParts(a, b store.Segment) []string {
	var parts []string
	for _, part := range []struct {
		name string
		same bool
	}{{"name", a.Name == b.Name}, {"description", a.Description == b.Description}, {"filter", a.Filter == b.Filter},
		{"timeZone", a.Zone == b.Zone}, {"folder", a.Folder == b.Folder}, {"colour", a.Colour == b.Colour}} {
		if !part.same {
			parts = append(parts, part.name)
		}
	}
	return parts
}

// maxDiffed bounds the lines that are compared with one another; of longer
// filters all lines before and all after are shown.
const maxDiffed = 1000

// difference is the canonical text of two filters line by line: what is taken
// out stands before what is put in.
func difference(before, after string) []DiffLine {
	a, b := formattedLines(before), formattedLines(after)
	if len(a) > maxDiffed || len(b) > maxDiffed {
		return slices.Concat(diffLines("before", a), diffLines("after", b))
	}
	common := make([][]int, len(a)+1) // longest common subsequence of what is left
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for k := len(b) - 1; k >= 0; k-- {
			if a[i] == b[k] {
				common[i][k] = common[i+1][k+1] + 1
			} else {
				common[i][k] = max(common[i+1][k], common[i][k+1])
			}
		}
	}
	var lines []DiffLine
	i, k := 0, 0
	for i < len(a) && k < len(b) {
		switch {
		case a[i] == b[k]:
			lines = append(lines, DiffLine{"both", a[i]})
			i, k = i+1, k+1
		case common[i+1][k] >= common[i][k+1]:
			lines = append(lines, DiffLine{"before", a[i]})
			i++
		default:
			lines = append(lines, DiffLine{"after", b[k]})
			k++
		}
	}
	return slices.Concat(lines, diffLines("before", a[i:]), diffLines("after", b[k:]))
}

func diffLines(in string, texts []string) []DiffLine {
	lines := make([]DiffLine, len(texts))
	for i, text := range texts {
		lines[i] = DiffLine{in, text}
	}
	return lines
}

// formattedLines are those of a filter in canonical form; none of the empty
// one.
func formattedLines(filter string) []string {
	text, diagnostics := dsl.Format(filter)
	if dsl.HasErrors(diagnostics) {
		text = filter
	}
	if text = strings.TrimRight(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// RestoreSegment makes a segment what it was in a version, as a new version.
// It is checked as any save is.
func (s *Service) RestoreSegment(ctx context.Context, key string, version int, ifMatch string) (SegmentAnswer, error) {
	c := s.catalog()
	if c.byKey[key] == nil {
		return SegmentAnswer{}, refuseSegmentNotFound(key)
	}
	versions, err := s.store.SegmentVersions(key)
	if err != nil {
		return SegmentAnswer{}, fmt.Errorf("read the versions of a segment: %w", err)
	}
	i := slices.IndexFunc(versions, func(v store.SegmentVersion) bool { return v.Version == version })
	if i < 0 {
		return SegmentAnswer{}, refuse(CodeNotFound, fmt.Sprintf("セグメント「%s」に版 %d はありません。", key, version),
			fmt.Sprintf("the segment %s has no version %d", key, version))
	}
	there := true
	return s.saveAnswer(ctx, segmentSave{Segment: versions[i].Segment, there: &there, ifMatch: ifMatch, restoredFrom: version})
}

// A SegmentGraph says which segment refers to which, and what each reads.
type SegmentGraph struct {
	Segments []SegmentNode `json:"segments" nullable:"false" doc:"In the order of their keys."`
}

// A SegmentNode is a segment in the graph.
type SegmentNode struct {
	Key        string       `json:"key"`
	Name       schema.Words `json:"name"`
	Uses       []string     `json:"uses" nullable:"false" doc:"Segments that its filter refers to."`
	UsedBy     []string     `json:"usedBy" nullable:"false" doc:"Segments whose filters refer to it."`
	Fields     []string     `json:"fields" nullable:"false" doc:"Fields that its own filter names."`
	Reads      []string     `json:"reads" nullable:"false" doc:"Fields that it reads, also through other segments."`
	Broken     *Broken      `json:"broken,omitempty"`
	Restricted bool         `json:"restricted,omitempty" doc:"It uses fields that are not for the caller's role: what it uses is not shown."`
}

// Graph is that of all segments.
func (s *Service) Graph(context.Context) (SegmentGraph, error) {
	c, now := s.catalog(), s.clock()
	m := c.compiled(now).at(now)
	g := SegmentGraph{Segments: make([]SegmentNode, len(c.list))}
	for i, e := range c.list {
		_, broken := m.matcher(i)
		n := SegmentNode{Key: e.Key, Name: e.Name, Uses: []string{}, UsedBy: orEmpty(e.usedBy), Fields: []string{}, Reads: []string{}}
		if n.Restricted = s.access(c, e) != dsl.Open; !n.Restricted {
			n.Uses, n.Fields, n.Reads = orEmpty(e.uses), orEmpty(e.fields), orEmpty(e.reads)
		}
		n.Broken = s.shown(broken, n.Restricted)
		g.Segments[i] = n
	}
	return g, nil
}
