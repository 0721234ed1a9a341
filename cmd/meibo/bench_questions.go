package main

import (
	"slices"
	"strings"

	"meibo/api/service"
)

// A benchQuestion is one of the searches for which the design has a figure.
// reach is that figure in milliseconds, for a million customers of 40 fields
// on two cores: count and first 50 rows together.
type benchQuestion struct {
	name  string
	ask   service.SearchRequest
	reach float64
}

// sampleFilter is the question that the design asks everywhere.
const sampleFilter = `member = true AND (web.sessionsCount > 5 OR profile.email ~ "@x.jp")`

func filtered(filter string) service.SearchRequest {
	return service.SearchRequest{Question: service.Question{Filter: filter}}
}

func quickly(q string) service.SearchRequest {
	return service.SearchRequest{Question: service.Question{Q: q}}
}

func benchQuestions() []benchQuestion {
	byNumber := filtered(`web.sessionsCount BETWEEN 5 AND 20 AND country IN ("KR", "US")`)
	byNumber.Sort = "web.sessionsCount"
	return []benchQuestion{
		{"member", filtered(`member = true`), 0.2},
		{"sessions", filtered(`web.sessionsCount > 5`), 0.2},
		{"recent", filtered(`lastSeenAt > now-30d`), 0.2},
		{"email", filtered(`profile.email ~ "@x.jp"`), 1.5},
		{"sample", filtered(sampleFilter), 2.4},
		{"tagged", filtered(`tags HAS "VIP" AND NOT unsubscribeEmail = true AND lastSeenAt > now-90d`), 0.3},
		{"everyone", filtered(``), 0.1},
		{"between", byNumber, 1.0},
		{"name", filtered(`name ~ "田中"`), 0.9},
		{"unset", filtered(`profile.email IS UNSET`), 0.3},
		{"quick-name", quickly("田中"), 4},
		{"quick-email", quickly("tanaka12"), 4},
		{"quick-phone", quickly("090-1234"), 4},
	}
}

// questionText is a question as a person would write it.
func questionText(r service.SearchRequest) string {
	parts := []string{}
	if r.Filter != "" {
		parts = append(parts, r.Filter)
	}
	if r.Q != "" {
		parts = append(parts, "q: "+r.Q)
	}
	if len(parts) == 0 {
		parts = append(parts, "(everyone)")
	}
	if r.Sort != "" {
		parts = append(parts, "sort: "+r.Sort)
	}
	return strings.Join(parts, ", ")
}

// A benchItem is a piece of work that --only can choose and a line of the
// report: reach as in benchQuestion, again where the design has another figure
// for the second time.
type benchItem struct {
	name, text   string
	reach, again float64
}

// Names of what is measured besides the searches.
const (
	nextPageBench  = "next-page"
	nextPageSample = "next-page-sample"
	deepBench      = "deep"
	idsBench       = "ids"
	rowBench       = "first-row"
	streamBench    = "stream"
	memberOfBench  = "contains"
	writeBench     = "write"
	updatesBench   = "updates"
)

// segmentFilter has as many matches as a large segment.
const segmentFilter = `member = true AND sessionsCount >= 1`

func benchItems() []benchItem {
	var items []benchItem
	for _, q := range benchQuestions() {
		items = append(items, benchItem{q.name, questionText(q.ask), q.reach, 0})
	}
	return append(items,
		benchItem{nextPageBench, "next page by cursor, anywhere in everyone", 0.1, 0},
		benchItem{nextPageSample, "next page by cursor, anywhere in the sample question", 0.1, 0},
		benchItem{deepBench, "50 rows from the middle of everyone, by offset", 20, 0.2},
		benchItem{idsBench, "all ids, any order: " + segmentFilter, 5, 0},
		benchItem{rowBench, "first id, in order: " + segmentFilter, 0, 0},
		benchItem{streamBench, "all ids, in order: " + segmentFilter, 0, 0},
		benchItem{memberOfBench, "is this customer in the sample question", 0.01, 0},
		benchItem{writeBench, "one durable write, seen by the next count", 2, 0},
		benchItem{updatesBench, "mixed load: updates in batches of 1,000 beside the sample question", 0, 0})
}

func benchItemOf(name string) benchItem {
	items := benchItems()
	return items[slices.IndexFunc(items, func(i benchItem) bool { return i.name == name })]
}

// chosenBy reports whether --only, which wants everything where it is empty,
// wants the item.
func (i benchItem) chosenBy(only []string) bool {
	text := strings.ToLower(i.name + " " + i.text)
	return len(only) == 0 || slices.ContainsFunc(only, func(word string) bool {
		return strings.Contains(text, strings.ToLower(strings.TrimSpace(word)))
	})
}

// unknownBenchWord is the first word that chooses nothing, or "".
func unknownBenchWord(only []string) string {
	for _, word := range only {
		if !slices.ContainsFunc(benchItems(), func(i benchItem) bool { return i.chosenBy([]string{word}) }) {
			return word
		}
	}
	return ""
}

func benchNames() string {
	names := []string{}
	for _, i := range benchItems() {
		names = append(names, i.name)
	}
	return strings.Join(names, ", ")
}
