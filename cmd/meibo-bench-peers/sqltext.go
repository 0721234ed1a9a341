package main

import (
	"fmt"
	"slices"
	"strings"
)

// A dialect is how one peer writes what SQL engines write differently. Values
// stand in the text of the statements, which are prepared once: planners may
// use them.
type dialect struct {
	yes      func(column string) string // true, neither false nor missing
	notYes   func(column string) string
	instant  func(millis int64) string
	contains func(column, needle string) string // of folded text
	tagged   func(tag string) string            // folded
}

// table is the wide table's name in every peer.
const table = "customers"

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// allOf joins conditions; "" is none.
func allOf(conditions ...string) string {
	conditions = slices.DeleteFunc(conditions, func(c string) bool { return c == "" })
	return strings.Join(conditions, " AND ")
}

func anyOf(conditions ...string) string { return "(" + strings.Join(conditions, " OR ") + ")" }

// countText counts the rows of from where a condition holds; "" is no condition.
func countText(from, where string) string {
	return "SELECT count(*) FROM " + from + whereText(where)
}

// pageText selects the ids of a question's page. from may bring a table that
// stands for the wide one, with the column sorted by and the id.
func pageText(d dialect, q question, from, where string) string {
	sorted := columnName(q.sort.Field)
	if q.after != nil {
		where = allOf(where, behind(d, q, sorted))
	}
	text := "SELECT id FROM " + from + whereText(where) + " ORDER BY " + sorted
	if q.sort.Desc {
		text += " DESC"
	}
	text += fmt.Sprintf(" NULLS LAST, id LIMIT %d", pageSize)
	if q.offset > 0 {
		text += fmt.Sprintf(" OFFSET %d", q.offset)
	}
	return text
}

// behind is true for customers behind the cursor. The first condition is
// implied by the second; a B-tree index finds the place with it.
func behind(d dialect, q question, sorted string) string {
	value := d.instant(q.after.Values[0].Millis())
	return fmt.Sprintf("%s <= %s AND (%s < %s OR id > %s)", sorted, value, sorted, value, quoted(q.after.ID))
}

func whereText(where string) string {
	if where == "" {
		return ""
	}
	return " WHERE " + where
}
