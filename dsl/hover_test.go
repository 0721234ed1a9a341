package dsl

import (
	"strings"
	"testing"

	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// TestHoverThings: what stands under the cursor, how far it reaches, and what
// is told of it in English and counted.
func TestHoverThings(t *testing.T) {
	env := completionEnv(t)
	for _, test := range []struct{ text, under, title, says, counts string }{
		{`prof‸ile.email ~ "x"`, `profile.email`, `profile.email`, "Email (a string); format: email", `profile.email IS SET`},
		{`profile.em‸ail ~ "x"`, `profile.email`, `profile.email`, "Email", `profile.email IS SET`},
		{`profile‸.email ~ "x"`, `profile.email`, `profile.email`, "Email", `profile.email IS SET`},
		{"‸`member` AND x", "`member`", `member`, "Member (true or false)", `member IS SET`},
		{`name‸ = "x"`, `name`, `name`, "Name (a string)", `name IS SET`},
		{`profile.secret‸ = "x"`, `profile.secret`, `profile.secret`, "hidden", ``},
		{`profile.oldPlan‸ = "x"`, `profile.oldPlan`, `profile.oldPlan`, "archived", `profile.oldPlan IS SET`},
		{`name ‸= "x"`, `=`, `=`, "equals. Customers without a value do not match.", ``},
		{`name ‸!= "x"`, `!=`, `!=`, "does not equal. Customers without a value match too.", ``},
		{`name ‸≠ "x"`, `≠`, `!=`, "does not equal", ``},
		{`name N‸OT IN ("a")`, `NOT IN`, `NOT IN`, "equals none of. Customers without a value match too.", ``},
		{`name NOT I‸N ("a")`, `NOT IN`, `NOT IN`, "equals none of", ``},
		{`tags not has a‸ny ("a")`, `not has any`, `NOT HAS ANY`, "has none of the elements", ``},
		{`tags A‸LL ^= "a"`, `ALL`, `ALL`, "each of the elements", ``},
		{`tags ALL ‸^= "a"`, `^=`, `^=`, "begins with", ``},
		{`name IS NOT S‸ET`, `IS NOT SET`, `IS NOT SET`, "has no value", ``},
		{`name I‸S UNSET`, `IS UNSET`, `IS UNSET`, "has no value", ``},
		{`sessionsCount BETWEEN 1 A‸ND 5`, `AND`, `BETWEEN`, "both included", ``},
		{`member A‸ND name = "x"`, `AND`, `AND`, "both conditions hold", ``},
		{`N‸OT member`, `NOT`, `NOT`, "customers without a value match too", ``},
		{`member かつ‸ name = "x"`, `かつ`, `AND`, "both conditions hold", ``},
		{`country = "j‸p"`, `"jp"`, `"jp"`, "a string", `country = "jp"`},
		{`country IN ("us", 「ｊ‸ｐ」)`, `「ｊｐ」`, `"ｊｐ"`, "a string", `country = "jp"`},
		{`tags HAS ANY ("a", "v‸ip")`, `"vip"`, `"vip"`, "a string", `tags HAS "vip"`},
		{`tags HAS ex‸act("VIP")`, `exact("VIP")`, `exact("VIP")`, "character by character", `tags HAS exact("VIP")`},
		{`tags HAS exact("V‸IP")`, `exact("VIP")`, `exact("VIP")`, "character by character", `tags HAS exact("VIP")`},
		{`member = tr‸ue`, `true`, `TRUE`, "yes", `member = true`},
		{`sessionsCount > -‸5`, `-5`, `-5`, "a number", `sessionsCount = -5`},
		{`lastSeenAt > tod‸ay`, `today`, `today`, "the whole day of 2026-11-23 (Asia/Tokyo)", ``},
		{`lastSeenAt > now - 3‸0d`, `now - 30d`, `now-30d`, "2026-10-24 12:00:00 (Asia/Tokyo)", ``},
		{`lastSeenAt > startOf(m‸o)-1mo`, `startOf(mo)-1mo`, `startOf(mo)-1mo`, "the whole day of 2026-10-01 (Asia/Tokyo)", ``},
		{`lastSeenAt > startOf(mo)-1m‸o`, `startOf(mo)-1mo`, `startOf(mo)-1mo`, "2026-10-01", ``},
		{`lastSeenAt > 2026-‸11-20`, `2026-11-20`, `2026-11-20`, "the whole day of 2026-11-20", ``},
		{`seg‸ment("vip")`, `segment`, `segment("…")`, "the filter of a segment", ``},
		{`segment("v‸ip")`, `"vip"`, `segment("vip")`, `the segment Best customers: tags HAS "VIP"`, `tags HAS "vip"`},
		{`"田‸中"`, `"田中"`, `"田中"`, "quick search", `"田中"`},
		{`name NOT @ I‸N ("a")`, `IN`, `IN`, "equals one of", ``},
		{`@@ name = = "x" AND mem‸ber`, `member`, `member`, "Member", `member IS SET`},
	} {
		before, after, _ := strings.Cut(test.text, cursorMark)
		text, counted := before+after, ""
		h, ok := Hover(text, len(before), env.Env, HoverData{Count: func(e expr.Expr) (int, bool) {
			counted = expr.String(e)
			return 7, true
		}})
		if !ok || text[h.Range.Start:h.Range.End] != test.under || h.Title != test.title || !strings.Contains(h.Text.EN, test.says) || h.Text.JA == "" || strings.Contains(h.Text.JA+h.Text.EN, "%!") {
			t.Errorf("%s: %v %q %+v", test.text, ok, text[h.Range.Start:h.Range.End], h)
		}
		if test.counts != "" && (counted != test.counts || h.Count == nil || *h.Count != 7) {
			t.Errorf("%s: counts %s, not %s", test.text, counted, test.counts)
		}
		if (h.Count == nil) != (counted == "") {
			t.Errorf("%s: count %v, but asked for %q", test.text, h.Count, counted)
		}
	}
}

// TestHoverNothing: where there is nothing to say, it says so.
func TestHoverNothing(t *testing.T) {
	env := completionEnv(t)
	for _, marked := range []string{`‸`, `member ‸ AND x`, `(‸ member)`, `# member‸`, `nothing‸ = 1`, `segment("no‸body")`, `name = "x‸`, `name = Tan‸aka`,
		`lastSeenAt > now-3‸0`, `lookup("x‸")`, `name = ‸@`, `lastSeenAt > now+9000‸y`} {
		before, after, _ := strings.Cut(marked, cursorMark)
		if h, ok := Hover(before+after, len(before), env.Env, env.hover(t)); ok {
			t.Errorf("%s: %+v", marked, h)
		}
	}
}

// TestHoverExamples: a field's example is written as the language writes it.
func TestHoverExamples(t *testing.T) {
	env := completionEnv(t)
	for _, test := range []struct {
		key, want string
		value     schema.Value
	}{
		{"name", `"a \"b\""`, schema.Text(`a "b"`)},
		{"member", `TRUE`, schema.Bool(true)},
		{"sessionsCount", `1000000`, schema.Num(1e6)},
		{"lastSeenAt", `2026-11-23T12:00:00+09:00`, schema.At(env.Now.UnixMilli())},
		{"tags", `("a", "b", "c", …)`, schema.Strings("a", "b", "c", "d")},
		{"tags", `("a")`, schema.Strings("a")},
	} {
		h, ok := Hover(test.key, 1, env.Env, HoverData{Example: func(f schema.Field) (schema.Value, bool) { return test.value, f.Key == test.key }})
		if !ok || h.Example != test.want || h.Field == nil || h.Field.Key != test.key || h.Count != nil {
			t.Errorf("%s: %+v", test.key, h)
		}
	}
}
