package api

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"meibo/api/job"
	"meibo/api/service"
	"meibo/store"
)

// auditAccess says who may call which of these routes.
func auditAccess() []routeAccess { return []routeAccess{{call{path: "/v1/audit"}, "owner"}} }

// provokeAudit brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeAudit() {
	f.t.Helper()
	for _, wrong := range []string{"from=yesterday", "to=x", "job=x", "cursor=nonsense"} {
		f.do(call{path: "/v1/audit?" + wrong}).problem(400, service.CodeBadRequest)
	}
	f.do(call{path: "/v1/audit?limit=201", bad: true}).problem(400, service.CodeBadRequest)
	f.do(call{path: "/v1/audit?cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"e":"other","a":1}`))}).problem(410, service.CodeGone)
}

// A routeAudit is what a route that changes something leaves in the audit log:
// a request and the actions, or the reason why there are none.
type routeAudit struct {
	action string // the first that its request leaves; several routes have the same
	why    string // there is none
}

// audited are all operations that are no GET, by "METHOD PATH" as in the
// document, those of jobs too.
func audited() map[string]routeAudit {
	const (
		reads   = "it only reads"
		history = "what becomes of a customer stands in its history"
		visit   = "visits are no edits; what a form says stands in the customer's history"
	)
	leaves := func(action string) routeAudit { return routeAudit{action: action} }
	none := func(why string) routeAudit { return routeAudit{why: why} }
	return map[string]routeAudit{
		"POST /v1/fields":                  leaves("field.created"),
		"PATCH /v1/fields/{field}":         leaves("field.changed"),
		"DELETE /v1/fields/{field}":        leaves("field.deleted"),
		"PUT /v1/fields/order":             leaves("field.ordered"),
		"POST /v1/fields/{field}/convert":  leaves("field.created"),
		"POST /v1/segments":                leaves("segment.created"),
		"PUT /v1/segments/{key}":           leaves("segment.changed"),
		"DELETE /v1/segments/{key}":        leaves("segment.deleted"),
		"POST /v1/segments/{key}/restore":  leaves("segment.restored"),
		"PATCH /v1/settings":               leaves("settings.changed"),
		"POST /v1/tokens":                  leaves("token.created"),
		"DELETE /v1/tokens/{tokenId}":      leaves("token.revoked"),
		"POST /v1/tokens/{tokenId}/signin": leaves("token.signin_key"),
		"POST /v1/session":                 leaves("session.began"),
		"DELETE /v1/session":               leaves("session.ended"),
		"POST /v1/member-secret":           leaves("secret.renewed"),
		"POST /v1/customers/search":        none(reads),
		"POST /v1/customers/count":         none(reads),
		"POST /v1/customers/explain":       none(reads),
		"POST /v1/filter/analyze":          none(reads),
		"POST /v1/filter/format":           none(reads),
		"POST /v1/filter/convert":          none(reads),
		"POST /v1/filter/complete":         none(reads),
		"POST /v1/filter/hover":            none(reads),
		"POST /v1/segments/{key}/contains": none(reads),
		"PUT /v1/customers/{id}":           none(history),
		"PATCH /v1/customers/{id}":         none(history),
		"DELETE /v1/customers/{id}":        none(history),
		"PUT /v1/customers/@{memberId}":    none(history),
		"POST /v1/customers/{id}/restore":  none(history),
		"POST /v1/customers/batch":         none(history),
		"POST /v1/customers/{id}/touch":    none(visit),
		"POST /v1/boot":                    none(visit),
		"POST /v1/forms":                   none(visit),
		"POST /v1/customers/bulk":          leaves("bulk.started"),
		"POST /v1/jobs/{job}/undo":         leaves("undo.started"),
		"POST /v1/customers/erase":         leaves("erase.started"),
		"POST /v1/customers/{id}/erase":    leaves("erase.started"),
		"POST /v1/exports":                 leaves("export.created"),
		"DELETE /v1/exports/{job}":         leaves("export.deleted"),
		"POST /v1/imports":                 leaves("import.started"),
		"POST /v1/imports/preview":         none(reads),
		"POST /v1/uploads":                 none("a file that nobody has imported changes nothing"),
		"DELETE /v1/uploads/{upload}":      none("a file that nobody has imported changes nothing"),
		"POST /v1/jobs/{job}/cancel":       none("the job says that it was cancelled; what it was to do was noted when it was asked for"),
	}
}

// A new route that changes something and does not say what it leaves in the
// log fails here.
func TestEveryRouteIsAuditedOrSaysWhyNot(t *testing.T) {
	f := newFixture(t)
	said := audited()
	for _, operation := range f.paths {
		method, path, _ := strings.Cut(operation, " ")
		if said := said[operation]; method != "GET" && said.action == "" && said.why == "" {
			t.Errorf("%s %s: say in audited what it leaves in the audit log, or why nothing", method, path)
		}
	}
	for operation := range said {
		if !slices.Contains(f.paths, operation) {
			t.Errorf("%s: there is no such operation", operation)
		}
	}
}

// An auditPage is an answer of the audit log.
type auditPage struct {
	Entries []struct {
		ID     string
		Action string
		Key    string
		Actor  struct{ TokenID, Name, Role string }
	}
	NextCursor string
}

func (f *fixture) auditLog(query string) (page auditPage) {
	f.t.Helper()
	f.do(call{path: "/v1/audit?" + query}).is(200).json(&page)
	return page
}

// Erasing one and erasing many are noted when they are asked for.
func TestErasingIsNoted(t *testing.T) {
	f := newFixture(t) // jobs do not run
	f.put("c1", `{}`)
	for _, c := range []call{{method: "POST", path: "/v1/customers/c1/erase", body: `{}`}, {method: "POST", path: "/v1/customers/erase", body: `{"selection":{"ids":["c1"]},"confirm":1}`}} {
		f.do(c).is(202)
		if now := f.auditLog("limit=1").Entries[0]; now.Action != "erase.started" || now.Actor.Name != "owner" {
			t.Errorf("%s: %+v", c.path, now)
		}
	}
}

// The requests of the routes that audited names, one after the other, each
// leave their entry, made by whoever asked.
func TestRoutesLeaveTheirEntries(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{}`)
	var made newTokenAnswer
	f.do(call{method: "POST", path: "/v1/tokens", body: `{"name":"n","role":"viewer"}`}).is(201).json(&made)
	session := f.signIn(made.Secret)
	manager := f.tokens["manager"]
	order := func() (keys []string) {
		for field := range f.store.Fields().All() {
			keys = append(keys, field.Key)
		}
		slices.Reverse(keys)
		return keys
	}
	left := map[string]bool{"POST /v1/tokens": true, "POST /v1/session": true,
		"POST /v1/customers/erase": true, "POST /v1/customers/{id}/erase": true, // see TestErasingIsNoted
		"POST /v1/exports": true} // its job notes it with the rows of the file: see the service's tests
	endedBulk := store.Job{Kind: service.JobBulk, State: job.Done, Request: json.RawMessage(`{}`), EndedAt: f.clock.Now().UnixMilli()}
	for _, step := range []struct {
		operation, path string
		body            any
		by              string
		session         map[string]string
	}{
		{operation: "POST /v1/fields", body: `{"key":"profile.size","kind":"String"}`, by: "manager"},
		{operation: "PATCH /v1/fields/{field}", path: "/v1/fields/profile.size", body: `{"archived":true}`, by: "manager"},
		{operation: "PUT /v1/fields/order", body: map[string]any{}, by: "owner"},
		{operation: "POST /v1/fields/{field}/convert", path: "/v1/fields/profile.size/convert", body: `{"to":{"key":"profile.sized","kind":"Number"}}`, by: "manager"},
		{operation: "DELETE /v1/fields/{field}", path: "/v1/fields/profile.size", by: "manager"},
		{operation: "POST /v1/segments", body: `{"key":"s","filter":"member"}`, by: "manager"},
		{operation: "PUT /v1/segments/{key}", path: "/v1/segments/s", body: `{"filter":"NOT member"}`, by: "manager"},
		{operation: "POST /v1/segments/{key}/restore", path: "/v1/segments/s/restore", body: `{"version":1}`, by: "manager"},
		{operation: "DELETE /v1/segments/{key}", path: "/v1/segments/s", by: "manager"},
		{operation: "PATCH /v1/settings", body: `{"auditDays":30}`, by: "owner"},
		{operation: "POST /v1/tokens/{tokenId}/signin", path: "/v1/tokens/" + made.Token.ID + "/signin", by: "owner"},
		{operation: "POST /v1/member-secret", by: "owner"},
		{operation: "POST /v1/customers/bulk", body: `{"selection":{"ids":["c1"]},"actions":[{"addTags":["a"]}]}`, by: "owner"},
		{operation: "POST /v1/jobs/{job}/undo", path: "/v1/jobs/" + f.addJob(endedBulk) + "/undo", by: "owner"},
		{operation: "DELETE /v1/exports/{job}", path: exportsPath + "/" + f.exported(`{"format":"csv"}`).ID, by: "owner"},
		{operation: "POST /v1/imports", body: `{"uploads":["` + f.uploadOf("") + `"]}`, by: "owner"},
		{operation: "DELETE /v1/session", session: session, by: "n"},
		{operation: "DELETE /v1/tokens/{tokenId}", path: "/v1/tokens/" + made.Token.ID, by: "owner"},
	} {
		method, path, _ := strings.Cut(step.operation, " ")
		if step.path != "" {
			path = step.path
		}
		c := call{method: method, path: path, body: step.body, header: step.session, noToken: step.session != nil}
		if keys, ok := step.body.(map[string]any); ok { // the fields as they are by then
			keys["keys"] = order()
		}
		if step.by == "manager" {
			c.token = manager
		}
		before := f.auditLog("limit=1").Entries[0].ID
		if a := f.do(c); a.status/100 != 2 {
			t.Fatalf("%s: %d %s", step.operation, a.status, a.body)
		}
		now := f.auditLog("limit=1").Entries[0]
		if want := audited()[step.operation].action; now.ID == before || now.Action != want || now.Actor.Name != step.by {
			t.Errorf("%s left %+v, want %s by %s", step.operation, now, want, step.by)
		}
		left[step.operation] = true
	}
	for operation, a := range audited() {
		if a.action != "" && !left[operation] {
			t.Errorf("%s: no request of this test shows that it leaves %s", operation, a.action)
		}
	}
	page := f.auditLog(url.Values{"actor": {"n"}, "action": {"session."}}.Encode())
	if len(page.Entries) != 2 || page.Entries[1].Action != "session.began" || page.NextCursor != "" {
		t.Errorf("%+v", page)
	}
}

// Nobody changes or takes away an entry by any route.
func TestTheAuditLogIsReadOnly(t *testing.T) {
	f := newFixture(t)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		f.do(call{method: method, path: "/v1/audit", off: true}).problem(405, codeMethodNotAllowed)
		f.do(call{method: method, path: "/v1/audit/1", off: true}).problem(404, service.CodeNotFound)
	}
}
