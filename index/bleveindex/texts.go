package bleveindex

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"

	"meibo/dsl/schema"
)

// A textColumn is the texts of a field, one after the other in an arena. Where
// texts repeat, each stands there once, in the order of their bytes, and which
// says where a row's is. A text is never empty: that means there is none.
type textColumn struct {
	arena   []byte
	offsets []uint32    // text i is arena[offsets[i]:offsets[i+1]]
	which   []uint32    // by row; nil: text i is that of row i
	often   [256]uint32 // how often each byte stands in the arena
}

func (c *textColumn) bytes() int64 {
	return int64(cap(c.arena)) + 4*int64(cap(c.offsets)) + 4*int64(cap(c.which))
}

// texts counts the texts in the arena, that of "none" among them.
func (c *textColumn) texts() int { return len(c.offsets) - 1 }

func (c *textColumn) text(i uint32) []byte { return c.arena[c.offsets[i]:c.offsets[i+1]] }

// of is the text of a row; empty where there is none. It must not be changed.
func (c *textColumn) of(row uint32) []byte {
	if c.which != nil {
		row = c.which[row]
	}
	return c.text(row)
}

func (c *textColumn) add(text []byte) error {
	if len(c.arena)+len(text) > math.MaxUint32 {
		return fmt.Errorf("bleveindex: the texts of one segment pass 4 GiB")
	}
	c.arena = append(c.arena, text...)
	c.offsets = append(c.offsets, uint32(len(c.arena)))
	return nil
}

func newTextColumn(texts int) *textColumn {
	return &textColumn{offsets: append(make([]uint32, 0, texts+1), 0)}
}

// finish gives much unused memory back and counts the bytes.
func (c *textColumn) finish() *textColumn {
	if cap(c.arena)-len(c.arena) > len(c.arena)/8 {
		c.arena = slices.Clone(c.arena)
	}
	for _, b := range c.arena {
		c.often[b]++
	}
	return c
}

// rarest is the place of the byte of a needle that is rarest in the arena.
func (c *textColumn) rarest(needle []byte) int {
	place := 0
	for i, b := range needle {
		if c.often[b] < c.often[needle[place]] {
			place = i
		}
	}
	return place
}

// textColumn is a column by its name: s:KEY, p:KEY (the forms of a number
// joined), _id (raw ids) or quick.
func (s *segment) textColumn(ctx context.Context, name string) (*textColumn, error) {
	col, err := s.columns.get(ctx, columnKey{s.id, name}, func() (column, error) {
		switch name {
		case idName:
			return s.decodeIDs(func(id []byte) []byte { return id })
		case foldedIDName:
			return s.decodeIDs(func(id []byte) []byte { return []byte(schema.Fold(string(id))) })
		case quickName:
			return s.decodeQuick()
		}
		return s.decodeTexts(name)
	})
	if err != nil {
		return nil, err
	}
	return col.(*textColumn), nil
}

// decodeIDs reads ids from Bleve's stored fields, which keep them apart and
// not compressed.
func (s *segment) decodeIDs(form func([]byte) []byte) (column, error) {
	col := newTextColumn(s.rows)
	for row := range s.rows {
		id, err := s.engine.DocID(uint64(row))
		if err != nil {
			return nil, fmt.Errorf("bleveindex: the id of a row: %w", err)
		}
		if err := col.add(form(id)); err != nil {
			return nil, err
		}
	}
	return col.finish(), nil
}

func (s *segment) decodeTexts(name string) (column, error) {
	few, err := s.fewTerms(name)
	if err != nil {
		return nil, err
	}
	// A phone number has two terms, which the doc values hold together.
	if few && name[:len(prefixPhone)] != prefixPhone {
		return s.decodeFewTexts(name)
	}
	col := newTextColumn(s.rows)
	row := 0
	err = s.eachValue(name, func(at int, term []byte) error {
		for ; row < at; row++ {
			col.offsets = append(col.offsets, uint32(len(col.arena)))
		}
		if row > at { // another value of the last row
			col.offsets = col.offsets[:len(col.offsets)-1]
			term = append([]byte{valueSeparator}, term...)
		}
		row = at + 1
		return col.add(term)
	})
	for ; row < s.rows; row++ {
		col.offsets = append(col.offsets, uint32(len(col.arena)))
	}
	return col.finish(), err
}

func (s *segment) decodeFewTexts(name string) (column, error) {
	col := newTextColumn(64)
	col.offsets = append(col.offsets, 0) // text 0: none
	col.which = make([]uint32, s.rows)
	err := s.eachTerm(name, func(term string, rows func() (hits, bool, error)) error {
		if err := col.add([]byte(term)); err != nil {
			return err
		}
		list, ok, err := rows()
		if err != nil || !ok {
			return err
		}
		i := uint32(col.texts() - 1)
		list.each(func(row uint32) { col.which[row] = i })
		return nil
	})
	return col.finish(), err
}

// decodeQuick joins, for each row, what quick search reads: the texts of its
// fields in the form of schema.FoldQuick.
func (s *segment) decodeQuick() (column, error) {
	keys := schema.QuickFields()
	parts := make([]*textColumn, len(keys))
	for i, key := range keys {
		col, err := s.textColumn(context.Background(), prefixText+key)
		if err != nil {
			return nil, err
		}
		parts[i] = col.plain()
	}
	col := newTextColumn(s.rows)
	var joined []byte
	for row := range uint32(s.rows) {
		joined = joined[:0]
		for _, part := range parts {
			if text := part.of(row); len(text) > 0 {
				joined = append(append(joined, text...), valueSeparator)
			}
		}
		if err := col.add(bytes.TrimSuffix(joined, []byte{valueSeparator})); err != nil {
			return nil, err
		}
	}
	return col.finish(), nil
}

// plain is the column with variant kanji written plainly: itself when there
// are none.
func (c *textColumn) plain() *textColumn {
	if !hasVariants(c.arena) {
		return c
	}
	plain := &textColumn{offsets: append(make([]uint32, 0, len(c.offsets)), 0), which: c.which}
	for i := range uint32(c.texts()) {
		plain.arena = append(plain.arena, schema.PlainKanji(string(c.text(i)))...)
		plain.offsets = append(plain.offsets, uint32(len(plain.arena)))
	}
	return plain
}

// hasVariants reports whether any text of the arena holds a variant kanji.
func hasVariants(arena []byte) bool {
	text := string(arena)
	return schema.PlainKanji(text) != text
}
