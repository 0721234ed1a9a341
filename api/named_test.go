package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/index"
	"meibo/index/indexer"
	"meibo/index/memindex"
	"meibo/store"
)

// pageOf asks for a page and gives the raw answer.
func (f *fixture) pageOf(body map[string]any) answer {
	f.t.Helper()
	return f.do(call{method: "POST", path: "/v1/customers/search", body: body})
}

func TestAJumpAndBackSeesOneState(t *testing.T) {
	t.Run("memindex", func(t *testing.T) { jumpWhileOthersWrite(t, newFixture(t)) })
	t.Run("bleveindex", func(t *testing.T) { jumpWhileOthersWrite(t, newFixtureOn(t, openBleve)) })
}

func jumpWhileOthersWrite(t *testing.T, f *fixture) {
	seq := f.fill(300)
	first := f.search(map[string]any{"sort": "id", "limit": 3, "minSeq": seq})
	far := f.search(map[string]any{"sort": "id", "limit": 3, "offset": 200, "snapshot": first.Snapshot})
	if far.ids() != "c0200 c0201 c0202" || far.Snapshot != first.Snapshot {
		t.Fatalf("%+v", far)
	}
	for i := range 20 {
		seq = f.put(fmt.Sprintf("a%02d", i), `{}`).Seq // before all others
		newest := f.search(map[string]any{"sort": "id", "limit": 3, "minSeq": seq})
		if newest.Total != 301+i || newest.Snapshot == first.Snapshot {
			t.Fatalf("write %d: without a snapshot, %+v", i, newest)
		}
		again := f.search(map[string]any{"sort": "id", "limit": 3, "offset": 200, "snapshot": first.Snapshot})
		back := f.search(map[string]any{"sort": "id", "limit": 3, "snapshot": first.Snapshot})
		if again.Total != 300 || again.ids() != far.ids() || again.Seq != first.Seq || back.ids() != first.ids() {
			t.Fatalf("write %d: %+v, %+v", i, again, back)
		}
	}
	if moved := f.search(map[string]any{"sort": "id", "limit": 3, "offset": 200}); moved.Total != 320 || moved.ids() != "c0180 c0181 c0182" {
		t.Errorf("without a snapshot: %+v", moved)
	}
	if sorted := f.search(map[string]any{"sort": "-id", "limit": 1, "offset": 299, "snapshot": first.Snapshot}); sorted.Total != 300 || sorted.ids() != "c0000" {
		t.Errorf("in another order: %+v", sorted)
	}
}

// With a snapshot a cursor stays on it, even when the next request does not
// name it; without one it continues in the newest state.
func TestACursorStaysOnItsSnapshot(t *testing.T) {
	f := newFixture(t)
	seq := f.fill(10)
	body := func(more map[string]any) map[string]any {
		all := map[string]any{"filter": "createdAt <= now", "sort": "id", "limit": 4}
		for k, v := range more {
			all[k] = v
		}
		return all
	}
	first := f.search(body(map[string]any{"minSeq": seq}))
	second := f.search(body(map[string]any{"snapshot": first.Snapshot}))
	f.do(call{method: "DELETE", path: "/v1/customers/c0000"}).is(200)
	seq = f.put("c00045", `{}`).Seq
	stays := f.search(body(map[string]any{"cursor": second.NextCursor}))
	both := f.search(body(map[string]any{"cursor": second.NextCursor, "snapshot": first.Snapshot}))
	byKey := f.search(body(map[string]any{"cursor": first.NextCursor, "minSeq": seq}))
	keyOn := f.search(body(map[string]any{"cursor": first.NextCursor, "snapshot": first.Snapshot}))
	for _, r := range []found{stays, both, keyOn} {
		if r.ids() != "c0004 c0005 c0006 c0007" || r.Total != 10 || r.Seq != first.Seq || r.Snapshot != first.Snapshot {
			t.Errorf("%+v", r)
		}
	}
	if byKey.ids() != "c0004 c00045 c0005 c0006" || byKey.Total != 10 || byKey.Seq != seq {
		t.Errorf("%+v", byKey)
	}
	if last := f.search(body(map[string]any{"cursor": stays.NextCursor})); last.ids() != "c0008 c0009" || last.NextCursor != "" || last.Total != 10 {
		t.Errorf("%+v", last)
	}
	f.pageOf(body(map[string]any{"cursor": second.NextCursor, "snapshot": byKey.Snapshot})).problem(400, service.CodeBadRequest)
	f.clock.add(time.Minute + time.Second)
	f.pageOf(body(map[string]any{"cursor": second.NextCursor})).problem(410, service.CodeGone)
	f.search(body(map[string]any{"cursor": first.NextCursor}))
}

