package browsertest

import (
	"fmt"
	"strings"
	"testing"
)

func TestCallsBeforeTheScriptIsLoadedRunInTheirOrder(t *testing.T) {
	s, b := newShop(t), openTab(t)
	*s.head = fmt.Sprintf(`<script>window.meibo=window.meibo||function(){(meibo.q=meibo.q||[]).push(arguments)};
meibo('boot', {key: %q});
meibo('update', {profile: {name: 'first'}});
meibo('update', {profile: {name: 'second'}, profileOnce: {description: 'once'}});
meibo('update', {profileOnce: {description: 'twice'}});
window.booted = new Promise(told => meibo('touch', told))</script>`, s.key)
	b.open(s.site.origin(shopHost) + "/")
	b.eval("document.body.append(Object.assign(document.createElement('script'), {src: "+fmt.Sprintf("%q", s.url+"/meibo.js")+"}))", nil)
	v := b.booted()
	var paths []string
	for _, r := range s.sent("") {
		paths = append(paths, r.Path)
	}
	if want := "/v1/boot /v1/forms /v1/forms /v1/forms"; strings.Join(paths, " ") != want {
		t.Errorf("sent %v, want %s", paths, want)
	}
	if p := s.customer(v.ID)["profile"].(map[string]any); p["name"] != "second" || p["description"] != "once" {
		t.Errorf("profile %v", p)
	}
	b.silent()
}

func TestAScriptThatIsLinkedTwiceBootsOnce(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	*s.head += fmt.Sprintf(`<script src="%s/meibo.js"></script><script src="%s/meibo.js"></script>`, s.url, s.url)
	s.visit(b)
	b.do("0")
	if n := len(s.sent("/boot")); n != 1 {
		t.Errorf("%d boots", n)
	}
}

func TestAServerCanBeNamedWhereTheScriptIsTheSitesOwn(t *testing.T) {
	s, b := newShop(t), openTab(t)
	*s.head = "<script>window.meibo = undefined</script>"
	b.open(s.site.origin(shopHost) + "/")
	b.eval(fmt.Sprintf("fetch('%s/meibo.js').then(r => r.text()).then(eval)", s.url), nil) // as a bundle would hold it
	if v := b.call(fmt.Sprintf("'boot', {key: %q}", s.key)); v != (visitor{}) {
		t.Errorf("found a server nobody named: %+v", v)
	}
	b.warnedOf("boot")
	for _, server := range []string{s.url, s.url + "/"} {
		if v := b.call(fmt.Sprintf("'boot', {key: %q, server: %q}", s.key, server)); v.ID == "" {
			t.Errorf("%s: no boot", server)
		}
	}
}

func TestASiteThatForbidsStorageHasItsVisitorInMemory(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	for how, forbid := range map[string]string{
		"forbidden": `Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})`,
		"full":      `Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }`,
	} {
		b := openTab(t)
		b.before(forbid)
		b.before(stoppedClock)
		v := s.visit(b)
		b.eval("pass(60000)", nil)
		if again := b.call("'touch'"); v.ID == "" || again != v || len(s.sent(v.ID+"/touch")) != 1 {
			t.Errorf("%s: %+v, then %+v, %d touches", how, v, again, len(s.sent(v.ID+"/touch")))
		}
		if gone := b.call("'shutdown'"); gone != (visitor{}) {
			t.Errorf("%s: after shutdown %+v", how, gone)
		}
		b.silent()
	}
}

func TestWhatIsBrokenInStorageIsReplaced(t *testing.T) {
	s, b := newShop(t), openTab(t)
	for _, broken := range []string{`{"id`, "", "5", "null", "[]", `{}`, `{"id":"x","visitorToken":"forged"}`} {
		s.boots(nil)
		b.open(s.site.origin(shopHost) + "/")
		b.booted()
		b.eval(fmt.Sprintf("localStorage.setItem('meibo:%s', %q)", s.key, broken), nil)
		first := s.visit(b)
		if again := s.visit(b); first.ID == "" || again.ID != first.ID {
			t.Errorf("%s: %+v, then %+v", broken, first, again)
		}
	}
	b.silent()
}

func TestAPageThatBrowsersDoNotTrustBootsToo(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	b.open(s.site.origin("www.shop.test") + "/")
	var trusted bool
	b.eval("isSecureContext", &trusted)
	first := b.booted()
	b.open(s.site.origin("www.shop.test") + "/")
	if second := b.booted(); trusted || first.ID == "" || second.ID != first.ID {
		t.Errorf("trusted %t, %+v, then %+v", trusted, first, second)
	}
	if web := s.customer(first.ID)["web"].(map[string]any); web["os"] != "Linux" {
		t.Errorf("web %v", web)
	}
	b.silent()
}

