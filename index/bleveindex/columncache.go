package bleveindex

import (
	"cmp"
	"context"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A column holds the values of one field for all rows of a segment, or what is
// made from them, in memory of our own. It never changes once decoded.
type column interface {
	// bytes is the memory that the column takes beside that of the columns it
	// is made from.
	bytes() int64
}

// An alias is a column that another one serves as well. It takes no memory.
type alias struct{ column }

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
	most   int64                         // bytes
	wanted func(s *segment, name string) // asks for a column in the background; nil: nobody does it
	views  atomic.Int64
	ticks  atomic.Int64 // counts uses, to tell which was first

	decodes, evictions, carries atomic.Int64
	decodeTime                  atomic.Int64 // ns

	mu      sync.RWMutex
	used    int64
	entries map[columnKey]*columnEntry
	names   map[string]int // of decoded columns that others may want too: how many segments have it
	pins    map[uint64]int // views of a segment
	before  askedSet

	merges *mergeLog
}

type columnEntry struct {
	ready chan struct{} // closed when column or err is set
	col   column
	err   error
	alias bool
	size  int64        // 0 until it is decoded
	last  atomic.Int64 // the tick of the last use
}

func newColumnCache(most int64) *columnCache {
	return &columnCache{most: most, entries: map[columnKey]*columnEntry{}, names: map[string]int{}, pins: map[uint64]int{},
		before: askedSet{seed: maphash.MakeSeed()}, merges: newMergeLog()}
}

func (c *columnCache) use(entry *columnEntry) { entry.last.Store(c.ticks.Add(1)) }

// get gives a column, decoding it first if need be. Decoding is not cancelled
// with the context, since others may wait for the same column.
func (c *columnCache) get(ctx context.Context, key columnKey, decode func() (column, error)) (column, error) {
	entry, mine := c.entry(key)
	if !mine {
		select {
		case <-entry.ready:
			return entry.col, entry.err
		default:
		}
		select {
		case <-entry.ready:
			return entry.col, entry.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	began := time.Now()
	entry.col, entry.err = guardedDecode(decode)
	if same, ok := entry.col.(alias); ok {
		entry.col, entry.alias = same.column, true
	}
	c.decodes.Add(1)
	c.decodeTime.Add(int64(time.Since(began)))
	close(entry.ready)
	c.decoded(key, entry)
	return entry.col, entry.err
}

// entry is that of a key; mine means that it is new and the caller decodes it.
func (c *columnCache) entry(key columnKey) (entry *columnEntry, mine bool) {
	c.mu.RLock()
	entry, ok := c.entries[key]
	c.mu.RUnlock()
	if !ok {
		c.mu.Lock()
		if entry, ok = c.entries[key]; !ok {
			entry, mine = &columnEntry{ready: make(chan struct{})}, true
			c.entries[key] = entry
		}
		c.mu.Unlock()
	}
	c.use(entry)
	return entry, mine
}

// peek gives a column that is decoded already; else nil.
func (c *columnCache) peek(key columnKey) column {
	c.mu.RLock()
	entry, ok := c.entries[key]
	c.mu.RUnlock()
	if !ok {
		return nil
	}
	select {
	case <-entry.ready:
		c.use(entry)
		return entry.col // nil with an error
	default:
		return nil
	}
}

// put keeps a column that was made elsewhere, unless there is one.
func (c *columnCache) put(key columnKey, col column) {
	if entry, mine := c.entry(key); mine {
		entry.col = col
		close(entry.ready)
		c.decoded(key, entry)
	}
}

// nextView is a number for a view: from the upper half, where segments have none.
func (c *columnCache) nextView() uint64 { return 1<<63 | uint64(c.views.Add(1)) }

// asked notes that a condition was asked of a segment, and reports whether it
// was before.
func (c *columnCache) asked(segment uint64, key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.before.add(segment, key)
}

// want asks for a column in the background.
func (c *columnCache) want(s *segment, name string) {
	if c.wanted != nil {
		c.wanted(s, name)
	}
}

func guardedDecode(decode func() (column, error)) (col column, err error) {
	defer recovered(&err)
	return decode()
}

// decoded counts a new column and makes room for it. One that failed is
// forgotten, so that the next to ask tries again.
func (c *columnCache) decoded(key columnKey, entry *columnEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] != entry {
		return // its segment went in the meantime
	}
	if entry.err != nil {
		delete(c.entries, key)
		return
	}
	if entry.size = 1; !entry.alias {
		entry.size = max(1, entry.col.bytes())
	}
	c.used += entry.size
	if isShared(key.name) {
		c.names[key.name]++
	}
	if c.used > c.most {
		c.evict(entry)
	}
}

// evict drops what was used longest ago until a sixteenth of the memory is
// free, but not the newest; the caller holds mu.
func (c *columnCache) evict(newest *columnEntry) {
	type aged struct {
		key  columnKey
		last int64
	}
	var list []aged
	for key, entry := range c.entries {
		if entry.size > 0 && (entry != newest || entry.size > c.most) {
			list = append(list, aged{key, entry.last.Load()})
		}
	}
	slices.SortFunc(list, func(a, b aged) int { return cmp.Compare(a.last, b.last) })
	for _, a := range list {
		if c.used <= c.most-c.most/16 {
			return
		}
		c.drop(a.key)
		c.evictions.Add(1)
	}
}

// drop forgets a column; the caller holds mu.
func (c *columnCache) drop(key columnKey) {
	size := c.entries[key].size
	c.used -= size
	delete(c.entries, key)
	if size > 0 && isShared(key.name) {
		if c.names[key.name]--; c.names[key.name] == 0 {
			delete(c.names, key.name)
		}
	}
}

// isShared reports whether other segments may have a column of the name, which
// what queries leave behind is not.
func isShared(name string) bool {
	return !strings.HasPrefix(name, formDense) && !strings.HasPrefix(name, formResult)
}

// inUse are the names of the decoded columns, in no order.
func (c *columnCache) inUse() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Collect(maps.Keys(c.names))
}

// byUse are those names, the most recently used first.
func (c *columnCache) byUse() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	last := map[string]int64{}
	for key, entry := range c.entries {
		if entry.size > 0 && isShared(key.name) {
			last[key.name] = max(last[key.name], entry.last.Load())
		}
	}
	names := make([]string, 0, len(last))
	for name := range last {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(last[b], last[a]), cmp.Compare(a, b)) })
	return names
}

// namesOf are those of one segment's decoded columns.
func (c *columnCache) namesOf(segment uint64) []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var names []string
	for key, entry := range c.entries {
		if key.segment == segment && entry.size > 0 {
			names = append(names, key.name)
		}
	}
	return names
}

// pin keeps the columns of segments until as many calls of unpin.
func (c *columnCache) pin(segments []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range segments {
		c.pins[id]++
	}
}

func (c *columnCache) unpin(segments []uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gone := map[uint64]bool{}
	for _, id := range segments {
		if c.pins[id]--; c.pins[id] == 0 {
			delete(c.pins, id)
			c.merges.forget(id)
			gone[id] = true
		}
	}
	if len(gone) == 0 {
		return
	}
	for key := range c.entries {
		if gone[key.segment] {
			c.drop(key)
		}
	}
}

// dropUnseen drops the columns of a segment that is in no view.
func (c *columnCache) dropUnseen(segment uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pins[segment] > 0 {
		return
	}
	c.merges.forget(segment)
	for key := range c.entries {
		if key.segment == segment {
			c.drop(key)
		}
	}
}

// clear forgets all columns.
func (c *columnCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = 0
	clear(c.entries)
	clear(c.names)
}
