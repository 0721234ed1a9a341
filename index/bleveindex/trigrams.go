package bleveindex

import (
	"context"
	"math/bits"
	"strings"
)

// trigramIndex says which texts of a column hold three bytes in a row, so that
// looking for a needle looks at few texts. Three and not two: two digits of a
// phone number are in a tenth of all. (Zobel, Moffat and Sacks-Davis 1993, on
// n-gram indexes for substrings.)
//
// Texts are taken in chunks of 65,536, so that a place takes two bytes; the
// three bytes are hashed, so that the lists are as many as a chunk has texts.
// Lists of more than one text in 16 are left out: reading them costs as much
// as looking at the texts. Some 30 to 50 bytes a row of e-mails.
type trigramIndex struct {
	col    *textColumn
	chunks []trigramChunk
}

type trigramChunk struct {
	shift  uint     // of a hash, to its list
	starts []uint32 // list h is texts[starts[h]:starts[h+1]]
	texts  []uint16 // places in the chunk, ascending in each list
	common bitset   // lists that are left out
}

const (
	trigramChunkTexts = 1 << 16
	fewestTrigrams    = 4096 // a column with fewer texts is looked through as fast
)

func (t *trigramIndex) bytes() int64 {
	n := int64(0)
	for _, c := range t.chunks {
		n += 4*int64(cap(c.starts)) + 2*int64(cap(c.texts)) + 8*int64(cap(c.common))
	}
	return n
}

func (s *segment) decodeTrigrams(base string) (column, error) {
	col, err := s.textColumn(context.Background(), base)
	if err != nil {
		return nil, err
	}
	if folded, ok := strings.CutPrefix(base, formPlain); ok {
		if same, ok := warmColumn[*textColumn](s, folded); ok && same == col {
			index, err := s.column(context.Background(), formTrigrams+folded)
			return alias{index}, err
		}
	}
	t := &trigramIndex{col: col}
	for from := 0; from < col.texts(); from += trigramChunkTexts {
		t.chunks = append(t.chunks, newTrigramChunk(col, from, min(from+trigramChunkTexts, col.texts())))
	}
	return t, nil
}

// hashTrigram spreads three bytes over 32 bits (multiplicative hashing).
func hashTrigram(a, b, c byte) uint32 {
	return (uint32(a)<<16 | uint32(b)<<8 | uint32(c)) * 2654435761
}

func newTrigramChunk(col *textColumn, from, to int) trigramChunk {
	size := max(10, bits.Len(uint(to-from-1)))
	c := trigramChunk{shift: uint(32 - size), starts: make([]uint32, 1<<size+1), common: newBitset(1 << size)}
	counts := make([]uint32, 1<<size)
	last := make([]uint32, 1<<size) // the text that was counted last, plus 1
	for text := from; text < to; text++ {
		t, number := col.text(uint32(text)), uint32(text-from)+1
		for i := 2; i < len(t); i++ {
			if list := hashTrigram(t[i-2], t[i-1], t[i]) >> c.shift; last[list] != number {
				last[list] = number
				counts[list]++
			}
		}
	}
	most := uint32(max(64, (to-from)/16))
	total := uint32(0)
	for list, n := range counts {
		c.starts[list] = total
		if n > most {
			c.common.add(uint32(list))
			continue
		}
		total += n
	}
	c.starts[len(counts)] = total
	c.texts = make([]uint16, total)
	next := counts
	copy(next, c.starts)
	clear(last)
	for text := from; text < to; text++ {
		t, number := col.text(uint32(text)), uint32(text-from)+1
		for i := 2; i < len(t); i++ {
			list := hashTrigram(t[i-2], t[i-1], t[i]) >> c.shift
			if last[list] != number && !c.common.has(list) {
				last[list] = number
				c.texts[next[list]] = uint16(text - from)
				next[list]++
			}
		}
	}
	return c
}

// candidates gives the texts of a chunk among which are all that hold the
// needle: those of its shortest list that are in its second shortest as well.
// all says that every list is left out.
func (c *trigramChunk) candidates(needle []byte) (texts []uint16, all bool) {
	var first, second []uint16
	lists := 0
	for i := 2; i < len(needle); i++ {
		h := hashTrigram(needle[i-2], needle[i-1], needle[i]) >> c.shift
		if c.common.has(h) {
			continue
		}
		list := c.texts[c.starts[h]:c.starts[h+1]]
		lists++
		switch {
		case lists == 1 || len(list) < len(first):
			first, second = list, first
		case lists == 2 || len(list) < len(second):
			second = list
		}
	}
	switch {
	case lists == 0:
		return nil, true
	case lists == 1 || len(second) > 16*len(first):
		return first, false // looking at a text costs about as much as finding it in a long list
	}
	return intersectSorted(first, second), false
}

func intersectSorted(a, b []uint16) []uint16 {
	both := make([]uint16, 0, min(len(a), len(b)))
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both = append(both, a[i])
			i++
			j++
		}
	}
	return both
}

// rarest is the length of the shortest list of a needle in all chunks; ok is
// false where a chunk has none.
func (t *trigramIndex) rarest(needle []byte) (texts int, ok bool) {
	for k := range t.chunks {
		c := &t.chunks[k]
		least, found := 0, false
		for i := 2; i < len(needle); i++ {
			h := hashTrigram(needle[i-2], needle[i-1], needle[i]) >> c.shift
			if n := int(c.starts[h+1] - c.starts[h]); !c.common.has(h) && (!found || n < least) {
				least, found = n, true
			}
		}
		if !found {
			return 0, false
		}
		texts += least
	}
	return texts, true
}

// find is the set of the texts that the matcher takes, which hold the needle.
func (t *trigramIndex) find(needle []byte, by matcher) bitset {
	found := newBitset(t.col.texts())
	for k := range t.chunks {
		base := uint32(k * trigramChunkTexts)
		texts, all := t.chunks[k].candidates(needle)
		if all {
			texts = nil
			for text := base; text < uint32(min(int(base)+trigramChunkTexts, t.col.texts())); text++ {
				if x := t.col.text(text); len(x) > 0 && by.match(x) {
					found.add(text)
				}
			}
		}
		for _, place := range texts {
			if by.match(t.col.text(base + uint32(place))) {
				found.add(base + uint32(place))
			}
		}
	}
	return found
}
