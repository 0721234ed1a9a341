package bleveindex

import (
	"context"
	"slices"
	"testing"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
	"meibo/index"
)

// phoneFieldsOf is a set of fields in which profile.phone has a format.
func phoneFieldsOf(t *testing.T, region string, format schema.Format) *schema.Fields {
	t.Helper()
	fields, err := schema.NewFields(region, append(schema.InitialFields(), schema.Field{Key: "profile.phone", Kind: schema.String, Format: format}))
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// Customers may have been indexed before their field became a phone field, or
// under another region; the answers must not depend on it.
func TestPhonesIndexedOtherwise(t *testing.T) {
	jp, us, plain := phoneFieldsOf(t, "JP", schema.FormatPhone), phoneFieldsOf(t, "US", schema.FormatPhone), phoneFieldsOf(t, "JP", "")
	histories := map[string][]*schema.Fields{
		"always":          {jp, jp},
		"a plain field":   {plain, jp},
		"no longer":       {jp, plain},
		"another region":  {us, jp},
		"and back":        {jp, us, jp},
		"without formats": {nil, jp},
	}
	numbers := []string{"090-1234-5678", "+81 90 1234 5678", "(415) 555-2671", "+1 415 555 2671", "番号なし", "4155552671"}
	for name, history := range histories {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = b.Close() }()
			var all []schema.Record
			for i, fields := range history {
				batch := index.Batch{Position: index.Position{Epoch: "e", Seq: uint64(i + 1)}, Fields: fields}
				for j, number := range numbers {
					r := schema.NewRecord(string(rune('a'+i)) + string(rune('a'+j)))
					r.Set("profile.phone", schema.Text(number))
					r.Set(schema.MobileNumberField, schema.Text(number))
					batch.Upserts = append(batch.Upserts, r)
				}
				all = append(all, batch.Upserts...)
				if err := b.Apply(context.Background(), batch); err != nil {
					t.Fatal(err)
				}
			}
			checkPhones(t, b, all, numbers)
		})
	}
}

func checkPhones(t *testing.T, b index.Backend, all []schema.Record, numbers []string) {
	t.Helper()
	s, err := b.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	var questions []expr.Expr
	for _, region := range []string{"JP", "US"} {
		for _, needle := range append(slices.Clone(numbers), "0901", "+8190", "4155", "555-26", "なし") {
			questions = append(questions, expr.Quick{Terms: []string{schema.FoldQuick(needle)}, Region: region})
			for _, how := range []expr.Match{expr.Equal, expr.Contains, expr.Prefix, expr.Suffix} {
				for _, key := range []string{"profile.phone", schema.MobileNumberField} {
					questions = append(questions, expr.Text{Field: key, Kind: schema.String, Form: expr.Phone, Match: how, Needles: []string{needle}, Region: region})
				}
			}
		}
	}
	for _, e := range questions {
		want := 0
		for _, r := range all {
			if eval.Match(e, r) {
				want++
			}
		}
		got, err := s.Count(context.Background(), e)
		if err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d\n%#v", expr.String(e), got, err, want, e)
		}
	}
}

func TestStateFollowsTheFields(t *testing.T) {
	jp, us, plain := phoneFieldsOf(t, "JP", schema.FormatPhone), phoneFieldsOf(t, "US", schema.FormatPhone), phoneFieldsOf(t, "JP", "")
	check := func(s state, phone, mobile bool) {
		t.Helper()
		if s.hasPhones("profile.phone", "JP") != phone || s.hasPhones(schema.MobileNumberField, "JP") != mobile {
			t.Errorf("%+v: want profile.phone %v, the mobile number %v", s, phone, mobile)
		}
	}
	s := state{}.after(jp, true)
	check(s, true, true)
	check(s.after(jp, false), true, true)
	check(s.after(plain, false), false, true)
	check(s.after(plain, false).after(jp, false), false, true)
	check(s.after(us, false), false, false)
	check(s.after(us, false).after(jp, false), false, false)
	check(s.after(us, false).after(jp, true), true, true) // built anew
}
