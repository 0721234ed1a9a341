package bleveindex

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"meibo/dsl/schema"
	"meibo/index"
)

// Values merges the dictionaries of the segments in the order of their terms
// and stops behind the last value that is looked at. The ids are found for the
// values that are told only. Cost: about 1 µs for each value and segment that
// has it, and for each value on the way that only deleted customers had.
func (s *snapshot) Values(ctx context.Context, q index.ValuesQuery) (page index.ValuesPage, err error) {
	defer recovered(&err)
	if err := index.CheckValuesQuery(q); err != nil {
		return page, err
	}
	if s.released.Load() {
		return page, index.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return page, err
	}
	found, more, err := s.view.values(ctx, q)
	if err != nil {
		return page, err
	}
	slices.SortStableFunc(found, func(a, b termCount) int { return cmp.Compare(b.live, a.live) })
	page.More = more
	for _, c := range found[:min(q.Limit, len(found))] {
		value, err := c.value(q.Kind)
		if err != nil {
			return index.ValuesPage{}, err
		}
		page.Values = append(page.Values, value)
	}
	return page, nil
}

// A termCount is a term and the live rows that have it, over all segments.
type termCount struct {
	term    string
	live    int
	segment *segment // where row is
	row     uint32   // one of them
}

// value is a term as an answer.
func (c termCount) value(kind schema.Kind) (index.ValueCount, error) {
	id, err := c.segment.engine.DocID(uint64(c.row))
	if err != nil {
		return index.ValueCount{}, fmt.Errorf("bleveindex: the id of a row: %w", err)
	}
	v := index.ValueCount{Count: c.live, ID: string(id)}
	if kind != schema.Number {
		v.Value = schema.Stored(schema.String, 0, c.term, nil)
		return v, nil
	}
	n, ok := decodeNumber(c.term)
	if !ok {
		return index.ValueCount{}, fmt.Errorf("bleveindex: a term is no number: %x", c.term)
	}
	v.Value = schema.Num(n)
	return v, nil
}

// values counts the first terms in their order. more says that there are others.
func (v *view) values(ctx context.Context, q index.ValuesQuery) (found []termCount, more bool, err error) {
	cursors, err := v.termCursors(ctx, q)
	if err != nil {
		return nil, false, err
	}
	for len(cursors) > 0 {
		if len(found) == index.MaxValues {
			return found, true, nil
		}
		least := slices.MinFunc(cursors, func(a, b *termCursor) int { return cmp.Compare(a.term, b.term) })
		count := termCount{term: least.term, segment: least.segment, row: least.row}
		kept := cursors[:0]
		for _, c := range cursors {
			if c.term == count.term {
				count.live += c.live
				if err := c.next(ctx); err != nil {
					return nil, false, err
				}
			}
			if c.live > 0 {
				kept = append(kept, c)
			}
		}
		cursors = kept
		found = append(found, count)
	}
	return found, false, nil
}

// termCursors are those of each segment that have a term, at their first.
func (v *view) termCursors(ctx context.Context, q index.ValuesQuery) ([]*termCursor, error) {
	var cursors []*termCursor
	for _, s := range v.segments {
		for _, source := range valueTerms(q) {
			c, err := newTermCursor(s, source, q.Prefix)
			if err != nil {
				return nil, err
			}
			if err := c.next(ctx); err != nil {
				return nil, err
			}
			if c.live > 0 {
				cursors = append(cursors, c)
			}
		}
	}
	return cursors, nil
}

// A termSource is a Bleve field whose terms are values, or some of them.
type termSource struct {
	name string
	take func(term string) bool // nil: all
}

// valueTerms are where the values of a field stand. A folded id stands by
// itself only where it differs from the id; no customer has it in both.
func valueTerms(q index.ValuesQuery) []termSource {
	switch {
	case q.Kind == schema.Number:
		return []termSource{{name: prefixNumber + q.Field}}
	case q.Kind == schema.List:
		return []termSource{{name: prefixList + q.Field}}
	case q.Field == schema.IDField:
		folded := func(id string) bool { return schema.Fold(id) == id }
		return []termSource{{name: foldedIDName}, {name: idName, take: folded}}
	}
	return []termSource{{name: prefixText + q.Field}}
}
