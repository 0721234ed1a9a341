package bleveindex

import (
	"math"

	"meibo/dsl/schema"
)

// encodedNumber is the length of a number's term: 64 bits in groups of 7, so
// that no byte is 0xff, which separates doc values.
const encodedNumber = 10

// encodeNumber gives a term whose byte order is the numbers' order. -0 is 0.
func encodeNumber(n float64) string {
	bits := orderedBits(n)
	var term [encodedNumber]byte
	for i := encodedNumber - 1; i >= 0; i-- {
		term[i] = byte(bits & 0x7f)
		bits >>= 7
	}
	return string(term[:])
}

// decodeNumber reads what encodeNumber wrote; ok is false for anything else.
func decodeNumber[T string | []byte](term T) (n float64, ok bool) {
	if len(term) != encodedNumber || term[0] > 1 {
		return 0, false
	}
	var bits uint64
	for i := range encodedNumber {
		bits = bits<<7 | uint64(term[i]&0x7f)
	}
	if bits&(1<<63) != 0 {
		return math.Float64frombits(bits &^ (1 << 63)), true
	}
	return math.Float64frombits(^bits), true
}

// orderedBits maps numbers to integers of the same order.
func orderedBits(n float64) uint64 {
	bits := math.Float64bits(n + 0) // drops the sign of -0
	if bits&(1<<63) != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// phoneRegion is the region in which a batch's fields read phone numbers.
func phoneRegion(fields *schema.Fields) string {
	if fields == nil || fields.Region == "" {
		return schema.DefaultRegion
	}
	return fields.Region
}
