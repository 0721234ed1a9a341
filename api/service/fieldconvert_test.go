package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
	"meibo/store"
)

func TestConversionsReadWhatPeopleWrote(t *testing.T) {
	tokyo := time.FixedZone("", 9*3600)
	day := schema.At(time.Date(2026, 11, 23, 0, 0, 0, 0, tokyo).UnixMilli())
	text, none := schema.Text, schema.Value{}
	for _, c := range []struct {
		from schema.Value
		to   schema.Kind
		want schema.Value // none: it does not convert
	}{
		{text("12"), schema.Number, schema.Num(12)}, {text(" －１２．５ "), schema.Number, schema.Num(-12.5)}, {text("twelve"), schema.Number, none},
		{text("9007199254740993"), schema.Number, none}, {schema.Bool(true), schema.Number, none}, {day, schema.Number, schema.Num(float64(day.Millis()))},
		{text("2026-11-23"), schema.Date, day}, {text("2026-11-23T00:00:00+09:00"), schema.Date, day}, {text("1732406400"), schema.Date, none},
		{text("20261123"), schema.Date, none}, {schema.Num(20261123), schema.Date, none}, {schema.Num(1795359600000), schema.Date, day}, {text("23.11.2026"), schema.Date, none},
		{text("はい"), schema.Boolean, schema.Bool(true)}, {text("いいえ"), schema.Boolean, schema.Bool(false)}, {text("TRUE"), schema.Boolean, schema.Bool(true)},
		{text("false"), schema.Boolean, schema.Bool(false)}, {text("Yes"), schema.Boolean, none}, {schema.Num(1), schema.Boolean, none},
		{text("a, b、c"), schema.List, schema.Strings("a", "b", "c")}, {text("one"), schema.List, schema.Strings("one")}, {text(","), schema.List, none},
		{schema.Num(1.5), schema.List, schema.Strings("1.5")},
		{schema.Num(12), schema.String, text("12")}, {schema.Bool(false), schema.String, text("false")}, {day, schema.String, text("2026-11-23T00:00:00+09:00")},
		{schema.Strings("a", "b"), schema.String, text("a, b")}, {text("x"), schema.String, text("x")}, {schema.Strings("7"), schema.Number, schema.Num(7)},
		{schema.Strings("7", "8"), schema.Number, none}, {schema.Strings(strings.Repeat("x", 4000), strings.Repeat("y", 200)), schema.String, none},
	} {
		got, fault := convertValue(c.from, schema.Field{Key: "profile.x", Kind: c.to}, tokyo)
		if ok := fault == nil && !got.IsMissing(); ok == c.want.IsMissing() || ok && !got.Equal(c.want) {
			t.Errorf("%v to %s: %v (%v), want %v", c.from, c.to, got, fault, c.want)
		}
	}
}

func (d fieldDesk) convert(from, key, kind string) FieldConversion {
	d.t.Helper()
	done, err := d.ConvertField(d.t.Context(), ConvertRequest{From: from, To: NewField{Key: key, Kind: kind}})
	if err != nil {
		d.t.Fatal(err)
	}
	return done
}

