package job

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// A rig is a runner on a real store, with kinds of the test's own.
type rig struct {
	t     *testing.T
	dir   string
	store *store.Store
	*Runner
	clock *handClock
	log   *lockedBuffer
}

type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newRig opens a folder; the runner is not started.
func newRig(t *testing.T, dir string, kinds map[string]Kind) *rig {
	t.Helper()
	r := &rig{t: t, dir: dir, clock: &handClock{now: time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC)}, log: &lockedBuffer{}}
	var err error
	r.store, err = store.Open(dir, store.Options{Clock: r.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	r.Runner = NewRunner(Config{Store: r.store, Kinds: kinds, Clock: r.clock.Now, Log: slog.New(slog.NewTextHandler(r.log, nil)), Explain: explain})
	t.Cleanup(r.end)
	return r
}

func (r *rig) end() {
	r.Stop()
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

// restarted closes a rig and opens its folder as another process would.
func (r *rig) restarted(kinds map[string]Kind) *rig {
	r.t.Helper()
	r.end()
	return newRig(r.t, r.dir, kinds)
}

var errRefused = errors.New("refused")

func explain(err error) (string, schema.Words) {
	if errors.Is(err, errRefused) {
		return "refused", schema.Words{JA: "だめです。", EN: "no"}
	}
	return "internal", schema.Words{JA: "問題です。", EN: "something went wrong"}
}

func (r *rig) add(kind string, request any) uint64 {
	r.t.Helper()
	raw, err := json.Marshal(request)
	if err != nil {
		r.t.Fatal(err)
	}
	var number uint64
	r.update(func(tx *store.Tx) (err error) {
		number, err = tx.AddJob(store.Job{Kind: kind, State: Queued, Request: raw, CreatedAt: r.clock.Now().UnixMilli()})
		return err
	})
	r.Wake()
	return number
}

func (r *rig) update(change func(*store.Tx) error) {
	r.t.Helper()
	if _, err := r.store.Update(r.t.Context(), change); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) job(number uint64) store.Job {
	r.t.Helper()
	j, err := r.store.Job(number)
	if err != nil {
		r.t.Fatal(err)
	}
	return j
}

// wait waits until a job is in a state.
func (r *rig) wait(number uint64, state string) store.Job {
	r.t.Helper()
	for {
		changed := r.Changed()
		j := r.job(number)
		if j.State == state {
			return j
		}
		if Ended(j.State) {
			r.t.Fatalf("the job %d is %s (%+v), not %s", number, j.State, j.Error, state)
		}
		<-changed
	}
}

// A count is a kind of job that notes the numbers from 0 to Upto in the audit
// log, each in a step of its own: what is done twice or never shows there.
type count struct {
	Upto int
	Name string
}

type countPlace struct{ Next int }

// counting does a count; between, where there is one, is called after each step.
func counting(between func(ctx context.Context, r *Run, next int) error) func(context.Context, *Run) error {
	return func(ctx context.Context, r *Run) error {
		var asked count
		var at countPlace
		if err := r.Request(&asked); err != nil {
			return err
		}
		if _, err := r.Checkpoint(&at); err != nil {
			return err
		}
		for at.Next < asked.Upto {
			n := at.Next
			if _, err := r.Commit(ctx, func(s *Step) error {
				s.Stage, s.Done, s.Total = "count", int64(n+1), int64(asked.Upto)
				s.Checkpoint, s.Result = countPlace{n + 1}, map[string]int{"counted": n + 1}
				return s.Audit(store.AuditEntry{Action: "counted", Kind: "job", Key: strconv.Itoa(n), Job: r.Job().Number})
			}); err != nil {
				return err
			}
			at.Next++
			if between != nil {
				if err := between(ctx, r, at.Next); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// counted are the numbers that a job noted, in their order.
func (r *rig) counted(number uint64) (list []string) {
	r.t.Helper()
	err := r.store.AuditEntries(r.t.Context(), 0, func(e store.AuditEntry) bool {
		if e.Job == number {
			list = append(list, e.Key)
		}
		return true
	})
	if err != nil {
		r.t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

func upTo(n int) (list []string) {
	for i := range n {
		list = append(list, strconv.Itoa(i))
	}
	return list
}

// copyStore keeps the store's file as a process that is killed now would leave it.
func copyStore(from, to string) error {
	raw, err := os.ReadFile(filepath.Join(from, store.FileName))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, store.FileName), raw, 0o600)
}

func at(dir string, n int) string { return filepath.Join(dir, fmt.Sprintf("killed-%d", n)) }
