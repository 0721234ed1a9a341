package dsl

import (
	"slices"
	"strings"
	"testing"

	"meibo/dsl/eval"
	"meibo/dsl/expr"
	"meibo/dsl/schema"
)

// specWorked are the parts with worked tables, and how many rows each has at least.
var specWorked = [...]struct {
	heading string
	kind    string // of the field that its tables are about
	least   int
}{
	{"## Missing values", "", 18}, {"### Boolean", "Boolean", 13}, {"### String", "String", 85}, {"### Number", "Number", 25},
	{"### Date", "Date", 21}, {"### List", "List", 38}, {"### Comparing dates", "Date", 30},
}

// specWorkedFilters are the filters of the worked tables.
func specWorkedFilters(t testing.TB) []string {
	t.Helper()
	var filters []string
	for _, part := range specWorked {
		for _, row := range specRowsOf(t, part.heading, part.least, "filter") {
			filters = append(filters, row.cells[0])
		}
	}
	for _, row := range specRowsOf(t, "## Dates", 75, "zone", "now", "week starts", "date") {
		filters = append(filters, "lastSeenAt = "+row.cells[3])
	}
	return filters
}

// The tables in which a column is a customer: each filter, and its complement.
func TestSpecFiltersOnCustomers(t *testing.T) {
	env := testEnv(t)
	for _, part := range specWorked {
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

// The overview says which conditions compile, the list below it says what each
// means, and the worked tables show each at work: on a customer who matches, on
// one who does not though there is a value, and on one without.
func TestSpecOperatorsByKind(t *testing.T) {
	env := testEnv(t)
	meanings, worked := specMeanings(t), specConditions(t)
	for _, row := range specRowsOf(t, "## Operators by kind", 13, "operator", "Boolean", "String", "Number", "Date", "List") {
		for i, kind := range []string{"Boolean", "String", "Number", "Date", "List"} {
			allowed := row.cells[i+1]
			for _, op := range overviewOperators(row, kind, allowed) {
				filter := sampleCondition(kind, op)
				if _, list := Compile(filter, env); HasErrors(list) != (allowed == "no") {
					t.Errorf("%s\n%s: %s gives %s", row, kind, filter, codes(list))
				}
				if positive := positiveOf(op); meanings[kind+" "+positive] != (allowed != "no") {
					t.Errorf("%s\n%s: the meaning of %q is said: %v", row, kind, positive, meanings[kind+" "+positive])
				}
				if allowed != "no" {
					checkWorked(t, row, worked, kind, op, allowed)
				}
			}
		}
	}
}

// overviewOperators are the operators of a row as the kind takes them.
func overviewOperators(row specRow, kind, allowed string) []string {
	ops := codeSpans(row.cells[0])
	if ops[0] == "ANY" {
		var quantified []string
		for _, op := range ops[2:] {
			quantified = append(quantified, "ANY "+op, "ALL "+op)
		}
		return quantified
	}
	if kind == "List" && allowed == "after ANY or ALL" {
		return []string{"ANY IN", "ALL IN"}
	}
	return ops
}

// codeSpans are the code spans of a cell whose outer backticks are gone.
func codeSpans(cell string) []string {
	var spans []string
	for i, span := range strings.Split(cell, "`") {
		if i%2 == 0 {
			spans = append(spans, span)
		}
	}
	return spans
}

func sampleCondition(kind, op string) string {
	field := map[string]string{"Boolean": "member", "String": "name", "Number": "sessionsCount", "Date": "lastSeenAt", "List": "tags"}[kind]
	value := map[string]string{"Boolean": "TRUE", "String": `"1"`, "Number": "1", "Date": "today", "List": `"1"`}[kind]
	bare := strings.TrimPrefix(op, "NOT ")
	if kind == "String" && (bare == "BETWEEN" || strings.ContainsAny(op, "<>")) {
		value = `version("1")`
	}
	switch {
	case op == "bare path":
		return field
	case strings.HasPrefix(op, "IS "):
		return field + " " + op
	case bare == "BETWEEN":
		value += " AND " + value
	case strings.HasSuffix(op, "IN"), bare == "HAS ANY", bare == "HAS ALL", kind == "List" && (op == "=" || op == "!="):
		value = "(" + value + ")"
	}
	return field + " " + op + " " + value
}

func positiveOf(op string) string {
	if op == "IS UNSET" {
		return "IS SET"
	}
	return strings.TrimPrefix(strings.TrimPrefix(op, "NOT "), "!")
}

// specMeanings are the pairs of a kind and an operator that the list explains.
func specMeanings(t *testing.T) map[string]bool {
	t.Helper()
	meanings := map[string]bool{}
	for _, row := range specRowsOf(t, "## Operators by kind", 20, "operator", "kind", "the value") {
		for _, op := range codeSpans(row.cells[0]) {
			for kind := range strings.SplitSeq(row.cells[1], ", ") {
				meanings[kind+" "+op] = true
			}
		}
	}
	return meanings
}

// An exhibit is what the worked tables show of a condition.
type exhibit struct{ matching, failing, missing bool }

// specConditions are the conditions of the worked tables, as "String = exact".
func specConditions(t *testing.T) map[string]exhibit {
	t.Helper()
	found := map[string]exhibit{}
	for _, part := range specWorked {
		for _, table := range specTablesOf(t, part.heading, part.least, "filter") {
			last := len(table.head) - 1
			for _, row := range table.rows {
				for _, name := range conditionNames(t, row) {
					s := found[part.kind+" "+name]
					present := row.cells[1:last]
					s.matching = s.matching || slices.Contains(present, "yes")
					s.failing = s.failing || slices.Contains(present, "no")
					s.missing = s.missing || table.head[last] == "{}"
					found[part.kind+" "+name] = s
				}
			}
		}
	}
	return found
}

// conditionNames are the operator of a filter that is one condition, with each
// form of its values.
func conditionNames(t *testing.T, row specRow) []string {
	t.Helper()
	query, list := Parse(row.cells[0])
	if HasErrors(list) {
		t.Fatalf("%s\n%s", row, codes(list))
	}
	node, not := query.Root, ""
	if n, ok := node.(*Not); ok {
		node, not = n.Part, "NOT "
	}
	switch n := node.(type) {
	case *Flag:
		return []string{not + "bare path"}
	case *Pred:
		name := not + strings.TrimPrefix(predHead(n), pathText(n.Path)+" ")
		names := []string{name}
		for _, v := range n.Values {
			names = append(names, name+" "+map[ValueKind]string{StringValue: "string", ExactValue: "exact", VersionValue: "version"}[v.Kind])
		}
		return names
	}
	return nil
}

func checkWorked(t *testing.T, row specRow, worked map[string]exhibit, kind, op, allowed string) {
	t.Helper()
	names := []string{op}
	if kind == "String" && allowed != "yes" {
		names = nil
		for form := range strings.SplitSeq(allowed, ", ") {
			names = append(names, op+" "+form)
		}
	}
	for _, name := range names {
		if strings.ContainsAny(op, "<>") || op == "bare path" {
			names = append(names[:len(names):len(names)], "NOT "+name)
		}
	}
	for _, name := range names {
		s := worked[kind+" "+name]
		if strings.HasPrefix(name, "IS ") { // every value is set
			s.matching, s.failing = s.matching || s.failing, s.matching || s.failing
		}
		if !s.matching || !s.failing || !s.missing {
			t.Errorf("%s\nthe worked tables show of %s %s %+v", row, kind, name, s)
		}
	}
}
