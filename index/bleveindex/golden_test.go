package bleveindex

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

// compiled are the expressions whose compiled queries are kept in
// testdata/compiled.txt.
func compiled() []expr.Expr {
	text := func(field string, m expr.Match, f expr.Form, needles ...string) expr.Expr {
		return expr.Text{Field: field, Kind: schema.String, Match: m, Form: f, Needles: needles, Region: "JP"}
	}
	list := func(m expr.Match, f expr.Form, every bool, needles ...string) expr.Expr {
		return expr.Text{Field: "tags", Kind: schema.List, Match: m, Form: f, All: every, Needles: needles}
	}
	member := expr.Boolean{Field: "member", Value: true}
	active := expr.Range{Field: "sessionsCount", Kind: schema.Number, Min: 5, MinOpen: true, Max: math.Inf(1)}
	return []expr.Expr{
		expr.Everyone(),
		expr.NoOne(),
		member,
		expr.Boolean{Field: "member"},
		expr.Present{Field: "profile.email"},
		expr.Not{Of: expr.Present{Field: "tags"}},
		expr.Present{Field: "id"},
		active,
		expr.Range{Field: "lastSeenAt", Kind: schema.Date, Min: 0, Max: 86_400_000, MaxOpen: true},
		expr.Among{Field: "sessionsCount", Kind: schema.Number, Values: []float64{1, 2.5}},
		expr.Among{Field: "createdAt", Kind: schema.Date, Values: []float64{1, 2, 3, 4, 5, 6, 7}},
		text("name", expr.Equal, expr.Folded, "タナカ"),
		text("name", expr.Equal, expr.Folded, "a", "b", "c", "d", "e", "f"),
		text("name", expr.Contains, expr.Folded, "タナカ"),
		text("name", expr.Prefix, expr.Folded, "タナカ"),
		text("name", expr.Suffix, expr.Folded, "タナカ"),
		text("name", expr.Equal, expr.Exact, "たなか"),
		text("name", expr.Contains, expr.Exact, "たなか"),
		text("id", expr.Equal, expr.Folded, "a"),
		text("id", expr.Equal, expr.Exact, "A"),
		text("id", expr.Contains, expr.Folded, "a"),
		text("id", expr.Prefix, expr.Exact, "A"),
		text("profile.mobileNumber", expr.Equal, expr.Phone, "090-1234-5678"),
		text("profile.mobileNumber", expr.Equal, expr.Phone, "090-1234-5678", "番号なし"),
		text("profile.mobileNumber", expr.Prefix, expr.Phone, "090-1"),
		text("profile.mobileNumber", expr.Contains, expr.Phone, "なし"),
		text("profile.other", expr.Equal, expr.Phone, "090-1234-5678"),
		list(expr.Equal, expr.Folded, false, "vip"),
		list(expr.Equal, expr.Folded, true, "vip", "new"),
		list(expr.Prefix, expr.Folded, false, "vip/"),
		list(expr.Prefix, expr.Folded, true, "vip/"),
		list(expr.Equal, expr.Exact, false, "VIP"),
		list(expr.Suffix, expr.Exact, true, "IP"),
		expr.Version{Field: "mobile.appVersion", Min: "2.10", MinOpen: true},
		expr.Version{Field: "mobile.appVersion", Min: "2.10", Max: "3"},
		expr.Quick{Terms: []string{"田中", "090-1234"}, Region: "JP"},
		expr.Quick{Terms: []string{"+8190"}, Region: "US"},
		expr.Quick{Terms: []string{"090-1234"}, Region: "JP", Fields: []string{"name", "id"}},
		expr.Quick{Terms: []string{"090-1234"}, Region: "JP", Fields: []string{"profile.mobileNumber"}},
		expr.And{Of: []expr.Expr{text("profile.email", expr.Contains, expr.Folded, "@x.jp"), expr.Not{Of: member}, active}},
		expr.And{Of: []expr.Expr{member, expr.Or{Of: []expr.Expr{active, text("profile.email", expr.Contains, expr.Folded, "@x.jp")}}}},
		expr.Not{Of: expr.Or{Of: []expr.Expr{member, active}}},
		expr.And{Of: []expr.Expr{member, expr.Not{Of: member}}},
	}
}

func TestCompiledQueries(t *testing.T) {
	s := state{Format: format}.after(crowdFields(t), true)
	var b strings.Builder
	for _, e := range compiled() {
		fmt.Fprintf(&b, "%s\n", expr.String(e))
		for line := range strings.Lines(describe(compile(e, s), func(node) string { return "" })) {
			b.WriteString("    " + line)
		}
	}
	const path = "testdata/compiled.txt"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != string(want) {
		t.Errorf("the compiled queries are not those of %s (rewrite it with -update):\n%s", path, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
