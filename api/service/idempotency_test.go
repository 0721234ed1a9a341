package service

import (
	"context"
	"testing"
	"time"

	"meibo/store"
)

// A restarting is a service whose store can be closed and opened again.
type restarting struct {
	*Service
	t   *testing.T
	dir string
	now time.Time
}

func newRestarting(t *testing.T) *restarting {
	t.Helper()
	r := &restarting{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	r.open()
	t.Cleanup(func() {
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *restarting) open() {
	r.t.Helper()
	clock := func() time.Time { return r.now }
	kept, err := store.Open(r.dir, store.Options{Clock: clock})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Service = New(Config{Store: kept, Clock: clock})
}

func (r *restarting) restart() {
	r.t.Helper()
	if err := r.store.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.open()
}

// keyed is a write under a key: PUT, PATCH, DELETE or RESTORE of "c1".
func (r *restarting) keyed(operation, body, caller, key string) (string, error) {
	ctx, repeat := context.Background(), Repeat{Caller: caller, Key: key}
	edit := EditRequest{ID: "c1", Body: []byte(body), Repeat: repeat}
	switch operation {
	case "PUT":
		a, err := r.Put(ctx, edit)
		return a.Status + " " + string(a.Customer) + a.ETag, err
	case "PATCH":
		a, err := r.Patch(ctx, edit)
		return a.Status + " " + string(a.Customer) + a.ETag, err
	case "RESTORE":
		a, err := r.Restore(ctx, RestoreRequest{ID: "c1", Repeat: repeat})
		return a.Status + " " + string(a.Customer) + a.ETag, err
	}
	a, err := r.Delete(ctx, DeleteRequest{ID: "c1", Repeat: repeat})
	return Deleted + " " + time.UnixMilli(int64(a.Seq)).String(), err
}

// A key stands for one request of one caller: whatever differs is another.
func TestAKeyIsForOneRequestOfOneCaller(t *testing.T) {
	r := newRestarting(t)
	const body = `{"profile":{"name":"a"}}`
	first, err := r.keyed("PUT", body, "bot", "k")
	if err != nil {
		t.Fatal(err)
	}
	seq := r.store.Seq()
	for _, c := range []struct{ operation, body string }{
		{"PUT", `{"profile":{"name":"b"}}`}, {"PUT", body + " "}, {"PATCH", body}, {"DELETE", ""}, {"RESTORE", ""},
	} {
		if _, err := r.keyed(c.operation, c.body, "bot", "k"); CodeOf(err) != CodeKeyReused {
			t.Errorf("%s %s: %v", c.operation, c.body, err)
		}
	}
	again, err := r.keyed("PUT", body, "bot", "k")
	if err != nil || again != first || r.store.Seq() != seq {
		t.Errorf("%s, want %s; %v, seq %d after %d", again, first, err, r.store.Seq(), seq)
	}
	// Other callers have keys of their own.
	if got, err := r.keyed("DELETE", "", "console", "k"); err != nil || r.store.Seq() != seq+1 {
		t.Errorf("%s, %v, seq %d", got, err, r.store.Seq())
	}
	// And the first answer stands, whatever was done since.
	if again, err = r.keyed("PUT", body, "bot", "k"); err != nil || again != first || r.store.Len() != 0 {
		t.Errorf("%s, %v, %d customers", again, err, r.store.Len())
	}
}

// The answer is on disk with its write, for 24 hours to the millisecond.
func TestAKeyLasts24HoursAndOverARestart(t *testing.T) {
	r := newRestarting(t)
	for _, operation := range []string{"PUT", "PATCH", "DELETE", "RESTORE"} {
		const body = `{"profile":{"name":"a"}}`
		first, err := r.keyed(operation, body, "bot", operation)
		if err != nil {
			t.Fatal(operation, err)
		}
		seq := r.store.Seq()
		r.restart()
		r.now = r.now.Add(24*time.Hour - time.Millisecond)
		if again, err := r.keyed(operation, body, "bot", operation); err != nil || again != first || r.store.Seq() != seq {
			t.Errorf("%s, a millisecond before: %s, want %s; %v, seq %d after %d", operation, again, first, err, r.store.Seq(), seq)
		}
		r.now = r.now.Add(time.Millisecond)
		again, err := r.keyed(operation, body, "bot", operation)
		switch operation {
		case "PUT", "PATCH": // carried out: it is the same customer already
			if err != nil || again[:9] != Unchanged {
				t.Errorf("%s after 24 h: %s, %v", operation, again, err)
			}
		case "DELETE":
			if CodeOf(err) != CodeNotFound {
				t.Errorf("%s after 24 h: %s, %v", operation, again, err)
			}
		default:
			if CodeOf(err) != CodeExists {
				t.Errorf("%s after 24 h: %s, %v", operation, again, err)
			}
		}
	}
}

// A refused request has used up no key: mended, it goes through under it.
func TestARefusedRequestLeavesItsKeyFree(t *testing.T) {
	r := newRestarting(t)
	const good = `{"profile":{"name":"a"}}`
	for _, c := range []struct {
		operation, body string
		code            Code
	}{
		{"PATCH", good, CodeNotFound}, {"DELETE", "", CodeNotFound}, {"RESTORE", "", CodeNotFound},
		{"PUT", `{"profile":{"nam":"a"}}`, CodeUnknownField}, {"PUT", `{`, CodeBadRequest}, {"PUT", `{"profile":{"name":1}}`, CodeInvalidValue},
	} {
		if _, err := r.keyed(c.operation, c.body, "bot", "k"); CodeOf(err) != c.code {
			t.Errorf("%s %s: %v, want %s", c.operation, c.body, err, c.code)
		}
	}
	if got, err := r.keyed("PUT", good, "bot", "k"); err != nil || got[:7] != Created {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := r.keyed("PUT", `{`, "bot", "k"); CodeOf(err) != CodeBadRequest {
		t.Errorf("JSON that cannot be read is told before the key is looked up: %v", err)
	}
}
