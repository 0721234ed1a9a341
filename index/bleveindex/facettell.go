package bleveindex

import (
	"fmt"
	"math"

	"github.com/RoaringBitmap/roaring/v2"

	"meibo/dsl/schema"
	"meibo/index"
)

// tell is a value as an answer, with the id of a match that has it: one of the
// segment in which it was counted first.
func (c *facetCount) tell(v *view, sets []bitset, value facetValue) (index.ValueCount, error) {
	text := string(textOf(c.parts, &value))
	told := index.ValueCount{Count: int(value.count)}
	var name, term string
	switch c.query.Kind {
	case schema.Boolean:
		told.Value = schema.Bool(value.rank == 1)
		name, term = flagsName, prefixBoolean+c.query.Field+[]string{suffixFalse, suffixTrue}[value.rank]
	case schema.Number:
		n := numberOf(value.rank)
		told.Value = schema.Num(n)
		name, term = prefixNumber+c.query.Field, encodeNumber(n)
	case schema.List:
		told.Value = schema.Stored(schema.String, 0, text, nil)
		name, term = prefixList+c.query.Field, text
	default:
		told.Value = schema.Stored(schema.String, 0, text, nil)
		name, term = prefixText+c.query.Field, text
	}
	seg, rows := v.segments[value.segment], sets[value.segment]
	row, ok, err := seg.firstMatch(name, term, rows)
	if err == nil && !ok && name == foldedIDName { // the ids that are folded already
		row, ok, err = seg.firstMatch(idName, term, rows)
	}
	if err != nil {
		return told, err
	}
	if !ok {
		return told, fmt.Errorf("bleveindex: nobody has a value of %s that was counted: %w", c.query.Field, index.ErrDamaged)
	}
	id, err := seg.engine.DocID(uint64(row))
	if err != nil {
		return told, fmt.Errorf("bleveindex: the id of a row: %w", err)
	}
	told.ID = string(id)
	return told, nil
}

// firstMatch is the first row of a set that has a term.
func (s *segment) firstMatch(name, term string, rows bitset) (row uint32, ok bool, err error) {
	err = s.eachList(name, []string{term}, func(list hits) {
		if list.one {
			row, ok = list.row, rows.has(list.row)
			return
		}
		if both := roaring.And(list.many, denseBitmap(rows)); !both.IsEmpty() {
			row, ok = both.Minimum(), true
		}
	})
	return row, ok, err
}

// numberOf is the number of orderedBits.
func numberOf(rank uint64) float64 {
	if rank&(1<<63) != 0 {
		return math.Float64frombits(rank &^ (1 << 63))
	}
	return math.Float64frombits(^rank)
}
