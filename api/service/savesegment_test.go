package service

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"meibo/dsl"
	"meibo/store"
)

func saved(t *testing.T, s *Service, key, filter string) {
	t.Helper()
	if _, err := s.SaveSegment(t.Context(), store.Segment{Key: key, Filter: filter}); err != nil {
		t.Fatalf("%s: %v", key, err)
	}
}

// refused is the refusal of a segment, which then is not saved.
func refused(t *testing.T, s *Service, seg store.Segment) *Error {
	t.Helper()
	before, _ := s.store.Segments().Lookup(seg.Key)
	_, err := s.SaveSegment(t.Context(), seg)
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%s = %s is not refused: %v", seg.Key, seg.Filter, err)
	}
	if after, _ := s.store.Segments().Lookup(seg.Key); after != before {
		t.Errorf("%s was refused and saved: %+v", seg.Key, after)
	}
	return refusal
}

// segmentCodes are those of the diagnostics and of the values, with what
// each value names.
func segmentCodes(e *Error) string {
	var codes []string
	for _, d := range e.Diagnostics {
		codes = append(codes, d.Code)
	}
	for _, v := range e.Values {
		codes = append(codes, v.Field+":"+v.Code)
	}
	return strings.Join(codes, " ")
}

func TestSaveSegmentKeepsTheAuthorsText(t *testing.T) {
	s, _ := newWriter(t)
	const filter = "member  AND # both\n tags has 'VIP'"
	kept, err := s.SaveSegment(t.Context(), store.Segment{Key: "優良", Filter: filter, Zone: "Europe/Berlin"})
	if err != nil || kept.Filter != filter || kept.Zone != "Europe/Berlin" || kept.CreatedAt.IsZero() {
		t.Errorf("%+v %v", kept, err)
	}
	saved(t, s, "everyone", "")
}

func TestSaveSegmentRefuses(t *testing.T) {
	s, _ := newWriter(t)
	saved(t, s, "a", `member`)
	saved(t, s, "b", `segment("a") AND tags HAS "x"`)
	saved(t, s, "c", `NOT segment("b")`)
	for _, test := range []struct{ key, filter, zone, want string }{
		{"", `member`, "", "key:bad_key"},
		{" ", `member`, "", "key:bad_key"},
		{"a\x00", `member`, "", "key:bad_key"},
		{"a\xff", `member`, "", "key:bad_key"},
		{strings.Repeat("k", 201), `member`, "", "key:bad_key"},
		{"d", `member`, "Tokyo", "timeZone:unknown_zone"},
		{"d", `member`, "Local", "timeZone:unknown_zone"},
		{"d", `nam = "x" AND tags = "x"`, "", "unknown_field type_operator"},
		{"d", `member AND`, "", "missing_condition"},
		{"d", `segment("nobody")`, "", "unknown_segment"},
		{"d", `segment("d")`, "", "segment_cycle"},
		{"a", `member OR NOT segment("a")`, "", "segment_cycle"},
		{"a", `segment("b")`, "", "segment_cycle"},
		{"a", `member AND (segment("c") OR member)`, "", "segment_cycle"},
		{"a", `nam = "x"`, "", "unknown_field"},
	} {
		refusal := refused(t, s, store.Segment{Key: test.key, Filter: test.filter, Zone: test.zone})
		if got := segmentCodes(refusal); got != test.want {
			t.Errorf("%q = %s: %s, want %s", test.key, test.filter, got, test.want)
		}
		if refusal.Message.JA == "" || refusal.Message.EN == "" {
			t.Errorf("%q = %s: %+v", test.key, test.filter, refusal.Message)
		}
	}
	if refusal := refused(t, s, store.Segment{Key: "a", Filter: `segment("c")`}); !strings.Contains(refusal.Message.EN, "(c → b → a → c)") || !strings.Contains(refusal.Message.JA, "（c → b → a → c）") {
		t.Errorf("%+v", refusal.Message)
	}
	if refusal := refused(t, s, store.Segment{Key: "d", Filter: `segment("d")`}); refusal.Code != CodeInvalidFilter || refusal.Diagnostics[0].Span.Start != 8 {
		t.Errorf("%+v", refusal)
	}
}

