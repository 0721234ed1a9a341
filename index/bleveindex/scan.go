package bleveindex

import (
	"bytes"
	"context"
	"slices"

	"meibo/dsl/expr"
)

// matchTexts is the set of the texts in the arena that the matcher takes.
func matchTexts(ctx context.Context, col *textColumn, by matcher) (bitset, error) {
	found := newBitset(col.texts())
	if sub, ok := by.(substring); ok && sub.how == expr.Contains && sub.needle != "" {
		findTexts(col, []byte(sub.needle), found)
		return found, nil
	}
	for i := range uint32(col.texts()) {
		if i%4096 == 4095 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if t := col.text(i); len(t) > 0 && by.match(t) {
			found.add(i)
		}
	}
	return found, nil
}

// findTexts looks for a needle in the whole arena at once, and takes what it
// finds only where it lies within one text.
func findTexts(col *textColumn, needle []byte, found bitset) {
	find := finder(col, needle)
	text := uint32(0) // the text at hand
	for at := 0; ; {
		from := find(at)
		if from < 0 {
			return
		}
		at = from + 1
		text += textAt(col.offsets[text+1:], uint32(from))
		if end := int(col.offsets[text+1]); from+len(needle) <= end {
			found.add(text)
			at = max(at, end)
		}
	}
}

// finder gives the function that finds the next needle in the arena at or after
// a place, -1 when there is none. It looks for the needle's rarest byte, which
// for "@x.jp" in e-mails takes half the time of bytes.Index and for other words
// a third, unless bytes.Index is better off.
func finder(col *textColumn, needle []byte) func(at int) int {
	before := col.rarest(needle)
	rare := needle[before]
	if indexCost(col, needle) < 7*float64(col.often[rare]) {
		return func(at int) int {
			next := bytes.Index(col.arena[at:], needle)
			if next < 0 {
				return -1
			}
			return at + next
		}
	}
	return func(at int) int {
		for at += before; at < len(col.arena); at++ {
			next := bytes.IndexByte(col.arena[at:], rare)
			if next < 0 {
				return -1
			}
			at += next
			from := at - before
			if to := from + len(needle); to <= len(col.arena) && bytes.Equal(col.arena[from:to], needle) {
				return from
			}
		}
		return -1
	}
}

// indexCost is about what bytes.Index takes in ns (the other way takes 7 for
// each rarest byte): it stops at each first byte of the needle, but goes on in
// steps of many bytes where that is one in eight.
func indexCost(col *textColumn, needle []byte) float64 {
	if first := col.often[needle[0]]; int(first) < len(col.arena)/8 {
		return 20 * float64(first)
	}
	return 0.15 * float64(len(col.arena))
}

// textAt counts the ends that are at or before a place in the arena. The texts
// are short and finds often near, so it looks close by first.
func textAt(ends []uint32, at uint32) uint32 {
	step := 1
	for step < len(ends) && ends[step] <= at {
		step *= 2
	}
	from := step / 2
	i, _ := slices.BinarySearchFunc(ends[from:min(step+1, len(ends))], at, func(end, at uint32) int {
		if end <= at {
			return -1
		}
		return 1
	})
	return uint32(from + i)
}
