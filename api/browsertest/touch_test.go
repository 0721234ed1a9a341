package browsertest

import (
	"fmt"
	"testing"
)

// stoppedClock is a page's clock that goes on only by pass(ms), and a page
// that is hidden when show(false) says so.
const stoppedClock = `{
	let now = 1800000000000, seen = true;
	Date.now = () => now;
	window.pass = ms => { now += ms };
	Object.defineProperty(document, 'visibilityState', {get: () => seen ? 'visible' : 'hidden'});
	window.show = is => { seen = is; document.dispatchEvent(new Event('visibilitychange', {bubbles: true})) };
}`

// do runs JavaScript and waits until the script has done what it is about to
// do then: a call comes after all that were made before it. The call is one
// that does nothing, see nothing.
func (b *tab) do(script string) {
	b.t.Helper()
	b.eval("("+script+")", nil)
	b.eval("new Promise(done => meibo('"+nothing+"', done))", nil)
}

// visitStopped opens the shop's page in a new tab whose clock stands still.
func (s *shop) visitStopped() (*tab, visitor) {
	s.t.Helper()
	b := openTab(s.t)
	b.before(stoppedClock)
	return b, s.visit(b)
}

func TestEverySignOfLifeIsATouch(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	b, v := s.visitStopped()
	for _, sign := range []string{
		"history.pushState(null, '', '/cart')",
		"history.replaceState(null, '', '/cart?2')",
		"new Promise(gone => { addEventListener('popstate', gone, {once: true}); history.back() }).then(() => 0)",
		"show(false), show(true)",
		"document.body.dispatchEvent(new Event('pointerdown', {bubbles: true}))",
		"document.body.dispatchEvent(new Event('keydown', {bubbles: true}))",
		"new Promise(seen => { addEventListener('scroll', seen, {once: true, capture: true}); scrollBy(0, 100) }).then(() => 0)",
		"document.querySelector('p').dispatchEvent(new Event('input', {bubbles: false}))",
	} {
		before := len(s.sent("/touch"))
		b.do("pass(60000)")
		b.do(sign)
		sent := s.sent("/touch")[before:]
		if len(sent) != 1 || sent[0].Path != "/v1/customers/"+v.ID+"/touch" || sent[0].Status != 200 ||
			fmt.Sprint(sent[0].Body) != fmt.Sprint(map[string]any{"platform": "web", "visitorToken": v.VisitorToken}) {
			t.Errorf("%s: %+v", sign, sent)
		}
	}
	if n := len(s.sent("/boot")); n != 1 {
		t.Errorf("%d boots", n)
	}
	b.silent()
}

func TestAtMostOneTouchAMinuteIsSent(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	b, _ := s.visitStopped()
	const click = "document.body.dispatchEvent(new Event('pointerdown', {bubbles: true}))"
	for _, step := range []struct{ ms, touches int }{{0, 0}, {59999, 0}, {1, 1}, {0, 1}, {59999, 1}, {1, 2}, {600000, 3}} {
		b.eval(fmt.Sprintf("pass(%d)", step.ms), nil)
		for range 3 {
			b.do(click)
		}
		if n := len(s.sent("/touch")); n != step.touches {
			t.Errorf("%d ms later: %d touches, want %d", step.ms, n, step.touches)
		}
	}
	if calls := b.call("'touch'"); len(s.sent("/touch")) != 3 || calls.ID == "" {
		t.Error("a touch by hand is not bound by the minute, or is told of nobody")
	}
	b.eval("pass(60000)", nil)
	if b.call("'touch'"); len(s.sent("/touch")) != 4 {
		t.Error("a touch by hand is not sent after a minute")
	}
}

func TestAPageThatNobodySeesDoesNotTouch(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	b, _ := s.visitStopped()
	b.eval("pass(60000)", nil)
	b.do("show(false)")
	b.do("history.pushState(null, '', '/next')")
	if n := len(s.sent("/touch")); n != 0 {
		t.Errorf("hidden: %d touches", n)
	}
	b.do("show(true)")
	if n := len(s.sent("/touch")); n != 1 {
		t.Errorf("seen again: %d touches", n)
	}
}

func TestTabsShareTheVisitorAndTheMinute(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	b, first := s.visitStopped()
	other := b.another()
	other.before(stoppedClock)
	if second := s.visit(other); second.ID != first.ID {
		t.Fatalf("%+v and %+v", first, second)
	}
	const move = "(history.pushState(null, '', '?' + Math.random()))"
	for _, step := range []struct {
		at      *tab
		ms      int
		touches int
	}{{b, 60000, 1}, {other, 60000, 1}, {other, 59999, 1}, {other, 1, 2}} {
		step.at.do(fmt.Sprintf("pass(%d)", step.ms))
		step.at.do(move)
		if n := len(s.sent("/touch")); n != step.touches {
			t.Errorf("%+v: %d touches", step.ms, n)
		}
	}
}

