package dsl

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"meibo/dsl/schema"
)

// mostTime is how long any text may take to be accepted or refused: 100 ms,
// which make test-long holds on an idle machine. The short run, beside which
// others use the machine, only sees what takes ten times as long.
func mostTime() time.Duration {
	if os.Getenv("MEIBO_LONG") != "" {
		return 100 * time.Millisecond
	}
	return time.Second
}

// hostile are texts that are no filters, each an attack on one pass.
func hostile() map[string]string {
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
		"near fields":     strings.Repeat("sesionsCount > 1 OR ", 990) + "x = 1",
		"long fields":     strings.Repeat(strings.Repeat("a", 120)+" = 1 OR ", 990) + "x = 1",
		"an error behind": strings.Repeat(`sessionsCount BETWEEN 1 AND 2 AND (name ~ "x" OR member) AND `, 400) + "nam = 1",
		"unclosed":        strings.Repeat(`(name = "x" OR `, 60) + "member",
		"wrong values":    strings.Repeat(`sessionsCount IN ("1", "2", "3", "4") OR `, 900) + "member",
		"wrong list":      "sessionsCount IN (" + strings.Repeat(`"1", `, 9_999) + `"2")`,
		"blank list":      "country IN (" + strings.Repeat(`"", `, 9_999) + `"")`,
		"spaces":          "member" + strings.Repeat(" ", 1_000_000) + "member",
		"lines":           strings.Repeat("\n", 1_000_000) + "x",
		"wide":            "name = " + strings.Repeat("＝", 340_000),
		"quoted lines":    strings.Repeat("\"x\n", 300_000),
		"years and units": "lastSeenAt > " + strings.Repeat("2026年11月23日", 50_000),
		"groups":          strings.Repeat(strings.Repeat("(", 60)+"member"+strings.Repeat(")", 60)+" AND ", 900) + "member",
		"short values":    strings.Repeat("country IN ("+strings.Repeat(`"a", `, 9_999)+`"b") OR `, 20) + "member",
	}
}

// hostileEnv is a workspace with a thousand fields more than it starts with,
// and segments as large as they can be.
func hostileEnv(t testing.TB) Env {
	env := testEnv(t)
	var more []schema.Field
	for i := range 1000 {
		labels := schema.Words{JA: fmt.Sprintf("項目の名前その%d", i), EN: fmt.Sprintf("The name of field %d", i)}
		more = append(more, schema.Field{Key: fmt.Sprintf("profile.field%d", i), Kind: schema.Number, Labels: labels})
	}
	fields, err := env.Fields.With(more...)
	if err != nil {
		t.Fatal(err)
	}
	env.Fields = fields
	saved := map[string]string{"large": large()["ids"], "wrong": faulty()["unknown fields"]}
	env.Segments = func(key string) (Segment, bool) {
		filter, ok := saved[strings.TrimRight(key, "0123456789")]
		return Segment{Filter: filter}, ok
	}
	return env
}

// TestHostileTexts: whatever the text, it is compiled or refused, and formatted
// or not, within the time that a person does not notice.
func TestHostileTexts(t *testing.T) {
	env := hostileEnv(t)
	for kind, texts := range map[string]map[string]string{"hostile": hostile(), "large": large(), "faulty": faulty()} {
		for name, text := range texts {
			t.Run(kind+"/"+name, func(t *testing.T) {
				_, list := Compile(text, env)
				if wrong := HasErrors(list); wrong != (kind != "large") {
					t.Errorf("%d bytes: errors are %v\n%s", len(text), wrong, codes(list[:min(len(list), 1)]))
				}
				soon(t, "Compile", func() { Compile(text, env) })
				soon(t, "Format", func() { Format(text) })
			})
		}
	}
}

// soon holds mostTime by the best of ten runs, in time or in time of the
// processors: others may use the machine.
func soon(t *testing.T, what string, run func()) {
	t.Helper()
	best := time.Hour
	for range 10 {
		start, busy := time.Now(), processorTime(t)
		run()
		if best = min(best, time.Since(start), processorTime(t)-busy); best < mostTime()/2 {
			return
		}
	}
	if best > mostTime() {
		t.Errorf("%s takes %v", what, best)
	}
}

// TestTimes holds the bound in every run on the texts that the design names,
// which take a tenth of it on two idle cores.
func TestTimes(t *testing.T) {
	env := testEnv(t)
	for name, text := range map[string]string{
		"a million brackets": strings.Repeat("(", 1_000_000), "a million characters of NOT": strings.Repeat("NOT ", 260_000), "a list of 10,000": listOf(10_000),
	} {
		best := time.Hour
		for range 5 {
			start := time.Now()
			Compile(text, env)
			best = min(best, time.Since(start))
		}
		if best > 100*time.Millisecond {
			t.Errorf("%s takes %v", name, best)
		}
	}
}
