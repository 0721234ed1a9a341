package service

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

// twins writes a member "m" and an anonymous customer "a" as they are, and
// merges them by a boot of the anonymous one's browser.
func (d *site) twins(member, anonymous schema.Record) {
	d.t.Helper()
	member.Set(schema.MemberIDField, schema.Text("m"))
	member.Set(schema.MemberField, schema.Bool(true))
	_, err := d.store.Update(d.t.Context(), func(tx *store.Tx) error {
		for _, r := range []schema.Record{member, anonymous} {
			if _, err := tx.Put(r); err != nil {
				return err
			}
		}
		return nil
	})
	d.must(err)
	key, err := d.visitorKey(d.t.Context())
	d.must(err)
	a := d.boot(d.Service, `{"memberId":"m","visitorToken":"`+key.token("a")+`"}`)
	if a.ID != "m" || a.Status != Updated || a.Seq != d.store.Seq() || d.store.Len() != 1 {
		d.t.Errorf("%+v, seq %d, %d customers", a, d.store.Seq(), d.store.Len())
	}
}

func recordOf(id string, values ...any) schema.Record {
	r := schema.NewRecord(id)
	for i := 0; i < len(values); i += 2 {
		r.Set(values[i].(string), values[i+1].(schema.Value))
	}
	return r
}

func TestTheMembersValuesWinInAMerge(t *testing.T) {
	d := newSite(t)
	early, late := siteStart.Add(-48*time.Hour), siteStart.Add(-time.Hour)
	at := func(m time.Time) schema.Value { return schema.At(m.UnixMilli()) }
	text, num := schema.Text, schema.Num
	d.twins(
		recordOf("m", "name", text("佐藤"), "profile.email", text("m@x.jp"), "tags", schema.Strings("VIP", "東京"), "language", text("ja"), "hasPushToken", schema.Bool(false),
			"sessionsCount", num(5), "web.sessionsCount", num(5), "createdAt", at(late), "updatedAt", at(late), "lastSeenAt", at(late), "web.lastSeenAt", at(late)),
		recordOf("a", "profile.email", text("a@x.jp"), "profile.name", text("花子"), "tags", schema.Strings("ｖｉｐ", "大阪"), "language", text("en"), "city", text("神戸"), "hasPushToken", schema.Bool(true),
			"sessionsCount", num(3), "web.sessionsCount", num(1), "mobile.sessionsCount", num(2), "createdAt", at(early), "updatedAt", at(early),
			"lastSeenAt", at(late.Add(time.Minute)), "web.lastSeenAt", at(early), "mobile.lastSeenAt", at(late.Add(time.Minute)), "member", schema.Bool(false)))
	d.holds("m", `name="佐藤"`, `profile.email="m@x.jp"`, `profile.name="花子"`, `language="ja"`, `city="神戸"`, "hasPushToken=false", `tags=["VIP","東京","大阪"]`,
		"sessionsCount=8", "web.sessionsCount=6", "mobile.sessionsCount=2", "createdAt="+millis(early), "updatedAt="+millis(siteStart),
		"lastSeenAt="+millis(late.Add(time.Minute)), "web.lastSeenAt="+millis(late), "mobile.lastSeenAt="+millis(late.Add(time.Minute)), "member=true", `memberId="m"`)
	if n := d.active("2026-11"); n != 1 {
		t.Errorf("%d active", n)
	}
	d.restart()
}

func TestTheEarlierWriteOnceValueStaysInAMerge(t *testing.T) {
	const field = "profile.utmSource"
	for _, c := range []struct {
		member, anonymous               int64 // stamps; 0: since createdAt
		createdMember, createdAnonymous int64
		want                            string
		since                           int64
	}{
		{100, 200, 1, 1, "member", 100},
		{200, 100, 1, 1, "anonymous", 100},
		{100, 100, 1, 1, "member", 100},
		{0, 100, 101, 1, "anonymous", 100},
		{0, 100, 99, 1, "member", 99},
		{100, 0, 1, 99, "anonymous", 99},
		{100, 0, 1, 101, "member", 100},
		{0, 0, 200, 100, "anonymous", 100},
		{0, 0, 100, 200, "member", 100},
	} {
		d := newSite(t)
		member, anonymous := recordOf("m", field, schema.Text("member"), "createdAt", schema.At(c.createdMember)), recordOf("a", field, schema.Text("anonymous"), "createdAt", schema.At(c.createdAnonymous))
		member.SetStamp(field, c.member)
		anonymous.SetStamp(field, c.anonymous)
		d.twins(member, anonymous)
		if r := d.record("m"); r.Get(field).Text() != c.want || r.Stamp(field) != c.since {
			t.Errorf("%+v: %s since %d", c, r.Get(field), r.Stamp(field))
		}
	}
	// Where one has none, there is no question; and a value that was there before
	// the merge is not younger after it because the member is older now.
	d := newSite(t)
	member := recordOf("m", "profile.referrer", schema.Text("member"), "createdAt", schema.At(100))
	anonymous := recordOf("a", field, schema.Text("anonymous"), "createdAt", schema.At(50))
	anonymous.SetStamp(field, 60)
	d.twins(member, anonymous)
	if r := d.record("m"); r.Get(field).Text() != "anonymous" || r.Stamp(field) != 60 || r.Stamp("profile.referrer") != 100 {
		t.Errorf("%s since %d; the other since %d", r.Get(field), r.Stamp(field), r.Stamp("profile.referrer"))
	}
}

