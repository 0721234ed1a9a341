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
}

// A keyColumn is the column of one sort key: one of the two.
type keyColumn struct {
	numbers numberColumn
	texts   *textColumn
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

// load reads the columns of one segment.
func (o *order) load(ctx context.Context, i int, s *segment) (err error) {
	c := orderColumns{keys: make([]keyColumn, len(o.keys))}
	for k, key := range o.keys {
		switch key.Kind {
		case schema.String:
			c.keys[k].texts, err = s.textColumn(ctx, prefixText+key.Field)
		case schema.Boolean:
			c.keys[k].numbers, err = s.booleans(ctx, key.Field)
		default:
			c.keys[k].numbers, err = s.numbers(ctx, numberName(key.Kind, key.Field))
		}
		if err != nil {
			return err
		}
	}
	if c.ids, err = s.textColumn(ctx, idName); err != nil {
		return err
	}
	o.segments[i] = c
	return nil
}

// rank is that of a row.
func (o *order) rank(c *orderColumns, row uint32) uint64 {
	if len(o.keys) == 0 {
		return textRank(c.ids.of(row))
	}
	if texts := c.keys[0].texts; texts != nil {
		t := texts.of(row)
		if len(t) == 0 {
			return lastRank
		}
		return directed(textRank(t), o.keys[0].Desc)
	}
	return numberRank(c.keys[0].numbers[row], o.keys[0].Desc)
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
	return bytes.Compare(ca.ids.of(a.row), cb.ids.of(b.row))
}

// A keyValue is a value as it is sorted by: a number, or a text where there is
// one; missing is NaN without text.
type keyValue struct {
	number float64
	text   []byte
}

func (c keyColumn) value(row uint32) keyValue {
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
	return strings.Compare(string(c.ids.of(a.row)), p.id) > 0
}

// hit is an item as an answer.
func (o *order) hit(a item) index.Hit {
	c := &o.segments[a.segment]
	hit := index.Hit{Key: index.Key{ID: string(c.ids.of(a.row)), Values: make([]schema.Value, len(o.keys))}}
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
		return schema.Stored(schema.String, 0, string(v.text), nil)
	}
	return schema.Stored(kind, v.number, "", nil)
}
