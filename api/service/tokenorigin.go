package service

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"meibo/dsl/schema"
)

// An origin is where a page of a site comes from, as browsers write it:
// scheme://host, and :port where it is not the scheme's own. A publishable
// token names those that may use it; https://*.example.jp is every site below
// example.jp, at any depth, but not example.jp itself.

// maxOriginLength bounds an origin, in bytes: a host name has at most 253.
const maxOriginLength = 300

// readOrigin gives an origin as browsers write it: in lower case, without the
// scheme's own port. The words say what is wrong with one that is none.
func readOrigin(text string) (string, *schema.Words) {
	wrong := func(ja, en string) (string, *schema.Words) {
		return "", &schema.Words{JA: fmt.Sprintf("「%s」は origin として使えません。", text) + ja, EN: fmt.Sprintf("%q is no origin: %s", text, en)}
	}
	if len(text) > maxOriginLength {
		text = text[:40] + "…"
		return wrong("長すぎます。", "it is too long")
	}
	u, err := url.Parse(strings.ToLower(text))
	switch {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return wrong("https://www.example.jp のように書いてください。", "write one like https://www.example.jp")
	case u.User != nil:
		return wrong("ユーザー名は含められません。", "leave out the user name")
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(text, "?#"):
		return wrong(fmt.Sprintf("ホストの後には何も付けず、%s://%s と書いてください。", u.Scheme, u.Host),
			fmt.Sprintf("nothing may follow the host; write %s://%s", u.Scheme, u.Host))
	}
	host, port := u.Hostname(), u.Port()
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) || strings.HasSuffix(u.Host, ":") {
		return wrong("ポートは 1～65535 です。", "a port is 1 to 65535")
	}
	if fault := hostFault(host); fault != nil {
		return wrong(fault.JA, fault.EN)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || port == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		return u.Scheme + "://" + host, nil
	}
	return u.Scheme + "://" + host + ":" + port, nil
}

// hostFault says what is wrong with a host.
func hostFault(host string) *schema.Words {
	name, wild := strings.CutPrefix(host, "*.")
	switch {
	case strings.Contains(name, "*"):
		return &schema.Words{JA: "「*」は https://*.example.jp のように先頭だけに書けます。", EN: "a * stands for what is below a domain, as in https://*.example.jp, and nowhere else"}
	case wild && !strings.Contains(name, "."):
		return &schema.Words{JA: "「*」の後には example.jp のように 2 つ以上の区切りが必要です。", EN: "after the * a domain of two parts or more is needed, as example.jp"}
	case strings.Contains(host, ":"):
		return nil // an IPv6 address, which url.Parse has looked at
	}
	for label := range strings.SplitSeq(name, ".") {
		odd := strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
		})
		if label == "" || odd {
			return &schema.Words{JA: "ホスト名に使えない文字があります。日本語のドメインは xn-- で始まる形で書いてください。",
				EN: "the host has characters that browsers do not send; write a domain of other letters in its xn-- form"}
		}
	}
	return nil
}
