package service

import (
	"fmt"
	"strings"
	"testing"

	"meibo/dsl/schema"
	"meibo/store"
)

// Each limit has a code of its own by every way in; at the limit all is well.
func TestLimitsOfValues(t *testing.T) {
	d := newSite(t)
	d.system("m", Edit{Key: schema.MemberIDField, Value: schema.Text("m")})
	text := func(bytes int) string {
		return fmt.Sprintf(`{"name":%q}`, strings.Repeat("あ", bytes/3)+strings.Repeat("x", bytes%3))
	}
	list := func(n int) string {
		tags := make([]string, n)
		for i := range tags {
			tags[i] = fmt.Sprintf("%q", fmt.Sprint("t", i))
		}
		return "[" + strings.Join(tags, ",") + "]"
	}
	tag := func(n int) string { return fmt.Sprintf(`[%q]`, strings.Repeat("髙", n)) }
	profile := func(v string) string { return `"profile":` + v }
	tags := func(v string) string { return `"tags":` + v }
	people := map[string]func(string) string{
		"PUT": func(body string) string {
			_, err := d.owner().Put(t.Context(), EditRequest{ID: "m", Body: []byte("{" + body + "}")})
			return faultCodes(err)
		},
		"PUT by memberId": func(body string) string {
			_, err := d.owner().Put(t.Context(), EditRequest{MemberID: "m", Body: []byte("{" + body + "}")})
			return faultCodes(err)
		},
		"PATCH": func(body string) string {
			_, err := d.owner().Patch(t.Context(), EditRequest{ID: "m", Body: []byte("{" + body + "}")})
			return faultCodes(err)
		},
		"batch": func(body string) string {
			a, err := d.owner().Batch(t.Context(), BatchRequest{Lines: true, Body: []byte(`{"memberId":"m",` + body + "}")})
			d.must(err)
			if a.Results[0].Status == Refused {
				return a.Results[0].Errors[0].Field + " " + a.Results[0].Errors[0].Code
			}
			return ""
		},
		"import": func(body string) string {
			_, faults := d.imports(`{"id":"m",`+body+"}", false)
			if len(faults) > 0 {
				field, _, _ := strings.Cut(strings.TrimPrefix(body, `"`), `"`)
				if field == "profile" {
					field = "profile.name"
				}
				return field + " " + faults[0]
			}
			return ""
		},
	}
	signals := map[string]func(string) string{
		"boot": func(body string) string {
			_, err := d.Boot(t.Context(), []byte(`{"memberId":"m",`+body+"}"))
			return faultCodes(err)
		},
		"boot by a page": func(body string) string {
			_, err := d.page().Boot(t.Context(), []byte("{"+body+"}"))
			return faultCodes(err)
		},
		"form": func(body string) string {
			_, err := d.Form(t.Context(), []byte(`{"id":"m",`+body+"}"))
			return faultCodes(err)
		},
	}
	for name, send := range people {
		for body, want := range map[string]string{
			profile(text(schema.MaxTextBytes)): "", profile(text(schema.MaxTextBytes + 1)): "profile.name text_too_long",
			tags(list(schema.MaxTags)): "", tags(list(schema.MaxTags + 1)): "tags too_many_tags",
			tags(tag(schema.MaxTagLength)): "", tags(tag(schema.MaxTagLength + 1)): "tags tag_too_long",
		} {
			if got := send(body); got != want {
				t.Errorf("%s of %.40s…: %q, want %q", name, body, got, want)
			}
		}
	}
	for name, send := range signals {
		for bytes, want := range map[int]string{schema.MaxTextBytes: "", schema.MaxTextBytes + 1: "profile.name text_too_long"} {
			if got := send(profile(text(bytes))); got != want {
				t.Errorf("%s of %d bytes: %q, want %q", name, bytes, got, want)
			}
		}
	}
	long := strings.Repeat("m", schema.MaxTextBytes+1)
	if _, err := d.Boot(t.Context(), []byte(`{"memberId":"`+long+`"}`)); faultCodes(err) != "memberId text_too_long" {
		t.Errorf("%v", err)
	}
	d.boot(d.Service, `{"memberId":"`+long[1:]+`"}`)
	if _, err := d.Touch(t.Context(), TouchRequest{ID: "m", Body: []byte(`{"platform":"web","language":"` + long + `"}`)}); faultCodes(err) != "language text_too_long" {
		t.Errorf("%v", err)
	}
}

