package service

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"meibo/api/table"
	"meibo/dsl/schema"
)

// A fieldDesk is a service to change fields of, as its owner.
type fieldDesk struct {
	*Service
	t *testing.T
}

func newFieldDesk(t *testing.T) fieldDesk { return fieldDesk{newImportDesk(t).Service, t} }

func (d fieldDesk) add(n NewField) FieldAnswer {
	d.t.Helper()
	if n.Kind == "" {
		n.Kind = "String"
	}
	a, err := d.AddField(d.t.Context(), n)
	if err != nil {
		d.t.Fatalf("%+v: %v", n, err)
	}
	return a
}

func (d fieldDesk) patch(key string, p FieldPatch, force bool) FieldAnswer {
	d.t.Helper()
	a, err := d.PatchField(d.t.Context(), key, p, force, "")
	if err != nil {
		d.t.Fatalf("%s: %v", key, err)
	}
	return a
}

func (d fieldDesk) put(id, body string) EditAnswer {
	d.t.Helper()
	a, err := d.Put(d.t.Context(), EditRequest{ID: id, Body: []byte(body)})
	if err != nil {
		d.t.Fatalf("%s: %v", body, err)
	}
	return a
}

func (d fieldDesk) count(filter string) int {
	d.t.Helper()
	a, err := d.Count(d.t.Context(), Question{Filter: filter})
	if err != nil {
		d.t.Fatalf("%s: %v", filter, err)
	}
	return int(a.Total)
}

// wantsCode checks a refusal, and that it is told in both languages.
func wantsCode(t *testing.T, what string, err error, code Code) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != code || e.Message.JA == "" || e.Message.EN == "" {
		t.Errorf("%s: %v, want %s", what, err, code)
		return &Error{}
	}
	return e
}

func ptr[T any](v T) *T { return &v }

func TestAKeyIsLettersDigitsAndUnderscoreAndUniqueInAnyCase(t *testing.T) {
	d := newFieldDesk(t)
	long := "profile." + strings.Repeat("x", 64)
	for _, key := range []string{"profile.a", "profile.A1_b", long} {
		d.add(NewField{Key: key})
	}
	for _, key := range []string{"", "profile.", "plan", "web.os", "profile.1a", "profile._a", "profile.a-b", "profile.a.b", "profile.名前", long + "x"} {
		_, err := d.AddField(t.Context(), NewField{Key: key, Kind: "String"})
		if e := wantsCode(t, key, err, CodeInvalidValue); len(e.Values) != 1 || e.Values[0].Field != "key" || e.Values[0].Code != "bad_key" {
			t.Errorf("%q: %+v", key, e.Values)
		}
	}
	for _, key := range []string{"profile.a", "profile.a1_B", "profile.NAME"} {
		_, err := d.AddField(t.Context(), NewField{Key: key, Kind: "String"})
		wantsCode(t, key, err, CodeExists)
	}
}

func TestThereAreAtMost300ActiveProfileFields(t *testing.T) {
	d := newFieldDesk(t)
	for i := range 300 - 11 {
		d.add(NewField{Key: fmt.Sprint("profile.f", i)})
	}
	_, err := d.AddField(t.Context(), NewField{Key: "profile.extra", Kind: "String"})
	wantsCode(t, "the 301st", err, CodeTooManyFields)
	d.patch("profile.f0", FieldPatch{Hidden: ptr(true)}, false)
	_, err = d.AddField(t.Context(), NewField{Key: "profile.extra", Kind: "String"})
	wantsCode(t, "a hidden one counts", err, CodeTooManyFields)
	d.patch("profile.f0", FieldPatch{Archived: ptr(true)}, false)
	d.add(NewField{Key: "profile.extra"})
	_, err = d.PatchField(t.Context(), "profile.f0", FieldPatch{Archived: ptr(false)}, false, "")
	wantsCode(t, "restored as the 301st", err, CodeTooManyFields)
}

