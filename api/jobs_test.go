package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/store"
)

// ownJob stands in a path for a job that the caller asked for and that has ended.
const ownJob = "{ownJob}"

// exampleJob is the job that exampleJob makes, the first of a store.
const exampleJob = "1"

// jobAccess says who may call which of these routes.
func jobAccess() []routeAccess {
	const who = "owner manager write"
	return []routeAccess{
		{call{path: "/v1/jobs"}, who},
		{call{path: "/v1/jobs/" + ownJob}, who},
		{call{method: "POST", path: "/v1/jobs/" + ownJob + "/cancel"}, who},
		{call{path: eventsPath + "?job=" + ownJob}, who},
	}
}

// exampleJob is a job that has ended, of the owner.
func (f *fixture) exampleJob() {
	f.t.Helper()
	if id := f.endedJobOf(f.tokens["owner"]); id != exampleJob {
		f.t.Fatalf("the example is job %s", id)
	}
}

// endedJobOf makes a job that the holder of a token asked for and that is done.
func (f *fixture) endedJobOf(secret string) (id string) {
	f.t.Helper()
	if secret == "" {
		secret = f.tokens["owner"]
	}
	token, err := f.store.TokenBySecret(secret)
	f.must(err)
	return f.addJob(store.Job{Kind: service.JobBulk, State: job.Done, Actor: store.Actor{TokenID: token.ID, Name: token.Name, Role: token.Role}, Request: json.RawMessage(`{}`), CreatedAt: 1, EndedAt: testNow.UnixMilli()})
}

// queuedJobOf makes one of which nothing can come: its request cannot be read.
func (f *fixture) queuedJobOf(name, kind string) (id string) {
	f.t.Helper()
	token, err := f.store.TokenBySecret(f.tokens[name])
	f.must(err)
	return f.addJob(store.Job{Kind: kind, State: job.Queued, Request: json.RawMessage(`"x"`), Caller: json.RawMessage(`{}`),
		Actor: store.Actor{TokenID: token.ID, Name: token.Name, Role: token.Role}, CreatedAt: testNow.UnixMilli()})
}

func (f *fixture) addJob(j store.Job) (id string) {
	f.t.Helper()
	_, err := f.store.Update(f.t.Context(), func(tx *store.Tx) error {
		number, err := tx.AddJob(j)
		id = strconv.FormatUint(number, 10)
		return err
	})
	f.must(err)
	return id
}

// provokeJobs brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeJobs() {
	f.t.Helper()
	for _, c := range []call{{path: "/v1/jobs/99"}, {method: "POST", path: "/v1/jobs/99/cancel"}, {path: eventsPath + "?job=99"}} {
		f.do(c).problem(404, service.CodeNotFound)
	}
	f.do(call{path: eventsPath + "?job=" + exampleJob}).is(200)
	f.do(call{path: "/v1/jobs?kind=lunch"}).problem(400, service.CodeBadRequest)
	f.endedJobOf("")
	var page service.JobsAnswer
	f.do(call{path: "/v1/jobs?limit=1"}).is(200).json(&page)
	f.do(call{path: "/v1/jobs?cursor=" + f.forge(page.NextCursor, "e", "another")}).problem(410, service.CodeGone)
}

// listJobs lists the ids of jobs, page by page.
func (f *fixture) listJobs(token, query string) string {
	f.t.Helper()
	var ids []string
	for cursor := ""; ; {
		var page service.JobsAnswer
		f.do(call{path: "/v1/jobs?limit=2&cursor=" + cursor + query, token: token}).is(200).json(&page)
		for _, j := range page.Jobs {
			ids = append(ids, j.ID)
		}
		if cursor = page.NextCursor; cursor == "" {
			return strings.Join(ids, " ")
		}
	}
}

