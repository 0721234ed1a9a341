package store

import (
	"hash/maphash"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"meibo/dsl/schema"
)

// Bounds of what is kept, whichever is reached first: the first pages of some
// 300 searches, and a sum that a small server has to spare (a customer of forty
// fields takes 4 KB, so some 8,000 of these).
const (
	recentCustomers = 1 << 14
	recentBytes     = 32 << 20
)

// recentPage is the largest page, in customers, that is kept or looked for. A
// list of matches and a stream read their rows 256 and more at a time and would
// push out everything that is asked for again.
const recentPage = 200

// A recent keeps the customers that were read last for pages, decoded: consoles
// and many clients at once ask for the same first pages again and again. A
// customer comes in when it is read for the second time, because most are read
// once, and keeping these would cost half as much as reading them. The least
// recently used goes first.
//
// What it holds is what the file holds, because
//   - a commit takes the customers that it writes out before bbolt can show it
//     to anybody (begin), and none of these comes in before it is over (end);
//   - whoever brings a customer in asked for it first, and no commit has begun
//     or ended since (moment): the file had one state meanwhile, or two that
//     differ only in customers that cannot come in.
//
// So it gives one moment's customers wherever it gives several at once. A
// commit that failed is never over: the customers that it wrote stay out, and
// nothing else has changed. A customer that is kept hides damage that its bytes
// on the disk take later, until it goes: Check reads the file.
//
// It is safe for concurrent use. The lock is held for some 50 ns a customer.
type recent struct {
	mu      sync.Mutex
	byID    *simplelru.LRU[string, kept]
	bytes   int                 // about, of all that are kept
	moment  uint64              // how many commits have begun and ended
	pending map[string]struct{} // the ids that the commit under way writes
	closed  bool

	seed maphash.Seed
	once []uint64 // hashes of ids that were read, the last one of each slot
}

type kept struct {
	Customer
	bytes int // about, in memory
}

func newRecent() *recent {
	r := &recent{seed: maphash.MakeSeed(), once: make([]uint64, recentCustomers)}
	byID, err := simplelru.NewLRU(recentCustomers, func(_ string, k kept) { r.bytes -= k.bytes })
	if err != nil {
		panic(err) // only for a size below 1
	}
	r.byID = byID
	return r
}

// find fills in the customers that it has, and says how many and at what moment.
func (r *recent) find(ids []string, found []Customer) (hits int, moment uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, id := range ids {
		if k, ok := r.byID.Get(id); ok {
			found[i] = k.Customer
			hits++
		}
	}
	return hits, r.moment
}

// fill reads what find has not found, and keeps it.
func (r *recent) fill(v *view, ids []string, found []Customer, hits int, moment uint64) error {
	if err := v.fill(ids, found); err != nil {
		return err
	}
	if r.keep(moment, found) || hits == 0 {
		return nil
	}
	clear(found) // the hits may be of another moment
	return v.fill(ids, found)
}

// keep takes customers in that were read, all in one transaction, after find
// told the moment. It takes none, and says so, when a commit has begun or ended
// since: they and what find gave may be of different states then.
func (r *recent) keep(moment uint64, customers []Customer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.moment != moment || r.closed {
		return false
	}
	for _, c := range customers {
		id := c.Record.ID() // shares the record's bytes, and keeps nothing else alive
		if _, writing := r.pending[id]; writing || id == "" || r.byID.Contains(id) || !r.again(id) {
			continue
		}
		k := kept{c, keptBytes(c.Record)}
		r.bytes += k.bytes
		r.byID.Add(id, k)
	}
	for r.bytes > recentBytes {
		r.byID.RemoveOldest()
	}
	return true
}

// again tells whether an id was read before, some thousands of others ago at most.
func (r *recent) again(id string) bool {
	h := maphash.String(r.seed, id)
	slot := &r.once[h%uint64(len(r.once))]
	before := *slot == h
	*slot = h
	return before
}

// begin is called before a commit, with the ids of the customers that it writes.
func (r *recent) begin(written []string) {
	pending := make(map[string]struct{}, len(written))
	for _, id := range written {
		pending[id] = struct{}{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moment++
	r.pending = pending
	for id := range pending {
		r.byID.Remove(id)
	}
}

// end is called when that commit is in the file, before anybody is told.
func (r *recent) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moment++
	r.pending = nil
}

// close lets everything go, so that a closed store has nothing to answer with.
func (r *recent) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.byID.Purge()
}

// Bytes in memory, about, of a customer that is kept and of each of its values
// (a schema.Value and its key), beside the texts.
const (
	customerBytes = 256
	valueBytes    = 72
	elementBytes  = 16
)

func keptBytes(r schema.Record) int {
	n := customerBytes + r.Len()*valueBytes
	for _, v := range r.All() {
		n += len(v.Text())
		if v.Kind() == schema.List {
			for _, e := range v.Elements() {
				n += elementBytes + len(e)
			}
		}
	}
	return n
}