func TestFormatsAreForStringsAndChoicesForLists(t *testing.T) {
	d := newFieldDesk(t)
	choices := func(n, length int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("%0*d", length, i))
		}
		return list
	}
	for i, c := range []struct {
		field NewField
		fault string // "" is taken
	}{
		{NewField{Kind: "String", Format: "phone"}, ""}, {NewField{Kind: "String", Format: "version"}, ""},
		{NewField{Kind: "String", Format: "fax"}, "format"}, {NewField{Kind: "Number", Format: "phone"}, "format"},
		{NewField{Kind: "List", Choices: choices(100, 64)}, ""}, {NewField{Kind: "List", Choices: choices(101, 3)}, "choices"},
		{NewField{Kind: "List", Choices: choices(1, 65)}, "choices[0]"}, {NewField{Kind: "List", Choices: []string{" "}}, "choices[0]"},
		{NewField{Kind: "List", Choices: []string{"VIP", "ｖｉｐ"}}, "choices[1]"}, {NewField{Kind: "String", Choices: []string{"a"}}, "choices"},
		{NewField{Kind: "Text"}, "kind"}, {NewField{Kind: "None"}, "kind"},
		{NewField{Kind: "String", Labels: schema.Words{JA: strings.Repeat("名", 100)}}, ""},
		{NewField{Kind: "String", Labels: schema.Words{EN: "x", JA: strings.Repeat("名", 101)}}, "labels.ja"},
		{NewField{Kind: "String", Description: schema.Words{EN: strings.Repeat("x", 1001)}}, "description.en"},
		{NewField{Kind: "String", Labels: schema.Words{JA: "a\x00", EN: "a"}}, "labels.ja"},
		{NewField{Kind: "String", Roles: []string{"manager", "publishable"}}, ""}, {NewField{Kind: "String", Roles: []string{"owner"}}, ""},
		{NewField{Kind: "String", Roles: []string{"king"}}, "roles[0]"}, {NewField{Kind: "String", Roles: []string{"viewer", "viewer"}}, "roles[1]"},
	} {
		c.field.Key = fmt.Sprint("profile.c", i)
		_, err := d.AddField(t.Context(), c.field)
		if c.fault == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.field, err)
			}
			continue
		}
		if e := wantsCode(t, fmt.Sprint(i), err, CodeInvalidValue); len(e.Values) != 1 || e.Values[0].Field != c.fault {
			t.Errorf("%d: %+v, want a fault of %s", i, e.Values, c.fault)
		}
	}
}

func TestAKindIsFixedOnceACustomerHasAValue(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.age"})
	toNumber := func() error {
		_, err := d.PatchField(t.Context(), "profile.age", FieldPatch{Kind: ptr("Number")}, false, "")
		return err
	}
	d.put("a", `{"profile":{"age":"30"}}`)
	d.put("gone", `{"profile":{"age":"30"}}`)
	if _, err := d.Delete(t.Context(), DeleteRequest{ID: "gone"}); err != nil {
		t.Fatal(err)
	}
	if e := wantsCode(t, "held", toNumber(), CodeKindFixed); !strings.Contains(e.Message.EN, "(1 of them)") || len(e.Values) != 1 {
		t.Errorf("%+v", e)
	}
	d.put("a", `{}`)
	saved(t, d.Service, "old", `profile.age = "30"`)
	wantsCode(t, "used by a segment", toNumber(), CodeInUse)
	if got := d.patch("profile.age", FieldPatch{Kind: ptr("Number")}, true); got.Field.Kind != schema.Number || len(got.UsedBy) != 1 {
		t.Errorf("%+v", got)
	}
	d.put("a", `{"profile":{"age":31}}`)
	if d.count("profile.age > 30") != 1 || d.count("profile.age IS SET") != 1 {
		t.Error("the new kind is not searched")
	}
	for _, key := range []string{"web.sessionsCount", "profile.email"} { // the program goes by these
		_, err := d.PatchField(t.Context(), key, FieldPatch{Kind: ptr("Date")}, true, "")
		wantsCode(t, key, err, CodeInvalidValue)
	}
}

