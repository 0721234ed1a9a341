package bleveindex

import (
	"context"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	bleve "github.com/blevesearch/bleve_index_api"
)

// isSet is true where a field has a value of any kind. The rows that have a
// number or a text are found once and kept like a column; a bit each.
type isSet struct{ field string }

func (n *isSet) parts() []node { return nil }
func (n *isSet) line() string  { return "set " + n.field }

// plan keeps no rows: those of columns are kept, one column at a time.
func (n *isSet) plan(s *segment) plan {
	cost := 4*costTerm + 8*costWord*float64(s.rows/64)
	for _, name := range presenceColumns(n.field) {
		if s.terms(name) > 0 && !s.isWarm(formSet+name) {
			cost += costValue * float64(s.rows)
		}
	}
	return plan{name: planPresence, cost: cost, rows: func(ctx context.Context) (bitset, error) { return n.read(ctx, s) }}
}

func (n *isSet) read(ctx context.Context, s *segment) (bitset, error) {
	rows := newBitset(s.rows)
	if err := s.addPostings(flagsName, presenceFlags(n.field), rows); err != nil {
		return nil, err
	}
	for _, name := range presenceColumns(n.field) {
		present, err := s.present(ctx, name)
		if err != nil {
			return nil, err
		}
		rows.or(present) // of no length where the segment has no such field
	}
	return rows, nil
}

func (n *isSet) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	flags := terms{field: flagsName, of: presenceFlags(n.field)}
	if ok, err := flags.has(ctx, s, row); ok || err != nil {
		return ok, err
	}
	for _, name := range presenceColumns(n.field) {
		present, err := s.present(ctx, name)
		if err != nil || len(present) > 0 && present.has(row) {
			return err == nil, err
		}
	}
	return false, nil
}

func (n *isSet) Searcher(ctx context.Context, r bleve.IndexReader, _ mapping.IndexMapping, o search.SearcherOptions) (search.Searcher, error) {
	return newRowsSearcher(ctx, r, n, o)
}

// A presence is the rows that have a value in a column.
type presence bitset

func (p presence) bytes() int64 { return int64(len(p)) * 8 }

// present is the presence of a column, of no length where there is none. It
// must not be changed.
func (s *segment) present(ctx context.Context, name string) (bitset, error) {
	if s.terms(name) == 0 {
		return nil, nil
	}
	set, err := columnOf[presence](ctx, s, formSet+name)
	return bitset(set), err
}

func (s *segment) decodePresence(name string) (column, error) {
	rows := newBitset(s.rows)
	few, err := s.fewTerms(name)
	if err != nil {
		return nil, err
	}
	if !few {
		err := s.eachValue(name, func(row int, _ []byte) error {
			rows.add(uint32(row))
			return nil
		})
		return presence(rows), err
	}
	err = s.eachTerm(name, func(_ string, read func() (hits, bool, error)) error {
		list, ok, err := read()
		if err != nil || !ok {
			return err
		}
		list.addTo(rows)
		return nil
	})
	return presence(rows), err
}