func TestAConversionReportsWhatDidNotConvert(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.age", Roles: []string{"manager"}})
	_, err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 300 { // 150 numbers, "bad 0" … "bad 149", and "?" thrice
			age := fmt.Sprint(i)
			if i%2 == 1 {
				age = fmt.Sprint("bad ", i/2)
			}
			if i == 1 || i == 3 || i == 5 {
				age = "?"
			}
			if _, err := d.Apply(tx, Write{ID: fmt.Sprint("c", i), Edits: []Edit{{Key: "profile.age", Value: schema.Text(age)}}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.put("without", `{}`)
	before, _ := d.store.Customer("c0")
	dry, err := d.ConvertField(t.Context(), ConvertRequest{From: "profile.age", To: NewField{Key: "profile.years", Kind: "Number"}, DryRun: true})
	if _, there := d.store.Fields().Lookup("profile.years"); err != nil || there {
		t.Errorf("a dry run made the field, or %v", err)
	}
	done := d.convert("profile.age", "profile.years", "Number")
	for _, r := range []FieldConversion{dry, done} {
		if r.Converted != 150 || r.Failed != 150 || r.Kept != 0 || len(r.Failures) != 100 || r.Untold != 150-3-99 {
			t.Errorf("%d converted, %d failed, %d kept, %d told, %d untold", r.Converted, r.Failed, r.Kept, len(r.Failures), r.Untold)
		}
		if f := r.Failures[0]; f.Value != "?" || f.Count != 3 || f.Reason.JA == "" {
			t.Errorf("%+v", f)
		}
	}
	after, _ := d.store.Customer("c0")
	if !after.Record.Get("updatedAt").Equal(before.Record.Get("updatedAt")) || after.Record.Get("profile.age").Text() != "0" || after.Record.Get("profile.years").Num() != 0 || after.Seq == before.Seq {
		t.Errorf("%v", after.Record)
	}
	if d.count("profile.years >= 0") != 150 {
		t.Error("the new values are not found")
	}
	if got := done.Field; len(got.Roles) != 1 || got.Roles[0] != "manager" || got.ConvertedFrom != "profile.age" {
		t.Errorf("viewers would learn the values by %+v", got)
	}
}

// A shortContext is over after it was asked a number of times, which is at
// the beginning and before the commit of each transaction.
type shortContext struct {
	context.Context
	left int
}

func (c *shortContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A conversion that was broken off goes on where values are missing, and what
// people wrote meanwhile stays.
func TestABrokenOffConversionGoesOn(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.age"})
	const customers = 4_500 // three steps
	_, err := d.store.Update(t.Context(), func(tx *store.Tx) error {
		for i := range customers {
			if _, err := d.Apply(tx, Write{ID: fmt.Sprint("c", i), Edits: []Edit{{Key: "profile.age", Value: schema.Text("7")}}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := &shortContext{Context: t.Context(), left: 5} // enough to make the field and for one step
	_, err = d.ConvertField(ctx, ConvertRequest{From: "profile.age", To: NewField{Key: "profile.years", Kind: "Number"}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("not broken off: %v", err)
	}
	begun := d.count("profile.years IS SET")
	if begun != 2000 {
		t.Fatalf("%d customers had a value by then", begun)
	}
	d.put("c4499", `{"profile":{"age":"7","years":99}}`)
	done := d.convert("profile.age", "profile.years", "Number")
	if done.Kept != begun+1 || done.Converted != customers-begun-1 {
		t.Errorf("%d were there, %+v", begun, done)
	}
	if d.count("profile.years = 99") != 1 || d.count("profile.years = 7") != customers-1 {
		t.Error("what people wrote meanwhile is gone")
	}
}

func TestWhatCannotBeConverted(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.a"})
	d.add(NewField{Key: "profile.h", Hidden: true})
	for _, c := range []struct {
		from, to, kind string
		code           Code
	}{
		{"city", "profile.c", "List", CodeReadOnly}, {"profile.h", "profile.c", "List", CodeHiddenField}, {"profile.none", "profile.c", "List", CodeNotFound},
		{"profile.a", "profile.h", "List", CodeExists}, {"profile.a", "profile.A", "List", CodeExists}, {"profile.a", "c", "List", CodeInvalidValue},
		{"profile.a", "profile.c", "Text", CodeInvalidValue},
	} {
		_, err := d.ConvertField(t.Context(), ConvertRequest{From: c.from, To: NewField{Key: c.to, Kind: c.kind}})
		wantsCode(t, fmt.Sprint(c), err, c.code)
	}
	d.convert("profile.a", "profile.c", "List")
	_, err := d.ConvertField(t.Context(), ConvertRequest{From: "profile.a", To: NewField{Key: "profile.c", Kind: "Number"}})
	wantsCode(t, "another conversion to the same key", err, CodeExists)
}

// A record near its limit does not grow beyond it.
func TestAConversionKeepsTheLimitOfARecord(t *testing.T) {
	d := newFieldDesk(t)
	var edits []Edit
	for i := range 16 {
		key := fmt.Sprint("profile.big", i)
		d.add(NewField{Key: key})
		edits = append(edits, Edit{Key: key, Value: schema.Text(strings.Repeat("x", 4000))})
	}
	if _, err := applyOne(t, d.Service, Write{ID: "a", Edits: edits}); err != nil {
		t.Fatal(err)
	}
	done := d.convert("profile.big0", "profile.copy", "List")
	if done.Converted != 0 || done.Failed != 1 || !strings.Contains(done.Failures[0].Reason.EN, "65536") {
		t.Errorf("%+v", done)
	}
}

func TestSettingsAreChangedAsAWhole(t *testing.T) {
	d := newFieldDesk(t)
	_, err := d.PatchSettings(t.Context(), SettingsPatch{Region: ptr("DE"), Zone: ptr("Local")})
	if e := wantsCode(t, "Local", err, CodeInvalidValue); len(e.Values) != 1 || d.Settings().Region != "JP" {
		t.Errorf("%+v, half done: %+v", e.Values, d.Settings())
	}
	for days, ok := range map[int]bool{0: false, 1: true, 3650: true, 3651: false} {
		if _, err := d.PatchSettings(t.Context(), SettingsPatch{HistoryDays: &days}); (err == nil) != ok {
			t.Errorf("%d days: %v", days, err)
		}
	}
	got, err := d.PatchSettings(t.Context(), SettingsPatch{Zone: ptr("Europe/Berlin"), WeekStart: ptr("sat"), Language: ptr("en")})
	if err != nil || got != d.Settings() || got.Zone != "Europe/Berlin" || got.WeekStart != "sat" || got.Language != "en" || d.zone().String() != "Europe/Berlin" {
		t.Errorf("%+v %v", got, err)
	}
}

// A deletion can be undone for as many days as the settings say, to the
// millisecond.
func TestTheHistoryReachesBackAsTheSettingsSay(t *testing.T) {
	for late, code := range map[time.Duration]Code{0: "", time.Millisecond: CodeGone} {
		s, now := newWriter(t)
		if _, err := s.PatchSettings(t.Context(), SettingsPatch{HistoryDays: ptr(30)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(t.Context(), EditRequest{ID: "a", Body: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Delete(t.Context(), DeleteRequest{ID: "a"}); err != nil {
			t.Fatal(err)
		}
		*now = now.Add(30*24*time.Hour + late)
		if _, err := s.Restore(t.Context(), RestoreRequest{ID: "a"}); err != nil && CodeOf(err) != code || err == nil && code != "" {
			t.Errorf("%s after 30 days: %v", late, err)
		}
	}
}

// The chore goes on after a restart, and other writes come in between.
func TestStrippingIsOneOfTheChores(t *testing.T) {
	d := newFieldDesk(t)
	d.add(NewField{Key: "profile.plan"})
	d.put("a", `{"profile":{"plan":"gold"}}`)
	if _, err := d.DeleteField(t.Context(), "profile.plan", false, ""); err != nil {
		t.Fatal(err)
	}
	again := New(Config{Store: d.store, Index: d.index, Clock: d.clock}) // another process
	again.StartUpkeep()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		leaving, err := again.Leaving()
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v %v", leaving, err)
		}
		if len(leaving) == 0 {
			break
		}
	}
	again.Close()
	if c, _ := d.store.Customer("a"); !c.Record.Get("profile.plan").IsMissing() {
		t.Errorf("%v", c.Record)
	}
}