func TestJobsAreListedToWhoAskedForThemAndToOwners(t *testing.T) {
	f := newFixture(t)
	if got := f.do(call{path: "/v1/jobs"}).is(200); string(got.body) != `{"jobs":[]}`+"\n" {
		t.Errorf("none: %s", got.body)
	}
	f.queuedJobOf("manager", service.JobBulk)                     // 1
	f.queuedJobOf("owner", service.JobExport)                     // 2
	f.queuedJobOf("write", service.JobImport)                     // 3
	f.endedJobOf(f.tokens["manager"])                             // 4
	f.addJob(store.Job{Kind: service.JobImport, State: job.Done}) // 5: of the command line
	for query, want := range map[string]string{"": "5 4 3 2 1", "&kind=bulk": "4 1", "&state=queued": "3 2 1", "&kind=import&state=queued": "3", "&kind=erase": ""} {
		if got := f.listJobs(f.tokens["owner"], query); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	for name, want := range map[string]string{"manager": "4 1", "write": "3"} {
		if got := f.listJobs(f.tokens[name], ""); got != want {
			t.Errorf("%s sees %s, want %s", name, got, want)
		}
		for id := range 5 {
			id := strconv.Itoa(id + 1)
			status := 404
			if slices.Contains(strings.Fields(want), id) {
				status = 200
			}
			f.do(call{path: "/v1/jobs/" + id, token: f.tokens[name]}).is(status)
			f.do(call{method: "POST", path: "/v1/jobs/" + id + "/cancel", token: f.tokens[name]}).is(status)
		}
	}
	if got := f.listJobs(f.tokens["owner"], "&state=queued"); got != "2" {
		t.Errorf("what was not seen was cancelled: %s", got)
	}
	for _, bad := range []string{"?limit=0", "?limit=201", "?state=tired", "?cursor=x"} {
		f.do(call{path: "/v1/jobs" + bad, bad: true}).problem(400, service.CodeBadRequest)
	}
}

func TestAJobTravelsWhole(t *testing.T) {
	f := newFixture(t)
	f.addJob(store.Job{Kind: service.JobUndo, State: job.Failed, Of: 7, Stage: "write", Done: 3, Total: 9, Request: json.RawMessage(`{"a":[1]}`), Result: json.RawMessage(`{"rows":3}`),
		Actor: store.Actor{Name: "店舗", Role: "owner"}, Error: &store.JobError{Code: "internal", JA: "だめ", EN: "no"}, CreatedAt: 1, StartedAt: 2, EndedAt: 3})
	got := f.do(call{path: "/v1/jobs/1"}).is(200)
	const want = `{"id":"1","kind":"undo","state":"failed","stage":"write","done":3,"total":9,"actor":{"name":"店舗","role":"owner"},"createdAt":1,"startedAt":2,"endedAt":3,"of":"7","request":{"a":[1]},"result":{"rows":3},"error":{"code":"internal","message":{"ja":"だめ","en":"no"}}}` + "\n"
	if string(got.body) != want {
		t.Errorf("%s\nwant %s", got.body, want)
	}
	for _, id := range []string{"0", "01", "+1", "-1", "x", "1.0", "99999999999999999999", "%31%20"} {
		f.do(call{path: "/v1/jobs/" + id, bad: true}).problem(404, service.CodeNotFound)
	}
}

func TestAJobThatWaitsIsCancelledAtOnceAndStaysSo(t *testing.T) {
	f := newFixture(t)
	id := f.queuedJobOf("manager", service.JobBulk)
	var first, again service.Job
	f.do(call{method: "POST", path: "/v1/jobs/" + id + "/cancel"}).is(200).json(&first)
	f.clock.add(1000)
	f.do(call{method: "POST", path: "/v1/jobs/" + id + "/cancel"}).is(200).json(&again)
	if first.State != job.Cancelled || first.Cancelling || first.EndedAt == 0 || again.EndedAt != first.EndedAt {
		t.Errorf("%+v, then %+v", first, again)
	}
}

func TestJobsAreCountedForMonitors(t *testing.T) {
	f := newFixture(t)
	f.queuedJobOf("manager", service.JobBulk)
	f.queuedJobOf("manager", service.JobBulk)
	f.endedJobOf("")
	f.addJob(store.Job{Kind: service.JobBulk, State: job.Running})
	metrics := string(f.do(call{path: "/metrics"}).is(200).body)
	for state, n := range map[string]int{job.Queued: 2, job.Running: 1} {
		if want := fmt.Sprintf("meibo_jobs{state=%q} %d\n", state, n); !strings.Contains(metrics, want) {
			t.Errorf("no %s", want)
		}
	}
}
