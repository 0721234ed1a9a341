package service

import (
	"testing"

	"meibo/dsl/schema"
)

// The tag moves with what its reader can edit, and with nothing else.
func TestTheETagCoversWhatTheCallerCanEdit(t *testing.T) {
	s, _ := newWriter(t)
	addFields(t, s, schema.Field{Key: "profile.secret", Kind: schema.String, Write: schema.WriteManager, Roles: []string{RoleManager}})
	owner, viewer := s, s.As(Caller{Role: RoleViewer})
	mustApply(t, s, Write{ID: "a", Edits: []Edit{{Key: "profile.name", Value: schema.Text("x")}, {Key: "profile.description", Value: schema.Text("x")}}})
	tags := func() [2]string {
		c, err := s.store.Customer("a")
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{owner.ETag(c.Record), viewer.ETag(c.Record)}
	}
	for _, c := range []struct {
		key           string
		value         schema.Value
		owner, viewer bool // whether the tag moves
	}{
		{"profile.name", schema.Text("y"), true, true},
		{"profile.name", schema.Value{}, true, true},
		{schema.TagsField, schema.Strings("a"), true, true},
		{"unsubscribeEmail", schema.Bool(true), true, true},
		{"unsubscribeTexting", schema.Bool(false), true, true},
		{"profile.secret", schema.Text("s"), true, false},
		// What a touch writes.
		{schema.LastSeenField, schema.At(5), false, false},
		{"web.lastSeenAt", schema.At(5), false, false},
		{"web.sessionsCount", schema.Num(3), false, false},
		{"sessionsCount", schema.Num(3), false, false},
		{schema.UpdatedAtField, schema.At(7), false, false},
		{"city", schema.Text("東京"), false, false},
		{schema.NameField, schema.Text("member data"), false, false},
		{schema.MemberIDField, schema.Text("m"), false, false},
	} {
		before := tags()
		mustApply(t, s, Write{ID: "a", Policy: Policy{Primitive: true}, Edits: []Edit{{Key: c.key, Value: c.value}}})
		after := tags()
		if moved := [2]bool{before[0] != after[0], before[1] != after[1]}; moved != [2]bool{c.owner, c.viewer} {
			t.Errorf("%s to %v: moved for owner and viewer %v", c.key, c.value, moved)
		}
	}
	// Hiding a field changes what can be edited; its value then counts no more.
	hide(t, s, "profile.description")
	c, err := s.store.Customer("a")
	if err != nil {
		t.Fatal(err)
	}
	changed := c.Record.Clone()
	changed.Set("profile.description", schema.Text("other"))
	if s.ETag(c.Record) != s.ETag(changed) {
		t.Error("a hidden field moves the tag")
	}
}
