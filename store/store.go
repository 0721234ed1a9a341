package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"meibo/dsl/schema"
)

// Options are what a Store takes from outside. The zero Options are usable.
type Options struct {
	Clock  func() time.Time // nil: time.Now
	NewID  func() string    // nil: ids that grow with time, see newCustomerID
	Random io.Reader        // nil: crypto/rand; for ids, the epoch and tokens

	// Scratch is for a copy that is thrown away: nothing is synced to the disk.
	Scratch bool

	// openFile is for tests of what happens when the disk fails.
	openFile func(string, int, os.FileMode) (*os.File, error)
}

// A Store has the file of one data folder open.
type Store struct {
	folder string
	clock  func() time.Time
	newID  func() string
	random io.Reader
	db     *bolt.DB
	epoch  string
	known  *known
	recent *recent

	writer  chan struct{} // holds one token; whoever has it may write
	written bool          // something was committed; the writer's
	queue   queue         // of small changes that wait for it together

	// The state as the last commit left it. Changed by the writer, after the
	// commit only.
	seq       atomic.Uint64
	customers atomic.Int64
	fields    atomic.Pointer[schema.Fields]
	leaving   atomic.Pointer[[]string] // keys of deleted fields, see DeleteField
	settings  atomic.Pointer[Settings]
	segments  atomic.Pointer[SegmentSet]
	numbers   atomic.Pointer[numbering]
	failure   atomic.Pointer[error] // why the store is read-only

	mu     sync.Mutex
	wake   chan struct{} // closed and replaced when something above changed
	closed bool
}

// Epoch names this store's history. Another epoch's seqs mean nothing here.
func (s *Store) Epoch() string { return s.epoch }

// Seq is that of the last committed write; 0 when there was none.
func (s *Store) Seq() uint64 { return s.seq.Load() }

// Len is the number of customers, without the deleted ones.
func (s *Store) Len() int { return int(s.customers.Load()) }

// Fields is the current set.
func (s *Store) Fields() *schema.Fields { return s.fields.Load() }

// Settings are the workspace's.
func (s *Store) Settings() Settings { return *s.settings.Load() }

// Failure is why the store is read-only, nil while it is not.
func (s *Store) Failure() error {
	if cause := s.failure.Load(); cause != nil {
		return fmt.Errorf("%w (%w)", ErrReadOnly, *cause)
	}
	return nil
}

// Close lets the running write and all running reads finish, wakes who waits
// in Changes, and frees the file. Closing twice is harmless.
func (s *Store) Close() error {
	s.writer <- struct{}{}
	defer func() { <-s.writer }()
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	if again {
		return nil
	}
	s.recent.close()
	s.broadcast()
	if err := errors.Join(s.listFreePages(), s.db.Close()); err != nil {
		return fmt.Errorf("store: close %s: %w", s.folder, err)
	}
	return nil
}

// broadcast wakes everybody who waits for a change.
func (s *Store) broadcast() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.wake)
	s.wake = make(chan struct{})
}

// next is closed at the next change; ErrClosed when there will be none.
func (s *Store) next() (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	return s.wake, nil
}

// await returns when done says so, asked again after each change.
func (s *Store) await(ctx context.Context, done func() bool) error {
	for {
		changed, err := s.next() // before done, so that no change is missed
		if err != nil {
			return err
		}
		if done() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// newCustomerID makes ids as UUIDs of version 7 are: 48 bits of time, then
// random bits. Ids that grow keep the id bucket's pages full.
func newCustomerID(clock func() time.Time, random io.Reader) func() string {
	return func() string {
		var b [16]byte
		fill(random, b[6:])
		ms := uint64(clock().UnixMilli())
		for i := range 6 {
			b[i] = byte(ms >> (40 - 8*i))
		}
		b[6] = b[6]&0x0f | 0x70
		b[8] = b[8]&0x3f | 0x80
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
}

// fill reads random bytes. A source of them that fails leaves nothing sensible
// to do: going on would hand out ids and secrets that can be guessed.
func fill(random io.Reader, b []byte) {
	if _, err := io.ReadFull(random, b); err != nil {
		panic(fmt.Sprintf("store: no random numbers: %v", err))
	}
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.NewID == nil {
		o.NewID = newCustomerID(o.Clock, o.Random)
	}
	return o
}
