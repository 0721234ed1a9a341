package service

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"meibo/dsl/schema"
	"meibo/store"
)

// profileOf writes a customer by Patch or Put and gives its profile, or the
// codes of the refusal with their fields.
func profileOf(t *testing.T, s *Service, operation, id, body string) (profile string, faults []string) {
	t.Helper()
	write := s.Patch
	if operation == "PUT" {
		write = s.Put
	}
	answer, err := write(t.Context(), EditRequest{ID: id, Body: []byte(body)})
	var refusal *Error
	if errors.As(err, &refusal) {
		for _, v := range refusal.Values {
			faults = append(faults, v.Field+" "+v.Code)
		}
		if len(faults) == 0 {
			faults = []string{string(refusal.Code)}
		}
		slices.Sort(faults)
		return "", faults
	}
	if err != nil {
		t.Fatal(err)
	}
	_, profile, _ = strings.Cut(string(answer.Customer), `"profile":`)
	return strings.TrimSuffix(profile, "}"), nil
}

// A value of profileOnce is for a field that has none; whatever profile says is
// done first, wherever it stands.
func TestProfileOnceFillsWhatIsEmpty(t *testing.T) {
	s, _ := newWriter(t)
	hide(t, s, "profile.lastCheckoutCompletedAt")
	for i, c := range []struct{ before, operation, body, want string }{
		{`{}`, "PATCH", `{"profileOnce":{"name":"a"}}`, `{"name":"a"}`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce":{"name":"b"}}`, `{"name":"a"}`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce.name":"b","profileOnce":{"email":"e@x.jp"}}`, `{"email":"e@x.jp","name":"a"}`},
		// Blank values, null and an empty group ask for nothing.
		{`{"name":"a"}`, "PATCH", `{"profileOnce":{"name":null,"email":" "}}`, `{"name":"a"}`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce":null}`, `{"name":"a"}`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce":{}}`, `{"name":"a"}`},
		// Both for one field: the plain one first, in either order of the text.
		{`{}`, "PATCH", `{"profileOnce":{"name":"once"},"profile":{"name":"plain"}}`, `{"name":"plain"}`},
		{`{}`, "PATCH", `{"profile":{"name":"plain"},"profileOnce":{"name":"once"}}`, `{"name":"plain"}`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce":{"name":"once"},"profile":{"name":null}}`, `{"name":"once"}`},
		{`{}`, "PATCH", `{"profileOnce":{"name":"once"},"profile":{"name":" "}}`, `{"name":"once"}`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce":{"name":"once"},"profile":null}`, `{"name":"once"}`},
		// Write-once fields: the first value stays, silently here.
		{`{}`, "PATCH", `{"profileOnce":{"utmSource":"a"}}`, `{"utmSource":"a"}`},
		{`{"utmSource":"a"}`, "PATCH", `{"profileOnce":{"utmSource":"b"}}`, `{"utmSource":"a"}`},
		{`{}`, "PATCH", `{"profileOnce":{"utmSource":"b"},"profile":{"utmSource":"a"}}`, `{"utmSource":"a"}`},
		{`{"utmSource":"a"}`, "PATCH", `{"profileOnce":{"utmSource":"b"},"profile":{"utmSource":"c"}}`, `profile.utmSource write_once`},
		// A replacing write clears what is not named; profileOnce names a field
		// that it has a value for, and never replaces one.
		{`{"name":"a","email":"e@x.jp"}`, "PUT", `{"profileOnce":{"name":"b"}}`, `{"name":"a"}`},
		{`{"name":"a"}`, "PUT", `{"profileOnce":{"name":"b","email":"e@x.jp"}}`, `{"email":"e@x.jp","name":"a"}`},
		{`{"name":"a"}`, "PUT", `{"profileOnce":{"name":"b"},"profile":{"name":null}}`, `{"name":"b"}`},
		{`{"name":"a"}`, "PUT", `{"profileOnce":{"name":null}}`, ``},
		{`{"utmSource":"a"}`, "PUT", `{"profileOnce":{"utmSource":"b"}}`, `{"utmSource":"a"}`},
		// All that is wrong, at once, named as profile fields.
		{`{"name":"a"}`, "PATCH", `{"profileOnce":{"nam":"b","email":5,"lastCheckoutCompletedAt":"2026-01-01"},"profile":{"x":1}}`,
			`profile.email wrong_kind,profile.lastCheckoutCompletedAt hidden_field,profile.nam unknown_field,profile.x unknown_field`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce":"b"}`, `profileOnce wrong_kind`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce":["b"]}`, `profileOnce wrong_kind`},
		{`{"name":"a"}`, "PATCH", `{"profileOnce":{"name":"b","name":"c"}}`, `bad_request`},
		{`{"name":"a"}`, "PATCH", `{"profileOnces":{"name":"b"}}`, `profileOnces.name unknown_field`},
	} {
		id := strings.Repeat("x", i+1)
		if _, faults := profileOf(t, s, "PUT", id, `{"profile":`+c.before+`}`); faults != nil {
			t.Fatal(faults)
		}
		got, faults := profileOf(t, s, c.operation, id, c.body)
		if faults != nil {
			got = strings.Join(faults, ",")
		}
		if got != c.want {
			t.Errorf("%s %s on %s: %s, want %s", c.operation, c.body, c.before, got, c.want)
		}
	}
}

func hide(t *testing.T, s *Service, key string) {
	t.Helper()
	f, ok := s.store.Fields().Lookup(key)
	if !ok {
		t.Fatal(key)
	}
	f.Hidden = true
	if _, err := s.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFields([]schema.Field{f}) }); err != nil {
		t.Fatal(err)
	}
}

// Whether a hidden field has a value cannot be found out by profileOnce, and
// null for the whole group leaves it alone.
func TestAHiddenFieldIsHiddenFromEdits(t *testing.T) {
	s, _ := newWriter(t)
	profileOf(t, s, "PUT", "with", `{"profile":{"description":"secret","name":"a"}}`)
	profileOf(t, s, "PUT", "without", `{"profile":{"name":"a"}}`)
	hide(t, s, "profile.description")
	for _, id := range []string{"with", "without"} {
		for _, body := range []string{`{"profileOnce":{"description":"x"}}`, `{"profile":{"description":"x"}}`} {
			if _, faults := profileOf(t, s, "PATCH", id, body); !slices.Equal(faults, []string{"profile.description hidden_field"}) {
				t.Errorf("%s %s: %s", id, body, faults)
			}
		}
		if profile, faults := profileOf(t, s, "PATCH", id, `{"profile":null}`); profile != "" || faults != nil {
			t.Errorf("%s: %s %s", id, profile, faults)
		}
	}
	c, err := s.store.Customer("with")
	if err != nil || c.Record.Get("profile.description").Text() != "secret" {
		t.Errorf("%v %v", c.Record, err)
	}
}
