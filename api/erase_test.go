package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/store"
)

// eraseAccess says who may call these routes. A dry run and a customer that is
// not there erase nobody.
func eraseAccess() []routeAccess {
	return []routeAccess{
		{call{method: "POST", path: "/v1/customers/erase", body: `{"selection":{"ids":[]},"dryRun":true}`}, "owner"},
		{call{method: "POST", path: "/v1/customers/c1/erase", body: `{}`}, "owner"},
	}
}

func eraseBodies() []exampleBody {
	return []exampleBody{
		{"POST /v1/customers/erase", `{"selection":{"filter":""},"dryRun":true}`},
		{"POST /v1/customers/c1/erase", `{}`},
	}
}

// erase erases customers and waits until the job has ended.
func (f *fixture) erase(ids ...string) service.EraseResult {
	f.t.Helper()
	a := f.do(call{method: "POST", path: "/v1/customers/erase", body: map[string]any{"selection": map[string]any{"ids": ids}, "dryRun": true}}).is(202)
	var counted service.EraseResult
	f.must(json.Unmarshal(jobOf(f, a.body).Result, &counted))
	a = f.do(call{method: "POST", path: "/v1/customers/erase", body: map[string]any{"selection": map[string]any{"ids": ids}, "confirm": counted.Erased}}).is(202)
	return f.erased(jobOf(f, a.body).ID)
}

func jobOf(f *fixture, body []byte) (j service.Job) {
	f.t.Helper()
	f.must(json.Unmarshal(body, &j))
	return j
}

// erased waits for the end of an erasure.
func (f *fixture) erased(id string) (result service.EraseResult) {
	f.t.Helper()
	f.service.StartJobs()
	for patience := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		j, err := f.service.Job(id)
		f.must(err)
		if job.Ended(j.State) {
			if j.State != job.Done {
				f.t.Fatalf("the job has ended as %s: %+v", j.State, j.Error)
			}
			f.must(json.Unmarshal(j.Result, &result))
			return result
		}
		if time.Now().After(patience) {
			f.t.Fatalf("the job does not end: %+v", j)
		}
	}
}

func (f *fixture) provokeErase() {
	f.t.Helper()
	const many, one = "/v1/customers/erase", "/v1/customers/e1"
	f.put("e1", `{"profile":{"name":"e"}}`)
	f.do(call{method: "POST", path: many, body: `{"selection":{"filter":"oops"},"dryRun":true}`}).problem(422, service.CodeUnknownField)
	f.do(call{method: "POST", path: many, body: `{"selection":{"ids":["e1"]},"confirm":2}`}).problem(412, service.CodePreconditionFailed)
	f.do(call{method: "POST", path: "/v1/customers/none/erase", body: `{}`}).problem(404, service.CodeNotFound)
	key := map[string]string{"Idempotency-Key": "erased"}
	repeated := []call{
		{method: "PATCH", path: one, body: `{"tags":["x"]}`, header: key},
		{method: "POST", path: "/v1/customers/batch", body: `{"customers":[{"id":"e1","tags":["y"]}]}`, header: map[string]string{"Idempotency-Key": "erased batch"}},
		{method: "PUT", path: "/v1/customers/@member-e1", body: `{}`, header: map[string]string{"Idempotency-Key": "erased member"}},
	}
	for _, c := range repeated {
		f.do(c)
	}
	members, err := f.store.MemberCustomer("member-e1")
	f.must(err)
	f.do(call{method: "POST", path: one + "/erase", body: `{"confirm":"e2"}`}).problem(400, service.CodeBadRequest)
	a := f.do(call{method: "POST", path: one + "/erase", body: `{"confirm":"e1"}`}).is(202)
	f.erased(jobOf(f, a.body).ID)
	f.erase(members)
	for _, c := range append(repeated,
		call{path: one},
		call{method: "PUT", path: one, body: `{}`},
		call{method: "PATCH", path: one, body: `{}`},
		call{method: "DELETE", path: one},
		call{method: "POST", path: one + "/restore"},
		call{path: one + "/history"},
		call{path: one + "/segments"},
		call{path: "/v1/segments/example/contains/e1"},
		call{method: "POST", path: "/v1/customers/explain", body: `{"customer":"e1"}`},
		call{method: "POST", path: one + "/touch", body: `{"platform":"web"}`},
		call{method: "POST", path: "/v1/forms", body: `{"id":"e1","profile":{"name":"x"}}`},
		call{method: "POST", path: one + "/erase", body: `{}`},
	) {
		f.do(c).problem(410, service.CodeGone)
	}
}

