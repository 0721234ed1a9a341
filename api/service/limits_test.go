package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"meibo/dsl/schema"
	"meibo/store"
)

func addFields(t *testing.T, s *Service, fields ...schema.Field) {
	t.Helper()
	if _, err := s.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFields(fields) }); err != nil {
		t.Fatal(err)
	}
}

// limitCases are bodies on both sides of every limit on values: "" is taken.
func limitCases() []struct{ name, body, code string } {
	list := func(n int, tag func(i int) string) string {
		tags := make([]string, n)
		for i := range tags {
			tags[i] = tag(i)
		}
		text, _ := json.Marshal(tags)
		return `{"tags":` + string(text) + `}`
	}
	number := func(i int) string { return fmt.Sprint("t", i) }
	one := func(tag string) string { return list(1, func(int) string { return tag }) }
	text := func(s string) string { return `{"profile":{"name":"` + s + `"}}` }
	return []struct{ name, body, code string }{
		{"100 tags", list(100, number), ""},
		{"101 tags", list(101, number), schema.CodeTooManyTags},
		{"101 tags, two of them equal", list(101, func(i int) string { return number(max(i, 1)) }), ""},
		{"a tag of 64 letters", one(strings.Repeat("a", 64)), ""},
		{"a tag of 65 letters", one(strings.Repeat("a", 65)), schema.CodeTagTooLong},
		{"a tag of 64 kanji, 192 bytes", one(strings.Repeat("顧", 64)), ""},
		{"a tag of 65 kanji", one(strings.Repeat("顧", 65)), schema.CodeTagTooLong},
		{"a tag of 64 emoji, 256 bytes", one(strings.Repeat("😀", 64)), ""},
		{"a tag of 65 emoji", one(strings.Repeat("😀", 65)), schema.CodeTagTooLong},
		{"a tag of 64 half-width kana with marks", one(strings.Repeat("ｶﾞ", 32)), ""},
		{"a text of 4,096 bytes", text(strings.Repeat("a", 4096)), ""},
		{"a text of 4,097 bytes", text(strings.Repeat("a", 4097)), schema.CodeTextTooLong},
		{"a text of 1,365 kanji, 4,095 bytes", text(strings.Repeat("名", 1365)), ""},
		{"a text of 1,366 kanji, 4,098 bytes", text(strings.Repeat("名", 1366)), schema.CodeTextTooLong},
		{"an element of 4,096 bytes", `{"profile":{"list":["` + strings.Repeat("a", 4096) + `"]}}`, ""},
		{"an element of 4,097 bytes", `{"profile":{"list":["` + strings.Repeat("a", 4097) + `"]}}`, schema.CodeTextTooLong},
		{"a date in milliseconds", `{"profile":{"lastCheckoutCompletedAt":10000000000}}`, ""},
		{"a date of ten digits", `{"profile":{"lastCheckoutCompletedAt":9999999999}}`, schema.CodeSecondsDate},
		{"a date of nine digits", `{"profile":{"lastCheckoutCompletedAt":999999999}}`, ""},
		{"a date that is none", `{"profile":{"lastCheckoutCompletedAt":"2026-02-30"}}`, schema.CodeBadDate},
		{"a number for a text", `{"profile":{"name":1}}`, schema.CodeWrongKind},
		{"a text for a list", `{"tags":"a"}`, schema.CodeWrongKind},
		{"a text for a Boolean", `{"unsubscribeEmail":"true"}`, schema.CodeWrongKind},
		{"an unknown field", `{"profile":{"emial":"x"}}`, string(CodeUnknownField)},
		{"a number beyond 2^53", `{"profile":{"points":9007199254740993}}`, schema.CodeBadNumber},
		{"2^53", `{"profile":{"points":9007199254740992}}`, ""},
	}
}

// Each limit has a code of its own, and a body that breaks one changes nothing,
// whatever else stands in it.
func TestLimitsOfValuesOnBothSides(t *testing.T) {
	s, _ := newWriter(t)
	addFields(t, s, schema.Field{Key: "profile.list", Kind: schema.List, Write: schema.WriteManager},
		schema.Field{Key: "profile.points", Kind: schema.Number, Write: schema.WriteManager})
	var records []string
	for i, c := range limitCases() {
		id := fmt.Sprint("c", i)
		body := strings.Replace(c.body, "{", `{"unsubscribeTexting":true,`, 1)
		records = append(records, strings.Replace(body, "{", fmt.Sprintf(`{"id":"b%d",`, i), 1))
		_, faults := profileOf(t, s, "PUT", id, body)
		_, err := s.Get(t.Context(), id)
		if c.code == "" {
			if faults != nil || err != nil {
				t.Errorf("%s: %s, %v", c.name, faults, err)
			}
			continue
		}
		if len(faults) != 1 || !strings.HasSuffix(faults[0], " "+c.code) || CodeOf(err) != CodeNotFound {
			t.Errorf("%s: %s, want %s; then %v", c.name, faults, c.code, err)
		}
	}
	// In a batch the same records are refused, and all others go through.
	answer, err := s.Batch(t.Context(), BatchRequest{Body: []byte(`{"customers":[` + strings.Join(records, ",") + `]}`)})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range limitCases() {
		r := answer.Results[i]
		_, err := s.Get(t.Context(), fmt.Sprint("b", i))
		if c.code == "" && (r.Status != Created || err != nil) ||
			c.code != "" && (r.Status != Refused || len(r.Errors) != 1 || r.Errors[0].Code != c.code || CodeOf(err) != CodeNotFound) {
			t.Errorf("%s in a batch: %+v, then %v", c.name, r, err)
		}
	}
}

