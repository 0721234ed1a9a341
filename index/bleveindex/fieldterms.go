package bleveindex

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	bleve "github.com/blevesearch/bleve_index_api"
)

// fieldTerms are the terms that the customers of a segment have in one Bleve
// field.
type fieldTerms struct {
	name        string
	keep        bleve.FieldIndexingOptions
	terms       []string     // by number; one may be there more than once
	occurrences []occurrence // in the order of rows
}

// An occurrence is a term, by number, of a row.
type occurrence struct{ row, term uint32 }

// A term is one of a field's, by its number.
type term struct {
	field  *fieldTerms
	number uint32
}

func (f *fieldTerms) add(text string) term {
	f.terms = append(f.terms, text)
	return term{f, uint32(len(f.terms) - 1)}
}

// sortedTerms are a field's terms in the order of their bytes, each once, with
// the rows of each, ascending.
type sortedTerms struct {
	terms []string
	ranks []uint32 // the place in terms by the number in fieldTerms
	first []uint32 // where the rows of a term begin in rows
	count []uint32 // how many they are; 0 for a term that no row has
	rows  []uint32
}

func (d *sortedTerms) rowsOf(rank int) []uint32 {
	return d.rows[d.first[rank]:][:d.count[rank]]
}

// sorted sorts the terms, then deals the rows out to them.
func (f *fieldTerms) sorted() *sortedTerms {
	d := &sortedTerms{ranks: make([]uint32, len(f.terms))}
	for _, n := range termOrder(f.terms) {
		if last := len(d.terms) - 1; last < 0 || d.terms[last] != f.terms[n] {
			d.terms = append(d.terms, f.terms[n])
		}
		d.ranks[n] = uint32(len(d.terms) - 1)
	}
	d.first, d.count = make([]uint32, len(d.terms)), make([]uint32, len(d.terms))
	for _, p := range f.occurrences {
		d.count[d.ranks[p.term]]++
	}
	next := uint32(0)
	for rank, n := range d.count {
		d.first[rank] = next
		next += n
	}
	d.rows = make([]uint32, len(f.occurrences))
	clear(d.count)
	for _, p := range f.occurrences {
		rank := d.ranks[p.term]
		if rows := d.rowsOf(int(rank)); len(rows) > 0 && rows[len(rows)-1] == p.row {
			continue // twice in one list
		}
		d.rows[d.first[rank]+d.count[rank]] = p.row
		d.count[rank]++
	}
	return d
}

// termOrder gives the numbers of terms in the order of the terms' bytes.
// Most comparisons need no more than the first eight bytes.
func termOrder(terms []string) []uint32 {
	type sortable struct {
		head   uint64
		number uint32
	}
	list := make([]sortable, len(terms))
	for i, t := range terms {
		var head [8]byte
		copy(head[:], t)
		list[i] = sortable{binary.BigEndian.Uint64(head[:]), uint32(i)}
	}
	slices.SortFunc(list, func(a, b sortable) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return strings.Compare(terms[a.number], terms[b.number])
	})
	numbers := make([]uint32, len(list))
	for i, s := range list {
		numbers[i] = s.number
	}
	return numbers
}
