package bleveindex

import (
	"context"
	"fmt"
	"sort"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/search"
	bleve "github.com/blevesearch/bleve_index_api"
)

// A viewReader is Bleve's reader of a view, from which nodes that Bleve has no
// searcher for find back to the view's segments.
type viewReader struct {
	*scorch.IndexSnapshot
	view *view
}

// A rowsSearcher gives Bleve the rows of a node.
type rowsSearcher struct {
	view *view
	sets []bitset
	at   int    // the segment
	next uint32 // the row to go on from
}

// newRowsSearcher evaluates a node for Bleve. The reader must be a view's.
func newRowsSearcher(ctx context.Context, r bleve.IndexReader, n node, _ search.SearcherOptions) (search.Searcher, error) {
	reader, ok := r.(viewReader)
	if !ok {
		return nil, fmt.Errorf("bleveindex: %s cannot be run on a %T", n.line(), r)
	}
	sets, err := reader.view.matches(ctx, n)
	if err != nil {
		return nil, err
	}
	return &rowsSearcher{view: reader.view, sets: sets}, nil
}

// Next is the next row in the order of Bleve's numbers.
func (s *rowsSearcher) Next(ctx *search.SearchContext) (*search.DocumentMatch, error) {
	for ; s.at < len(s.sets); s.at, s.next = s.at+1, 0 {
		row, ok := s.sets[s.at].next(s.next)
		if !ok {
			continue
		}
		s.next = row + 1
		match := ctx.DocumentMatchPool.Get()
		match.IndexInternalID = bleve.NewIndexInternalID(match.IndexInternalID, s.view.segments[s.at].first+uint64(row))
		return match, nil
	}
	return nil, nil
}

// Advance goes on at a number or the next after it.
func (s *rowsSearcher) Advance(ctx *search.SearchContext, id bleve.IndexInternalID) (*search.DocumentMatch, error) {
	number := id.Value()
	at := sort.Search(len(s.sets), func(i int) bool {
		return s.view.segments[i].first+uint64(s.view.segments[i].rows) > number
	})
	if at == len(s.sets) {
		s.at = at
		return nil, nil
	}
	row := uint32(0)
	if first := s.view.segments[at].first; number > first {
		row = uint32(number - first)
	}
	if at > s.at || at == s.at && row > s.next {
		s.at, s.next = at, row
	}
	return s.Next(ctx)
}

// Count is the number of all rows.
func (s *rowsSearcher) Count() uint64 {
	n := 0
	for _, set := range s.sets {
		n += set.count()
	}
	return uint64(n)
}

func (s *rowsSearcher) Close() error               { return nil }
func (s *rowsSearcher) Weight() float64            { return 1 }
func (s *rowsSearcher) SetQueryNorm(float64)       {}
func (s *rowsSearcher) Min() int                   { return 0 }
func (s *rowsSearcher) Size() int                  { return 0 }
func (s *rowsSearcher) DocumentMatchPoolSize() int { return 1 }
