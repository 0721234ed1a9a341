package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"meibo/api/job"
	"meibo/api/service"
)

// A watching is a stream of events that a test reads.
type watching struct {
	f     *fixture
	close func() error
	lines *bufio.Scanner
}

// watch opens a stream of events and waits until it is heard.
func (f *fixture) watch(url, token, query string) *watching {
	f.t.Helper()
	request := f.request(call{path: eventsPath + query, token: token})
	request.URL.Host = strings.TrimPrefix(url, "http://")
	response, err := http.DefaultClient.Do(request)
	f.must(err)
	f.t.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); response.StatusCode != 200 || got != eventStream {
		f.t.Fatalf("%d, Content-Type %s", response.StatusCode, got)
	}
	w := &watching{f: f, close: response.Body.Close, lines: bufio.NewScanner(response.Body)}
	if event, ok := w.part(); !ok || event != ":" {
		f.t.Fatalf("it begins with %q", event)
	}
	return w
}

// part is the next event or comment; not ok at the end.
func (w *watching) part() (text string, ok bool) {
	w.f.t.Helper()
	var lines []string
	for w.lines.Scan() {
		if w.lines.Text() == "" {
			return strings.Join(lines, "\n"), true
		}
		lines = append(lines, w.lines.Text())
	}
	if len(lines) > 0 {
		w.f.t.Errorf("it ends within an event: %q", lines)
	}
	return "", false
}

// job is the job of the next event; not ok at the end.
func (w *watching) job() (j service.Job, ok bool) {
	w.f.t.Helper()
	text := ":"
	for text == ":" {
		if text, ok = w.part(); !ok {
			return j, false
		}
	}
	data, isJob := strings.CutPrefix(text, "event: job\ndata: ")
	if !isJob {
		w.f.t.Fatalf("not an event of a job: %q", text)
	}
	w.f.must(json.Unmarshal([]byte(data), &j))
	return j, true
}

func (w *watching) wants(id, state string) {
	w.f.t.Helper()
	if j, ok := w.job(); !ok || j.ID != id || j.State != state {
		w.f.t.Fatalf("job %s is %s (%v), want %s %s", j.ID, j.State, ok, id, state)
	}
}

func TestTheEventsOfAJobEndWithIt(t *testing.T) {
	f := newFixture(t)
	id := f.queuedJobOf("manager", service.JobBulk)
	w := f.watch(f.url, f.tokens["manager"], "?job="+id)
	w.wants(id, job.Queued)
	f.service.StartJobs()
	var last service.Job
	for {
		j, ok := w.job()
		if !ok {
			break
		}
		if j.ID != id {
			t.Errorf("an event of the job %s", j.ID)
		}
		last = j
	}
	if last.State != job.Failed || last.Error == nil {
		t.Errorf("the last event: %+v", last)
	}
	w = f.watch(f.url, f.tokens["owner"], "?job="+id) // one that has ended is told once
	w.wants(id, job.Failed)
	if j, ok := w.job(); ok {
		t.Errorf("then %+v", j)
	}
}

func TestEventsTellEveryoneWhatTheyMaySee(t *testing.T) {
	f := newFixture(t)
	f.endedJobOf(f.tokens["manager"]) // 1: nothing becomes of it any more
	managers, owners := f.queuedJobOf("manager", service.JobBulk), f.queuedJobOf("owner", service.JobExport)
	all, own := f.watch(f.url, f.tokens["owner"], ""), f.watch(f.url, f.tokens["manager"], "")
	all.wants(managers, job.Queued)
	all.wants(owners, job.Queued)
	own.wants(managers, job.Queued)
	for _, id := range []string{owners, managers} {
		f.do(call{method: "POST", path: "/v1/jobs/" + id + "/cancel"}).is(200)
		all.wants(id, job.Cancelled)
	}
	own.wants(managers, job.Cancelled)
	later := f.queuedJobOf("manager", service.JobBulk)
	f.do(call{method: "POST", path: "/v1/jobs/" + later + "/cancel"}).is(200)
	all.wants(later, job.Cancelled)
	own.wants(later, job.Cancelled)
}

// The server does not wait for those who watch.
func TestEventsEndWhenTheServerStops(t *testing.T) {
	f := newFixture(t)
	id := f.queuedJobOf("owner", service.JobBulk)
	streams := []*watching{f.watch(f.url, "", ""), f.watch(f.url, "", "?job="+id)}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute) // and not of the streams' own time
	defer stop()
	f.must(f.server.Shutdown(ctx))
	for _, w := range streams {
		w.wants(id, job.Queued)
		if j, ok := w.job(); ok {
			t.Errorf("%+v", j)
		}
	}
}

// A stream shows that it lives, and ends with the token or the session of who watches.
func TestEventsEndWithTheirToken(t *testing.T) {
	f := newFixture(t, func(_ *service.Config, c *Config) { c.Heartbeat = time.Millisecond })
	made := f.createToken(`{"name":"m","role":"manager"}`)
	w := f.watch(f.url, made.Secret, "")
	for range 3 {
		if text, ok := w.part(); !ok || text != ":" {
			t.Fatalf("%q %v", text, ok)
		}
	}
	f.do(call{method: "DELETE", path: "/v1/tokens/" + made.Token.ID}).is(200)
	for ok := true; ok; {
		_, ok = w.part()
	}
}

// A stream is no use of a token, however long it goes on.
func TestAStreamIsNoUseOfItsToken(t *testing.T) {
	f := newFixture(t, func(_ *service.Config, c *Config) { c.Heartbeat = time.Millisecond })
	made := f.createToken(`{"name":"m","role":"manager"}`)
	w := f.watch(f.url, made.Secret, "")
	f.clock.add(time.Hour)
	for range 5 {
		w.part()
	}
	for _, token := range f.listTokens() {
		if token.ID == made.Token.ID && (token.LastUsedAt == nil || *token.LastUsedAt != testNow.UnixMilli()) {
			t.Errorf("used at %v", token.LastUsedAt)
		}
	}
}

// Of a client that has gone nothing is left running: its request is over and
// logged as every other.
func TestOfAWatcherThatHasGoneNothingIsLeft(t *testing.T) {
	f := newFixture(t)
	w := f.watch(f.url, "", "")
	f.must(w.close())
	for !strings.Contains(f.log.String(), `"route":"`+eventsPath+`"`) {
		time.Sleep(time.Millisecond) // until it is
	}
}

// A stream goes on beyond the times that a server gives a request and its answer.
func TestEventsOutliveTheServersTimes(t *testing.T) {
	f := newFixture(t)
	server := httptest.NewUnstartedServer(NewHandler(Config{Service: f.service, Heartbeat: 5 * time.Millisecond}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 20*time.Millisecond, 20*time.Millisecond
	server.Start()
	defer server.Close()
	w := f.watch(server.URL, "", "")
	for i := range 40 { // ten times that
		if _, ok := w.part(); !ok {
			t.Fatalf("it was cut after %d signs of life", i)
		}
	}
	f.must(w.close())
}
