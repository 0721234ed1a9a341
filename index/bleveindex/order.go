package bleveindex

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"strings"

	"meibo/dsl/schema"
	"meibo/index"
)

// An order compares rows of one view by its sort keys and then by id. Values
// are compared across segments, never places in a segment's own order.
type order struct {
	keys     []index.SortKey
	segments []orderColumns // by the segment's place in the view
}

// orderColumns are a segment's columns for each sort key, and its ids.
type orderColumns struct {
	keys []keyColumn
	ids  *textColumn
	few  map[uint32][]byte // ids of a few rows, in the place of ids
}

func (c *orderColumns) id(row uint32) []byte {
	if c.ids == nil {
		return c.few[row]
	}
	return c.ids.of(row)
}

// A keyColumn is the column of one sort key: one of the two, or the values of
// a few rows.
type keyColumn struct {
	numbers numberColumn
	texts   *textColumn
	few     map[uint32]keyValue
}

// An item is a row that is being ordered. rank orders like the first sort key
// as far as 8 bytes tell: items of different rank are in its order.
type item struct {
	rank    uint64
	segment uint32
	row     uint32
}

// lastRank is that of missing values. No value has it.
const lastRank = math.MaxUint64

// newOrder makes room for the columns of each segment; load fills it.
func newOrder(v *view, keys []index.SortKey) *order {
	return &order{keys: keys, segments: make([]orderColumns, len(v.segments))}
}

// base is the column by which rows are sorted; "" where one does not decide.
func (o *order) base() string {
	switch len(o.keys) {
	case 0:
		return idName
	case 1:
		return columnOfKey(o.keys[0])
	}
	return ""
}

func columnOfKey(key index.SortKey) string {
	switch key.Kind {
	case schema.String:
		return prefixText + key.Field
	case schema.Boolean:
		return prefixBoolean + key.Field
	}
	return numberName(key.Kind, key.Field)
}

// adopt takes the columns of one segment from its sorted rows.
func (o *order) adopt(i int, sorted *rowsOrder) {
	c := orderColumns{keys: make([]keyColumn, len(o.keys)), ids: sorted.ids}
	for k := range o.keys {
		c.keys[k] = keyColumn{numbers: sorted.numbers, texts: sorted.texts}
	}
	o.segments[i] = c
}

// loadRows reads the columns of one segment for rows in a list.
func (o *order) loadRows(ctx context.Context, i int, s *segment, rows []uint32) error {
	var set bitset
	if len(rows) <= fewRowsOf(s) {
		set = newBitset(s.rows)
		for _, row := range rows {
			set.add(row)
		}
	}
	return o.load(ctx, i, s, set, len(rows))
}

// fewRowsOf is the number of rows for which values are read one by one rather
// than decoded as a column.
func fewRowsOf(s *segment) int { return s.rows / 256 }

// load reads the columns of one segment; only of the rows where they are few.
func (o *order) load(ctx context.Context, i int, s *segment, rows bitset, matches int) (err error) {
	c := orderColumns{keys: make([]keyColumn, len(o.keys))}
	few := matches <= fewRowsOf(s)
	for k, key := range o.keys {
		if c.keys[k], err = loadKey(ctx, s, key, few, rows); err != nil {
			return err
		}
	}
	if few && !s.isWarm(idName) {
		c.few = make(map[uint32][]byte, matches)
		rows.each(func(row uint32) bool {
			c.few[row], err = s.textAt(ctx, idName, row)
			return err == nil
		})
	} else {
		c.ids, err = s.textColumn(ctx, idName)
	}
	o.segments[i] = c
	return err
}

func loadKey(ctx context.Context, s *segment, key index.SortKey, few bool, rows bitset) (c keyColumn, err error) {
	name := columnOfKey(key)
	switch {
	case key.Kind == schema.Boolean:
		c.numbers, err = s.booleans(ctx, key.Field)
	case few && !s.isWarm(name):
		c.few = map[uint32]keyValue{}
		rows.each(func(row uint32) bool {
			v := keyValue{number: math.NaN()}
			if key.Kind == schema.String {
				v.text, err = s.textAt(ctx, name, row)
			} else {
				v.number, err = s.numberAt(ctx, name, row)
			}
			c.few[row] = v
			return err == nil
		})
	case key.Kind == schema.String:
		c.texts, err = s.textColumn(ctx, name)
	default:
		c.numbers, err = s.numbers(ctx, name)
	}
	return c, err
}

// item is a row as it is ordered.
func (o *order) item(segment int, row uint32) item {
	return item{rank: o.rank(&o.segments[segment], row), segment: uint32(segment), row: row}
}

