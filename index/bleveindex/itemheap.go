package bleveindex

// An itemHeap has the item that comes last on top, or the one that comes first.
type itemHeap struct {
	order *order
	first bool
	items []item
}

// above reports whether a belongs over b.
func (h *itemHeap) above(a, b item) bool {
	if h.first {
		a, b = b, a
	}
	return h.order.compare(a, b) > 0
}

func (h *itemHeap) push(a item) {
	h.items = append(h.items, a)
	for i := len(h.items) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.above(h.items[i], h.items[parent]) {
			return
		}
		h.items[parent], h.items[i] = h.items[i], h.items[parent]
		i = parent
	}
}

// replace takes the top away and puts another item in.
func (h *itemHeap) replace(a item) {
	h.items[0] = a
	h.sink()
}

// pop takes the top away.
func (h *itemHeap) pop() {
	last := len(h.items) - 1
	h.items[0] = h.items[last]
	h.items = h.items[:last]
	h.sink()
}

// sink brings the top to its place.
func (h *itemHeap) sink() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h.items) {
			return
		}
		if right := child + 1; right < len(h.items) && h.above(h.items[right], h.items[child]) {
			child = right
		}
		if !h.above(h.items[child], h.items[i]) {
			return
		}
		h.items[i], h.items[child] = h.items[child], h.items[i]
		i = child
	}
}
