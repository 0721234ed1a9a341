package bleveindex

// A keyed row is sorted by its key.
type keyed struct {
	key uint64
	row uint32
}

// sortKeyed sorts by key and leaves rows of one key as they come. A radix sort
// by bytes, the last first, which leaves out bytes that all keys share; about 4
// ns a row and byte. scratch has the same length; the result is either of the
// two slices.
func sortKeyed(rows, scratch []keyed) []keyed {
	if len(rows) < 2 {
		return rows
	}
	var counts [8][256]uint32
	for _, r := range rows {
		for i := range 8 {
			counts[i][byte(r.key>>(8*i))]++
		}
	}
	for i := range 8 {
		count := &counts[i]
		if count[byte(rows[0].key>>(8*i))] == uint32(len(rows)) {
			continue
		}
		at := uint32(0)
		for b, n := range count {
			count[b] = at
			at += n
		}
		for _, r := range rows {
			b := byte(r.key >> (8 * i))
			scratch[count[b]] = r
			count[b]++
		}
		rows, scratch = scratch, rows
	}
	return rows
}
