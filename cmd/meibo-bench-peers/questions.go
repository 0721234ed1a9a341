package main

import (
	"time"

	"meibo/dsl/schema"
	"meibo/index"
)

// pageSize is the number of ids that a question wants.
const pageSize = 50

// A question asks for the number of matches and for one page of their ids.
type question struct {
	key    string
	title  string
	filter string
	quick  string                 // a term of quick search instead of a filter
	where  func(d dialect) string // the same in SQL; "": everyone
	sort   index.SortKey
	since  int64 // epoch milliseconds; 0: the question has no such bound
	offset int
	after  *index.Key // the page begins behind this customer
}

// A place is what the questions need to know of the loaded customers.
type place struct {
	now    time.Time
	middle int       // half of the customers
	cursor index.Key // of the customer in the middle, latest first
}

var (
	latestFirst   = index.SortKey{Field: schema.LastSeenField, Kind: schema.Date, Desc: true}
	fewestVisits  = index.SortKey{Field: "web.sessionsCount", Kind: schema.Number}
	quickTerm     = "tanaka1" // stands in e-mail addresses alone: names have no digits
	visitsColumn  = columnName(fewestVisits.Field)
	emailColumn   = columnName(schema.EmailField) + foldedSuffix
	nameColumn    = schema.NameField + foldedSuffix
	mobileColumn  = columnName(schema.MobileNumberField) + foldedSuffix
	countryColumn = "country" + foldedSuffix
)

// questions are those for which the design names figures.
func questions(p place) []question {
	days := func(n int) int64 { return p.now.AddDate(0, 0, -n).UnixMilli() }
	all := []question{
		{key: "member", filter: `member = true`, where: func(d dialect) string { return d.yes("member") }},
		{key: "sessions", filter: `web.sessionsCount > 5`, where: func(dialect) string { return visitsColumn + " > 5" }},
		{key: "recent", filter: `lastSeenAt > now-30d`, since: days(30), where: func(d dialect) string { return seenAfter(d, days(30)) }},
		{key: "email", filter: `profile.email ~ "@x.jp"`, where: func(d dialect) string { return d.contains(emailColumn, "@x.jp") }},
		{key: "mixed", filter: `member = true AND (web.sessionsCount > 5 OR profile.email ~ "@x.jp")`, where: func(d dialect) string {
			return allOf(d.yes("member"), anyOf(visitsColumn+" > 5", d.contains(emailColumn, "@x.jp")))
		}},
		{key: "tagged", filter: `tags HAS "VIP" AND NOT unsubscribeEmail = true AND lastSeenAt > now-90d`, since: days(90), where: func(d dialect) string {
			return allOf(d.tagged("vip"), d.notYes("unsubscribeEmail"), seenAfter(d, days(90)))
		}},
		{key: "everyone", title: "everyone, latest first"},
		{key: "between", title: `web.sessionsCount BETWEEN 5 AND 20 AND country IN ("US", "KR"), fewest first`,
			filter: `web.sessionsCount BETWEEN 5 AND 20 AND country IN ("US", "KR")`, sort: fewestVisits, where: func(dialect) string {
				return allOf(visitsColumn+" BETWEEN 5 AND 20", countryColumn+" IN ('us', 'kr')")
			}},
		{key: "name", filter: `name ~ "田中"`, where: func(d dialect) string { return d.contains(nameColumn, "田中") }},
		{key: "unset", filter: `profile.email IS UNSET`, where: func(dialect) string { return emailColumn + " IS NULL" }},
		{key: "quick", title: "quick search " + quickTerm, quick: quickTerm, where: func(d dialect) string {
			return anyOf(d.contains(nameColumn, quickTerm), d.contains(emailColumn, quickTerm), d.contains(mobileColumn, quickTerm))
		}},
		{key: "cursor", title: "next page by cursor, from the middle", after: &p.cursor},
		{key: "offset", title: "rows from the middle by offset", offset: p.middle},
	}
	for i := range all {
		q := &all[i]
		if q.sort.Field == "" {
			q.sort = latestFirst
		}
		if q.title == "" {
			q.title = q.filter
		}
		if q.where == nil {
			q.where = func(dialect) string { return "" }
		}
	}
	return all
}

func seenAfter(d dialect, millis int64) string {
	return schema.LastSeenField + " > " + d.instant(millis)
}
