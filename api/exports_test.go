package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"meibo/api/job"
	"meibo/api/service"
)

func exportAccess() []routeAccess {
	return []routeAccess{
		{call{method: "POST", path: exportsPath, body: `{"format":"csv"}`}, "owner"},
		{call{path: exportsPath + "/" + ownJob + "/file"}, "owner"},
		{call{method: "DELETE", path: exportsPath + "/" + ownJob}, "owner"},
	}
}

func exportBodies() []exampleBody {
	return []exampleBody{{"POST " + exportsPath, `{"format":"csv"}`}}
}

// exported is the id of an export that has ended.
func (f *fixture) exported(body any) service.Job {
	f.t.Helper()
	var j service.Job
	f.do(call{method: "POST", path: exportsPath, body: body}).is(202).json(&j)
	f.service.StartJobs()
	w, err := f.service.WatchJobs(j.ID)
	f.must(err)
	for {
		changed := w.Changed()
		f.do(call{path: jobsPath + "/" + j.ID}).is(200).json(&j)
		if job.Ended(j.State) {
			return j
		}
		<-changed
	}
}

// provokeExports brings about the answers of these routes. Jobs do not run yet
// when it is called.
func (f *fixture) provokeExports() {
	f.t.Helper()
	create := call{method: "POST", path: exportsPath, bad: true}
	create.body = make([]byte, maxExportBody+1)
	f.do(create).problem(413, codeTooLarge)
	create.body = `{"format":"csv","filter":"oops"}`
	f.do(create).is(422)
	var waits service.Job
	f.do(call{method: "POST", path: exportsPath, body: `{"format":"csv"}`}).is(202).json(&waits)
	file := exportsPath + "/" + waits.ID + "/file"
	f.do(call{path: file}).problem(409, service.CodeNotFinished)
	f.do(call{method: "DELETE", path: exportsPath + "/" + waits.ID}).problem(409, service.CodeNotFinished)
	f.do(call{path: exportsPath + "/99/file"}).problem(404, service.CodeNotFound)
	f.do(call{method: "DELETE", path: exportsPath + "/99"}).problem(404, service.CodeNotFound)
	done := f.exported(`{"format":"csv"}`)
	file = exportsPath + "/" + done.ID + "/file"
	f.do(call{path: file}).is(200)
	f.do(call{path: file, header: map[string]string{"Range": "bytes=0-2"}}).is(206)
	f.do(call{path: file, header: map[string]string{"Range": "bytes=99999999-"}}).problem(416, codeBadRange)
	f.do(call{method: "DELETE", path: exportsPath + "/" + done.ID}).is(204)
	f.do(call{method: "DELETE", path: exportsPath + "/" + done.ID}).problem(410, service.CodeGone)
	f.do(call{path: file}).problem(410, service.CodeGone)
}

func TestADownloadGoesOnWhereItStopped(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"tags":["VIP"],"profile":{"name":"山田"}}`)
	f.put("c2", `{"profile":{"name":"=1+1"}}`)
	f.settle()
	j := f.exported(`{"format":"csv","fields":["profile.name","tags"],"headers":"keys","sort":"id"}`)
	if j.State != job.Done {
		t.Fatalf("%s: %+v", j.State, j.Error)
	}
	path := exportsPath + "/" + j.ID + "/file"
	whole := f.do(call{path: path}).is(200)
	if got := string(whole.body); !strings.Contains(got, "c1") || !strings.Contains(got, "VIP") || !strings.Contains(got, "'=1+1") {
		t.Errorf("%q", got)
	}
	name := time.UnixMilli(j.CreatedAt).In(time.FixedZone("", 9*60*60)).Format("20060102_1504") + ".csv"
	if got := whole.header.Get("Content-Disposition"); got != `attachment; filename="customers_`+name+`"; filename*=UTF-8''%E9%A1%A7%E5%AE%A2_`+name {
		t.Error(got)
	}
	if got := whole.header.Get("Content-Type"); got != "text/csv" {
		t.Error(got)
	}
	tag := whole.header.Get("ETag")
	rest := f.do(call{path: path, header: map[string]string{"Range": "bytes=10-", "If-Range": tag}}).is(206)
	if string(rest.body) != string(whole.body[10:]) || !strings.HasPrefix(rest.header.Get("Content-Range"), "bytes 10-") {
		t.Errorf("%s: %q", rest.header.Get("Content-Range"), rest.body)
	}
	if again := f.do(call{path: path, header: map[string]string{"Range": "bytes=10-", "If-Range": `"other"`}}).is(200); string(again.body) != string(whole.body) {
		t.Errorf("a part of another file: %q", again.body)
	}
	if tag == "" || f.do(call{path: path, header: map[string]string{"If-None-Match": tag}}).status != http.StatusOK {
		t.Errorf("ETag %q", tag)
	}
}
