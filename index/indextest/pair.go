package indextest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// A pair is the same state in both backends. records are those of the state,
// for messages.
type pair struct {
	t              *testing.T
	hooks          Hooks
	tested, oracle index.Snapshot
	records        map[string]schema.Record
	ids            []string
}

func (w *world) snapshots() *pair {
	w.t.Helper()
	open := func(b index.Backend) index.Snapshot {
		s, err := b.Snapshot(context.Background())
		if err != nil {
			w.t.Fatalf("Snapshot: %v", err)
		}
		return s
	}
	return &pair{
		t: w.t, hooks: w.hooks, tested: open(w.tested), oracle: open(w.oracle),
		records: maps.Clone(w.customer), ids: w.ids,
	}
}

func (p *pair) release() {
	p.tested.Release()
	p.oracle.Release()
}

// ask puts one question in every way that a backend can be asked.
func (p *pair) ask(g *Generator) {
	p.t.Helper()
	e := question(g)
	if !p.check(e, "") {
		return
	}
	p.contains(g, e)
	p.pages(g, e)
	p.values(g.valuesQuery())
	p.facets(e, g.facetQueries())
}

// check compares the set of matches, however it is asked for, and holds that a
// negation is the complement. It prints the smallest difference that it finds.
func (p *pair) check(e expr.Expr, note string) bool {
	p.t.Helper()
	fault := p.fault(e)
	if fault == "" {
		return true
	}
	small := shrink(e, func(e expr.Expr) bool { return p.fault(e) != "" })
	p.t.Errorf("%s%s\n%s", note, p.fault(small), p.describe(small))
	return false
}

// fault says what is wrong with the answers about an expression; "" is nothing.
func (p *pair) fault(e expr.Expr) string {
	ctx := context.Background()
	want, err := collect(p.oracle, e)
	if err != nil {
		return "memindex: " + err.Error()
	}
	got, err := collect(p.tested, e)
	if err != nil {
		return "IDs: " + err.Error()
	}
	if !slices.Equal(got, want) {
		return difference("IDs", got, want)
	}
	n, err := p.tested.Count(ctx, e)
	if err != nil || n != len(want) {
		return fmt.Sprintf("Count = %d, %v, want %d", n, err, len(want))
	}
	total, not := p.tested.Total(), 0
	if not, err = p.tested.Count(ctx, expr.Not{Of: e}); err != nil || n+not != total || total != len(p.records) {
		return fmt.Sprintf("%d match, %d match NOT, together %d customers (%d by Total): %v", n, not, len(p.records), total, err)
	}
	if p.hooks.Also == nil {
		return ""
	}
	also, err := p.hooks.Also(p.tested, e)
	if err != nil {
		return "the second way: " + err.Error()
	}
	slices.Sort(also)
	if !slices.Equal(also, want) {
		return difference("the second way", also, want)
	}
	return ""
}

// collect is the sorted ids of the matches.
func collect(s index.Snapshot, e expr.Expr) ([]string, error) {
	var found []string
	err := s.IDs(context.Background(), e, func(id string) bool {
		found = append(found, id)
		return true
	})
	slices.Sort(found)
	return found, err
}

// contains asks for members, others and ids that are not there.
func (p *pair) contains(g *Generator, e expr.Expr) {
	p.t.Helper()
	for range 6 {
		id := pick(g, p.ids)
		got, err := p.tested.Contains(context.Background(), e, id)
		want, _ := p.oracle.Contains(context.Background(), e, id)
		if err != nil || got != want {
			p.t.Errorf("Contains(%s, %q) = %v, %v, want %v", expr.String(e), id, got, err, want)
		}
	}
}
