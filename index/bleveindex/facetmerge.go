package bleveindex

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// A facetValue is a value and how often it was counted, in one segment. rank
// orders like the value as far as 8 bytes tell: wholly for a number or a
// Boolean; for a text, those of equal rank differ in the texts at their place.
type facetValue struct {
	rank    uint64
	hash    uint32
	place   uint32
	segment uint32
	count   uint32
}

// facetShares is into how many shares values are divided by their hash, so
// that each is joined by itself, on any core, in the nearer caches.
const facetShares = 64

// facetValues are the values of one segment; one may be among them twice.
type facetValues struct {
	segment uint32
	texts   facetTexts
	shares  [facetShares][]facetValue
}

// expect makes room for n values.
func (f *facetValues) expect(n int) {
	for i := range f.shares {
		f.shares[i] = make([]facetValue, 0, n/facetShares+n/facetShares/8+8)
	}
}

func (f *facetValues) add(v facetValue) {
	v.segment = f.segment
	share := &f.shares[v.hash%facetShares]
	*share = append(*share, v)
}

// fewValues are joined on one goroutine.
const fewValues = 10_000

// mergeValues joins the values of all segments: the first ones in the order of
// a Facet, and how many there are.
func mergeValues(ctx context.Context, workers int, parts []facetPart, top int) ([]facetValue, int, error) {
	total := 0
	for i := range parts {
		for _, share := range parts[i].values.shares {
			total += len(share)
		}
	}
	if total < fewValues {
		workers = 1
	}
	var first [facetShares][]facetValue
	var distinct, next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range workers {
		g.Go(func() (err error) {
			defer recovered(&err)
			var j joiner
			for i := next.Add(1) - 1; i < facetShares; i = next.Add(1) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				values := j.join(parts, int(i))
				distinct.Add(int64(len(values)))
				first[i] = firstValues(parts, values, top)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, 0, err
	}
	return firstValues(parts, slices.Concat(first[:]...), top), int(distinct.Load()), nil
}

// A joiner joins one share after the other in the same memory.
type joiner struct {
	joined []facetValue
	places []uint32 // a hash table of places in joined, from 1; 0: free
}

// join adds up the counts of equal values of one share. What it gives is valid
// until the next.
func (j *joiner) join(parts []facetPart, share int) []facetValue {
	n := 0
	for i := range parts {
		n += len(parts[i].values.shares[share])
	}
	size := 16
	for size < 2*n {
		size *= 2
	}
	if size > len(j.places) {
		j.places = make([]uint32, size)
		j.joined = make([]facetValue, 0, size/2)
	}
	places, mask := j.places[:size], uint32(size-1)
	clear(places)
	joined := j.joined[:0]
	for i := range parts {
	next:
		for _, v := range parts[i].values.shares[share] {
			at := v.hash / facetShares & mask
			for ; places[at] != 0; at = (at + 1) & mask {
				if w := &joined[places[at]-1]; w.hash == v.hash && w.rank == v.rank && bytes.Equal(textOf(parts, w), textOf(parts, &v)) {
					w.count += v.count
					continue next
				}
			}
			joined = append(joined, v)
			places[at] = uint32(len(joined))
		}
	}
	j.joined = joined
	return joined
}

func textOf(parts []facetPart, v *facetValue) []byte {
	return parts[v.segment].values.texts.at(v.place)
}

// firstValues are the first of different values in the order of a Facet. Of
// many it keeps some that may be among them, and passes over what comes after.
func firstValues(parts []facetPart, values []facetValue, top int) []facetValue {
	compare := func(a, b facetValue) int {
		if a.count != b.count {
			return cmp.Compare(b.count, a.count)
		}
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		return bytes.Compare(textOf(parts, &a), textOf(parts, &b))
	}
	most := max(2*top, 64)
	kept := make([]facetValue, 0, min(most, len(values)))
	last, full := facetValue{}, false
	for _, v := range values {
		if full && (v.count < last.count || v.count == last.count && (v.rank > last.rank || v.rank == last.rank && compare(v, last) > 0)) {
			continue // most are told by two comparisons
		}
		if kept = append(kept, v); len(kept) == most {
			slices.SortFunc(kept, compare)
			kept = kept[:top]
			last, full = kept[top-1], true
		}
	}
	slices.SortFunc(kept, compare)
	return kept[:min(top, len(kept))]
}
