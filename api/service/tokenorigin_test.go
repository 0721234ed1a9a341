package service

import (
	"strings"
	"testing"
)

func TestOriginsAreReadAsBrowsersWriteThem(t *testing.T) {
	long := "https://" + strings.Repeat("a", maxOriginLength-len("https://.jp")) + ".jp"
	for text, want := range map[string]string{
		"https://x.jp":            "https://x.jp",
		"HTTPS://WWW.X.JP:443":    "https://www.x.jp",
		"http://x.jp:80":          "http://x.jp",
		"http://x.jp:443":         "http://x.jp:443",
		"http://localhost:3000":   "http://localhost:3000",
		"http://127.0.0.1:8080":   "http://127.0.0.1:8080",
		"http://[::1]:65535":      "http://[::1]:65535",
		"https://*.example.jp":    "https://*.example.jp",
		"https://*.a.b.jp:8443":   "https://*.a.b.jp:8443",
		"https://xn--wgv71a.jp":   "https://xn--wgv71a.jp",
		long:                      long,
		long[:8] + "a" + long[8:]: "",
		"":                        "",
		"null":                    "",
		"*":                       "",
		"x.jp":                    "",
		"//x.jp":                  "",
		"https://":                "",
		"ftp://x.jp":              "",
		"https://x.jp/":           "",
		"https://x.jp/shop":       "",
		"https://x.jp?":           "",
		"https://x.jp#":           "",
		"https://me@x.jp":         "",
		"https://x.jp:":           "",
		"https://x.jp:0":          "",
		"https://x.jp:65536":      "",
		"https://x..jp":           "",
		"https://x jp":            "",
		"https://日本.jp":           "",
		"https://*":               "",
		"https://*.jp":            "",
		"https://a.*.jp":          "",
		"https://a*.example.jp":   "",
		"https://x.jp, https://":  "",
	} {
		got, wrong := readOrigin(text)
		if got != want || (wrong == nil) != (want != "") || wrong != nil && (wrong.JA == "" || wrong.EN == "") {
			t.Errorf("%q: %q, %+v", text, got, wrong)
		}
	}
	if _, wrong := readOrigin("https://x.jp/shop"); !strings.Contains(wrong.EN, "write https://x.jp") {
		t.Error(wrong.EN) // a fault says how to mend it
	}
}
