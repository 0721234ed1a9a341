package bleveindex

import (
	"context"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
	scorchapi "github.com/blevesearch/scorch_segment_api/v2"
)

// A termCursor goes through the terms of a field that live rows of a segment
// have, in the order of their bytes.
type termCursor struct {
	segment    *segment
	source     termSource
	dictionary scorchapi.TermDictionary
	terms      scorchapi.DictionaryIterator
	buffers    listBuffers
	seen       int // terms, to look at the context now and then

	term string
	live int    // rows that have the term; 0 behind the last
	row  uint32 // one of them
}

// newTermCursor stands before the first term that begins with prefix.
func newTermCursor(s *segment, source termSource, prefix string) (*termCursor, error) {
	dictionary, err := s.engine.Dictionary(source.name)
	if err != nil {
		return nil, fmt.Errorf("bleveindex: the dictionary of %s: %w", source.name, err)
	}
	c := &termCursor{segment: s, source: source, dictionary: dictionary}
	if prefix == "" {
		c.terms = iterateTerms(dictionary, nil, nil)
	} else { // no term has the byte 0xff
		c.terms = iterateTerms(dictionary, []byte(prefix), []byte(prefix+"\xff"))
	}
	return c, nil
}

// next goes on to the next term that a live row has.
func (c *termCursor) next(ctx context.Context) error {
	for c.live = 0; c.live == 0; {
		if c.seen++; c.seen%1024 == 1 && ctx.Err() != nil {
			return ctx.Err()
		}
		entry, err := c.terms.Next()
		if err != nil {
			return fmt.Errorf("bleveindex: the terms of %s: %w", c.source.name, err)
		}
		if entry == nil {
			return nil
		}
		if c.source.take != nil && !c.source.take(entry.Term) {
			continue
		}
		c.term = entry.Term
		list, ok, err := c.buffers.read(c.dictionary, c.term)
		if err != nil {
			return fmt.Errorf("bleveindex: a term of %s: %w", c.source.name, err)
		}
		if ok {
			c.live, c.row = list.live(c.segment.deleted)
		}
	}
	return nil
}

// live counts the rows that are not deleted, and gives the first of them.
func (h hits) live(deleted *roaring.Bitmap) (n int, first uint32) {
	none := deleted == nil || deleted.IsEmpty()
	switch {
	case h.one && (none || !deleted.Contains(h.row)):
		return 1, h.row
	case h.one:
		return 0, 0
	case none:
		return int(h.many.GetCardinality()), h.many.Minimum()
	}
	if n = int(h.many.GetCardinality() - h.many.AndCardinality(deleted)); n == 0 {
		return 0, 0
	}
	rows := h.many.Iterator()
	for first = rows.Next(); deleted.Contains(first); first = rows.Next() {
	}
	return n, first
}