func TestTwoTabsThatOpenTogetherMakeOneCustomer(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	other := b.another()
	letGo := s.hold()
	defer letGo()
	b.open(s.site.origin(shopHost) + "/")
	other.open(s.site.origin(shopHost) + "/")
	b.eval("window.meibo.ready || new Promise(on => onload = on).then(() => 0)", nil)
	letGo()
	first, second := b.booted(), other.booted()
	if first.ID == "" || first.ID != second.ID {
		t.Errorf("%+v and %+v", first, second)
	}
	if n := s.count(); n != 1 {
		t.Errorf("%d customers", n)
	}
}

func TestACustomerWhoIsGoneStartsAnewOnce(t *testing.T) {
	s := newShop(t)
	s.boots(map[string]any{"profileOnce": map[string]any{"utmSource": "ad"}})
	b, first := s.visitStopped()
	s.ask("DELETE", "/v1/customers/"+first.ID, nil)
	b.eval("pass(60000)", nil)
	second := b.call("'touch'")
	if second.ID == "" || second.ID == first.ID || len(s.sent("/touch")) != 1 || len(s.sent("/boot")) != 2 {
		t.Fatalf("%+v after %+v, %d touches, %d boots", second, first, len(s.sent("/touch")), len(s.sent("/boot")))
	}
	if p := s.customer(second.ID)["profile"].(map[string]any); p["utmSource"] != "ad" {
		t.Errorf("booted anew with %v", p)
	}
	s.ask("DELETE", "/v1/customers/"+second.ID, nil)
	for range 3 {
		b.eval("pass(60000)", nil)
		b.call("'touch'")
	}
	if touches, boots := len(s.sent("/touch")), len(s.sent("/boot")); touches != 2 || boots != 2 {
		t.Errorf("gone a second time: %d touches, %d boots", touches, boots)
	}
	b.silent()
}

func TestAFormOfACustomerWhoIsGoneReachesTheNewOne(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	b, first := s.visitStopped()
	s.ask("DELETE", "/v1/customers/"+first.ID, nil)
	second := b.call("'update', {profile: {name: '花子'}}")
	if p, _ := s.customer(second.ID)["profile"].(map[string]any); second.ID == first.ID || p["name"] != "花子" {
		t.Errorf("%+v has %v", second, p)
	}
}

func TestAServerThatIsNotWellIsLeftAlone(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	for _, status := range []int{503, 500, 429} {
		b, v := s.visitStopped()
		before := len(s.sent("/touch"))
		s.fails(status)
		const move = "(history.pushState(null, '', '?' + Math.random()))"
		for _, step := range []struct{ ms, touches int }{ // 1, then 1, 2, 4, 8, 16, 16 minutes
			{60000, 1}, {59999, 1}, {1, 2}, {119999, 2}, {1, 3}, {240000, 4}, {480000, 5}, {960000, 6}, {959999, 6}, {1, 7}} {
			b.do(fmt.Sprintf("pass(%d)", step.ms))
			b.do(move)
			if n := len(s.sent("/touch")) - before; n != step.touches {
				t.Fatalf("%d: %d ms later: %d touches, want %d", status, step.ms, n, step.touches)
			}
		}
		s.fails(0)
		b.do("pass(960000)")
		b.do(move)
		b.do("pass(60000)")
		b.do(move)
		if n := len(s.sent("/touch")) - before; n != 9 || b.call("'touch'") != v {
			t.Errorf("%d: well again: %d touches", status, n)
		}
		b.silent()
	}
}

func TestABootThatFoundNoServerIsMadeUpFor(t *testing.T) {
	s := newShop(t)
	s.boots(map[string]any{"profile": map[string]any{"email": "a@x.jp"}})
	s.fails(503)
	b, told := s.visitStopped()
	if told != (visitor{}) {
		t.Fatalf("told %+v", told)
	}
	s.fails(0)
	b.eval("pass(59999)", nil)
	if v := b.call("'touch'"); v != (visitor{}) {
		t.Errorf("booted again after less than a minute: %+v", v)
	}
	b.eval("pass(1)", nil)
	v := b.call("'touch'")
	if v.ID == "" {
		t.Fatal("did not boot again")
	}
	if p := s.customer(v.ID)["profile"].(map[string]any); p["email"] != "a@x.jp" {
		t.Errorf("profile %v", p)
	}
	b.silent()
}
