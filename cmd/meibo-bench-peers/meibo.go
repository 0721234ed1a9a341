package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"meibo/dsl"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/bleveindex"
)

// meibo is the index alone: no records, no HTTP.
type meibo struct {
	backend index.Backend
	fields  *schema.Fields
	batches uint64
}

func openMeibo(folder string, fields *schema.Fields, o bleveindex.Options) (*meibo, error) {
	backend, err := bleveindex.Open(folder, o)
	if err != nil {
		return nil, fmt.Errorf("open the index of meibo: %w", err)
	}
	return &meibo{backend: backend, fields: fields}, nil
}

// workspaceIndex is the folder of the index that a workspace answers from.
func workspaceIndex(data string) (string, error) {
	current, err := os.ReadFile(filepath.Join(data, "index", "CURRENT"))
	if err != nil {
		return "", fmt.Errorf("--data %s: %w", data, err)
	}
	return filepath.Join(data, "index", strings.TrimSpace(string(current))), nil
}

func (m *meibo) load(ctx context.Context, batch []schema.Record) error {
	m.batches++
	b := index.Batch{Position: index.Position{Epoch: "bench", Seq: m.batches}, Fields: m.fields, Upserts: batch}
	if err := m.backend.Apply(ctx, b); err != nil {
		return fmt.Errorf("load meibo: %w", err)
	}
	return nil
}

// finish waits until all is on disk.
func (m *meibo) finish(context.Context) error { return m.close() }

func (m *meibo) close() error { return m.backend.Close() }

// settle waits until no column is to be decoded in the background.
func (m *meibo) settle(ctx context.Context) error {
	waiting := func(f index.Figure) bool { return f.Name == "columns_waiting" && f.Value > 0 }
	for slices.ContainsFunc(m.backend.Figures(), waiting) {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// An answer is what all engines have to agree on.
type answer struct {
	total int
	ids   []string
}

func answerOf(p index.Page) answer {
	ids := make([]string, len(p.Hits))
	for i, hit := range p.Hits {
		ids[i] = hit.ID
	}
	return answer{p.Total, ids}
}

// place asks for what the questions refer to.
func (m *meibo) place(ctx context.Context, s index.Snapshot, now time.Time) (place, error) {
	p := place{now: now, middle: s.Total() / 2}
	page, err := s.Search(ctx, index.Query{Where: expr.Everyone(), Sort: []index.SortKey{latestFirst}, Offset: p.middle, Limit: 1})
	if err != nil {
		return p, fmt.Errorf("find the customer in the middle: %w", err)
	}
	if len(page.Hits) == 0 {
		return p, errors.New("the index of meibo has no customers")
	}
	p.cursor = page.Hits[0].Key
	return p, nil
}

// compile makes the query of a question, once, as the peers' statements are
// prepared once.
func (m *meibo) compile(q question, now time.Time) (index.Query, error) {
	env := dsl.Env{Fields: m.fields, Now: now, Zone: time.UTC, WeekStart: time.Monday}
	query := index.Query{Sort: []index.SortKey{q.sort}, Limit: pageSize, Offset: q.offset, After: q.after}
	if q.quick != "" {
		quick, faults := dsl.QuickSearch(q.quick, env)
		query.Where = quick.Expr
		return query, refused(q, faults)
	}
	compiled, faults := dsl.Compile(q.filter, env)
	query.Where = compiled.Expr
	return query, refused(q, faults)
}

func refused(q question, faults []dsl.Diagnostic) error {
	if dsl.HasErrors(faults) {
		return fmt.Errorf("the question %s does not compile: %v", q.title, faults)
	}
	return nil
}
