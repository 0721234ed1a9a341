package api

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/store"
)

// completion is the answer of /v1/filter/complete.
type completion struct {
	Range      struct{ Start, End, Line int }
	Candidates []struct {
		Kind, Label, Insert string
		Cursor, Count       *int
		Detail              schema.Words
	}
}

// labels are "label×count", in order.
func (c completion) labels() string {
	var parts []string
	for _, one := range c.Candidates {
		if one.Count != nil {
			one.Label += "×" + strconv.Itoa(*one.Count)
		}
		parts = append(parts, one.Label)
	}
	return strings.Join(parts, " ")
}

// hovered is the answer of /v1/filter/hover.
type hovered struct {
	Found   bool
	Range   *struct{ Start, End int }
	Title   string
	Text    schema.Words
	Field   *schema.Field
	Count   *int
	Example string
}

// complete asks with the cursor where ‸ stands, counted in UTF-16 units.
func (f *fixture) complete(text string) (c completion) {
	f.t.Helper()
	f.do(call{method: "POST", path: "/v1/filter/complete", body: atCursor(text), token: f.tokens[service.RoleViewer]}).is(200).json(&c)
	return c
}

func (f *fixture) hover(text string) (h hovered) {
	f.t.Helper()
	f.do(call{method: "POST", path: "/v1/filter/hover", body: atCursor(text), token: f.tokens[service.RoleViewer]}).is(200).json(&h)
	return h
}

func atCursor(text string) map[string]any {
	before, after, _ := strings.Cut(text, "‸")
	units := 0
	for _, r := range before {
		if units++; r > 0xffff {
			units++
		}
	}
	return map[string]any{"filter": before + after, "cursor": units, "now": "2026-11-23T12:00:00+09:00"}
}

// fillForCompletion writes a few customers and a segment, and waits for the index.
func (f *fixture) fillForCompletion() {
	f.t.Helper()
	f.must(f.addField(append(schema.InitialFields(),
		schema.Field{Key: "profile.plan", Kind: schema.String, Labels: schema.Words{JA: "プラン", EN: "Plan"}, Write: schema.WriteManager},
		schema.Field{Key: "profile.points", Kind: schema.Number, Labels: schema.Words{JA: "ポイント", EN: "Points"}, Write: schema.WriteManager},
		schema.Field{Key: "profile.newsletter", Kind: schema.Boolean, Labels: schema.Words{JA: "ニュースレター", EN: "Newsletter"}, Write: schema.WriteManager})...))
	f.put("a", `{"tags":["ＶＩＰ","常連"],"profile":{"plan":"Ｐｒｏ","points":100,"newsletter":true}}`)
	f.put("b", `{"tags":["ＶＩＰ"],"profile":{"plan":"Ｐｒｏ","points":150,"newsletter":false}}`)
	e := f.put("c", `{"profile":{"plan":"Basic 😀","points":100,"newsletter":true}}`)
	f.must(f.store.PutSegment(store.Segment{Key: "regulars", Name: schema.Words{JA: "常連客", EN: "Regulars"}, Filter: `tags HAS "常連"`}))
	f.search(map[string]any{"minSeq": e.Seq})
}

func TestCompleteValues(t *testing.T) {
	t.Run("memindex", func(t *testing.T) { completeValues(t, newFixture(t)) })
	t.Run("bleveindex", func(t *testing.T) { completeValues(t, newFixtureOn(t, openBleve)) })
}

func completeValues(t *testing.T, f *fixture) {
	f.fillForCompletion()
	for _, test := range []struct{ text, want string }{
		{`profile.plan = "‸`, `Ｐｒｏ×2 Basic 😀×1`},      // as written, the most frequent first
		{`profile.plan = "ｐ‸"`, `Ｐｒｏ×2`},              // by prefix, folded
		{`profile.plan IN ("pro", "‸")`, `Basic 😀×1`}, // not what is there already
		{`"😀" AND tags HAS "v‸"`, `ＶＩＰ×2`},            // the cursor behind a pair of surrogates
		{`profile.newsletter = ‸`, `TRUE×2 FALSE×1`},
		{`profile.points > ‸`, `100×2 150×1`},
		{`segment("‸")`, `regulars`},
		{`segment("常連‸")`, `regulars`},
		{`profile.pla‸ = 1`, `profile.plan`},
		{`lastSeenAt > tod‸`, `today 2026-11-23`},
		{`# profile.pla‸`, ``},
	} {
		if got := f.complete(test.text).labels(); got != test.want {
			t.Errorf("%s: %s, not %s", test.text, got, test.want)
		}
	}
	c := f.complete(`"😀" AND profile.plan IN ‸`)
	if len(c.Candidates) == 0 || c.Candidates[0].Insert != "()" || *c.Candidates[0].Cursor != 1 || c.Range.Start != 27 || c.Range.End != 27 {
		t.Errorf("%+v", c)
	}
	if today := f.complete(`lastSeenAt > tod‸`).Candidates[0]; today.Kind != "date" || today.Detail.EN != "today (2026-11-23)" || today.Detail.JA != "今日（2026-11-23）" {
		t.Errorf("%+v", today)
	}
}

