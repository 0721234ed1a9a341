package bleveindex

import (
	"context"
	"fmt"

	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	bleve "github.com/blevesearch/bleve_index_api"
)

// isSet is true where a field has a value of any kind. The rows that have a
// number or a text are found once and kept like a column; a bit each.
type isSet struct{ key string }

func (n *isSet) parts() []node { return nil }
func (n *isSet) line() string  { return "set " + n.key }

func (n *isSet) rows(ctx context.Context, s *segment) (bitset, error) {
	rows := newBitset(s.rows)
	if err := s.addPostings(flagsName, presenceFlags(n.key), rows); err != nil {
		return nil, err
	}
	for _, name := range presenceColumns(n.key) {
		present, err := s.present(ctx, name)
		if err != nil {
			return nil, err
		}
		rows.or(present) // of no length where the segment has no such field
	}
	return rows, nil
}

func (n *isSet) has(ctx context.Context, s *segment, row uint32) (bool, error) {
	flags := terms{field: flagsName, of: presenceFlags(n.key)}
	if ok, err := flags.has(ctx, s, row); ok || err != nil {
		return ok, err
	}
	for _, name := range presenceColumns(n.key) {
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
	dictionary, err := s.engine.Dictionary(name)
	if err != nil {
		return nil, fmt.Errorf("bleveindex: the dictionary of %s: %w", name, err)
	}
	if dictionary.Cardinality() == 0 {
		return nil, nil
	}
	col, err := s.columns.get(ctx, columnKey{s.id, "set " + name}, func() (column, error) { return s.decodePresence(name) })
	if err != nil {
		return nil, err
	}
	return bitset(col.(presence)), nil
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
		list.each(rows.add)
		return nil
	})
	return presence(rows), err
}
