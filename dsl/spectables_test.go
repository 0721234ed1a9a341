package dsl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// A specTable is a table of SPEC.md. Rows are named after their line there.
type specTable struct {
	head []string
	rows []specRow
}

type specRow struct {
	line  int
	cells []string
}

func (r specRow) String() string {
	return fmt.Sprintf("SPEC.md:%d: %s", r.line, strings.Join(r.cells, " | "))
}

// specTablesOf reads the tables below a heading, up to the next of the same
// level, whose first columns have these heads. Fewer rows in all than least,
// or a table without any, are a fault of the page or of this reader.
func specTablesOf(t *testing.T, heading string, least int, head ...string) []specTable {
	t.Helper()
	lines := strings.Split(readSpec(t), "\n")
	from := slices.Index(lines, heading)
	if from < 0 {
		t.Fatalf("SPEC.md has no heading %q", heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	var tables []specTable
	count, open := 0, false
	for i, line := range lines[from+1:] {
		if mark, _, ok := strings.Cut(line, " "); ok && strings.Trim(mark, "#") == "" && mark != "" && len(mark) <= len(level) {
			break
		}
		cells := tableCells(line)
		switch {
		case cells == nil:
			open = false
		case len(cells) >= len(head) && slices.Equal(cells[:len(head)], head):
			tables, open = append(tables, specTable{head: cells}), true
		case open && !strings.HasPrefix(line, "|---"):
			last := &tables[len(tables)-1]
			row := specRow{from + i + 2, cells}
			if len(cells) != len(last.head) {
				t.Errorf("%s\nhas %d cells, its table %d", row, len(cells), len(last.head))
				continue
			}
			last.rows = append(last.rows, row)
			count++
		}
	}
	for _, table := range tables {
		if len(table.rows) == 0 {
			t.Errorf("%s: a table of %q has no rows", heading, table.head)
		}
	}
	if count < least {
		t.Fatalf("%s: only %d rows of %q were found, want %d", heading, count, head, least)
	}
	return tables
}

func tableCells(line string) []string {
	inner, ok := strings.CutPrefix(line, "|")
	if !ok {
		return nil
	}
	cells := strings.Split(strings.TrimSuffix(inner, "|"), "|")
	for i, c := range cells {
		cells[i] = cell(c)
	}
	return cells
}

// specRowsOf are the rows of all those tables.
func specRowsOf(t *testing.T, heading string, least int, head ...string) []specRow {
	t.Helper()
	var rows []specRow
	for _, table := range specTablesOf(t, heading, least, head...) {
		rows = append(rows, table.rows...)
	}
	return rows
}

// escaped reads the \uXXXX of a cell.
func escaped(t *testing.T, row specRow, text string) string {
	t.Helper()
	var s string
	if err := json.Unmarshal([]byte(`"`+strings.ReplaceAll(text, `"`, `\"`)+`"`), &s); err != nil {
		t.Fatalf("%s: %v", row, err)
	}
	return s
}

// specRecord reads a customer of a table as one that a program writes.
func specRecord(t *testing.T, text string, env Env) schema.Record {
	t.Helper()
	assignments, err := schema.ParseCustomer([]byte(text))
	if err != nil {
		t.Fatalf("record %s: %v", text, err)
	}
	var record schema.Record
	for _, a := range assignments {
		field, ok := env.Fields.Lookup(a.Key)
		if !ok {
			t.Fatalf("record %s: no field %s", text, a.Key)
		}
		v, fault := schema.Coerce(field, a.Raw, env.Zone)
		if fault != nil {
			t.Fatalf("record %s: %v", text, fault)
		}
		record.Set(a.Key, v)
	}
	return record
}

// specFilter compiles a filter of a table, which may be warned of.
func specFilter(t *testing.T, row specRow, filter string, env Env) expr.Expr {
	t.Helper()
	compiled, list := Compile(filter, env)
	if HasErrors(list) {
		t.Fatalf("%s: %s\n%s", row, filter, codes(list))
	}
	return compiled.Expr
}

func yesNo(answer bool) string {
	if answer {
		return "yes"
	}
	return "no"
}

func TestSpecFolding(t *testing.T) {
	const heading = "### Folding, step by step"
	if tables := specTablesOf(t, heading, 60, "input", "folded", "note"); len(tables) != 5 {
		t.Errorf("%d tables of steps, want 5", len(tables))
	}
	for _, row := range specRowsOf(t, heading, 60, "input", "folded", "note") {
		in, want := escaped(t, row, row.cells[0]), escaped(t, row, row.cells[1])
		if got := schema.Fold(in); got != want {
			t.Errorf("%s\ngives %+q, want %+q", row, got, want)
		}
		if again := schema.Fold(want); again != want {
			t.Errorf("%s\nfolds again to %+q", row, again)
		}
	}
	for _, row := range specRowsOf(t, heading, 6, "blank") {
		if got := schema.Fold(escaped(t, row, row.cells[0])); got != "" {
			t.Errorf("%s\nfolds to %+q", row, got)
		}
	}
}

func TestSpecNotTheSame(t *testing.T) {
	for _, row := range specRowsOf(t, "### Not the same", 30, "a text", "another", "in quick search") {
		a, b := escaped(t, row, row.cells[0]), escaped(t, row, row.cells[1])
		if a == b || schema.Fold(a) == schema.Fold(b) {
			t.Errorf("%s\nboth fold to %+q", row, schema.Fold(a))
		}
		same := map[string]bool{"same": true, "different": false}
		want, ok := same[row.cells[2]]
		if got := schema.FoldQuick(a) == schema.FoldQuick(b); !ok || got != want {
			t.Errorf("%s\nfor quick search %+q and %+q", row, schema.FoldQuick(a), schema.FoldQuick(b))
		}
	}
}

// The table of variants is complete both ways, for every character.
func TestSpecVariants(t *testing.T) {
	plain := map[string]string{}
	for _, row := range specRowsOf(t, "### Variants of kanji", 35, "plain", "variants") {
		for _, variant := range strings.Fields(row.cells[1]) {
			if _, twice := plain[variant]; twice {
				t.Errorf("%s\nlists %s again", row, variant)
			}
			plain[variant] = row.cells[0]
		}
	}
	for r := rune(' '); r < 0x32000; r++ {
		s := string(r)
		want, listed := plain[s]
		if !listed {
			want = s
		}
		if got := schema.PlainKanji(s); got != want && s != "\ufffd" {
			t.Errorf("quick search reads %s (%U) as %s; SPEC.md says %s", s, r, got, want)
		}
	}
}

func TestSpecPhones(t *testing.T) {
	for _, row := range specRowsOf(t, "### Phone numbers", 10, "number", "the same") {
		forms, ok := schema.ParsePhone(row.cells[1], schema.DefaultRegion)
		if !ok || forms.International != row.cells[0] {
			t.Errorf("%s\nis %+v, %v", row, forms, ok)
		}
	}
	for _, text := range specWords(t, "no phone number and compares as text", 3) {
		if forms, ok := schema.ParsePhone(text, schema.DefaultRegion); ok {
			t.Errorf("%s is the number %+v", text, forms)
		}
	}
}

func TestSpecVersions(t *testing.T) {
	_, rest, _ := strings.Cut(readSpec(t), "```version-order\n")
	block, _, _ := strings.Cut(rest, "\n```")
	lines := strings.Split(block, "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines of versions in %q", len(lines), block)
	}
	compare := map[string]func(i, j int) int{"<": func(i, j int) int { return i - j }, "=": func(int, int) int { return 0 }}
	for i, line := range lines {
		sign := "="
		if i == 0 {
			sign = "<"
		}
		versions := strings.Split(line, " "+sign+" ")
		for i, a := range versions {
			for j, b := range versions {
				v, ok := schema.ParseVersion(a)
				w, okToo := schema.ParseVersion(b)
				if want := compare[sign](i, j); !ok || !okToo || (v.Compare(w) < 0) != (want < 0) || (v.Compare(w) > 0) != (want > 0) {
					t.Errorf("%s and %s compare as %d, %v, %v", a, b, v.Compare(w), ok, okToo)
				}
			}
		}
	}
	for _, text := range specWords(t, "These are no versions", 10) {
		if isVersion(text) {
			t.Errorf("%s is a version", text)
		}
	}
}

// specWords are the code spans behind a phrase, as many as are wanted.
func specWords(t *testing.T, phrase string, count int) []string {
	t.Helper()
	_, rest, found := strings.Cut(readSpec(t), phrase)
	rest, _, _ = strings.Cut(rest, "\n\n")
	_, rest, _ = strings.Cut(rest, ": ")
	spans := strings.Split(rest, "`")
	var words []string
	for i := 1; i < len(spans); i += 2 {
		words = append(words, spans[i])
	}
	if !found || len(words) != count {
		t.Fatalf("%d words behind %q: %q", len(words), phrase, words)
	}
	return words
}

// The tables in which a column is a customer: each filter, and its complement.
func TestSpecFiltersOnCustomers(t *testing.T) {
	env := testEnv(t)
	for _, part := range []struct {
		heading string
		least   int
	}{
		{"## Missing values", 18}, {"### Boolean", 13}, {"### String", 80}, {"### Number", 25}, {"### Date", 19}, {"### List", 38}, {"### Comparing dates", 30},
	} {
		for _, table := range specTablesOf(t, part.heading, part.least, "filter") {
			var records []schema.Record
			for _, text := range table.head[1:] {
				records = append(records, specRecord(t, text, env))
			}
			for _, row := range table.rows {
				filter := row.cells[0]
				e, not := specFilter(t, row, filter, env), specFilter(t, row, "NOT ("+filter+")", env)
				for i, record := range records {
					got, negated := eval.Match(e, record), eval.Match(not, record)
					if yesNo(got) != row.cells[i+1] {
						t.Errorf("%s\n%s on %s is %s (%s)", row, filter, table.head[i+1], yesNo(got), expr.String(e))
					}
					if negated == got {
						t.Errorf("%s\nNOT of it on %s is %s too", row, table.head[i+1], yesNo(got))
					}
				}
			}
		}
	}
}

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
				if !eval.Match(quickList([]string{line}, env.Fields), record) {
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
