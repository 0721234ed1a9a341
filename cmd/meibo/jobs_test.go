package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/store"
)

// withJobs is a data folder that has these jobs: 1, 2, …
func withJobs(t *testing.T, jobs ...store.Job) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data") // a fresh one: the import of shop is a job too
	s, err := store.Open(dir, store.Options{})
	if err == nil {
		_, err = s.Update(t.Context(), func(tx *store.Tx) error {
			for _, j := range jobs {
				if _, err := tx.AddJob(j); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// hopeless is a job that fails as soon as it runs: its request does not read.
func hopeless(kind string) store.Job {
	return store.Job{Kind: kind, State: job.Queued, Request: json.RawMessage(`"x"`), Caller: json.RawMessage(`{"Role":"owner"}`),
		Actor: store.Actor{Name: "cli", Role: "owner"}, CreatedAt: time.Date(2026, 11, 24, 1, 30, 0, 0, time.UTC).UnixMilli()}
}

func finished() store.Job {
	j := hopeless(service.JobExport)
	j.State, j.Done, j.Total, j.StartedAt, j.EndedAt = job.Done, 1500, 2000, j.CreatedAt, j.CreatedAt+60_000
	j.Request, j.Result = json.RawMessage(`{"format":"csv"}`), json.RawMessage(`{"rows":1500}`)
	return j
}

func TestJobsAreListedAndShown(t *testing.T) {
	dir := withJobs(t, finished(), hopeless(service.JobBulk))
	out := meibo(t, "jobs", "list", "--data", dir).must(t)
	const want = `id  kind    state   progress       createdAt         actor
2   bulk    queued                 2026-11-24 10:30  cli (owner)
1   export  done    1,500 / 2,000  2026-11-24 10:30  cli (owner)
`
	if out != want {
		t.Errorf("%s\nwant\n%s", out, want)
	}
	if out := meibo(t, "jobs", "list", "--data", dir, "--state", "done", "--kind", "bulk").must(t); out != "" {
		t.Errorf("%q", out)
	}
	page := meibo(t, "jobs", "list", "--data", dir, "--limit", "1")
	page.wants(t, exitDone, "--cursor ")
	cursor := strings.TrimSpace(page.err[strings.Index(page.err, "--cursor ")+len("--cursor "):])
	if out := meibo(t, "jobs", "list", "--data", dir, "--cursor", cursor).must(t); !strings.Contains(out, "export") || strings.Contains(out, "bulk") {
		t.Errorf("%q", out)
	}
	shown := meibo(t, "jobs", "show", "1", "--data", dir).must(t)
	for _, line := range []string{"state      done", "endedAt    2026-11-24 10:31", `request    {"format":"csv"}`, `result     {"rows":1500}`} {
		if !strings.Contains(shown, line+"\n") {
			t.Errorf("no %q in\n%s", line, shown)
		}
	}
	var j service.Job
	if err := json.Unmarshal([]byte(meibo(t, "jobs", "show", "1", "--data", dir, "--format", "json").must(t)), &j); err != nil || j.Done != 1500 {
		t.Errorf("%+v, %v", j, err)
	}
	meibo(t, "jobs", "show", "9", "--data", dir).wants(t, exitFailed, "no job")
}

func TestJobsAreCancelled(t *testing.T) {
	dir := withJobs(t, finished(), hopeless(service.JobBulk))
	meibo(t, "jobs", "cancel", "2", "1", "--data", dir).wants(t, exitDone, "the job 2 is cancelled", "the job 1 has ended already: done")
	if out := meibo(t, "jobs", "list", "--data", dir, "--state", "cancelled").must(t); !strings.Contains(out, "2   bulk") {
		t.Errorf("%q", out)
	}
	meibo(t, "jobs", "cancel", "9", "--data", dir).wants(t, exitFailed, "no job")
}

// resume runs what waits, whatever becomes of each, and says what did.
func TestJobsAreResumed(t *testing.T) {
	left := hopeless(service.JobExport)
	left.State = job.Running // by a process that is no more
	dir := withJobs(t, finished(), left, hopeless(service.JobBulk))
	meibo(t, "jobs", "resume", "--data", dir).wants(t, exitFailed, "job 2 (export): failed: ", "job 3 (bulk): failed: ", "2 jobs failed")
	meibo(t, "jobs", "resume", "--data", dir).wants(t, exitDone, "no job waits")
	meibo(t, "jobs", "resume", "--server", "http://127.0.0.1:1").wants(t, exitUsage, "goes on with its jobs itself")
	meibo(t, "jobs", "watch", "2", "--data", dir).wants(t, exitUsage, "jobs resume")
}

func TestAServersJobIsWatched(t *testing.T) {
	dir := withJobs(t, hopeless(service.JobBulk), finished())
	url, _, _ := serving(t, "--data", dir)
	meibo(t, "jobs", "watch", "1", "--server", url, "--data", dir).wants(t, exitFailed, "meibo: ")
	if out := meibo(t, "jobs", "watch", "2", "--server", url, "--data", dir).must(t); !strings.Contains(out, "done") {
		t.Errorf("%q", out)
	}
}

// A server that stops says what becomes of the job that runs.
func TestAServerThatStopsTellsOfItsJob(t *testing.T) {
	running := hopeless("of another version") // nobody runs it, so it still runs when the server stops
	running.State = job.Running
	_, stderr, stop := serving(t, "--data", withJobs(t, running))
	if code := stop(); code != exitDone || !strings.Contains(stderr.String(), "the job 1 (of another version) stops after its step and goes on at the next start") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}

// asApp is the program with its outputs kept.
func asApp(out, err *bytes.Buffer) *app {
	return &app{stdin: strings.NewReader(""), stdout: out, stderr: err, env: func(string) string { return "" }, clock: time.Now, lang: "en"}
}

// Ctrl-C while a command waits for its job cancels it, and its end is awaited.
func TestCtrlCCancelsTheJobThatIsAwaited(t *testing.T) {
	var out, told bytes.Buffer
	a := asApp(&out, &told)
	err := a.withDesk(place{data: withJobs(t, hopeless(service.JobBulk))}, func(d *desk) error {
		waiting := &desk{remote: d.remote} // as of a server whose lane is taken: the job stays queued
		ctx, press := context.WithCancel(t.Context())
		press()
		j, err := a.awaitJob(ctx, waiting, "1", say("試験", "test"))
		if j.State != job.Cancelled {
			t.Errorf("%+v", j)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A job that failed is an error with its words, and one that is done is not.
func TestAwaitedJobsEndAsTheyEnd(t *testing.T) {
	var out, told bytes.Buffer
	a := asApp(&out, &told)
	err := a.withDesk(place{data: withJobs(t, hopeless(service.JobBulk), finished())}, func(d *desk) error {
		j, err := a.awaitJob(t.Context(), d, "1", say("試験", "test"))
		if j.State != job.Failed || err == nil || service.CodeOf(err) != service.Code(j.Error.Code) || a.exitCode(t.Context(), err) != exitFailed {
			t.Errorf("%+v, %v", j, err)
		}
		if told := told.String(); !strings.Contains(told, j.Error.Message.EN) {
			t.Errorf("told %q", told)
		}
		if j, err := a.awaitJob(t.Context(), d, "2", say("試験", "test")); err != nil || string(j.Result) != `{"rows":1500}` {
			t.Errorf("%+v, %v", j, err)
		}
		_, err = a.awaitJob(t.Context(), d, "9", say("試験", "test"))
		if service.CodeOf(err) != service.CodeNotFound {
			t.Errorf("%v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