func TestAFieldThatHasChangedSinceIsNotOverwritten(t *testing.T) {
	d := newFieldDesk(t)
	first := d.add(NewField{Key: "profile.a"})
	second := d.patch("profile.a", FieldPatch{LabelEN: ptr(" A ")}, false)
	if second.Field.Labels.EN != "A" || second.ETag == first.ETag {
		t.Errorf("%+v", second)
	}
	_, err := d.PatchField(t.Context(), "profile.a", FieldPatch{}, false, first.ETag)
	wantsCode(t, "PATCH", err, CodePreconditionFailed)
	_, err = d.DeleteField(t.Context(), "profile.a", false, first.ETag)
	wantsCode(t, "DELETE", err, CodePreconditionFailed)
	if _, err := d.DeleteField(t.Context(), "profile.a", false, second.ETag); err != nil {
		t.Error(err)
	}
}

func TestHiddenIsNotCollectedAndNotShownButKept(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.note"})
	d.put("a", `{"profile":{"note":"old"}}`)
	d.patch("profile.note", FieldPatch{Hidden: ptr(true)}, false)
	_, err := d.Patch(t.Context(), EditRequest{ID: "a", Body: []byte(`{"profile":{"note":"new"}}`)})
	wantsCode(t, "written by people", err, CodeHiddenField)
	got, err := d.Get(t.Context(), "a")
	if err != nil || strings.Contains(string(got.Customer), "note") {
		t.Errorf("%s %v", got.Customer, err)
	}
	if _, err := d.Patch(t.Context(), EditRequest{ID: "a", Body: []byte(`{"profile":null}`)}); err != nil {
		t.Errorf("clearing all that is seen: %v", err)
	}
	d.patch("profile.note", FieldPatch{Hidden: ptr(false)}, false) // restored
	if got, _ := d.Get(t.Context(), "a"); !strings.Contains(string(got.Customer), `"note":"old"`) {
		t.Errorf("%s", got.Customer)
	}
}

// hidden and archived do not touch each other.
func TestHiddenAndArchivedAreIndependent(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.note"})
	for _, step := range []struct {
		patch            FieldPatch
		hidden, archived bool
	}{
		{FieldPatch{Archived: ptr(true)}, false, true}, {FieldPatch{Hidden: ptr(true)}, true, true},
		{FieldPatch{Archived: ptr(false)}, true, false}, {FieldPatch{Hidden: ptr(false)}, false, false},
	} {
		if f := d.patch("profile.note", step.patch, false).Field; f.Hidden != step.hidden || f.Archived != step.archived {
			t.Errorf("%+v, want %v %v", f, step.hidden, step.archived)
		}
	}
	d.patch("profile.note", FieldPatch{Archived: ptr(true)}, false)
	if got := d.put("a", `{"profile":{"note":"kept"}}`); !strings.Contains(string(got.Customer), "kept") || d.count(`profile.note = "kept"`) != 1 {
		t.Errorf("an archived field is collected and searched: %s", got.Customer)
	}
}

// What the rules go by is kept though it is hidden; id cannot be hidden.
func TestPrimitiveFieldsCanBeHidden(t *testing.T) {
	d := newFieldDesk(t)
	for _, key := range []string{"tags", "unsubscribeEmail", "city"} {
		d.patch(key, FieldPatch{Hidden: ptr(true)}, true)
	}
	if got := d.put("a", `{"tags":["VIP"],"unsubscribeEmail":true}`); strings.Contains(string(got.Customer), "VIP") {
		t.Errorf("shown: %s", got.Customer)
	}
	c, err := d.store.Customer("a")
	if err != nil || !c.Record.Get("unsubscribeEmail").Bool() || c.Record.Get("tags").IsMissing() {
		t.Errorf("not kept: %v %v", c.Record, err)
	}
	apply := Write{ID: "a", Policy: ImportPolicy(true), Edits: []Edit{{Key: "city", Value: schema.Text("Kyoto")}, {Key: "lastSeenAt", Value: schema.At(5)}}}
	if out, err := applyOne(t, d.Service, apply); err != nil || !out.Record.Get("city").IsMissing() || out.Record.Get("lastSeenAt").IsMissing() {
		t.Errorf("ingestion ignores a hidden field silently: %v %v", out.Record, err)
	}
	_, err = d.PatchField(t.Context(), "id", FieldPatch{Hidden: ptr(true), Roles: ptr([]string{"manager"})}, true, "")
	if e := wantsCode(t, "id", err, CodeInvalidValue); len(e.Values) != 2 {
		t.Errorf("%+v", e.Values)
	}
}

