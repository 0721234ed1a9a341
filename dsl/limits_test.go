package dsl

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"meibo/dsl/expr"
)

// A bound is a limit with texts that have exactly so many of what it counts.
// what is its row in SPEC.md, with what distinguishes the texts in brackets.
type bound struct {
	what string
	text func(n int) string
}

// times joins n parts.
func times(n int, part, between string) string {
	return strings.TrimSuffix(strings.Repeat(part+between, n), between)
}

// spread is n signs before a thousand conditions at most.
func spread(n int, condition func(signs int) string) string {
	conditions := min(n, MaxPredicates)
	parts := make([]string, conditions)
	for i := range parts {
		signs := n / conditions
		if i < n%conditions {
			signs++
		}
		parts[i] = condition(signs)
	}
	return strings.Join(parts, " OR ")
}

// valuesIn is a list behind a field and an operator.
func valuesIn(head string, n int, value, tail string) string {
	return head + " (" + times(n, value, ",") + tail + ")"
}

// behindCommas is full lists with n values that have a comma before them.
func behindCommas(n int) string {
	var lists []string
	for ; n > 0; n -= MaxListValues - 1 {
		lists = append(lists, valuesIn("id IN", min(n, MaxListValues-1)+1, `"x"`, ","))
	}
	return strings.Join(lists, " OR ")
}

func textBounds() []bound {
	brackets := func(n int, inside string) string { return strings.Repeat("(", n) + inside + strings.Repeat(")", n) }
	return []bound{
		{"bytes of the text", func(n int) string { return "member #" + strings.Repeat("x", n-8) }},
		{"bytes of the text (kanji)", func(n int) string { return "member #" + strings.Repeat("x", (n-8)%3) + strings.Repeat("漢", (n-8)/3) }},
		{"bytes of the text (spaces)", func(n int) string { return strings.Repeat(" ", n-6) + "member" }},

		{"brackets and NOTs inside one another", func(n int) string { return brackets(n, "member") }},
		{"brackets and NOTs inside one another (NOTs)", func(n int) string { return strings.Repeat("NOT ", n) + "member" }},
		{"brackets and NOTs inside one another (both)", func(n int) string {
			return strings.Repeat("NOT(", n/2) + strings.Repeat("NOT ", n%2) + "member" + strings.Repeat(")", n/2)
		}},
		{"brackets and NOTs inside one another (NOTs before a bracket)", func(n int) string { return strings.Repeat("NOT ", n-1) + "(member)" }},
		{"brackets and NOTs inside one another (a list)", func(n int) string { return brackets(n-1, `country IN ("JP", "US")`) }},
		{"brackets and NOTs inside one another (a negated list)", func(n int) string { return brackets(n-1, `country NOT IN ("JP")`) }},
		{"brackets and NOTs inside one another (a function)", func(n int) string { return brackets(n-2, `country IN ("JP", exact("US"))`) }},
		{"brackets and NOTs inside one another (a unit)", func(n int) string { return brackets(n-1, `lastSeenAt > startOf(mo)`) }},
		{"brackets and NOTs inside one another (a segment)", func(n int) string { return brackets(n-1, `segment("vip")`) }},
		{"brackets and NOTs inside one another (after others)", func(n int) string { return brackets(40, "member") + " AND " + brackets(n, "member") }},
		{"brackets and NOTs inside one another (Japanese)", func(n int) string { return strings.Repeat("（", n) + "member" + strings.Repeat("）", n) }},

		{"brackets and NOTs before conditions, altogether", func(n int) string { return spread(n, func(k int) string { return brackets(k, "member") }) }},
		{"brackets and NOTs before conditions, altogether (NOTs)", func(n int) string {
			return spread(n, func(k int) string { return strings.Repeat("NOT ", k) + "member" })
		}},
		{"brackets and NOTs before conditions, altogether (and of values)", func(n int) string {
			return spread(n, func(k int) string { return brackets(k, `country NOT IN (exact("JP"))`) })
		}},

		{"conditions", func(n int) string { return times(n, "member", " OR ") }},
		{"conditions (AND)", func(n int) string { return times(n, `name != "x"`, " AND ") }},
		{"conditions (BETWEEN)", func(n int) string { return times(n, "sessionsCount NOT BETWEEN 1 AND 2", " AND ") }},
		{"conditions (strings)", func(n int) string { return times(n, `"x"`, " OR ") }},
		{"conditions (in brackets)", func(n int) string { return "(" + times(n-1, "member", " OR ") + ") AND NOT member" }},
		{"conditions (comments)", func(n int) string { return times(n, "member # AND\n", " AND ") }},

		{"tokens of one condition, or of one value in a list", func(n int) string {
			return strings.Repeat("NOT ", (n-3)%2) + "lastSeenAt > now" + strings.Repeat("+1d # a b c\n", (n-3)/2)
		}},
		{"tokens of one condition, or of one value in a list (BETWEEN)", func(n int) string {
			return "member OR " + strings.Repeat("NOT ", (n-5)%2) + "lastSeenAt BETWEEN today AND now" + strings.Repeat("-1s", (n-5)/2) + " OR member"
		}},
		{"tokens of one condition, or of one value in a list (a value)", func(n int) string {
			word := []string{"startOf(mo)", "now"}[n%2] // four tokens or one
			return "lastSeenAt IN (today, " + word + strings.Repeat("+1d", (n-1)/2-(n+1)%2) + ", today+1d)"
		}},

		{"values in one list", func(n int) string { return valuesIn("id IN", n, `"x"`, "") }},
		{"values in one list (a comma behind)", func(n int) string { return valuesIn("id IN", n, `"x"`, ",") }},
		{"values in one list (numbers)", func(n int) string { return valuesIn("sessionsCount NOT IN", n, "-1.5", "") }},
		{"values in one list (functions)", func(n int) string { return valuesIn("tags HAS ANY", n, `exact("a,b")`, ",") }},
		{"values in one list (commented)", func(n int) string { return valuesIn("id IN", n-1, `"x"`, ", # one, two\n 'y'") }},
		{"values in one list (Japanese)", func(n int) string { return "id IN （" + times(n, "「x」", "、") + "）" }},
		{"values in all lists, the first of each not counted", behindCommas},
	}
}

