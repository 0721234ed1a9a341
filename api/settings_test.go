package api

import (
	"testing"

	"meibo/api/service"
	"meibo/store"
)

// settingsAccess says who may call which of these routes.
func settingsAccess() []routeAccess {
	return []routeAccess{
		{call{path: "/v1/settings"}, "owner manager viewer search write ingest segment:use metrics nothing"},
		{call{method: "PATCH", path: "/v1/settings", body: `{}`}, "owner"},
	}
}

// settingsBodies are bodies that these routes take.
func settingsBodies() []exampleBody { return []exampleBody{{"PATCH /v1/settings", `{}`}} }

// provokeSettings brings about the answers of these routes that need a state of
// their own.
func (f *fixture) provokeSettings() {
	page, _, err := f.store.CreateToken(store.NewToken{Name: "page", Role: service.RolePublishable, Origins: []string{"https://shop.example"}})
	f.must(err)
	f.do(call{path: "/v1/settings", token: page}).problem(403, service.CodeForbidden)
	f.do(call{method: "PATCH", path: "/v1/settings", body: `{"zone":"Mars"}`}).problem(422, service.CodeInvalidValue)
}

func TestSettingsAreReadByAllAndChangedByOwners(t *testing.T) {
	f := newFixture(t)
	var got service.Settings
	f.do(call{path: "/v1/settings", token: f.tokens["viewer"]}).is(200).json(&got)
	if got != (service.Settings{Zone: "Asia/Tokyo", Region: "JP", WeekStart: "mon", HistoryDays: 365, AuditDays: 1095, ExportDays: 7, Language: "ja"}) {
		t.Errorf("%+v", got)
	}
	p := f.do(call{method: "PATCH", path: "/v1/settings", body: `{"zone":"Mars","region":"XX","weekStart":"Monday","historyDays":0,"auditDays":0,"exportDays":91,"language":"fr"}`}).problem(422, service.CodeInvalidValue)
	if len(p.Errors) != 7 {
		t.Errorf("%+v", p.Errors)
	}
	f.do(call{method: "PATCH", path: "/v1/settings", body: `{"historyDays":3651,"region":"DE"}`}).problem(422, service.CodeInvalidValue)
	f.do(call{method: "PATCH", path: "/v1/settings", body: `{"historyDays":3650,"auditDays":1,"exportDays":90,"region":"de","weekStart":"sun"}`}).is(200).json(&got)
	want := service.Settings{Zone: "Asia/Tokyo", Region: "DE", WeekStart: "sun", HistoryDays: 3650, AuditDays: 1, ExportDays: 90, Language: "ja"}
	if got != want || f.service.Settings() != want {
		t.Errorf("%+v", got)
	}
}
