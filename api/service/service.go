package service

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"meibo/api/job"
	"meibo/dsl"
	"meibo/index"
	"meibo/store"
)

// An Index gives pinned states of the index to ask questions of. The indexer
// satisfies it.
type Index interface {
	// Snapshot waits until the index has applied minSeq or ctx ends.
	Snapshot(ctx context.Context, minSeq uint64) (index.Snapshot, error)
}

// An Index may also have figures of itself to tell.
type figured interface{ Figures() []index.Figure }

// IndexStatus is how far the index is. It is the indexer's status without its
// type, because use cases do not know how an index is kept up to date.
type IndexStatus struct {
	State      string `json:"state" enum:"ready,rebuilding,failed"`
	Stale      bool   `json:"stale" doc:"searches are answered by an index that is being replaced"`
	Applied    uint64 `json:"applied" doc:"the seq that searches see"`
	Committed  uint64 `json:"committed" doc:"the seq of the last committed write"`
	Generation string `json:"generation,omitempty"`
	Err        string `json:"-"`
}

// The States of an index.
const (
	StateReady      = "ready"      // it follows every write
	StateRebuilding = "rebuilding" // a new one is being built
	StateFailed     = "failed"     // the last attempt failed; there will be another
)

// Answers reports whether searches are answered, if by a stale index.
func (s IndexStatus) Answers() bool { return s.State == StateReady || s.Stale }

// Config is what a Service works with. It owns none of it: the caller closes
// the service, the index and then the store, after the last call has returned.
type Config struct {
	Store       *store.Store
	Folder      string // for uploads, exports and the like, made when it is needed; "": there are none
	MaxUpload   int64  // bytes of one; 0: MaxUpload
	Index       Index
	IndexStatus func() IndexStatus // nil: always ready
	Clock       func() time.Time   // nil: time.Now
	Log         *slog.Logger       // nil: nothing is logged
}

// A Service answers the use cases for one caller: what the caller may not see
// is not there. New gives that of the owner, As that of another; all share one
// register. See Caller.Require for what a caller may do.
type Service struct {
	*register
	caller Caller
}

// A register is what the services of all callers share.
type register struct {
	store  *store.Store
	folder string
	most   int64 // bytes of an upload
	jobs   *job.Runner
	index  Index
	status func() IndexStatus
	clock  func() time.Time
	log    *slog.Logger

	filters  *dsl.Cache
	held     *held
	zones    zones
	views    views
	catalogs catalogs
	uses     uses
	upkeep   upkeep
	trimmed  pace // of trimHistory
	forgot   pace // of forgetJobs

	importRows  int                   // of a transaction of an import; 0: importBatchRows; for tests
	beforeBatch func(context.Context) // of an import; nil: nothing; for tests

	saving sync.Mutex // one segment or field at a time: each save is checked against the others
}

// keptFilters is how many compiled filters are kept for the next time they
// are asked: those of a workspace's segments, bots and consoles.
const keptFilters = 1000

// New builds a Service. It does nothing else: no goroutine, no file. It has to
// be closed.
func New(c Config) *Service {
	s := &register{store: c.Store, folder: c.Folder, most: cmp.Or(c.MaxUpload, MaxUpload), index: c.Index, status: c.IndexStatus, clock: c.Clock, log: c.Log, filters: dsl.NewCache(keptFilters),
		upkeep: upkeep{wake: make(chan struct{}, 1)}}
	if s.status == nil {
		s.status = func() IndexStatus { return IndexStatus{State: StateReady, Committed: s.store.Seq()} }
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.jobs = s.newRunner()
	s.held = newHeld(s.clock, afterFunc, func() string { return s.status().Generation })
	return &Service{register: s, caller: Caller{Role: RoleOwner}}
}

// As is the service as another caller has it. It costs nothing.
func (s *Service) As(c Caller) *Service { return &Service{register: s.register, caller: c} }

// Close lets go of the states of the index that are held for the next request,
// which the index would wait for, and ends the upkeep and, after its step, the job
// under way, for which it waits; then
// it writes which tokens were used. A second time does nothing. Requests under
// way go on.
func (s *Service) Close() {
	s.jobs.Stop()
	s.upkeep.end()
	if err := s.writeUses(context.Background(), true); err != nil {
		s.log.Warn("on closing", "error", err)
	}
	s.held.close()
}