func TestAnOptOutOfEitherHoldsAfterAMerge(t *testing.T) {
	yes, no, none := schema.Bool(true), schema.Bool(false), schema.Value{}
	for _, c := range []struct {
		member, anonymous           schema.Value
		memberSince, anonymousSince int64
		want                        schema.Value
		since                       int64
	}{
		{yes, yes, 100, 200, yes, 100}, {yes, yes, 200, 100, yes, 100},
		{yes, no, 200, 100, yes, 200}, {no, yes, 100, 200, yes, 200}, {no, yes, 200, 100, yes, 100},
		{none, yes, 0, 100, yes, 100}, {yes, none, 100, 0, yes, 100}, {none, yes, 150, 100, yes, 100},
		{no, no, 100, 50, no, 100}, {none, no, 0, 100, no, 100}, {none, none, 0, 0, none, 0}, {none, no, 150, 100, none, 150},
		{yes, yes, 0, 100, yes, 10}, {no, yes, 100, 0, yes, 20},
	} {
		for _, field := range []string{unsubscribeEmailField, unsubscribeTextingField} {
			d := newSite(t)
			member, anonymous := recordOf("m", field, c.member, "createdAt", schema.At(10)), recordOf("a", field, c.anonymous, "createdAt", schema.At(20))
			member.SetStamp(field, c.memberSince)
			anonymous.SetStamp(field, c.anonymousSince)
			d.twins(member, anonymous)
			if r := d.record("m"); !r.Get(field).Equal(c.want) || r.Stamp(field) != c.since {
				t.Errorf("%s of %+v: %s since %d", field, c, r.Get(field), r.Stamp(field))
			}
		}
	}
}

func TestTagsJoinUpToTheirLimit(t *testing.T) {
	tags := func(prefix string, n int) schema.Value {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprint(prefix, i))
		}
		return schema.Strings(list...)
	}
	for _, c := range []struct{ member, anonymous, want int }{{60, 40, 100}, {60, 41, 100}, {100, 5, 100}, {0, 100, 100}, {3, 0, 3}} {
		d := newSite(t)
		d.twins(recordOf("m", "tags", tags("m", c.member)), recordOf("a", "tags", tags("a", c.anonymous)))
		got := d.record("m").Get("tags").Elements()
		if len(got) != c.want || c.member > 0 && got[0] != "m0" || c.member == 60 && got[60] != "a0" {
			t.Errorf("%+v: %d tags, %v", c, len(got), got)
		}
	}
}

// Two records that are near the limit are one that is not over it: the
// member's values are all there.
func TestAMergedRecordKeepsToTheLimit(t *testing.T) {
	d := newSite(t)
	member, anonymous := recordOf("m"), recordOf("a", "profile.description", schema.Text("small"))
	var fields []schema.Field
	for i := range 30 {
		key := fmt.Sprintf("profile.f%02d", i)
		fields = append(fields, schema.Field{Key: key, Kind: schema.String, Write: schema.WriteManager})
		of := &member
		if i >= 15 {
			of = &anonymous
		}
		of.Set(key, schema.Text(strings.Repeat("x", 4000)))
	}
	_, err := d.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutFields(fields) })
	d.must(err)
	d.twins(member, anonymous)
	r := d.record("m")
	if size := recordBytes(r); size > schema.MaxRecordBytes || size < schema.MaxRecordBytes-4200 || r.Get("profile.f14").IsMissing() || r.Get("profile.description").IsMissing() {
		t.Errorf("%d bytes, %d values", size, r.Len())
	}
}
