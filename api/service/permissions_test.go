package service

import (
	"fmt"
	"strings"
	"testing"
)

// Who may do what, whole: a permission that is new, or that somebody gets by
// accident, changes a line.
func TestThePermissionsOfEveryRoleAndScope(t *testing.T) {
	all := "read write ingest use-segment edit-fields edit-segment administer run-jobs export erase read-audit monitor signed-in"
	for who, want := range map[string]string{
		RoleOwner:                           all,
		RoleManager:                         "read write use-segment edit-fields edit-segment run-jobs signed-in",
		RoleViewer:                          "read use-segment signed-in",
		RolePublishable:                     "ingest",
		RoleService:                         "signed-in",
		RoleService + " " + ScopeSearch:     "read use-segment signed-in",
		RoleService + " " + ScopeWrite:      "write run-jobs signed-in",
		RoleService + " " + ScopeIngest:     "ingest signed-in",
		RoleService + " " + ScopeMetrics:    "monitor signed-in",
		RoleService + " " + ScopeSegmentUse: "use-segment signed-in",
		RoleService + " " + strings.Join(Scopes(), " "): "read write ingest use-segment run-jobs monitor signed-in",
		// Scopes are a service's only, and what is no role may nothing.
		RoleViewer + " " + ScopeWrite:      "read use-segment signed-in",
		RolePublishable + " " + ScopeWrite: "ingest",
		"":                                 "", "OWNER": "",
	} {
		words := strings.Fields(who)
		c := Caller{}
		if len(words) > 0 {
			c.Role, c.Scopes = words[0], words[1:]
		}
		var may []string
		for _, p := range permissions() {
			if c.May(p) != (c.Require(p) == nil) {
				t.Errorf("%s: May and Require differ about %s", who, p)
			}
			if c.May(p) {
				may = append(may, string(p))
			}
		}
		if got := strings.Join(may, " "); got != want {
			t.Errorf("%q may %s, want %s", who, got, want)
		}
	}
	if got := fmt.Sprint(permissions()); got != "["+all+"]" {
		t.Errorf("permissions are %s", got)
	}
}
