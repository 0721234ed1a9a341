package bleveindex

import (
	"fmt"
	"math"

	scorchapi "github.com/blevesearch/scorch_segment_api/v2"
)

// A numberColumn is the numbers, dates in epoch milliseconds or Booleans as 0
// and 1 of a field, NaN where there is none. 8 bytes a row.
type numberColumn []float64

func (c numberColumn) bytes() int64 { return int64(len(c)) * 8 }

func emptyNumbers(rows int) numberColumn {
	col := make(numberColumn, rows)
	for i := range col {
		col[i] = math.NaN()
	}
	return col
}

func (s *segment) decodeBooleans(key string) (column, error) {
	col := emptyNumbers(s.rows)
	for value, suffix := range []string{suffixFalse, suffixTrue} {
		err := s.postings(flagsName, []string{prefixBoolean + key + suffix}, func(row uint32) { col[row] = float64(value) })
		if err != nil {
			return nil, err
		}
	}
	return col, nil
}

func (s *segment) decodeNumbers(name string) (column, error) {
	col := emptyNumbers(s.rows)
	few, err := s.fewTerms(name)
	if err != nil {
		return nil, err
	}
	if !few {
		err := s.eachValue(name, func(row int, term []byte) error {
			n, ok := decodeNumber(term)
			if !ok {
				return fmt.Errorf("bleveindex: %s of row %d is no number: %x", name, row, term)
			}
			col[row] = n
			return nil
		})
		return col, err
	}
	err = s.eachTerm(name, func(term string, rows func() (hits, bool, error)) error {
		n, ok := decodeNumber(term)
		if !ok {
			return fmt.Errorf("bleveindex: a term of %s is no number: %x", name, term)
		}
		list, ok, err := rows()
		if err != nil || !ok {
			return err
		}
		list.each(func(row uint32) { col[row] = n })
		return nil
	})
	return col, err
}

// each yields the rows.
func (h hits) each(yield func(row uint32)) {
	if h.one {
		yield(h.row)
		return
	}
	it := h.many.ManyIterator()
	var buffer [256]uint32
	for n := it.NextMany(buffer[:]); n > 0; n = it.NextMany(buffer[:]) {
		for _, row := range buffer[:n] {
			yield(row)
		}
	}
}

// fewTerms reports whether a field has so few different terms that reading
// each one's rows (some 500 ns a term and 3 ns a row) is cheaper than the doc
// values (some 130 ns a row).
func (s *segment) fewTerms(name string) (bool, error) {
	dictionary, err := s.engine.Dictionary(name)
	if err != nil {
		return false, fmt.Errorf("bleveindex: the dictionary of %s: %w", name, err)
	}
	return dictionary.Cardinality() <= s.rows/4, nil
}

// eachValue yields the doc values of a field, those of a row in the order of
// their bytes. The term is valid until the next.
func (s *segment) eachValue(name string, yield func(row int, term []byte) error) error {
	values, ok := s.engine.(scorchapi.DocValueVisitable)
	if !ok {
		return fmt.Errorf("bleveindex: segment %d has no doc values", s.id)
	}
	var (
		state  scorchapi.DocVisitState
		failed error
		row    int
		names  = []string{name}
	)
	visit := func(_ string, term []byte) {
		if failed == nil {
			failed = yield(row, term)
		}
	}
	for row = 0; row < s.rows && failed == nil; row++ {
		var err error
		if state, err = values.VisitDocValues(uint64(row), names, visit, state); err != nil {
			return fmt.Errorf("bleveindex: the values of %s: %w", name, err)
		}
	}
	return failed
}
