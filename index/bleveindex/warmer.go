package bleveindex

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// A warmer decodes columns in the background, so that questions find them:
// those that a cheaper plan would have liked, and after opening those that
// were in use before. It owns its goroutines; stop ends and waits for them.
type warmer struct {
	path string // of the file that remembers the names of columns in use

	mu      sync.Mutex
	more    *sync.Cond
	stopped bool
	queue   []warming
	pending map[columnKey]bool // in the queue or being decoded
	workers sync.WaitGroup
}

// A warming is one column to decode. It holds its view.
type warming struct {
	view    *view
	segment *segment
	name    string
}

// mostWarmings bounds the queue; what does not fit is asked for again.
const mostWarmings = 10_000

// warmFile remembers the names of columns from one run to the next.
const warmFile = "columns.json"

func startWarmer(dir string, workers int) *warmer {
	w := &warmer{path: filepath.Join(dir, warmFile), pending: map[columnKey]bool{}}
	w.more = sync.NewCond(&w.mu)
	for range workers {
		w.workers.Go(w.work)
	}
	return w
}

// want queues a column of a segment whose view the caller holds.
func (w *warmer) want(s *segment, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := columnKey{s.id, name}
	if w.stopped || w.pending[key] || len(w.queue) >= mostWarmings || s.isWarm(name) {
		return
	}
	s.view.acquire()
	w.pending[key] = true
	w.queue = append(w.queue, warming{s.view, s, name})
	w.more.Signal()
}

func (w *warmer) work() {
	for {
		w.mu.Lock()
		for len(w.queue) == 0 && !w.stopped {
			w.more.Wait()
		}
		if w.stopped {
			w.mu.Unlock()
			return
		}
		next := w.queue[0]
		w.queue = w.queue[1:]
		w.mu.Unlock()
		// What fails is told to the question that needs the column.
		_, _ = next.segment.column(context.Background(), next.name)
		w.mu.Lock()
		delete(w.pending, columnKey{next.segment.id, next.name})
		w.mu.Unlock()
		next.view.release()
	}
}

// waiting counts the columns that are not decoded yet.
func (w *warmer) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.pending)
}

// stop waits for the columns being decoded and gives the views back.
func (w *warmer) stop() {
	w.mu.Lock()
	w.stopped = true
	left := w.queue
	w.queue = nil
	w.more.Broadcast()
	w.mu.Unlock()
	w.workers.Wait()
	for _, next := range left {
		next.view.release()
	}
}

// warm queues columns of all segments: the first name first, and of that the
// largest segments.
func (w *warmer) warm(v *view, names []string) {
	bySize := slices.SortedFunc(slices.Values(v.segments), func(a, b *segment) int { return b.rows - a.rows })
	for _, name := range names {
		for _, s := range bySize {
			w.want(s, name)
		}
	}
}

// remember writes the names of columns in use, the most recent first. It is no
// harm to lose them: they are decoded when they are asked for.
func (w *warmer) remember(names []string) {
	text, err := json.Marshal(names)
	if err == nil {
		_ = os.WriteFile(w.path, text, 0o600)
	}
}

// remembered are the names of the last run, or those that every console asks
// for first.
func (w *warmer) remembered() []string {
	var names []string
	text, err := os.ReadFile(w.path)
	if err == nil && json.Unmarshal(text, &names) == nil {
		return names
	}
	return firstColumns()
}
