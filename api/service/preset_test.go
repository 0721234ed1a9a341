package service

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"meibo/api/table"
	"meibo/dsl/schema"
)

// presetRows reads a sample file as an import with its preset would: for each
// row what is written, "field=value", blank values left out.
func presetRows(t *testing.T, file string, system bool) (name string, rows [][]string) {
	t.Helper()
	reader, _, err := table.Open(table.Source{Name: file, Path: filepath.Join("../../testdata/imports", file)}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	p, ok := presetOf(reader.Columns())
	if !ok {
		t.Fatalf("%s is not recognised", file)
	}
	fields, err := schema.NewFields("JP", schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	laid := p.reading(reader.Columns(), system)
	for {
		r, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return p.name, rows
		}
		if err != nil {
			t.Fatal(err)
		}
		var written []string
		for i, cell := range laid.cells(r.Cells) {
			f := laid.fields[i]
			if known, ok := fields.Lookup(f.Key); ok {
				f = known
			}
			if f.Key == "" {
				if cell != "" {
					written = append(written, "("+reader.Columns()[i]+")")
				}
				continue
			}
			v, fault := cellFormat{}.parse(f, cell, tokyoZone())
			if fault != nil {
				t.Errorf("%s, row %d: %v", file, r.Line, fault)
			}
			switch {
			case v.Kind() == schema.Date:
				written = append(written, f.Key+"="+time.UnixMilli(v.Millis()).In(tokyoZone()).Format("2006-01-02T15:04:05"))
			case v.Kind() == schema.Number:
				written = append(written, f.Key+"="+strconv.FormatFloat(v.Num(), 'f', -1, 64))
			case !v.IsMissing():
				written = append(written, fmt.Sprint(f.Key, "=", strings.Trim(v.String(), `"`)))
			}
		}
		rows = append(rows, written)
	}
}

func TestPresetsReadTheirFiles(t *testing.T) {
	for _, c := range []struct {
		file, preset string
		system       bool
		row          int
		want         []string
	}{
		{"shopify-customers.csv", "shopify", true, 0, []string{"memberId=7301122334455", "name=髙橋 花子", "profile.email=hanako@shop.example",
			"unsubscribeEmail=false", "profile.address1=神南1-2-3", "profile.address2=渋谷ハイツ 201", "profile.city=渋谷区", "profile.provinceCode=JP-13",
			"profile.countryCode=JP", "profile.zip=150-0041", "profile.addressPhone=+81 3-1234-5678", "profile.mobileNumber=+819012345678",
			"unsubscribeTexting=true", "profile.totalSpent=128400", "profile.totalOrders=12", "profile.description=配送は午後, 置き配可",
			"profile.taxExempt=false", `tags=("VIP", "常連")`}},
		{"shopify-customers.csv", "shopify", false, 1, []string{"profile.shopifyCustomerId=7301122334456", "profile.name=James O'Neil",
			"profile.email=james@shop.example", "unsubscribeEmail=true", "profile.company=Neil, Inc.", "profile.address1=1 Main St", "profile.city=Springfield",
			"profile.provinceCode=IL", "profile.countryCode=US", "profile.zip=62701", "profile.mobileNumber=+12175550123", "unsubscribeTexting=true",
			"profile.totalSpent=89.9", "profile.totalOrders=1", "profile.taxExempt=true", `tags=("wholesale")`}},
		{"shopify-customers.csv", "shopify", false, 2, []string{"profile.shopifyCustomerId=7301122334457", "profile.name=佐藤", "profile.email=sato@shop.example",
			"unsubscribeEmail=true", "unsubscribeTexting=true", "profile.totalSpent=0", "profile.totalOrders=0", "profile.taxExempt=false"}},
		{"cafe24-members-ko.csv", "cafe24", true, 0, []string{"memberId=hong1", "name=홍길동", "profile.memberLevel=일반회원", "profile.email=hong@shop.example",
			"profile.mobileNumber=+82 10-1234-5678", "unsubscribeTexting=false", "unsubscribeEmail=true", "profile.gender=남", "profile.birthday=1990-05-06T00:00:00",
			"profile.zip=06236", "profile.address1=서울시 강남구 테헤란로 1", "profile.totalSpent=1250000", "profile.totalOrders=14", "profile.points=3200",
			"profile.joinedAt=2024-01-15T10:20:30", "profile.lastLoginAt=2026-11-20T09:00:00", "(추천인)"}},
		{"cafe24-members-ko.csv", "cafe24", true, 2, []string{"memberId=lee3", "name=이서연", "profile.memberLevel=우수회원", "profile.email=lee@shop.example",
			"unsubscribeTexting=true", "unsubscribeEmail=false", "profile.gender=여", "profile.totalSpent=35000", "profile.totalOrders=2", "profile.points=500",
			"profile.joinedAt=2026-03-09T23:59:59", "profile.lastLoginAt=2026-11-23T12:00:00"}},
		{"cafe24-members-ja.csv", "cafe24", false, 1, []string{"profile.cafe24Id=takahashi2", "profile.name=髙橋 花子", "profile.memberLevel=VIP",
			"profile.email=takahashi@shop.example", "profile.mobileNumber=080-3333-4444", "unsubscribeEmail=true", "unsubscribeTexting=true", "profile.gender=女",
			"profile.birthday=1990-12-31T00:00:00", "profile.zip=060-0001", "profile.address1=北海道札幌市中央区①番地", "profile.totalSpent=1234567",
			"profile.totalOrders=88", "profile.joinedAt=2024-02-29T23:59:00", "profile.lastLoginAt=2026-11-23T00:00:00"}},
		{"cafe24-members-en.csv", "cafe24", true, 0, []string{"memberId=amy01", "name=Amy Park", "profile.memberLevel=Bronze", "profile.email=amy@shop.example",
			"profile.mobileNumber=+821055556666", "unsubscribeEmail=false", "unsubscribeTexting=true", "profile.points=1200", "profile.joinedAt=2025-04-05T06:07:08"}},
	} {
		name, rows := presetRows(t, c.file, c.system)
		if diff := cmp.Diff(c.want, rows[c.row]); diff != "" || name != c.preset {
			t.Errorf("%s, row %d, as %s:\n%s", c.file, c.row, name, diff)
		}
	}
}

func TestHeadersOfOtherFilesAreNoPreset(t *testing.T) {
	for _, header := range []string{"id,name,email", "First Name,Last Name,Email", "会員ID,氏名,会員ランク,メールアドレス,携帯番号,生年月日", "회원등급,이름,이메일", "", ",,"} {
		if p, ok := presetOf(strings.Split(header, ",")); ok {
			t.Errorf("%q is taken for %s", header, p.name)
		}
	}
	if _, err := presetNamed("magento"); CodeOf(err) != CodeBadRequest {
		t.Error(err)
	}
}

// Every field that a preset creates can be created, and no two of its columns
// have the same name.
func TestPresetsAreSound(t *testing.T) {
	initial, err := schema.NewFields("JP", schema.InitialFields())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range presets() {
		if found, err := presetNamed(p.name); err != nil || found.label != p.label || p.label.JA == "" || p.label.EN == "" {
			t.Errorf("%s: %v", p.name, err)
		}
		taken, fields := map[string]string{}, map[string]schema.Field{}
		for _, c := range p.columns {
			for _, header := range c.headers {
				if other, twice := taken[bareHeader(header)]; twice {
					t.Errorf("%s: %q is %s and %s", p.name, header, other, c.key)
				}
				taken[bareHeader(header)] = c.key
			}
			for _, key := range []string{c.field.Key, c.own} {
				if _, exists := initial.Lookup(key); key != "" && !exists {
					fields[key] = c.field
				}
			}
		}
		for _, f := range fields {
			if _, err := initial.With(f); err != nil || schema.CheckProfileKey(f.Key) != nil || f.Labels.JA == "" || f.Labels.EN == "" || f.Kind == schema.None {
				t.Errorf("%s: %+v: %v", p.name, f, err)
			}
		}
	}
}

func TestAnswersThatAPresetDoesNotKnowAreLeft(t *testing.T) {
	for cell, want := range map[string]string{"yes": "false", "No": "true", "Ｙ": "false", "受信する": "false", "受信 拒否": "true", "maybe": "maybe"} {
		if got := optOut(cell); got != want {
			t.Errorf("%q: %q, want %q", cell, got, want)
		}
	}
	for _, c := range [][3]string{{"山田", "花子", "山田 花子"}, {"홍", "길동", "홍길동"}, {"Smith", "Ann", "Ann Smith"}, {"", "Ann", "Ann"}, {" 佐藤 ", "", "佐藤"}, {"", "", ""}} {
		if got := joinName(c[0], c[1]); got != c[2] {
			t.Errorf("%q %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
