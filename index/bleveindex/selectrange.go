package bleveindex

// selectRange moves the items that come at [low, high) in order to those
// places, in no order among themselves. Linear on average; compare must never
// give 0 for different items. 0 <= low < high <= len(items).
func selectRange(items []item, low, high int, compare func(a, b item) int) {
	partitionAt(items, low, compare)
	if high < len(items) {
		partitionAt(items[low:], high-low, compare)
	}
}

// partitionAt moves the item that comes at place k there, those before it to
// its left and the others to its right.
func partitionAt(items []item, k int, compare func(a, b item) int) {
	for len(items) > 1 {
		pivot := split(items, compare)
		switch {
		case k < pivot:
			items = items[:pivot]
		case k > pivot:
			items, k = items[pivot+1:], k-pivot-1
		default:
			return
		}
	}
}

// split moves what comes before a pivot to its left, and gives the pivot's
// place. The pivot is the median of nine, so that sorted input, which segments
// often are, costs no more than other.
func split(items []item, compare func(a, b item) int) int {
	last := len(items) - 1
	median := medianPlace(items, compare)
	items[median], items[last] = items[last], items[median]
	pivot := items[last]
	at := 0
	for i := range last {
		if compare(items[i], pivot) < 0 {
			items[i], items[at] = items[at], items[i]
			at++
		}
	}
	items[at], items[last] = items[last], items[at]
	return at
}

func medianPlace(items []item, compare func(a, b item) int) int {
	n := len(items)
	if n < 9 {
		return n / 2
	}
	step := n / 9
	three := func(a, b, c int) int {
		if compare(items[a], items[b]) > 0 {
			a, b = b, a
		}
		if compare(items[b], items[c]) > 0 {
			b = c
		}
		if compare(items[a], items[b]) > 0 {
			b = a
		}
		return b
	}
	at := func(i int) int { return i*step + step/2 }
	return three(three(at(0), at(1), at(2)), three(at(3), at(4), at(5)), three(at(6), at(7), at(8)))
}

// An itemHeap has the item that comes last on top.
type itemHeap struct {
	order *order
	items []item
}

func (h *itemHeap) push(a item) {
	h.items = append(h.items, a)
	for i := len(h.items) - 1; i > 0; {
		parent := (i - 1) / 2
		if h.order.compare(h.items[parent], h.items[i]) >= 0 {
			return
		}
		h.items[parent], h.items[i] = h.items[i], h.items[parent]
		i = parent
	}
}

// replace takes the top away and puts another item in.
func (h *itemHeap) replace(a item) {
	h.items[0] = a
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h.items) {
			return
		}
		if right := child + 1; right < len(h.items) && h.order.compare(h.items[right], h.items[child]) > 0 {
			child = right
		}
		if h.order.compare(h.items[i], h.items[child]) >= 0 {
			return
		}
		h.items[i], h.items[child] = h.items[child], h.items[i]
		i = child
	}
}
