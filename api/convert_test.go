package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"meibo/api/service"
	"meibo/dsl"
)

// converted is the answer of a conversion, its forms as they came.
type converted struct {
	Filter             string
	AST                json.RawMessage
	Channel            json.RawMessage
	ChannelDiagnostics []dsl.Diagnostic
	Diagnostics        []dsl.Diagnostic
}

func (f *fixture) convert(body string) converted {
	f.t.Helper()
	var c converted
	f.do(call{method: "POST", path: "/v1/filter/convert", body: body}).is(200).json(&c)
	return c
}

func TestConvert(t *testing.T) {
	f := newFixture(t)
	text := "# 会員\nmember=true and (tags has 'VIP' or lastSeenAt>today-30d) # why"
	first := f.convert(`{"filter":` + quoted(text) + `}`)
	if want := "# 会員\nmember = TRUE\nAND (\n  tags HAS \"VIP\"\n  OR lastSeenAt > today-30d  # why\n)"; first.Filter != want {
		t.Errorf("%q, want %q", first.Filter, want)
	}
	const channel = `{"and":[{"or":[{"key":"member","type":"boolean","operator":"$eq","values":[true]}]},` +
		`{"or":[{"key":"tags","type":"list","operator":"$contains","values":["VIP"]},{"key":"lastSeenAt","type":"datetime","operator":"$gtAgo","values":[30]}]}]}`
	if string(first.Channel) != channel || len(first.ChannelDiagnostics) != 0 || len(first.Diagnostics) != 0 {
		t.Errorf("%+v", first)
	}
	if again := f.convert(`{"ast":` + string(first.AST) + `}`); again.Filter != first.Filter || string(again.AST) != string(first.AST) {
		t.Errorf("the tree gives %q\n%s", again.Filter, again.AST)
	}
	if again := f.convert(`{"channel":` + channel + `}`); again.Filter != `member = TRUE AND (tags HAS "VIP" OR lastSeenAt > today-30d)` || string(again.Channel) != channel {
		t.Errorf("the channel form gives %q\n%s", again.Filter, again.Channel)
	}
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

func TestConvertEveryone(t *testing.T) {
	f := newFixture(t)
	for _, body := range []string{`{"filter":""}`, `{"ast":null}`, `{"channel":{"and":[]}}`} {
		if c := f.convert(body); c.Filter != "" || string(c.AST) != "null" || string(c.Channel) != `{"and":[]}` {
			t.Errorf("%s: %q %s %s", body, c.Filter, c.AST, c.Channel)
		}
	}
}

// What cannot be said in the channel form, and what does not compile, is told
// in the positions of the answer's own text.
func TestConvertTells(t *testing.T) {
	f := newFixture(t)
	c := f.convert(`{"filter":"name=exact('A') or (member and lastSeenAt>now-1d)"}`)
	var got []string
	for _, d := range c.ChannelDiagnostics {
		got = append(got, d.Code+" "+c.Filter[d.Span.Start:d.Span.End])
	}
	if want := `channel_value exact("A")|channel_date now-1d`; strings.Join(got, "|") != want || c.Channel != nil {
		t.Errorf("%q, want %s; %s", got, want, c.Channel)
	}
	c = f.convert(`{"ast":{"type":"flag","field":"memberr"}}`)
	if len(c.Diagnostics) != 1 || c.Diagnostics[0].Code != "unknown_field" || c.Channel != nil || len(c.ChannelDiagnostics) != 0 || c.Filter != "memberr" {
		t.Errorf("%+v", c)
	}
	c = f.convert(`{"channel":{"and":[{"or":[{"key":"user.profile.nobody","type":"string","operator":"$exist","$index":1}]}]}}`)
	if len(c.Diagnostics) != 1 || c.Diagnostics[0].Code != "unknown_field" || c.Filter != "profile.nobody IS SET" {
		t.Errorf("%+v", c)
	}
}

// The zone of the request says what day a date is.
func TestConvertInAZone(t *testing.T) {
	f := newFixture(t)
	const lateInTokyo = `{"channel":{"and":[{"or":[{"key":"lastSeenAt","type":"date","operator":"$eq","values":["2026-11-23T22:00:00Z"]}]}]},"timeZone":"`
	for zone, want := range map[string]string{"Asia/Tokyo": "lastSeenAt = 2026-11-24", "UTC": "lastSeenAt = 2026-11-23"} {
		if c := f.convert(lateInTokyo + zone + `"}`); c.Filter != want {
			t.Errorf("%s: %s", zone, c.Filter)
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	f := newFixture(t)
	for _, test := range []struct {
		body   string
		status int
		code   service.Code
		faults string // code and JSON pointer of each
	}{
		{`[]`, 400, service.CodeBadRequest, "wrong_kind "},
		{`{"filter":"member"`, 400, service.CodeBadRequest, "bad_json "},
		{`{}`, 400, service.CodeBadRequest, "wrong_count "},
		{`{"filter":"","ast":null}`, 400, service.CodeBadRequest, "wrong_count "},
		{`{"filter":5}`, 400, service.CodeBadRequest, "wrong_kind /filter"},
		{`{"filter":"","q":"x"}`, 400, service.CodeBadRequest, "unknown_member /q"},
		{`{"filter":"","timeZone":"Mars/Phobos"}`, 400, service.CodeBadRequest, "unknown_zone timeZone"},
		{`{"filter":"","now":"then"}`, 400, service.CodeBadRequest, "bad_date now"},
		{`{"filter":"member ="}`, 422, service.CodeInvalidFilter, ""},
		{`{"ast":{"type":"and","parts":[{"type":"flag","field":"member"},{"type":"condition","field":"name","operator":"LIKE"}]}}`, 422, service.CodeInvalidFilter, "unknown_word /ast/parts/1/operator"},
		{`{"ast":{"type":"flag","x":1}}`, 422, service.CodeInvalidFilter, "unknown_member /ast/x|missing_member /ast"},
		{`{"channel":{"and":[{"or":[{"key":"name","type":"number","operator":"$eq","values":[1]}]}]}}`, 422, service.CodeInvalidFilter, "channel_type /channel/and/0/or/0/type"},
		{`{"channel":null}`, 422, service.CodeInvalidFilter, "wrong_kind /channel"},
		{`{"ast":` + strings.Repeat(`[`, 100_000) + strings.Repeat(`]`, 100_000) + `}`, 400, service.CodeBadRequest, "too_deep /ast" + strings.Repeat("/0", 299)},
	} {
		p := f.do(call{method: "POST", path: "/v1/filter/convert", body: test.body, bad: true}).problem(test.status, test.code)
		var got []string
		for _, e := range p.Errors {
			got = append(got, e.Code+" "+e.Field)
		}
		if strings.Join(got, "|") != test.faults || (test.faults == "") != (len(p.Diagnostics) > 0) {
			t.Errorf("%.100s: %q %v", test.body, got, p.Diagnostics)
		}
	}
	japanese := f.do(call{method: "POST", path: "/v1/filter/convert", body: `{}`, bad: true, header: map[string]string{"Accept-Language": "ja"}})
	if p := japanese.problem(400, service.CodeBadRequest); !strings.Contains(p.Detail, "どれか 1 つ") {
		t.Errorf("%q", p.Detail)
	}
}

// However large and hostile a form is, it is judged in a moment.
func TestConvertIsQuick(t *testing.T) {
	f := newFixture(t)
	leaf := `{"key":"name","type":"string","operator":"$eq","values":["x"]},`
	value := `{"kind":"string","text":"a"},`
	for name, body := range map[string]string{
		"ten thousand values": `{"ast":{"type":"condition","field":"country","operator":"IN","values":[` + strings.TrimSuffix(strings.Repeat(value, 10_000), ",") + `]}}`,
		"many values":         `{"ast":{"type":"condition","field":"country","operator":"IN","values":[` + strings.TrimSuffix(strings.Repeat(value, 50_000), ",") + `]}}`,
		"many conditions":     `{"channel":{"and":[{"or":[` + strings.TrimSuffix(strings.Repeat(leaf, 20_000), ",") + `]}]}}`,
		"many numbers":        `{"channel":{"and":[` + strings.TrimSuffix(strings.Repeat("1,", 190_000), ",") + `]}}`,
		"many nodes":          `{"ast":{"type":"and","parts":[` + strings.TrimSuffix(strings.Repeat(`{"type":"flag","field":"a"},`, 50_000), ",") + `]}}`,
		"many members":        `{"ast":{"type":"flag",` + strings.TrimSuffix(strings.Repeat(`"\u0061":1,`, 100_000), ",") + `}}`,
	} {
		start := time.Now()
		f.do(call{method: "POST", path: "/v1/filter/convert", body: body, bad: true, off: true})
		took := time.Since(start)
		t.Logf("%s: %d bytes, %v", name, len(body), took)
		if took > 2*time.Second { // far above what it takes, for slow machines
			t.Errorf("%s took %v", name, took)
		}
	}
}
