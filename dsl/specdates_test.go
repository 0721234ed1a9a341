package dsl

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

func TestSpecQuickSearch(t *testing.T) {
	env := testEnv(t)
	const heading = "## Quick search"
	for _, row := range specRowsOf(t, heading, 30, "record", "q", "found") {
		record, q := specRecord(t, row.cells[0], env), row.cells[1]
		quick, list := QuickSearch(q, env)
		if HasErrors(list) {
			t.Fatalf("%s\n%s", row, codes(list))
		}
		if got := yesNo(eval.Match(quick.Expr, record)); got != row.cells[2] {
			t.Errorf("%s\nis %s (%s)", row, got, expr.String(quick.Expr))
		}
		switch terms := len(row.cells) == 3; {
		case terms && strings.TrimSpace(q) != "":
			if got := yesNo(eval.Match(specFilter(t, row, expr.Quote(q), env), record)); got != row.cells[2] {
				t.Errorf("%s\nas a filter is %s", row, got)
			}
		case !terms && strings.Contains(strings.TrimSpace(q), "\n"):
			var unmatched []string
			for _, line := range quick.Lines {
				if !eval.Match(quickList(quickLines(line, &faults{}), env.Fields), record) {
					unmatched = append(unmatched, line)
				}
			}
			if got := strings.Join(unmatched, "\n"); got != row.cells[3] {
				t.Errorf("%s\nnames the lines %q", row, got)
			}
		}
	}
}

// Each date matches from its first millisecond to its last and not beyond.
func TestSpecDates(t *testing.T) {
	days := map[string]time.Weekday{"Monday": time.Monday, "Sunday": time.Sunday}
	above := []string{"", "", ""}
	for _, row := range specRowsOf(t, "## Dates", 75, "zone", "now", "week starts", "date", "from", "until (excluded)") {
		for i := range above {
			if row.cells[i] != "" {
				above[i] = row.cells[i]
			}
		}
		env := testEnv(t)
		zone, err := time.LoadLocation(above[0])
		week, known := days[above[2]]
		if err != nil || !known {
			t.Fatalf("%s: %v, %v", row, err, known)
		}
		env.Zone, env.WeekStart = zone, week
		env.Now = time.UnixMilli(specInstant(t, row, above[1])).In(zone)
		checkDate(t, row, env)
	}
}

func checkDate(t *testing.T, row specRow, env Env) {
	t.Helper()
	date, from := row.cells[3], row.cells[4]
	compiled, list := Compile("lastSeenAt = "+date, env)
	if strings.Contains(from, "_") {
		if len(list) != 1 || list[0].Code != from {
			t.Errorf("%s\ngives %s", row, codes(list))
		}
		return
	}
	if HasErrors(list) {
		t.Fatalf("%s\n%s", row, codes(list))
	}
	start := specInstant(t, row, from)
	end := start + 1
	if row.cells[5] != "" {
		end = specInstant(t, row, row.cells[5])
	}
	for _, at := range []int64{start - 1, start, (start + end) / 2, end - 1, end} {
		if at < schema.MinMillis || at > schema.MaxMillis {
			continue // no field holds it
		}
		var record schema.Record
		record.Set(schema.LastSeenField, schema.At(at))
		if got, want := eval.Match(compiled.Expr, record), at >= start && at < end; got != want {
			t.Errorf("%s\n%s is %v (%s)", row, time.UnixMilli(at).In(env.Zone).Format("2006-01-02T15:04:05.999Z07:00"), got, expr.String(compiled.Expr))
		}
	}
}

func specInstant(t *testing.T, row specRow, text string) int64 {
	t.Helper()
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	span, ok := schema.ParseDate(text, time.UTC)
	if !ok || span.IsDay() {
		t.Fatalf("%s\n%q is no instant", row, text)
	}
	return span.Start
}
