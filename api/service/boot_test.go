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

func TestABrowserIsTheSameCustomerTheNextTime(t *testing.T) {
	d := newSite(t)
	first := d.boot(d.page(), `{}`)
	d.restart()
	again := d.boot(d.page(), `{"visitorToken":"`+first.VisitorToken+`"}`)
	if again.ID != first.ID || again.VisitorToken != first.VisitorToken {
		t.Errorf("%+v, then %+v", first, again)
	}
	d.must(deleteOne(d, first.ID))
	for name, token := range map[string]string{"deleted": first.VisitorToken, "none": "", "noise": "x!", "cut": first.VisitorToken[2:], "of another key": visitorKey("other").token(first.ID)} {
		before := d.store.Len()
		if a := d.boot(d.page(), `{"visitorToken":"`+token+`"}`); a.ID == first.ID || d.store.Len() != before+1 {
			t.Errorf("%s: %+v is no new customer", name, a)
		}
	}
	for _, id := range []string{first.ID, "none"} {
		if _, err := d.Touch(t.Context(), TouchRequest{ID: id, Body: []byte(`{"platform":"web"}`)}); CodeOf(err) != CodeNotFound {
			t.Errorf("a touch of %s: %v", id, err)
		}
	}
	if _, err := d.page().Touch(t.Context(), TouchRequest{ID: first.ID, Body: []byte(`{"platform":"web","visitorToken":"` + first.VisitorToken + `"}`)}); CodeOf(err) != CodeNotFound {
		t.Errorf("a touch of the deleted: %v", err)
	}
}

func deleteOne(d *site, id string) error {
	_, err := d.owner().Delete(d.t.Context(), DeleteRequest{ID: id})
	return err
}

