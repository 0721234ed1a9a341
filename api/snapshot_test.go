package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"meibo/api/service"
	"meibo/index"
)

// pinned answers every question from one state of the index, until let go.
type pinned struct {
	service.Index
	at atomic.Pointer[index.Snapshot]
}

type keptSnapshot struct{ index.Snapshot }

func (keptSnapshot) Release() {}

func (p *pinned) Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	if snap := p.at.Load(); snap != nil {
		return keptSnapshot{*snap}, nil
	}
	return p.Index.Snapshot(ctx, minSeq)
}

// A customer that is deleted after the index answered and before its record
// is read is left out of the page, not of the total.
func TestRowsThatVanishMeanwhileAreLeftOut(t *testing.T) {
	p := &pinned{}
	f := newFixture(t, func(s *service.Config, _ *Config) { p.Index, s.Index = s.Index, p })
	snap, err := p.Index.Snapshot(t.Context(), f.fill(3))
	f.must(err)
	defer snap.Release()
	p.at.Store(&snap)
	f.do(call{method: "DELETE", path: "/v1/customers/c0001"}).is(200)
	if r := f.search(map[string]any{"sort": "id"}); r.Total != 3 || r.ids() != "c0000 c0002" {
		t.Errorf("%+v", r)
	}
	p.at.Store(nil)
	if r := f.search(map[string]any{"sort": "id", "minSeq": f.store.Seq()}); r.Total != 2 || r.ids() != "c0000 c0002" {
		t.Errorf("%+v", r)
	}
}

// breaking fails in the midst of a walk.
type breaking struct{ service.Index }

type breakingSnapshot struct{ index.Snapshot }

func (b breaking) Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error) {
	snap, err := b.Index.Snapshot(ctx, minSeq)
	return breakingSnapshot{snap}, err
}

func (b breakingSnapshot) Walk(ctx context.Context, q index.Query, yield func(index.Hit) bool) error {
	left := 1000
	err := b.Snapshot.Walk(ctx, q, func(h index.Hit) bool {
		left--
		return left >= 0 && yield(h)
	})
	return errors.Join(err, errors.New("lost on the way"))
}

// Once the status is out, a fault can only be told by cutting the stream: a
// reader must not take half of the match for the whole.
func TestAStreamThatFailsIsCutOff(t *testing.T) {
	f := newFixture(t, func(s *service.Config, _ *Config) { s.Index = breaking{s.Index} })
	seq := f.fill(1500)
	response, err := http.DefaultClient.Do(f.request(call{method: "POST", path: "/v1/customers/search",
		body: map[string]any{"minSeq": seq}, header: map[string]string{"Accept": ndjson}}))
	f.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if response.StatusCode != 200 || len(body) == 0 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("status %d, %d bytes, %v", response.StatusCode, len(body), err)
	}
	if !strings.Contains(f.log.String(), "lost on the way") {
		t.Error("the fault is not logged")
	}
}