// valueBounds are the limits of what a text says; they are found later.
func valueBounds() []bound {
	return []bound{
		{"bytes of one string, number or name", func(n int) string { return `name = "` + strings.Repeat("x", n) + `"` }},
		{"bytes of one string, number or name (kanji)", func(n int) string { return `name ~ '` + strings.Repeat("x", n%3) + strings.Repeat("漢", n/3) + `'` }},
		{"bytes of one string, number or name (escapes)", func(n int) string {
			return `name != "` + strings.Repeat("x", n%3) + strings.Repeat(`\u6f22`, n/3) + `"`
		}},
		{"bytes of one string, number or name (escaped quotes)", func(n int) string { return `name != exact("` + strings.Repeat(`\"`, n) + `")` }},
		{"bytes of one string, number or name (full width)", func(n int) string { return `name = "` + strings.Repeat("x", n%3) + strings.Repeat("Ａ", n/3) + `"` }},
		{"bytes of one string, number or name (a search)", func(n int) string { return strings.Repeat(`"x" OR `, 9) + `"` + strings.Repeat("x", n) + `"` }},
		{"bytes of one string, number or name (a number)", func(n int) string { return "sessionsCount = " + strings.Repeat("0", n-1) + "1" }},
		{"bytes of one string, number or name (a number of full width)", func(n int) string { return "sessionsCount = " + strings.Repeat("０", n-1) + "１" }},
		{"bytes of one string, number or name (in a list)", func(n int) string { return `id IN ("x", "` + strings.Repeat("x", n) + `", "y",)` }},
		{"bytes of a string once folded", func(n int) string { return `name = "` + strings.Repeat("x", n%5) + strings.Repeat("㈱", n/5) + `"` }},
		{"bytes of a string once folded (a search)", func(n int) string { return `"` + strings.Repeat("x", n%5) + strings.Repeat("㈱", n/5) + `"` }},
		{"bytes of a version", func(n int) string { return `mobile.appVersion > version("1` + strings.Repeat("0", n-1) + `")` }},
		{"digits of a duration", func(n int) string { return "lastSeenAt > now-" + strings.Repeat("0", n-1) + "1s" }},
		{"comments", func(n int) string { return strings.Repeat("#\n", n-1) + "member # and so on" }},
		{"comments (inside)", func(n int) string { return "member " + strings.Repeat("# a\n", n) + "AND member" }},
		{"segments inside one another", func(n int) string { return fmt.Sprintf(`segment("deep%d")`, MaxSegmentDepth+2-n) }},
		{"segments inside one another (beside others)", func(n int) string {
			return fmt.Sprintf(`segment("vip") AND NOT segment("deep%d")`, MaxSegmentDepth+2-n)
		}},
		{"nodes of the expression, segments expanded", func(n int) string { return filling("tags HAS ALL (", n-1, ")", numbered("'%d',")) }},
		{"nodes of the expression, segments expanded (a segment)", func(n int) string { return fmt.Sprintf(`segment("nodes%d") OR NOT member`, n-3) }},
		{"nodes of the expression, segments expanded (two segments)", func(n int) string { return fmt.Sprintf(`segment("nodes2000") AND segment("nodes%d")`, n-2001) }},
		{"bytes of the filters of all segments referred to", func(n int) string { return fmt.Sprintf(`segment("bytes%d")`, n) }},
		{"bytes of the filters of all segments referred to (two)", func(n int) string { return fmt.Sprintf(`segment("bytes%d") OR segment("bytes%d")`, n/2, n-n/2) }},
		{"bytes of strings that fold slowly, segments expanded", func(n int) string {
			rest := n % 1000
			return filling("", n/1000, `name = "`+strings.Repeat("ก", rest/3)+strings.Repeat("x", rest%3)+`"`, func(int) string {
				return `name ~ "` + strings.Repeat("ก", 333) + `x" OR `
			})
		}},
	}
}

