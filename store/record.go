package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"meibo/dsl/schema"
)

// A stored customer, as its value in the bucket says.
type stored struct {
	deleted bool
	merged  uint64 // the number of the customer that it became part of; 0: none. Such a one is deleted.
	erased  bool   // for good, see erase.go. Such a one is deleted, and has no id once it is forgotten.
	seq     uint64 // of its last write
	record  schema.Record
}

// Codes of a value, the lower three bits of a field's head.
const (
	codeFalse   = 0
	codeTrue    = 1
	codeString  = 2
	codeInteger = 3 // a whole Number, zigzag varint
	codeFloat   = 4 // any other Number, 8 bytes
	codeDate    = 5 // milliseconds, zigzag varint
	codeList    = 6

	codeBits = 3
)

// Flags of a record.
const (
	flagDeleted = 1
	flagStamped = 2 // stamps follow the values
	flagMerged  = 4 // the target's number follows the seq
	flagErased  = 8

	allFlags = flagDeleted | flagStamped | flagMerged | flagErased
)

// appendCustomer encodes a customer. number gives a field's number.
func appendCustomer(b []byte, c stored, number func(key string) (uint64, error)) ([]byte, error) {
	var flags byte
	if c.deleted {
		flags |= flagDeleted
	}
	if c.merged != 0 {
		flags |= flagMerged
	}
	if c.erased {
		flags |= flagErased
	}
	if c.record.StampCount() > 0 {
		flags |= flagStamped
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, c.seq)
	if c.merged != 0 {
		b = binary.AppendUvarint(b, c.merged)
	}
	b = binary.AppendUvarint(b, uint64(c.record.Len()))
	for key, v := range c.record.All() {
		n, err := number(key)
		if err != nil {
			return nil, err
		}
		if b, err = appendValue(b, n<<codeBits, v); err != nil {
			return nil, fmt.Errorf("store: field %s: %w", key, err)
		}
	}
	return appendStamps(b, c.record, number)
}

func appendValue(b []byte, head uint64, v schema.Value) ([]byte, error) {
	switch v.Kind() {
	case schema.Boolean:
		if v.Bool() {
			return binary.AppendUvarint(b, head|codeTrue), nil
		}
		return binary.AppendUvarint(b, head|codeFalse), nil
	case schema.String:
		return appendText(binary.AppendUvarint(b, head|codeString), v.Text()), nil
	case schema.Number:
		if n := v.Num(); n == math.Trunc(n) && math.Abs(n) <= schema.MaxNumber {
			return binary.AppendVarint(binary.AppendUvarint(b, head|codeInteger), int64(n)), nil
		}
		return binary.LittleEndian.AppendUint64(binary.AppendUvarint(b, head|codeFloat), math.Float64bits(v.Num())), nil
	case schema.Date:
		return binary.AppendVarint(binary.AppendUvarint(b, head|codeDate), v.Millis()), nil
	case schema.List:
		b = binary.AppendUvarint(b, head|codeList)
		b = binary.AppendUvarint(b, uint64(len(v.Elements())))
		for _, e := range v.Elements() {
			b = appendText(b, e)
		}
		return b, nil
	}
	return nil, fmt.Errorf("a value of kind %s cannot be stored", v.Kind())
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decodeCustomer reads what appendCustomer wrote. All texts of a record share
// one allocation: whoever keeps a single text for long copies it.
func decodeCustomer(body []byte, numbers *numbering) (stored, error) {
	r := reader{text: string(body)}
	flags := r.byte()
	c := stored{deleted: flags&flagDeleted != 0, erased: flags&flagErased != 0, seq: r.uvarint()}
	if flags&flagMerged != 0 {
		c.merged = r.uvarint()
	}
	count := r.uvarint()
	if flags&^allFlags != 0 || count > uint64(len(body)) || flags&flagMerged != 0 && (c.merged == 0 || !c.deleted || c.erased) || c.erased && !c.deleted {
		return stored{}, errors.New("not a customer's record")
	}
	c.record.Grow(int(count))
	last := 0 // the rank of the field before; every field has a larger one than 0
	for range count {
		head := r.uvarint()
		number := head >> codeBits
		if number == 0 || number >= uint64(len(numbers.keys)) {
			return stored{}, &unknownNumberError{number}
		}
		key, v := numbers.keys[number], r.value(head&(1<<codeBits-1))
		if rank := numbers.ranks[number]; rank > last && !r.bad {
			c.record.AppendNext(key, v)
			last = rank
		} else {
			c.record.Append(key, v)
		}
	}
	if flags&flagStamped != 0 {
		if err := r.stamps(&c.record, numbers); err != nil {
			return stored{}, err
		}
	}
	if r.bad || r.at != len(r.text) {
		return stored{}, errors.New("the record ends in the wrong place")
	}
	return c, nil
}

// An unknownNumberError is damage, or a field newer than the numbering at hand.
type unknownNumberError struct{ number uint64 }

func (e *unknownNumberError) Error() string {
	return fmt.Sprintf("no field has the number %d", e.number)
}

// A reader takes a body apart. After a fault it gives zeros, with bad set.
type reader struct {
	text string
	at   int
	bad  bool
}

func (r *reader) byte() byte {
	if r.at >= len(r.text) {
		r.bad = true
		return 0
	}
	r.at++
	return r.text[r.at-1]
}

func (r *reader) uvarint() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.bad = true
	return 0
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) take(n uint64) string {
	if n > uint64(len(r.text)-r.at) {
		r.bad = true
		return ""
	}
	r.at += int(n)
	return r.text[r.at-int(n) : r.at]
}

func (r *reader) string() string { return r.take(r.uvarint()) }

func (r *reader) value(code uint64) schema.Value {
	switch code {
	case codeFalse, codeTrue:
		return schema.Bool(code == codeTrue)
	case codeString:
		return schema.Stored(schema.String, 0, r.string(), nil)
	case codeInteger:
		return schema.Stored(schema.Number, float64(r.varint()), "", nil)
	case codeFloat:
		return schema.Stored(schema.Number, r.float(), "", nil)
	case codeDate:
		return schema.At(r.varint())
	case codeList:
		return schema.Stored(schema.List, 0, "", r.list())
	}
	r.bad = true
	return schema.Value{}
}

func (r *reader) float() float64 {
	raw := r.take(8)
	if r.bad {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64([]byte(raw)))
}

func (r *reader) list() []string {
	n := r.uvarint()
	if n > uint64(len(r.text)-r.at) {
		r.bad = true
		return nil
	}
	elements := make([]string, n)
	for i := range elements {
		elements[i] = r.string()
	}
	return elements
}