// A record of 64 KiB is the largest, by every way in; one byte more is refused
// and nothing of it is written.
func TestLimitOfARecord(t *testing.T) {
	for name, send := range map[string]func(d *site, body string) error{
		"PUT": func(d *site, body string) error {
			_, err := d.owner().Put(d.t.Context(), EditRequest{MemberID: "m", Body: []byte("{" + body + "}")})
			return err
		},
		"PATCH": func(d *site, body string) error {
			_, err := d.owner().Patch(d.t.Context(), EditRequest{ID: "m", Body: []byte("{" + body + "}")})
			return err
		},
		"batch": func(d *site, body string) error {
			a, err := d.owner().Batch(d.t.Context(), BatchRequest{Lines: true, Body: []byte(`{"memberId":"m",` + body + "}")})
			if err == nil && a.Results[0].Code != "" {
				err = &Error{Code: a.Results[0].Code}
			}
			return err
		},
		"import": func(d *site, body string) error {
			if _, faults := d.imports(`{"id":"m",`+body+"}", true); len(faults) > 0 {
				return &Error{Code: Code(faults[0])}
			}
			return nil
		},
		"boot": func(d *site, body string) error {
			_, err := d.Boot(d.t.Context(), []byte(`{"memberId":"m",`+body+"}"))
			return err
		},
		"form": func(d *site, body string) error {
			_, err := d.Form(d.t.Context(), []byte(`{"id":"m",`+body+"}"))
			return err
		},
		"form of a page": func(d *site, body string) error {
			key, err := d.visitorKey(d.t.Context())
			d.must(err)
			_, err = d.page().Form(d.t.Context(), []byte(`{"visitorToken":"`+key.token("m")+`",`+body+"}"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newSite(t)
			var fields []schema.Field
			edits := []Edit{{Key: schema.MemberIDField, Value: schema.Text("m")}}
			var kept []string
			for i := range 15 {
				key := fmt.Sprintf("f%02d", i)
				fields = append(fields, schema.Field{Key: "profile." + key, Kind: schema.String, Write: schema.WriteManager})
				edits = append(edits, Edit{Key: "profile." + key, Value: schema.Text(strings.Repeat("x", schema.MaxTextBytes))})
				kept = append(kept, fmt.Sprintf("%q:%q", key, strings.Repeat("x", schema.MaxTextBytes))) // PUT replaces
			}
			_, err := d.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFields(fields) })
			d.must(err)
			room := schema.MaxRecordBytes - recordBytes(d.system("m", edits...)) - len("profile.name") - 8
			body := func(n int) string {
				return `"profile":{` + strings.Join(kept, ",") + fmt.Sprintf(`,"name":%q}`, strings.Repeat("y", n))
			}
			before := d.store.Seq()
			if err := send(d, body(room+1)); CodeOf(err) != CodeRecordTooLarge || d.store.Seq() != before {
				t.Errorf("one byte too many: %v, %d writes", err, d.store.Seq()-before)
			}
			if err := send(d, body(room)); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			if size := recordBytes(d.record("m")); size != schema.MaxRecordBytes {
				t.Errorf("%d bytes", size)
			}
		})
	}
}

// A batch names its customers by memberId too.
func TestBatchByMemberID(t *testing.T) {
	d := newSite(t)
	send := func(body string) string {
		t.Helper()
		a, err := d.owner().Batch(t.Context(), BatchRequest{Body: []byte(`{"customers":` + body + `}`)})
		d.must(err)
		said := ""
		for _, r := range a.Results {
			said += r.Status + string(r.Code) + " "
		}
		return said
	}
	if got := send(`[{"memberId":"m1","profile":{"name":"a"}},{"memberId":"m1","profile":{"name":"b"}},{"memberId":"m2"},{"profile":{"name":"nobody"}}]`); got != "created updated created created " {
		t.Error(got)
	}
	if got := send(`[{"memberId":"m1","profile":{"name":"b"}},{"memberId":"m2","tags":5},{"id":"x","memberId":"m3"},{"memberId":"","profile":{"name":"c"}},{"memberId":5}]`); got !=
		"unchanged refusedinvalid_value refusedread_only created refusedinvalid_value " {
		t.Error(got)
	}
	id, err := d.store.MemberCustomer("m1")
	d.must(err)
	d.holds(id, `memberId="m1"`, "member=true", `profile.name="b"`)
	if d.store.Len() != 4 {
		t.Errorf("%d customers", d.store.Len())
	}
}