// TestSaveSegmentDepth: s8 refers to s7 … to s1, which is eight. One more in
// the middle or at an end is too much, and who would break is named.
func TestSaveSegmentDepth(t *testing.T) {
	s, _ := newWriter(t)
	saved(t, s, "s1", "member")
	for i := 2; i <= dsl.MaxSegmentDepth; i++ {
		saved(t, s, fmt.Sprintf("s%d", i), fmt.Sprintf(`segment("s%d")`, i-1))
	}
	if refusal := refused(t, s, store.Segment{Key: "s9", Filter: `segment("s8")`}); segmentCodes(refusal) != "filter:segment_too_deep" {
		t.Errorf("at the end: %s", segmentCodes(refusal))
	}
	saved(t, s, "s0", "hasPushToken")
	refusal := refused(t, s, store.Segment{Key: "s1", Filter: `segment("s0")`})
	if segmentCodes(refusal) != "filter:segment_too_deep" || !strings.Contains(refusal.Message.EN, "s8") || !strings.Contains(refusal.Message.JA, "「s8」") {
		t.Errorf("at the beginning: %s %+v", segmentCodes(refusal), refusal.Message)
	}
	saved(t, s, "other8", `segment("s7")`)
	saved(t, s, "unrelated", `member`)
	refusal = refused(t, s, store.Segment{Key: "s4", Filter: `segment("s3") AND segment("s0") OR segment("other")`})
	if segmentCodes(refusal) != "unknown_segment" {
		t.Errorf("its own mistakes come first: %s", segmentCodes(refusal))
	}
	saved(t, s, "deeper", `segment("s3")`)
	refusal = refused(t, s, store.Segment{Key: "s4", Filter: `segment("deeper")`})
	if got := segmentCodes(refusal); got != "filter:segment_too_deep filter:segment_too_deep" {
		t.Errorf("in the middle: %s", got)
	}
	for i, name := range []string{"other8", "s8"} {
		if !strings.Contains(refusal.Values[i].Message.EN, name) {
			t.Errorf("%d: %+v", i, refusal.Values[i])
		}
	}
	saved(t, s, "s4", `segment("s0")`) // flatter is fine
}

// TestSaveSegmentSize: a change deep below may make a segment too large.
func TestSaveSegmentSize(t *testing.T) {
	s, _ := newWriter(t)
	saved(t, s, "leaf", "member")
	saved(t, s, "wide", strings.TrimSuffix(strings.Repeat(`segment("leaf") OR `, 900), " OR "))
	saved(t, s, "narrow", `segment("leaf")`)
	refusal := refused(t, s, store.Segment{Key: "leaf", Filter: strings.TrimSuffix(strings.Repeat("member AND ", 10), " AND ")})
	if segmentCodes(refusal) != "filter:too_complex" || !strings.Contains(refusal.Message.EN, "wide") {
		t.Errorf("%s %+v", segmentCodes(refusal), refusal.Message)
	}
	saved(t, s, "leaf", "member AND hasPushToken AND city IS SET")
}

// TestSaveSegmentIsNotHeldUp: what was broken before does not keep another
// segment from being saved, nor from being mended.
func TestSaveSegmentIsNotHeldUp(t *testing.T) {
	s, _ := newWriter(t)
	for key, filter := range map[string]string{"old": `gone = "x"`, "user": `segment("old")`, "lost": `segment("missing")`} {
		if err := s.store.PutSegment(store.Segment{Key: key, Filter: filter}); err != nil {
			t.Fatal(err)
		}
	}
	saved(t, s, "new", "member")
	saved(t, s, "old", "member")
	saved(t, s, "missing", `segment("old")`)
	if refusal := refused(t, s, store.Segment{Key: "old", Filter: `segment("user")`}); segmentCodes(refusal) != "segment_cycle" {
		t.Errorf("%s", segmentCodes(refusal))
	}
}

// TestSavesThatMeet: two segments that would refer to each other are saved at
// the same time; one of them is refused.
func TestSavesThatMeet(t *testing.T) {
	s, _ := newWriter(t)
	for round := range 20 {
		a, b := fmt.Sprintf("a%d", round), fmt.Sprintf("b%d", round)
		saved(t, s, a, "member")
		saved(t, s, b, "member")
		var errs [2]error
		var both sync.WaitGroup
		for i, seg := range []store.Segment{{Key: a, Filter: `segment("` + b + `")`}, {Key: b, Filter: `segment("` + a + `")`}} {
			both.Go(func() { _, errs[i] = s.SaveSegment(t.Context(), seg) })
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("round %d: %v, %v", round, errs[0], errs[1])
		}
	}
}

// TestACycleInTheStoreIsAnError: one that came there in another way.
func TestACycleInTheStoreIsAnError(t *testing.T) {
	s, _ := newWriter(t)
	for key, filter := range map[string]string{"a": `member OR segment("b")`, "b": `NOT segment("a")`, "self": `segment("self")`} {
		if err := s.store.PutSegment(store.Segment{Key: key, Filter: filter}); err != nil {
			t.Fatal(err)
		}
	}
	for _, filter := range []string{`segment("a")`, `NOT segment("b") AND member`, `segment("self")`} {
		_, err := s.Explain(t.Context(), ExplainRequest{Question: Question{Filter: filter}})
		var refusal *Error
		if !errors.As(err, &refusal) || refusal.Code != CodeInvalidFilter || refusal.Diagnostics[0].Code != "segment_cycle" {
			t.Errorf("%s: %v", filter, err)
		}
	}
}
