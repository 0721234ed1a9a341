package dsl

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// mostTime is how long any text may take to be accepted or refused.
const mostTime = 100 * time.Millisecond

// broken are texts that are no filters, each an attack on one pass.
func broken() map[string]string {
	return map[string]string{
		"brackets":        strings.Repeat("(", 1_000_000),
		"closing":         strings.Repeat(")", 1_000_000),
		"nots":            strings.Repeat("NOT ", 260_000),
		"bangs":           strings.Repeat("!", 1_000_000),
		"not brackets":    strings.Repeat("NOT(", 260_000),
		"lists":           strings.Repeat("a IN (", 170_000),
		"quotes":          strings.Repeat(`"`, 1_000_000),
		"escapes":         `"` + strings.Repeat(`\q`, 500_000),
		"words":           strings.Repeat("a ", 500_000),
		"dots":            strings.Repeat("a.", 500_000),
		"only dots":       strings.Repeat(".", 1_000_000),
		"commas":          strings.Repeat(",", 1_000_000),
		"list commas":     "a IN (" + strings.Repeat(",", 1_000_000),
		"operators":       strings.Repeat("= ", 500_000),
		"doubled":         strings.Repeat("== ", 340_000),
		"between":         strings.Repeat("BETWEEN 1 AND ", 70_000),
		"has":             strings.Repeat("HAS ANY ", 130_000),
		"minus":           "a = now" + strings.Repeat("-1d", 300_000),
		"digits":          "a = " + strings.Repeat("1", 1_000_000),
		"dates":           strings.Repeat("2026-11-23", 100_000),
		"years":           strings.Repeat("2026-", 200_000),
		"backticks":       strings.Repeat("`", 1_000_000),
		"comments":        strings.Repeat("#\n", 500_000),
		"kanji":           strings.Repeat("漢", 340_000),
		"bad":             strings.Repeat("@ ", 500_000),
		"one name":        strings.Repeat("a", 1_000_000),
		"ands":            strings.Repeat("AND ", 260_000),
		"in ands":         "a IN (1) " + strings.Repeat("AND a IN (1 ", 80_000),
		"many errors":     strings.Repeat("nam = 5 AND ", 900) + "x = 1",
		"values":          "a = " + strings.Repeat("1 ", 500_000),
		"two word values": "a = b " + strings.Repeat("c ", 500_000),
		"operands":        strings.Repeat(`"a" `, 250_000),
		"fields":          strings.Repeat("member name ", 80_000),
		"one long line":   strings.Repeat("x = 1 OR ", 990) + `y = "` + strings.Repeat("z", 900_000),
	}
}

// filling repeats what make gives for 0, 1, 2 … behind head until the text is
// as long as a filter may be, or count times.
func filling(head string, count int, tail string, make func(i int) string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range count {
		part := make(i)
		if b.Len()+len(part)+len(tail) > MaxText {
			break
		}
		b.WriteString(part)
	}
	return b.String() + tail
}

// joined is the most conditions that fit, with OR between them.
func joined(make func(i int) string) string {
	return filling("", MaxPredicates-1, "member", func(i int) string { return make(i) + " OR " })
}

// lists is as many lists on a field as fit, each of 10,000 values.
func lists(field string, value func(i int) string) string {
	return filling("", 100_000_000, "", func(i int) string {
		switch {
		case i == 0:
			return field + " IN (" + value(i) + ","
		case i%MaxListValues == 0:
			return ") OR " + field + " IN (" + value(i) + ","
		}
		return value(i) + ","
	}) + ")"
}

