package service

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestASessionIsThirtyMinutesOnOnePlatform(t *testing.T) {
	for gap, sessions := range map[time.Duration]int{
		30*time.Minute - time.Millisecond: 1, 30 * time.Minute: 1, 30*time.Minute + time.Millisecond: 2,
	} {
		for name, again := range map[string]func(d *site, a IngestAnswer){
			"touch":         func(d *site, a IngestAnswer) { d.touch(a.ID, `{"platform":"web"}`) },
			"touch with at": func(d *site, a IngestAnswer) { d.touch(a.ID, `{"platform":"web","at":`+millis(d.now)+`}`) },
			"boot":          func(d *site, a IngestAnswer) { d.boot(d.page(), `{"visitorToken":"`+a.VisitorToken+`"}`) },
		} {
			t.Run(fmt.Sprint(gap, " ", name), func(t *testing.T) {
				d := newSite(t)
				a := d.boot(d.page(), `{}`)
				d.holds(a.ID, "web.sessionsCount=1", "sessionsCount=1", "lastSeenAt="+millis(d.now), "createdAt="+millis(d.now), "mobile.sessionsCount=")
				d.now = d.now.Add(gap)
				again(d, a)
				d.holds(a.ID, fmt.Sprint("web.sessionsCount=", sessions), fmt.Sprint("sessionsCount=", sessions),
					"web.lastSeenAt="+millis(d.now), "lastSeenAt="+millis(d.now), "updatedAt="+millis(d.now), "createdAt="+millis(siteStart))
				d.now = d.now.Add(30 * time.Minute) // counted from the last visit, not from the session's first
				d.touch(a.ID, `{"platform":"web"}`)
				d.holds(a.ID, fmt.Sprint("web.sessionsCount=", sessions))
			})
		}
	}
}

func TestPlatformsCountTheirOwnSessions(t *testing.T) {
	d := newSite(t)
	a := d.boot(d.Service, `{"platform":"web"}`)
	d.now = d.now.Add(time.Minute)
	d.touch(a.ID, `{"platform":"mobile"}`)
	d.holds(a.ID, "web.sessionsCount=1", "mobile.sessionsCount=1", "sessionsCount=2")
	d.now = d.now.Add(30 * time.Minute)
	d.touch(a.ID, `{"platform":"web"}`) // 31 minutes after the web's last visit
	d.touch(a.ID, `{"platform":"mobile"}`)
	d.holds(a.ID, "web.sessionsCount=2", "mobile.sessionsCount=1", "sessionsCount=3")
}

func TestLateAndRepeatedTouchesChangeNothing(t *testing.T) {
	d := newSite(t)
	a := d.boot(d.Service, `{"platform":"web","language":"ja"}`)
	d.now = d.now.Add(time.Hour)
	seen := d.now
	d.touch(a.ID, `{"platform":"web"}`)
	before, seq := d.record(a.ID), d.store.Seq()
	d.now = d.now.Add(time.Hour)
	for _, at := range []time.Time{seen, seen.Add(-time.Millisecond), siteStart, time.UnixMilli(0)} {
		if got := d.touch(a.ID, `{"platform":"web","language":"en","web":{"browser":"x"},"at":`+millis(at)+`}`); got.Status != Unchanged || got.Seq != seq {
			t.Errorf("at %v: %+v", at, got)
		}
		d.boot(d.Service, `{"visitorToken":"`+a.VisitorToken+`","platform":"web","language":"en","at":`+millis(at)+`}`)
	}
	if !d.record(a.ID).Equal(before) || d.store.Seq() != seq {
		t.Errorf("%v became %v", before, d.record(a.ID))
	}
	// Late for the app is not late for the site, and never lowers lastSeenAt.
	d.touch(a.ID, `{"platform":"mobile","at":`+millis(siteStart)+`}`)
	d.holds(a.ID, "mobile.lastSeenAt="+millis(siteStart), "lastSeenAt="+millis(seen), "sessionsCount=3")
	d.touch(a.ID, `{"platform":"web","at":`+millis(seen.Add(time.Millisecond))+`}`)
	d.holds(a.ID, "lastSeenAt="+millis(seen.Add(time.Millisecond)), "sessionsCount=3")
}

