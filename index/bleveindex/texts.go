package bleveindex

import (
	"fmt"
	"math"
	"slices"
	"unsafe"
)

// A textColumn is the texts of a field, one after the other in an arena. Where
// texts repeat, each stands there once, in the order of their bytes, and which
// says where a row's is. A text is never empty: that means there is none.
type textColumn struct {
	arena   []byte
	offsets []uint32    // text i is arena[offsets[i]:offsets[i+1]]
	which   []uint32    // by row; nil: text i is that of row i
	rows    int         // texts that will come, to make room for; 0: not known
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
	if len(c.arena)+len(text) > cap(c.arena) && len(c.offsets) > 1000 && c.rows > len(c.offsets) {
		// As many bytes a text as so far, and some more.
		c.arena = slices.Grow(c.arena, len(text)+len(c.arena)/len(c.offsets)*(c.rows-len(c.offsets)+c.rows/32))
	}
	c.arena = append(c.arena, text...)
	c.offsets = append(c.offsets, uint32(len(c.arena)))
	return nil
}

func newTextColumn(texts int) *textColumn {
	return &textColumn{offsets: append(make([]uint32, 0, texts+1), 0), rows: texts}
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

// hasBeyond reports whether a byte from first on stands in any text.
func (c *textColumn) hasBeyond(first int) bool {
	for b := first; b < len(c.often); b++ {
		if c.often[b] > 0 {
			return true
		}
	}
	return false
}

// lacks reports whether no text can hold the needle, because one of its bytes
// stands in none.
func (c *textColumn) lacks(needle string) bool {
	for i := range len(needle) {
		if c.often[needle[i]] == 0 {
			return true
		}
	}
	return false
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

// decodeIDs reads ids from Bleve's stored fields, which keep them apart and
// not compressed.
func (s *segment) decodeIDs() (column, error) {
	col := newTextColumn(s.rows)
	for row := range s.rows {
		id, err := s.engine.DocID(uint64(row))
		if err != nil {
			return nil, fmt.Errorf("bleveindex: the id of a row: %w", err)
		}
		if err := col.add(id); err != nil {
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

// mapped is the column with each text in another form: itself where that is
// the same for all.
func (c *textColumn) mapped(form func(string) string) column {
	changed := newTextColumn(c.texts())
	changed.which = c.which
	same := true
	for i := range uint32(c.texts()) {
		text := string(c.text(i))
		other := form(text)
		same = same && other == text
		changed.arena = append(changed.arena, other...)
		changed.offsets = append(changed.offsets, uint32(len(changed.arena)))
	}
	if same {
		return alias{c}
	}
	return changed.finish()
}

// asString is a text of an arena as a string, without a copy: arenas never
// change. It keeps the arena in memory.
func asString(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	return unsafe.String(&text[0], len(text))
}
