package dsl

import (
	"fmt"
	"strings"
	"time"
)

// filling is head, what part gives for 0, 1, 2 … as often as count says and a
// filter has room for, and tail.
func filling(head string, count int, tail string, part func(i int) string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := range count {
		next := part(i)
		if b.Len()+len(next)+len(tail) > MaxText {
			break
		}
		b.WriteString(next)
	}
	return b.String() + tail
}

// numbered is a part made by a format of its number.
func numbered(format string) func(i int) string {
	return func(i int) string { return fmt.Sprintf(format, i) }
}

// ored is as many conditions as there may be, with OR between them.
func ored(condition func(i int) string) string {
	return filling("", MaxPredicates-1, "member", func(i int) string { return condition(i) + " OR " })
}

// inLists is a filter of as many values as there may be, in full lists.
func inLists(start string, value func(i int) string) string {
	return filling(start, MaxValues-MaxValues/MaxListValues, value(0)+")", func(i int) string {
		if i%MaxListValues == MaxListValues-1 {
			return value(i) + ") OR " + start
		}
		return value(i) + ","
	})
}

// wrapped is so many conditions, each in a number of brackets or NOTs.
func wrapped(open, shut string, conditions, times int) string {
	return filling("", conditions, "member", func(i int) string {
		return strings.Repeat(open, times) + fmt.Sprintf("sessionsCount = %d", i) + strings.Repeat(shut, times) + " OR "
	})
}

// inside is a filter in brackets that cannot be dropped.
func inside(filter string) string {
	return strings.Repeat("member OR hasPushToken AND (", 40) + filter + strings.Repeat(")", 40)
}

// slowText is so many bytes of what folds slowest: marks in the wrong order.
func slowText(bytes int) string { return strings.Repeat("\u0301\u0323", bytes/4) }

// slowTexts are conditions on such texts, as many as there may be.
func slowTexts(condition string) string {
	return filling("", MaxSlowText/950, "member", func(i int) string { return fmt.Sprintf(condition, i, slowText(940)) + " OR " })
}