func TestTimesOfVisits(t *testing.T) {
	d := newSite(t)
	future := d.boot(d.Service, `{"platform":"web","at":`+millis(d.now.Add(time.Hour))+`}`)
	d.holds(future.ID, "lastSeenAt="+millis(d.now), "createdAt="+millis(d.now))
	text := d.boot(d.Service, `{"platform":"web","at":"2026-11-24T11:00:00+09:00"}`)
	d.holds(text.ID, "lastSeenAt="+millis(d.now.Add(-time.Hour)), "createdAt="+millis(d.now.Add(-time.Hour)), "updatedAt="+millis(d.now))
	for body, want := range map[string]string{
		`{"platform":"web","at":1764000000}`: "at seconds_date", `{"platform":"web","at":"soon"}`: "at bad_date", `{}`: "platform bad_platform", `{"platform":"tv"}`: "platform bad_platform",
		`{"platform":"web","at":true,"web":{"sessionsCount":5},"tags":["x"],"lastSeenAt":1,"oops":1,"profile":{"name":"x"}}`: "at wrong_kind, web.sessionsCount read_only, tags read_only, lastSeenAt read_only, oops unknown_field, profile.name read_only",
	} {
		_, err := d.Touch(t.Context(), TouchRequest{ID: text.ID, Body: []byte(body)})
		if got := faultCodes(err); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// Upserts, imports and forms are no visits; nor is a boot of a site's server
// that does not say where.
func TestOnlyTouchAndBootAreVisits(t *testing.T) {
	d := newSite(t)
	a := d.boot(d.Service, `{"memberId":"m","profile":{"name":"a"}}`)
	_, err := d.Form(t.Context(), []byte(`{"memberId":"m","profile":{"name":"b"}}`))
	d.must(err)
	_, err = d.owner().Put(t.Context(), EditRequest{ID: a.ID, Body: []byte(`{"profile":{"name":"c"}}`)})
	d.must(err)
	d.imports(`{"memberId":"m","profile":{"name":"d"}}`, false)
	_, err = d.owner().Batch(t.Context(), BatchRequest{Body: []byte(`{"customers":[{"memberId":"m","profile":{"name":"e"}}]}`)})
	d.must(err)
	d.holds(a.ID, `profile.name="e"`, "sessionsCount=", "lastSeenAt=", "web.lastSeenAt=")
	if d.store.Len() != 1 {
		t.Errorf("%d customers", d.store.Len())
	}
}

func TestConcurrentVisitsAreCountedOnce(t *testing.T) {
	d := newSite(t)
	a := d.boot(d.page(), `{}`)
	d.now = d.now.Add(time.Hour)
	var running sync.WaitGroup
	for i := range 40 {
		running.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = d.Touch(t.Context(), TouchRequest{ID: a.ID, Body: []byte(`{"platform":"web"}`)})
			} else {
				_, err = d.page().Boot(t.Context(), []byte(`{"visitorToken":"`+a.VisitorToken+`"}`))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	d.holds(a.ID, "web.sessionsCount=2", "sessionsCount=2", "lastSeenAt="+millis(d.now))
	if d.store.Len() != 1 || d.active("2026-11") != 1 {
		t.Errorf("%d customers, %d active", d.store.Len(), d.active("2026-11"))
	}
	d.restart()
	d.holds(a.ID, "web.sessionsCount=2")
}

// Many browsers of a member who is new begin at once: one customer.
func TestConcurrentBootsOfOneMemberAreOneCustomer(t *testing.T) {
	d := newSite(t)
	proof := d.proof("m1")
	tokens := make([]string, 20)
	for i := range tokens {
		tokens[i] = d.boot(d.page(), `{}`).VisitorToken
	}
	d.now = d.now.Add(time.Hour)
	var running sync.WaitGroup
	for _, token := range tokens {
		running.Go(func() {
			if _, err := d.page().Boot(t.Context(), []byte(`{`+proof+`,"visitorToken":"`+token+`"}`)); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	id, err := d.store.MemberCustomer("m1")
	d.must(err)
	d.holds(id, "sessionsCount=21", "web.sessionsCount=21") // each browser's first, and the hour later
	if d.store.Len() != 1 || d.active("2026-11") != 1 {
		t.Errorf("%d customers, %d active", d.store.Len(), d.active("2026-11"))
	}
	d.must(d.store.Check(t.Context()))
}

// Sessions and last visits are kept even where nobody is shown them; what else
// is hidden is not collected any more, and refuses nothing.
func TestHideThenCollect(t *testing.T) {
	d := newSite(t)
	first := d.boot(d.page(), `{"language":"ja","profile":{"name":"a","utmSource":"mail"},"web":{"browser":"Safari"}}`)
	for _, key := range []string{"language", "profile.name", "web.browser", "web.sessionsCount", "web.lastSeenAt", "lastSeenAt", "sessionsCount", "memberId"} {
		d.hide(key)
	}
	d.now = d.now.Add(time.Hour)
	body := `,"language":"en","web":{"browser":"Firefox","os":"iOS"},"profile":{"name":"b","description":"c"},"profileOnce":{"name":"d"}}`
	d.boot(d.page(), `{"visitorToken":"`+first.VisitorToken+`"`+body)
	_, err := d.page().Form(t.Context(), []byte(`{"visitorToken":"`+first.VisitorToken+`","profile":{"name":"e"}}`))
	d.must(err)
	d.holds(first.ID, `language="ja"`, `profile.name="a"`, `web.browser="Safari"`, `web.os="iOS"`, `profile.description="c"`,
		"web.sessionsCount=2", "sessionsCount=2", "lastSeenAt="+millis(d.now), "web.lastSeenAt="+millis(d.now))
	second := d.boot(d.page(), `{`+d.proof("m")+body)
	d.holds(second.ID, "language=", "profile.name=", "web.browser=", "web.sessionsCount=1", `memberId="m"`, "member=true")
}
