package main

// demoRandom is splitmix64: a whole sequence from one number, the same on
// every machine and in every release, which math/rand does not promise.
type demoRandom struct{ state uint64 }

// randomFor is the sequence of customer i, which depends on nothing else.
func randomFor(seed, i uint64) demoRandom {
	return demoRandom{mix(mix(seed+0x9e3779b97f4a7c15) ^ (i * 0xd1342543de82ef95))}
}

// mix maps 64-bit numbers to 64-bit numbers one to one.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (r *demoRandom) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

// unit is in [0, 1).
func (r *demoRandom) unit() float64 { return float64(r.next()>>11) / (1 << 53) }

// below is in [0, n).
func (r *demoRandom) below(n int) int { return int((r.next() >> 32) * uint64(n) >> 32) }

// chance is true in percent of all cases.
func (r *demoRandom) chance(percent float64) bool { return r.unit()*100 < percent }

// longTail is a count from 1 to most: half of them 1, a few very large. Only
// division, whose result no machine rounds differently.
func (r *demoRandom) longTail(most int) int {
	return min(most, int(1/(r.unit()+1/(2*float64(most))))+r.below(2))
}

// weighted picks from a list by weight in constant time on average.
type weighted[T any] struct {
	items []T
	of    []uint16 // one slot per unit of weight, the index of its item
}

func newWeighted[T any](items []T, weight func(T) int) weighted[T] {
	w := weighted[T]{items: items}
	for i, item := range items {
		for range weight(item) {
			w.of = append(w.of, uint16(i))
		}
	}
	return w
}

func (w weighted[T]) pick(r *demoRandom) T { return w.items[w.of[r.below(len(w.of))]] }

// A word with its weight.
type word struct {
	text   string
	weight int
}

func words(list ...word) weighted[string] {
	w := newWeighted(list, func(x word) int { return x.weight })
	texts := weighted[string]{of: w.of}
	for _, x := range list {
		texts.items = append(texts.items, x.text)
	}
	return texts
}
