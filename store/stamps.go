package store

import (
	"encoding/binary"

	"meibo/dsl/schema"
)

// appendStamps encodes when fields changed, where that is kept.
func appendStamps(b []byte, r schema.Record, number func(key string) (uint64, error)) ([]byte, error) {
	if r.StampCount() == 0 {
		return b, nil
	}
	b = binary.AppendUvarint(b, uint64(r.StampCount()))
	for key, millis := range r.Stamps() {
		n, err := number(key)
		if err != nil {
			return nil, err
		}
		b = binary.AppendVarint(binary.AppendUvarint(b, n), millis)
	}
	return b, nil
}

// stamps reads what appendStamps wrote.
func (r *reader) stamps(record *schema.Record, numbers *numbering) error {
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		number, millis := r.uvarint(), r.varint()
		if number == 0 || number >= uint64(len(numbers.keys)) {
			return &unknownNumberError{number}
		}
		record.SetStamp(numbers.keys[number], millis)
	}
	return nil
}
