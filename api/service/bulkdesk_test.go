package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"meibo/api/job"
	"meibo/dsl/schema"
	"meibo/store"
)

// A bulkDesk is a register whose jobs take three customers a step and call
// between between two of them. It can be restarted.
type bulkDesk struct {
	*Service
	t       *testing.T
	dir     string
	millis  atomic.Int64 // the clock stands until it is moved
	between func(context.Context)
}

func (d *bulkDesk) clock() time.Time { return time.UnixMilli(d.millis.Load()) }

func (d *bulkDesk) later(by time.Duration) { d.millis.Add(by.Milliseconds()) }

func newBulkDesk(t *testing.T) *bulkDesk {
	t.Helper()
	d := &bulkDesk{t: t, dir: t.TempDir(), between: func(context.Context) {}}
	d.millis.Store(siteStart.UnixMilli())
	d.open()
	t.Cleanup(func() { d.shut() })
	return d
}

func (d *bulkDesk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *bulkDesk) open() {
	d.t.Helper()
	kept, err := store.Open(d.dir, store.Options{Clock: d.clock})
	d.must(err)
	d.Service = New(Config{Store: kept, Index: scannedIndex{kept}, Clock: d.clock, Pause: func(ctx context.Context, _ time.Duration) { d.between(ctx) }})
	d.stepSize = 3
	d.StartJobs()
}

func (d *bulkDesk) shut() {
	d.t.Helper()
	d.Close()
	d.must(d.store.Check(context.Background()))
	d.must(d.store.Close())
}

// stopAfter makes the process end between the nth step from now and the next;
// the next call of finish then goes on in another.
func (d *bulkDesk) stopAfter(n int) (stopped <-chan struct{}) {
	reached := make(chan struct{})
	d.between = func(ctx context.Context) {
		if n--; n == 0 {
			close(reached)
			<-ctx.Done()
		}
	}
	return reached
}

// finish waits for the end of a job; stopped, if there is one, restarts the
// process first.
func (d *bulkDesk) finish(id string, stopped <-chan struct{}) Job {
	d.t.Helper()
	for {
		changed := d.jobs.Changed()
		j, err := d.Job(id)
		d.must(err)
		if job.Ended(j.State) {
			return j
		}
		select {
		case <-stopped:
			d.shut()
			stopped, d.between = nil, func(context.Context) {}
			d.open()
		case <-changed:
		}
	}
}

func (d *bulkDesk) put(id, body string) {
	d.t.Helper()
	_, err := d.Put(d.t.Context(), EditRequest{ID: id, Body: []byte(body)})
	d.must(err)
}

func (d *bulkDesk) patch(id, body string) {
	d.t.Helper()
	_, err := d.Patch(d.t.Context(), EditRequest{ID: id, Body: []byte(body)})
	d.must(err)
}

// ask is a request from its JSON: a selection and actions.
func ask(t *testing.T, selection, actions string) (r BulkRequest) {
	t.Helper()
	if err := errors.Join(json.Unmarshal([]byte(selection), &r.Selection), json.Unmarshal([]byte(actions), &r.Actions)); err != nil {
		t.Fatal(err)
	}
	return r
}

func (d *bulkDesk) bulk(selection, actions string) Job {
	d.t.Helper()
	j, err := d.Bulk(d.t.Context(), ask(d.t, selection, actions))
	d.must(err)
	return d.finish(j.ID, nil)
}

func (d *bulkDesk) undo(id string) Job {
	d.t.Helper()
	j, err := d.Undo(d.t.Context(), id)
	d.must(err)
	return d.finish(j.ID, nil)
}

func tallyOf(t *testing.T, j Job) (tally Tally) {
	t.Helper()
	if j.State != job.Done && j.State != job.Cancelled {
		t.Fatalf("%+v %+v", j, j.Error)
	}
	if err := json.Unmarshal(j.Result, &tally); err != nil {
		t.Fatalf("%v: %s", err, j.Result)
	}
	return tally
}

// String is a tally as "total=changed+unchanged+gone+refused code:field*count@example".
func (t Tally) String() string {
	text := fmt.Sprintf("%d=%d+%d+%d+%d", t.Total, t.Changed, t.Unchanged, t.Gone, t.Refused)
	for _, f := range t.Faults {
		text += fmt.Sprintf(" %s:%s*%d@%s", f.Code, f.Field, f.Count, f.Example)
	}
	return text
}

func (d *bulkDesk) shown(ids ...string) string {
	d.t.Helper()
	var lines []string
	for _, id := range ids {
		c, err := d.store.Customer(id)
		if err != nil {
			lines = append(lines, id+" "+err.Error())
			continue
		}
		r := c.Record
		lines = append(lines, strings.TrimSpace(fmt.Sprint(id, " ", r.Get(schema.TagsField), " ", r.Get("profile.name"), " ", r.Get("profile.utmSource"), " ", r.Get(unsubscribeEmailField))))
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), "missing", "-")
}
