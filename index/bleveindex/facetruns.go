package bleveindex

import "math/bits"

// runLength bounds what eachRun yields at a time, in values: 8 KiB of numbers,
// so that several passes over a run read it from the nearest cache.
const runLength = 1024

// eachRun yields the values of a column at the rows of a set, many at a time
// and in no order: straight from the column where 64 rows in a row are in the
// set, else copied together, some 1 ns each. A run is valid until the next.
func eachRun[T any](rows bitset, col []T, yield func(run []T)) {
	const words = runLength / 64
	buffer := make([]T, 0, runLength)
	for i := 0; i < len(rows); {
		full := 0
		for full < words && i+full < len(rows) && rows[i+full] == ^uint64(0) {
			full++
		}
		if full > 0 {
			yield(col[i*64 : (i+full)*64])
			i += full
			continue
		}
		if len(buffer) > runLength-64 {
			yield(buffer)
			buffer = buffer[:0]
		}
		n := len(buffer)
		space := buffer[n:runLength]
		n = 0
		for w := rows[i]; w != 0; w &= w - 1 {
			space[n] = col[i*64+bits.TrailingZeros64(w)]
			n++
		}
		buffer = buffer[:len(buffer)+n]
		i++
	}
	if len(buffer) > 0 {
		yield(buffer)
	}
}

// countPlaces counts how often each place is there, in two arrays by turns:
// the same place twice in a row would have to wait for the first to be written.
func countPlaces[P uint16 | uint32, N int | uint32](places []P, counts, others []N) {
	for ; len(places) >= 2; places = places[2:] {
		counts[places[0]]++
		others[places[1]]++
	}
	if len(places) == 1 {
		counts[places[0]]++
	}
}