func TestShutdownForgetsTheVisitor(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	b.before(stoppedClock)
	first := s.visit(b)
	other := b.another()
	other.before(stoppedClock)
	s.visit(other)
	b.eval("localStorage.setItem('cart', '1')", nil)
	if v := b.call("'shutdown'"); v != (visitor{}) || strings.Join(b.stored(), " ") != "cart" {
		t.Errorf("told %+v, keeps %v", v, b.stored())
	}
	other.forgotten()
	// Neither this tab nor the other brings the visitor back.
	for _, in := range []*tab{b, other} {
		in.eval("pass(60000)", nil)
		if v := in.call("'touch'"); v != (visitor{}) {
			t.Errorf("told of %+v after signing out", v)
		}
		in.call("'update', {profile: {name: 'x'}}")
	}
	if after := len(s.sent("/touch")) + len(s.sent("/forms")); after != 0 || len(s.sent("/boot")) != 2 {
		t.Errorf("sent %d after signing out, %d boots", after, len(s.sent("/boot")))
	}
	if next := s.visit(b); next.ID == first.ID || next.ID == "" {
		t.Errorf("the next visitor is %+v", next)
	}
}

func TestAnAnswerUnderWayDoesNotUndoASignOut(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	s.visit(b)
	other := b.another()
	other.before(stoppedClock)
	s.visit(other)
	letGo := s.hold()
	defer letGo()
	other.eval("pass(60000)", nil)
	other.eval("void (window.late = new Promise(told => meibo('touch', told)))", nil)
	s.waiting()
	b.call("'shutdown'")
	other.forgotten()
	letGo()
	var told visitor
	if other.eval("window.late", &told); told != (visitor{}) || len(b.stored()) > 0 {
		t.Errorf("told %+v, keeps %v", told, b.stored())
	}
}

func TestMarkupInAProfileArrivesAsText(t *testing.T) {
	const markup = `<img src=x onerror="window.bad = 1">'"\u2028</script>`
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	v := s.visit(b)
	b.call(fmt.Sprintf("'update', {profile: {name: %q}}", markup))
	var bad any
	b.eval("window.bad", &bad)
	if p := s.customer(v.ID)["profile"].(map[string]any); p["name"] != strings.ReplaceAll(markup, `\u2028`, "\u2028") && p["name"] != markup || bad != nil {
		t.Errorf("profile %q, bad %v", p, bad)
	}
	b.silent()
}

// What the page could notice of the script: its globals, by name and value,
// and what browsers' own objects can do.
const globals = `(() => {
	const all = {};
	for (const of of ['window', 'document', 'history', 'navigator', 'History.prototype', 'XMLHttpRequest.prototype', 'Storage.prototype', 'EventTarget.prototype', 'Promise.prototype', 'Array.prototype', 'Object.prototype', 'JSON'])
		for (const [name, is] of Object.entries(Object.getOwnPropertyDescriptors(of.split('.').reduce((o, name) => o[name], window))))
			all[of + '.' + name] = [is.value, is.get, is.set];
	return all;
})()`

func TestOfThePagesGlobalsOnlyMeiboIsNew(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	linked := *s.head
	*s.head = "<script>window.before = " + globals + "</script>" + linked
	s.visit(b)
	b.call("'touch'")
	var changed []string
	b.eval(`(() => {
		const before = window.before, after = `+globals+`;
		return Object.keys({...before, ...after}).filter(name => !before[name] || !after[name] || before[name].some((v, i) => !Object.is(v, after[name][i])));
	})()`, &changed)
	got := strings.Join(changed, " ")
	if got != "window.before window.meibo window.booted" && got != "window.meibo window.booted window.before" {
		t.Errorf("changed: %s", got)
	}
	var cookies string
	if b.eval("document.cookie", &cookies); cookies != "" {
		t.Errorf("cookies %q", cookies)
	}
	if stored := b.stored(); len(stored) != 1 || stored[0] != "meibo:"+s.key {
		t.Errorf("stored %q", stored)
	}
}

func TestAMistakeInACallIsToldAndNotThrown(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(map[string]any{"profile": map[string]any{"emial": "a@x.jp"}})
	if told := s.visit(b); told != (visitor{}) {
		t.Errorf("told %+v", told)
	}
	if w := strings.Join(b.warned(), "\n"); !strings.Contains(w, "unknown_field") && !strings.Contains(w, "invalid_value") || !strings.Contains(w, "profile.email") {
		t.Errorf("the console has %q", w)
	}
	for call, says := range map[string]string{"'bot', {}": "bot: boot, update, touch, shutdown", "": "boot, update, touch, shutdown",
		"'boot', (o => (o.profile = o, o))({key: 'k'})": "circular", "'update', null": "", "'touch', 7": ""} {
		before := len(b.warned())
		b.eval("void meibo("+call+")", nil)
		b.call("'shutdown'")
		if lines := b.warned()[before:]; (says == "") != (len(lines) == 0) || !strings.Contains(strings.Join(lines, " "), says) {
			t.Errorf("meibo(%s): the console has %q, want %q", call, lines, says)
		}
	}
}

func TestAPageThatIsPreparedInTheBackgroundIsNoVisit(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	b.before(`Object.defineProperty(document, 'prerendering', {value: true})`)
	b.open(s.site.origin(shopHost) + "/")
	b.eval("window.meibo.ready || new Promise(on => onload = on).then(() => 0)", nil)
	if n := len(s.sent("")); n != 0 {
		t.Errorf("%d requests", n)
	}
	b.eval("document.dispatchEvent(new Event('prerenderingchange'))", nil)
	if v := b.booted(); v.ID == "" {
		t.Error("no boot once the page is seen")
	}
}