func TestASnapshotKeepsItsNowAndQuestion(t *testing.T) {
	f := newFixture(t)
	seq := f.fill(3)
	body := func(more map[string]any) map[string]any {
		all := map[string]any{"filter": "createdAt > now-1h", "q": "c0"}
		for k, v := range more {
			all[k] = v
		}
		return all
	}
	first := f.search(body(map[string]any{"minSeq": seq, "timeZone": "UTC"}))
	for range 3 { // used, it is held for longer than a minute
		f.clock.add(50 * time.Second)
		f.search(body(map[string]any{"snapshot": first.Snapshot}))
	}
	for range 80 {
		f.clock.add(50 * time.Second)
		if r := f.search(body(map[string]any{"snapshot": first.Snapshot, "minSeq": seq})); r.Total != 3 || r.Snapshot != first.Snapshot {
			t.Fatalf("now moved on: %+v", r)
		}
	}
	if r := f.search(body(nil)); r.Total != 0 {
		t.Errorf("an hour later: %+v", r)
	}
	named := func(change map[string]any) answer { return f.pageOf(body(change)) }
	named(map[string]any{"snapshot": first.Snapshot, "timeZone": "UTC"}).is(200)
	named(map[string]any{"snapshot": first.Snapshot, "now": testNow.Format(time.RFC3339)}).is(200)
	for _, change := range []map[string]any{{"filter": ""}, {"q": "c1"}, {"timeZone": "Asia/Tokyo"}, {"now": "2026-01-01"}} {
		change["snapshot"] = first.Snapshot
		if p := named(change).problem(400, service.CodeBadRequest); len(p.Errors) != 1 || p.Errors[0].Field != "snapshot" || p.Errors[0].Code != "other_query" {
			t.Errorf("%v: %+v", change, p)
		}
	}
	for _, broken := range []string{"AAAA", "%%%", f.forge(first.Snapshot, "v", 99)} {
		if p := named(map[string]any{"snapshot": broken}).problem(400, service.CodeBadRequest); len(p.Errors) != 1 || p.Errors[0].Code != "invalid" {
			t.Errorf("%q: %+v", broken, p)
		}
	}
	later := f.put("c9", `{}`).Seq
	if p := named(map[string]any{"snapshot": first.Snapshot, "minSeq": later}).problem(400, service.CodeBadRequest); p.Errors[0].Code != "conflict" {
		t.Errorf("%+v", p)
	}
	named(map[string]any{"snapshot": f.forge(first.Snapshot, "e", "another")}).problem(410, service.CodeGone)
}

func TestASnapshotIsGoneAMinuteAfterItsLastUse(t *testing.T) {
	f := newFixture(t)
	first := f.search(map[string]any{"minSeq": f.fill(3)})
	f.clock.add(time.Minute)
	f.search(map[string]any{"snapshot": first.Snapshot})
	seq := f.put("c9", `{}`).Seq
	f.search(map[string]any{"minSeq": seq})
	f.clock.add(time.Minute + time.Millisecond)
	p := f.pageOf(map[string]any{"snapshot": first.Snapshot}).problem(410, service.CodeGone)
	if !strings.Contains(p.Detail, "search again without it") {
		t.Errorf("the detail does not say what to do: %s", p.Detail)
	}
	if f.search(map[string]any{}).Total != 4 {
		t.Error("the newest state answers")
	}
}

