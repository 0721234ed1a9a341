package dsl

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"meibo/dsl/expr"
)

// repeatedly joins n conditions, each made from its number.
func repeatedly(n int, word string, condition func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = condition(i)
	}
	return strings.Join(parts, " "+word+" ")
}

// burdens are large filters that give the linter much to compare.
func burdens() map[string]string {
	longList := func(i, n int) string {
		values := make([]string, n)
		for j := range values {
			values[j] = fmt.Sprint(j*3 + i)
		}
		return "sessionsCount IN (" + strings.Join(values, ",") + ")"
	}
	longTexts := func(field string, i, n int) string {
		values := make([]string, n)
		for j := range values {
			values[j] = fmt.Sprintf(`"09012%06d"`, j*3+i)
		}
		return field + " IN (" + strings.Join(values, ",") + ")"
	}
	nested := "member"
	for i := range 60 {
		word := []string{"AND", "OR"}[i%2]
		nested = fmt.Sprintf("(%s) %s %s", nested, word, repeatedly(15, word, func(j int) string { return fmt.Sprintf("sessionsCount != %d", i*15+j) }))
	}
	return map[string]string{
		"a thousand ranges":       repeatedly(1000, "OR", func(i int) string { return fmt.Sprintf("sessionsCount > %d", i) }),
		"a thousand differences":  repeatedly(1000, "AND", func(i int) string { return fmt.Sprintf("sessionsCount != %d", i) }),
		"a thousand of the same":  repeatedly(1000, "AND", func(int) string { return "member" }),
		"a thousand needles":      repeatedly(1000, "OR", func(i int) string { return fmt.Sprintf(`name ~ "%d"`, i) }),
		"a thousand phones":       repeatedly(1000, "OR", func(i int) string { return fmt.Sprintf(`profile.mobileNumber = "03-1234-%04d"`, i) }),
		"a thousand versions":     repeatedly(1000, "AND", func(i int) string { return fmt.Sprintf(`mobile.appVersion > version("2.%d")`, i) }),
		"a thousand junctions":    repeatedly(500, "OR", func(i int) string { return fmt.Sprintf(`(member AND sessionsCount > %d)`, i) }),
		"a thousand mixed":        repeatedly(499, "OR", func(i int) string { return fmt.Sprintf("member AND sessionsCount != %d", i) }),
		"a thousand strings":      `name = "a"` + strings.Repeat(` OR "b"`, 999),
		"long lists":              repeatedly(60, "OR", func(i int) string { return longList(i, 800) }),
		"long lists of texts":     repeatedly(60, "OR", func(i int) string { return longTexts("city", i, 800) }),
		"long lists of phones":    repeatedly(60, "AND", func(i int) string { return longTexts("profile.mobileNumber", i, 800) }),
		"many lists":              repeatedly(900, "OR", func(i int) string { return longList(i, 55) }),
		"a list of one value":     "city IN (" + strings.Repeat(`"x", `, 9_999) + `"x")`,
		"deep":                    nested,
		"segments":                `segment("huge") OR sessionsCount > 3 AND segment("huge")`,
		"deep segments":           `segment("huge") OR ` + strings.Repeat(`(sessionsCount > 5 AND (member OR `, 30) + `segment("huge")` + strings.Repeat("))", 30),
		"errors":                  repeatedly(40, "AND", func(int) string { return "nam = 1" }) + " AND " + repeatedly(900, "AND", func(i int) string { return fmt.Sprintf("sessionsCount != %d", i) }),
		"dates":                   repeatedly(1000, "OR", func(i int) string { return fmt.Sprintf("lastSeenAt > %d", 20260101+i) }),
		"everything in one field": repeatedly(500, "AND", func(i int) string { return fmt.Sprintf(`city != "%d" AND city !~ "%d"`, i, i) }),
	}
}

// processorTime is what this process has used, collecting garbage included.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestLintTimes: whatever the filter, its lint takes under 100 ms beside its
// compilation, and asks few counts. It is the time of the processor: others may
// be using it too.
func TestLintTimes(t *testing.T) {
	env := testEnv(t)
	for name, text := range burdens() {
		t.Run(name, func(t *testing.T) {
			compiled, list := Compile(text, env)
			if HasErrors(list) != (name == "errors") {
				t.Fatalf("%.100s\n%s", text, codes(list[:1]))
			}
			best, asked, warnings := time.Hour, 0, 0
			for range 5 {
				start := processorTime(t)
				asked = 0
				warnings = len(Lint(compiled, func(expr.Expr) (int, bool) { asked++; return asked, true }))
				best = min(best, processorTime(t)-start)
			}
			t.Logf("%v, %d warnings, %d counts", best, warnings, asked)
			if best > mostTime() || asked > maxCounts || warnings > maxDiagnostics {
				t.Errorf("%v, %d warnings, %d counts", best, warnings, asked)
			}
		})
	}
	for name, text := range hostile() {
		compiled, _ := Compile(text, env)
		start := processorTime(t)
		if Lint(compiled, nil); processorTime(t)-start > mostTime() {
			t.Errorf("%s: %v", name, processorTime(t)-start)
		}
	}
}

func BenchmarkLint(b *testing.B) {
	compiled, _ := Compile(sample, testEnv(b))
	for b.Loop() {
		if list := Lint(compiled, nil); list != nil {
			b.Fatal(list)
		}
	}
}
