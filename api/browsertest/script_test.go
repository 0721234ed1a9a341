package browsertest

import (
	"strings"
	"testing"
	"time"
)

// A shop is a page with the script on it, from another origin than the
// server's, which allows it.
type shop struct {
	*server
	site *site
	head *string
}

const shopHost = "127.0.0.1"

func newShop(t *testing.T) *shop {
	t.Helper()
	t.Parallel()
	s, head := newSite(t)
	return &shop{server: startServer(t, s.origin(shopHost), s.origin("www.shop.test")), site: s, head: head}
}

// boots puts the snippet on the page, with more options than the key.
func (s *shop) boots(options map[string]any) {
	all := map[string]any{"key": s.key}
	for name, value := range options {
		all[name] = value
	}
	*s.head = snippet(s.url, all)
}

// A visitor is what the page is told.
type visitor struct{ ID, VisitorToken string }

// visit opens the shop's page and waits for its boot.
func (s *shop) visit(b *tab) visitor {
	s.t.Helper()
	b.open(s.site.origin(shopHost) + "/")
	return b.booted()
}

func (b *tab) booted() visitor {
	b.t.Helper()
	var v visitor
	b.eval("window.booted", &v)
	return v
}

// call calls the script and waits for what it tells.
func (b *tab) call(arguments string) visitor {
	b.t.Helper()
	var v visitor
	b.eval("new Promise(told => meibo("+arguments+", told))", &v)
	return v
}

// stored are the names in the site's localStorage.
func (b *tab) stored() (names []string) {
	b.t.Helper()
	b.eval("Object.keys(localStorage)", &names)
	return names
}

// forgotten waits until this tab has seen that another one signed out: each
// process of the browser has a copy of localStorage, which follows a little
// later.
func (b *tab) forgotten() {
	b.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		left := strings.Join(b.stored(), " ")
		if !strings.Contains(left, "meibo:") {
			return
		}
		if time.Now().After(end) {
			b.t.Fatalf("still keeps %s", left)
		}
	}
}

// warnedOf fails the test unless the console has one line, of a code. It
// waits for the first: the script may look into what is wrong after the page
// has its answer.
func (b *tab) warnedOf(code string) {
	b.t.Helper()
	for end := time.Now().Add(patience); len(b.warned()) == 0 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if w := b.warned(); len(w) != 1 || !strings.HasPrefix(w[0], "warning: meibo: "+code+": ") || len(w[0]) < len(code)+40 {
		b.t.Errorf("the console has %q, want one warning of %s", w, code)
	}
}

// silent fails the test when the console has anything.
func (b *tab) silent() {
	b.t.Helper()
	if w := b.warned(); len(w) > 0 {
		b.t.Errorf("the console has %q", w)
	}
}

func TestAnAnonymousBootMakesACustomerOfThePagesBrowser(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(map[string]any{"profile": map[string]any{"email": "a@x.jp"}, "profileOnce": map[string]any{"utmSource": "ad"}})
	v := s.visit(b)
	if v.ID == "" || v.VisitorToken == "" {
		t.Fatalf("the page was told %+v", v)
	}
	c := s.customer(v.ID)
	web := c["web"].(map[string]any)
	profile := c["profile"].(map[string]any)
	if web["osName"] != "Linux" || web["os"] != "Linux" || web["device"] != "desktop" || web["browserName"] != "Chrome" ||
		!strings.HasPrefix(web["browser"].(string), "Chrome 1") || web["sessionsCount"] != 1.0 || c["sessionsCount"] != 1.0 {
		t.Errorf("web %v, sessions %v", web, c["sessionsCount"])
	}
	if c["language"] != "ja" || profile["email"] != "a@x.jp" || profile["utmSource"] != "ad" || c["member"] == true {
		t.Errorf("customer %v", c)
	}
	r := s.sent("/boot")
	if len(r) != 1 || r[0].Origin != s.site.origin(shopHost) || r[0].Header.Get("Cookie") != "" {
		t.Errorf("boots %+v", r)
	}
	b.silent()
}

