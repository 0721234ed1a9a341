package browsertest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// Browsers as they tell of themselves; data is their platformVersion, where
// they have userAgentData.
var browsers = []struct {
	agent, data string
	touch       int
	want        map[string]any
}{
	{agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36", data: "15.0.0",
		want: web("Chrome 143", "Windows 11", "desktop")},
	{agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0", data: "13.0.0",
		want: web("Edge 143", "Windows 11", "desktop")},
	{agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 OPR/124.0.0.0", data: "12.0.0",
		want: web("Opera 124", "Windows 10", "desktop")},
	{agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", want: web("Firefox 145", "Windows", "desktop")},
	{agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36", data: "26.1.0",
		want: web("Chrome 143", "macOS 26.1", "desktop")},
	{agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
		want: web("Safari 26", "macOS", "desktop")},
	{agent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15", touch: 5,
		want: web("Safari 26", "iPadOS 26.1", "tablet")},
	{agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1", touch: 5,
		want: web("Safari 26", "iOS 26.1", "mobile")},
	{agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0.7499.92 Mobile/15E148 Safari/604.1", touch: 5,
		want: web("Chrome 143", "iOS 17.7", "mobile")},
	{agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/15.19.0", touch: 5,
		want: web("LINE 15", "iOS 18.7", "mobile")},
	{agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 YJApp-IOS jp.co.yahoo.ipn.appli/4.150.0", touch: 5,
		want: web("Yahoo! アプリ 4", "iOS 18.7", "mobile")},
	{agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36", data: "16.0.0", touch: 5,
		want: web("Chrome 143", "Android 16", "mobile")},
	{agent: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36", touch: 5,
		want: web("Chrome 143", "Android", "tablet")},
	{agent: "Mozilla/5.0 (Android 14; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", touch: 5, want: web("Firefox 145", "Android 14", "mobile")},
	{agent: "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", touch: 5,
		want: web("Samsung Internet 28", "Android 13", "mobile")},
	{agent: "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36", data: "16463.79.0",
		want: web("Chrome 143", "ChromeOS", "desktop")},
	{agent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", want: web("Firefox 145", "Linux", "desktop")},
	{agent: "something else", want: map[string]any{"device": "desktop"}},
}

// web is what meibo keeps of a browser; names are without the versions.
func web(browser, os, device string) map[string]any {
	name, _, _ := strings.Cut(os, " ")
	return map[string]any{"browser": browser, "browserName": browser[:strings.LastIndex(browser, " ")], "os": os, "osName": name, "device": device}
}

func TestDeviceDataReadLikeThoseOfTheDemo(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(nil)
	b.before(`{
		const [agent, data, touch] = location.search ? JSON.parse(decodeURIComponent(location.search.slice(1))) : [];
		const is = (name, value) => Object.defineProperty(navigator, name, {value});
		if (agent) is('userAgent', agent), is('maxTouchPoints', touch),
			is('userAgentData', data ? {getHighEntropyValues: async () => ({platformVersion: data})} : undefined);
	}`)
	for i, browser := range browsers {
		told, err := json.Marshal([]any{browser.agent, browser.data, browser.touch})
		if err != nil {
			t.Fatal(err)
		}
		b.open(s.site.origin(shopHost) + "/?" + url.PathEscape(string(told)))
		if v := b.booted(); v.ID == "" {
			t.Fatalf("%s: no boot: %v", browser.agent, b.warned())
		}
		if got := s.sent("/boot")[i].Body["web"]; !reflect.DeepEqual(got, browser.want) {
			t.Errorf("%s\n got  %v\n want %v", browser.agent, got, browser.want)
		}
	}
	b.silent()
}

// once is what the last boot said that is to be kept where there is nothing yet.
func (s *shop) once() any {
	s.t.Helper()
	sent := s.sent("/boot")
	return sent[len(sent)-1].Body["profileOnce"]
}

func TestHowAVisitorCameIsToldOnce(t *testing.T) {
	s := newShop(t)
	s.boots(nil)
	from, link := newSite(t)
	search := from.origin("search.test")
	shopURL := s.site.origin(shopHost)
	const campaign = "/?utm_source=line&utm_medium=%20&utm_campaign=" + "%E5%86%AC" + "&utm_term=a&utm_term=b&utm_x=1&UTM_CONTENT=c"
	b := openTab(t)
	*link = fmt.Sprintf("<a id=a href=%q>shop</a>", shopURL+campaign)
	b.open(search + "/found")
	b.follow("#a")
	first := b.booted()
	want := map[string]any{"referrer": search + "/", "utmSource": "line", "utmMedium": " ", "utmCampaign": "冬", "utmTerm": "a"}
	if got := s.once(); !reflect.DeepEqual(got, want) {
		t.Errorf("new: %v, want %v", got, want)
	}
	p := s.customer(first.ID)["profile"].(map[string]any)
	if p["referrer"] != search+"/" || p["utmCampaign"] != "冬" || p["utmMedium"] != nil {
		t.Errorf("profile %v", p)
	}

	*link = fmt.Sprintf("<a id=a href=%q>shop</a>", shopURL+"/?utm_source=mail")
	b.open(search + "/found")
	b.follow("#a")
	if again := b.booted(); again != first || !reflect.DeepEqual(s.once(), map[string]any{"utmSource": "mail"}) {
		t.Errorf("known: %+v with %v", again, s.once())
	}
	if p := s.customer(first.ID)["profile"].(map[string]any); p["utmSource"] != "line" {
		t.Errorf("profile %v", p)
	}

	inside := openTab(t) // from a page of the shop itself, and with what the shop says
	s.boots(map[string]any{"profileOnce": map[string]any{"utmSource": "shop"}})
	*s.head += fmt.Sprintf("<a id=a href=%q>more</a>", shopURL+"/more?utm_source=line&utm_term="+strings.Repeat("x", 600))
	inside.open(shopURL + "/")
	inside.eval("window.booted.then(() => localStorage.clear())", nil)
	inside.follow("#a")
	inside.booted()
	if got := s.once(); !reflect.DeepEqual(got, map[string]any{"utmSource": "shop", "utmTerm": strings.Repeat("x", 500)}) {
		t.Errorf("inside: %v", got)
	}
	inside.silent()
}

// A shop can delete the field of a campaign's word; a link with that word must
// not cost it the visitor.
func TestAFoundValueThatTheShopDoesNotTakeIsLeftOut(t *testing.T) {
	s, b := newShop(t), openTab(t)
	s.boots(map[string]any{"profileOnce": map[string]any{"utmMedium": "shop"}})
	s.refuses(func(r request) int {
		if once, _ := r.Body["profileOnce"].(map[string]any); once["utmTerm"] != nil {
			return 422
		}
		return 0
	})
	b.open(s.site.origin(shopHost) + "/?utm_term=a")
	v := b.booted()
	if got := s.once(); v.ID == "" || !reflect.DeepEqual(got, map[string]any{"utmMedium": "shop"}) {
		t.Errorf("%+v with %v", v, got)
	}
	if n := len(s.sent("/boot")); n != 2 {
		t.Errorf("%d boots", n)
	}
}
