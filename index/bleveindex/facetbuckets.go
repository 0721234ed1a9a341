package bleveindex

import (
	"math"
	"math/bits"
	"sort"
)

// buckets find where a number stands among edges. The stretch from the first
// edge to the last is cut into cells of equal width, and of each cell
// it is known how many edges lie before it; those within are searched by
// halves, as often as the fullest cell needs: once, where the edges are about
// evenly spaced. Nothing of it branches by the number. Cells follow from
// numbers by operations that never reverse an order, so rounding does not
// matter.
type buckets struct {
	edges []float64 // with infinite ones behind, that a search may look at
	first float64   // the first that a value can be below
	scale float64   // cells to one
	cells []uint16  // edges before a cell
	half  int       // with which a search begins
}

// bucketCells is how many cells there are: twice the most edges, 8 KiB.
const bucketCells = 4096

// farthest is beyond every value (see schema.MaxNumber), and near enough that
// the distance of two such edges is finite.
const farthest = 1e300

func newBuckets(edges []float64) *buckets {
	before := sort.SearchFloat64s(edges, -farthest)
	through := sort.SearchFloat64s(edges, farthest)
	b := &buckets{cells: make([]uint16, bucketCells)}
	near := edges[before:through]
	if len(near) > 0 {
		b.first = near[0]
		if scale := bucketCells / (near[len(near)-1] - b.first); !math.IsInf(scale, 0) {
			b.scale = scale // else all in one cell
		}
	}
	within, fullest := make([]int, bucketCells), 1
	for _, e := range near {
		cell := b.cell(e)
		within[cell]++
		fullest = max(fullest, within[cell])
	}
	for i, n := 0, before; i < bucketCells; i++ {
		b.cells[i] = uint16(n)
		n += within[i]
	}
	b.half = 1 << (bits.Len(uint(fullest)) - 1)
	b.edges = append(make([]float64, 0, len(edges)+2*b.half), edges...)
	for range 2 * b.half {
		b.edges = append(b.edges, math.Inf(1))
	}
	return b
}

func (b *buckets) cell(n float64) int {
	return int(min(max((n-b.first)*b.scale, 0), bucketCells-1))
}

// place is the number of edges at or below a number nearer than farthest.
func (b *buckets) place(n float64) int {
	at := int(b.cells[b.cell(n)])
	for half := b.half; half > 0; half /= 2 {
		above := math.Float64bits(n-b.edges[at+half-1]) >> 63 // 1 where the edge is above
		at += half * int(1-above)
	}
	return at
}

// count counts numbers at their places, in two arrays by turns, see
// countNumbered.
func (b *buckets) count(numbers []float64, counts, others []int) {
	for ; len(numbers) >= 2; numbers = numbers[2:] {
		counts[b.place(numbers[0])]++
		others[b.place(numbers[1])]++
	}
	if len(numbers) == 1 {
		counts[b.place(numbers[0])]++
	}
}
