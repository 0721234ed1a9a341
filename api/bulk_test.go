package api

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/store"
)

// bulkAccess says who may call which of these routes.
func bulkAccess() []routeAccess {
	const who = "owner manager write"
	return []routeAccess{
		{call{method: "POST", path: bulkPath, body: exampleBulk}, who},
		{call{method: "POST", path: "/v1/jobs/" + ownJob + "/undo"}, who},
	}
}

const exampleBulk = `{"selection":{"ids":["c1"]},"actions":[{"addTags":["x"]}]}`

// bulkBodies are bodies that these routes take.
func bulkBodies() []exampleBody {
	return []exampleBody{{operation: "POST " + bulkPath, body: exampleBulk}, {operation: "POST /v1/jobs/" + exampleJob + "/undo"}}
}

// provokeBulk brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeBulk() {
	f.t.Helper()
	bulk := func(body string, header ...string) answer {
		f.t.Helper()
		c := call{method: "POST", path: bulkPath, body: body}
		if len(header) > 0 {
			c.header = map[string]string{"Idempotency-Key": header[0]}
		}
		return f.do(c)
	}
	bulk(`{"selection":{},"actions":[{"addTags":["x"]}]}`).problem(400, service.CodeBadRequest)
	bulk(`{"selection":{"filter":"oops"},"actions":[{"addTags":["x"]}]}`).problem(422, service.CodeUnknownField)
	bulk(`{"selection":{"filter":""},"actions":[{"clear":["profile.utmSource"]}]}`).problem(409, service.CodeWriteOnce)
	first := bulk(exampleBulk, "bulk").is(202)
	if again := bulk(exampleBulk, "bulk").is(202); string(again.body) != string(first.body) {
		f.t.Errorf("a repeat made another job: %s, %s", first.body, again.body)
	}
	bulk(strings.Replace(exampleBulk, "x", "y", 1), "bulk").problem(409, service.CodeKeyReused)
	undo := func(id string) answer { return f.do(call{method: "POST", path: "/v1/jobs/" + id + "/undo"}) }
	undo("999").problem(404, service.CodeNotFound)
	undo(f.queuedJobOf("owner", service.JobBulk)).problem(409, service.CodeNotUndoable)
	undo(f.addJob(store.Job{Kind: service.JobBulk, State: job.Done, EndedAt: 2})).problem(410, service.CodeGone)
	ended := f.addJob(store.Job{Kind: service.JobBulk, State: job.Done, Request: json.RawMessage(`{}`), EndedAt: f.clock.Now().UnixMilli()})
	undo(ended).is(202)
	undo(ended).problem(409, service.CodeNotUndoable)
}

// ended waits for the end of a job.
func (f *fixture) ended(a answer) (j service.Job, tally service.Tally) {
	f.t.Helper()
	a.is(202).json(&j)
	w, err := f.service.WatchJobs(j.ID)
	f.must(err)
	for !job.Ended(j.State) {
		changed := w.Changed()
		j, err = f.service.Job(j.ID)
		f.must(err)
		if !job.Ended(j.State) {
			<-changed
		}
	}
	f.must(json.Unmarshal(j.Result, &tally))
	return j, tally
}

// From the request to the undo over HTTP, by a manager; a search sees it.
func TestBulkOverHTTP(t *testing.T) {
	f := newFixture(t)
	f.service.StartJobs()
	for i := range 5 {
		f.put("c"+strconv.Itoa(i), `{"tags":["old"]}`)
	}
	manager := f.tokens[service.RoleManager]
	bulk := call{method: "POST", path: bulkPath, token: manager,
		body: `{"selection":{"filter":"tags HAS \"old\"","q":"c1\nc2"},"actions":[{"addTags":["new"]},{"removeTags":["OLD"]},{"set":{"profile":{"name":"N"}}}]}`}
	j, tally := f.ended(f.do(bulk))
	if tally.Changed != 2 || tally.Total != 2 || j.Actor.Name != service.RoleManager || j.Done != 2 {
		t.Errorf("%+v %s", tally, j.Result)
	}
	if got := f.search(map[string]any{"filter": `tags HAS "new" AND NOT tags HAS "old"`, "minSeq": tally.Seq, "sort": "id"}).ids(); got != "c1 c2" {
		t.Error(got)
	}
	var page struct{ Entries []struct{ Job, Cause string } }
	f.do(call{path: "/v1/customers/c1/history", token: manager}).is(200).json(&page)
	if e := page.Entries[0]; e.Job != j.ID || e.Cause != service.CauseBulk {
		t.Errorf("%+v", e)
	}
	undo := call{method: "POST", path: "/v1/jobs/" + j.ID + "/undo", token: manager}
	u, tally := f.ended(f.do(undo))
	if tally.Changed != 2 || u.Of != j.ID || u.Kind != service.JobUndo {
		t.Errorf("%+v %+v", tally, u)
	}
	if got := f.search(map[string]any{"filter": `tags HAS "old" AND profile.name IS UNSET`, "minSeq": tally.Seq}).Total; got != 5 {
		t.Errorf("%d are as before", got)
	}
	undo.token = f.tokens[service.ScopeWrite]
	f.do(undo).problem(404, service.CodeNotFound)
}
