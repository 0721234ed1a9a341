package bleveindex

import (
	"math"
	"math/bits"
	"sort"
)

// buckets find where a number stands among edges. The stretch from the first
// edge to the last is cut into cells of equal width, and of each cell it is
// known how many edges lie before it; those within are searched by halves, as
// often as the fullest cell needs: once, where the edges are about evenly
// spaced. Nothing of it branches by the number. Cells follow from numbers by
// operations that never reverse an order, so rounding does not matter.
type buckets struct {
	edges []float64            // with infinite ones behind, that a search may look at
	first float64              // the first that a value can be below
	scale float64              // cells to one
	last  int                  // the last cell
	cells *[bucketCells]uint16 // edges before a cell
	half  uint16               // with which a search begins
}

// bucketCells is the most cells that there are, 8 KiB. Of a few edges there are
// fewer, which stay in the nearest cache: at least twice the edges.
const bucketCells = 4096

// farthest is beyond every value (see schema.MaxNumber): edges from there on
// count as infinite. finest bounds the cells to one, so that no cell's number
// overflows an int before it is held against the last.
const (
	farthest = 1 << 54
	finest   = 1 << 7
)

func newBuckets(edges []float64) *buckets {
	before := sort.SearchFloat64s(edges, -farthest)
	through := sort.SearchFloat64s(edges, farthest)
	near := edges[before:through]
	cells := min(4<<bits.Len(uint(len(near))), bucketCells)
	b := &buckets{cells: new([bucketCells]uint16), last: cells - 1}
	if len(near) > 0 {
		b.first = near[0]
		b.scale = min(float64(cells)/(near[len(near)-1]-b.first), finest) // also where the difference is 0
	}
	within, fullest := make([]int, cells), 1
	for _, e := range near {
		cell := b.cell(e)
		within[cell]++
		fullest = max(fullest, within[cell])
	}
	for i, n := 0, before; i < cells; i++ {
		b.cells[i] = uint16(n)
		n += within[i]
	}
	b.half = 1 << (bits.Len(uint(fullest)) - 1)
	b.edges = append(make([]float64, 0, len(edges)+2*int(b.half)), edges...)
	for range 2 * int(b.half) {
		b.edges = append(b.edges, math.Inf(1))
	}
	return b
}

func (b *buckets) cell(n float64) int {
	return min(max(int((n-b.first)*b.scale), 0), b.last)
}

// find tells for each of at most runLength numbers how many edges are at or
// below it; numbers are nearer than farthest. Step by step for all of them: so
// the processor works at several at a time.
func (b *buckets) find(numbers []float64, places *[runLength]uint16) {
	first, scale, last, cells := b.first, b.scale, b.last, b.cells
	for i, n := range numbers[:min(len(numbers), runLength)] {
		cell := min(max(int((n-first)*scale), 0), last)
		places[i] = cells[cell%bucketCells]
	}
	for half := b.half; half > 0; half /= 2 {
		edges := b.edges[half-1:]
		for i, n := range numbers[:min(len(numbers), runLength)] {
			above := math.Float64bits(n-edges[places[i]]) >> 63 // 1 where the edge is above
			places[i] += half & (uint16(above) - 1)
		}
	}
}