func TestHidingOrDeletingWhatASegmentUsesNeedsForce(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.plan"})
	d.add(NewField{Key: "profile.free"})
	saved(t, d.Service, "gold", `profile.plan = "gold"`)
	saved(t, d.Service, "through", `segment("gold") AND member`)
	saved(t, d.Service, "quick", `"tanaka"`)
	saved(t, d.Service, "other", `member`)
	used := func(err error) string {
		var keys []string
		for _, u := range wantsCode(t, "used", err, CodeInUse).UsedBy {
			keys = append(keys, u.Key)
		}
		return strings.Join(keys, " ")
	}
	_, err := d.PatchField(t.Context(), "profile.plan", FieldPatch{Hidden: ptr(true)}, false, "")
	if got := used(err); got != "gold through" {
		t.Errorf("used by %s", got)
	}
	_, err = d.PatchField(t.Context(), "profile.email", FieldPatch{Hidden: ptr(true)}, false, "")
	if got := used(err); got != "quick" {
		t.Errorf("quick search reads it: used by %s", got)
	}
	d.patch("profile.plan", FieldPatch{Archived: ptr(true)}, false) // which harms no segment
	if a := d.patch("profile.plan", FieldPatch{Hidden: ptr(true)}, true); len(a.UsedBy) != 2 {
		t.Errorf("%+v", a.UsedBy)
	}
	_, err = d.DeleteField(t.Context(), "profile.plan", false, "")
	if got := used(err); got != "gold through" {
		t.Errorf("used by %s", got)
	}
	if a, err := d.DeleteField(t.Context(), "profile.plan", true, ""); err != nil || len(a.UsedBy) != 2 {
		t.Errorf("%+v %v", a, err)
	}
	if _, err := d.DeleteField(t.Context(), "profile.free", false, ""); err != nil {
		t.Error(err)
	}
	_, err = d.DeleteField(t.Context(), "city", true, "")
	wantsCode(t, "a primitive field", err, CodeReadOnly)
}

// A field for owner alone is for nobody else.
func TestAFieldForOwnersAlone(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.secret", Kind: "String", Roles: []string{RoleOwner}})
	if _, ok := d.fields().Lookup("profile.secret"); !ok {
		t.Error("the owner does not see it")
	}
	for _, role := range []string{RoleManager, RoleViewer, RoleService, RolePublishable} {
		if _, ok := d.As(Caller{Role: role}).fields().Lookup("profile.secret"); ok {
			t.Errorf("%s sees it", role)
		}
	}
}

