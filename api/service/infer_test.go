package service

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
)

func TestKindIsInferredFromAllValues(t *testing.T) {
	for _, c := range []struct {
		cells string // separated by |
		want  schema.Kind
	}{
		{"", schema.None}, {" |　||\t", schema.None},
		{"true|false|TRUE||False", schema.Boolean}, {"true|yes", schema.String}, {"Yes|No", schema.String}, {"はい|いいえ", schema.String},
		{"0|1|0", schema.Number}, {"1| |2.5|-3", schema.Number}, {"29.85|1889.5", schema.Number}, {"0.5|0|-0.25", schema.Number},
		{"1|2|x", schema.String}, {"1|true", schema.String}, {"1|2026-01-01", schema.String},
		{"007|12", schema.String}, {"0120123456", schema.String}, {"00.5", schema.String}, {"+5", schema.String}, {"1e5", schema.String},
		{"1,234", schema.String}, {".5", schema.String}, {"5.", schema.String}, {"NaN", schema.String}, {"Inf", schema.String}, {"0x10", schema.String},
		{"9007199254740991", schema.Number}, {"9007199254740993", schema.String}, {"12345678901234567", schema.String},
		{"2026-11-23", schema.Date}, {"2026-11-23|2026-11-23T10:00:00+09:00||2026-11-23 10:00", schema.Date},
		{"2026-11-23|2026-02-30", schema.String}, {"2026/11/23", schema.String}, {"20261123", schema.Number},
		{"a;b|c", schema.String}, {"[1,2]", schema.String},
	} {
		var e evidence
		for cell := range strings.SplitSeq(c.cells, "|") {
			e |= seenInCell(cell, time.UTC)
		}
		if got := e.kind(); got != c.want {
			t.Errorf("%q: %s, want %s", c.cells, got, c.want)
		}
	}
}

func TestKindIsInferredFromJSON(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want schema.Kind
	}{
		{`[null, "", "  ", []]`, schema.None}, {`[true, null]`, schema.Boolean}, {`["true"]`, schema.String},
		{`[1, 2.5e3]`, schema.Number}, {`["1"]`, schema.String}, {`[1, "1"]`, schema.String}, {`[12345678901234567890]`, schema.String},
		{`["2026-11-23", null]`, schema.Date}, {`[["a"], "b", 1]`, schema.List}, {`[1, true]`, schema.String},
	} {
		d := json.NewDecoder(strings.NewReader(c.raw))
		d.UseNumber()
		var values []any
		if err := d.Decode(&values); err != nil {
			t.Fatal(err)
		}
		var e evidence
		for _, v := range values {
			e |= seenInJSON(v, time.UTC)
		}
		if got := e.kind(); got != c.want {
			t.Errorf("%s: %s, want %s", c.raw, got, c.want)
		}
	}
}

func TestWhereColumnsGo(t *testing.T) {
	fields, err := schema.NewFields("JP", append(schema.InitialFields(),
		schema.Field{Key: "profile.rank", Kind: schema.Number, Labels: schema.Words{JA: "ランク", EN: "Rank"}, Write: schema.WriteManager}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		header         string
		system, create bool
		ndjson         bool
		want           string // field key, "new KEY", "unknown" or "skip"
	}{
		{header: "email", want: "profile.email"}, {header: "EMAIL", want: "profile.email"}, {header: "メール", want: "profile.email"},
		{header: "profile.email", want: "profile.email"}, {header: "携帯番号", want: "profile.mobileNumber"}, {header: "ﾗﾝｸ", want: "profile.rank"},
		{header: "name", want: "profile.name"}, {header: "name", system: true, want: "name"}, {header: "名前", want: "profile.name"},
		{header: "名前", system: true, want: "name"}, {header: "id", want: "id"}, {header: "tags", want: "tags"}, {header: "顧客タグ", want: "tags"},
		{header: "memberid", system: true, want: "memberId"}, {header: "lastSeenAt", create: true, want: "lastSeenAt"},
		{header: "Churn", want: "unknown"}, {header: "Churn", create: true, want: "new profile.Churn"},
		{header: "profile.Churn", create: true, want: "new profile.Churn"}, {header: "RANK", create: true, want: "profile.rank"},
		{header: "お気に入り", create: true, want: "new profile.column_7"}, {header: "2nd", create: true, want: "new profile.column_7"},
		{header: "a b", create: true, want: "new profile.column_7"}, {header: "", create: true, want: "new profile.column_7"}, {header: "", want: "skip"},
		{header: "name", ndjson: true, want: "name"}, {header: "web.colour", ndjson: true, create: true, want: "unknown"},
		{header: "profile", ndjson: true, create: true, want: "unknown"}, {header: "email", ndjson: true, want: "profile.email"},
		{header: "profile.x", ndjson: true, create: true, want: "new profile.x"},
		{header: "mapped", want: "profile.description"}, {header: "ＭＡＰＰＥＤ", want: "profile.description"}, {header: "dropped", want: "skip"},
	} {
		resolver, err := newColumnResolver(fields, ImportRequest{System: c.system, CreateFields: c.create,
			Map: []ColumnMapping{{Column: "mapped", Field: "profile.description"}, {Column: "dropped"}}})
		if err != nil {
			t.Fatal(err)
		}
		col := resolver.column(c.header, 7, c.ndjson)
		got := col.key()
		switch {
		case col.pending != nil:
			got = "new " + got
		case col.skip:
			got = "skip"
		case col.unknown:
			got = "unknown"
		}
		if got != c.want {
			t.Errorf("%+v: goes to %s", c, got)
		}
	}
}

func TestColumnsThatCannotBeKeysShareNoField(t *testing.T) {
	fields, _ := schema.NewFields("JP", schema.InitialFields())
	resolver, err := newColumnResolver(fields, ImportRequest{CreateFields: true})
	if err != nil {
		t.Fatal(err)
	}
	first := resolver.column("会社名", 3, false)
	other := resolver.column("部署", 3, false) // the third column of another file
	again := resolver.column("会社名", 9, false)
	if first.key() != "profile.column_3" || other.key() != "profile.column_4" || again.key() != "profile.column_3" {
		t.Errorf("%s, %s, %s", first.key(), other.key(), again.key())
	}
	if first.pending.field.Labels.JA != "会社名" {
		t.Errorf("label %q", first.pending.field.Labels.JA)
	}
}

func TestMappings(t *testing.T) {
	for text, want := range map[string]string{
		"a=profile.x": "{a profile.x None}", "a=b=profile.x:Number": "{a=b profile.x Number}", "a=": "{a  None}", " 名前 = name ": "{名前 name None}",
	} {
		m, err := ParseColumnMapping(text)
		if got := "{" + m.Column + " " + m.Field + " " + m.Kind.String() + "}"; err != nil || got != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "a", "=b", "a=profile.x:Text"} {
		if _, err := ParseColumnMapping(text); CodeOf(err) != CodeBadRequest {
			t.Errorf("%q: %v", text, err)
		}
	}
}
