package bleveindex

import (
	"context"
	"hash/maphash"

	"github.com/RoaringBitmap/roaring/v2"

	"meibo/dsl/schema"
	"meibo/index"
)

// countTexts counts a String field: where texts repeat by their numbers, else
// match by match.
func (p *facetPart) countTexts(ctx context.Context, s *segment, q index.FacetQuery, rows bitset) error {
	if q.Top == 0 {
		return p.countMissing(ctx, s, q.Field, rows)
	}
	col, err := s.textColumn(ctx, prefixText+q.Field)
	if err != nil {
		return err
	}
	p.values.texts = facetTexts{column: col}
	if col.which == nil {
		p.countUnique(rows)
		return nil
	}
	for i, n := range countNumbered(rows, col.which, col.texts()) {
		if n > 0 {
			p.countText(col.text(uint32(i)), uint32(i), n)
		}
	}
	return nil
}

// countUnique counts texts that mostly occur once.
func (p *facetPart) countUnique(rows bitset) {
	p.values.expect(rows.count())
	rows.each(func(row uint32) bool {
		p.countText(p.values.texts.column.text(row), row, 1)
		return true
	})
}

func (p *facetPart) countText(text []byte, place, count uint32) {
	if len(text) == 0 {
		p.missing += int(count)
		return
	}
	p.values.add(facetValue{rank: textRank(text), hash: hashText(text), place: place, count: count})
}

// countMissing reads no texts: it takes the rows that have one.
func (p *facetPart) countMissing(ctx context.Context, s *segment, field string, rows bitset) error {
	if field == schema.IDField {
		return nil
	}
	present, err := s.present(ctx, prefixText+field)
	if err != nil {
		return err
	}
	p.missing = rows.count()
	if len(present) > 0 {
		p.missing -= rows.countAnd(present)
	}
	return nil
}

// countNumbered counts how often each of n numbers stands at the rows.
func countNumbered(rows bitset, which []uint32, n int) []uint32 {
	counts, others := make([]uint32, n), make([]uint32, n)
	eachRun(rows, which, func(run []uint32) { countPlaces(run, counts, others) })
	for i, m := range others {
		counts[i] += m
	}
	return counts
}

// countElements counts a List field by its terms' rows: some 500 ns a term and
// at most 1 ns for each element of a customer.
func (p *facetPart) countElements(ctx context.Context, s *segment, q index.FacetQuery, rows bitset) error {
	matches := denseBitmap(rows)
	p.missing = rows.count()
	name := prefixList + q.Field
	if err := s.eachList(flagsName, []string{name}, func(list hits) { p.missing -= list.countAnd(rows, matches) }); err != nil {
		return err
	}
	if q.Top == 0 {
		return nil
	}
	seen := 0
	return s.eachTerm(name, func(term string, read func() (hits, bool, error)) error {
		if seen++; seen%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		list, ok, err := read()
		if err != nil || !ok {
			return err
		}
		if n := list.countAnd(rows, matches); n > 0 {
			text := []byte(term)
			p.values.add(facetValue{rank: textRank(text), hash: hashText(text), place: uint32(len(p.values.texts.terms)), count: uint32(n)})
			p.values.texts.terms = append(p.values.texts.terms, text)
		}
		return nil
	})
}

// countAnd counts the rows that are in a set, given in both forms.
func (h hits) countAnd(rows bitset, matches *roaring.Bitmap) int {
	if !h.one {
		return int(h.many.AndCardinality(matches))
	}
	if rows.has(h.row) {
		return 1
	}
	return 0
}

// denseBitmap shares the memory of a set, which must not be changed.
func denseBitmap(rows bitset) *roaring.Bitmap { return roaring.FromDense(rows, false) }

// facetTexts are the texts that values are about: of a column, or terms.
type facetTexts struct {
	column *textColumn
	terms  [][]byte
}

// at is the text of a place; nil where values are no texts.
func (t *facetTexts) at(place uint32) []byte {
	switch {
	case t.column != nil:
		return t.column.text(place)
	case t.terms != nil:
		return t.terms[place]
	}
	return nil
}

// hashSeed is of this run only: hashes are never kept.
var hashSeed = maphash.MakeSeed()

func hashText(text []byte) uint32 { return uint32(maphash.Bytes(hashSeed, text) >> 32) }
