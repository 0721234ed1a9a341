package bleveindex

import "hash/maphash"

// An askedSet remembers roughly which conditions were asked of which segments:
// a table of hashes, each of which may be overwritten by a later one.
type askedSet struct {
	seed  maphash.Seed
	marks [1 << 14]uint32
}

// add notes a condition and reports whether it was noted before.
func (a *askedSet) add(segment uint64, key string) bool {
	var h maphash.Hash
	h.SetSeed(a.seed)
	_, _ = h.WriteString(key)
	for i := range 8 {
		_ = h.WriteByte(byte(segment >> (8 * i)))
	}
	sum := h.Sum64()
	mark := &a.marks[sum%uint64(len(a.marks))]
	if *mark == uint32(sum>>32) {
		return true
	}
	*mark = uint32(sum >> 32)
	return false
}
