package bleveindex

import (
	"context"
	"sync"
	"testing"

	"github.com/blevesearch/bleve/v2/search"

	"meibo/dsl/expr"
	"meibo/index"
	"meibo/index/indextest"
)

// folders remembers where the backends of a test are, so that they can be
// opened again.
type folders struct {
	options Options
	sync.Mutex
	of map[index.Backend]string
}

func (f *folders) open(t *testing.T, dir string) index.Backend {
	t.Helper()
	b, err := Open(dir, f.options)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	f.Lock()
	defer f.Unlock()
	f.of[b] = dir
	return b
}

func (f *folders) reopen(t *testing.T, b index.Backend) index.Backend {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	f.Lock()
	dir := f.of[b]
	f.Unlock()
	return f.open(t, dir)
}

func newFolders(o Options) *folders {
	o.pause = 1 // they are closed all the time
	return &folders{options: o, of: map[index.Backend]string{}}
}

func (f *folders) hooks() indextest.Hooks {
	return indextest.Hooks{Reopen: f.reopen, Merge: mergeAll, Also: throughBleve}
}

func mergeAll(t *testing.T, b index.Backend) {
	t.Helper()
	if err := b.(*Backend).Merge(context.Background()); err != nil {
		t.Fatalf("Merge: %v", err)
	}
}

func TestConformance(t *testing.T) {
	f := newFolders(Options{})
	indextest.Run(t, func(t *testing.T) index.Backend { return f.open(t, t.TempDir()) }, f.hooks())
}

// TestConformanceInParts writes every batch in parts, with columns that hardly
// fit.
func TestConformanceInParts(t *testing.T) {
	f := newFolders(Options{Workers: 3, ColumnBytes: 4000, leastPart: 1, fewRows: 1})
	indextest.Compare(t, indextest.Seed(t)+1_000_000, indextest.Cases(t)/4, func(t *testing.T) index.Backend { return f.open(t, t.TempDir()) }, f.hooks())
}

func TestLanguageScripts(t *testing.T) {
	f := newFolders(Options{})
	indextest.RunScripts(t, "../../testdata/language", func(t *testing.T) index.Backend { return f.open(t, t.TempDir()) }, f.hooks())
}

// throughBleve answers with Bleve's own searchers over the compiled query.
func throughBleve(s index.Snapshot, e expr.Expr) ([]string, error) {
	v := s.(*snapshot).view
	ctx := context.Background()
	reader := viewReader{v.reader, v}
	searcher, err := compile(e, v.state).Searcher(ctx, reader, nil, search.SearcherOptions{Score: "none"})
	if err != nil {
		return nil, err
	}
	defer func() { _ = searcher.Close() }()
	bleve := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(searcher.DocumentMatchPoolSize()+1, 0), IndexReader: reader}
	var ids []string
	for {
		match, err := searcher.Next(bleve)
		if match == nil || err != nil {
			return ids, err
		}
		id, err := reader.ExternalID(match.IndexInternalID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
		bleve.DocumentMatchPool.Put(match)
	}
}
