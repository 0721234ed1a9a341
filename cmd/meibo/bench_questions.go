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

// text is the question as a person would write it.
func (q benchQuestion) text() string { return questionText(q.ask) }

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

// Names of what is measured besides the searches.
const (
	nextPageBench  = "next-page"
	nextPageSample = "next-page-sample"
	deepBench      = "deep"
	idsBench       = "ids"
	streamBench    = "stream"
	rowBench       = "first-row"
	memberOfBench  = "contains"
	writeBench     = "write"
	updatesBench   = "updates"
)

// benchWork is everything that --only can choose: its name and its text.
func benchWork() map[string]string {
	work := map[string]string{
		nextPageBench:  "next page by cursor, anywhere",
		nextPageSample: "the same in the sample question",
		deepBench:      "50 rows in the middle of everyone, by offset",
		idsBench:       "ids of member = true AND sessionsCount >= 1, any order",
		streamBench:    "ids of the same in order, all of them",
		rowBench:       "the first of these",
		memberOfBench:  "is a customer in the sample question",
		writeBench:     "one durable write, seen by the next count",
		updatesBench:   "mixed load: durable updates in batches of 1,000 with questions beside them",
	}
	for _, q := range benchQuestions() {
		work[q.name] = q.text()
	}
	return work
}

// chosen reports whether --only, which wants everything where it is empty,
// wants a piece of work.
func chosenBench(only []string, name string) bool {
	if len(only) == 0 {
		return true
	}
	text := strings.ToLower(name + " " + benchWork()[name])
	return slices.ContainsFunc(only, func(word string) bool { return strings.Contains(text, strings.ToLower(strings.TrimSpace(word))) })
}

// unknownBenchWords is the first word that chooses nothing, or "".
func unknownBenchWords(only []string) string {
	for _, word := range only {
		known := false
		for name := range benchWork() {
			known = known || chosenBench([]string{word}, name)
		}
		if !known {
			return word
		}
	}
	return ""
}

func benchNames() string {
	names := []string{}
	for name := range benchWork() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