// A cursor that is left out is at the end; a zone that there is not is refused.
func TestCompleteRequests(t *testing.T) {
	f := newFixture(t)
	var c completion
	f.do(call{method: "POST", path: "/v1/filter/complete", body: `{"filter":"mem"}`}).is(200).json(&c)
	if c.labels() != "memberId member" || c.Range.Start != 0 || c.Range.End != 3 || c.Range.Line != 0 {
		t.Errorf("%+v", c)
	}
	f.do(call{method: "POST", path: "/v1/filter/complete", body: `{"filter":"mem","cursor":99}`}).is(200).json(&c)
	if c.labels() != "memberId member" {
		t.Errorf("%+v", c)
	}
	f.do(call{method: "POST", path: "/v1/filter/complete", body: `{"filter":"","cursor":-1}`, bad: true}).problem(400, service.CodeBadRequest)
	for _, path := range []string{"/v1/filter/complete", "/v1/filter/hover"} {
		f.do(call{method: "POST", path: path, body: `{"filter":"","timeZone":"Mars"}`}).problem(400, service.CodeBadRequest)
		f.do(call{method: "POST", path: path, body: `{"filter":"","now":"soon"}`}).problem(400, service.CodeBadRequest)
		f.do(call{method: "POST", path: path, body: `{"filter":""}`, token: f.tokens["metrics"]}).problem(403, service.CodeForbidden)
	}
}

func TestHover(t *testing.T) {
	t.Run("memindex", func(t *testing.T) { hoverThings(t, newFixture(t)) })
	t.Run("bleveindex", func(t *testing.T) { hoverThings(t, newFixtureOn(t, openBleve)) })
}

func hoverThings(t *testing.T, f *fixture) {
	f.fillForCompletion()
	h := f.hover(`"😀" AND prof‸ile.plan = "pro"`)
	if !h.Found || h.Title != "profile.plan" || h.Field == nil || h.Field.Labels.JA != "プラン" || h.Count == nil || *h.Count != 3 || h.Example != `"Ｐｒｏ"` || h.Range.Start != 11 || h.Range.End != 23 {
		t.Errorf("%+v", h)
	}
	if h := f.hover(`profile.plan = "p‸ro"`); h.Count == nil || *h.Count != 2 || h.Title != `"pro"` {
		t.Errorf("%+v", h)
	}
	if h := f.hover(`segment("regu‸lars")`); h.Count == nil || *h.Count != 1 || h.Text.JA != `セグメント「常連客」: tags HAS "常連"` || h.Text.EN != `the segment Regulars: tags HAS "常連"` {
		t.Errorf("%+v", h)
	}
	if h := f.hover(`lastSeenAt > tod‸ay`); h.Text.EN != "the whole day of 2026-11-23 (Asia/Tokyo)" || h.Count == nil || *h.Count != 0 {
		t.Errorf("%+v", h)
	}
	for _, text := range []string{`‸`, `( ‸ )`, `# profile.plan‸`, `nothing‸ = 1`} {
		if h := f.hover(text); h.Found || h.Range != nil || h.Title != "" {
			t.Errorf("%s: %+v", text, h)
		}
	}
}

// While the index is not ready everything is completed but values, and at once.
func TestCompleteWithoutIndex(t *testing.T) {
	g := &gate{}
	state := service.IndexStatus{State: service.StateReady}
	f := newFixture(t, func(s *service.Config, _ *Config) {
		g.Index = s.Index
		s.Index = g
		s.IndexStatus = func() service.IndexStatus { return state }
	})
	f.fillForCompletion()
	g.hold(errors.New("held back"))
	for _, state.State = range []string{service.StateReady, service.StateFailed} {
		began := time.Now()
		if got := f.complete(`profile.newsletter = ‸`).labels(); got != "TRUE FALSE" {
			t.Errorf("%s: %s", state.State, got)
		}
		if got := f.complete(`profile.plan = "p‸`).labels(); got != "p" { // what is typed, with its quote
			t.Errorf("%s: %s", state.State, got)
		}
		if h := f.hover(`profile.plan‸`); !h.Found || h.Count != nil || h.Example != "" {
			t.Errorf("%s: %+v", state.State, h)
		}
		if took := time.Since(began); took > service.MinSeqWait {
			t.Errorf("%s: took %v", state.State, took)
		}
	}
}

// A lateIndex answers from one state once it has one.
type lateIndex struct {
	service.Index
	state index.Snapshot
}

type unreleased struct{ index.Snapshot }

func (unreleased) Release() {}

func (l *lateIndex) Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	if l.state != nil {
		return unreleased{l.state}, nil
	}
	return l.Index.Snapshot(ctx, minSeq)
}

// A customer whose record is gone shows its value in the folded form: the
// index may be a moment behind.
func TestCompleteAfterDeletion(t *testing.T) {
	late := &lateIndex{}
	f := newFixture(t, func(s *service.Config, _ *Config) {
		late.Index = s.Index
		s.Index = late
	})
	f.fillForCompletion()
	var err error
	late.state, err = f.indexer.Snapshot(t.Context(), 0)
	f.must(err)
	defer late.state.Release()
	for _, id := range []string{"a", "b"} {
		f.do(call{method: "DELETE", path: "/v1/customers/" + id}).is(200)
	}
	if got := f.complete(`profile.plan = "p‸"`).labels(); got != "pro×2" {
		t.Errorf("%s", got)
	}
}