// large are filters as large as the limits let them be, each an attack on one
// pass. Most compile; the last thing in some is wrong, so that everything
// before it is read and the fixes are tried.
func large() map[string]string {
	slow := strings.Repeat("ｶﾞé", MaxLiteral/8) // what folds slowest
	deep := strings.Repeat("(", MaxDepth-1)
	shut := strings.Repeat(")", MaxDepth-1)
	alternate := func(leaf string) string { // brackets that cannot be dropped
		return strings.Repeat("member OR member AND (", 40) + leaf + strings.Repeat(")", 40)
	}
	texts := map[string]string{
		"comments":           strings.Repeat("#\n", MaxText/2),
		"spaces":             strings.Repeat(" ", MaxText),
		"ideographic spaces": strings.Repeat("　", MaxText/3),
		"line ends":          strings.Repeat("\n", MaxText),
		"one comment":        "member # " + strings.Repeat("あ", MaxText/3-10),
		"comments inside":    "member" + strings.Repeat(" # a\n", MaxText/5-10) + " AND member",
		"commented list":     filling("id IN (", MaxListValues, ")", func(i int) string { return fmt.Sprintf("%q, # %d %s\n", "c"+fmt.Sprint(i), i, strings.Repeat("x", 80)) }),
		"commented parts":    joined(func(i int) string { return fmt.Sprintf("name = \"n%d\" # %s\n", i, strings.Repeat("y", 900)) }),
		"ids":                lists("id", func(i int) string { return fmt.Sprintf("\"c%d\"", i) }),
		"short strings":      lists("id", func(i int) string { return fmt.Sprintf("\"%c\"", 'a'+i%26) }),
		"kanji strings":      lists("name", func(i int) string { return fmt.Sprintf("\"田%c\"", '一'+rune(i%9000)) }),
		"hiragana strings":   lists("name", func(i int) string { return fmt.Sprintf("「ひ%cら」", 'ぁ'+rune(i%80)) }),
		"exact strings":      lists("name", func(i int) string { return fmt.Sprintf("exact('%d')", i) }),
		"escaped strings":    lists("name", func(i int) string { return fmt.Sprintf(`"\u%04x\\"`, i%0x3000+0x3041) }),
		"slow strings":       lists("name", func(i int) string { return fmt.Sprintf("\"%dé\"", i) }),
		"tags":               strings.ReplaceAll(lists("tags", func(i int) string { return fmt.Sprintf("\"%d\"", i) }), "tags IN", "tags HAS ANY"),
		"tag sets":           strings.ReplaceAll(lists("tags", func(i int) string { return fmt.Sprintf("\"%d\"", i%4000) }), "tags IN", "tags ="),
		"numbers":            lists("sessionsCount", func(i int) string { return fmt.Sprint(i) }),
		"fractions":          lists("sessionsCount", func(i int) string { return fmt.Sprintf("%d.5", 1000+i%9000) }),
		"largest numbers":    lists("sessionsCount", func(int) string { return "9007199254740992" }),
		"long numbers":       joined(func(i int) string { return "sessionsCount = 0." + strings.Repeat("0", 990) + "9007199254740992e1006" }),
		"days":               lists("lastSeenAt", func(i int) string { return fmt.Sprintf("20%02d-%02d-%02d", i%100, i%12+1, i%28+1) }),
		"instants": lists("lastSeenAt", func(i int) string {
			return fmt.Sprintf("20%02d-%02d-%02dT%02d:%02d:%02d.%03d+09:00", i%100, i%12+1, i%28+1, i%24, i%60, i%60, i%1000)
		}),
		"milliseconds":   lists("lastSeenAt", func(i int) string { return fmt.Sprint(i) }),
		"relative dates": lists("lastSeenAt", func(i int) string { return fmt.Sprintf("now-%ds", i) }),
		"relative days":  lists("lastSeenAt", func(i int) string { return fmt.Sprintf("today-%dd", i) }),
		"starts":         lists("lastSeenAt", func(i int) string { return fmt.Sprintf("endOf(mo)-%dd", i) }),
		"shifts":         joined(func(int) string { return "lastSeenAt > now" + strings.Repeat("+1mo-4w", 120) }),
		"slow needles":   joined(func(i int) string { return fmt.Sprintf("name ~ \"%d%s\"", i, slow[:960]) }),
		"slow exact":     joined(func(i int) string { return fmt.Sprintf("name ~ exact(\"%d%s\")", i, slow[:960]) }),
		"slow searches":  joined(func(i int) string { return fmt.Sprintf("\"%d%s\"", i, slow[:960]) }),
		"many terms": joined(func(i int) string {
			return "\"" + filling("", 400, "", func(j int) string { return fmt.Sprintf("%c%c ", 'a'+j%26, 'a'+j/26) }) + fmt.Sprint(i) + "\""
		}),
		"versions": joined(func(i int) string {
			return fmt.Sprintf("mobile.appVersion > version(\"%d%s\")", i, strings.Repeat(".1", 480))
		}),
		"version pairs": joined(func(i int) string {
			return fmt.Sprintf("mobile.appVersion >= version(\"%d%s\")", i, strings.Repeat(".1", 480))
		})[:0] + strings.ReplaceAll(joined(func(i int) string {
			return fmt.Sprintf("mobile.appVersion > version(\"%d%s\")", i, strings.Repeat(".1", 480))
		}), " OR ", " AND "),
		"slow versions":      joined(func(i int) string { return fmt.Sprintf("mobile.appVersion > version(\"１.%d-%s\")", i, slow[:900]) }),
		"a list of versions": "mobile.appVersion IN (" + filling("", MaxNodes-2, "", func(i int) string { return fmt.Sprintf("version(\"%d\"),", i) }) + ")",
		"phone numbers":      lists("profile.mobileNumber", func(i int) string { return fmt.Sprintf("\"090-%04d\"", i) }),
		"odd phone numbers":  joined(func(i int) string { return "profile.mobileNumber ~ \"" + strings.Repeat("1-", 490) + "\"" }),
		"flags":              joined(func(int) string { return "member" }),
		"different":          joined(func(i int) string { return fmt.Sprintf("sessionsCount > %d AND name != \"%d\"", i, i) }),
		"nots":               joined(func(int) string { return strings.Repeat("NOT ", MaxDepth-1) + "member" }),
		"deep brackets":      joined(func(i int) string { return fmt.Sprintf("%ssessionsCount=%d%s", deep, i, shut) }),
		"deep nots": joined(func(i int) string {
			return fmt.Sprintf("%ssessionsCount=%d%s", strings.Repeat("NOT(", MaxDepth/2-1), i, strings.Repeat(")", MaxDepth/2-1))
		}),
		"nested tree":         alternate(strings.Repeat("name ~ \"x\" AND ", 900) + "member"),
		"nested long strings": alternate(strings.Repeat("name ~ \""+strings.Repeat("漢", 330)+"\" AND ", 900) + "member"),
		"nested list":         alternate("(" + lists("id", func(i int) string { return fmt.Sprintf("\"%dé\"", i) })[:MaxText-3000] + "\"))"),
		"long names":          joined(func(i int) string { return strings.Repeat("`", 1) + strings.Repeat("ab", 60) + fmt.Sprint(i) + "` = 1" }),
		"emoji":               joined(func(i int) string { return fmt.Sprintf("name ~ \"%d%s\"", i, strings.Repeat("👨‍👩‍👧", 50)) }),
		"combining marks":     joined(func(i int) string { return fmt.Sprintf("name ~ \"%d%s\"", i, strings.Repeat("\u0301\u0323", 230)) }),
		"segments":            joined(func(i int) string { return fmt.Sprintf("segment(\"big%d\")", i) }),
		"missing segments":    joined(func(i int) string { return fmt.Sprintf("segment(\"%d%s\")", i, strings.Repeat("x", 900)) }),
	}
	for name, text := range faulty() {
		texts[name] = text
	}
	return texts
}

