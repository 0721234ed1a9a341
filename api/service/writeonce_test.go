package service

import (
	"context"
	"fmt"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// A wayIn writes profile.utmSource of the customer "m" (who has the memberId
// "m") as JSON, and gives the code of its refusal.
type wayIn struct {
	name   string
	write  func(d *site, value string) Code
	second Code // of a later, other value; "": ignored silently
}

func waysIn() []wayIn {
	in := func(group, value, rest string) []byte {
		return fmt.Appendf(nil, `{%q:{"utmSource":%s}%s}`, group, value, rest)
	}
	code := func(err error) Code {
		if err == nil {
			return ""
		}
		return CodeOf(err)
	}
	edit := func(write func(*Service, context.Context, EditRequest) (EditAnswer, error), group string, r EditRequest) func(*site, string) Code {
		return func(d *site, value string) Code {
			r.Body = in(group, value, "")
			_, err := write(d.owner(), d.t.Context(), r)
			return code(err)
		}
	}
	imported := func(system bool) func(*site, string) Code {
		return func(d *site, value string) Code {
			if _, faults := d.imports(string(in("profile", value, `,"id":"m"`)), system); len(faults) > 0 {
				return Code(faults[0])
			}
			return ""
		}
	}
	signal := func(send func(*Service, context.Context, []byte) (IngestAnswer, error), as func(*site) *Service, group string) func(*site, string) Code {
		return func(d *site, value string) Code {
			key, err := d.visitorKey(d.t.Context())
			d.must(err)
			_, err = send(as(d), d.t.Context(), in(group, value, `,"visitorToken":"`+key.token("m")+`"`))
			return code(err)
		}
	}
	server := func(d *site) *Service { return d.Service }
	return []wayIn{
		{"PUT", edit((*Service).Put, "profile", EditRequest{ID: "m"}), CodeWriteOnce},
		{"PUT by memberId", edit((*Service).Put, "profile", EditRequest{MemberID: "m"}), CodeWriteOnce},
		{"PATCH", edit((*Service).Patch, "profile", EditRequest{ID: "m"}), CodeWriteOnce},
		{"PATCH profileOnce", edit((*Service).Patch, "profileOnce", EditRequest{ID: "m"}), ""},
		{"batch", func(d *site, value string) Code {
			a, err := d.owner().Batch(d.t.Context(), BatchRequest{Lines: true, Body: in("profile", value, `,"memberId":"m"`)})
			d.must(err)
			return a.Results[0].Code
		}, CodeWriteOnce},
		{"import", imported(false), CodeWriteOnce},
		{"import of a system's export", imported(true), ""},
		{"boot by the server", signal((*Service).Boot, server, "profile"), CodeWriteOnce},
		{"boot by the server, profileOnce", signal((*Service).Boot, server, "profileOnce"), ""},
		{"boot by a page", signal((*Service).Boot, (*site).page, "profile"), ""},
		{"boot by a page, profileOnce", signal((*Service).Boot, (*site).page, "profileOnce"), ""},
		{"form by the server", signal((*Service).Form, server, "profile"), CodeWriteOnce},
		{"form by the server, profileOnce", signal((*Service).Form, server, "profileOnce"), ""},
		{"form by a page", signal((*Service).Form, (*site).page, "profile"), ""},
	}
}

// The first value that is not empty stays, whichever way it came and whichever
// way another comes.
func TestTheFirstValueOfAWriteOnceFieldStays(t *testing.T) {
	for _, first := range waysIn() {
		t.Run(first.name, func(t *testing.T) {
			d := newSite(t)
			d.system("m", Edit{Key: schema.MemberIDField, Value: schema.Text("m")})
			for _, empty := range []string{`""`, `" "`, `null`} {
				if code := first.write(d, empty); code != "" {
					t.Fatalf("%s at first: %s", empty, code)
				}
			}
			d.holds("m", "profile.utmSource=")
			if d.record("m").Stamp("profile.utmSource") != 0 {
				t.Error("an empty value has a time")
			}
			d.now = d.now.Add(time.Minute)
			if code := first.write(d, `"first"`); code != "" {
				t.Fatalf("the first value: %s", code)
			}
			got := d.now.UnixMilli()
			d.now = d.now.Add(time.Minute)
			for _, again := range waysIn() {
				for _, value := range []string{`"second"`, `null`, `"first"`} {
					want := again.second
					if value == `"first"` {
						want = "" // what is there may be sent back
					}
					if code := again.write(d, value); code != want {
						t.Errorf("then %s of %s: %q, want %q", value, again.name, code, want)
					}
				}
			}
			d.holds("m", `profile.utmSource="first"`)
			if stamp := d.record("m").Stamp("profile.utmSource"); stamp != got {
				t.Errorf("it has its value since %d, want %d", stamp, got)
			}
			d.restart()
			if stamp := d.record("m").Stamp("profile.utmSource"); stamp != got {
				t.Errorf("after a restart since %d, want %d", stamp, got)
			}
		})
	}
}

func TestIngestionSetsOptOutsAndTakesNoneBack(t *testing.T) {
	d := newSite(t)
	key, err := d.visitorKey(t.Context())
	d.must(err)
	d.system("m", Edit{Key: schema.MemberIDField, Value: schema.Text("m")})
	stamp := func() int64 { return d.record("m").Stamp(unsubscribeEmailField) }
	if stamp() != 0 {
		t.Error("a time of no change")
	}
	token := `{"visitorToken":"` + key.token("m") + `",`
	d.now = d.now.Add(time.Minute)
	d.boot(d.page(), token+`"unsubscribeEmail":true}`)
	out := d.now.UnixMilli()
	d.now = d.now.Add(time.Minute)
	for _, value := range []string{"false", "null", "true"} {
		d.boot(d.page(), token+`"unsubscribeEmail":`+value+`}`)
		d.boot(d.Service, token+`"unsubscribeEmail":`+value+`}`)
		d.imports(`{"id":"m","unsubscribeEmail":`+value+`}`, true)
		d.imports(`{"id":"m","unsubscribeEmail":`+value+`}`, false)
	}
	d.holds("m", "unsubscribeEmail=true", "unsubscribeTexting=")
	if stamp() != out {
		t.Errorf("opted out at %d, want %d", stamp(), out)
	}
	// People may, and the time is that of the last change.
	for _, value := range []string{"false", "null", "true"} {
		d.now = d.now.Add(time.Minute)
		_, err = d.owner().Patch(t.Context(), EditRequest{ID: "m", Body: []byte(`{"unsubscribeEmail":` + value + `}`)})
		d.must(err)
		if stamp() != d.now.UnixMilli() {
			t.Errorf("%s: %d, want %d", value, stamp(), d.now.UnixMilli())
		}
	}
	d.restart()
	if d.holds("m", "unsubscribeEmail=true"); stamp() != d.now.UnixMilli() {
		t.Error("the time is lost in a restart")
	}
}
