package indexer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
	"meibo/index/indexer"
	"meibo/index/memindex"
)

// errTrimmed is how a source says that its log was trimmed.
type errTrimmed struct{}

func (errTrimmed) Error() string { return "trimmed" }
func (errTrimmed) Trimmed() bool { return true }

// A source is a change log in memory.
type source struct {
	mu      sync.Mutex
	epoch   string
	log     []string // id by seq-1
	trimmed uint64
	records map[string]schema.Record
	wake    chan struct{}
	fault   error                   // of Changes and Scan, while set
	scanned func(n int) (err error) // called for each record of a scan
}

func newSource(epoch string) *source {
	return &source{epoch: epoch, records: map[string]schema.Record{}, wake: make(chan struct{})}
}

func (s *source) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.wake)
	s.wake = make(chan struct{})
}

// put writes customers, one seq each, and returns the last seq.
func (s *source) put(ids ...string) (seq uint64) {
	s.change(func() {
		for _, id := range ids {
			r := schema.NewRecord(id)
			r.Set("profile.seq", schema.Num(float64(len(s.log)+1)))
			s.records[id] = r
			s.log = append(s.log, id)
		}
		seq = uint64(len(s.log))
	})
	return seq
}

func (s *source) delete(id string) (seq uint64) {
	s.change(func() {
		delete(s.records, id)
		s.log = append(s.log, id)
		seq = uint64(len(s.log))
	})
	return seq
}

func (s *source) Epoch() string { return s.epoch }

func (s *source) Seq() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint64(len(s.log))
}

func (s *source) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.records)
}

