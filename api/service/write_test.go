package service

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// newWriter is a service over a real store, without an index: writing needs
// none. The clock stands until moved.
func newWriter(t *testing.T) (*Service, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	kept, err := store.Open(t.TempDir(), store.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(Config{Store: kept, Clock: clock}), &now
}

// applyOne runs one write in a transaction of its own.
func applyOne(t *testing.T, s *Service, w Write) (Outcome, error) {
	t.Helper()
	var out Outcome
	_, err := s.store.Update(t.Context(), func(tx *store.Tx) (err error) {
		out, err = s.Apply(tx, w)
		return err
	})
	return out, err
}

func mustApply(t *testing.T, s *Service, w Write) schema.Record {
	t.Helper()
	out, err := applyOne(t, s, w)
	if err != nil {
		t.Fatal(err)
	}
	return out.Record
}

func TestASystemImportTakesPrimitiveFieldsAsTheyAre(t *testing.T) {
	s, now := newWriter(t)
	system := ImportPolicy(true)
	seen, created := schema.At(1700000000000), schema.At(1600000000000)
	r := mustApply(t, s, Write{ID: "c1", Policy: system, Edits: []Edit{
		{Key: schema.MemberIDField, Value: schema.Text("m1")}, {Key: schema.LastSeenField, Value: seen}, {Key: schema.CreatedAtField, Value: created},
		{Key: schema.UpdatedAtField, Value: seen}, {Key: schema.MemberField, Value: schema.Bool(false)}, {Key: "web.sessionsCount", Value: schema.Num(7)},
		{Key: "unsubscribeEmail", Value: schema.Bool(true)}, {Key: "profile.utmSource", Value: schema.Text("mail")}, {Key: "profile.name", Value: schema.Text("田中")}}})
	for key, want := range map[string]schema.Value{schema.LastSeenField: seen, schema.CreatedAtField: created, schema.UpdatedAtField: seen,
		schema.MemberField: schema.Bool(true), "web.sessionsCount": schema.Num(7)} {
		if got := r.Get(key); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
	*now = now.Add(time.Hour)
	r = mustApply(t, s, Write{ID: "c1", Policy: system, Edits: []Edit{
		{Key: schema.UpdatedAtField, Value: seen}, {Key: "profile.name", Value: schema.Text("鈴木")},
		{Key: "unsubscribeEmail", Value: schema.Bool(false)}, {Key: "profile.utmSource", Value: schema.Text("web")}}})
	for key, want := range map[string]schema.Value{
		schema.UpdatedAtField: seen, // brought, though equal to what is stored
		"unsubscribeEmail":    schema.Bool(true), "profile.utmSource": schema.Text("mail"), "profile.name": schema.Text("鈴木")} {
		if got := r.Get(key); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
	r = mustApply(t, s, Write{ID: "c1", Policy: system, Edits: []Edit{{Key: "profile.name", Value: schema.Text("佐藤")}}})
	if got := r.Get(schema.UpdatedAtField); !got.Equal(schema.At(now.UnixMilli())) {
		t.Errorf("updatedAt %v: a changed profile moves it where the import brings none", got)
	}
	r = mustApply(t, s, Write{ID: "c1", Policy: system, Edits: []Edit{{Key: schema.MemberIDField, Value: schema.Value{}}}})
	if r.Get(schema.MemberField).Bool() {
		t.Error("member stays true without a memberId")
	}
}

func TestTwoCustomersCannotHaveOneMemberID(t *testing.T) {
	s, _ := newWriter(t)
	member := []Edit{{Key: schema.MemberIDField, Value: schema.Text("m1")}}
	mustApply(t, s, Write{ID: "a", Policy: ImportPolicy(true), Edits: member})
	_, err := applyOne(t, s, Write{ID: "b", Policy: ImportPolicy(true), Edits: member})
	if CodeOf(err) != CodeMemberTaken {
		t.Fatalf("%v", err)
	}
	// In a transaction of several, the others go on.
	_, err = s.store.Update(t.Context(), func(tx *store.Tx) error {
		if _, err := s.Apply(tx, Write{ID: "b", Policy: ImportPolicy(true), Edits: member}); CodeOf(err) != CodeMemberTaken {
			return fmt.Errorf("second time: %w", err)
		}
		_, err := s.Apply(tx, Write{ID: "c"})
		return err
	})
	if err != nil || s.store.Len() != 2 {
		t.Errorf("%v, %d customers", err, s.store.Len())
	}
}

func TestPoliciesJudgeEachKindOfField(t *testing.T) {
	people, plain, system := PeoplePolicy(), ImportPolicy(false), ImportPolicy(true)
	field := func(key string, write schema.Write) schema.Field {
		return schema.Field{Key: key, Kind: schema.String, Write: write}
	}
	hidden := field("profile.h", schema.WriteManager)
	hidden.Hidden = true
	some, other, none := schema.Text("a"), schema.Text("b"), schema.Value{}
	for _, c := range []struct {
		field               schema.Field
		old, value          schema.Value
		people, file, owner string // "" applies, "-" is ignored, else the fault's code
	}{
		{field("city", schema.WriteSystem), none, some, "read_only", "read_only", ""},
		{field("city", schema.WriteSystem), some, some, "-", "-", "-"},
		{field("city", schema.WriteSystem), some, none, "read_only", "read_only", ""},
		{field("id", schema.WriteSystem), some, other, "read_only", "read_only", "read_only"},
		{field("member", schema.WriteSystem), some, other, "read_only", "read_only", "-"},
		{field("profile.x", schema.WriteManager), some, other, "", "", ""},
		{field("profile.x", schema.WriteSystem), some, other, "", "", ""}, // a profile field is never the system's own
		{field("tags", schema.WriteManager), some, none, "", "", ""},
		{field("profile.once", schema.WriteOnce), none, some, "", "", ""},
		{field("profile.once", schema.WriteOnce), some, other, "write_once", "write_once", "-"},
		{field("profile.once", schema.WriteOnce), some, none, "write_once", "write_once", "-"},
		{hidden, none, some, "hidden_field", "hidden_field", "-"},
		{hidden, some, some, "-", "-", "-"},
		{field("unsubscribeEmail", schema.WriteManager), schema.Bool(true), schema.Bool(false), "", "-", "-"},
		{field("unsubscribeTexting", schema.WriteManager), schema.Bool(true), none, "", "-", "-"},
		{field("unsubscribeEmail", schema.WriteManager), none, schema.Bool(true), "", "", ""},
	} {
		for i, p := range []Policy{people, plain, system} {
			want := [...]string{c.people, c.file, c.owner}[i]
			v, told := p.judge(c.field, c.old, Edit{Key: c.field.Key, Value: c.value})
			got := map[verdict]string{apply: "", ignore: "-", fault: told.Code}[v]
			if got != want {
				t.Errorf("%s from %v to %v with %+v: %q, want %q", c.field.Key, c.old, c.value, p, got, want)
			}
		}
	}
}

func TestHiddenFieldsAreShownNowhereAndStayThere(t *testing.T) {
	s, _ := newWriter(t)
	put := func(body string) (EditAnswer, error) {
		return s.Put(t.Context(), EditRequest{ID: "c1", Body: []byte(body)})
	}
	if _, err := put(`{"profile":{"description":"secret","name":"a"}}`); err != nil {
		t.Fatal(err)
	}
	f, _ := s.store.Fields().Lookup("profile.description")
	f.Hidden = true
	if _, err := s.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFields([]schema.Field{f}) }); err != nil {
		t.Fatal(err)
	}
	answer, err := put(`{"profile":{"name":"b"}}`)
	if err != nil || strings.Contains(string(answer.Customer), "secret") {
		t.Errorf("%s %v", answer.Customer, err)
	}
	if _, err := put(`{"profile":{"description":"new"}}`); CodeOf(err) != CodeHiddenField {
		t.Errorf("%v", err)
	}
	c, err := s.store.Customer("c1")
	if err != nil || c.Record.Get("profile.description").Text() != "secret" {
		t.Errorf("what was stored stays: %v %v", c.Record.Get("profile.description"), err)
	}
}

func TestTheGravestFaultNamesTheRefusal(t *testing.T) {
	fault := func(codes ...string) []schema.ValueError {
		var list []schema.ValueError
		for _, c := range codes {
			list = append(list, schema.ValueError{Field: c, Code: c, Message: schema.Words{EN: c}})
		}
		return list
	}
	for _, c := range []struct {
		codes []string
		want  Code
	}{
		{[]string{"write_once"}, CodeWriteOnce}, {[]string{"write_once", "read_only"}, CodeReadOnly},
		{[]string{"read_only", "hidden_field"}, CodeHiddenField}, {[]string{"hidden_field", "bad_number"}, CodeInvalidValue},
		{[]string{"bad_number", "unknown_field", "read_only"}, CodeUnknownField},
	} {
		if e := refuseValues(fault(c.codes...)); e.Code != c.want || len(e.Values) != len(c.codes) || codeOfFault(e.Message.EN) != c.want {
			t.Errorf("%v: %s (%s), want %s", c.codes, e.Code, e.Message.EN, c.want)
		}
	}
}

func TestAStoreThatDoesNotWriteAnyMoreIsSaidToBe(t *testing.T) {
	if err := refuseStore(fmt.Errorf("commit: %w", store.ErrReadOnly)); CodeOf(err) != CodeStoreReadOnly || !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("%v", err)
	}
	if err := refuseStore(nil); err != nil {
		t.Errorf("%v", err)
	}
}