// rank is that of a row.
func (o *order) rank(c *orderColumns, row uint32) uint64 {
	if len(o.keys) == 0 {
		return textRank(c.id(row))
	}
	v := c.keys[0].value(row)
	if o.keys[0].Kind == schema.String {
		if len(v.text) == 0 {
			return lastRank
		}
		return directed(textRank(v.text), o.keys[0].Desc)
	}
	return numberRank(v.number, o.keys[0].Desc)
}

func numberRank(n float64, desc bool) uint64 {
	if math.IsNaN(n) {
		return lastRank
	}
	return directed(orderedBits(n), desc)
}

// textRank is the first 8 bytes. UTF-8 has no byte 0xff and folded text no
// byte 0, so that neither it nor its complement is lastRank.
func textRank(t []byte) uint64 {
	if len(t) >= 8 {
		return binary.BigEndian.Uint64(t)
	}
	var first [8]byte
	copy(first[:], t)
	return binary.BigEndian.Uint64(first[:])
}

func directed(rank uint64, desc bool) uint64 {
	if desc {
		return ^rank
	}
	return rank
}

// compare orders two items; 0 is the same row.
func (o *order) compare(a, b item) int {
	if c := cmp.Compare(a.rank, b.rank); c != 0 {
		return c
	}
	ca, cb := &o.segments[a.segment], &o.segments[b.segment]
	for k, key := range o.keys {
		if c := compareKey(key.Desc, ca.keys[k].value(a.row), cb.keys[k].value(b.row)); c != 0 {
			return c
		}
	}
	return bytes.Compare(ca.id(a.row), cb.id(b.row))
}

// A keyValue is a value as it is sorted by: a number, or a text where there is
// one; missing is NaN without text.
type keyValue struct {
	number float64
	text   []byte
}

func (c keyColumn) value(row uint32) keyValue {
	if c.few != nil {
		return c.few[row]
	}
	if c.texts != nil {
		return keyValue{math.NaN(), c.texts.of(row)}
	}
	return keyValue{c.numbers[row], nil}
}

func (v keyValue) missing() bool { return len(v.text) == 0 && math.IsNaN(v.number) }

func compareKey(desc bool, a, b keyValue) int {
	switch missingA, missingB := a.missing(), b.missing(); {
	case missingA && missingB:
		return 0
	case missingA:
		return 1
	case missingB:
		return -1
	}
	c := bytes.Compare(a.text, b.text)
	if len(a.text) == 0 {
		c = cmp.Compare(a.number, b.number)
	}
	if desc {
		return -c
	}
	return c
}

// A place is where a page begins: after a key, which need not be anyone's.
type place struct {
	rank   uint64
	values []keyValue
	id     string
}

func (o *order) place(k index.Key) *place {
	p := &place{id: k.ID, values: make([]keyValue, len(k.Values))}
	for i, v := range k.Values {
		switch {
		case v.IsMissing():
			p.values[i] = keyValue{math.NaN(), nil}
		case v.Kind() == schema.String:
			p.values[i] = keyValue{math.NaN(), []byte(schema.Fold(v.Text()))}
		default:
			p.values[i] = keyValue{v.Num(), nil}
		}
	}
	switch {
	case len(p.values) == 0:
		p.rank = textRank([]byte(k.ID))
	case p.values[0].missing():
		p.rank = lastRank
	case o.keys[0].Kind == schema.String:
		p.rank = directed(textRank(p.values[0].text), o.keys[0].Desc)
	default:
		p.rank = numberRank(p.values[0].number, o.keys[0].Desc)
	}
	return p
}

// after reports whether an item comes after a place.
func (o *order) after(a item, p *place) bool {
	if a.rank != p.rank {
		return a.rank > p.rank
	}
	c := &o.segments[a.segment]
	for k, key := range o.keys {
		if d := compareKey(key.Desc, c.keys[k].value(a.row), p.values[k]); d != 0 {
			return d > 0
		}
	}
	return strings.Compare(asString(c.id(a.row)), p.id) > 0
}

// hit is an item as an answer.
func (o *order) hit(a item) index.Hit {
	c := &o.segments[a.segment]
	hit := index.Hit{Key: index.Key{ID: asString(c.id(a.row)), Values: make([]schema.Value, len(o.keys))}}
	for k, key := range o.keys {
		hit.Values[k] = schemaValue(key.Kind, c.keys[k].value(a.row))
	}
	return hit
}

func schemaValue(kind schema.Kind, v keyValue) schema.Value {
	switch {
	case v.missing():
		return schema.Value{}
	case kind == schema.String:
		return schema.Stored(schema.String, 0, asString(v.text), nil)
	}
	return schema.Stored(kind, v.number, "", nil)
}