func TestWhatErasingAsksFor(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"tags":["a"]}`)
	f.put("c2", `{"tags":["a"]}`)
	for body, code := range map[string]service.Code{
		`{"selection":{},"dryRun":true}`:                         service.CodeBadRequest,
		`{"selection":{"ids":["c1"],"filter":""},"dryRun":true}`: service.CodeBadRequest,
		`{"selection":{"ids":["c1"]}}`:                           service.CodeBadRequest,
	} {
		f.do(call{method: "POST", path: "/v1/customers/erase", body: body}).problem(400, code)
	}
	f.do(call{method: "POST", path: "/v1/customers/erase", body: `{"selection":{"filter":"tags HAS \"a\""},"confirm":1}`}).problem(412, service.CodePreconditionFailed)
	if f.store.Len() != 2 {
		t.Fatal("a refusal erased somebody")
	}
	a := f.do(call{method: "POST", path: "/v1/customers/erase", body: `{"selection":{"filter":"tags HAS \"a\"","q":"c2"},"confirm":1}`}).is(202)
	j := jobOf(f, a.body)
	if strings.Contains(string(j.Request), "c2") || j.Kind != service.JobErase {
		t.Errorf("%s job keeps %s", j.Kind, j.Request)
	}
	f.put("c3", `{"tags":["a"]}`) // after the set was fixed
	if r := f.erased(j.ID); r.Erased != 1 {
		t.Errorf("%+v", r)
	}
	f.do(call{path: "/v1/customers/c2"}).problem(410, service.CodeGone)
	f.do(call{path: "/v1/customers/c1"}).is(200)
	f.do(call{path: "/v1/customers/c3"}).is(200)
}

// A batch's row about an erased customer is refused and stops no other; a
// memberId may come again as a new customer; a browser of the erased starts
// anew.
func TestAnErasedIDNeverComesBack(t *testing.T) {
	f := newFixture(t)
	a := f.do(call{method: "POST", path: "/v1/boot", body: `{"platform":"web"}`, token: f.tokens[service.RolePublishable]}).is(200)
	var booted struct{ ID, VisitorToken string }
	f.must(json.Unmarshal(a.body, &booted))
	f.do(call{method: "PUT", path: "/v1/customers/@m1", body: `{"profile":{"name":"a"}}`}).is(201)
	member, err := f.store.MemberCustomer("m1")
	f.must(err)
	f.put("deleted", `{}`)
	f.do(call{method: "DELETE", path: "/v1/customers/deleted"}).is(200)
	if r := f.erase(booted.ID, member, "deleted", "nobody"); r.Erased != 3 || r.NotFound != 1 {
		t.Errorf("%+v", r)
	}
	if r := f.erase(member, "nobody"); r.Erased != 0 || r.NotFound != 2 {
		t.Errorf("again: %+v", r)
	}
	a = f.do(call{method: "POST", path: "/v1/customers/batch", body: fmt.Sprintf(`{"customers":[{"id":%q},{"id":"deleted"},{"id":"new"}]}`, member)}).is(200)
	var batch service.BatchAnswer
	f.must(json.Unmarshal(a.body, &batch))
	for i, want := range []struct {
		status string
		code   service.Code
	}{{service.Refused, service.CodeGone}, {service.Refused, service.CodeGone}, {service.Created, ""}} {
		if r := batch.Results[i]; r.Status != want.status || r.Code != want.code {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	f.do(call{method: "PUT", path: "/v1/customers/@m1", body: `{}`}).is(201)
	again, err := f.store.MemberCustomer("m1")
	f.must(err)
	if again == member {
		t.Error("the memberId has the erased id again")
	}
	a = f.do(call{method: "POST", path: "/v1/boot", body: fmt.Sprintf(`{"platform":"web","visitorToken":%q}`, booted.VisitorToken), token: f.tokens[service.RolePublishable]}).is(200)
	var anew struct{ ID string }
	f.must(json.Unmarshal(a.body, &anew))
	if anew.ID == booted.ID || anew.ID == "" {
		t.Errorf("the browser of an erased customer is %q", anew.ID)
	}
	f.must(f.store.Check(t.Context()))
}

// The audit log says who erased how many, and nothing of whom; what was in it
// is gone.
func TestTheAuditLogOfAnErasure(t *testing.T) {
	f := newFixture(t)
	f.put("person-1", `{"profile":{"email":"hana@x.jp"}}`)
	_, err := f.store.Update(t.Context(), func(tx *store.Tx) error {
		return tx.Audit(store.AuditEntry{Action: "bulk.started", Kind: "job", Detail: json.RawMessage(`{"filter":"profile.email = \"HANA@x.jp\" OR id = \"person-1\" OR id = \"person-12\""}`)})
	})
	f.must(err)
	if r := f.erase("person-1"); r.Audit != 1 {
		t.Errorf("%+v", r)
	}
	var told []string
	f.must(f.store.AuditEntries(t.Context(), 0, func(e store.AuditEntry) bool {
		if text, err := json.Marshal(e); err != nil || strings.Contains(strings.ToLower(string(text)), "hana") || strings.Contains(string(text), `person-1\"`) {
			t.Errorf("the audit log has %s, %v", text, err)
		}
		told = append(told, e.Action+" "+string(e.Detail))
		return true
	}))
	if len(told) != 3 || !strings.HasPrefix(told[0], `customer.erased {"erased":1,"hashes":["`) || !strings.HasPrefix(told[1], `erase.started {"customers":1,"notFound":0}`) ||
		told[2] != `bulk.started {"filter":"profile.email = \"[erased]\" OR id = \"[erased]\" OR id = \"person-12\""}` {
		t.Errorf("%q", told)
	}
}