// While nothing was written the state is the newest one, and its name is good
// for as long as it is.
func TestTheNewestStateIsNeverGone(t *testing.T) {
	f := newFixture(t)
	first := f.search(map[string]any{"minSeq": f.fill(3)})
	f.clock.add(time.Hour)
	if r := f.search(map[string]any{"snapshot": first.Snapshot}); r.Total != 3 || r.Snapshot != first.Snapshot {
		t.Errorf("%+v", r)
	}
}

func TestAFewSnapshotsAreHeldAtATime(t *testing.T) {
	f := newFixture(t)
	console := f.search(map[string]any{"minSeq": f.fill(3)}).Snapshot
	f.search(map[string]any{"snapshot": console})
	var names []string
	for i := range 30 {
		seq := f.put("c9", fmt.Sprintf(`{"profile":{"name":"n%d"}}`, i)).Seq
		names = append(names, f.search(map[string]any{"minSeq": seq}).Snapshot)
	}
	f.search(map[string]any{"snapshot": console})
	f.pageOf(map[string]any{"snapshot": names[0]}).problem(410, service.CodeGone)
	f.search(map[string]any{"snapshot": names[29]})
	if metrics := string(f.do(call{path: "/metrics"}).is(200).body); !strings.Contains(metrics, "meibo_snapshots_held 8") {
		t.Errorf("%s", metrics)
	}
}

// A saved segment may change without a write to any customer: what a snapshot
// named by way of it would then be another match.
func TestASnapshotIsGoneWithTheSegmentThatItsFilterUses(t *testing.T) {
	f := newFixture(t)
	save := func(filter string) {
		_, err := f.service.SaveSegment(t.Context(), store.Segment{Key: "s", Filter: filter})
		f.must(err)
	}
	save(`tags HAS "t1"`)
	body := map[string]any{"filter": `segment("s")`, "minSeq": f.fill(10)}
	body["snapshot"] = f.search(body).Snapshot
	f.search(body)
	save(`tags HAS "t2"`)
	f.pageOf(body).problem(410, service.CodeGone)
}

// What an earlier process held is gone, unless nothing was written since.
func TestSnapshotsOfAnEarlierProcess(t *testing.T) {
	f := newFixture(t)
	old := f.search(map[string]any{"minSeq": f.fill(3)}).Snapshot
	seq := f.put("c9", `{}`).Seq
	newest := f.search(map[string]any{"minSeq": seq}).Snapshot
	again := service.New(service.Config{Store: f.store, Index: f.indexer})
	defer again.Close()
	if _, err := again.Search(t.Context(), service.SearchRequest{Snapshot: old}); service.CodeOf(err) != service.CodeGone {
		t.Errorf("%v", err)
	}
	if r, err := again.Search(t.Context(), service.SearchRequest{Snapshot: newest}); err != nil || r.Total != 4 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestAStreamSeesItsSnapshot(t *testing.T) {
	f := newFixture(t)
	first := f.search(map[string]any{"sort": "id", "minSeq": f.fill(600)})
	f.search(map[string]any{"minSeq": f.put("a", `{}`).Seq})
	lines := func(body map[string]any) int {
		a := f.do(call{method: "POST", path: "/v1/customers/search", header: map[string]string{"Accept": ndjson}, body: body}).is(200)
		return strings.Count(string(a.body), "\n")
	}
	if n := lines(map[string]any{"snapshot": first.Snapshot, "fields": []string{"id"}}); n != 600 {
		t.Errorf("%d rows of the snapshot", n)
	}
	if n := lines(map[string]any{"fields": []string{"id"}}); n != 601 {
		t.Errorf("%d rows of the newest state", n)
	}
	f.clock.add(2 * time.Minute)
	f.do(call{method: "POST", path: "/v1/customers/search", header: map[string]string{"Accept": ndjson},
		body: map[string]any{"snapshot": first.Snapshot}}).problem(410, service.CodeGone)
}

// counting tells how far a walk went. It holds the walk at a hit until the
// request's context ends.
type counting struct {
	service.Index
	holdAt int
	ended  chan int
}

type countingSnapshot struct {
	index.Snapshot
	in *counting
}

func (c *counting) Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	snap, err := c.Index.Snapshot(ctx, minSeq)
	return countingSnapshot{snap, c}, err
}

