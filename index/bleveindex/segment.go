package bleveindex

import (
	"context"
	"fmt"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	scorchapi "github.com/blevesearch/scorch_segment_api/v2"
)

// A segment is one of Bleve's segments as one state of the index sees it. The
// documents and columns of a segment never change, only which of its rows are
// live. Bleve gives each a number of its own, which it keeps when the segment
// moves from memory to disk (its rows stay in place) and never uses again in
// one run; columns are kept by it.
type segment struct {
	id       uint64
	rows     int    // live and deleted ones
	liveRows int    //
	first    uint64 // Bleve's number of row 0 in the whole index
	engine   scorchapi.Segment
	deleted  *roaring.Bitmap // nil: none
	view     *view           // that the segment is seen by
	columns  *columnCache

	liveOnce sync.Once
	liveSet  bitset
	termsOf  sync.Map // Bleve field → how many terms it has
}

func newSegment(v *view, s *scorch.SegmentSnapshot, first uint64) *segment {
	return &segment{
		id: s.Id(), rows: int(s.FullSize()), liveRows: int(s.LiveSize()), first: first,
		engine: s.Segment(), deleted: s.Deleted(), view: v, columns: v.columns,
	}
}

// terms counts the different terms of a Bleve field; 0 as well where it does
// not read, which is told by whoever reads it next.
func (s *segment) terms(name string) int {
	if n, ok := s.termsOf.Load(name); ok {
		return n.(int)
	}
	dictionary, err := s.engine.Dictionary(name)
	if err != nil {
		return 0
	}
	n := dictionary.Cardinality()
	s.termsOf.Store(name, n)
	return n
}

// live is the set of rows that are not deleted. It must not be changed.
func (s *segment) live() bitset {
	s.liveOnce.Do(func() {
		live := fullBitset(s.rows)
		if s.deleted != nil && !s.deleted.IsEmpty() {
			gone := newBitset(s.rows)
			gone.addAll(s.deleted)
			live.andNot(gone)
		}
		s.liveSet = live
	})
	return s.liveSet
}

// row finds a live customer; ok is false when it is not in the segment.
func (s *segment) row(id string) (row uint32, ok bool, err error) {
	found := false
	table, warm := warmColumn[*idRows](s, idRowsName)
	if s.view.options.force != "" {
		table, err = columnOf[*idRows](context.Background(), s, idRowsName)
		warm = err == nil
	}
	if warm {
		table.find(id, func(r uint32) bool {
			if s.deleted == nil || !s.deleted.Contains(r) {
				row, found = r, true
			}
			return !found
		})
		return row, found, nil
	}
	if s.rows >= fewestTrigrams {
		s.want(idRowsName)
	}
	err = s.postings(idName, []string{id}, func(r uint32) {
		if s.deleted == nil || !s.deleted.Contains(r) {
			row, found = r, true
		}
	})
	return row, found, err
}

// postings yields the rows, live or not, that have one of the terms.
func (s *segment) postings(field string, terms []string, yield func(row uint32)) error {
	return s.eachList(field, terms, func(list hits) {
		if list.one {
			yield(list.row)
			return
		}
		list.many.Iterate(func(row uint32) bool { yield(row); return true })
	})
}

// addPostings adds those rows to a set.
func (s *segment) addPostings(field string, terms []string, to bitset) error {
	return s.eachList(field, terms, func(list hits) { list.addTo(to) })
}

// hits are the rows of one term: one, or a bitmap that may lie in a mapped
// file and is valid until the next.
type hits struct {
	one  bool
	row  uint32
	many *roaring.Bitmap
}

// addTo adds the rows to a set.
func (h hits) addTo(rows bitset) {
	if h.one {
		rows.add(h.row)
		return
	}
	rows.addAll(h.many)
}

// eachList looks terms up and yields the rows of those that exist.
func (s *segment) eachList(field string, terms []string, yield func(hits)) error {
	dictionary, err := s.engine.Dictionary(field)
	if err != nil {
		return fmt.Errorf("bleveindex: the dictionary of %s: %w", field, err)
	}
	var buffers listBuffers
	for _, term := range terms {
		list, ok, err := buffers.read(dictionary, term)
		if err != nil {
			return fmt.Errorf("bleveindex: a term of %s: %w", field, err)
		}
		if ok {
			yield(list)
		}
	}
	return nil
}

// eachTerm yields every term of a field in the order of their bytes; rows
// reads the rows of the term at hand.
func (s *segment) eachTerm(field string, yield func(term string, rows func() (hits, bool, error)) error) error {
	dictionary, err := s.engine.Dictionary(field)
	if err != nil {
		return fmt.Errorf("bleveindex: the dictionary of %s: %w", field, err)
	}
	var buffers listBuffers
	terms := iterateTerms(dictionary, nil, nil)
	for {
		entry, err := terms.Next()
		if err != nil {
			return fmt.Errorf("bleveindex: the terms of %s: %w", field, err)
		}
		if entry == nil {
			return nil
		}
		rows := func() (hits, bool, error) { return buffers.read(dictionary, entry.Term) }
		if err := yield(entry.Term, rows); err != nil {
			return err
		}
	}
}

// iterateTerms goes through a dictionary from a term on, up to before another
// (nil: all of it), without counting the rows of each term, where the
// dictionary can do so.
func iterateTerms(d scorchapi.TermDictionary, from, to []byte) scorchapi.DictionaryIterator {
	type uncounted interface {
		AutomatonIteratorOmitCount(a scorchapi.Automaton, from, to []byte) scorchapi.DictionaryIterator
	}
	if u, ok := d.(uncounted); ok {
		return u.AutomatonIteratorOmitCount(nil, from, to)
	}
	return d.AutomatonIterator(nil, from, to)
}

// listBuffers are reused from one term to the next.
type listBuffers struct {
	list scorchapi.PostingsList
	rows scorchapi.PostingsIterator
}

func (b *listBuffers) read(d scorchapi.TermDictionary, term string) (hits, bool, error) {
	list, err := d.PostingsList([]byte(term), nil, b.list)
	if err != nil {
		return hits{}, false, err
	}
	b.list = list
	b.rows = list.Iterator(false, false, false, b.rows)
	found, ok := b.rows.(scorchapi.OptimizablePostingsIterator)
	if !ok {
		return hits{}, false, fmt.Errorf("rows of type %T", b.rows)
	}
	if row, ok := found.DocNum1Hit(); ok {
		return hits{one: true, row: uint32(row)}, true, nil
	}
	many := found.ActualBitmap()
	return hits{many: many}, many != nil && !many.IsEmpty(), nil
}
