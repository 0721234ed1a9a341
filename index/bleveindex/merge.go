package bleveindex

// A merged result yields the rows of all segments in order: the least of the
// segments' next ones each time, kept in a heap. Some 100 ns an item.
type merged struct {
	order     *order
	sequences []sequence // by segment; nil: none
	heads     itemHeap   // its order is reversed: the first is on top
}

func merge(o *order, sequences []sequence) *merged {
	m := &merged{order: o, sequences: sequences, heads: itemHeap{order: o, first: true}}
	for i, s := range sequences {
		if s == nil {
			continue
		}
		if row, ok := s.next(); ok {
			m.heads.push(o.item(i, row))
		}
	}
	return m
}

// next is the next item; ok is false behind the last.
func (m *merged) next() (a item, ok bool) {
	if len(m.heads.items) == 0 {
		return item{}, false
	}
	a = m.heads.items[0]
	if row, ok := m.sequences[a.segment].next(); ok {
		m.heads.replace(m.order.item(int(a.segment), row))
	} else {
		m.heads.pop()
	}
	return a, true
}
