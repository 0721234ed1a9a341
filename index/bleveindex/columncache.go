package bleveindex

import (
	"container/list"
	"context"
	"sync"
)

// A column holds the values of one field for all rows of a segment, in memory
// of our own. It never changes once decoded.
type column interface {
	// bytes is the memory that the column takes.
	bytes() int64
}

// A columnKey names a column. Segment numbers are not used twice in a run.
type columnKey struct {
	segment uint64
	name    string
}

// A columnCache keeps decoded columns: each is decoded once however many ask
// at a time, those of a segment are dropped when the last view of it goes, and
// the least recently used go when there are too many. Whoever holds a column
// can go on using it. Safe for concurrent use.
type columnCache struct {
	most int64 // bytes

	mu      sync.Mutex
	used    int64
	entries map[columnKey]*list.Element // of *columnEntry
	recent  *list.List                  // the most recently used first
	pins    map[uint64]int              // views of a segment
}

type columnEntry struct {
	key   columnKey
	ready chan struct{} // closed when column or err is set
	col   column
	err   error
	size  int64 // 0 until it is decoded
}

func newColumnCache(most int64) *columnCache {
	return &columnCache{most: most, entries: map[columnKey]*list.Element{}, recent: list.New(), pins: map[uint64]int{}}
}

// get gives a column, decoding it first if need be. Decoding is not cancelled
// with the context, since others may wait for the same column.
func (c *columnCache) get(ctx context.Context, key columnKey, decode func() (column, error)) (column, error) {
	c.mu.Lock()
	if element, ok := c.entries[key]; ok {
		c.recent.MoveToFront(element)
		c.mu.Unlock()
		entry := element.Value.(*columnEntry)
		select {
		case <-entry.ready:
			return entry.col, entry.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	entry := &columnEntry{key: key, ready: make(chan struct{})}
	c.entries[key] = c.recent.PushFront(entry)
	c.mu.Unlock()

	entry.col, entry.err = guardedDecode(decode)
	close(entry.ready)
	c.decoded(entry)
	return entry.col, entry.err
}

func guardedDecode(decode func() (column, error)) (col column, err error) {
	defer recovered(&err)
	return decode()
}

// decoded counts a new column and makes room for it. One that failed is
// forgotten, so that the next to ask tries again.
func (c *columnCache) decoded(entry *columnEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.entries[entry.key]
	if !ok || element.Value != entry {
		return // its segment went in the meantime
	}
	if entry.err != nil {
		c.drop(element)
		return
	}
	entry.size = entry.col.bytes()
	c.used += entry.size
	for last := c.recent.Back(); c.used > c.most && last != nil; {
		before := last.Prev()
		if last.Value.(*columnEntry).size > 0 {
			c.drop(last)
		}
		last = before
	}
}

func (c *columnCache) drop(element *list.Element) {
	entry := element.Value.(*columnEntry)
	c.used -= entry.size
	c.recent.Remove(element)
	delete(c.entries, entry.key)
}

// pin keeps the columns of segments until as many calls of unpin.
func (c *columnCache) pin(segments []*segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range segments {
		c.pins[s.id]++
	}
}

func (c *columnCache) unpin(segments []*segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gone := map[uint64]bool{}
	for _, s := range segments {
		if c.pins[s.id]--; c.pins[s.id] == 0 {
			delete(c.pins, s.id)
			gone[s.id] = true
		}
	}
	if len(gone) == 0 {
		return
	}
	for element := c.recent.Front(); element != nil; {
		next := element.Next()
		if gone[element.Value.(*columnEntry).key.segment] {
			c.drop(element)
		}
		element = next
	}
}
