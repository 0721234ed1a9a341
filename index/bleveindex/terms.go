package bleveindex

import (
	"context"
	"fmt"
	"strings"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	bleve "github.com/blevesearch/bleve_index_api"

	"meibo/dsl/schema"
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

func (n *terms) key() string {
	if len(n.of) > 5 { // more are not shown
		return ""
	}
	return n.field + " " + n.shown
}

func (n *terms) plan(s *segment) plan {
	// How many rows have a term is not known before it is looked up.
	cost := costDictionary + costTerm*float64(len(n.of)) + costAdd*float64(s.rows)/32
	return choose(s, n.key(), plan{name: planPostings, cost: cost, rows: func(context.Context) (bitset, error) {
		rows := newBitset(s.rows)
		return rows, s.addPostings(n.field, n.of, rows)
	}})
}

func (n *terms) has(_ context.Context, s *segment, row uint32) (bool, error) {
	if set, ok := warmColumn[rowSet](s, formDense+n.key()); ok && n.key() != "" {
		return bitset(set).has(row), nil
	}
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

func (n *dictionary) key() string {
	if sub, ok := n.by.(substring); ok {
		return n.field + " " + sub.String()
	}
	return ""
}

func (n *dictionary) plan(s *segment) plan {
	cost := costDictionary + costNextTerm*float64(s.terms(n.field)) + costAdd*float64(s.rows)/8
	return choose(s, n.key(), plan{name: planDictionary, cost: cost, rows: func(ctx context.Context) (bitset, error) { return n.read(ctx, s) }})
}

func (n *dictionary) read(ctx context.Context, s *segment) (bitset, error) {
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
		list.addTo(rows)
		return nil
	})
	return rows, err
}

func (n *dictionary) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	rows, err := rowsOf(ctx, n, s)
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

// numbersShown lists numbers, some of many.
func numbersShown(values []float64) string {
	const most = 5
	shown := make([]string, 0, most)
	for _, v := range values[:min(len(values), most)] {
		shown = append(shown, schema.FormatNumber(v))
	}
	if len(values) > most {
		shown = append(shown, fmt.Sprintf("… %d in all", len(values)))
	}
	return "(" + strings.Join(shown, ", ") + ")"
}
