package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/dsl/schema"
	"meibo/store"
)

// historyAccess says who may call which of these routes. Who may restore is in
// TestWhoMayRestore, because it takes a customer that is deleted each time.
func historyAccess() []routeAccess {
	return []routeAccess{{call{path: "/v1/customers/c1/history"}, "owner manager viewer search"}}
}

// historyBodies are bodies that these routes take.
func historyBodies() []exampleBody {
	return []exampleBody{{operation: "POST /v1/customers/c1/restore"}}
}

// provokeHistory brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeHistory() {
	f.t.Helper()
	const path = "/v1/customers/c8"
	restore := call{method: "POST", path: path + "/restore"}
	f.do(restore).problem(404, service.CodeNotFound)
	for _, impossible := range []string{"@m1", "%20"} { // no customer can have such an id
		f.do(call{method: "POST", path: "/v1/customers/" + impossible + "/restore"}).problem(404, service.CodeNotFound)
		f.do(call{method: "DELETE", path: "/v1/customers/" + impossible}).problem(404, service.CodeNotFound)
		f.do(call{path: "/v1/customers/" + impossible + "/history"}).problem(404, service.CodeNotFound)
	}
	f.do(call{path: path + "/history"}).problem(404, service.CodeNotFound)
	f.put("c8", `{}`)
	f.do(restore).problem(409, service.CodeExists)
	f.do(call{path: path + "/history?limit=0", bad: true}).problem(400, service.CodeBadRequest)
	f.do(call{path: path + "/history?cursor=nonsense"}).problem(400, service.CodeBadRequest)
	f.do(call{path: path + "/history?cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"e":"other","i":"c8","s":1}`))}).problem(410, service.CodeGone)
	f.do(call{method: "POST", path: path + "/restore", header: map[string]string{"Idempotency-Key": strings.Repeat("k", 201)}}).problem(400, service.CodeBadRequest)
	f.do(call{method: "DELETE", path: path}).is(200)
	f.do(restore).is(200)
	f.do(call{method: "DELETE", path: path}).is(200)
	f.put("c9", `{}`)
	f.put("c10", `{}`)
	_, err := f.store.Update(f.t.Context(), func(tx *store.Tx) error { _, err := tx.Merge("c9", "c10"); return err })
	f.must(err)
	for below, method := range map[string]string{"/history": "GET", "/restore": "POST", "/segments": "GET"} {
		a := f.do(call{method: method, path: "/v1/customers/c9" + below})
		if p := a.problem(308, service.CodeMerged); p.Target != "c10" || a.header.Get("Location") != "/v1/customers/c10"+below {
			f.t.Errorf("%s: %+v, Location %q", below, p, a.header.Get("Location"))
		}
	}
	a := f.do(call{path: "/v1/segments/example/contains/c9"})
	if p := a.problem(308, service.CodeMerged); p.Target != "c10" || a.header.Get("Location") != "/v1/segments/example/contains/c10" {
		f.t.Errorf("%+v, Location %q", p, a.header.Get("Location"))
	}
	f.clock.add(366 * 24 * time.Hour)
	f.do(restore).problem(410, service.CodeGone)
}

// A historyPage is an answer of the history.
type historyPage struct {
	Entries []struct {
		Seq           uint64
		At            int64
		Action, Cause string
		Actor         struct{ TokenID, Name, Role string }
		Changes       []struct {
			Field         string
			Before, After any
		}
	}
	NextCursor      string
	DeletedAt       int64
	RestorableUntil int64
	Times           map[string]int64
}

func (f *fixture) history(id, query, token string) (p historyPage) {
	f.t.Helper()
	f.do(call{path: "/v1/customers/" + id + "/history" + query, token: token}).is(200).json(&p)
	return p
}

// String is a page as "action field:before>after …", newest first.
func (p historyPage) String() string {
	var lines []string
	for _, e := range p.Entries {
		line := e.Action
		for _, c := range e.Changes {
			line += fmt.Sprintf(" %s:%v>%v", c.Field, c.Before, c.After)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func (f *fixture) edit(method, id, body, token string) answer {
	f.t.Helper()
	c := call{method: method, path: "/v1/customers/" + id, token: token}
	if body != "" {
		c.body = body
	}
	return f.do(c)
}

func TestHistoryTellsWhoChangedWhat(t *testing.T) {
	f := newFixture(t)
	manager := f.tokens[service.RoleManager]
	f.edit("PUT", "c1", `{"tags":["a"],"profile":{"name":"田中","email":"t@x.jp"}}`, "").is(201)
	f.clock.add(time.Minute)
	f.edit("PATCH", "c1", `{"unsubscribeEmail":true,"tags":["a","b"],"profile":{"name":"鈴木","email":null}}`, manager).is(200)
	f.edit("PATCH", "c1", `{"profile":{"name":"鈴木"}}`, manager).is(200) // changes nothing
	f.edit("PATCH", "c1", `{"profile":{"nam":"x"}}`, manager).is(422)   // is refused
	f.edit("DELETE", "c1", "", manager).is(200)
	f.do(call{method: "POST", path: "/v1/customers/c1/restore"}).is(200)
	f.edit("PUT", "c1", `{"unsubscribeEmail":true}`, "").is(200)
	p := f.history("c1", "", "")
	want := `updated profile.name:鈴木><nil> tags:[a b]><nil>
restored profile.name:<nil>>鈴木 tags:<nil>>[a b] unsubscribeEmail:<nil>>true
deleted profile.name:鈴木><nil> tags:[a b]><nil> unsubscribeEmail:true><nil>
updated profile.email:t@x.jp><nil> profile.name:田中>鈴木 tags:[a]>[a b] unsubscribeEmail:<nil>>true
created profile.email:<nil>>t@x.jp profile.name:<nil>>田中 tags:<nil>>[a]`
	if p.String() != want {
		t.Errorf("%s\nwant\n%s", p, want)
	}
	var who []string
	for _, e := range p.Entries {
		who = append(who, e.Actor.Name+" "+e.Cause)
		if e.Actor.TokenID == "" || e.Actor.Role != e.Actor.Name || e.At < testNow.UnixMilli() {
			t.Errorf("%+v", e)
		}
	}
	if got := strings.Join(who, ", "); got != "owner edit, owner restore, manager delete, manager edit, owner edit" {
		t.Error(got)
	}
	if p.Entries[4].At != testNow.UnixMilli() || p.Entries[3].At != testNow.Add(time.Minute).UnixMilli() || p.DeletedAt != 0 || p.Times == nil {
		t.Errorf("%+v", p)
	}
}

func TestABatchIsInTheHistory(t *testing.T) {
	f := newFixture(t)
	f.do(call{method: "POST", path: "/v1/customers/batch", bad: true,
		body: `{"customers":[{"id":"c1","profile":{"name":"a"}},{"id":"c2","profile":{"nam":1}},{"id":"c1","profile":{"name":"b"}}]}`}).is(200)
	if got := f.history("c1", "", "").String(); got != "updated profile.name:a>b\ncreated profile.name:<nil>>a" {
		t.Error(got)
	}
	f.do(call{path: "/v1/customers/c2/history"}).problem(404, service.CodeNotFound)
}

// Pages follow each other without a gap, and their number of entries is that of
// what the reader sees.
func TestHistoryComesInPages(t *testing.T) {
	f := newFixture(t)
	f.must(f.addField(schema.Field{Key: "profile.secret", Kind: schema.Number, Write: schema.WriteManager, Roles: []string{service.RoleManager}}))
	for i := range 7 {
		f.put("c1", fmt.Sprintf(`{"profile":{"name":"n%d"}}`, i))
		f.edit("PATCH", "c1", fmt.Sprintf(`{"profile":{"secret":%d}}`, i+1), "").is(200)
	}
	all := strings.Split(f.history("c1", "", f.tokens[service.RoleViewer]).String(), "\n")
	if len(all) != 7 { // six edits and the creation
		t.Fatal(all)
	}
	for _, limit := range []int{1, 3, 6, 7, 8, 200} {
		var got []string
		query := fmt.Sprint("?limit=", limit)
		for pages := 1; ; pages++ {
			p := f.history("c1", query, f.tokens[service.RoleViewer])
			got = append(got, strings.Split(p.String(), "\n")...)
			if p.NextCursor == "" {
				if pages != (7+limit-1)/limit {
					t.Errorf("limit %d: %d pages", limit, pages)
				}
				break
			}
			query = fmt.Sprint("?limit=", limit, "&cursor=", p.NextCursor)
		}
		if !slices.Equal(got, all) {
			t.Errorf("limit %d: %s", limit, got)
		}
	}
	f.do(call{path: "/v1/customers/c1/history?limit=201", bad: true}).problem(400, service.CodeBadRequest)
	f.put("c2", `{}`)
	cursor := f.history("c1", "?limit=1", "").NextCursor
	f.do(call{path: "/v1/customers/c2/history?cursor=" + cursor}).problem(400, service.CodeBadRequest)
}

// What a caller does not see of a customer it does not see in the history
// either, and an update of nothing else is not there for it.
func TestHistoryShowsVisibleFieldsOnly(t *testing.T) {
	f := newFixture(t)
	f.must(f.addField(schema.Field{Key: "profile.rank", Kind: schema.String, Write: schema.WriteManager, Roles: []string{service.RoleManager}}))
	f.put("c1", `{"profile":{"rank":"gold"}}`)
	f.put("c1", `{"profile":{"rank":"black"}}`)
	f.put("c1", `{"profile":{"rank":"black","description":"x"}}`)
	f.edit("DELETE", "c1", "", "").is(200)
	f.do(call{method: "POST", path: "/v1/customers/c1/restore"}).is(200)
	for token, want := range map[string]string{
		service.RoleManager: `restored profile.description:<nil>>x profile.rank:<nil>>black
deleted profile.description:x><nil> profile.rank:black><nil>
updated profile.description:<nil>>x
updated profile.rank:gold>black
created profile.rank:<nil>>gold`,
		service.RoleViewer: "restored profile.description:<nil>>x\ndeleted profile.description:x><nil>\nupdated profile.description:<nil>>x\ncreated",
	} {
		if got := f.history("c1", "", f.tokens[token]).String(); got != want {
			t.Errorf("%s: %s\nwant %s", token, got, want)
		}
	}
	hidden, _ := f.store.Fields().Lookup("profile.description")
	hidden.Hidden = true
	f.must(f.addField(hidden))
	if got := f.history("c1", "", f.tokens[service.RoleViewer]).String(); got != "restored\ndeleted\ncreated" {
		t.Errorf("the field is hidden: %s", got)
	}
}

// A field that was deleted and added again is another field.
func TestHistoryOfAnEarlierFieldOfTheSameKeyIsLeftOut(t *testing.T) {
	f := newFixture(t)
	field := schema.Field{Key: "profile.size", Kind: schema.String, Write: schema.WriteManager, CreatedAt: testNow.UnixMilli()}
	f.must(f.addField(field))
	f.put("c1", `{"profile":{"size":"L"}}`)
	if got := f.history("c1", "", "").String(); got != "created profile.size:<nil>>L" {
		t.Errorf("written in the field's first moment: %s", got)
	}
	field.CreatedAt++
	f.must(f.addField(field))
	if got := f.history("c1", "", "").String(); got != "created" {
		t.Errorf("written before the field was there: %s", got)
	}
	f.clock.add(time.Millisecond)
	f.edit("PATCH", "c1", `{"profile":{"size":"M"}}`, "").is(200)
	if got := f.history("c1", "", "").String(); got != "updated profile.size:L>M\ncreated" {
		t.Error(got)
	}
}

// Whoever may restore a deleted customer can read what it was.
func TestADeletedCustomersHistoryIsForWhoMayRestoreIt(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"profile":{"name":"a"}}`)
	f.clock.add(time.Minute)
	f.edit("DELETE", "c1", "", "").is(200)
	p := f.history("c1", "", f.tokens[service.RoleManager])
	deleted := testNow.Add(time.Minute)
	if p.DeletedAt != deleted.UnixMilli() || p.RestorableUntil != deleted.AddDate(1, 0, 0).UnixMilli() || len(p.Entries) != 2 {
		t.Errorf("%+v", p)
	}
	for _, token := range []string{service.RoleViewer, service.ScopeSearch} {
		f.do(call{path: "/v1/customers/c1/history", token: f.tokens[token]}).problem(404, service.CodeNotFound)
	}
}

func TestWhoMayRestore(t *testing.T) {
	f := newFixture(t)
	for name, token := range f.tokens {
		f.put("c1", `{"profile":{"name":"a"}}`)
		f.edit("DELETE", "c1", "", "").is(200)
		a := f.do(call{method: "POST", path: "/v1/customers/c1/restore", token: token})
		if slices.Contains([]string{service.RoleOwner, service.RoleManager, service.ScopeWrite}, name) {
			a.is(200)
		} else {
			a.problem(403, service.CodeForbidden)
		}
	}
	f.do(call{method: "POST", path: "/v1/customers/c1/restore", noToken: true}).problem(401, service.CodeUnauthorized)
}

func TestARestoredCustomerIsAsItWas(t *testing.T) {
	f := newFixture(t)
	was := f.put("c1", `{"tags":["a"],"unsubscribeTexting":true,"profile":{"name":"田中","utmSource":"x"}}`)
	tag := f.do(call{path: "/v1/customers/c1"}).header.Get("ETag")
	f.edit("DELETE", "c1", "", "").is(200)
	f.clock.add(365 * 24 * time.Hour) // exactly as long as the history lasts
	restore := call{method: "POST", path: "/v1/customers/c1/restore", header: map[string]string{"Idempotency-Key": "k"}}
	a := f.do(restore).is(200)
	var back edited
	a.json(&back)
	if fmt.Sprint(back.Customer) != fmt.Sprint(was.Customer) || back.Status != service.Restored || a.header.Get("ETag") != tag {
		t.Errorf("%+v %v\nwant %+v %s", back, a.header, was, tag)
	}
	if again := f.do(restore).is(200); string(again.body) != string(a.body) {
		t.Errorf("a repeat: %s", again.body)
	}
	f.do(call{method: "POST", path: "/v1/customers/c1/restore"}).problem(409, service.CodeExists)
	if found := f.search(map[string]any{"filter": `tags HAS "a"`, "minSeq": back.Seq}); found.Total != 1 {
		t.Errorf("%+v", found)
	}
	f.edit("DELETE", "c1", "", "").is(200)
	f.clock.add(365*24*time.Hour + time.Millisecond)
	f.do(call{method: "POST", path: "/v1/customers/c1/restore"}).problem(410, service.CodeGone)
}

// A memberId that somebody else got meanwhile is not taken back.
func TestAMemberIDThatIsTakenKeepsACustomerDeleted(t *testing.T) {
	f := newFixture(t)
	member := func(id string) {
		_, err := f.store.Update(t.Context(), func(tx *store.Tx) error {
			_, err := f.service.Apply(tx, service.Write{ID: id, Policy: service.ImportPolicy(true), Edits: []service.Edit{{Key: schema.MemberIDField, Value: schema.Text("m1")}}})
			return err
		})
		f.must(err)
	}
	restore := call{method: "POST", path: "/v1/customers/a/restore"}
	member("a")
	f.edit("DELETE", "a", "", "").is(200)
	member("b")
	p := f.do(restore).problem(409, service.CodeMemberTaken)
	if len(p.Errors) != 1 || p.Errors[0].Field != schema.MemberIDField {
		t.Errorf("%+v", p)
	}
	f.do(call{path: "/v1/customers/a"}).problem(http.StatusNotFound, service.CodeNotFound)
	f.edit("DELETE", "b", "", "").is(200)
	f.do(restore).is(200)
}

// Values of a field that was deleted, or deleted and added again, stay away.
func TestValuesOfDeletedFieldsAreNotRestored(t *testing.T) {
	f := newFixture(t)
	field := schema.Field{Key: "profile.size", Kind: schema.String, Write: schema.WriteManager}
	f.must(f.addField(field))
	f.put("c1", `{"profile":{"size":"L","name":"a"}}`)
	f.edit("DELETE", "c1", "", "").is(200)
	field.CreatedAt = testNow.UnixMilli() + 1
	f.must(f.addField(field))
	var back edited
	f.do(call{method: "POST", path: "/v1/customers/c1/restore"}).is(200).json(&back)
	if fmt.Sprint(back.Customer["profile"]) != "map[name:a]" {
		t.Errorf("%+v", back.Customer)
	}
}

// Since when an opt-out or a write-once field has its value, for whom the field
// is there.
func TestTheHistoryTellsSinceWhen(t *testing.T) {
	f := newFixture(t)
	f.must(f.addField(schema.Field{Key: "profile.first", Kind: schema.String, Write: schema.WriteOnce, Roles: []string{service.RoleManager}}))
	f.put("c1", `{"profile":{"name":"a","utmSource":"x"}}`)
	f.clock.add(time.Minute)
	f.edit("PATCH", "c1", `{"unsubscribeEmail":true,"unsubscribeTexting":true,"profile":{"first":"x"}}`, "").is(200)
	f.clock.add(time.Minute)
	f.edit("PATCH", "c1", `{"unsubscribeTexting":null,"profile":{"name":"b"}}`, "").is(200)
	at := func(minutes int) int64 { return testNow.Add(time.Duration(minutes) * time.Minute).UnixMilli() }
	want := map[string]int64{"profile.utmSource": at(0), "unsubscribeEmail": at(1), "unsubscribeTexting": at(2)}
	if got := f.history("c1", "", f.tokens[service.RoleViewer]).Times; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	want["profile.first"] = at(1)
	if got := f.history("c1", "", f.tokens[service.RoleManager]).Times; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// How long the history lasts is the workspace's setting.
func TestTheHistoryLastsAsSet(t *testing.T) {
	f := newFixture(t)
	f.put("c1", `{"profile":{"name":"a"}}`)
	f.edit("DELETE", "c1", "", "").is(200)
	restore := call{method: "POST", path: "/v1/customers/c1/restore"}
	days := 7
	_, err := f.service.PatchSettings(t.Context(), service.SettingsPatch{HistoryDays: &days})
	f.must(err)
	f.clock.add(7*24*time.Hour + time.Millisecond)
	f.do(restore).problem(410, service.CodeGone)
	days = 8
	_, err = f.service.PatchSettings(t.Context(), service.SettingsPatch{HistoryDays: &days})
	f.must(err)
	f.do(restore).is(200)
}