// large are filters as large as the limits let them be, each an attack on one
// pass. All compile.
func large() map[string]string {
	return map[string]string{
		"nothing":         "",
		"spaces":          strings.Repeat(" ", MaxText),
		"wide spaces":     strings.Repeat("　", MaxText/3),
		"line ends":       strings.Repeat("\n", MaxText),
		"comments":        strings.Repeat("#\n", MaxComments),
		"long comments":   strings.Repeat("# "+strings.Repeat("あ", 33)+"\n", MaxComments),
		"one comment":     "member # " + strings.Repeat("あ", MaxText/3-10),
		"comments inside": "member" + strings.Repeat(" # a\n", MaxComments) + " AND member",
		"commented list":  filling("id IN (", MaxListValues-1, "'x')", numbered("'c%d', # あ\n")),
		"commented parts": ored(func(i int) string { return fmt.Sprintf("name = 'n%d' # %s\n", i, strings.Repeat("y", 900)) }),
		"ids":             inLists("id IN (", numbered(`"customer-%d"`)),
		"short strings":   inLists("id IN (", func(int) string { return `"a"` }),
		"kanji":           inLists("name IN (", func(i int) string { return `"田` + string('一'+rune(i%9000)) + `"` }),
		"hiragana":        inLists("name IN (", func(i int) string { return "「ひ" + string('ぁ'+rune(i%80)) + "ら」" }),
		"exact":           inLists("name IN (", numbered("exact('%d')")),
		"escapes":         inLists("name IN (", func(i int) string { return fmt.Sprintf(`"\u%04x\\"`, 0x3041+i%0x3000) }),
		"accents":         inLists("name IN (", numbered(`"%dé"`)),
		"tags":            inLists("tags HAS ANY (", numbered(`"%d"`)),
		"all tags":        filling("tags HAS ALL (", MaxNodes-10, "'x')", numbered("'%d',")),
		"tag sets":        filling("tags = (", MaxNodes-10, "'x')", numbered("'%d',")),
		"numbers":         inLists("sessionsCount IN (", numbered("%d")),
		"fractions":       inLists("sessionsCount IN (", func(i int) string { return fmt.Sprintf("%d.56", 1000+i%9000) }),
		"largest numbers": inLists("sessionsCount IN (", func(int) string { return "9007199254740992" }),
		"long numbers":    ored(func(int) string { return "sessionsCount = 0." + strings.Repeat("0", 990) + "9007199254740992e1006" }),
		"days":            inLists("lastSeenAt IN (", func(i int) string { return time.Date(1900, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) }),
		"instants":        inLists("lastSeenAt IN (", func(i int) string { return fmt.Sprintf("20%02d-%02d-%02dT%02d:30", i%100, i%12+1, i%28+1, i%24) }),
		"offsets":         inLists("lastSeenAt IN (", func(i int) string { return fmt.Sprintf("2026-11-23T%02d:30:00.5+0%d:00", i%24, i%10) }),
		"milliseconds":    inLists("lastSeenAt IN (", numbered("%d")),
		"seconds ago":     inLists("lastSeenAt IN (", numbered("now-%ds")),
		"days ago":        inLists("lastSeenAt IN (", numbered("today-%dd")),
		"months":          inLists("lastSeenAt IN (", numbered("endOf(mo)-%dd")),
		"shifts":          filling("", 250, "member", func(int) string { return "lastSeenAt > now" + strings.Repeat("+1mo-4w", 120) + " OR " }),
		"slow needles":    slowTexts(`name ~ "%d%s"`),
		"slow exact":      ored(func(i int) string { return fmt.Sprintf(`name ~ exact("%d%s")`, i, slowText(940)) }),
		"slow searches":   slowTexts(`"%d%s"`),
		"half-width kana": ored(func(i int) string { return fmt.Sprintf(`name ~ "%d%s"`, i, strings.Repeat("ｶﾞ", 160)) }),
		"emoji":           ored(func(i int) string { return fmt.Sprintf(`name ~ "%d%s"`, i, strings.Repeat("👨‍👩‍👧", 50)) }),
		"many terms": ored(func(i int) string {
			return `"` + filling("", 300, "", func(j int) string { return fmt.Sprintf("%c%c ", 'a'+j%26, 'a'+(i+j)/26%26) }) + `"`
		}),
		"versions": ored(func(i int) string {
			return fmt.Sprintf(`mobile.appVersion > version("%d%s")`, i, strings.Repeat(".1", 60))
		}),
		"version ranges": strings.ReplaceAll(ored(func(i int) string {
			return fmt.Sprintf(`mobile.appVersion > version("%d%s")`, i, strings.Repeat(".1", 60))
		}), " OR ", " AND "),
		"slow versions":   ored(func(i int) string { return fmt.Sprintf(`mobile.appVersion > version("１.%d-%s")`, i, slowText(120)) }),
		"version list":    filling("mobile.appVersion IN (", MaxNodes-10, `"x")`, numbered(`version("%d"),`)),
		"phone numbers":   inLists("profile.mobileNumber IN (", numbered(`"03-1234-%04d"`)),
		"phone needles":   ored(func(int) string { return `profile.mobileNumber ~ "` + strings.Repeat("1-", 490) + `1"` }),
		"flags":           ored(func(int) string { return "member" }),
		"different":       filling("", MaxPredicates/2-1, "member", func(i int) string { return fmt.Sprintf(`sessionsCount > %d AND name != "%d" OR `, i, i) }),
		"nots":            wrapped("NOT ", "", MaxGroups/MaxDepth, MaxDepth),
		"deep brackets":   wrapped("(", ")", MaxGroups/MaxDepth, MaxDepth),
		"deep NOTs":       wrapped("NOT(", ")", MaxGroups/MaxDepth, MaxDepth/2),
		"double brackets": wrapped("((", "))", MaxPredicates-1, 1),
		"nested":          inside(strings.Repeat(`name ~ "x" AND `, 900) + "member"),
		"nested strings":  inside(strings.Repeat(`name ~ "`+strings.Repeat("漢", 330)+`" AND `, 900) + "member"),
		"nested list":     inside(inLists("id IN (", numbered(`"顧客%d"`))),
		"between":         ored(numbered("sessionsCount BETWEEN 1 AND %d")),
		"reversed":        ored(func(int) string { return "sessionsCount BETWEEN 2 AND 1" }),
		"distinct ranges": ored(func(i int) string { return fmt.Sprintf("lastSeenAt BETWEEN now-%dd AND today-%dd", i+9, i) }),
	}
}

