package main

import (
	"context"
	"fmt"
)

var sqliteDialect = dialect{
	yes:     func(column string) string { return column + " = 1" },
	notYes:  func(column string) string { return column + " IS NOT 1" },
	instant: func(millis int64) string { return fmt.Sprint(millis) },
	contains: func(column, needle string) string {
		return fmt.Sprintf("instr(%s, %s) > 0", column, quoted(needle))
	},
	tagged: func(tag string) string {
		return fmt.Sprintf("row IN (SELECT customer FROM customer_tags WHERE tag = %s)", quoted(tag))
	},
}

// ask adds to the plain statements those that a person would write who knows
// how SQLite runs them.
func (s *sqlite) ask(ctx context.Context, q question) (ways, error) {
	d := sqliteDialect
	where := q.where(d)
	counts := []string{countText(table, where)}
	pages := []string{pageText(d, q, table, where)}
	count := func(text string) { counts = append(counts, text) }
	page := func(from, where string) { pages = append(pages, pageText(d, q, from, where)) }

	switch q.key {
	case "sessions", "name":
		page(inLatestOrder, where)
	case "email":
		count(countText("texts", trigrams("profile_email_folded", "@x.jp")))
		page(inLatestOrder, where)
		page(table, "row IN (SELECT rowid FROM texts WHERE "+trigrams("profile_email_folded", "@x.jp")+")")
	case "mixed":
		count(mixedBySum())
		page(inLatestOrder, where)
	case "tagged":
		tagged, latest := "tag = 'vip' AND "+seenAfter(d, q.since), seenAfter(d, q.since)
		wanted := "(SELECT unsubscribeEmail FROM customers WHERE row = customer) IS NOT 1"
		count(countText("customer_tags", tagged+" AND customer NOT IN (SELECT row FROM customers WHERE unsubscribeEmail = 1 AND "+latest+")"))
		count(countText("customer_tags", tagged+" AND "+wanted))
		page("customer_tags", tagged+" AND "+wanted)
	case "between":
		page(table+" INDEXED BY country_visits", where)
		page(table+" INDEXED BY fewest_visits", where)
	case "unset":
		page(table+" INDEXED BY unreachable", where)
	case "quick":
		found := trigrams("", quickTerm)
		count(countText("texts", found))
		page(table, "row IN (SELECT rowid FROM texts WHERE "+found+")")
	}
	return prepareWays(ctx, s.conn, counts, pages)
}

// inLatestOrder walks all customers in the order of the results and stops at
// the end of the page.
const inLatestOrder = table + " INDEXED BY latest_all"

// trigrams is true where a needle of three characters or more stands in the
// texts; in any of them, where column is "".
func trigrams(column, needle string) string {
	phrase := `"` + needle + `"`
	if column != "" {
		phrase = column + " : " + phrase
	}
	return "texts MATCH " + quoted(phrase)
}

// mixedBySum counts one side of the OR, and of the other side what the first
// does not have.
func mixedBySum() string {
	return "SELECT (SELECT count(*) FROM customers WHERE member = 1 AND web_sessionsCount > 5)" +
		" + (SELECT count(*) FROM customers WHERE row IN (SELECT rowid FROM texts WHERE " + trigrams("profile_email_folded", "@x.jp") + ")" +
		" AND member = 1 AND (web_sessionsCount > 5) IS NOT TRUE)"
}