// faulty are large filters with few enough faults that fixes are looked for.
func faulty() map[string]string {
	many := func(n int, part func(i int) string) string { return filling("", n, "", part) }
	texts := map[string]string{
		"unknown fields":    many(49, func(i int) string { return fmt.Sprintf("profile.fjeld%d = %d AND ", i, i) }) + "member",
		"unknown and known": many(49, func(i int) string { return fmt.Sprintf("profile.fjeld%d = %d AND ", i, i) }) + many(900, func(i int) string { return fmt.Sprintf("name ~ \"%d\" OR ", i) }) + "member",
		"unknown labels":    many(49, func(i int) string { return fmt.Sprintf("項目の名前%d = %d AND ", i, i) }) + "member",
		"unknown with lists": many(45, func(i int) string {
			return fmt.Sprintf("sessionCount%d IN (%s) AND ", i, strings.Repeat(`"1",`, 5_000))
		}) + "member",
		"unknown with texts":  many(45, func(i int) string { return fmt.Sprintf("nam IN (%s) AND ", strings.Repeat(`"é",`, 4_000)) }) + "member",
		"wrong values":        many(45, func(i int) string { return fmt.Sprintf("sessionsCount IN (%s) AND ", strings.Repeat(`"1",`, 5_000)) }) + "member",
		"one wrong value":     lists("id", func(i int) string { return fmt.Sprintf("\"c%d\"", i) })[:MaxText-100] + "\") AND sessionsCount = \"5\"",
		"a wrong end":         joined(func(i int) string { return fmt.Sprintf("name ~ \"%d\"", i) }) + " AND sessionsCount = \"5\" AND nam = 5",
		"wrong ends":          joined(func(i int) string { return fmt.Sprintf("name ~ \"%d\"", i) })[:15_000] + "\" AND sessionsCount = " + strings.Repeat("\"5\" AND sessionsCount = ", 48) + "1",
		"missing connectives": joined(func(i int) string { return fmt.Sprintf("name ~ \"%d\"", i) })[:15_000] + "\" " + strings.Repeat("member ", 48),
		"deep and wrong":      strings.ReplaceAll(large2(), "sessionsCount=7", "sessionsCount=\"7\""),
		"deep and broken":     large2() + ")",
		"blanks":              many(49, func(i int) string { return "name = \"\" AND " }) + "member",
		"list of blanks":      "name IN (" + strings.Repeat("\"\",", MaxListValues-1) + ")",
		"spaced blanks": many(49, func(i int) string {
			return "name = " + strings.Repeat(" ", 20_000) + "\"\"" + strings.Repeat(" ", 500) + " AND "
		}) + "member",
		"bad dates":    many(49, func(i int) string { return fmt.Sprintf("lastSeenAt > 2026-%d-1 AND ", i+2) }) + "member",
		"bad escapes":  many(40, func(i int) string { return "name = \"\\q\" AND " }) + "name = \"" + strings.Repeat("x", MaxLiteral) + "\"",
		"unclosed":     strings.Repeat("(", 40) + joined(func(i int) string { return fmt.Sprintf("name ~ \"%d\"", i) }),
		"unterminated": joined(func(i int) string { return fmt.Sprintf("name ~ \"%d\"", i) }) + " AND name = \"" + strings.Repeat("漢 ", 200_000),
		"mixed forms":  "tags = (" + strings.Repeat("\"a\",exact(\"b\"),", MaxListValues/2-1) + ")",
		"long values":  many(45, func(i int) string { return "sessionsCount = \"" + strings.Repeat("１", 340) + "\" AND " }) + "member",
		"reversed":     joined(func(i int) string { return "sessionsCount BETWEEN 2 AND 1" }),
	}
	return texts
}