func (c countingSnapshot) Walk(ctx context.Context, q index.Query, yield func(index.Hit) bool) error {
	n := 0
	defer func() { c.in.ended <- n }()
	return c.Snapshot.Walk(ctx, q, func(h index.Hit) bool {
		if n == c.in.holdAt {
			<-ctx.Done()
		}
		n++
		return yield(h)
	})
}

// The first row leaves before the walk goes on, and a client that goes away
// ends the walk.
func TestAStreamSendsItsFirstRowAtOnceAndEndsWithItsClient(t *testing.T) {
	c := &counting{holdAt: 16, ended: make(chan int, 1)}
	f := newFixture(t, func(s *service.Config, _ *Config) { c.Index, s.Index = s.Index, c })
	seq := f.fill(5000)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	request := f.request(call{method: "POST", path: "/v1/customers/search", header: map[string]string{"Accept": ndjson},
		body: map[string]any{"sort": "id", "minSeq": seq}})
	response, err := http.DefaultClient.Do(request.WithContext(ctx))
	f.must(err)
	defer response.Body.Close()
	line, err := bufio.NewReader(response.Body).ReadBytes('\n') // while the walk is held at its 17th hit
	var row struct{ ID string }
	if err != nil || json.Unmarshal(line, &row) != nil || row.ID != "c0000" {
		t.Fatalf("%s, %v", line, err)
	}
	leave()
	if n := <-c.ended; n >= 5000 {
		t.Error("the walk went on to its end")
	}
}

// counted is an engine with figures.
type counted struct{ *memindex.Backend }

func (counted) Figures() []index.Figure {
	return []index.Figure{{Name: "files", Help: "Files.", Value: 7}, {Name: "merges_total", Help: "Merges.", Value: 3}}
}

func TestFiguresOfTheEngineAndTheService(t *testing.T) {
	f := newFixtureOn(t, func(string) (index.Backend, error) { return counted{memindex.New()}, nil })
	f.search(map[string]any{"filter": "member = true", "minSeq": f.fill(1)})
	metrics := string(f.do(call{path: "/metrics"}).is(200).body)
	for _, want := range []string{"# TYPE meibo_index_files gauge\nmeibo_index_files 7", "# TYPE meibo_index_merges_total counter\nmeibo_index_merges_total 3",
		"meibo_snapshots_held 1", "meibo_filters_cached 1"} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in %s", want, metrics)
		}
	}
}

// breakable is an engine that can no longer write, once, until it is opened again.
type breakable struct {
	index.Backend
	broken *atomic.Bool
}

func (b breakable) Apply(ctx context.Context, batch index.Batch) error {
	if b.broken.CompareAndSwap(true, false) {
		return index.ErrBroken
	}
	return b.Backend.Apply(ctx, batch)
}

// An index is opened again only when nobody uses it: a held state may not keep
// it from that, nor may it be found afterwards.
func TestHeldStatesDoNotKeepABrokenIndexFromRecovering(t *testing.T) {
	var broken atomic.Bool
	f := newFixtureOn(t, func(string) (index.Backend, error) { return breakable{memindex.New(), &broken}, nil },
		func(s *service.Config, _ *Config) {
			following := s.Index.(*indexer.Indexer)
			s.IndexStatus = func() service.IndexStatus {
				now := following.Status()
				return service.IndexStatus{State: now.State, Stale: now.Stale, Applied: now.Applied, Committed: now.Committed, Generation: now.Generation}
			}
		})
	first := f.search(map[string]any{"minSeq": f.fill(3)})
	f.search(map[string]any{"snapshot": first.Snapshot})
	broken.Store(true)
	seq := f.put("c9", `{}`).Seq
	body := map[string]any{"minSeq": seq}
	a := f.pageOf(body)
	for deadline := time.Now().Add(20 * time.Second); a.status == 503 && time.Now().Before(deadline); a = f.pageOf(body) {
		time.Sleep(10 * time.Millisecond)
	}
	var r found
	if a.is(200).json(&r); r.Total != 4 {
		t.Errorf("%+v", r)
	}
	f.pageOf(map[string]any{"snapshot": first.Snapshot}).problem(410, service.CodeGone)
}