// faulty are large filters with few enough faults that fixes are tried.
func faulty() map[string]string {
	conditions := ored(numbered(`name ~ "%d"`))
	return map[string]string{
		"slow needles":  ored(func(i int) string { return fmt.Sprintf(`name ~ "%d%s"`, i, slowText(940)) }),
		"slow searches": ored(func(i int) string { return fmt.Sprintf(`"%d%s"`, i, slowText(940)) }),
		"ligatures":     ored(func(i int) string { return fmt.Sprintf(`name ~ "%d%s"`, i, strings.Repeat("ﷺ", 330)) }),
		"long versions": ored(func(i int) string {
			return fmt.Sprintf(`mobile.appVersion > version("%d%s")`, i, strings.Repeat(".1", 480))
		}),
		"unknown fields":      filling("", 49, "member", numbered("profile.fjeld%d = 5 AND ")),
		"unknown among known": filling("", 49, conditions[:12_000]+`"`, numbered("profile.fjeld%d = 5 AND ")),
		"unknown labels":      filling("", 49, "member", numbered("項目の名前%d = 5 AND ")),
		"unknown and lists": filling("", 4, "member", func(i int) string {
			return fmt.Sprintf("sessionCount%d IN (%s) AND ", i, strings.Repeat(`"1",`, 9_990))
		}),
		"unknown and texts": filling("", 45, "member", func(int) string { return "nam IN (" + strings.Repeat(`"é",`, 1_000) + ") AND " }),
		"long names":        ored(func(i int) string { return "`" + strings.Repeat("ab", 60) + fmt.Sprint(i) + "` = 1" }),
		"wrong values":      filling("", 45, "member", func(int) string { return "sessionsCount IN (" + strings.Repeat(`"1",`, 1_000) + ") AND " }),
		"one wrong value":   inLists("id IN (", numbered(`"c%d"`)) + ` AND sessionsCount = "5"`,
		"a wrong end":       conditions[:14_000] + `" AND sessionsCount = "5" AND nam = 5`,
		"wrong ends":        conditions[:14_000] + `" ` + strings.Repeat(`AND sessionsCount = "5" `, 48),
		"no connectives":    conditions[:14_000] + `" ` + strings.Repeat("member ", 48),
		"deep and wrong":    strings.Replace(wrapped("(", ")", MaxGroups/60, 60), "= 7", `= "7"`, 1),
		"deep and broken":   wrapped("(", ")", MaxGroups/60, 60) + ")",
		"blanks":            filling("", 49, "member", numbered(`name = "" AND `)),
		"spaced blanks": filling("", 49, "member", func(int) string {
			return "name = " + strings.Repeat(" ", 20_000) + `""` + strings.Repeat(" ", 500) + " AND "
		}),
		"spaces and brackets": filling("member", 49, "", func(int) string { return ")" + strings.Repeat(" ", 20_000) }),
		"bad dates":           filling("", 49, "member", func(i int) string { return fmt.Sprintf("lastSeenAt > 2026-%d-1 AND ", i%9+1) }),
		"bad escapes":         filling("", 40, `"`+strings.Repeat("x", MaxLiteral)+`"`, numbered(`name = "\q" AND `)),
		"unclosed":            strings.Repeat("(", 40) + conditions,
		"unterminated":        conditions + ` AND name = "` + strings.Repeat("漢 ", 200_000),
		"mixed forms":         "tags = (" + strings.Repeat(`"a",exact("b"),`, MaxListValues/2-1) + ")",
		"wide digits":         filling("", 45, "member", func(int) string { return `sessionsCount = "` + strings.Repeat("１", 340) + `" AND ` }),
		"no segments":         ored(func(i int) string { return fmt.Sprintf(`segment("%d%s")`, i, strings.Repeat("x", 900)) }),
		"large segments":      ored(numbered(`segment("large%d")`)),
		"wrong segments":      ored(numbered(`segment("wrong%d")`)),
	}
}
