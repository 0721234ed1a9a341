package dsl

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

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

// specTablesOf reads the tables of a part whose first columns have these
// heads. Fewer rows in all than least, or a table without any, are a fault of
// the page or of this reader.
func specTablesOf(t testing.TB, heading string, least int, head ...string) []specTable {
	t.Helper()
	first, lines := specPart(t, heading)
	var tables []specTable
	count, open := 0, false
	for i, line := range lines {
		cells := tableCells(line)
		switch {
		case cells == nil:
			open = false
		case len(cells) >= len(head) && slices.Equal(cells[:len(head)], head):
			tables, open = append(tables, specTable{head: cells}), true
		case open && !strings.HasPrefix(line, "|---"):
			last := &tables[len(tables)-1]
			row := specRow{first + i, cells}
			if len(cells) != len(last.head) {
				t.Fatalf("%s\nhas %d cells, its table %d", row, len(cells), len(last.head))
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

// specPart is what stands below a heading, up to the next that is not below
// it, with the number of its first line.
func specPart(t testing.TB, heading string) (first int, lines []string) {
	t.Helper()
	lines = strings.Split(readSpec(t), "\n")
	at := slices.Index(lines, heading)
	if at < 0 {
		t.Fatalf("SPEC.md has no heading %q", heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	lines = lines[at+1:]
	if end := slices.IndexFunc(lines, func(line string) bool {
		marks, _, ok := strings.Cut(line, " ")
		return ok && marks != "" && strings.Trim(marks, "#") == "" && len(marks) <= len(level)
	}); end >= 0 {
		lines = lines[:end]
	}
	return at + 2, lines
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
func specRowsOf(t testing.TB, heading string, least int, head ...string) []specRow {
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