// TestLimits holds each limit just below, at and just above its bound.
func TestLimits(t *testing.T) {
	rows := specLimits(t)
	env := limitsEnv(t)
	held := map[string]bool{}
	for _, b := range append(textBounds(), valueBounds()...) {
		what, _, _ := strings.Cut(b.what, " (")
		row, ok := rows[what]
		if !ok {
			t.Fatalf("SPEC.md has no limit of %s", what)
		}
		held[what] = true
		for _, n := range []int{row.most - 1, row.most} {
			if _, list := Compile(b.text(n), env); HasErrors(list) {
				t.Errorf("%s: %d: %s", b.what, n, codes(list))
			}
		}
		text := b.text(row.most + 1)
		if _, list := Compile(text, env); len(list) != 1 || list[0].Code != row.code {
			t.Errorf("%s: %d: %s", b.what, row.most+1, codes(list))
		} else {
			checkDiagnostic(t, text, list[0])
		}
	}
	for what := range rows {
		if !held[what] && what != "lines of a quick search" && what != "diagnostics of one filter" {
			t.Errorf("nothing holds the limit of %s", what)
		}
	}
}

// limitsEnv has segments of so many nodes and of so many bytes.
func limitsEnv(t *testing.T) Env {
	env := testEnv(t)
	env.Segments = func(key string) (Segment, bool) {
		n := 0
		if _, err := fmt.Sscanf(key, "nodes%d", &n); err == nil {
			return Segment{Filter: filling("tags HAS ALL (", n-1, ")", numbered("'%d',"))}, true
		}
		if _, err := fmt.Sscanf(key, "bytes%d", &n); err == nil {
			return Segment{Filter: "member #" + strings.Repeat("x", n-8)}, true
		}
		return testSegments(key)
	}
	return env
}

// TestNamesAreBounded: a long name is a limit first and an unknown field then.
func TestNamesAreBounded(t *testing.T) {
	for _, form := range []string{"%s", "`%s`", "profile.%s", "`あ`.%s"} {
		for n, want := range map[int]string{MaxLiteral - 1: "unknown_field", MaxLiteral: "unknown_field", MaxLiteral + 1: "literal_too_long"} {
			text := fmt.Sprintf(form, strings.Repeat("x", n)) + " = 1"
			if _, list := Compile(text, testEnv(t)); len(list) != 1 || list[0].Code != want {
				t.Errorf("%s: %d bytes: %s", form, n, codes(list))
			}
		}
	}
}