func TestAReloadResumesTheSameCustomer(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	first := s.visit(b)
	if second := s.visit(b); second.ID != first.ID {
		t.Errorf("%+v, then %+v", first, second)
	}
	if other := s.visit(openTab(t)); other.ID == first.ID {
		t.Error("another machine's browser is the same customer")
	}
	if n := s.count(); n != 2 {
		t.Errorf("%d customers", n)
	}
}

func TestWhoSignsInWithARightHashIsMergedIntoTheMember(t *testing.T) {
	s, b := newShop(t), openTab(t)
	member := s.member("m-1", "member@x.jp")
	s.boots(map[string]any{"profile": map[string]any{"email": "typed@x.jp", "mobileNumber": "090-1234-5678"}})
	anonymous := s.visit(b)
	s.boots(map[string]any{"memberId": "m-1", "memberHash": s.memberHash("m-1")})
	signedIn := s.visit(b)
	if signedIn.ID == anonymous.ID || signedIn.ID != member {
		t.Fatalf("anonymous %s, signed in %s, member %v", anonymous.ID, signedIn.ID, member)
	}
	c := s.customer(signedIn.ID)
	if p := c["profile"].(map[string]any); p["email"] != "member@x.jp" || p["mobileNumber"] != "090-1234-5678" || c["memberId"] != "m-1" {
		t.Errorf("merged %v", c)
	}
	if status, _ := s.ask("GET", "/v1/customers/"+anonymous.ID, nil); status != 308 {
		t.Errorf("the old id answers %d", status)
	}
	if n := s.count(); n != 1 {
		t.Errorf("%d customers", n)
	}
	b.silent()
}

func TestAWrongHashChangesNothingAndWarns(t *testing.T) {
	s, b := newShop(t), openTab(t)
	member := s.member("m-1", "member@x.jp")
	s.boots(nil)
	before := s.visit(b)
	wrong := map[string]any{"memberId": "m-1", "memberHash": s.memberHash("m-2"), "profile": map[string]any{"email": "thief@x.jp"}}
	s.boots(wrong)
	if after := s.visit(b); after != before {
		t.Errorf("the page was told %+v, was %+v before", after, before)
	}
	b.warnedOf("bad_member_hash")
	alone := openTab(t)
	if told := s.visit(alone); told != (visitor{}) || len(alone.stored()) > 0 {
		t.Errorf("another browser was told %+v and keeps %v", told, alone.stored())
	}
	if p := s.customer(member)["profile"].(map[string]any); p["email"] != "member@x.jp" {
		t.Errorf("the member is %v now", p)
	}
	if n := s.count(); n != 2 {
		t.Errorf("%d customers", n)
	}
}

func TestAnOriginThatIsNotAllowedGetsNothing(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	for _, host := range []string{"localhost", "shop.localhost"} {
		b := openTab(t)
		b.open(s.site.origin(host) + "/")
		if told := b.booted(); told != (visitor{}) || len(b.stored()) > 0 {
			t.Errorf("%s was told %+v and keeps %v", host, told, b.stored())
		}
		b.warnedOf("origin_not_allowed")
	}
	if sent := s.sent(""); len(sent) > 0 {
		t.Errorf("%+v came in past the browser", sent)
	}
	if n := s.count(); n != 0 {
		t.Errorf("%d customers", n)
	}
}

func TestAKeyOfAnotherSiteWarns(t *testing.T) {
	s, b := newShop(t), openTab(t)
	other := s.publishable("https://other.example")
	s.boots(map[string]any{"key": other})
	if told := s.visit(b); told != (visitor{}) {
		t.Errorf("was told %+v", told)
	}
	b.warnedOf("origin_not_allowed")
	if n := s.count(); n != 0 {
		t.Errorf("%d customers", n)
	}
}

func TestAWrongKeyWarnsOnce(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(map[string]any{"key": "mbp_wrong"})
	if told := s.visit(b); told != (visitor{}) {
		t.Errorf("was told %+v", told)
	}
	b.call("'boot', {key: 'mbp_wrong'}")
	b.warnedOf("unauthorized")
	if n := len(s.sent("/boot")); n != 2 {
		t.Errorf("%d boots", n)
	}
}