func TestOnlyOwnersSayWhichRolesSeeAField(t *testing.T) {
	d := newFieldDesk(t)
	manager := d.As(Caller{Role: RoleManager})
	_, err := manager.AddField(t.Context(), NewField{Key: "profile.a", Kind: "String", Roles: []string{"viewer"}})
	wantsCode(t, "a manager adds with roles", err, CodeForbidden)
	d.add(NewField{Key: "profile.a", Roles: []string{"manager"}})
	d.add(NewField{Key: "profile.b", Roles: []string{"viewer"}})
	same := FieldPatch{LabelEN: ptr("A"), Roles: ptr([]string{"manager"})}
	if _, err := manager.PatchField(t.Context(), "profile.a", same, false, ""); err != nil {
		t.Errorf("roles sent back as they are: %v", err)
	}
	for _, roles := range [][]string{{}, {"manager", "viewer"}} {
		_, err := manager.PatchField(t.Context(), "profile.a", FieldPatch{LabelEN: ptr("changed"), Roles: &roles}, false, "")
		wantsCode(t, fmt.Sprint(roles), err, CodeForbidden)
	}
	if f, _ := d.Field("profile.a"); f.Field.Labels.EN != "A" {
		t.Error("a refused change was half done")
	}
	// What a manager cannot see is not there.
	_, err = manager.PatchField(t.Context(), "profile.b", FieldPatch{}, false, "")
	wantsCode(t, "PATCH", err, CodeNotFound)
	_, err = manager.DeleteField(t.Context(), "profile.b", true, "")
	wantsCode(t, "DELETE", err, CodeNotFound)
	_, err = manager.ConvertField(t.Context(), ConvertRequest{From: "profile.b", To: NewField{Key: "profile.c", Kind: "String"}})
	wantsCode(t, "convert", err, CodeNotFound)
	_, err = d.PatchField(t.Context(), "profile.plam", FieldPatch{}, false, "")
	wantsCode(t, "unknown", err, CodeNotFound)
	_, err = d.PatchField(t.Context(), "profile.emial", FieldPatch{}, false, "")
	if e := wantsCode(t, "misspelt", err, CodeNotFound); !strings.Contains(e.Message.EN, "profile.email") {
		t.Error(e.Message.EN)
	}
}

