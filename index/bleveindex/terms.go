package bleveindex

import (
	"context"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	bleve "github.com/blevesearch/bleve_index_api"
)

// terms is true where a field has one of the terms, of which there is at least
// one. Cost: a dictionary look-up, some 500 ns, a term and segment.
type terms struct {
	field string
	of    []string
	shown string // what line shows for them
}

func newTerms(field string, of []string) node {
	if len(of) == 0 {
		return constant(false)
	}
	return &terms{field: field, of: of, shown: quoted(of)}
}

func (n *terms) parts() []node { return nil }
func (n *terms) line() string  { return "terms " + n.field + " " + n.shown }

func (n *terms) rows(_ context.Context, s *segment) (bitset, error) {
	rows := newBitset(s.rows)
	return rows, s.addPostings(n.field, n.of, rows)
}

func (n *terms) has(_ context.Context, s *segment, row uint32) (bool, error) {
	found := false
	err := s.eachList(n.field, n.of, func(list hits) {
		found = found || list.one && list.row == row || !list.one && list.many.Contains(row)
	})
	return found, err
}

func (n *terms) Searcher(ctx context.Context, r bleve.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	return searcher.NewMultiTermSearcher(ctx, r, n.of, n.field, 1, o, false)
}

// dictionary is true where a field has any term that the matcher takes. It
// goes through all terms of the field.
type dictionary struct {
	field string
	by    matcher
}

func (n *dictionary) parts() []node { return nil }
func (n *dictionary) line() string  { return "dictionary " + n.field + " " + n.by.String() }

func (n *dictionary) rows(ctx context.Context, s *segment) (bitset, error) {
	rows := newBitset(s.rows)
	seen := 0
	err := s.eachTerm(n.field, func(term string, read func() (hits, bool, error)) error {
		if seen++; seen%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !n.by.match([]byte(term)) {
			return nil
		}
		list, ok, err := read()
		if err != nil || !ok {
			return err
		}
		list.each(rows.add)
		return nil
	})
	return rows, err
}

func (n *dictionary) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	rows, err := n.rows(ctx, s)
	return err == nil && rows.has(row), err
}

func (n *dictionary) Searcher(ctx context.Context, r bleve.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	return newRowsSearcher(ctx, r, n, o)
}

// newNumberTerms shows the numbers, not their terms.
func newNumberTerms(field string, values []float64) node {
	if len(values) == 0 {
		return constant(false)
	}
	encoded := make([]string, len(values))
	for i, v := range values {
		encoded[i] = encodeNumber(v)
	}
	return &terms{field: field, of: encoded, shown: numbersShown(values)}
}
