package indextest

import (
	"context"
	"slices"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// pages compares a page by offset, the pages that follow one another by key,
// one that continues from a place where nobody stands, and what Walk yields
// from each of those places.
func (p *pair) pages(g *Generator, e expr.Expr) {
	p.t.Helper()
	sort := g.sortKeys()
	if fields := expr.FieldsOf(e); len(fields) > 0 && g.IntN(3) == 0 { // by what it is filtered by
		if f, ok := g.Fields.Lookup(pick(g, fields)); ok && f.Kind != schema.List {
			sort = []index.SortKey{{Field: f.Key, Kind: f.Kind, Desc: g.IntN(2) == 0}}
		}
	}
	all := index.Query{Where: e, Sort: sort, Limit: index.MaxLimit}
	p.search(all)
	p.search(index.Query{Where: e, Sort: sort, Limit: g.limit(), Offset: g.IntN(1 + len(p.records))})
	p.turn(all, 1+g.IntN(len(p.records)/2+1), g.IntN(2) == 0)
	nowhere := placeOf(g.Record(pick(g, p.ids)), sort, g.IntN(2) == 0)
	p.search(index.Query{Where: e, Sort: sort, Limit: g.limit(), Offset: pick(g, []int{0, 0, 1, 3}), After: nowhere})
	stop := pick(g, []int{0, 1, 2, 7, 50})
	p.walk(all, 0)
	p.walk(index.Query{Where: e, Sort: sort, Limit: g.limit(), Offset: g.IntN(1 + len(p.records))}, stop)
	p.walk(index.Query{Where: e, Sort: sort, Limit: g.limit(), Offset: pick(g, []int{0, 0, 1, 3}), After: nowhere}, stop)
}

func (g *Generator) limit() int { return pick(g, []int{0, 1, 2, 3, 7, 50, index.MaxLimit}) }

// sortKeys are up to three keys of any kind that sorts.
func (g *Generator) sortKeys() []index.SortKey {
	var keys []index.SortKey
	for range pick(g, []int{0, 1, 1, 1, 2, 3}) {
		f, _ := g.Fields.Lookup(g.anyField())
		if f.Kind != schema.List {
			keys = append(keys, index.SortKey{Field: f.Key, Kind: f.Kind, Desc: g.IntN(2) == 0})
		}
	}
	return keys
}

// search compares one page and gives memindex's.
func (p *pair) search(q index.Query) index.Page {
	p.t.Helper()
	want, err := p.oracle.Search(context.Background(), q)
	if err != nil {
		p.t.Fatalf("memindex: %s: %v", showQuery(q), err)
	}
	got, err := p.tested.Search(context.Background(), q)
	if err != nil {
		p.t.Errorf("%s: %v", showQuery(q), err)
		return want
	}
	if got.Total != want.Total {
		p.t.Errorf("%s: Total = %d, want %d", showQuery(q), got.Total, want.Total)
	}
	if !slices.EqualFunc(got.Hits, want.Hits, sameHit) {
		p.t.Errorf("%s:\n got %s\nwant %s", showQuery(q), showHits(got.Hits), showHits(want.Hits))
	}
	return want
}

func sameHit(a, b index.Hit) bool {
	return a.ID == b.ID && slices.EqualFunc(a.Values, b.Values, schema.Value.Equal)
}

// pagesInTurn bounds turn: each page is a whole search.
const pagesInTurn = 6

// turn reads page after page by key and holds that they are the whole's, from
// its beginning. Keys come from hits, or raw from the records.
func (p *pair) turn(q index.Query, step int, raw bool) {
	p.t.Helper()
	whole := p.search(q).Hits
	q.Limit = step
	for at := 0; at < min(len(whole), pagesInTurn*step) && !p.t.Failed(); at += step {
		page := p.search(q)
		if end := min(at+step, len(whole)); !slices.EqualFunc(page.Hits, whole[at:end], sameHit) {
			p.t.Fatalf("memindex: %s: the page after %d is not the whole's", showQuery(q), at)
		}
		last := page.Hits[len(page.Hits)-1]
		q.After = &last.Key
		if raw {
			q.After = placeOf(p.records[last.ID], q.Sort, true)
		}
	}
}

// placeOf is the place where a record would stand, with its texts raw or folded.
func placeOf(r schema.Record, sort []index.SortKey, raw bool) *index.Key {
	k := &index.Key{ID: r.ID(), Values: make([]schema.Value, len(sort))}
	for i, s := range sort {
		v := r.Get(s.Field)
		if v.Kind() == schema.String && !raw {
			v = schema.Text(schema.Fold(v.Text()))
		}
		k.Values[i] = v
	}
	return k
}

// walk compares what Walk yields, all of it or, where stop is not 0, until it
// is told to stop at that hit.
func (p *pair) walk(q index.Query, stop int) {
	p.t.Helper()
	want, err := walked(p.oracle, q, stop)
	if err != nil {
		p.t.Fatalf("memindex: Walk %s: %v", showQuery(q), err)
	}
	got, err := walked(p.tested, q, stop)
	if err != nil || !slices.EqualFunc(got, want, sameHit) {
		p.t.Errorf("Walk %s, stopped at %d: %v\n got %s\nwant %s", showQuery(q), stop, err, showHits(got), showHits(want))
	}
}

// walked are the hits of a walk. They are copied: what Walk yields need not
// hold beyond the call.
func walked(s index.Snapshot, q index.Query, stop int) (hits []index.Hit, err error) {
	err = s.Walk(context.Background(), q, func(h index.Hit) bool {
		h.Values = slices.Clone(h.Values)
		hits = append(hits, h)
		return len(hits) != stop
	})
	return hits, err
}
