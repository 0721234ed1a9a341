package bleveindex

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// Wherever a number stands among edges, also those that are infinite, equal,
// far apart or next to each other.
func TestBucketsFindThePlaceOfANumber(t *testing.T) {
	r := seeded(t)
	inf := math.Inf(1)
	lists := [][]float64{
		{0, 1}, {0, 0}, {5, 5, 5}, {-inf, inf}, {-inf, -inf, 0}, {-inf, 3, inf, inf}, {inf, inf}, {-inf, -inf},
		{0, math.SmallestNonzeroFloat64}, {-math.MaxFloat64, math.MaxFloat64}, {-math.MaxFloat64, 0, 1}, {1, math.Nextafter(1, 2), 2},
	}
	for range 200 {
		edges := make([]float64, 2+r.IntN(50))
		for i := range edges {
			switch edges[i] = float64(r.IntN(20)); r.IntN(4) {
			case 0:
				edges[i] = math.Exp(r.NormFloat64() * 20)
			case 1:
				edges[i] = r.NormFloat64()
			}
		}
		slices.Sort(edges)
		lists = append(lists, edges)
	}
	even := make([]float64, 2001)
	for i := range even {
		even[i] = float64(i) * 0.1
	}
	for _, edges := range append(lists, even) {
		b := newBuckets(edges)
		numbers := []float64{0, 1, -1, 1 << 53, -1 << 53, math.Pi}
		for _, e := range edges {
			if math.Abs(e) < farthest {
				numbers = append(numbers, e, math.Nextafter(e, inf), math.Nextafter(e, -inf), e+r.NormFloat64())
			}
		}
		for _, n := range numbers {
			want := sort.Search(len(edges), func(i int) bool { return edges[i] > n })
			var places [runLength]uint16
			b.find([]float64{n}, &places)
			if got := int(places[0]); got != want {
				t.Fatalf("%v stands at %d, want %d, among %v", n, got, want, edges)
			}
		}
	}
}

func TestRunsAreTheValuesOfASet(t *testing.T) {
	r := seeded(t)
	for range 200 {
		rows := 1 + r.IntN(5000)
		set, col := newBitset(rows), make([]int, rows)
		density := r.Float64()
		for i := range set { // words that are full among others
			if r.IntN(3) > 0 {
				set[i] = ^uint64(0)
			}
		}
		set[len(set)-1] = 0
		for row := range rows {
			col[row] = row
			if r.Float64() < density {
				set.add(uint32(row))
			}
		}
		var want, got []int
		set.each(func(row uint32) bool { want = append(want, int(row)); return true })
		eachRun(set, col, func(run []int) {
			if len(run) > runLength {
				t.Fatalf("a run of %d", len(run))
			}
			got = append(got, run...)
		})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
	}
}

// Numbers that find no place in a table are counted all the same.
func TestNumberTablesCountEveryNumber(t *testing.T) {
	r := seeded(t)
	var values facetValues
	table := newNumberTable(&values, 10)
	want := map[uint64]int{}
	for range 3000 {
		n := float64(r.IntN(300)-100) / float64(1+r.IntN(3))
		want[orderedBits(n)]++
		table.add([]float64{n})
	}
	table.finish()
	got := map[uint64]int{}
	for _, share := range values.shares {
		for _, v := range share {
			if v.hash != hashNumber(v.rank) {
				t.Fatalf("%v lies in another share", numberOf(v.rank))
			}
			got[v.rank] += int(v.count)
		}
	}
	for rank, n := range want {
		if got[rank] != n {
			t.Errorf("%v counts %d, want %d", numberOf(rank), got[rank], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d numbers, want %d", len(got), len(want))
	}
}

// However many values segments have, on however many goroutines they are
// joined: also those that differ only behind what rank tells of them.
func TestValuesOfSegmentsAreJoined(t *testing.T) {
	r := seeded(t)
	for _, n := range []int{0, 1, 500, 3 * fewValues} {
		parts := make([]facetPart, 3)
		counts := map[string]int{}
		for i := range parts {
			p := &parts[i].values
			p.segment = uint32(i)
			for range n / len(parts) {
				text := []byte("prefix " + strconv.Itoa(r.IntN(n)))
				count := 1 + r.IntN(3)
				counts[string(text)] += count
				p.add(facetValue{rank: textRank(text), hash: hashText(text), place: uint32(len(p.texts.terms)), count: uint32(count)})
				p.texts.terms = append(p.texts.terms, text)
			}
		}
		want := slices.Collect(maps.Keys(counts))
		slices.SortFunc(want, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
		for _, top := range []int{1, 10, 1000} {
			for _, workers := range []int{1, 4} {
				got, distinct, err := mergeValues(t.Context(), workers, parts, top)
				if err != nil || distinct != len(want) || len(got) != min(top, len(want)) {
					t.Fatalf("%d of %d values, want %d: %v", len(got), distinct, len(want), err)
				}
				for i, v := range got {
					if text := string(textOf(parts, &v)); text != want[i] || int(v.count) != counts[text] {
						t.Fatalf("value %d of %d is %d × %q, want %d × %q", i, top, v.count, text, counts[want[i]], want[i])
					}
				}
			}
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := mergeValues(ended, 2, make([]facetPart, 1), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("in a context that has ended: %v", err)
	}
}