// TestNumbersAndYearsAreBounded: what a number and a date can be.
func TestNumbersAndYearsAreBounded(t *testing.T) {
	for text, code := range map[string]string{
		"sessionsCount = 9007199254740991": "", "sessionsCount = 9007199254740992": "", "sessionsCount = 9007199254740993": "bad_number",
		"sessionsCount = -9007199254740992": "", "sessionsCount = -9007199254740993": "bad_number",
		"sessionsCount = 9007199254740992.0": "", "sessionsCount = 9007199254740992.1": "bad_number", "sessionsCount = 9.007199254740992e15": "",
		"lastSeenAt = 0001-01-02": "", "lastSeenAt = 0001-01-01": "", "lastSeenAt = 0001-01-01-1d": "date_out_of_range", "lastSeenAt = 0000-12-31": "bad_date",
		"lastSeenAt = 9999-12-30": "", "lastSeenAt = 9999-12-31": "", "lastSeenAt = 9999-12-31+1d": "date_out_of_range",
		"lastSeenAt = 9999-12-31+1d-1d": "date_out_of_range", // from left to right
		"lastSeenAt > 253402300799999":  "", "lastSeenAt > 253402300800000": "date_out_of_range",
		"lastSeenAt > -62135596800000": "", "lastSeenAt > -62135596800001": "date_out_of_range",
		"lastSeenAt > 999999999": "", "lastSeenAt > 1000000000": "seconds_date", "lastSeenAt > 9999999999": "seconds_date", "lastSeenAt > 10000000000": "",
	} {
		_, list := Compile(text, testEnv(t))
		if code == "" && len(list) > 0 || code != "" && (len(list) != 1 || list[0].Code != code) {
			t.Errorf("%s: %s", text, codes(list))
		}
	}
}

// TestDiagnosticsAreBounded: errors go before warnings, and warnings, however
// many, change nothing of what a filter means.
func TestDiagnosticsAreBounded(t *testing.T) {
	env := testEnv(t)
	unknown := func(n int) string { return times(n, "nam = 1", " AND ") }
	reversed := func(n int) string { return times(n, "sessionsCount BETWEEN 2 AND 1", " OR ") }
	for n, want := range map[int]int{maxDiagnostics - 1: maxDiagnostics - 1, maxDiagnostics: maxDiagnostics, maxDiagnostics + 1: maxDiagnostics} {
		if _, list := Compile(unknown(n), env); len(list) != want || errorCount(list) != want {
			t.Errorf("%d errors: %d", n, len(list))
		}
		compiled, list := Compile(reversed(n)+" OR member", env)
		if len(list) != want || HasErrors(list) || expr.String(compiled.Expr) != "member = true" {
			t.Errorf("%d warnings: %d; %v", n, len(list), compiled.Expr)
		}
		if _, list := Compile(reversed(n)+" OR nam = 1", env); errorCount(list) != 1 || len(list) != min(n+1, maxDiagnostics) {
			t.Errorf("%d warnings and an error: %s", n, codes(list))
		}
		for _, last := range []string{"name > ()", "sessionsCount BETWEEN ()", "tags = ()", "lastSeenAt = ()", "member = ()", "tags ALL > ()"} {
			if _, list := Compile(unknown(n)+" AND "+last, env); len(list) != min(n+1, maxDiagnostics) {
				t.Errorf("%d errors and %s: %d", n, last, len(list))
			}
		}
	}
}

type specLimit struct {
	most int
	code string
}

// specLimits reads the table of limits.
func specLimits(t *testing.T) map[string]specLimit {
	_, section, _ := strings.Cut(readSpec(t), "\n## Limits\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := map[string]specLimit{}
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "at most") {
			continue
		}
		text := strings.ReplaceAll(strings.TrimSpace(cells[2]), ",", "")
		number, unit, _ := strings.Cut(text, " ")
		most, err := strconv.Atoi(number)
		if err != nil {
			t.Fatalf("%q is no limit", text)
		}
		most *= map[string]int{"": 1, "KiB": 1 << 10, "MiB": 1 << 20}[unit]
		rows[strings.TrimSpace(cells[1])] = specLimit{most, cell(cells[3])}
	}
	return rows
}
