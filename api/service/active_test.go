package service

import (
	"fmt"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// tokyo is a moment by the clocks of Tokyo.
func tokyo(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05.000", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestMonthlyActiveCustomersByTheClocksOfTokyo(t *testing.T) {
	d := newSite(t)
	d.now = tokyo(t, "2026-10-31 23:59:59.999")
	a := d.boot(d.page(), `{}`)
	d.now = tokyo(t, "2026-11-01 00:00:00.000")
	b := d.boot(d.page(), `{}`)
	d.touch(b.ID, `{"platform":"web","at":`+millis(d.now)+`}`) // again: nothing moves
	d.now = tokyo(t, "2026-11-30 23:59:59.999")
	d.touch(a.ID, `{"platform":"web"}`)
	d.touch(a.ID, `{"platform":"mobile"}`)
	d.now = tokyo(t, "2026-12-01 00:00:00.000")
	d.touch(b.ID, `{"platform":"web"}`)
	want := func(counts ...uint64) {
		t.Helper()
		for i, month := range []string{"2026-10", "2026-11", "2026-12", "2027-01"} {
			if got := d.active(month); got != counts[i] {
				t.Errorf("%s: %d, want %d", month, got, counts[i])
			}
		}
	}
	want(1, 2, 1, 0)
	d.restart()
	want(1, 2, 1, 0)
	// a signs in where b is the member: one person in every month.
	d.boot(d.page(), `{`+d.proof("m")+`,"visitorToken":"`+b.VisitorToken+`"}`)
	d.boot(d.page(), `{`+d.proof("m")+`,"visitorToken":"`+a.VisitorToken+`"}`)
	want(1, 1, 1, 0)
	d.restart()
	want(1, 1, 1, 0)
	settings := d.store.Settings() // what was counted stays where it was
	settings.Zone = time.UTC
	d.must(d.store.PutSettings(t.Context(), settings))
	d.now = tokyo(t, "2027-01-01 00:00:00.000")
	d.boot(d.page(), `{}`) // the last afternoon of December in UTC
	want(1, 1, 2, 0)
}

// updatedAt moves on touch, boot and a changed profile field; tags, opt-outs
// and what changes nothing leave it. The month counts whose did.
func TestWhatMovesUpdatedAt(t *testing.T) {
	body := func(s string) []byte { return []byte(s) }
	patch := func(text string) func(*site) error {
		return func(d *site) error {
			_, err := d.owner().Patch(d.t.Context(), EditRequest{ID: "m", Body: body(text)})
			return err
		}
	}
	form := func(text string) func(*site) error {
		return func(d *site) error { _, err := d.Form(d.t.Context(), body(text)); return err }
	}
	imports := func(text string, system bool) func(*site) error {
		return func(d *site) error { d.imports(text, system); return nil }
	}
	boot := func(text string) func(*site) error {
		return func(d *site) error { _, err := d.Boot(d.t.Context(), body(text)); return err }
	}
	for name, c := range map[string]struct {
		do    func(*site) error
		moves bool
	}{
		"touch":                         {func(d *site) error { d.touch("m", `{"platform":"web"}`); return nil }, true},
		"late touch":                    {func(d *site) error { d.touch("m", `{"platform":"web","at":1000}`); return nil }, false},
		"repeated touch":                {func(d *site) error { d.touch("m", `{"platform":"web","at":2000}`); return nil }, false},
		"boot":                          {boot(`{"memberId":"m","platform":"web"}`), true},
		"late boot":                     {boot(`{"memberId":"m","platform":"web","at":2000}`), false},
		"late boot with a new answer":   {boot(`{"memberId":"m","platform":"web","at":2000,"profile":{"name":"b"}}`), true},
		"boot that is no visit":         {boot(`{"memberId":"m","language":"en","name":"x"}`), false},
		"profile":                       {patch(`{"profile":{"name":"b"}}`), true},
		"profile cleared":               {patch(`{"profile":{"name":null}}`), true},
		"the same profile":              {patch(`{"profile":{"name":"a"}}`), false},
		"tags":                          {patch(`{"tags":["x"]}`), false},
		"opt-outs":                      {patch(`{"unsubscribeEmail":true,"unsubscribeTexting":true}`), false},
		"nothing":                       {patch(`{}`), false},
		"form":                          {form(`{"id":"m","profile":{"name":"b"}}`), true},
		"form that changes nothing":     {form(`{"id":"m","profile":{"name":"a"},"profileOnce":{"name":"c"}}`), false},
		"import":                        {imports(`{"id":"m","profile":{"name":"b"}}`, false), true},
		"import with updatedAt":         {imports(`{"id":"m","updatedAt":5000,"profile":{"name":"b"}}`, true), false},
		"system import without it":      {imports(`{"id":"m","profile":{"name":"b"}}`, true), true},
		"system import of other fields": {imports(`{"id":"m","city":"東京"}`, true), false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newSite(t)
			d.system("m", Edit{Key: schema.MemberIDField, Value: schema.Text("m")}, Edit{Key: schema.UpdatedAtField, Value: schema.At(3000)},
				Edit{Key: "web.lastSeenAt", Value: schema.At(2000)}, Edit{Key: "profile.name", Value: schema.Text("a")})
			if n := d.active("1970-01") + d.active("2026-11"); n != 0 {
				t.Fatalf("an import that brings updatedAt counts %d", n)
			}
			d.must(c.do(d))
			moved, n := d.record("m").Get(schema.UpdatedAtField).Millis() == d.now.UnixMilli(), d.active("2026-11")
			if moved != c.moves || (n == 1) != c.moves || d.active("1970-01") != 0 {
				t.Errorf("updatedAt %s, %d active", d.record("m").Get(schema.UpdatedAtField), n)
			}
		})
	}
}

func TestNewCustomersAreActive(t *testing.T) {
	d := newSite(t)
	for i, create := range []func(){
		func() { d.boot(d.page(), `{}`) },
		func() { d.boot(d.Service, `{"memberId":"m1"}`) },
		func() { _, err := d.owner().Put(t.Context(), EditRequest{ID: "c1", Body: []byte(`{}`)}); d.must(err) },
		func() {
			_, err := d.owner().Put(t.Context(), EditRequest{MemberID: "m2", Body: []byte(`{}`)})
			d.must(err)
		},
		func() { d.imports(`{"profile":{"name":"a"}}`, false) },
		func() { d.imports(`{"city":"東京"}`, true) },
	} {
		create()
		if got := d.active("2026-11"); got != uint64(i+1) {
			t.Errorf("after %d: %d", i+1, got)
		}
	}
	d.must(deleteOne(d, "c1"))
	if got := d.active("2026-11"); got != 6 {
		t.Errorf("who was active stays so: %d", got)
	}
}

func TestMonthsHaveOneForm(t *testing.T) {
	d := newSite(t)
	for _, month := range []string{"", "0000-00", "0000-01", "2026-00", "2026-13", "2026-1", "２０２６-11", "2026-11 ", fmt.Sprint(202611)} {
		if _, err := d.MonthlyActive(month); CodeOf(err) != CodeBadRequest {
			t.Errorf("%q: %v", month, err)
		}
	}
}