// A restriction, a hiding and a deletion hold from the next question on, also
// where the filter was compiled before.
func TestAChangeOfAFieldHoldsAtOnce(t *testing.T) {
	d := newFieldDesk(t)
	viewer := d.As(Caller{Role: RoleViewer})
	d.add(NewField{Key: "profile.plan"})
	d.put("a", `{"profile":{"plan":"gold"}}`)
	const filter = `profile.plan = "gold"`
	ask := func() (int, error) {
		a, err := viewer.Count(t.Context(), Question{Filter: filter})
		return int(a.Total), err
	}
	for range 3 {
		if n, err := ask(); n != 1 || err != nil {
			t.Fatalf("%d %v", n, err)
		}
	}
	d.patch("profile.plan", FieldPatch{Roles: ptr([]string{"manager"})}, false)
	if _, err := ask(); CodeOf(err) != CodeUnknownField {
		t.Errorf("restricted: %v", err)
	}
	if n := d.count(filter); n != 1 {
		t.Errorf("for the owner: %d", n)
	}
	d.patch("profile.plan", FieldPatch{Roles: ptr([]string{})}, false)
	if n, err := ask(); n != 1 || err != nil {
		t.Errorf("free again: %d %v", n, err)
	}
	d.patch("profile.plan", FieldPatch{Hidden: ptr(true)}, false)
	if c, _ := d.Complete(t.Context(), CompleteRequest{Filter: "profile.pl", Cursor: ptr(10)}); len(c.Candidates) > 0 && c.Candidates[0].Label == "profile.plan" {
		t.Error("a hidden field is offered")
	}
	if _, err := d.DeleteField(t.Context(), "profile.plan", true, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(); CodeOf(err) != CodeUnknownField {
		t.Errorf("deleted: %v", err)
	}
}

// Quick search does not find by a field from the moment that it is deleted.
func TestQuickSearchDoesNotReadADeletedField(t *testing.T) {
	d := newFieldDesk(t)
	d.put("a", `{"profile":{"email":"hana@x.jp"}}`)
	ask := func() int {
		a, err := d.Count(t.Context(), Question{Q: "hana@x.jp"})
		if err != nil {
			t.Fatal(err)
		}
		return int(a.Total)
	}
	if n := ask(); n != 1 {
		t.Fatalf("%d found before", n)
	}
	if _, err := d.DeleteField(t.Context(), "profile.email", false, ""); err != nil {
		t.Fatal(err)
	}
	if n := ask(); n != 0 {
		t.Errorf("%d found after", n)
	}
}

func TestOneCallSetsTheOrderOfWhatTheCallerSees(t *testing.T) {
	d := newFieldDesk(t)
	d.patch("memberId", FieldPatch{Roles: ptr([]string{"viewer"})}, false) // second of all
	manager := d.As(Caller{Role: RoleManager})
	keysOf := func(s *Service) (keys []string) {
		for _, f := range s.Fields() {
			keys = append(keys, f.Key)
		}
		return keys
	}
	order := keysOf(manager)
	order[0], order[1] = order[1], order[0]
	if err := manager.OrderFields(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	all := keysOf(d.Service)
	if all[0] != "tags" || all[1] != "memberId" || all[2] != "lastSeenAt" || len(all) != 40 {
		t.Errorf("%v", all[:4])
	}
	err := d.OrderFields(t.Context(), append([]string{"nmae", "tags", "tags"}, all[3:]...))
	e := wantsCode(t, "faults", err, CodeInvalidValue)
	if len(e.Values) != 3 || !strings.Contains(e.Values[0].Message.EN, "name") || e.Values[1].Field != "keys[2]" || !strings.Contains(e.Values[2].Message.EN, "memberId, lastSeenAt") {
		t.Errorf("%+v", e.Values)
	}
	wantsCode(t, "a key that it does not see", manager.OrderFields(t.Context(), append([]string{"memberId"}, order...)), CodeInvalidValue)
}

func TestDeletedThenAddedAgainTheFieldIsEmptyEverywhere(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.plan"})
	before := d.put("a", `{"profile":{"plan":"gold"}}`)
	d.put("gone", `{"profile":{"plan":"gold"}}`)
	if _, err := d.Delete(t.Context(), DeleteRequest{ID: "gone"}); err != nil {
		t.Fatal(err)
	}
	at, _ := d.store.Customer("a")
	if _, err := d.DeleteField(t.Context(), "profile.plan", false, ""); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"profile.plan", "profile.Plan"} {
		_, err := d.AddField(t.Context(), NewField{Key: key, Kind: "Number"})
		if e := wantsCode(t, key, err, CodeExists); !strings.Contains(e.Message.EN, "being deleted") {
			t.Error(e.Message)
		}
	}
	report, err := d.Import(t.Context(), ImportRequest{Sources: []table.Source{fileOf(t, "x.csv", "profile.plan\n5\n")}, CreateFields: true})
	if err == nil {
		t.Errorf("an import took the key: %+v", report)
	}
	if leaving, err := d.As(Caller{Role: RoleViewer}).Leaving(); err != nil || len(leaving) != 1 {
		t.Errorf("%+v %v", leaving, err)
	}
	d.Upkeep(t.Context())
	d.add(NewField{Key: "profile.plan", Kind: "Number"})
	if d.count("profile.plan IS SET") != 0 {
		t.Error("a search finds old values")
	}
	found, err := d.Search(t.Context(), SearchRequest{Facets: []FacetRequest{{Field: "profile.plan"}}})
	if err != nil || len(found.Customers) != 1 || strings.Contains(string(found.Customers[0]), "plan") {
		t.Errorf("%s %v", found.Customers, err)
	}
	if c, _ := d.store.Customer("a"); !c.Record.Get("updatedAt").Equal(at.Record.Get("updatedAt")) || c.Seq <= before.Seq {
		t.Errorf("%v after %v", c, at)
	}
	back, err := d.Restore(t.Context(), RestoreRequest{ID: "gone"})
	if err != nil || strings.Contains(string(back.Customer), "plan") || d.count("profile.plan IS SET") != 0 {
		t.Errorf("an undone deletion brings the value back: %s %v", back.Customer, err)
	}
	for _, f := range found.Facets {
		if f.Missing != 1 {
			t.Errorf("%+v", f)
		}
	}
}