// An erasure that has begun cannot be cancelled, and a process that ends in the
// middle of it leaves it to the next: before the index has it on disk, the id
// is still there for the index to delete.
func TestAnErasureGoesOnAfterARestart(t *testing.T) {
	g := &gate{}
	f := newFixture(t, func(s *service.Config, _ *Config) {
		g.Index = s.Index
		s.Index = g
	})
	f.put("e1", `{"profile":{"email":"hana@x.jp"}}`)
	f.put("c1", `{}`)
	g.hold(errors.New("held back"))
	a := f.do(call{method: "POST", path: "/v1/customers/e1/erase", body: `{}`}).is(202)
	id := jobOf(f, a.body).ID
	f.service.StartJobs()
	at := func() service.Job {
		j, err := f.service.Job(id)
		f.must(err)
		return j
	}
	for patience := time.Now().Add(30 * time.Second); at().Stage != "index"; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(patience) {
			t.Fatalf("it stays at %+v", at())
		}
	}
	f.do(call{method: "POST", path: "/v1/jobs/" + id + "/cancel"}).is(200)
	if j := at(); j.State != job.Running || j.Cancelling {
		t.Errorf("an erasure that has begun was cancelled: %+v", j)
	}
	f.service.Close()
	f.do(call{path: "/v1/customers/e1"}).problem(410, service.CodeGone)
	var chosen store.Selection
	if unknown, err := f.store.SelectErasable(&chosen, []string{"e1"}); err != nil || len(unknown) > 0 {
		t.Errorf("the id is gone before the index knows: %q, %v", unknown, err)
	}
	next := service.New(service.Config{Store: f.store, Index: f.indexer, Clock: f.clock.Now})
	t.Cleanup(next.Close)
	f.service = next
	if r := f.erased(id); r.Erased != 1 {
		t.Errorf("%+v", r)
	}
	if unknown, err := f.store.SelectErasable(&chosen, []string{"e1"}); err != nil || len(unknown) != 1 {
		t.Errorf("the id is still there: %v", err)
	}
	f.must(f.store.Check(t.Context()))
}
