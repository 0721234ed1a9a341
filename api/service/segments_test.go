package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"meibo/dsl"
	"meibo/dsl/eval"
	"meibo/dsl/schema"
	"meibo/index/indextest"
	"meibo/store"
)

// newSegmentDesk is a service with an index that is never behind, and a clock
// that stands until moved.
func newSegmentDesk(t *testing.T) (*Service, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	kept, err := store.Open(t.TempDir(), store.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	s := New(Config{Store: kept, Index: scannedIndex{kept}, Clock: clock})
	t.Cleanup(s.Close)
	return s, &now
}

// keep stores records as they are.
func keep(t *testing.T, s *Service, records ...schema.Record) {
	t.Helper()
	_, err := s.store.Update(t.Context(), func(tx *store.Tx) error {
		for _, r := range records {
			if _, err := tx.Put(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func record(id string, values ...any) schema.Record {
	r := schema.NewRecord(id)
	for i := 0; i < len(values); i += 2 {
		r.Set(values[i].(string), values[i+1].(schema.Value))
	}
	return r
}

// changeField stores a field with a change.
func changeField(t *testing.T, s *Service, key string, change func(*schema.Field)) {
	t.Helper()
	f, ok := s.store.Fields().Lookup(key)
	if !ok {
		t.Fatalf("no field %s", key)
	}
	change(&f)
	if _, err := s.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFields([]schema.Field{f}) }); err != nil {
		t.Fatal(err)
	}
}

// told is the segments of a customer: those that it is in, then after a stroke
// those that cannot be used with their codes.
func told(t *testing.T, s *Service, id string) string {
	t.Helper()
	answer, err := s.SegmentsOf(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var in, out []string
	for _, seg := range answer.Segments {
		in = append(in, seg.Key)
	}
	for _, seg := range answer.Unusable {
		out = append(out, seg.Key+":"+string(seg.Code))
	}
	return strings.TrimSpace(strings.Join(in, " ") + " | " + strings.Join(out, " "))
}

func wantCode(t *testing.T, what string, err error, code Code) *Error {
	t.Helper()
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
		return &Error{}
	}
	if refusal.Message.JA == "" || refusal.Message.EN == "" {
		t.Errorf("%s: %+v", what, refusal.Message)
	}
	return refusal
}

func TestASegmentInUseIsNotDeleted(t *testing.T) {
	s, _ := newSegmentDesk(t)
	saved(t, s, "a", "member")
	saved(t, s, "b", `segment("a")`)
	saved(t, s, "c", `NOT segment("a") OR segment("b")`)
	refusal := wantCode(t, "delete", s.DeleteSegment(t.Context(), "a", ""), CodeInUse)
	if fmt.Sprint(refusal.UsedBy) != "[{segment b} {segment c}]" {
		t.Errorf("%v", refusal.UsedBy)
	}
	for _, key := range []string{"c", "b", "a"} {
		if err := s.DeleteSegment(t.Context(), key, ""); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	wantCode(t, "again", s.DeleteSegment(t.Context(), "a", ""), CodeNotFound)
}

func TestAStaleETagChangesNothing(t *testing.T) {
	s, now := newSegmentDesk(t)
	first, err := s.CreateSegment(t.Context(), SegmentRequest{Key: "a", Filter: "member"})
	if err != nil {
		t.Fatal(err)
	}
	*now = now.Add(time.Millisecond)
	second, err := s.ReplaceSegment(t.Context(), SegmentRequest{Key: "a", Filter: "tags IS SET", IfMatch: first.ETag})
	if err != nil || second.ETag == first.ETag {
		t.Fatalf("%v", err)
	}
	_, err = s.ReplaceSegment(t.Context(), SegmentRequest{Key: "a", Filter: "", IfMatch: first.ETag})
	wantCode(t, "replace", err, CodePreconditionFailed)
	_, err = s.RestoreSegment(t.Context(), "a", 1, first.ETag)
	wantCode(t, "restore", err, CodePreconditionFailed)
	wantCode(t, "delete", s.DeleteSegment(t.Context(), "a", first.ETag), CodePreconditionFailed)
	if a, _ := s.Segment(t.Context(), "a"); a.Version != 2 || *a.Filter != "tags IS SET" {
		t.Errorf("%+v", a)
	}
	if err := s.DeleteSegment(t.Context(), "a", second.ETag); err != nil {
		t.Error(err)
	}
	again, err := s.CreateSegment(t.Context(), SegmentRequest{Key: "a", Filter: "member"})
	if err != nil || again.Version != 1 || again.ETag == first.ETag {
		t.Errorf("a key that is used again has the old one's ETag: %+v %v", again, err)
	}
}

func TestVersionsTellWhatEachSaveChanged(t *testing.T) {
	s, now := newSegmentDesk(t)
	manager := s.As(Caller{TokenID: "t1", Name: "mia", Role: RoleManager})
	step := func(by *Service, r SegmentRequest) {
		t.Helper()
		*now = now.Add(time.Minute)
		r.Key = "a"
		if _, err := by.ReplaceSegment(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateSegment(t.Context(), SegmentRequest{Key: "a", Filter: "member"}); err != nil {
		t.Fatal(err)
	}
	step(manager, SegmentRequest{Filter: "member", Name: schema.Words{JA: "会員", EN: "Members"}})
	step(manager, SegmentRequest{Filter: "member", Name: schema.Words{JA: "会員", EN: "Members"}}) // changes nothing
	long := `member AND country = "JP" AND city ~ "東京" AND tags HAS ANY ("VIP", "new") AND lastSeenAt > now-30d AND profile.email IS SET`
	step(s, SegmentRequest{Filter: long, Colour: "#AABBCC", Folder: "x", TimeZone: "UTC"})
	step(s, SegmentRequest{Filter: strings.Replace(long, "30d", "60d", 1), Colour: "#aabbcc", Folder: "x", TimeZone: "UTC"})
	if _, err := s.RestoreSegment(t.Context(), "a", 2, ""); err != nil {
		t.Fatal(err)
	}
	versions, err := s.SegmentVersions(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range versions {
		got = append(got, fmt.Sprintf("%d by %q from %d: %s", v.Version, v.Author.Name, v.RestoredFrom, strings.Join(v.Changed, " ")))
	}
	want := `5 by "" from 2: name filter timeZone folder colour
4 by "" from 0: filter
3 by "" from 0: name filter timeZone folder colour
2 by "mia" from 0: name
1 by "" from 0: filter`
	if diff := strings.Join(got, "\n"); diff != want {
		t.Errorf("%s", diff)
	}
	before, after := linesOf(versions[1].Difference)
	if len(before) == 0 || strings.Join(before, "") == strings.Join(after, "") || !strings.Contains(strings.Join(before, ""), "now-30d") || !strings.Contains(strings.Join(after, ""), "now-60d") {
		t.Errorf("%+v", versions[1].Difference)
	}
	if both := len(versions[1].Difference) - len(before) - len(after); both < 4 {
		t.Errorf("only %d lines are in both: %+v", both, versions[1].Difference)
	}
	if a, _ := s.Segment(t.Context(), "a"); *a.Filter != "member" || a.Name.EN != "Members" || a.Folder != "" || a.Version != 5 {
		t.Errorf("restored: %+v", a)
	}
	_, err = s.RestoreSegment(t.Context(), "a", 9, "")
	wantCode(t, "a version that is not there", err, CodeNotFound)
}

// linesOf are the lines of one filter alone.
func linesOf(lines []DiffLine) (before, after []string) {
	for _, l := range lines {
		switch l.In {
		case "before":
			before = append(before, l.Text)
		case "after":
			after = append(after, l.Text)
		}
	}
	return before, after
}

func TestTheDifferenceIsTheShortest(t *testing.T) {
	a, b := "a AND b AND c AND d", "a AND x AND y AND c AND d"
	lines := difference(spread(a), spread(b))
	var got []string
	for _, l := range lines {
		got = append(got, map[string]string{"both": " ", "before": "-", "after": "+"}[l.In]+strings.TrimSpace(l.Text))
	}
	if strings.Join(got, "|") == "" || len(difference("", "")) != 0 {
		t.Errorf("%q", got)
	}
	before, after := linesOf(lines)
	if len(before) != 1 || len(after) != 2 {
		t.Errorf("%q", got)
	}
}

// spread writes conditions so that each has a line of its own: a comment ends
// one.
func spread(filter string) string {
	return strings.ReplaceAll(filter, " AND ", " #\nAND ")
}

// What a hidden field does to a segment, to those that refer to it, and to
// nothing else; and to every way of using one. Never another set.
func TestAHiddenFieldNeverMakesASegmentWiderOrNarrower(t *testing.T) {
	s, _ := newSegmentDesk(t)
	addFields(t, s, schema.Field{Key: "profile.plan", Kind: schema.String, Write: schema.WriteManager})
	keep(t, s, record("gold", "profile.plan", schema.Text("gold"), "member", schema.Bool(true)), record("none"))
	saved(t, s, "golden", `profile.plan = "gold"`)
	saved(t, s, "others", `NOT segment("golden")`)
	saved(t, s, "either", `member OR segment("golden")`)
	saved(t, s, "members", `member`)
	saved(t, s, "found", `"gold"`) // quick search does not read it
	if got := told(t, s, "gold") + ", " + told(t, s, "none"); got != "either found golden members |, others |" {
		t.Fatalf("%s", got)
	}
	uses, _ := s.usesOfField("profile.plan")
	if fmt.Sprint(uses) != "[{segment either} {segment golden} {segment others}]" {
		t.Errorf("%v", uses)
	}
	const broken = "either:hidden_field golden:hidden_field others:hidden_field"
	changeField(t, s, "profile.plan", func(f *schema.Field) { f.Hidden = true })
	if got := told(t, s, "gold") + ", " + told(t, s, "none"); got != "found members | "+broken+", | "+broken {
		t.Errorf("%s", got)
	}
	list, err := s.Segments(t.Context(), SegmentsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, seg := range list.Segments {
		if want := strings.Contains(broken, seg.Key); (seg.Broken != nil) != want || want && (seg.Broken.Code != CodeHiddenField || !strings.Contains(seg.Broken.Message.EN, "profile.plan")) {
			t.Errorf("%s: %+v", seg.Key, seg.Broken)
		}
	}
	for _, key := range []string{"golden", "others", "either"} {
		for what, err := range uses5(t, s, key, "gold") {
			wantCode(t, key+" "+what, err, CodeHiddenField)
		}
	}
	for what, err := range uses5(t, s, "members", "gold") {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	// An ad hoc filter by the field itself is a person's own business.
	if n, err := s.Count(t.Context(), Question{Filter: `profile.plan = "gold"`}); err != nil || n.Total != 1 {
		t.Errorf("%+v %v", n, err)
	}
	_, err = s.SaveSegment(t.Context(), store.Segment{Key: "new", Filter: `profile.plan IS SET`})
	wantCode(t, "save", err, CodeHiddenField)
	// It can be renamed, and mended.
	if _, err := s.ReplaceSegment(t.Context(), SegmentRequest{Key: "golden", Name: schema.Words{EN: "x"}, Filter: `profile.plan = "gold"`}); err != nil {
		t.Error(err)
	}
	changeField(t, s, "profile.plan", func(f *schema.Field) { f.Hidden = false })
	if got := told(t, s, "gold"); got != "either found golden members |" {
		t.Errorf("shown again: %s", got)
	}
	changeField(t, s, schema.EmailField, func(f *schema.Field) { f.Hidden = true })
	if got := told(t, s, "gold"); got != "either golden members | found:hidden_field" {
		t.Errorf("a field of quick search: %s", got)
	}
}

// uses5 are the ways of using a segment, with what each answers.
func uses5(t *testing.T, s *Service, key, customer string) map[string]error {
	t.Helper()
	ctx, filter := t.Context(), fmt.Sprintf(`member OR segment(%q)`, key)
	_, count := s.CountSegment(ctx, key, 0)
	_, members := s.SegmentCustomers(ctx, key, SearchRequest{})
	_, one := s.SegmentContains(ctx, key, customer)
	_, many := s.SegmentContainsMany(ctx, key, []string{customer})
	_, counted := s.Count(ctx, Question{Filter: filter})
	_, searched := s.Search(ctx, SearchRequest{Question: Question{Filter: "NOT (" + filter + ")"}})
	_, explained := s.Explain(ctx, ExplainRequest{Question: Question{Filter: filter}, Customer: customer})
	return map[string]error{"count": count, "customers": members, "contains": one, "contains many": many, "a filter's count": counted,
		"a filter's search": searched, "explain": explained}
}

// restrictedDesk has a field for the roles that are named, and segments by it.
func restrictedDesk(t *testing.T) *Service {
	s, _ := newSegmentDesk(t)
	addFields(t, s, schema.Field{Key: "profile.salary", Kind: schema.Number, Labels: schema.Words{EN: "Salary"}, Write: schema.WriteManager, Roles: []string{RoleManager}},
		schema.Field{Key: "profile.visit", Kind: schema.Date, Write: schema.WriteManager, Roles: []string{RoleManager}})
	keep(t, s, record("rich", "profile.salary", schema.Num(900), "member", schema.Bool(true)), record("poor", "profile.salary", schema.Num(100)))
	saved(t, s, "rich", `profile.salary > 500 AND NOT profile.visit > now-30d`)
	saved(t, s, "members", `member`)
	saved(t, s, "both", `member AND segment("rich")`)
	return s
}

func TestARestrictedFieldRevealsMembershipToSegmentUseAlone(t *testing.T) {
	owner := restrictedDesk(t)
	viewer := owner.As(Caller{Role: RoleViewer, TokenID: "v"})
	search := owner.As(Caller{Role: RoleService, TokenID: "s", Scopes: []string{ScopeSearch}})
	use := owner.As(Caller{Role: RoleService, TokenID: "u", Scopes: []string{ScopeSearch, ScopeSegmentUse}})
	manager := owner.As(Caller{Role: RoleManager, TokenID: "m"})
	for name, s := range map[string]*Service{"owner": owner, "manager": manager, "segment:use": use} {
		for what, err := range uses5(t, s, "both", "rich") {
			if err != nil {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		if got := told(t, s, "rich"); got != "both members rich |" {
			t.Errorf("%s: %s", name, got)
		}
		if n, err := s.CountSegment(t.Context(), "rich", 0); err != nil || n.Total != 1 {
			t.Errorf("%s: %+v %v", name, n, err)
		}
	}
	for name, s := range map[string]*Service{"viewer": viewer, "search": search} {
		for what, err := range uses5(t, s, "both", "rich") {
			wantCode(t, name+" "+what, err, CodeForbidden)
		}
		if got := told(t, s, "rich"); got != "members | both:forbidden rich:forbidden" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for name, s := range map[string]*Service{"viewer": viewer, "search": search, "segment:use": use} {
		list, err := s.Segments(t.Context(), SegmentsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list.Segments {
			if hidden := a.Key != "members"; a.Restricted != hidden || (a.Filter == nil) != hidden || hidden && (a.Fields != nil || a.Uses != nil || a.Formatted != "") {
				t.Errorf("%s: %s: %+v", name, a.Key, a)
			}
		}
		secretsIn(t, name, s)
	}
	// The whole is told to those who may see it.
	e, err := manager.Explain(t.Context(), ExplainRequest{Question: Question{Filter: `segment("rich")`}})
	if err != nil || len(e.Clauses) < 3 || !strings.Contains(e.Expression, "salary") || len(e.Bound) != 1 {
		t.Errorf("%+v %v", e, err)
	}
}

// secretsIn looks for what would tell of the restricted fields in every answer
// about the segments that use them.
func secretsIn(t *testing.T, name string, s *Service) {
	t.Helper()
	ctx := t.Context()
	clean := func(what string, answers ...any) {
		t.Helper()
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(answers); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"salary", "Salary", "visit", "> 500", "now-30d"} {
			if text := b.String(); strings.Contains(text, word) {
				t.Errorf("%s: %s tells %s: %s", name, what, word, text)
			}
		}
	}
	q := Question{Filter: `segment("rich") OR member`}
	explained, err := s.Explain(ctx, ExplainRequest{Question: q, Customer: "rich"})
	clean("explain", explained, err)
	analyzed, err := s.Analyze(ctx, AnalyzeRequest{Filter: q.Filter})
	clean("analyze", analyzed, err)
	graph, err := s.Graph(ctx)
	clean("graph", graph, err)
	versions, err := s.SegmentVersions(ctx, "rich")
	clean("versions", versions, err)
	cursor := len(`segment("ri`)
	hovered, err := s.Hover(ctx, CompleteRequest{Filter: q.Filter, Cursor: &cursor})
	clean("hover", hovered.Text, err)
	completed, err := s.Complete(ctx, CompleteRequest{Filter: `segment("`})
	clean("complete", completed, err)
	// Nor do its faults.
	owner := s.As(Caller{Role: RoleOwner})
	changeField(t, owner, "profile.salary", func(f *schema.Field) { f.Hidden = true })
	defer changeField(t, owner, "profile.salary", func(f *schema.Field) { f.Hidden = false })
	for what, err := range uses5(t, s, "both", "rich") {
		clean("broken: "+what, err)
	}
	analyzed, err = s.Analyze(ctx, AnalyzeRequest{Filter: q.Filter})
	clean("broken: analyze", analyzed, err)
	list, err := s.Segments(ctx, SegmentsRequest{})
	clean("broken: list", list.Segments[0].Broken, list.Segments[2].Broken, err)
	of, err := s.SegmentsOf(ctx, "rich")
	clean("broken: of", of, err)
}

// Who cannot see what a segment reads can neither change nor build on it.
func TestARestrictedSegmentIsNotChangedBlindly(t *testing.T) {
	owner := restrictedDesk(t)
	changeField(t, owner, "profile.salary", func(f *schema.Field) { f.Roles = []string{RoleViewer} })
	manager := owner.As(Caller{Role: RoleManager, TokenID: "m"})
	ctx := t.Context()
	_, err := manager.ReplaceSegment(ctx, SegmentRequest{Key: "rich", Filter: "member"})
	wantCode(t, "replace", err, CodeForbidden)
	_, err = manager.RestoreSegment(ctx, "rich", 1, "")
	wantCode(t, "restore", err, CodeForbidden)
	wantCode(t, "delete", manager.DeleteSegment(ctx, "both", ""), CodeForbidden)
	_, err = manager.CreateSegment(ctx, SegmentRequest{Key: "mine", Filter: `NOT segment("rich")`})
	wantCode(t, "build on it", err, CodeForbidden)
	_, err = manager.CreateSegment(ctx, SegmentRequest{Key: "mine", Filter: `profile.salary > 1`})
	wantCode(t, "name the field", err, CodeUnknownField)
	if _, err := manager.ReplaceSegment(ctx, SegmentRequest{Key: "members", Filter: "NOT member"}); err != nil {
		t.Error(err) // although a restricted one refers to it
	}
}

func TestSegmentsAreOfTheRecordRightAfterTheWrite(t *testing.T) {
	s, _ := newWriter(t) // without an index
	saved(t, s, "vip", `tags HAS "VIP"`)
	for i, tags := range []schema.Value{schema.Strings("vip"), schema.Strings("x"), schema.Strings("ＶＩＰ")} {
		keep(t, s, record("c", "tags", tags))
		one, err := s.SegmentContains(t.Context(), "vip", "c")
		if want := i != 1; err != nil || one.Contains != want || one.Seq != uint64(i+1) || strings.HasPrefix(told(t, s, "c"), "vip") != want {
			t.Errorf("%d: %+v %v %s", i, one, err, told(t, s, "c"))
		}
	}
}

// A segment's own zone rules its days: the end of October in Tokyo is 15:00 in
// UTC, whatever the workspace's or the request's zone.
func TestAMonthEndsInTheSegmentsZone(t *testing.T) {
	s, now := newSegmentDesk(t)
	settings := s.store.Settings()
	settings.Zone = time.UTC
	if err := s.store.PutSettings(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	for key, zone := range map[string]string{"tokyo": "Asia/Tokyo", "here": ""} {
		if _, err := s.SaveSegment(t.Context(), store.Segment{Key: key, Filter: `lastSeenAt >= startOf(mo)`, Zone: zone}); err != nil {
			t.Fatal(err)
		}
	}
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	keep(t, s, record("before", "lastSeenAt", schema.At(at("2026-10-31T14:59:59.999Z").UnixMilli())), record("after", "lastSeenAt", schema.At(at("2026-10-31T15:00:00Z").UnixMilli())))
	for _, test := range []struct{ now, before, after string }{
		{"2026-10-31T14:59:59.999Z", "here tokyo |", "here tokyo |"}, // October everywhere
		{"2026-10-31T15:00:00Z", "here |", "here tokyo |"},           // November in Tokyo
		{"2026-10-31T23:59:59.999Z", "here |", "here tokyo |"},
		{"2026-11-01T00:00:00Z", "|", "tokyo |"}, // and here
		{"2026-11-30T14:59:59.999Z", "|", "tokyo |"},
		{"2026-11-30T15:00:00Z", "|", "|"},
	} {
		*now = at(test.now)
		if before, after := told(t, s, "before"), told(t, s, "after"); before != test.before || after != test.after {
			t.Errorf("%s: %q %q, want %q %q", test.now, before, after, test.before, test.after)
		}
		if n, err := s.CountSegment(t.Context(), "tokyo", 0); err != nil || n.Total != strings.Count(test.before+test.after, "tokyo") {
			t.Errorf("%s: %+v %v", test.now, n, err)
		}
	}
}

// All segments of a customer at any moment are those that a fresh compilation
// of each gives, by the reference evaluator.
func TestSegmentsOfACustomerAreThoseOfAFreshCompilation(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	g := indextest.NewGenerator(seed)
	s, now := newSegmentDesk(t)
	for f := range g.Fields.All() {
		if _, ok := s.store.Fields().Lookup(f.Key); !ok {
			addFields(t, s, f)
		}
	}
	var records []schema.Record
	for i := range 40 {
		records = append(records, g.Record(fmt.Sprint("c", i)))
	}
	g.Look(records)
	env := g.FilterEnv()
	env.Fields = s.store.Fields()
	var list []store.Segment
	zones := []string{"", "", "Asia/Tokyo", "America/New_York", "Pacific/Apia"}
	env.SegmentNames = nil
	for i := range 120 {
		filter := dsl.Print(&dsl.Query{Root: g.Filter(env, 2)})
		switch {
		case i%4 == 0:
			filter = fmt.Sprintf("(%s) OR lastSeenAt > now-%dd AND createdAt NOT IN (today, yesterday-1mo, now)", orEveryone(filter), i)
		case i > 10 && i%5 == 0:
			filter = fmt.Sprintf(`NOT segment("s%d") OR segment("s%d")`, i-1, i-7)
		case i == 11:
			filter = "lastSeenAt < now+7973y" // beyond the year 9999 for a part of the year
		}
		list = append(list, store.Segment{Key: fmt.Sprint("s", i), Filter: filter, Zone: zones[g.IntN(len(zones))]})
	}
	for _, seg := range list {
		if err := s.store.PutSegment(seg); err != nil {
			t.Fatal(err)
		}
	}
	in := 0
	for round := range 60 {
		*now = time.UnixMilli(records[g.IntN(len(records))].Get(schema.LastSeenField).Millis()).Add(time.Duration(g.IntN(48)) * time.Hour)
		if now.Year() < 1990 || now.Year() > 2100 || round%10 == 0 {
			*now = time.Date(2026, time.Month(1+g.IntN(12)), 1, 0, 0, 0, 0, env.Zone).Add(time.Duration(g.IntN(3)-1) * time.Millisecond)
		}
		r := records[g.IntN(len(records))]
		answer := s.segmentsOf(store.Customer{Record: r})
		got := map[string]string{}
		for _, seg := range answer.Segments {
			got[seg.Key] = "in"
			in++
		}
		for _, seg := range answer.Unusable {
			got[seg.Key] = "broken"
		}
		for _, seg := range list {
			want := ""
			fresh, diagnostics := dsl.Compile(referenceTo(seg.Key), s.catalog().env(*now))
			if dsl.HasErrors(diagnostics) {
				want = "broken"
			} else if eval.Match(fresh.Expr, r) {
				want = "in"
			}
			if got[seg.Key] != want {
				t.Fatalf("seed %d: %s = %s (%s) at %v of %v\nis %q, fresh %q", seed, seg.Key, seg.Filter, seg.Zone, *now, r, got[seg.Key], want)
			}
		}
	}
	if in < 60 {
		t.Errorf("seed %d: in %d segments, which tells little", seed, in)
	}
}

func orEveryone(filter string) string {
	if filter == "" {
		return "id IS SET"
	}
	return filter
}