// A record may have 65,536 bytes: keys, texts and eight bytes a value.
func TestARecordsSizeOnBothSides(t *testing.T) {
	s, _ := newWriter(t)
	addFields(t, s, schema.Field{Key: "profile.list", Kind: schema.List, Write: schema.WriteManager})
	// body fills a record of this id to a size.
	body := func(id string, size int) string {
		empty := schema.NewRecord(id)
		for _, key := range []string{schema.MemberField, schema.CreatedAtField, schema.UpdatedAtField} {
			empty.Set(key, schema.Bool(true))
		}
		empty.Set("profile.list", schema.Strings("x"))
		left := size - (recordBytes(empty) - 1)
		var elements []string
		for i := 0; left > 0; i++ {
			n := min(left, 4000)
			elements = append(elements, fmt.Sprintf("%04d", i)+strings.Repeat("x", max(n-4, 0)))
			left -= len(elements[i])
		}
		text, _ := json.Marshal(elements)
		return `"profile":{"list":` + string(text) + `}`
	}
	const most = 65_536
	for id, size := range map[string]int{"fits": most, "none": most + 1} {
		_, err := s.Put(t.Context(), EditRequest{ID: id, Body: []byte("{" + body(id, size) + "}")})
		c, missing := s.store.Customer(id)
		if size > most {
			var refusal *Error
			if !errors.As(err, &refusal) || refusal.Code != CodeRecordTooLarge || !strings.Contains(refusal.Message.EN, "65537") || !errors.Is(missing, store.ErrNotFound) {
				t.Errorf("%d bytes: %v, then %v", size, err, missing)
			}
			continue
		}
		if err != nil || missing != nil || recordBytes(c.Record) != most {
			t.Errorf("%d bytes: %v, %v, stored as %d", size, err, missing, recordBytes(c.Record))
		}
	}
	// A patch that lets a record grow beyond it leaves the record as it was.
	before, err := s.Get(t.Context(), "fits")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Patch(t.Context(), EditRequest{ID: "fits", Body: []byte(`{"unsubscribeEmail":true}`)})
	after, readErr := s.Get(t.Context(), "fits")
	if CodeOf(err) != CodeRecordTooLarge || readErr != nil || after.Seq != before.Seq {
		t.Errorf("%v, %v, seq %d after %d", err, readErr, after.Seq, before.Seq)
	}
	answer, err := s.Batch(t.Context(), BatchRequest{Body: []byte(`{"customers":[{"id":"a"},{"id":"big",` + body("big", most+1) + `},{"id":"b"}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range answer.Results {
		got = append(got, r.Status+string(r.Code))
	}
	if want := []string{Created, Refused + string(CodeRecordTooLarge), Created}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A phone number that cannot be one is kept as text, with a warning; so in a
// batch.
func TestAnImpossiblePhoneNumberIsKeptAndFlagged(t *testing.T) {
	s, _ := newWriter(t)
	for text, warned := range map[string]bool{"090-1234-5678": false, "０９０１２３４５６７８": false, "+81 90 1234 5678": false, "090-123": true, "あとで": true} {
		body := []byte(`{"id":"c1","profile":{"mobileNumber":"` + text + `"}}`)
		answer, err := s.Put(t.Context(), EditRequest{ID: "c1", Body: body})
		if err != nil || !strings.Contains(string(answer.Customer), text) {
			t.Errorf("%s: %s, %v", text, answer.Customer, err)
		}
		batch, err := s.Batch(t.Context(), BatchRequest{Body: []byte(`{"customers":[` + strings.Replace(string(body), "c1", "c2", 1) + `]}`)})
		if err != nil {
			t.Fatal(err)
		}
		for _, warnings := range [][]Warning{answer.Warnings, batch.Results[0].Warnings} {
			flagged := len(warnings) == 1 && warnings[0].Field == schema.MobileNumberField && warnings[0].Code == CodePhoneUnparsed
			if flagged != warned || !warned && len(warnings) > 0 {
				t.Errorf("%s: %+v", text, warnings)
			}
		}
	}
}