// large2 is a thousand conditions in sixty brackets each.
func large2() string {
	return joined(func(i int) string {
		return strings.Repeat("(", 60) + fmt.Sprintf("sessionsCount=%d", i) + strings.Repeat(")", 60)
	})
}

// hostileEnv is a workspace with a thousand fields more than it starts with,
// and segments as large as they can be.
func hostileEnv(t testing.TB) Env {
	env := testEnv(t)
	var more []schema.Field
	for i := range 1000 {
		more = append(more, schema.Field{Key: fmt.Sprintf("profile.field%d", i), Kind: schema.Number, Labels: schema.Words{JA: fmt.Sprintf("項目の名前その%d", i), EN: fmt.Sprintf("The name of field %d", i)}})
	}
	fields, err := env.Fields.With(more...)
	if err != nil {
		t.Fatal(err)
	}
	env.Fields = fields
	big := lists("id", func(i int) string { return fmt.Sprintf("\"c%d\"", i) })
	env.Segments = func(key string) (Segment, bool) { return Segment{Filter: big}, strings.HasPrefix(key, "big") }
	return env
}

// TestHostileTexts: whatever the text, it is accepted or refused soon, by
// Compile and by Format.
func TestHostileTexts(t *testing.T) {
	env := hostileEnv(t)
	for name, text := range broken() {
		t.Run("broken/"+name, func(t *testing.T) {
			var list []Diagnostic
			soon(t, "Compile", func() { _, list = Compile(text, env) })
			if !HasErrors(list) && name != "comments" {
				t.Error("no diagnostic")
			}
			soon(t, "Format", func() { Format(text) })
		})
	}
	for name, text := range large() {
		t.Run("large/"+name, func(t *testing.T) {
			if len(text) > MaxText {
				t.Fatalf("%d bytes", len(text))
			}
			var list []Diagnostic
			soon(t, "Compile", func() { _, list = Compile(text, env) })
			if len(list) > 0 {
				t.Logf("%d diagnostics, first %s", len(list), clip(list[0].Rendered))
			}
			soon(t, "Format", func() { Format(text) })
		})
	}
}

// soon takes the best of a few runs: other programs run on this machine too.
func soon(t *testing.T, what string, run func()) {
	t.Helper()
	best := time.Hour
	for i := 0; i < 2; i++ {
		runtime.LockOSThread()
		start := cpuNow()
		run()
		best = min(best, cpuNow()-start)
		runtime.UnlockOSThread()
	}
	if best > mostTime/3 {
		t.Logf("%s TAKES %s %v", t.Name(), what, best)
	}
	if best > mostTime {
		t.Errorf("TOO LONG")
	}
}