func TestAnAnonymousCustomerWhoSignsInIsTheMember(t *testing.T) {
	d := newSite(t)
	anonymous := d.boot(d.page(), `{"profile":{"email":"a@x.jp"}}`)
	member := d.boot(d.page(), `{`+d.proof("m1")+`,"visitorToken":"`+anonymous.VisitorToken+`","name":"佐藤"}`)
	if member.ID != anonymous.ID {
		t.Errorf("%s became %s where nobody had the memberId", anonymous.ID, member.ID)
	}
	d.holds(member.ID, `memberId="m1"`, "member=true", `name="佐藤"`, `profile.email="a@x.jp"`)

	second := d.boot(d.page(), `{"profile":{"description":"second"}}`)
	merged := d.boot(d.page(), `{`+d.proof("m1")+`,"visitorToken":"`+second.VisitorToken+`"}`)
	if merged.ID != member.ID || d.store.Len() != 1 {
		t.Errorf("%+v, %d customers", merged, d.store.Len())
	}
	d.holds(member.ID, `profile.description="second"`, `profile.email="a@x.jp"`, `name="佐藤"`)
	d.restart()

	// The old id leads there: refused with the target where it is named for
	// itself, followed by what comes in.
	for name, call := range map[string]func() error{
		"GET": func() error { _, err := d.owner().Get(t.Context(), second.ID); return err },
		"PUT": func() error {
			_, err := d.owner().Put(t.Context(), EditRequest{ID: second.ID, Body: []byte(`{}`)})
			return err
		},
		"PATCH": func() error {
			_, err := d.owner().Patch(t.Context(), EditRequest{ID: second.ID, Body: []byte(`{}`)})
			return err
		},
		"DELETE": func() error { return deleteOne(d, second.ID) },
	} {
		var e *Error
		if err := call(); !errors.As(err, &e) || e.Code != CodeMerged || e.Target != member.ID {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.now = d.now.Add(time.Hour)
	if a := d.touch(second.ID, `{"platform":"web"}`); a.ID != member.ID || a.Status != Updated {
		t.Errorf("%+v", a)
	}
	for i, call := range []func() (IngestAnswer, error){
		func() (IngestAnswer, error) {
			return d.page().Boot(t.Context(), []byte(`{"visitorToken":"`+second.VisitorToken+`"}`))
		},
		func() (IngestAnswer, error) {
			return d.page().Touch(t.Context(), TouchRequest{ID: second.ID, Body: []byte(`{"platform":"web","visitorToken":"` + second.VisitorToken + `"}`)})
		},
		func() (IngestAnswer, error) { // the browser has the member's id already, and an old token
			return d.page().Touch(t.Context(), TouchRequest{ID: member.ID, Body: []byte(`{"platform":"web","visitorToken":"` + second.VisitorToken + `"}`)})
		},
		func() (IngestAnswer, error) {
			return d.page().Form(t.Context(), []byte(`{"visitorToken":"`+second.VisitorToken+`"}`))
		},
		func() (IngestAnswer, error) {
			return d.Form(t.Context(), []byte(`{"id":"`+second.ID+`","profile":{"description":"form"}}`))
		},
	} {
		if a, err := call(); err != nil || a.ID != member.ID {
			t.Errorf("call %d: %+v, %v", i, a, err)
		}
	}
	batch, err := d.owner().Batch(t.Context(), BatchRequest{Body: fmt.Appendf(nil, `{"customers":[{"id":%q,"profile":{"description":"batch"}}]}`, second.ID)})
	if err != nil || batch.Results[0].ID != member.ID || batch.Results[0].Status != Updated {
		t.Errorf("%+v, %v", batch, err)
	}
	d.imports(fmt.Sprintf(`{"id":%q,"profile":{"email":"b@x.jp"}}`, second.ID), false)
	d.holds(member.ID, `profile.description="batch"`, `profile.email="b@x.jp"`)
	if x, err := d.owner().Get(t.Context(), member.ID); err != nil || x.Seq != d.store.Seq() || d.store.Len() != 1 {
		t.Errorf("%+v, %v", x, err)
	}
}

func TestTwoMembersNeverMerge(t *testing.T) {
	d := newSite(t)
	one := d.boot(d.page(), `{`+d.proof("m1")+`,"profile":{"description":"one"}}`)
	two := d.boot(d.page(), `{`+d.proof("m2")+`,"visitorToken":"`+one.VisitorToken+`"}`) // the same browser, another person
	if one.ID == two.ID || d.store.Len() != 2 {
		t.Fatalf("%+v, %+v", one, two)
	}
	again := d.boot(d.page(), `{`+d.proof("m2")+`,"visitorToken":"`+one.VisitorToken+`"}`)
	if again.ID != two.ID || d.store.Len() != 2 {
		t.Errorf("%+v", again)
	}
	d.holds(one.ID, `memberId="m1"`, `profile.description="one"`)
	d.holds(two.ID, `memberId="m2"`, "profile.description=")
}

// What a boot is refused for takes the merge back that it began with.
func TestARefusedBootMergesNobody(t *testing.T) {
	d := newSite(t)
	d.boot(d.Service, `{"memberId":"m1","profile":{"utmSource":"x"}}`)
	anonymous := d.boot(d.page(), `{}`)
	before := d.store.Seq()
	_, err := d.Boot(t.Context(), []byte(`{"memberId":"m1","visitorToken":"`+anonymous.VisitorToken+`","profile":{"utmSource":"y"}}`))
	if CodeOf(err) != CodeWriteOnce || d.store.Seq() != before || d.record(anonymous.ID).Len() == 0 {
		t.Errorf("%v, %d writes", err, d.store.Seq()-before)
	}
}

func TestWhatABootTakes(t *testing.T) {
	d := newSite(t)
	for body, want := range map[string]string{
		`{"tags":["x"],"city":"東京","web":null}`: "tags read_only",
		`{"name":"x"}`:                               "name read_only", // nobody has proved to be a member
		`{"name":"x","memberId":""}`:                 "name read_only",
		`{"member":true,"createdAt":1}`:              "member read_only, createdAt read_only",
		`{"web":{"sessionsCount":1,"lastSeenAt":1}}`: "web.sessionsCount read_only, web.lastSeenAt read_only",
		`{"profile":{"emial":"x"}}`:                  "profile.emial unknown_field",
		`{"memberId":5,"platform":"tv"}`:             "memberId wrong_kind, platform bad_platform",
		`{"visitorToken":1}`:                         "visitorToken wrong_kind",
		`{"web":"x"}`:                                "web wrong_kind",
		`{"id":"c1"}`:                                "id read_only",
	} {
		for _, s := range []*Service{d.page(), d.Service} {
			_, err := s.Boot(t.Context(), []byte(body))
			if got := faultCodes(err); got != want {
				t.Errorf("%s: %q (%v), want %q", body, got, err, want)
			}
		}
	}
	if d.store.Seq() != 0 {
		t.Error("a refused boot has written")
	}
	if _, err := d.Boot(t.Context(), []byte(`{`)); CodeOf(err) != CodeBadRequest {
		t.Errorf("%v", err)
	}
	a := d.boot(d.page(), `{"platform":null,"at":null,"visitorToken":null,"memberHash":null,"web":null,"profile":null,"profileOnce":null,"hasPushToken":true,"mobile":{"appName":"app"}}`)
	d.holds(a.ID, "hasPushToken=true", `mobile.appName="app"`, "web.sessionsCount=1")
}

// A renewed secret ends what was proved with the old one.
func TestARenewedMemberSecret(t *testing.T) {
	d := newSite(t)
	old := d.proof("m1")
	d.boot(d.page(), `{`+old+`}`)
	_, err := d.RenewMemberSecret(t.Context())
	d.must(err)
	if _, err := d.page().Boot(t.Context(), []byte(`{`+old+`}`)); CodeOf(err) != CodeBadMemberHash {
		t.Errorf("%v", err)
	}
	d.boot(d.page(), `{`+d.proof("m1")+`}`)
}

// RFC 4231's second case, so that other languages' libraries agree.
func TestMemberHashIsHMACSHA256InHexadecimal(t *testing.T) {
	if got := MemberHash("Jefe", "what do ya want for nothing?"); got != "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Error(got)
	}
}

// A field that only some roles see is collected all the same by pages, which
// see nothing; a server that does not see it cannot write it.
func TestRestrictedFieldsAreCollected(t *testing.T) {
	d := newSite(t)
	f, _ := d.store.Fields().Lookup(schema.EmailField)
	f.Roles = []string{RoleManager}
	_, err := d.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFields([]schema.Field{f}) })
	d.must(err)
	a := d.boot(d.page(), `{"profile":{"email":"a@x.jp"}}`)
	d.holds(a.ID, `profile.email="a@x.jp"`)
	if _, err := d.Boot(t.Context(), []byte(`{"profile":{"email":"a@x.jp"}}`)); CodeOf(err) != CodeUnknownField {
		t.Errorf("%v", err)
	}
	if b := d.touch(a.ID, `{"platform":"web"}`); strings.Contains(string(b.Customer), "a@x.jp") {
		t.Errorf("%s", b.Customer)
	}
}