func (s *source) Changes(ctx context.Context, after uint64, limit int) ([]schema.Change, error) {
	for {
		s.mu.Lock()
		wake := s.wake
		changes, err := s.changes(after, limit)
		s.mu.Unlock()
		if err != nil || len(changes) > 0 {
			return changes, err
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *source) changes(after uint64, limit int) ([]schema.Change, error) {
	switch {
	case s.fault != nil:
		return nil, s.fault
	case after < s.trimmed:
		return nil, errTrimmed{}
	}
	var changes []schema.Change
	for seq := after + 1; seq <= uint64(len(s.log)) && len(changes) < limit; seq++ {
		id := s.log[seq-1]
		changes = slices.DeleteFunc(changes, func(c schema.Change) bool { return c.ID == id })
		c := schema.Change{Seq: seq, ID: id}
		if r, ok := s.records[id]; ok {
			c.Record = &r
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (s *source) Scan(ctx context.Context, yield func(schema.Record) error) (uint64, error) {
	s.mu.Lock()
	seq, fault, scanned := uint64(len(s.log)), s.fault, s.scanned
	var all []schema.Record
	for _, r := range s.records {
		all = append(all, r)
	}
	s.mu.Unlock()
	for i, r := range all {
		if scanned != nil {
			if err := scanned(i); err != nil {
				return 0, err
			}
		}
		if err := errors.Join(ctx.Err(), yield(r)); err != nil {
			return 0, err
		}
	}
	return seq, fault
}

// A disk keeps in-memory backends by a file in their folders, so that they
// survive closing and follow a rename, as real ones do.
type disk struct {
	mu       sync.Mutex
	backends []*kept
	hook     func(index.Batch) error // of Apply; an error applies nothing
	snapshot error                   // of Snapshot
	answer   error                   // of a snapshot's Count
	open     error
	behind   bool // what is applied does not get on disk
}

type kept struct {
	*memindex.Backend
	disk    *disk
	upserts int // applied in all
	closed  bool
	broken  bool // after a hook's index.ErrBroken, until opened again
}

func (d *disk) Open(dir string) (index.Backend, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open != nil {
		return nil, d.open
	}
	file := filepath.Join(dir, "backend")
	if text, err := os.ReadFile(file); err == nil {
		n, err := strconv.Atoi(string(text))
		if err != nil || n >= len(d.backends) {
			return nil, index.ErrDamaged
		}
		d.backends[n].closed, d.backends[n].broken = false, false
		return d.backends[n], nil
	}
	b := &kept{Backend: memindex.New(), disk: d}
	d.backends = append(d.backends, b)
	return b, errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(file, []byte(strconv.Itoa(len(d.backends)-1)), 0o600))
}

func (d *disk) set(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
}

func (b *kept) Apply(ctx context.Context, batch index.Batch) error {
	b.disk.mu.Lock()
	hook, broken := b.disk.hook, b.broken
	b.disk.mu.Unlock()
	if broken {
		return index.ErrBroken
	}
	if hook != nil {
		if err := hook(batch); err != nil {
			b.disk.set(func() { b.broken = errors.Is(err, index.ErrBroken) })
			return err
		}
	}
	err := b.Backend.Apply(ctx, batch)
	if err == nil {
		b.disk.set(func() { b.upserts += len(batch.Upserts) })
	}
	return err
}

func (b *kept) Persisted() index.Position {
	b.disk.mu.Lock()
	defer b.disk.mu.Unlock()
	if b.disk.behind {
		return index.Position{}
	}
	return b.Backend.Persisted()
}

func (b *kept) Flush(ctx context.Context) error {
	for {
		b.disk.mu.Lock()
		err, behind := b.disk.snapshot, b.disk.behind
		b.disk.mu.Unlock()
		switch {
		case err != nil:
			return err
		case !behind:
			return b.Backend.Flush(ctx)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		time.Sleep(time.Millisecond)
	}
}

func (b *kept) Snapshot(ctx context.Context) (index.Snapshot, error) {
	b.disk.mu.Lock()
	err, closed, broken := b.disk.snapshot, b.closed, b.broken
	b.disk.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case closed:
		return nil, index.ErrClosed
	case broken:
		return nil, index.ErrBroken
	}
	s, err := b.Backend.Snapshot(ctx)
	return faultySnapshot{s, b}, err
}

func (b *kept) Figures() []index.Figure {
	b.disk.mu.Lock()
	defer b.disk.mu.Unlock()
	return []index.Figure{{Name: "upserts_total", Help: "Customers applied.", Value: float64(b.upserts)}}
}

// Close keeps what a disk would keep.
func (b *kept) Close() error {
	b.disk.set(func() { b.closed = true })
	return nil
}

type faultySnapshot struct {
	index.Snapshot
	b *kept
}

func (s faultySnapshot) Count(ctx context.Context, e expr.Expr) (int, error) {
	s.b.disk.mu.Lock()
	err, closed := s.b.disk.answer, s.b.closed
	s.b.disk.mu.Unlock()
	if closed {
		return 0, errors.New("the backend was closed under a snapshot")
	}
	if err != nil {
		return 0, err
	}
	return s.Snapshot.Count(ctx, e)
}

// A rig is a source, a disk and the indexer between them.
type rig struct {
	*testing.T
	source *source
	disk   *disk
	dir    string
	x      *indexer.Indexer
}

func newRig(t *testing.T) *rig {
	return &rig{T: t, source: newSource("e1"), disk: &disk{}, dir: filepath.Join(t.TempDir(), "index")}
}

func (r *rig) start() {
	r.Helper()
	fields, err := schema.NewFields(schema.DefaultRegion, schema.InitialFields())
	if err != nil {
		r.Fatal(err)
	}
	x, err := indexer.Start(indexer.Config{Source: r.source, Dir: r.dir, Open: r.disk.Open,
		Fields: func() *schema.Fields { return fields }, RetryFirst: time.Millisecond, RetryMost: 4 * time.Millisecond})
	if err != nil {
		r.Fatal(err)
	}
	r.x = x
	r.Cleanup(func() {
		if err := x.Close(); err != nil {
			r.Error(err)
		}
	})
}

func (r *rig) stop() {
	r.Helper()
	if err := r.x.Close(); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) patience() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	r.Cleanup(cancel)
	return ctx
}

func (r *rig) ready() {
	r.Helper()
	if err := r.x.Ready(r.patience()); err != nil {
		r.Fatal(err)
	}
}

// want compares what is searched, once everything is applied, with the source.
func (r *rig) want() {
	r.Helper()
	r.ready()
	seq := r.source.Seq()
	s, err := r.x.Snapshot(r.patience(), seq)
	if err != nil {
		r.Fatal(err)
	}
	defer s.Release()
	if p := s.Position(); p.Epoch != r.source.epoch || p.Seq != seq {
		r.Errorf("the position is %+v, want seq %d of %s", p, seq, r.source.epoch)
	}
	if s.Total() != r.source.Len() {
		r.Errorf("%d customers, want %d", s.Total(), r.source.Len())
	}
	for id, record := range r.source.records {
		n := record.Get("profile.seq").Num()
		in, err := s.Contains(context.Background(), is(n), id)
		if err != nil || !in {
			r.Errorf("%s with profile.seq = %v: %v, %v", id, n, in, err)
		}
	}
}

// is matches the records with a profile.seq.
func is(n float64) expr.Expr {
	return expr.Among{Field: "profile.seq", Kind: schema.Number, Values: []float64{n}}
}

// folders lists the names in the index folder.
func (r *rig) folders() (names []string) {
	r.Helper()
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		r.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// eventually waits for something that has no event to wait for.
func (r *rig) eventually(what string, is func() bool) {
	r.Helper()
	for range 2000 {
		if is() {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	r.Fatalf("it never came that %s", what)
}
